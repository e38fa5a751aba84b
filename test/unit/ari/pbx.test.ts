/** Ends that are told, told again, or never told: no caller stays in the room without a channel. */
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { AriEvent } from '../../../src/ari/generated.js'
import { silentObserver } from '../../../src/ari/observer.js'
import { createPbx, type Pbx } from '../../../src/ari/pbx.js'
import { AriError, type AriPort, type OperationName, type PortEvents } from '../../../src/ari/port.js'
import type { PbxEvent } from '../../../src/routing/events.js'

/** Refuses the operations in `refused` with a status; answers all others with what a test gave, or nothing. */
class FakePort extends EventEmitter<PortEvents> {
  readonly ordered = true
  readonly isUp = true
  readonly silentForMs = 0
  readonly asked: OperationName[] = []
  readonly refused = new Map<OperationName, number>()
  readonly answers = new Map<OperationName, unknown>()
  /** How often from now on an operation has no answer. */
  readonly unanswered = new Map<OperationName, number>()

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async call(operation: OperationName): Promise<unknown> {
    this.asked.push(operation)
    const unanswered = this.unanswered.get(operation) ?? 0
    this.unanswered.set(operation, unanswered - 1)
    if (unanswered > 0) throw new AriError('timeout', operation)
    const status = this.refused.get(operation)
    if (status !== undefined) throw new AriError('refused', operation, status)
    return this.answers.get(operation)
  }
}

function begin(): { port: FakePort; pbx: Pbx; told: PbxEvent[] } {
  const port = new FakePort()
  const pbx = createPbx(port as unknown as AriPort, { app: 'decroche', observer: silentObserver, now: () => 1, phonesPollMs: 0 })
  const told: PbxEvent[] = []
  pbx.on('event', (event) => told.push(event))
  return { port, pbx, told }
}

const ended = (type: 'ChannelHangupRequest' | 'StasisEnd'): AriEvent =>
  ({ type, application: 'decroche', timestamp: '', channel: { id: 'A' } }) as unknown as AriEvent
const gone = { type: 'channel-gone', at: 1, channel: 'A', cause: 'normal' }

it('an end is told once', () => {
  const { port, told } = begin()
  port.emit('event', ended('ChannelHangupRequest'))
  port.emit('event', ended('StasisEnd'))
  expect(told).toEqual([gone])
})

it('an end whose first word came before the list of what exists is told again after it', async () => {
  const { port, pbx, told } = begin()
  port.emit('event', ended('ChannelHangupRequest'))
  port.answers.set('applications.get', { channel_ids: ['A'], bridge_ids: [] })
  port.answers.set('channels.list', [{ id: 'A', state: 'Up', dialplan: {}, creationtime: '' }])
  port.answers.set('bridges.list', [])
  expect((await pbx.inventory()).channels).toEqual([{ id: 'A', up: true, bridge: null }])
  told.length = 0
  port.refused.set('channels.get', 404)
  port.emit('event', ended('StasisEnd'))
  await expect.poll(() => told).toEqual([gone])
})

it('who hung up is not elsewhere while the dialplan still notes it; who is with the fallback, or on the way back from it, is', async () => {
  const { port, pbx } = begin()
  const at = (id: string, context: string, exten = 's') => ({ id, name: `PJSIP/operator-0000000${id}`, state: 'Up', dialplan: { context, exten }, creationtime: '' })
  port.answers.set('applications.get', { channel_ids: [], bridge_ids: [] })
  port.answers.set('channels.list', [at('1', 'trunk-operator', '15'), at('2', 'unseen', 'left'), at('3', 'fallback'), at('4', 'unseen')])
  port.answers.set('bridges.list', [])
  expect((await pbx.inventory()).elsewhere).toEqual(['3', '4'])
})

describe('a caller who left the application', () => {
  const dialplan = (context: string, exten: string) => ({ id: 'A', dialplan: { context, exten } })

  it('is with the fallback once the dialplan has them there', async () => {
    const { port, told } = begin()
    port.answers.set('channels.get', dialplan('trunk-operator', '15'))
    port.emit('event', ended('StasisEnd'))
    await expect.poll(() => port.asked.length).toBeGreaterThan(1)
    expect(told).toEqual([])
    port.answers.set('channels.get', dialplan('fallback', 's'))
    await expect.poll(() => told).toEqual([{ type: 'channel-left', at: 1, channel: 'A' }])
  })

  it('is gone as soon as that is told, or they are nowhere', async () => {
    const { port, told } = begin()
    port.answers.set('channels.get', dialplan('trunk-operator', '15'))
    port.emit('event', ended('StasisEnd'))
    port.emit('event', ended('ChannelHangupRequest'))
    expect(told).toEqual([gone])
    const asked = port.asked.length
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([told.length, port.asked.length - asked]).toEqual([1, 0])
  })

  it('never left when the application still has them', async () => {
    const { port, told } = begin()
    port.answers.set('channels.get', dialplan('fallback', 'engine-back'))
    port.answers.set('applications.get', { channel_ids: ['A'], bridge_ids: [] })
    port.emit('event', ended('StasisEnd'))
    await expect.poll(() => port.asked.at(-1), { timeout: 20_000 }).toBe('applications.get')
    expect(told).toEqual([])
  })

  it('and is back already never left', async () => {
    const { port, told } = begin()
    port.answers.set('channels.get', dialplan('fallback', 's'))
    port.emit('event', ended('StasisEnd'))
    const channel = { id: 'A', state: 'Up', caller: {}, creationtime: '' }
    port.emit('event', { type: 'StasisStart', args: ['call', 'operator', '15', '1'], channel } as unknown as AriEvent)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told.map(({ type }) => type)).toEqual(['call-arrived'])
  })
})

