/** From ARI events to the words of the core. The events are as Asterisk 22.10 sent them, numbers replaced. */
import { describe, expect, it } from 'vitest'
import type { AriEvent, Channel } from '../../../src/ari/generated.js'
import { arrivalOf, goneCause, isWithFallback, Translator } from '../../../src/ari/translate.js'

const at = 1_795_350_849_400

function channel(change: Partial<Channel> = {}): Channel {
  return {
    id: '1795350849.0',
    name: 'PJSIP/operator-00000000',
    protocol_id: 'xwr5d73n7unpcxjxs9bb',
    state: 'Ring',
    caller: { name: '', number: '+33199000101' },
    connected: { name: '', number: '' },
    accountcode: '',
    dialplan: {
      context: 'trunk-operator',
      exten: '15',
      priority: 4,
      app_name: 'Stasis',
      app_data: 'decroche,call,operator,15',
    },
    creationtime: '2026-11-22T12:34:09.318+0000',
    language: 'fr',
    ...change,
  }
}

const leg = (change: Partial<Channel> = {}): Channel =>
  channel({ id: 'L-1', name: 'PJSIP/arm01-00000001', state: 'Up', ...change })

/** An event with what all have in common. */
const event = <T extends AriEvent['type']>(
  type: T,
  rest: Omit<Extract<AriEvent, { type: T }>, 'type' | 'application' | 'timestamp'>,
): AriEvent =>
  ({ type, application: 'decroche', timestamp: '2026-11-22T12:34:09.318+0000', ...rest }) as unknown as AriEvent

const read = (one: AriEvent, translator = new Translator()) => translator.translate(one, at)

describe('arrivals', () => {
  const started = (change: Partial<Channel> = {}, args = ['call', 'operator', '15']) =>
    read(event('StasisStart', { args, channel: channel(change) }))

  it('t0 is the moment the channel was made; trunk and number come from the dialplan', () => {
    expect(started()).toEqual({
      type: 'call-arrived',
      at,
      call: '1795350849.0',
      trunk: 'operator',
      number: '15',
      caller: '+33199000101',
      arrivedAt: Date.UTC(2026, 10, 22, 12, 34, 9, 318),
      answered: false,
    })
    expect(started({ state: 'Up' })).toMatchObject({ answered: true })
  })

  it('say how often the fallback gave the caller back', () => {
    expect(started({}, ['call', 'operator', '15', '2'])).toMatchObject({ visit: 2 })
    expect(started({}, ['call', 'operator', '15', 'x'])).not.toHaveProperty('visit')
    expect(started({}, ['call', 'operator', '15', '', 'located'])).toMatchObject({ located: true })
    expect(started({}, ['call', 'operator', '15', ''])).not.toHaveProperty('located')
    const listed = channel({ dialplan: { context: 'fallback', exten: 'engine-back', priority: 6, app_name: 'Stasis', app_data: 'decroche,call,operator,15,1' } })
    expect(arrivalOf(listed, 'decroche', at)).toMatchObject({ trunk: 'operator', number: '15', visit: 1 })
  })

  it.each(['', 'anonymous', 'Anonymous', '15<script>', '0199 00', '1'.repeat(33), 'sip:a@b'])(
    'no number in %j',
    (number) => {
      expect(started({ caller: { name: '', number } })).toMatchObject({ caller: null })
    },
  )

  it.each(['0199000101', '+33199000101', '15', '*31*0199000101'])('the number in %j', (number) => {
    expect(started({ caller: { name: '', number } })).toMatchObject({ caller: number })
  })

  it('counts from now when the moment cannot be read', () => {
    expect(started({ creationtime: 'yesterday' })).toMatchObject({ arrivedAt: at })
  })

  it.each([[[]], [['call']], [['call', 'operator']], [['call', '', '15']], [['leg', 'L-9']], [['other', 'a', 'b']]])(
    '%j is a stranger',
    (args) => {
      expect(started({}, args)).toEqual({ type: 'stranger', channel: '1795350849.0' })
    },
  )

  it('is found again in a list of channels, and only a caller of this application is', () => {
    expect(arrivalOf(channel({ state: 'Up' }), 'decroche', at)).toMatchObject({
      trunk: 'operator',
      number: '15',
      answered: true,
    })
    expect(arrivalOf(channel(), 'another', at)).toBeNull()
    const outgoing = { context: 'phones', exten: 's', priority: 1, app_name: 'AppDial2', app_data: '(Outgoing Line)' }
    expect(arrivalOf(leg({ dialplan: outgoing }), 'decroche', at)).toBeNull()
    const answeredLeg = { context: 'phones', exten: 's', priority: 1, app_name: 'Stasis', app_data: 'decroche,leg,L-1' }
    expect(arrivalOf(leg({ dialplan: answeredLeg }), 'decroche', at)).toBeNull()
    expect(
      arrivalOf(
        channel({ dialplan: { context: 'fallback', exten: 's', priority: 9, app_name: 'Queue', app_data: 'n1' } }),
        'decroche',
        at,
      ),
    ).toBeNull()
  })
})

