/** What Asterisk answers and tells: the same on the real one, by both transports, as on the one that serves the simulation. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AriEvent } from '../../src/ari/generated.js'
import { AriError, type AriPort, type OperationName, type Params } from '../../src/ari/port.js'
import { grounds, type Ground, type Kind, type Ring } from './ground.js'
import { fresh, limitMs } from './world.js'

let all: Awaited<ReturnType<typeof grounds>>

beforeAll(async () => {
  all = await grounds()
})

afterAll(() => all.ws.stop())

describe.each(['ws', 'http', 'fake'] as const)('Asterisk, %s', (kind: Kind) => {
  let ground: Ground
  let port: AriPort
  let seen: AriEvent[]

  const begin = async (): Promise<void> => {
    ground = all[kind]
    port = await ground.port()
    seen = []
    port.on('event', (event) => seen.push(event))
  }
  afterEach(() => ground.clear())

  /** 0 when carried out. */
  const statusOf = <O extends OperationName>(operation: O, params: Params<O>): Promise<number | undefined> =>
    port.call(operation, params).then(
      () => 0,
      (error: unknown) => (error instanceof AriError ? error.status : expect.fail(String(error))),
    )

  const about = (id: string): AriEvent[] => seen.filter((event) => 'channel' in event && event.channel?.id === id)
  const types = (id: string): string[] => about(id).map((event) => (event.type === 'ChannelStateChange' ? `${event.type} ${event.channel.state}` : event.type))
  const told = (id: string, ...wanted: string[]): Promise<void> => expect.poll(() => types(id), { timeout: limitMs }).toEqual(wanted)

  const caller = async (): Promise<{ id: string; hangup(): Promise<unknown> }> => {
    const known = new Set(seen.map((event) => ('channel' in event ? event.channel?.id : '')))
    const call = await ground.call()
    const arrived = (): AriEvent | undefined => seen.find((event) => event.type === 'StasisStart' && !known.has(event.channel.id))
    await expect.poll(arrived, { timeout: limitMs }).toBeDefined()
    const start = arrived() as Extract<AriEvent, { type: 'StasisStart' }>
    return { id: start.channel.id, hangup: () => call.hangup() }
  }

  const originate = (leg: string, phone: string, more: { originator?: string; timeout?: number } = {}): Promise<number | undefined> =>
    statusOf('channels.originateWithId', { channelId: leg, endpoint: `PJSIP/${phone}`, app: ground.app, appArgs: `leg,${leg}`, timeout: 10, ...more })

  /** A phone is rung; it is not picked up yet. */
  const rung = async (phone = 'arm01'): Promise<{ leg: string; ring: Ring }> => {
    const next = await ground.desk(phone)
    const leg = fresh('L')
    expect(await originate(leg, phone)).toBe(0)
    const ring = await next()
    await told(leg, 'ChannelStateChange Ringing')
    return { leg, ring }
  }

  const pickedUp = async (phone = 'arm01'): Promise<{ leg: string; ring: Ring }> => {
    const { leg, ring } = await rung(phone)
    await ring.answer()
    await told(leg, 'ChannelStateChange Ringing', 'ChannelStateChange Up', 'StasisStart')
    return { leg, ring }
  }

  const bridged = async (...channels: string[]): Promise<string> => {
    const bridge = fresh('B')
    await port.call('bridges.createWithId', { bridgeId: bridge, type: 'mixing,dtmf_events' })
    await port.call('bridges.addChannel', { bridgeId: bridge, channel: channels, absorbDTMF: true })
    for (const channel of channels) await expect.poll(() => types(channel).at(-1), { timeout: limitMs }).toBe('ChannelEnteredBridge')
    return bridge
  }

  const inBridge = async (bridge: string): Promise<string[] | undefined> =>
    (await port.call('bridges.list', {})).find(({ id }) => id === bridge)?.channels.slice().sort()

  const application = () => port.call('applications.get', { applicationName: ground.app })

  it('knows nothing of what is not there', async () => {
    await begin()
    const channelId = fresh('C')
    expect(await statusOf('channels.hangup', { channelId })).toBe(404)
    expect(await statusOf('channels.answer', { channelId })).toBe(404)
    expect(await statusOf('channels.startMoh', { channelId })).toBe(404)
    expect(await statusOf('channels.stopMoh', { channelId })).toBe(404)
    expect(await statusOf('channels.continueInDialplan', { channelId })).toBe(404)
    expect(await statusOf('channels.playWithId', { channelId, playbackId: fresh('S'), media: 'sound:beep' })).toBe(404)
    expect(await statusOf('channels.snoopChannelWithId', { channelId, snoopId: fresh('T'), whisper: 'out', app: ground.app })).toBe(404)
    expect(await statusOf('playbacks.stop', { playbackId: fresh('S') })).toBe(404)
    expect(await statusOf('channels.record', { channelId, name: channelId, format: 'wav' })).toBe(404)
    expect(await statusOf('recordings.getLive', { recordingName: channelId })).toBe(404)
    expect(await statusOf('recordings.pause', { recordingName: channelId })).toBe(404)
    expect(await statusOf('bridges.destroy', { bridgeId: fresh('B') })).toBe(404)
    expect(await statusOf('bridges.addChannel', { bridgeId: fresh('B'), channel: channelId })).toBe(404)
  })

  it('rings no phone that is not registered, for no caller who is gone, and none twice', async () => {
    await begin()
    expect(await originate(fresh('L'), 'arm05')).toBe(500)
    const { leg } = await rung()
    expect(await originate(leg, 'arm01')).toBe(409)
    expect(await originate(fresh('L'), 'arm01', { originator: fresh('C') })).toBe(400)
  })

  it('calls a number outside like a phone, and tells how that ended', async () => {
    await begin()
    const next = await ground.outside()
    const [busy, leg] = [fresh('L'), fresh('L')]
    expect(await originate(busy, '0199000001@operator')).toBe(0)
    await (await next()).reject(486)
    await expect.poll(() => types(busy), { timeout: limitMs }).toContain('ChannelDestroyed')
    expect(about(busy).find(({ type }) => type === 'ChannelDestroyed')).toMatchObject({ cause: 17 })
    expect(await originate(leg, '0199000001@operator')).toBe(0)
    const ring = await next()
    await told(leg, 'ChannelStateChange Ringing')
    await ring.answer()
    await told(leg, 'ChannelStateChange Ringing', 'ChannelStateChange Up', 'StasisStart')
    const agent = await pickedUp()
    expect(await statusOf('channels.startMoh', { channelId: agent.leg, mohClass: 'ringback' })).toBe(0)
    expect(await statusOf('channels.stopMoh', { channelId: agent.leg })).toBe(0)
    const bridge = await bridged(leg, agent.leg)
    expect(await inBridge(bridge)).toEqual([leg, agent.leg].sort())
    await ring.hangup()
    await expect.poll(() => types(leg), { timeout: limitMs }).toContain('ChannelDestroyed')
  })

  it('controls no leg before it is picked up', async () => {
    await begin()
    const { leg } = await rung()
    const bridgeId = fresh('B')
    expect(await statusOf('channels.startMoh', { channelId: leg })).toBe(409)
    expect(await statusOf('bridges.createWithId', { bridgeId, type: 'mixing' })).toBe(0)
    expect(await statusOf('bridges.addChannel', { bridgeId, channel: leg })).toBe(422)
  })

  it('tells of a conversation, from the call to the hang-ups', async () => {
    await begin()
    const { id: call, hangup } = await caller()
    const { leg, ring } = await pickedUp()
    await port.call('channels.answer', { channelId: call })
    const bridge = await bridged(call, leg)
    expect(await inBridge(bridge)).toEqual([call, leg].sort())
    await ring.hangup()
    const before = ['ChannelStateChange Ringing', 'ChannelStateChange Up', 'StasisStart', 'ChannelEnteredBridge']
    await expect.poll(() => types(leg).slice(before.length).sort(), { timeout: limitMs }).toEqual(['ChannelDestroyed', 'ChannelHangupRequest', 'StasisEnd'])
    // The first word; a BYE gives no cause.
    expect(about(leg)[before.length]).toMatchObject({ type: 'ChannelHangupRequest' })
    expect(about(leg)[before.length]).not.toHaveProperty('cause')
    expect(about(leg)[before.length]).not.toHaveProperty('soft')
    expect(await inBridge(bridge)).toEqual([call])
    await hangup()
    await expect.poll(() => types(call).slice(-2), { timeout: limitMs }).toEqual(['ChannelHangupRequest', 'StasisEnd'])
    expect(types(call)).not.toContain('ChannelDestroyed')
  })

  it.each([
    [486, 17],
    [603, 21],
    [503, 34],
  ])('tells of a phone that refuses with %d', async (status, cause) => {
    await begin()
    const { leg, ring } = await rung()
    await ring.reject(status)
    await told(leg, 'ChannelStateChange Ringing', 'ChannelHangupRequest', 'ChannelDestroyed')
    expect(about(leg)[1]).toMatchObject({ cause })
  })

  it('gives up a phone that nobody picks up, in one word', async () => {
    await begin()
    const next = await ground.desk('arm01')
    const leg = fresh('L')
    expect(await originate(leg, 'arm01', { timeout: 1 })).toBe(0)
    await (await next()).ended
    await told(leg, 'ChannelStateChange Ringing', 'ChannelDestroyed')
    expect(about(leg)[1]).toMatchObject({ cause: 19 })
  })

  it('stops a phone that is called off', async () => {
    await begin()
    const { leg, ring } = await rung()
    expect(await statusOf('channels.hangup', { channelId: leg })).toBe(0)
    await ring.ended
    await expect.poll(() => types(leg).includes('ChannelDestroyed'), { timeout: limitMs }).toBe(true)
    expect(await statusOf('channels.hangup', { channelId: leg })).toBe(404)
  })

  it('puts all into a bridge or none, and from one bridge into another', async () => {
    await begin()
    const { id: call } = await caller()
    const { leg } = await pickedUp()
    await port.call('channels.answer', { channelId: call })
    const bridgeId = fresh('B')
    await port.call('bridges.createWithId', { bridgeId, type: 'mixing,dtmf_events' })
    expect(await statusOf('bridges.addChannel', { bridgeId, channel: [call, fresh('L')] })).toBe(400)
    expect(await inBridge(bridgeId)).toEqual([])
    const first = await bridged(call, leg)
    const second = await bridged(call)
    await expect.poll(() => inBridge(first), { timeout: limitMs }).toEqual([leg])
    expect(await inBridge(second)).toEqual([call])
    expect(await statusOf('bridges.destroy', { bridgeId: first })).toBe(0)
    expect((await application()).channel_ids.sort()).toEqual([call, leg].sort())
  })

  it('lets a sound delay a bridge, until it is stopped', async () => {
    await begin()
    const { id: call } = await caller()
    await port.call('channels.answer', { channelId: call })
    const [bridgeId, playbackId] = [fresh('B'), fresh('S')]
    await port.call('bridges.createWithId', { bridgeId, type: 'mixing,dtmf_events' })
    await port.call('channels.playWithId', { channelId: call, playbackId, media: ['sound:decroche/accueil', 'sound:decroche/patientez'] })
    await port.call('playbacks.stop', { playbackId })
    await port.call('bridges.addChannel', { bridgeId, channel: call })
    expect(await inBridge(bridgeId)).toEqual([call])
    await expect.poll(() => seen.filter((event) => event.type === 'PlaybackFinished' && event.playback.id === playbackId).length, { timeout: limitMs }).toBe(1)
    expect(await statusOf('playbacks.stop', { playbackId })).toBe(404)
  })

  it('records who is heard under one name once, and as long as they are there', async () => {
    await begin()
    const { id: call, hangup } = await caller()
    await port.call('channels.answer', { channelId: call })
    await bridged(call)
    const [first, second] = [`R-${call}-1-1`, `R-${call}-1-2`]
    for (const snoopId of [first, second]) {
      expect(await statusOf('channels.snoopChannelWithId', { channelId: call, snoopId, spy: 'both', whisper: 'none', app: ground.app, appArgs: 'record' })).toBe(0)
      await told(snoopId, 'StasisStart')
    }
    const recorded = { name: call, format: 'wav', ifExists: 'append', maxDurationSeconds: 0 }
    const live = async () => (await port.call('recordings.getLive', { recordingName: call })).state
    expect(await statusOf('channels.record', { channelId: first, ...recorded })).toBe(0)
    expect(await statusOf('channels.record', { channelId: second, ...recorded })).toBe(409)
    for (const operation of ['recordings.pause', 'recordings.pause'] as const) expect(await statusOf(operation, { recordingName: call })).toBe(0)
    await expect.poll(live, { timeout: limitMs }).toBe('paused')
    for (const operation of ['recordings.unpause', 'recordings.unpause'] as const) expect(await statusOf(operation, { recordingName: call })).toBe(0)
    await expect.poll(live, { timeout: limitMs }).toBe('recording')
    await hangup()
    const recordings = () => seen.flatMap((event) => ('recording' in event ? [[event.type, event.recording.target_uri]] : []))
    await expect.poll(recordings, { timeout: limitMs }).toEqual([['RecordingStarted', `channel:${first}`], ['RecordingFinished', `channel:${first}`]])
    expect(await statusOf('recordings.getLive', { recordingName: call })).toBe(404)
    // The caller's end is told first: a recording that ends before is one that failed.
    const order = seen.filter((event) => event.type === 'RecordingFinished' || (event.type === 'ChannelHangupRequest' && event.channel.id === call))
    expect(order.map(({ type }) => type)).toEqual(['ChannelHangupRequest', 'RecordingFinished'])
  })

  it('lists callers, legs that ring, and the bridges they are in', async () => {
    await begin()
    const { id: call } = await caller()
    const { leg } = await rung()
    const empty = fresh('B')
    await port.call('bridges.createWithId', { bridgeId: empty, type: 'mixing' })
    await port.call('channels.answer', { channelId: call })
    const bridge = await bridged(call)
    const { channel_ids: channels, bridge_ids: bridges } = await application()
    expect(channels.sort()).toEqual([call, leg].sort())
    expect(bridges).toContain(bridge)
    expect(bridges).not.toContain(empty)
  })

  it('keeps channels when who controls them is gone, and tells the next of nothing that was', async () => {
    await begin()
    const { id: call } = await caller()
    await port.stop()
    await begin()
    expect((await application()).channel_ids).toEqual([call])
    expect(seen).toEqual([])
    expect(await statusOf('channels.answer', { channelId: call })).toBe(0)
  })

  it('gives a caller back to the dialplan, and controls them no more', async () => {
    await begin()
    const { id: call } = await caller()
    expect(await statusOf('channels.continueInDialplan', { channelId: call, context: 'fallback', extension: 's', priority: 1 })).toBe(0)
    await told(call, 'StasisStart', 'StasisEnd')
    await expect.poll(() => statusOf('channels.startMoh', { channelId: call }), { timeout: limitMs }).toBe(409)
    expect((await application()).channel_ids).toEqual([])
    expect((await port.call('channels.list', {})).map(({ id }) => id)).toContain(call)
  })
})
