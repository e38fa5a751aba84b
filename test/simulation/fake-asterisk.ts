/**
 * An Asterisk as ARI shows it: channels, bridges, one application, phones that can be rung. It does what the real one was seen to do
 * (docs/asterisk.md), and the conformance suite holds both to the same.
 *
 * It is a process of its own: frozen, it does everything late; restarted, it has nothing any more.
 */
import type { AriEvent, Channel, LiveRecording } from '../../src/ari/generated.js'
import type { AriError, OperationName } from '../../src/ari/port.js'
import { isRecorder } from '../../src/ari/translate.js'
import { operations } from './fake-operations.js'
import { callOfChannel } from '../../src/routing/turn.js'
import type { Fallback } from './fallback.js'
import { Process, type Time, type Timer } from './timeline.js'

/** A phone, as Asterisk knows it by SIP. */
export interface Station {
  /** An INVITE came. */
  invited(leg: string): void
  /** A CANCEL or a BYE came. */
  stopped(leg: string): void
}

/** What an operation gives, or why not. */
export type Done = (error: AriError | null, result?: unknown) => void

/** Who has the application: told its events. */
export interface Listener {
  tell(event: AriEvent): void
  replaced(): void
}

export interface Sound {
  readonly id: string
  readonly ms: number
}

/** What is written of a channel that is heard, by the file's name. */
export interface FakeRecording {
  /** Whose ear writes. */
  readonly recorder: string
  readonly startedAt: number
  paused: boolean
}

export interface FakeChannel {
  readonly id: string
  readonly kind: 'caller' | 'leg' | 'tone'
  readonly createdAt: number
  readonly caller: string
  /** As the dialplan wrote it, for callers. */
  appData: string
  /** How often the fallback gave the caller back. */
  visit: number
  /** Of a leg: the endpoint rung, and how long for. */
  readonly endpoint: string | null
  args: readonly string[]
  state: 'Down' | 'Ring' | 'Ringing' | 'Up'
  /** In the application, told of by StasisStart and controlled by it. */
  inStasis: boolean
  bridge: string | null
  music: boolean
  /** Sounds played and to be played, the first being heard. */
  sounds: Sound[]
  musicAfter: boolean
  timer: Timer | null
  /** Of a tone: the leg that hears it. */
  readonly hearer: string | null
  /** Called when nothing is played any more. */
  onQuiet: (() => void)[]
}

/** Everything that concerns whoever judges what is done here. */
export interface Watch {
  done(by: object | null, operation: OperationName, params: Readonly<Record<string, unknown>>, error: AriError | null): void
  gone(channel: FakeChannel, why: 'asked' | 'hung-up' | 'lost' | 'unanswered'): void
  entered(channel: FakeChannel, bridge: string): void
  left(channel: FakeChannel, bridge: string): void
}

const nobodyWatches: Watch = { done: () => {}, gone: () => {}, entered: () => {}, left: () => {} }

export interface FakeAsteriskOptions {
  readonly time: Time
  readonly app: string
  /** Wall time at `time.now` 0. */
  readonly epochMs: number
  readonly random: { next(): number }
  /** Takes callers whom no application serves. The channel stays, outside the application, until `hangUp`. */
  readonly fallback?: Pick<Fallback, 'given' | 'take' | 'ended' | 'quiet' | 'beat' | 'others' | 'keepsCallers'>
  readonly watch?: Watch
}

export class FakeAsterisk {
  readonly channels = new Map<string, FakeChannel>()
  readonly bridges = new Map<string, Set<string>>()
  /** By endpoint; null for one that is not registered. */
  readonly endpoints = new Map<string, Station | null>()
  /** Of callers who are called back: the trunk, and the number they had dialled. */
  readonly calledBack = new Map<string, readonly [trunk: string, number: string]>()
  /** Whoever is called on a trunk, by whatever number; null where nobody answers. */
  outside: Station | null = null
  readonly recordings = new Map<string, FakeRecording>()
  /** Every file ends as soon as it is begun, and nobody is told why. */
  #diskFull = false
  process = new Process('asterisk')
  /** Takes connections. */
  listening = true
  listener: Listener | null = null
  allowed: readonly string[] = []
  readonly #options: FakeAsteriskOptions
  readonly #watch: Watch
  readonly #time: Time
  #made = 0