describe('legs', () => {
  it('rings, is answered, joins, dials', () => {
    const translator = new Translator()
    expect(read(event('ChannelStateChange', { channel: leg({ state: 'Ringing' }) }), translator)).toEqual({
      type: 'leg-ringing',
      at,
      leg: 'L-1',
    })
    expect(read(event('ChannelStateChange', { channel: leg() }), translator)).toBeNull()
    expect(read(event('StasisStart', { args: ['leg', 'L-1'], channel: leg() }), translator)).toEqual({
      type: 'leg-answered',
      at,
      leg: 'L-1',
    })
    const bridge = { id: 'B-1' } as Extract<AriEvent, { type: 'ChannelEnteredBridge' }>['bridge']
    expect(read(event('ChannelEnteredBridge', { bridge, channel: leg() }), translator)).toEqual({
      type: 'joined',
      at,
      bridge: 'B-1',
      channel: 'L-1',
    })
    expect(read(event('ChannelDtmfReceived', { digit: '*', duration_ms: 90, channel: leg() }), translator)).toEqual({
      type: 'dtmf',
      at,
      channel: 'L-1',
      digit: '*',
    })
  })

  it('a sound that ended', () => {
    const playback = {
      id: 'S-1',
      media_uri: 'sound:beep',
      target_uri: 'channel:1',
      language: 'fr',
      state: 'done',
    } as const
    expect(read(event('PlaybackFinished', { playback }))).toEqual({ type: 'sound-over', sound: 'S-1' })
  })
})

it('a tone for an agent is nobody: it is told ready, and its end is not told', () => {
  const tone = leg({ id: 'tone-L-1-1' })
  expect(read(event('StasisStart', { args: ['tone', 'refused'], channel: tone }))).toEqual({
    type: 'tone-ready',
    channel: 'tone-L-1-1',
    accepted: false,
  })
  expect(read(event('StasisStart', { args: ['tone', 'accepted'], channel: leg() }))).toEqual({
    type: 'stranger',
    channel: 'L-1',
  })
  expect(read(event('ChannelDestroyed', { channel: tone, cause: 16, cause_txt: '' }))).toBeNull()
})

