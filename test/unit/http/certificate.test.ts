import { once } from 'node:events'
import { copyFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'
import { expect, it } from 'vitest'
import { Authority, fetchTrusting } from '../../../lab/certificates.js'
import { scratchDirectory } from '../../../lab/scratch.js'
import { EnvironmentError } from '../../../src/config/environment.js'
import { ServerCertificate } from '../../../src/http/certificate.js'
import { openHouse } from './open-door.js'

const dayMs = 86_400_000
const authority = new Authority()
const [one, other] = [authority.sign(), authority.sign()]

it.each([
  ['a certificate that is not there', { ...one, certificate: '/nowhere.pem' }, ['DECROCHE_TLS_CERT: the certificate cannot be read: ENOENT']],
  ['a key that is none', { ...one, key: one.certificate }, ['DECROCHE_TLS_KEY: the key is not one in PEM']],
  ['neither', { certificate: '/', key: '/nowhere.key' }, ['DECROCHE_TLS_CERT: the certificate cannot be read: EISDIR', 'DECROCHE_TLS_KEY: the key cannot be read: ENOENT']],
  ['the key of another', { ...one, key: other.key }, ['DECROCHE_TLS_KEY is not the key of the first certificate in DECROCHE_TLS_CERT']],
])('refuses %s, in words', (_, files, faults) => {
  expect(() => new ServerCertificate(files, Date.now)).toThrow(new EnvironmentError(faults))
})

it('knows until when it is good', () => {
  const at = (offsetMs: number): ServerCertificate => new ServerCertificate(one, () => Date.now() + offsetMs)
  expect([at(0), at(2 * dayMs), at(-2 * dayMs)].map(({ standing }) => standing)).toEqual(['in-force', 'expired', 'not-yet'])
  expect(Math.abs(at(0).until - Date.now() - dayMs)).toBeLessThan(60_000)
})

it('is renewed while it serves, by TLS 1.2 or later; a wrong one changes nothing', async () => {
  const dir = scratchDirectory('certificate')
  const files = { certificate: join(dir, 'chain.pem'), key: join(dir, 'key.pem') }
  const bring = (from: typeof one): void => (['certificate', 'key'] as const).forEach((name) => copyFileSync(from[name], files[name]))
  bring(one)
  const certificate = new ServerCertificate(files, Date.now)
  const { app } = await openHouse({ tls: certificate.options })
  certificate.serve(app.server as Server)
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
  expect(await serialOf()).toBe(after)
  await app.close()
})