  constructor(options: FakeAsteriskOptions) {
    this.#options = options
    this.#time = options.time
    this.#watch = options.watch ?? nobodyWatches
  }

  get app(): string {
    return this.#options.app
  }

  // The application.

  /** Gives the application to `listener`; who had it before is told. */
  register(listener: Listener): void {
    const before = this.listener
    this.listener = listener
    if (before && before !== listener) before.replaced()
  }

  /** Nobody is told any more; channels stay. */
  unregister(listener: Listener): void {
    if (this.listener === listener) this.listener = null
  }

  /** Dies and comes back with nothing. Whoever is connected must be cut by the caller. */
  restart(): Process {
    const dead = this.process
    for (const channel of [...this.channels.values()]) {
      channel.timer?.cancel()
      this.#watch.gone(channel, 'lost')
    }
    this.channels.clear()
    this.bridges.clear()
    this.recordings.clear()
    for (const endpoint of this.endpoints.keys()) this.endpoints.set(endpoint, null)
    this.listener = null
    this.process = new Process('asterisk')
    return dead
  }

  // What phones and callers do.

  /** A call on a trunk. @returns the channel */
  incoming(trunk: string, number: string, caller: string, priority = 'call'): FakeChannel {
    const at = this.#options.epochMs + this.#time.now
    const channel = this.#make({
      id: `${Math.floor(at / 1_000)}.${++this.#made}`,
      kind: 'caller',
      caller,
      appData: `${this.app},${priority},${trunk},${number}`,
      endpoint: null,
      args: [priority, trunk, number],
      state: 'Ring',
    })
    this.enterStasis(channel)
    return channel
  }

  /** `Stasis()` in the dialplan: to the application, or on to the fallback when nobody has it. */
  enterStasis(channel: FakeChannel): void {
    const { fallback } = this.#options
    if (!this.listener || fallback?.keepsCallers) return fallback?.take(channel)
    this.#start(channel)
  }

  /** The fallback gives a caller back: `Stasis()` once more, with the number of this entry. */
  enterAgain(channel: FakeChannel): void {
    channel.visit++
    channel.args = [...channel.args.slice(0, 3), String(channel.visit)]
    channel.appData = [this.app, ...channel.args].join(',')
    this.enterStasis(channel)
  }

  /** A sign of an engine at work. */
  beat(value: string): void {
    this.#options.fallback?.beat(value)
  }

  /** An engine asks that the fallback rings nobody any more. */
  quiet(): void {
    this.#options.fallback?.quiet()
  }

  /** Channels on phones that are none of an engine's. */
  others(): Pick<Channel, 'id' | 'name' | 'dialplan'>[] {
    return this.#options.fallback?.others() ?? []
  }

  /** A caller hung up, or a phone that was picked up. */
  hangUp(id: string): void {
    const channel = this.channels.get(id)
    if (channel) this.#end(channel, 'hung-up', null, false)
  }

  /** No more RTP: Asterisk ends the channel by itself. */
  rtpTimeout(id: string): void {
    const channel = this.channels.get(id)
    if (channel) this.#end(channel, 'lost', 1, true)
  }

  ringing(id: string): void {
    const leg = this.channels.get(id)
    if (!leg || leg.state !== 'Down') return
    leg.state = 'Ringing'
    this.#tell(leg, { type: 'ChannelStateChange' })
  }

  answered(id: string): boolean {
    const leg = this.channels.get(id)
    if (!leg || leg.state === 'Up') return false
    leg.state = 'Up'
    leg.timer?.cancel()
    this.#tell(leg, { type: 'ChannelStateChange' })
    this.#start(leg)
    return true
  }

  /** The phone said no. @param cause Q.850, as Asterisk makes it of the SIP status */
  refused(id: string, cause: number): void {
    const leg = this.channels.get(id)
    if (!leg || leg.state === 'Up') return
    this.#remove(leg, 'hung-up')
    this.#tell(leg, { type: 'ChannelHangupRequest', cause })
    this.#later(0.7, () => this.#tell(leg, { type: 'ChannelDestroyed', cause, cause_txt: '' }))
  }

  dtmf(id: string, digit: string): void {
    const channel = this.channels.get(id)
    if (channel?.inStasis) this.#tell(channel, { type: 'ChannelDtmfReceived', digit, duration_ms: 100 })
  }

  hears(channel: FakeChannel): 'ringing' | 'somebody' | 'sound' | 'music' | 'nothing' {
    if (channel.state !== 'Up') return 'ringing'
    if (channel.bridge !== null) for (const id of this.bridges.get(channel.bridge) ?? []) if (id !== channel.id) return 'somebody'
    if (channel.sounds.length > 0) return 'sound'
    return channel.music ? 'music' : 'nothing'
  }

  // What is asked by ARI.

  /** Carries out a request; `done` may come later, for one that has to wait. */
  perform(by: object | null, operation: OperationName, params: Readonly<Record<string, unknown>>, done: Done): void {
    const handler = operations[operation]
    if (!handler) throw new Error(`the fake knows no ${operation}`)
    handler(this, params as never, (error, result) => {
      this.#watch.done(by, operation, params, error)
      done(error, result)
    })
  }

  filter(allowed: readonly string[]): void {
    this.allowed = allowed
  }

  /** In the application: callers in Stasis, and legs from the moment they are asked for. */
  ours(): FakeChannel[] {
    return [...this.channels.values()].filter(({ inStasis, kind, state }) => inStasis || (kind === 'leg' && state !== 'Up'))
  }

  /** The phone that an endpoint leads to: one that is registered, or a number on a trunk. */
  stationOf(endpoint: string): Station | null {
    return endpoint.includes('@') ? this.outside : (this.endpoints.get(endpoint) ?? null)
  }

  originate(leg: string, endpoint: string, args: readonly string[], callerId: string, timeoutMs: number): void {
    const station = this.stationOf(endpoint) as Station
    const channel = this.#make({ id: leg, kind: 'leg', caller: callerId, appData: '', endpoint, args, state: 'Down' })
    this.#post(this.#options.random.next() * 2 + 0.3, () => {
      if (this.channels.get(leg) === channel) station.invited(leg)
    })
    channel.timer = this.#post(timeoutMs, () => {
      this.#remove(channel, 'unanswered')
      station.stopped(leg)
      this.#tell(channel, { type: 'ChannelDestroyed', cause: 19, cause_txt: '' })
    })
  }

  whisper(hearer: string, id: string, args: readonly string[]): FakeChannel {
    const tone = this.#make({ id, hearer, kind: 'tone', caller: '', appData: '', endpoint: null, args, state: 'Up' })
    this.#post(0.5, () => {
      if (this.channels.has(id)) this.#start(tone)
    })
    return tone
  }

  record(recorder: FakeChannel, name: string): void {
    const recording = { recorder: recorder.id, startedAt: this.#time.now, paused: false }
    this.recordings.set(name, recording)
    this.#tellRecording('RecordingStarted', name, recording)
    if (this.#diskFull) this.#later(1, () => this.#recordingOver(name, recording))
  }

  set diskFull(full: boolean) {
    this.#diskFull = full
    if (full) for (const [name, recording] of [...this.recordings]) this.#recordingOver(name, recording)
  }

  #recordingOver(name: string, recording: FakeRecording): void {
    if (this.recordings.get(name) !== recording) return
    this.recordings.delete(name)
    this.#tellRecording('RecordingFinished', name, recording)
  }

  recordingJson(name: string, { recorder, paused, startedAt }: FakeRecording): LiveRecording {
    return { name, format: 'wav', state: paused ? 'paused' : 'recording', target_uri: `channel:${recorder}`, duration: Math.floor((this.#time.now - startedAt) / 1_000) }
  }

  /** By `DELETE /channels`, or by the dialplan. */
  end(channel: FakeChannel, why: 'asked' | 'lost' = 'asked'): void {
    if (channel.state === 'Up' || channel.kind === 'caller') this.#end(channel, why, 32, true)
    else {
      this.#remove(channel, why)
      this.#tell(channel, { type: 'ChannelHangupRequest', cause: 32, soft: true })
      this.#later(0.5, () => this.#tell(channel, { type: 'ChannelDestroyed', cause: 127, cause_txt: '' }))
    }
    if (channel.endpoint !== null) {
      const station = this.stationOf(channel.endpoint)
      this.#post(1, () => station?.stopped(channel.id))
    }
  }

  /** Back to the dialplan's fallback. @param fromEngine given back by an engine, not taken from it */
  leave(channel: FakeChannel, fromEngine = false): void {
    this.#leave(channel)
    this.#silence(channel)
    this.#tell(channel, { type: 'StasisEnd' })
    channel.inStasis = false
    const calledBack = this.calledBack.get(channel.id)
    if (calledBack) channel.args = ['call', ...calledBack]
    this.#options.fallback?.take(channel, fromEngine)
  }

  play(channel: FakeChannel, sound: Sound): void {
    channel.music = false
    channel.musicAfter = false
    channel.sounds.push(sound)
    if (channel.sounds.length === 1) this.#playFirst(channel)
  }

  /** @returns false when nothing of that name is played or waits to be */
  hush(sound: string): boolean {
    for (const channel of this.channels.values()) {
      const index = channel.sounds.findIndex(({ id }) => id === sound)
      if (index < 0) continue
      if (index === 0) this.#soundOver(channel)
      else channel.sounds.splice(index, 1)
      return true
    }
    return false
  }

  startMusic(channel: FakeChannel): void {
    if (channel.sounds.length > 0) channel.musicAfter = true
    else channel.music = true
  }

  enter(channel: FakeChannel, bridge: string): void {
    this.#leave(channel)
    channel.bridge = bridge
    this.bridges.get(bridge)?.add(channel.id)
    this.#watch.entered(channel, bridge)
    this.#tell(channel, { type: 'ChannelEnteredBridge', bridge: { id: bridge } })
  }

  dissolve(bridge: string): void {
    for (const id of [...(this.bridges.get(bridge) ?? [])]) {
      const channel = this.channels.get(id)
      if (channel) this.#leave(channel)
    }
    this.bridges.delete(bridge)
  }

  channelJson(channel: FakeChannel): Channel {
    return {
      id: channel.id,
      protocol_id: '',
      name: '',
      state: channel.state,
      caller: { name: '', number: channel.caller },
      connected: { name: '', number: '' },
      accountcode: '',
      dialplan: { ...placeOf(channel), priority: 1, app_name: channel.inStasis && channel.appData ? 'Stasis' : '', app_data: channel.appData },
      creationtime: new Date(this.#options.epochMs + channel.createdAt).toISOString(),
      language: 'fr',
    }
  }

  #make(given: Pick<FakeChannel, 'id' | 'kind' | 'caller' | 'appData' | 'endpoint' | 'args' | 'state'> & { hearer?: string }): FakeChannel {
    const channel: FakeChannel = {
      hearer: null,
      ...given,
      createdAt: this.#time.now,
      visit: 0,
      inStasis: false,
      bridge: null,
      music: false,
      sounds: [],
      musicAfter: false,
      timer: null,
      onQuiet: [],
    }
    this.channels.set(channel.id, channel)
    return channel
  }

  #start(channel: FakeChannel): void {
    channel.inStasis = true
    if (channel.kind === 'caller') this.#options.fallback?.given(channel)
    this.#tell(channel, { type: 'StasisStart', args: [...channel.args] })
  }

  /** The first word comes at once and has the cause, if there is one; the others follow within a millisecond, in no sure order. */
  #end(channel: FakeChannel, why: 'asked' | 'hung-up' | 'lost', cause: number | null, soft: boolean): void {
    const { inStasis } = channel
    this.#remove(channel, why)
    channel.inStasis = false
    if (!inStasis) return
    this.#tell(channel, { type: 'ChannelHangupRequest', ...(cause !== null && { cause }), ...(soft && { soft }) })
    this.#later(0.2 + this.#options.random.next() * 0.6, () => this.#tell(channel, { type: 'StasisEnd' }))
    if (channel.kind === 'caller') return
    this.#later(0.2 + this.#options.random.next() * 0.6, () => this.#tell(channel, { type: 'ChannelDestroyed', cause: soft ? 16 : (cause ?? 16), cause_txt: '' }))
  }

  #remove(channel: FakeChannel, why: Parameters<Watch['gone']>[1]): void {
    if (!this.channels.delete(channel.id)) return
    channel.timer?.cancel()
    this.#leave(channel)
    for (const { id } of channel.sounds.splice(0)) this.#sayFinished(channel, id)
    for (const go of channel.onQuiet.splice(0)) go()
    this.#watch.gone(channel, why)
    this.#options.fallback?.ended(channel)
    // A channel that hears notices that within 20 ms.
    for (const ear of [...this.channels.values()]) if (ear.hearer === channel.id) this.#later(isRecorder(ear.id) ? 1 + this.#options.random.next() * 20 : 0, () => this.channels.has(ear.id) && this.#end(ear, 'lost', 16, false))
    for (const [name, recording] of [...this.recordings]) if (recording.recorder === channel.id) this.#recordingOver(name, recording)
  }

  #leave(channel: FakeChannel): void {
    const { bridge } = channel
    if (bridge === null) return
    this.bridges.get(bridge)?.delete(channel.id)
    channel.bridge = null
    this.#watch.left(channel, bridge)
  }

  #silence(channel: FakeChannel): void {
    channel.music = false
    channel.musicAfter = false
    while (channel.sounds.length > 0) this.#soundOver(channel)
  }

  #playFirst(channel: FakeChannel): void {
    const [first] = channel.sounds
    if (!first) return
    channel.timer = this.#post(first.ms, () => this.#soundOver(channel))
  }

  #soundOver(channel: FakeChannel): void {
    channel.timer?.cancel()
    const over = channel.sounds.shift()
    if (over) this.#sayFinished(channel, over.id)
    if (channel.sounds.length > 0) return this.#playFirst(channel)
    if (channel.musicAfter) channel.music = true
    channel.musicAfter = false
    for (const go of channel.onQuiet.splice(0)) go()
  }

  #sayFinished(channel: FakeChannel, id: string): void {
    this.#tell(channel, { type: 'PlaybackFinished', playback: { id, media_uri: '', target_uri: '', language: 'fr', state: 'done' } })
  }

  #tellRecording(type: 'RecordingStarted' | 'RecordingFinished', name: string, recording: FakeRecording): void {
    if (!this.listener || !this.allowed.includes(type)) return
    const state = type === 'RecordingFinished' ? { state: 'done' } : {}
    this.listener.tell({ application: this.app, timestamp: '', type, recording: { ...this.recordingJson(name, recording), ...state } } as unknown as AriEvent)
  }

  #later(ms: number, run: () => void): void {
    this.#post(ms, run)
  }

  #post(ms: number, run: () => void): Timer {
    return this.#time.post(this.process, ms, run)
  }

  #tell(channel: FakeChannel, event: Readonly<Record<string, unknown>> & { type: AriEvent['type'] }): void {
    if (!this.listener || !this.allowed.includes(event.type)) return
    // Written as it is now, as JSON would be.
    const about = event.type === 'PlaybackFinished' ? {} : { channel: this.channelJson(channel) }
    this.listener.tell({ application: this.app, timestamp: '', ...about, ...event } as unknown as AriEvent)
  }
}

/** Where in the dialplan a channel is: whom the fallback gave back entered from its context. */
const placeOf = ({ id, kind, state, inStasis, visit }: FakeChannel): { context: string; exten: string } => {
  const calledBack = callOfChannel(id) !== id && state === 'Up' && !(inStasis && visit === 0)
  if (kind !== 'caller' && !calledBack) return { context: '', exten: '' }
  if (!inStasis) return { context: 'fallback', exten: 's' }
  return visit > 0 ? { context: 'fallback', exten: 'engine-back' } : { context: 'trunk', exten: '15' }
}
