/** What the core asks and is told, over both transports, with real phones on a real Asterisk. */
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { toneFor } from '../../lab/phone/index.js'
import type { GoneCause } from '../../src/routing/events.js'
import { callerTone, converse, fresh, limitMs, up, World } from './world.js'

let world: World

beforeAll(async () => {
  world = await World.start()
})

afterAll(() => world.stop())

afterEach(() => world.clear())

const agentTone = toneFor(0)
const shown = '0199000101'
/** The phones live in this process: what keeps it busy looks like a gap. Asterisk leaves one of 37 ms at most. */
const gapMsMax = 400

describe.each(['ws', 'http'] as const)('the PBX over %s', (transport) => {
  describe('arrivals', () => {
    it('tells trunk, number, caller and the moment of the INVITE', async () => {
      const { told } = await world.pbx(transport).then((watched) => ({ told: watched.told.bind(watched) }))
      const sentAt = Date.now()
      await world.call('116117', { from: '0199000102' })
      const arrival = await told('call-arrived')
      expect(arrival).toMatchObject({ trunk: 'operator', number: '116117', caller: '0199000102', answered: false })
      // Asterisk cuts to whole milliseconds.
      expect(arrival.arrivedAt).toBeGreaterThanOrEqual(sentAt - 1)
      expect(arrival.arrivedAt - sentAt).toBeLessThan(2_000)
      expect(arrival.at).toBeGreaterThanOrEqual(arrival.arrivedAt)
    })

    it('unmasks a withheld number that the operator asserts, and knows none where there is none (R-IN-2)', async () => {
      const watched = await world.pbx(transport)
      await world.call('15', { withheld: true, asserted: '+33199000103' })
      await expect
        .poll(() => watched.all('call-arrived').map(({ caller }) => caller), { timeout: limitMs })
        .toEqual(['+33199000103'])
      await world.call('15', { withheld: true })
      await expect
        .poll(() => watched.all('call-arrived').map(({ caller }) => caller), { timeout: limitMs })
        .toEqual(['+33199000103', null])
    })
  })

  describe('ringing a phone', () => {
    it('rings, answers, joins: both hear each other and no music', async () => {
      const watched = await world.pbx(transport)
      const { caller, agent, call, leg } = await talk(watched)
      await Promise.all([caller.ear.hears(agentTone), agent.ear.hears(callerTone)])
      expect(agent.from).toBe(shown)
      await expect.poll(() => watched.notes.count('channels.stopMoh'), { timeout: limitMs }).toBe(1)
      await expect.poll(() => caller.ear.hearsNow(), { timeout: limitMs }).toEqual([agentTone])
      const order = watched.seen.map(({ type }) => type).filter((type) => type !== 'joined')
      expect(order).toEqual(['call-arrived', 'leg-ringing', 'leg-answered'])
      expect(
        watched
          .all('joined')
          .map(({ channel }) => channel)
          .sort(),
      ).toEqual([call, leg].sort())
      expect(watched.notes.failures).toEqual([])
      expect(
        watched.notes.requests
          .map(({ operation }) => operation)
          .slice(2)
          .filter((operation) => operation !== 'asterisk.setGlobalVar')
          .sort(),
      ).toEqual(
        [
          'channels.answer',
          'channels.startMoh',
          'channels.originateWithId',
          'bridges.createWithId',
          'bridges.addChannel',
          'channels.stopMoh',
        ].sort(),
      )
    })

    const refusals: [status: number, cause: GoneCause][] = [
      [486, 'busy'],
      [603, 'refused'],
      [480, 'no-answer'],
      [404, 'unreachable'],
      [503, 'unreachable'],
      [488, 'failed'],
    ]
    it.each(refusals)('a phone that answers %d: %s, told once', async (status, cause) => {
      const watched = await world.pbx(transport)
      const phone = await world.desk('arm01')
      const leg = await ring(watched, 'arm01')
      const incoming = await phone.nextRing({ withinMs: limitMs })
      await incoming.reject(status)
      expect((await watched.told('channel-gone', { channel: leg })).cause).toBe(cause)
      await nothingLeft(watched)
      expect(watched.all('channel-gone').filter(({ channel }) => channel === leg)).toHaveLength(1)
    })

    it('nobody picks up: no-answer after the time given', async () => {
      const watched = await world.pbx(transport)
      await world.desk('arm01')
      const leg = await ring(watched, 'arm01', 1_000)
      const { at: rangAt } = await watched.told('leg-ringing', { leg })
      const gone = await watched.told('channel-gone', { channel: leg })
      expect(gone.cause).toBe('no-answer')
      expect(gone.at - rangAt).toBeGreaterThan(500)
    })

    it('a phone that is not registered, or that nobody configured: unreachable, at once', async () => {
      const watched = await world.pbx(transport)
      const legs = [await ring(watched, 'arm02'), await ring(watched, 'nobody')]
      const gone = watched.all('channel-gone').map(({ channel, cause }) => ({ channel, cause }))
      expect(gone).toEqual(legs.map((channel) => ({ channel, cause: 'unreachable' })))
    })

    it('a ring done twice is one ring', async () => {
      const watched = await world.pbx(transport)
      const phone = await world.desk('arm01')
      const leg = await ring(watched, 'arm01')
      await phone.nextRing({ withinMs: limitMs })
      const { call } = await watched.told('call-arrived')
      await watched.pbx.perform([{ type: 'ring', leg, phone: 'arm01', caller: call, shown, timeoutMs: 10_000 }])
      expect(watched.notes.failures).toEqual([{ effect: 'ring', why: 'refused', normal: true }])
      expect(watched.all('channel-gone')).toEqual([])
      expect(phone.calls.size).toBe(1)
    })

    it('called off: the phone stops ringing', async () => {
      const watched = await world.pbx(transport)
      const phone = await world.desk('arm01')
      const leg = await ring(watched, 'arm01')
      const incoming = await phone.nextRing({ withinMs: limitMs })
      await watched.pbx.perform([{ type: 'hang-up', channel: leg }])
      expect(await incoming.ended).toMatchObject({ by: 'there', how: 'cancel' })
      // The core expects this end; for any other engine it would be a phone that was lost.
      expect((await watched.told('channel-gone', { channel: leg })).cause).toBe('failed')
    })
  })

  describe('ends', () => {
    it('a caller who gives up before anything is answered', async () => {
      const watched = await world.pbx(transport)
      const caller = await world.call()
      const { call } = await watched.told('call-arrived')
      await caller.hangup()
      expect((await watched.told('channel-gone', { channel: call })).cause).toBe('normal')
      await nothingLeft(watched)
      expect(watched.all('channel-gone')).toHaveLength(1)
    })

    it('agent and caller hang up: each told once, whoever is left stays', async () => {
      const watched = await world.pbx(transport)
      const { caller, agent, call, leg } = await talk(watched)
      await agent.hangup()
      expect((await watched.told('channel-gone', { channel: leg })).cause).toBe('normal')
      expect(caller.talking).toBe(true)
      await caller.hangup()
      await watched.told('channel-gone', { channel: call })
      await nothingLeft(watched)
      expect(watched.all('channel-gone').map(({ channel }) => channel)).toEqual([leg, call])
    })

    it('that a call is served elsewhere goes with its end, both ways (R-MA-1)', async () => {
      const watched = await world.pbx(transport)
      const { caller, agent, call, leg } = await talk(watched)
      await watched.pbx.perform([{ type: 'hang-up', channel: leg, elsewhere: true }])
      expect((await agent.ended).reason).toMatch(/^SIP;cause=200;/)
      await caller.hangup('Q.850;cause=26')
      expect((await watched.told('channel-gone', { channel: call })).cause).toBe('elsewhere')
    })

    it('what is gone already counts as done; a caller who is gone has ended', async () => {
      const watched = await world.pbx(transport)
      await watched.pbx.perform([
        { type: 'hang-up', channel: 'L-gone' },
        { type: 'dissolve', bridge: 'B-gone' },
        { type: 'hush', sound: 'S-gone' },
        { type: 'music', channel: 'C-gone' },
      ])
      expect(
        watched.notes.failures
          .map(({ effect, normal }) => ({ effect, normal }))
          .sort((a, b) => a.effect.localeCompare(b.effect)),
      ).toEqual([
        { effect: 'dissolve', normal: true },
        { effect: 'hang-up', normal: true },
        { effect: 'hush', normal: true },
        { effect: 'music', normal: true },
      ])
      expect(watched.seen.map((event) => 'channel' in event && event.channel).sort()).toEqual(['C-gone', 'L-gone'])
    })

    it('a ring for a caller who is gone is no fault of the phone', async () => {
      const watched = await world.pbx(transport)
      await world.desk('arm01')
      await watched.pbx.perform([
        { type: 'ring', leg: fresh('L'), phone: 'arm01', caller: 'C-gone', shown, timeoutMs: 5_000 },
      ])
      expect(watched.notes.failures).toMatchObject([{ effect: 'ring', why: 'refused', normal: false }])
      expect(watched.seen).toEqual([])
    })
  })

  describe('what people hear', () => {
    it('a transfer leaves the caller with music, with no gap that anybody would notice', async () => {
      const watched = await world.pbx(transport)
      const { caller, agent, call, leg, bridge } = await talk(watched)
      await caller.ear.hears(agentTone)
      const fromNs = process.hrtime.bigint()
      await watched.pbx.perform([
        // The agent dialled a code, and hears that it was understood.
        { type: 'beep', channel: leg, accepted: true },
        { type: 'dissolve', bridge },
        { type: 'music', channel: call },
        { type: 'hang-up', channel: leg },
      ])
      await caller.ear.hearsMusic()
      expect((await agent.ended).by).toBe('there')
      const next = await answered(watched, call, 'arm02', toneFor(1))
      const again = fresh('B')
      await watched.pbx.perform([{ type: 'join', bridge: again, channels: [call, next.leg] }])
      await caller.ear.hears(toneFor(1))
      await expect.poll(() => caller.ear.hearsNow(), { timeout: limitMs }).toEqual([toneFor(1)])
      expect(caller.ear.longestGapMs({ fromNs })).toBeLessThanOrEqual(gapMsMax)
    })

    it('a sound that goes on delays no pickup', async () => {
      const watched = await world.pbx(transport)
      const caller = await world.call()
      const { call } = await watched.told('call-arrived')
      const { leg } = await answered(watched, call, 'arm01', agentTone)
      await watched.pbx.perform([
        { type: 'answer', channel: call },
        {
          type: 'say',
          channel: call,
          sound: fresh('S'),
          media: ['sound:decroche/accueil', 'sound:decroche/patientez'],
        },
      ])
      await caller.answered
      const bridge = fresh('B')
      const askedAt = performance.now()
      // Not hushed by the core: the sound (nearly 12 s) is cut all the same, since a bridge would wait for its end.
      await watched.pbx.perform([{ type: 'join', bridge, channels: [call, leg] }])
      expect(performance.now() - askedAt).toBeLessThan(2_500)
      await Promise.all([
        watched.told('joined', { bridge, channel: call }),
        watched.told('joined', { bridge, channel: leg }),
      ])
      await caller.ear.hears(agentTone)
      await expect.poll(() => caller.ear.hearsNow(), { timeout: limitMs }).toEqual([agentTone])
    })

    it('a short sound gives way to music by itself', async () => {
      const watched = await world.pbx(transport)
      const caller = await world.call()
      const { call } = await watched.told('call-arrived')
      await watched.pbx.perform([
        { type: 'answer', channel: call },
        { type: 'say', channel: call, sound: fresh('S'), media: ['sound:beep'] },
      ])
      await caller.answered
      await caller.ear.hearsMusic()
      // The beep lasts half a second; what is heard after two is music.
      await expect
        .poll(
          () => caller.ear.heardTones().some(({ what, fromMs, toMs }) => what === 'sound' && toMs - fromMs > 2_000),
          { timeout: limitMs },
        )
        .toBe(true)
    })

    it('a beep is heard by the agent alone, and the conversation goes on', async () => {
      const watched = await world.pbx(transport)
      const { caller, agent, leg } = await talk(watched)
      await expect.poll(() => caller.ear.hearsNow(), { timeout: limitMs }).toEqual([agentTone])
      const others = ({ ear }: typeof caller | typeof agent, tone: number): number =>
        ear.heardTones().filter(({ what }) => what !== tone).length
      const before = { caller: others(caller, agentTone), agent: others(agent, callerTone) }
      await watched.pbx.perform([{ type: 'beep', channel: leg, accepted: true }])
      await expect.poll(() => others(agent, callerTone), { timeout: limitMs }).toBeGreaterThan(before.agent)
      await expect.poll(() => agent.ear.hearsNow(), { timeout: limitMs }).toEqual([callerTone])
      expect(others(caller, agentTone)).toBe(before.caller)
      expect(caller.ear.hearsNow()).toEqual([agentTone])
      await expect.poll(async () => (await world.channels()).length, { timeout: limitMs }).toBe(2)
      expect(watched.all('channel-gone')).toEqual([])
    })

    it('a beep at the very moment a conversation ends keeps nobody on the line', async () => {
      const watched = await world.pbx(transport)
      const { agent, call, leg, bridge } = await talk(watched)
      await watched.pbx.perform([
        { type: 'beep', channel: leg, accepted: false },
        { type: 'dissolve', bridge },
        { type: 'music', channel: call },
        { type: 'hang-up', channel: leg },
      ])
      await agent.ended
      await expect
        .poll(async () => (await watched.pbx.inventory()).channels.map(({ id }) => id), { timeout: limitMs })
        .toEqual([call])
    })

    it('a third person is added, the first leaves, the others go on', async () => {
      const watched = await world.pbx(transport)
      const { caller, agent, call, leg, bridge } = await talk(watched)
      const second = await answered(watched, call, 'arm02', toneFor(1))
      await watched.pbx.perform([{ type: 'add', bridge, channel: second.leg }])
      await watched.told('joined', { bridge, channel: second.leg })
      await Promise.all([
        caller.ear.hears(agentTone),
        caller.ear.hears(toneFor(1)),
        agent.ear.hears(toneFor(1)),
        second.incoming.ear.hears(callerTone),
      ])
      const fromNs = process.hrtime.bigint()
      await watched.pbx.perform([{ type: 'hang-up', channel: leg }])
      await agent.ended
      await Promise.all([caller.ear.hears(toneFor(1)), second.incoming.ear.hears(callerTone)])
      expect(caller.ear.longestGapMs({ fromNs })).toBeLessThanOrEqual(gapMsMax)
    })
  })

  it('tells the digits an agent dials', async () => {
    const watched = await world.pbx(transport)
    const { agent, leg } = await talk(watched)
    await agent.dtmf('*1')
    await expect
      .poll(() => watched.all('dtmf').map(({ channel, digit }) => ({ channel, digit })), { timeout: limitMs })
      .toEqual([
        { channel: leg, digit: '*' },
        { channel: leg, digit: '1' },
      ])
  })

  it('hands a caller back to the dialplan, which rings N1', async () => {
    const watched = await world.pbx(transport)
    const phone = await world.desk('arm03')
    const caller = await world.call()
    const { call } = await watched.told('call-arrived')
    await watched.pbx.perform([{ type: 'hand-back', channel: call }])
    await watched.told('channel-left', { channel: call })
    await (await phone.nextRing({ withinMs: limitMs })).answer()
    await caller.ear.hears(phone.tone)
    expect((await watched.pbx.inventory()).channels).toEqual([])
  })

  it('sends a channel it cannot place to the dialplan', async () => {
    const watched = await world.pbx(transport)
    const channelId = fresh('X')
    await watched.port.call('channels.originateWithId', {
      channelId,
      endpoint: 'Local/*43@phones',
      app: world.asterisk.app,
      appArgs: 'odd',
    })
    await expect.poll(() => watched.notes.unknown, { timeout: limitMs }).toContain('stranger')
    await nothingLeft(watched)
    expect(watched.seen.filter(({ type }) => type !== 'channel-gone')).toEqual([])
  })

  it('lists what exists, so that a new engine goes on where another stopped', async () => {
    const first = await world.pbx(transport)
    const { call, leg, bridge, caller } = await talk(first)
    const waiting = await world.call('15', { from: '0199000109' })
    await waiting.ringing
    await expect.poll(() => first.all('call-arrived').length, { timeout: limitMs }).toBe(2)
    const [, second] = first.all('call-arrived')
    await first.port.stop()

    const next = await world.pbx(transport)
    const inventory = await next.pbx.inventory()
    const { arrivals } = inventory
    expect([...inventory.channels].sort((a, b) => a.id.localeCompare(b.id))).toEqual(
      [
        { id: call, up: true, bridge },
        { id: leg, up: true, bridge },
        { id: second?.call, up: false, bridge: null },
      ].sort((a, b) => String(a.id).localeCompare(String(b.id))),
    )
    expect(inventory.bridges).toContain(bridge)
    const { at: _, type: __, ...expected } = second as NonNullable<typeof second>
    expect(arrivals.find((arrival) => arrival.call === second?.call)).toEqual(expected)
    expect(arrivals.map((arrival) => arrival.call).sort()).toEqual([call, second?.call].sort())

    // The conversation it found is under its hand.
    await next.pbx.perform([
      { type: 'dissolve', bridge },
      { type: 'music', channel: call },
    ])
    await caller.ear.hearsMusic()
  })

  it('records a caller, and tells the next engine whether that is paused', async () => {
    const watched = await world.pbx(transport)
    const { call, caller } = await talk(watched)
    const recorder = `R-${call}-1-1`
    // Paused before there is anything to pause.
    await watched.pbx.perform([{ type: 'record', recorder, channel: call }, { type: 'pause-recording', recorder, paused: true }])
    await watched.told('recording-began', { recorder })
    const recorders = async () => (await watched.pbx.inventory()).recorders
    await expect.poll(recorders, { timeout: limitMs }).toEqual([{ recorder, paused: true }])
    await watched.pbx.perform([{ type: 'pause-recording', recorder, paused: false }])
    await expect.poll(recorders, { timeout: limitMs }).toEqual([{ recorder, paused: false }])
    await caller.hangup()
    await watched.told('recording-over', { recorder })
    expect(await recorders()).toEqual([])
    expect(watched.seen.filter((event) => 'channel' in event && event.channel === recorder)).toEqual([])
    expect(existsSync(join(world.asterisk.recordings, `${call}.wav`))).toBe(true)
    expect(watched.notes.failures).toEqual([])
  })

  it('where nothing can be written, tells so and harms no call', async () => {
    const watched = await world.pbx(transport)
    const { call, caller, agent } = await talk(watched)
    const recorder = `R-${call}-1-1`
    renameSync(world.asterisk.recordings, `${world.asterisk.recordings}.away`)
    try {
      await watched.pbx.perform([{ type: 'record', recorder, channel: call }])
      await watched.told('recording-refused', { recorder })
    } finally {
      renameSync(`${world.asterisk.recordings}.away`, world.asterisk.recordings)
    }
    await Promise.all([caller.ear.hears(agentTone), agent.ear.hears(callerTone)])
  })

  it('tells which phones come and go', async () => {
    const watched = await world.pbx(transport, 100)
    const state = (): boolean | undefined =>
      watched
        .all('phone-reachable')
        .filter(({ phone }) => phone === 'arm04')
        .at(-1)?.reachable
    await expect.poll(state, { timeout: limitMs }).toBe(false)
    const phone = await world.desk('arm04')
    await expect.poll(state, { timeout: limitMs }).toBe(true)
    await phone.stop()
    await expect.poll(state, { timeout: limitMs }).toBe(false)
  })

  it('a request that Asterisk never answers: the leg counts as failed, and is called off', async () => {
    const watched = await world.pbx(transport)
    await world.call()
    const { call } = await watched.told('call-arrived')
    const phone = await world.desk('arm01')
    await world.freeze()
    const leg = fresh('L')
    await watched.pbx.perform([{ type: 'ring', leg, phone: 'arm01', caller: call, shown, timeoutMs: 10_000 }])
    expect((await watched.told('channel-gone', { channel: leg })).cause).toBe('failed')
    world.thaw()
    // Asterisk carries out what it had received; in the end nothing rings.
    const port = watched.port
    if (!port.isUp) await up(port)
    await expect.poll(() => phone.calls.size, { timeout: limitMs }).toBe(0)
  })
})

