/** A site across networks of others (R-N2-6): its desk phones come by TLS and speak SRTP, or not at all; the rest is as it was. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { bring, type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { Authority } from '../../lab/certificates.js'
import { projectRoot } from '../../lab/paths.js'
import { Phone, type PhoneOptions, toneFor } from '../../lab/phone/index.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { sasSchema } from '../../src/config/schema.js'

const authority = new Authority()
const operator = '127.0.0.2'
let asterisk: Asterisk
const phones: Phone[] = []

beforeAll(async () => {
  const sas = parse(readFileSync(`${projectRoot()}/config/sample.yaml`, 'utf8'))
  sas.sites = { cabinet: { label: 'Cabinet médical', secure: true } }
  for (const person of sas.people) if (person.id === 'arm01') person.site = 'cabinet'
  asterisk = await startAsterisk({ config: sasSchema.parse(sas), certificate: authority.sign() })
})
afterAll(() => asterisk?.stop())
afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
})

const tlsPort = (): number => asterisk.site.tls?.sipPort ?? 0

async function start(options: Partial<PhoneOptions>): Promise<Phone> {
  const phone = await Phone.start({ server: asterisk.sip, ...options })
  phones.push(phone)
  return phone
}

const desk = (user: string, options: Partial<PhoneOptions> = {}): Promise<Phone> => start({ user, password: sipPassword(asterisk.sipSecret, user), ...options })
const byTls = (): Partial<PhoneOptions> => ({ server: `127.0.0.1:${tlsPort()}`, transport: 'tls', ca: authority.pem, srtp: true })

it('registers over TLS and is heard by SRTP, both ways, called and calling', async () => {
  const agent = await desk('arm01', { ...byTls(), tone: toneFor(1) })
  await agent.registered
  expect(await asterisk.cli('pjsip show contacts')).toMatch(/arm01@\S+transport=tls/i)
  const caller = await start({ bind: operator, tone: toneFor(2) })
  const call = await caller.dial('15', { from: '0199000201' })
  const ring = await agent.nextRing({ withinMs: 20_000 })
  await ring.answer()
  await Promise.all([call.ear.hears(agent.tone), ring.ear.hears(caller.tone)])
  expect(await asterisk.cli('pjsip show channelstats')).toContain('arm01')
  await call.hangup()
  const echo = await agent.dial('*43')
  await echo.answered
  await echo.ear.hears(agent.tone, { withinMs: 20_000 })
  await echo.dtmf('*1')
  await expect.poll(() => echo.ear.digits, { timeout: 5_000 }).toBe('*1')
})

it.each(['udp', 'tcp'] as const)('refuses its name and right password over %s, and tells the log', async (transport) => {
  const phone = await desk('arm01', { transport })
  await expect(phone.registered).rejects.toThrow('401')
  const call = await phone.dial('*43')
  expect(await call.ended).toMatchObject({ status: 401 })
  expect(readFileSync(`${asterisk.logDir}/security.log`, 'utf8')).toMatch(/FailedACL.*arm01@clear/)
})

it('refuses to speak in clear with who came by TLS', async () => {
  const phone = await desk('arm01', { ...byTls(), srtp: false })
  await phone.registered
  const call = await phone.dial('*43')
  expect(await call.ended).toMatchObject({ status: 488 })
})

it.each(['udp', 'tcp'] as const)('leaves the phones of other sites as they are, over %s', async (transport) => {
  const phone = await desk('arm02', { transport })
  await phone.registered
  const call = await phone.dial('*43')
  await call.answered
  await call.ear.hears(phone.tone, { withinMs: 20_000 })
})

it('speaks TLS 1.2 and 1.3, and nothing older', async () => {
  for (const port of [tlsPort(), asterisk.site.tls?.httpPort ?? 0]) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = connect({ port, host: '127.0.0.1', ca: authority.pem, minVersion: version, maxVersion: version })
      await once(socket, 'secureConnect')
      expect(socket.getProtocol()).toBe(version)
      socket.destroy()
    }
    const old = connect({ port, host: '127.0.0.1', ca: authority.pem, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    await expect(once(old, 'secureConnect')).rejects.toThrow()
  }
})

it('answers ARI where engines are, and nowhere else', async () => {
  const ask = (localAddress: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { port: asterisk.site.tls?.httpPort, path: '/ari/asterisk/info', auth: `${asterisk.user}:${asterisk.password}`, localAddress, ca: authority.pem }
      get('https://127.0.0.1', options, (answer) => resolve(answer.resume().statusCode)).on('error', reject)
    })
  expect(await ask('127.0.0.1')).toBe(200)
  expect(await ask('127.0.0.9')).toBe(403)
})

it('takes up a new certificate when it is told to, and keeps its calls', async () => {
  const phone = await desk('arm01', byTls())
  await phone.registered
  const call = await phone.dial('*43')
  await call.answered
  const serial = async (port: number): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.pem })
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }
  const ports = [tlsPort(), asterisk.site.tls?.httpPort ?? 0]
  const before = await Promise.all(ports.map(serial))
  bring(authority.sign(), asterisk.dir)
  await asterisk.cli('core reload')
  const after = await Promise.all(ports.map(serial))
  expect(after[0]).not.toBe(before[0])
  expect(after[1]).not.toBe(before[1])
  await call.ear.hears(phone.tone, { withinMs: 20_000 })
  await phone.registerAgain()
  await call.hangup()
  await expect.poll(() => asterisk.cli('core show channels concise')).not.toContain('PJSIP/arm01')
})
