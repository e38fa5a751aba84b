import { afterEach, describe, expect, it } from 'vitest'
import { CallOver } from '../../lab/phone/call.js'
import { Phone, type PhoneOptions } from '../../lab/phone/phone.js'
import { toneFor } from '../../lab/phone/tones.js'

const phones: Phone[] = []

/** Two phones that call each other without a PBX. */
async function pair(caller: Partial<PhoneOptions> = {}, callee: Partial<PhoneOptions> = {}) {
  const called = await start({ server: '127.0.0.1:9', user: 'called', tone: toneFor(1), ...callee })
  const calling = await start({ server: called.address, user: 'calling', tone: toneFor(2), ...caller })
  return { calling, called }
}

async function start(options: PhoneOptions): Promise<Phone> {
  const phone = await Phone.start(options)
  phones.push(phone)
  return phone
}

afterEach(async () => {
  await Promise.all(phones.splice(0).map((phone) => phone.stop()))
})

describe.each(['udp', 'tcp'] as const)('two phones over %s', (transport) => {
  it('ring, answer, hear each other and hang up', async () => {
    const { calling, called } = await pair({ transport }, { transport })
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    expect(ring.from).toBe('calling')
    expect(ring.dialled).toMatch(/^sip:15@/)
    expect(ring.callId).toBe(call.callId)
    expect(await call.ringing).toBeGreaterThan(call.invitedAtNs)
    expect(ring.ringAtNs).toBeGreaterThan(call.invitedAtNs)
    await ring.answer()
    await call.answered
    await Promise.all([call.ear.hears(called.tone), ring.ear.hears(calling.tone)])
    const end = await ring.hangup()
    expect(end).toMatchObject({ by: 'here', how: 'bye' })
    expect(await call.ended).toMatchObject({ by: 'there', how: 'bye' })
    expect(calling.calls.size + called.calls.size).toBe(0)
  })

  it('end a call from the caller, at once after the answer', async () => {
    const { calling, called } = await pair({ transport }, { transport })
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await ring.answer()
    await call.answered
    await call.hangup()
    expect(await ring.ended).toMatchObject({ by: 'there', how: 'bye' })
  })

  it('let the callee hang up before the ACK has come', async () => {
    const { calling, called } = await pair({ transport }, { transport })
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await ring.answer()
    expect(await ring.hangup()).toMatchObject({ by: 'here', how: 'bye' })
    expect(await call.ended).toMatchObject({ by: 'there', how: 'bye' })
  })

  it('cancel', async () => {
    const { calling, called } = await pair({ transport }, { transport })
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await call.ringing
    expect(await call.hangup()).toMatchObject({ by: 'here', how: 'cancel' })
    await ring.ended
    expect(ring.cancelled).toBe(true)
    await expect(ring.answer()).rejects.toThrow(CallOver)
    await expect(call.answered).rejects.toThrow(CallOver)
  })

  it('refuse', async () => {
    const { calling, called } = await pair({ transport }, { transport })
    const call = await calling.dial('15')
    await (await called.nextRing()).reject(486)
    expect(await call.ended).toMatchObject({ by: 'there', how: 'refused', status: 486 })
    expect(called.calls.size).toBe(0)
  })
})

describe('a phone', () => {
  it('hears digits dialled during a call, each once', async () => {
    const { calling, called } = await pair()
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await ring.answer()
    await call.answered
    await ring.ear.hears(calling.tone)
    const heard: string[] = []
    ring.ear.onDigit = (digit) => heard.push(digit)
    await call.dtmf('*1')
    await ring.ear.hears(calling.tone)
    expect(heard).toEqual(['*', '1'])
    expect(ring.ear.digits).toBe('*1')
  })

  it('tells silence from a voice', async () => {
    const { calling, called } = await pair()
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await ring.answer()
    await ring.ear.hears(calling.tone)
    call.mute()
    await ring.ear.losesTone(calling.tone)
    await expect(ring.ear.hears(calling.tone, { withinMs: 300 })).rejects.toThrow(/was not heard/)
    const silentMs = ring.ear.silentForMs()
    expect(silentMs).toBeGreaterThan(300)
    call.unmute()
    await ring.ear.hears(calling.tone)
    expect(ring.ear.silentForMs()).toBeLessThan(silentMs)
    const gapMs = ring.ear.longestGapMs()
    expect(gapMs).toBeGreaterThan(300)
    const [first, second, ...rest] = ring.ear.heardTones()
    expect([first?.what, second?.what, rest]).toEqual([calling.tone, calling.tone, []])
    // After the gap a tone is certain from its second frame on, which may come late.
    expect(Math.abs((second?.fromMs ?? 0) - (first?.toMs ?? 0) - gapMs)).toBeLessThanOrEqual(200)
  })

  it('shows the identity and the headers it is given', async () => {
    const { calling, called } = await pair({ bind: '127.0.0.2' })
    const shown = { from: '0199000001', asserted: '0199000002', callId: 'chosen-by-a-test' }
    await calling.dial('15', { ...shown, headers: { 'X-Lab': 'yes' } })
    const ring = await called.nextRing()
    expect(ring.from).toBe('0199000001')
    expect(ring.callId).toBe('chosen-by-a-test')
    expect(ring.header('X-Lab')).toBe('yes')
    expect(ring.header('P-Asserted-Identity')).toBe('<sip:0199000002@127.0.0.2>')
    await calling.dial('15', { asserted: '0199000002', withheld: true })
    const withheld = await called.nextRing()
    expect(withheld.from).toBe('anonymous')
    expect(withheld.header('Privacy')).toBe('id')
  })

  it('may be told twice to answer and to hang up', async () => {
    const { calling, called } = await pair()
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await Promise.all([ring.answer(), ring.answer()])
    await ring.answer()
    await call.answered
    const [one, two] = await Promise.all([call.hangup(), call.hangup()])
    expect(one).toBe(two)
    await expect(call.dtmf('1')).rejects.toThrow(/telephone events/)
  })

  it('takes as many calls as it has lines', async () => {
    const { calling, called } = await pair({}, { lines: 1 })
    await calling.dial('15')
    await called.nextRing()
    const second = await calling.dial('15')
    expect(await second.ended).toMatchObject({ how: 'refused', status: 486 })
  })

  it('keeps a call up without sound in silent mode', async () => {
    const { calling, called } = await pair({ media: 'silent' }, { media: 'silent' })
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await ring.answer()
    await call.answered
    await expect(call.ear.hears(called.tone)).rejects.toThrow(/no ear/)
    await expect.poll(() => ring.ear.packets, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
    expect(call.packetsSent).toBeLessThan(10)
  })

  it('hangs up everything and leaves no socket when it stops', async () => {
    const { calling, called } = await pair()
    const call = await calling.dial('15')
    const ring = await called.nextRing()
    await ring.answer()
    await call.answered
    await calling.stop()
    expect(await ring.ended).toMatchObject({ by: 'there', how: 'bye' })
    await expect(calling.dial('15')).rejects.toThrow('stopped')
    await called.stop()
    await expect.poll(() => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap')).toEqual([])
  })
})