const talk = (watched: Awaited<ReturnType<World['pbx']>>) =>
  converse(world, { pbx: watched.pbx, told: watched.told.bind(watched) }, 'arm01', agentTone)

type Watched = Awaited<ReturnType<World['pbx']>>

/** Rings a phone for a caller who is there, without waiting for anything. */
async function ring(watched: Watched, phone: string, timeoutMs = 10_000): Promise<string> {
  if (watched.all('call-arrived').length === 0) await world.call()
  const { call } = await watched.told('call-arrived')
  const leg = fresh('L')
  await watched.pbx.perform([{ type: 'ring', leg, phone, caller: call, shown, timeoutMs }])
  return leg
}

/** A phone is rung for the caller and picked up; it is in no bridge yet. */
async function answered(watched: Watched, call: string, user: string, tone: number) {
  const phone = await world.desk(user, tone)
  const leg = fresh('L')
  await watched.pbx.perform([{ type: 'ring', leg, phone: user, caller: call, shown, timeoutMs: 10_000 }])
  const incoming = await phone.nextRing({ withinMs: limitMs })
  await incoming.answer()
  await watched.told('leg-answered', { leg })
  return { incoming, leg }
}

/** Every caller hung up and every leg gone at Asterisk: whatever was to be told has been told. */
async function nothingLeft(watched: Watched): Promise<void> {
  await world.asterisk.cli('channel request hangup all')
  await expect.poll(async () => (await watched.pbx.inventory()).channels, { timeout: limitMs }).toEqual([])
}