describe('ends', () => {
  const hangupRequest = (cause?: number, soft?: boolean) =>
    event('ChannelHangupRequest', {
      channel: leg(),
      ...(cause !== undefined && { cause }),
      ...(soft !== undefined && { soft }),
    })
  const destroyed = (cause: number) => event('ChannelDestroyed', { channel: leg(), cause, cause_txt: '' })
  const left = event('StasisEnd', { channel: leg() })

  it('are told once, by whichever event comes first', () => {
    for (const events of [
      [hangupRequest(17), left, destroyed(17)],
      [left, hangupRequest(17), destroyed(17)],
      [destroyed(17), left],
    ]) {
      const translator = new Translator()
      expect(events.map((one) => read(one, translator)).filter(Boolean)).toHaveLength(1)
    }
  })

  it('a caller who leaves the application may be gone or not', () => {
    const translator = new Translator()
    expect(read(event('StasisEnd', { channel: channel() }), translator)).toEqual({ type: 'caller-out', channel: '1795350849.0' })
    translator.end('1795350849.0', 'normal', at)
    expect(read(event('StasisEnd', { channel: channel() }), translator)).toBeNull()
  })

  it.each([
    ['fallback', 's', true],
    ['fallback', 'queue-full', true],
    ['fallback', 'engine-back', false],
    ['trunk-operator', '15', false],
  ])('in %s, %s: with the fallback: %s', (context, exten, there) => {
    expect(isWithFallback(channel({ dialplan: { context, exten, priority: 1, app_name: '', app_data: '' } }))).toBe(there)
  })

  it('a channel that comes back may end again', () => {
    const translator = new Translator()
    translator.end('1795350849.0', 'normal', at)
    expect(translator.isOver('1795350849.0')).toBe(true)
    read(event('StasisStart', { args: ['call', 'operator', '15'], channel: channel() }), translator)
    expect(translator.isOver('1795350849.0')).toBe(false)
    expect(read(event('StasisEnd', { channel: channel() }), translator)).toMatchObject({ type: 'caller-out' })
  })

  it('remembers a limited number of ends', () => {
    const translator = new Translator()
    for (let index = 0; index < 10_000; index++) translator.end(`L-${index}`, 'normal', at)
    expect(translator.isOver('L-0')).toBe(false)
    expect(translator.isOver('L-9999')).toBe(true)
    expect(translator.end('L-9999', 'normal', at)).toBeNull()
  })

  it.each([
    [0, 'normal'],
    [16, 'normal'],
    [127, 'normal'],
    [17, 'busy'],
    [21, 'refused'],
    [18, 'no-answer'],
    [19, 'no-answer'],
    [1, 'unreachable'],
    [3, 'unreachable'],
    [20, 'unreachable'],
    [27, 'unreachable'],
    [34, 'unreachable'],
    [38, 'unreachable'],
    [44, 'failed'],
    [58, 'failed'],
    [999, 'failed'],
  ] as const)('Q.850 cause %d is %s', (q850, cause) => {
    expect(goneCause(q850)).toBe(cause)
    expect(read(destroyed(q850))).toEqual({ type: 'channel-gone', at, channel: 'L-1', cause })
    expect(read(hangupRequest(q850))).toMatchObject({ cause })
  })

  it('a soft request carries a flag, not a Q.850 cause: whoever asked (32) did not mean to end a call, nor did a silent device (1)', () => {
    expect(read(hangupRequest(32, true))).toMatchObject({ cause: 'failed' })
    expect(read(hangupRequest(1, true))).toMatchObject({ cause: 'failed' })
    expect(read(hangupRequest())).toMatchObject({ cause: 'normal' })
  })
})

describe('a recorder', () => {
  const recorder = 'R-1795350849.0-3-7'
  const recording = (change: object = {}) => ({ name: '1795350849.0', format: 'wav', state: 'recording' as const, target_uri: `channel:${recorder}`, ...change })

  it('is told by what it writes', () => {
    expect(read(event('StasisStart', { args: ['record'], channel: channel({ id: recorder }) }))).toEqual({ type: 'recorder-ready', recorder })
    expect(read(event('RecordingStarted', { recording: recording() }))).toEqual({ type: 'recording-began', at, recorder })
    expect(read(event('RecordingFinished', { recording: recording({ state: 'done', duration: 3 }) }))).toEqual({ type: 'recording-over', at, recorder, durationMs: 3_000 })
    expect(read(event('RecordingFailed', { recording: recording({ state: 'failed' }) }))).toEqual({ type: 'recording-refused', at, recorder })
  })

  it('comes and goes without a word, and is none of anybody else’s', () => {
    expect(read(event('ChannelHangupRequest', { channel: channel({ id: recorder }), cause: 16 }))).toBeNull()
    expect(read(event('StasisEnd', { channel: channel({ id: recorder }) }))).toBeNull()
    expect(read(event('RecordingFinished', { recording: recording({ target_uri: 'bridge:B-1' }) }))).toBeNull()
    expect(read(event('StasisStart', { args: ['record'], channel: channel({ id: '1795350849.9' }) }))).toEqual({ type: 'stranger', channel: '1795350849.9' })
  })
})

describe('what is not as described', () => {
  it.each([
    { type: 'StasisStart' },
    { type: 'StasisStart', args: ['leg', 'L-1'], channel: {} },
    { type: 'StasisStart', args: 'call', channel: null },
    { type: 'ChannelEnteredBridge', bridge: { id: 'B-1' } },
    { type: 'ChannelEnteredBridge', channel: { id: 'L-1' } },
    { type: 'ChannelDtmfReceived', channel: { id: 'L-1' } },
    { type: 'ChannelDestroyed', cause: 16 },
    { type: 'ChannelHangupRequest', channel: { id: 7 } },
    { type: 'PlaybackFinished' },
    { type: 'RecordingFinished' },
  ])('%j is malformed', (broken) => {
    expect(read(broken as unknown as AriEvent)).toEqual({ type: 'malformed' })
  })

  it('means nothing to the room when its type is not used', () => {
    expect(read(event('ChannelVarset', { variable: 'A', value: 'b' }))).toBeNull()
  })
})
