import { afterEach, describe, expect, it } from 'vitest'
import { Phone, type PhoneOptions } from '../../lab/phone/index.js'
import { startSippAnswering, type SippAnswering } from '../../lab/sipp/answering.js'
import { runSippCallers, startSippCallers, type SippCallerCall } from '../../lab/sipp/callers.js'

const phones: Phone[] = []

async function start(options: Partial<PhoneOptions> = {}): Promise<Phone> {
  const phone = await Phone.start({ server: '127.0.0.1:9', ...options })
  phones.push(phone)
  return phone
}

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
})

const trunk = { bind: '127.0.0.2', number: '15', rate: 20, limitMs: 30_000 }

describe('callers', () => {
  it('are answered, send back what they hear and hang up in their time', async () => {
    const phone = await start()
    const heard: Promise<void>[] = []
    const rings = new Map<string, bigint>()
    phone.on('ring', (call) => {
      rings.set(call.from, call.ringAtNs)
      heard.push(call.answer().then(() => call.ear.hears(phone.tone)))
    })
    const callerNumbers = ['0199000101', '0199000102', '0199000103']
    const calls = await runSippCallers({ ...trunk, target: phone.address, calls: 3, callerNumbers, holdMs: 500 })
    await Promise.all(heard)
    expect(heard).toHaveLength(3)
    expect(calls.map(({ number }) => number)).toEqual(callerNumbers)
    for (const call of calls) {
      expect(call.end).toEqual({ by: 'here', how: 'bye', status: undefined })
      expectInOrder(call)
      const ringMs = Number((rings.get(call.number) ?? 0n) - call.invitedAtNs) / 1e6
      // Both programs' clocks as one, to within what a busy machine puts between reading a clock and writing it down.
      expect(ringMs).toBeGreaterThan(-50)
      expect(ringMs).toBeLessThan(500)
    }
  })

  it('see the other side hang up', async () => {
    const phone = await start()
    phone.on('ring', (call) => void call.answer().then(() => call.hangup()))
    const [call] = await runSippCallers({ ...trunk, target: phone.address, calls: 1 })
    expect(call?.end).toEqual({ by: 'there', how: 'bye', status: undefined })
  })

  it('are refused', async () => {
    const phone = await start()
    phone.on('ring', (call) => void call.reject(503))
    const calls = await runSippCallers({ ...trunk, target: phone.address, calls: 2 })
    expect(calls.map(({ end }) => end)).toEqual(Array(2).fill({ by: 'there', how: 'refused', status: 503 }))
    expect(calls.map(({ answeredAtNs }) => answeredAtNs)).toEqual([undefined, undefined])
  })

  it('lose patience', async () => {
    const phone = await start()
    const ringing = phone.nextRing()
    const [call] = await runSippCallers({ ...trunk, target: phone.address, calls: 1, patienceMs: 400 })
    expect(call?.end).toEqual({ by: 'here', how: 'cancel', status: 487 })
    expect((await ringing).cancelled).toBe(true)
    const patienceMs = Number((call?.endedAtNs ?? 0n) - (call?.ringingAtNs ?? 0n)) / 1e6
    expect(patienceMs).toBeGreaterThan(350)
    expect(patienceMs).toBeLessThan(2_000)
  })

  it('vanish when they are killed', async () => {
    const phone = await start()
    const ringing = phone.nextRing()
    const callers = await startSippCallers({ ...trunk, target: phone.address, calls: 1 })
    const call = await ringing
    await call.answer()
    await call.ear.hears(phone.tone)
    await callers.kill()
    await callers.done
    // Nobody said goodbye.
    await expect(call.ear.hears(phone.tone, { withinMs: 300 })).rejects.toThrow(/not heard/)
    expect(call.talking).toBe(true)
  })

  it('cannot be asked for more than the bounds', async () => {
    const options = { ...trunk, target: '127.0.0.1:9', calls: 1 }
    await expect(startSippCallers({ ...options, calls: 5001 })).rejects.toThrow(RangeError)
    await expect(startSippCallers({ ...options, rate: 0 })).rejects.toThrow(RangeError)
    await expect(startSippCallers({ ...options, limitMs: 900_001 })).rejects.toThrow(RangeError)
    await expect(startSippCallers({ ...options, callerNumbers: ['0199000001;x'] })).rejects.toThrow(RangeError)
  })
})

describe('someone who is called', () => {
  it('answers after ringing, echoes and hangs up', async () => {
    const answering = await startSippAnswering({ bind: '127.0.0.5', ringMs: 100, holdMs: 800, limitMs: 30_000 })
    const phone = await start({ server: answering.address })
    const call = await phone.dial('15')
    const rangNs = await call.ringing
    const waitedMs = Number((await call.answered) - rangNs) / 1e6
    expect(waitedMs).toBeGreaterThan(80)
    await call.ear.hears(phone.tone)
    expect(await call.ended).toMatchObject({ by: 'there', how: 'bye' })
    expect(await endsOf(answering)).toEqual([{ by: 'here', how: 'bye', status: undefined }])
  })

  it('refuses, and is cancelled', async () => {
    const answering = await startSippAnswering({ bind: '127.0.0.5', ringMs: 300, refuse: 480, limitMs: 30_000 })
    const phone = await start({ server: answering.address })
    const refused = await phone.dial('15')
    expect(await refused.ended).toMatchObject({ by: 'there', how: 'refused', status: 480 })
    const cancelled = await phone.dial('15')
    await cancelled.ringing
    expect(await cancelled.hangup()).toMatchObject({ by: 'here', how: 'cancel' })
    expect(await endsOf(answering)).toEqual([
      { by: 'here', how: 'refused', status: 480 },
      { by: 'there', how: 'cancel', status: 487 },
    ])
  })
})

async function endsOf(answering: SippAnswering) {
  return (await answering.stop()).map(({ end }) => end)
}

function expectInOrder(call: SippCallerCall): void {
  const moments = [call.invitedAtNs, call.ringingAtNs, call.answeredAtNs, call.endedAtNs].map((ns) => Number(ns))
  expect(moments).toEqual([...moments].sort((a, b) => a - b))
  expect(moments.every((moment) => moment > 0)).toBe(true)
}
