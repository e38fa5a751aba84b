/** The voices through a real Asterisk, without an engine: its dialplan alone brings callers to the N1 phones. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { projectRoot } from '../../lab/paths.js'
import { type IncomingCall, msOf, Phone, type PhoneOptions, toneFor } from '../../lab/phone/index.js'
import { startSippAnswering } from '../../lab/sipp/answering.js'
import { startSippCallers } from '../../lab/sipp/callers.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { sasSchema } from '../../src/config/schema.js'

const operator = '127.0.0.2'
let asterisk: Asterisk
const phones: Phone[] = []

beforeAll(async () => {
  const config = sasSchema.parse(parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')))
  asterisk = await startAsterisk({ config })
})

afterAll(async () => {
  await asterisk.stop()
})

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
})

async function start(options: Partial<PhoneOptions>): Promise<Phone> {
  const phone = await Phone.start({ server: asterisk.sip, ...options })
  phones.push(phone)
  return phone
}

function desk(user: string, options: Partial<PhoneOptions> = {}): Promise<Phone> {
  return start({ user, password: sipPassword(asterisk.sipSecret, user), ...options })
}

describe.each(['udp', 'tcp'] as const)('a desk phone over %s', (transport) => {
  it('registers with digest, hears its voice and its digits from the echo, unregisters', async () => {
    const phone = await desk('arm01', { transport })
    await phone.registered
    expect(await asterisk.cli('pjsip show contacts')).toContain(`arm01@${phone.address}`)
    const call = await phone.dial('*43')
    await call.answered
    await call.ear.hears(phone.tone, { withinMs: 20_000 })
    await call.dtmf('*1')
    await expect.poll(() => call.ear.digits, { timeout: 5000 }).toBe('*1')
    await call.hangup()
    await phone.stop()
    expect(await asterisk.cli('pjsip show contacts')).not.toContain('arm01@')
  })

  it('is called, and hears the caller who hears it', async () => {
    const agent = await desk('arm01', { transport, tone: toneFor(1) })
    await agent.registered
    const caller = await start({ bind: operator, tone: toneFor(2) })
    const call = await caller.dial('15', { from: '0199000201' })
    const ring = await agent.nextRing({ withinMs: 20_000 })
    expect(ring.from).toBe('0199000201')
    await call.ear.hearsMusic()
    await ring.answer()
    const answeredAtNs = ring.answeredAtNs ?? 0n
    await Promise.all([call.ear.hears(agent.tone), ring.ear.hears(caller.tone)])
    const voice = call.ear.heardTones().find(({ what }) => what === agent.tone)
    expect((voice?.fromMs ?? Infinity) - msOf(answeredAtNs)).toBeLessThan(1000)
    expect(call.ear.longestGapMs({ fromNs: await call.answered })).toBeLessThan(1000)
    await call.hangup()
    expect(await ring.ended).toMatchObject({ by: 'there', how: 'bye' })
  })
})

// A PBX knows a transaction by its branch, whoever it came from: a BYE with another phone's branch would be taken for a repeat.
it('two phones whose SIP stack draws the same branch both hang up', async () => {
  const agents = await Promise.all(['arm01', 'arm02'].map((user) => desk(user, { media: 'silent' })))
  await Promise.all(agents.map(({ registered }) => registered))
  const calls = await Promise.all(agents.map((agent) => agent.dial('*43')))
  await Promise.all(calls.map((call) => call.answered))
  const channels = async () => (await asterisk.cli('core show channels concise')).match(/^PJSIP/gm)?.length ?? 0
  expect(await channels()).toBe(2)
  const drawn = vi.spyOn(Math, 'random').mockReturnValue(0.5)
  await Promise.all(calls.map((call) => call.hangup()))
  drawn.mockRestore()
  await expect.poll(channels, { timeout: 10_000 }).toBe(0)
})

it('a wrong password is refused', async () => {
  const phone = await start({ user: 'arm01', password: 'not the password' })
  await expect(phone.registered).rejects.toThrow(/401|403/)
})

it('SIPp callers and phones hear each other through Asterisk', async () => {
  const agents = await Promise.all(['arm01', 'arm02'].map((user, at) => desk(user, { tone: toneFor(at) })))
  await Promise.all(agents.map(({ registered }) => registered))
  const heard: Promise<void>[] = []
  const rings: IncomingCall[] = []
  for (const agent of agents) {
    agent.on('ring', (call) => {
      rings.push(call)
      // Its own voice comes back from the caller: both ways carry sound.
      heard.push(call.answer().then(() => call.ear.hears(agent.tone)))
    })
  }
  const trunk = { target: asterisk.sip, bind: operator, number: '15' }
  const callers = await startSippCallers({ ...trunk, calls: 2, rate: 5, limitMs: 60_000 })
  await expect.poll(() => heard.length, { timeout: 30_000 }).toBe(2)
  await Promise.all(heard)
  await Promise.all(rings.map((call) => call.hangup()))
  const calls = await callers.done
  expect(calls.map(({ end }) => end)).toEqual(Array(2).fill({ by: 'there', how: 'bye', status: undefined }))
  expect(rings.map(({ from }) => from).sort()).toEqual(calls.map(({ number }) => number).sort())
})

it('a SIPp desk phone registers, is called and echoes', async () => {
  const register = { server: asterisk.sip, user: 'arm03', password: sipPassword(asterisk.sipSecret, 'arm03') }
  const answering = await startSippAnswering({ bind: '127.0.0.1', register, limitMs: 60_000 })
  const caller = await start({ bind: operator })
  const call = await caller.dial('15')
  await call.ear.hears(caller.tone, { withinMs: 30_000 })
  await call.hangup()
  const calls = await answering.stop()
  expect(calls.map(({ end }) => end)).toEqual([{ by: 'there', how: 'bye', status: undefined }])
  expect(await asterisk.cli('pjsip show contacts')).not.toContain('arm03@')
  const wrong = { ...register, password: 'not the password' }
  await expect(startSippAnswering({ bind: '127.0.0.1', register: wrong, limitMs: 60_000 })).rejects.toThrow(/sipp ended/)
})