it.each([
  [{ type: 'answer', channel: 'A' }, 'channels.answer'],
  [{ type: 'hang-up', channel: 'A' }, 'channels.hangup'],
  [{ type: 'music', channel: 'A' }, 'channels.startMoh'],
  [{ type: 'say', channel: 'A', sound: 'S', media: ['sound:beep'] }, 'channels.playWithId'],
] as const)('a channel that Asterisk does not know has ended: %j', async (effect, operation) => {
  const { port, pbx, told } = begin()
  port.refused.set(operation, 404)
  await pbx.perform([effect])
  expect(told).toEqual([gone])
})

it.each([
  // The caller is gone, and the phone not to blame.
  [{ type: 'ring', leg: 'A', phone: 'arm01', caller: 'C', shown: null, timeoutMs: 1_000 }, 'channels.originateWithId', 400],
  [{ type: 'music', channel: 'A' }, 'channels.startMoh', 409],
] as const)('nothing else that is refused ends a channel: %j', async (effect, operation, status) => {
  const { port, pbx, told } = begin()
  port.refused.set(operation, status)
  await pbx.perform([effect])
  expect(port.asked).toEqual([operation])
  expect(told).toEqual([])
})

it.each([
  ['hang-up', 'channels.hangup'],
  ['hand-back', 'channels.continueInDialplan'],
] as const)('a %s without an answer is asked for again: nobody is left on the line with nothing to hear', async (type, operation) => {
  const { port, pbx } = begin()
  port.unanswered.set(operation, 2)
  await pbx.perform([{ type, channel: 'C' }])
  await expect.poll(() => port.asked).toEqual([operation, operation, operation])
})

const toneOver = { type: 'PlaybackFinished', playback: { id: 'tone-1' } }
const stranger = { type: 'StasisStart', args: [], channel: { id: 'X', state: 'Up', caller: {}, creationtime: '' } }

it.each([
  ['a stranger is sent back', stranger, 'channels.continueInDialplan'],
  ['a tone that was played is hung up', toneOver, 'channels.hangup'],
] as const)('%s until Asterisk answers', async (_, event, operation) => {
  const { port } = begin()
  port.unanswered.set(operation, 2)
  port.emit('event', event as unknown as AriEvent)
  await expect.poll(() => port.asked).toEqual([operation, operation, operation])
})

describe('a recorder', () => {
  const recorder = 'R-A-1-1'
  const pause = (paused: boolean) => ({ type: 'pause-recording', recorder, paused }) as const
  const ready = { type: 'StasisStart', args: ['record'], channel: { id: recorder, state: 'Up', caller: {}, creationtime: '' } } as unknown as AriEvent
  const started = { type: 'RecordingStarted', recording: { target_uri: `channel:${recorder}` } } as unknown as AriEvent
  const began = { type: 'recording-began', at: 1, recorder }
  const refused = { type: 'recording-refused', at: 1, recorder }

  const recording = async () => {
    const ground = begin()
    await ground.pbx.perform([{ type: 'record', recorder, channel: 'A' }])
    ground.port.emit('event', ready)
    return ground
  }
  const pauses = ({ asked }: FakePort) => asked.filter((operation) => operation.startsWith('recordings.'))

  it('is paused once Asterisk writes, when that is still wanted: before, it refuses', async () => {
    const { port, pbx, told } = await recording()
    port.refused.set('recordings.pause', 409)
    await pbx.perform([pause(true)])
    expect(pauses(port)).toEqual([])
    port.refused.clear()
    port.emit('event', started)
    await pbx.perform([pause(false)])
    expect(pauses(port)).toEqual(['recordings.pause', 'recordings.unpause'])
    expect(told).toEqual([began])
  })

  it('is not paused when the caller talks again before it writes', async () => {
    const { port, pbx } = await recording()
    await pbx.perform([pause(true), pause(false)])
    port.emit('event', started)
    expect(pauses(port)).toEqual([])
  })

  it.each([
    ['found before it writes', [] as AriEvent[], [started]],
    ['that begins while it is looked for', [started], [] as AriEvent[]],
  ])('of an engine before, %s, is paused by this one', async (_, before, after) => {
    const { port, pbx, told } = begin()
    port.answers.set('applications.get', { channel_ids: [recorder], bridge_ids: [] })
    port.answers.set('channels.list', [{ id: recorder, state: 'Up', dialplan: {}, creationtime: '' }])
    port.answers.set('bridges.list', [])
    port.answers.set('recordings.getLive', { state: 'queued', target_uri: `channel:${recorder}` })
    port.refused.set('channels.get', 404)
    const listed = pbx.inventory()
    for (const event of before) port.emit('event', event)
    await listed
    await pbx.perform([pause(true)])
    for (const event of after) port.emit('event', event)
    await expect.poll(() => pauses(port).at(-1)).toBe('recordings.pause')
    expect(told).toEqual([began])
  })

  it.each([
    ['is refused', (port: FakePort) => port.refused.set('recordings.pause', 409)],
    ['has no answer', (port: FakePort) => port.unanswered.set('recordings.pause', 1)],
  ])('whose pause %s writes nothing more, and that is told', async (_, fail) => {
    const { port, pbx, told } = await recording()
    port.emit('event', started)
    fail(port)
    port.unanswered.set('channels.hangup', 1)
    await pbx.perform([pause(true)])
    await expect.poll(() => port.asked.filter((operation) => operation === 'channels.hangup')).toHaveLength(2)
    expect(told).toEqual([began, refused])
  })

  it('that is over already need not be paused', async () => {
    const { port, pbx, told } = await recording()
    port.emit('event', started)
    port.refused.set('recordings.pause', 404)
    await pbx.perform([pause(true)])
    expect([port.asked.includes('channels.hangup'), told]).toEqual([false, [began]])
  })
})
