/** Certificates are read whole or not at all, and again while they serve. */
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'
import { expect, it } from 'vitest'
import { Authority, fetchTrusting } from '../../../lab/certificates.js'
import { scratchDirectory } from '../../../lab/scratch.js'
import { EnvironmentError } from '../../../src/config/environment.js'
import { httpCertificate, neighbourCertificate, type LiveCertificate, type Pem } from '../../../src/config/live-certificate.js'
import { renewTls } from '../../../src/http/server.js'
import { openHouse } from '../http/open-door.js'

const dayMs = 86_400_000
const [authority, elsewhere] = [new Authority(), new Authority()]
const [one, other] = [authority.sign(), authority.sign({ days: 3 })]
const dir = scratchDirectory('certificate')
const write = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
const spoilt = elsewhere.pem.replace(/M/g, 'A')
const ca = write('ca.pem', `${authority.pem}${elsewhere.pem}`)

it.each([
  ['a certificate that is not there', { ...one, certificate: '/nowhere.pem' }, ['DECROCHE_TLS_CERT: the certificate cannot be read: ENOENT']],
  ['a chain of which a part cannot be read', { ...one, certificate: write('chain', `${readFileSync(one.certificate, 'utf8')}${spoilt}`) }, ['DECROCHE_TLS_CERT: the certificate cannot be read: not PEM, or incomplete']],
  ['a key that is none', { ...one, key: one.certificate }, ['DECROCHE_TLS_KEY: the key cannot be read: not PEM, or incomplete']],
  ['neither', { certificate: '/', key: '/nowhere.key' }, ['DECROCHE_TLS_CERT: the certificate cannot be read: EISDIR', 'DECROCHE_TLS_KEY: the key cannot be read: ENOENT']],
  ['the key of another', { ...one, key: other.key }, ['DECROCHE_TLS_KEY is not the key of the first certificate in DECROCHE_TLS_CERT']],
])('refuses %s, in words', (_, files, faults) => {
  expect(() => httpCertificate(files, Date.now)).toThrow(new EnvironmentError(faults))
})

it.each([
  ['nobody to trust', '/nowhere.pem', 'cannot be read: ENOENT'],
  ['somebody to trust who cannot be read', write('spoilt.pem', `${authority.pem}${spoilt}`), 'cannot be read: not PEM, or incomplete'],
])('of the link refuses %s', (_, file, fault) => {
  expect(() => neighbourCertificate({ ...one, ca: file }, Date.now)).toThrow(fault)
})

it('knows until when it is good, and those who sign the others’', () => {
  const at = (offsetMs: number): LiveCertificate<Pem> => httpCertificate(one, () => Date.now() + offsetMs)
  expect([at(0), at(2 * dayMs), at(-2 * dayMs)].map(({ standing }) => standing)).toEqual(['in-force', 'expired', 'not-yet'])
  const link = neighbourCertificate({ ...one, ca }, Date.now)
  for (const [until, days] of [[at(0).until, 1], [link.until, 1], [link.trustUntil ?? 0, 2]] as const) expect(Math.abs(until - Date.now() - days * dayMs)).toBeLessThan(60_000)
})

it('is renewed while it serves, by TLS 1.2 or later; a wrong one or one that is over changes nothing', async () => {
  const files = { certificate: join(dir, 'chain.pem'), key: join(dir, 'key.pem') }
  const bring = (from: typeof one): void => (['certificate', 'key'] as const).forEach((name) => copyFileSync(from[name], files[name]))
  bring(one)
  let offsetMs = 0
  const certificate = httpCertificate(files, () => Date.now() + offsetMs)
  const { app } = await openHouse({ tls: certificate.pem })
  certificate.serve((pem) => renewTls(app, pem))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const serialOf = async (options: ConnectionOptions = {}): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.pem, ...options })
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }
  await expect(serialOf({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow()
  expect((await fetchTrusting(authority.pem)(`https://127.0.0.1:${port}/healthz`)).status).toBe(200)
  const before = await serialOf()
  expect(certificate.readAgain()).toBe(false)
  bring(other)
  expect(certificate.readAgain()).toBe(true)
  const after = await serialOf()
  expect(after).not.toBe(before)
  writeFileSync(files.key, 'no key')
  expect(() => certificate.readAgain()).toThrow(EnvironmentError)
  offsetMs = 2 * dayMs
  bring(one)
  expect(() => certificate.readAgain()).toThrow('http: the new certificate has expired')
  expect(await serialOf()).toBe(after)
  await app.close()
})
