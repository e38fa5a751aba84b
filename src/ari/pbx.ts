/**
 * The PBX as the engine sees it: effects in, events out, in the words of the core.
 *
 * Music and sounds. Asterisk lets music go on under a conversation unless it is stopped, and holds a bridge back until a
 * sound is over; on an ordered transport everything behind it waits too. So what each caller hears is remembered here, and a
 * sound is cut and music stopped before the channel is bridged. Not after: once bridged, the channel has a thread of its own,
 * and Asterisk forgets a stop that comes while that thread makes music (measured). A bridging refused starts it again.
 */
import { EventEmitter } from 'node:events'
import type { Effect } from '../routing/effects.js'
import type { ChannelId, GoneCause, PbxEvent } from '../routing/events.js'
import type { AriEvent } from './generated.js'
import { quietFallback, takeInventory, type Listed } from './inventory.js'
import { noLookup, type LocationLookup } from '../location/lookup.js'
import { Lanes } from './lanes.js'
import { Leavers } from './leavers.js'
import { Locator } from './locator.js'
import type { Observer } from './observer.js'
import { PhoneWatch } from './phone-watch.js'
import { AriError, type AriPort, type AsteriskVersion } from './port.js'
import { beat, hangUp, hush, playTone, ringFirst, startMusic, type Step, stepsOf, stopMusic, write } from './requests.js'
import { carriesTone, Translator } from './translate.js'

export type { Listed } from './inventory.js'

export interface PbxNotices {
  event: [PbxEvent]
  up: [AsteriskVersion]
  down: [reason: string]
  replaced: []
}

export interface Pbx extends EventEmitter<PbxNotices> {
  readonly isUp: boolean
  start(): Promise<void>
  stop(): Promise<void>
  /** Resolves when every request was answered or given up; never rejects. Failures become events or are counted. */
  perform(effects: readonly Effect[]): Promise<void>
  /** What exists now. @throws AriError */
  inventory(): Promise<Listed>
  /** Says to the PBX that an engine is at work. Wanted every second: see the watchdog of asterisk/extensions.conf. */
  beat(): void
  /** A browser is about to register as somebody's phone. */
  expectPhone(): void
  /** Channels of each SIP endpoint, whoever has them: engine, fallback or a call just refused. Null when it is not known now. */
  channelsInUse(): ReadonlyMap<string, number> | null
}

export interface PbxOptions {
  readonly app: string
  readonly observer: Observer
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Between two looks at which phones are registered; 0 for none. */
  readonly phonesPollMs?: number
  /** Asks for locations by their address; none is asked otherwise. */
  readonly lookup?: LocationLookup
}

export function createPbx(port: AriPort, options: PbxOptions): Pbx {
  return new PbxOverAri(port, options)
}

/** What a caller hears, as far as this process caused it. */
interface Hearing {
  music: boolean
  /** The sound being played. */
  sound: string | null
}

const joiningBy = (effect: Effect): readonly ChannelId[] =>
  effect.type === 'join' ? effect.channels : effect.type === 'add' ? [effect.channel] : []

class PbxOverAri extends EventEmitter<PbxNotices> implements Pbx {
  readonly #port: AriPort
  readonly #options: PbxOptions
  readonly #now: () => number
  readonly #phones: PhoneWatch
  readonly #translator = new Translator()
  readonly #lanes = new Lanes()
  readonly #hearing = new Map<ChannelId, Hearing>()
  /** Sounds being played, and on whose channel. */
  readonly #sounds = new Map<string, ChannelId>()
  /** Channels of each bridge asked for: ending it concerns them all. */
  readonly #members = new Map<string, ChannelId[]>()
  /** Recorders asked for, until they have written all they will: whether they write by now, and are to be paused. */
  readonly #recorders = new Map<ChannelId, { begun: boolean; paused: boolean }>()
  readonly #leavers: Leavers
  readonly #locator: Locator
  readonly #end = new AbortController()

  constructor(port: AriPort, options: PbxOptions) {
    super()
    this.#port = port
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#leavers = new Leavers({
      port,
      app: options.app,
      isOver: (channel) => this.#translator.isOver(channel),
      onFound: (channel, where) => this.#left(channel, where),
    })
    this.#locator = new Locator({
      port,
      lookup: options.lookup ?? noLookup,
      onFound: (call, result, location) => this.#emit({ type: 'caller-located', at: this.#now(), call, result, location }),
    })
    const watch = new PhoneWatch(port, options.phonesPollMs ?? 1_000)
    this.#phones = watch
    watch.on('reachable', (phone, reachable) => this.emit('event', { type: 'phone-reachable', at: this.#now(), phone, reachable }))
    watch.on('engaged', (phone, engaged) => this.emit('event', { type: 'phone-engaged', at: this.#now(), phone, engaged }))
    port.on('event', (event) => this.#receive(event))
    port.on('up', (version) => {
      watch.start()
      this.emit('up', version)
    })
    port.on('down', (reason) => {
      watch.stop()
      this.emit('down', reason)
    })
    port.on('replaced', () => this.emit('replaced'))
  }

  get isUp(): boolean {
    return this.#port.isUp
  }

  start(): Promise<void> {
    return this.#port.start()
  }

  stop(): Promise<void> {
    this.#end.abort()
    this.#leavers.stop()
    return this.#port.stop()
  }

  async perform(effects: readonly Effect[]): Promise<void> {
    await Promise.all(ringFirst(effects).map((effect) => this.#perform(effect)))
  }

  beat(): void {
    const heardAt = Math.round(this.#now() - this.#port.silentForMs)
    const { operation, params } = beat(String(heardAt))
    // A beat that fails is counted by the port; the next one comes soon.
    this.#port.call(operation, params).catch(() => {})
  }

  expectPhone(): void {
    this.#phones.expect()
  }

  channelsInUse(): ReadonlyMap<string, number> | null {
    return this.#phones.channels
  }

  async inventory(): Promise<Listed> {
    // A PBX that cannot say what it has is not told to leave its callers to us.
    await takeInventory(this.#port, this.#options.app, this.#now)
    await quietFallback(this.#port, this.#now(), this.#end.signal)
    // The first word of an end may have come before this, and the channel may be listed still.
    this.#translator.forgetEnds()
    this.#leavers.forget()
    const { leftovers, notBegun, inventory } = await takeInventory(this.#port, this.#options.app, this.#now)
    this.#phones.adopt(inventory.engaged)
    for (const channel of leftovers) void this.#perform({ type: 'hang-up', channel })
    this.#hearing.clear()
    this.#sounds.clear()
    this.#members.clear()
    const begun = new Set([...this.#recorders].flatMap(([recorder, one]) => (one.begun ? recorder : [])))
    this.#recorders.clear()
    for (const { recorder, paused } of inventory.recorders) this.#recorders.set(recorder, { begun: begun.has(recorder) || !notBegun.includes(recorder), paused })
    for (const { id, up, bridge } of inventory.channels) {
      // Who waits alone may have music from before; stopping what is not there costs nothing.
      if (up && bridge === null) this.#hearing.set(id, { music: true, sound: null })
      if (bridge !== null) this.#membersOf(bridge).push(id)
    }
    for (const { call, located } of inventory.arrivals) if (located) void this.#locator.locate(call)
    return inventory
  }

  #perform(effect: Effect): Promise<void> {
    const lanes = this.#concerns(effect)
    const aimed = effect.type === 'ring' ? { ...effect, phone: this.#phones.endpointOf(effect.phone) } : effect
    const steps = this.#isForLater(effect) ? [] : [...this.#before(effect), ...stepsOf(aimed, this.#options.app)]
    this.#remember(effect)
    return this.#run(lanes, steps, (error) => this.#failed(effect, error))
  }

  /** What is not written yet cannot be paused (409): see `#begun`. */
  #isForLater(effect: Effect): boolean {
    return effect.type === 'pause-recording' && !(this.#recorders.get(effect.recorder)?.begun ?? true)
  }

  #run(lanes: readonly string[], steps: readonly Step[], failed: (error: AriError) => void): Promise<void> {
    const send = (step: Step): Promise<void> =>
      this.#port.call(step.operation, step.params).then(
        () => {},
        (error: unknown) => {
          if (!(error instanceof AriError)) throw error
          failed(error)
        },
      )
    if (this.#port.ordered) return Promise.all(steps.map(send)).then(() => {})
    return this.#lanes.run(lanes, async () => {
      for (const step of steps) await send(step)
    })
  }

  /** Everything whose order with this effect matters. */
  #concerns(effect: Effect): readonly string[] {
    switch (effect.type) {
      case 'hush':
        return [effect.sound, this.#sounds.get(effect.sound) ?? effect.sound]
      case 'say':
        return [effect.sound, effect.channel]
      case 'ring':
      case 'dial':
      case 'give':
        return [effect.leg]
      case 'reserve':
      case 'give-up':
        return []
      case 'join':
        return [effect.bridge, ...effect.channels]
      case 'add':
        return [effect.bridge, effect.channel]
      case 'listen':
        return [effect.ear, effect.on]
      case 'record':
        return [effect.recorder, effect.channel]
      case 'pause-recording':
      case 'end-recording':
        return [effect.recorder]
      case 'dissolve':
        return [effect.bridge, ...(this.#members.get(effect.bridge) ?? [])]
      default:
        return [effect.channel]
    }
  }

  /** Sounds to cut and music to stop first. */
  #before(effect: Effect): readonly Step[] {
    return joiningBy(effect).flatMap((channel) => {
      const steps: Step[] = []
      const hearing = this.#hearing.get(channel)
      if (hearing?.sound) {
        steps.push(hush(hearing.sound))
        this.#soundOver(hearing.sound)
      }
      if (hearing?.music) {
        steps.push(stopMusic(channel))
        hearing.music = false
      }
      return steps
    })
  }

  #remember(effect: Effect): void {
    switch (effect.type) {
      case 'music':
      case 'ringback':
        if (!this.#translator.isOver(effect.channel)) this.#hearingOf(effect.channel).music = true
        break
      case 'say':
        if (this.#translator.isOver(effect.channel)) break
        Object.assign(this.#hearingOf(effect.channel), { music: true, sound: effect.sound })
        this.#sounds.set(effect.sound, effect.channel)
        break
      case 'hush':
        this.#soundOver(effect.sound)
        break
      case 'join':
        this.#membersOf(effect.bridge).push(...effect.channels)
        break
      case 'add':
        this.#membersOf(effect.bridge).push(effect.channel)
        break
      case 'dissolve':
        this.#members.delete(effect.bridge)
        break
      case 'record':
        this.#recorders.set(effect.recorder, { begun: false, paused: false })
        break
      case 'pause-recording': {
        const recorder = this.#recorders.get(effect.recorder)
        if (recorder) recorder.paused = effect.paused
        break
      }
    }
  }

  #failed(effect: Effect, error: AriError): void {
    const isRung = effect.type === 'ring' || effect.type === 'dial' || effect.type === 'give' || effect.type === 'listen'
    const normal = error.status === 404 || (error.status === 409 && (isRung || effect.type === 'join'))
    // The caller whose codec was to be offered is gone. Their end is on its way; the phone is not to blame.
    const callerGone = (effect.type === 'ring' || effect.type === 'give') && error.status === 400
    if (isRung && error.status !== 409 && !callerGone) this.#notRung(effect.type === 'listen' ? effect.ear : effect.leg, error)
    // Whoever was to leave would stay for ever. After a lost connection the next inventory sees to it.
    if ((effect.type === 'hang-up' || effect.type === 'hand-back' || effect.type === 'end-recording') && error.kind === 'timeout') void this.#perform(effect)
    if (error.status === 404) this.#notThere(effect)
    if (error.operation === 'bridges.addChannel') this.#musicAgain(effect)
    if (effect.type === 'record') this.#notRecorded(effect.recorder, error)
    if (effect.type === 'pause-recording') this.#notPaused(effect.recorder, error)
    this.#options.observer.effectFailed(effect.type, error.kind, normal)
  }

  /** A channel that Asterisk does not know has ended, whatever became of the event: nobody is rung again for such a caller. */
  #notThere(effect: Effect): void {
    const { type } = effect
    if (type !== 'answer' && type !== 'music' && type !== 'say' && type !== 'hang-up' && type !== 'hand-back') return
    const gone = this.#translator.end(effect.channel, 'normal', this.#now())
    if (gone) this.#emit(gone)
  }

  #notRung(leg: ChannelId, error: AriError): void {
    // What exists after a lost connection is told by the next inventory.
    if (error.kind === 'disconnected') return
    // It may ring all the same: nobody is to pick up a leg that counts as gone.
    if (error.kind === 'timeout') void this.#perform({ type: 'hang-up', channel: leg })
    const cause: GoneCause = error.status === 500 || error.status === 404 ? 'unreachable' : 'failed'
    const gone = this.#translator.end(leg, cause, this.#now())
    if (gone) this.#emit(gone)
  }

  /** The caller is gone (404), or what exists is told by the next inventory: nothing failed. */
  #notRecorded(recorder: ChannelId, error: AriError): void {
    this.#recorders.delete(recorder)
    if (error.status !== 404 && error.kind !== 'disconnected') this.#emit({ type: 'recording-refused', at: this.#now(), recorder })
  }

  /** The recorder is there: it writes from now on. */
  #write(recorder: ChannelId): void {
    // An earlier engine's: this one has begun another.
    if (!this.#recorders.has(recorder)) return this.#aside(recorder, hangUp(recorder))
    void this.#run([recorder], [write(recorder)], (error) => {
      this.#notRecorded(recorder, error)
      this.#options.observer.effectFailed('record', error.kind, error.status === 404)
    })
  }

  /** It writes, and can be paused: what was wanted meanwhile is asked for now. */
  #begun(recorder: ChannelId): void {
    const { paused } = this.#recorders.get(recorder) ?? { paused: false }
    this.#recorders.set(recorder, { begun: true, paused })
    if (paused) void this.#perform({ type: 'pause-recording', recorder, paused })
  }

  /** It would go on writing what must not be recorded: nothing is, rather. One that is over (404) writes nothing; what a lost connection left is told by the next inventory. */
  #notPaused(recorder: ChannelId, error: AriError): void {
    if (error.status === 404 || error.kind === 'disconnected') return
    void this.#perform({ type: 'hang-up', channel: recorder })
    this.#emit({ type: 'recording-refused', at: this.#now(), recorder })
  }

  #receive(event: AriEvent): void {
    const meaning = this.#translator.translate(event, this.#now())
    switch (meaning?.type) {
      case undefined:
        return
      case 'malformed':
        return this.#options.observer.unknownEvent('malformed')
      case 'stranger':
        // Nobody would ever serve it here; the dialplan does, and the core need not know.
        this.#translator.end(meaning.channel, 'normal', this.#now())
        void this.#perform({ type: 'hand-back', channel: meaning.channel })
        return this.#options.observer.unknownEvent('stranger')
      case 'caller-out':
        return void this.#leavers.follow(meaning.channel)
      case 'call-arrived':
        this.#leavers.isBack(meaning.call)
        this.#emit(meaning)
        if (meaning.located) void this.#locator.locate(meaning.call)
        return
      case 'sound-over':
        return carriesTone(meaning.sound)
          ? void this.#perform({ type: 'hang-up', channel: meaning.sound })
          : this.#soundOver(meaning.sound)
      case 'tone-ready':
        return this.#aside(meaning.channel, playTone(meaning.channel, meaning.accepted))
      case 'recorder-ready':
        return this.#write(meaning.recorder)
      case 'recording-began':
        this.#begun(meaning.recorder)
        return this.#emit(meaning)
      case 'recording-over':
      case 'recording-refused':
        this.#recorders.delete(meaning.recorder)
        return this.#emit(meaning)
      default:
        return this.#emit(meaning as PbxEvent)
    }
  }

  #left(channel: ChannelId, where: 'gone' | 'fallback'): void {
    const end = this.#translator.end(channel, 'normal', this.#now())
    if (end) this.#emit(where === 'fallback' ? { type: 'channel-left', at: end.at, channel } : end)
  }

  #emit(event: PbxEvent): void {
    if (event.type === 'channel-gone' || event.type === 'channel-left') this.#forget(event.channel)
    this.emit('event', event)
  }

  /** Until the core puts them back, who was to be bridged and was not hears music. */
  #musicAgain(effect: Effect): void {
    for (const channel of joiningBy(effect)) {
      const hearing = this.#hearing.get(channel)
      if (!hearing) continue
      hearing.music = true
      this.#aside(channel, startMusic(channel))
    }
  }

  /** A sound of this layer's own; when it fails, its channel is gone, and what it was for with it. */
  #aside(channel: ChannelId, step: Step): void {
    void this.#run([channel], [step], () => {})
  }

  #forget(channel: ChannelId): void {
    const sound = this.#hearing.get(channel)?.sound
    if (sound) this.#sounds.delete(sound)
    this.#hearing.delete(channel)
    this.#locator.forget(channel)
  }

  #soundOver(sound: string): void {
    const channel = this.#sounds.get(sound)
    this.#sounds.delete(sound)
    const hearing = channel === undefined ? undefined : this.#hearing.get(channel)
    if (hearing?.sound === sound) hearing.sound = null
  }

  #hearingOf(channel: ChannelId): Hearing {
    let hearing = this.#hearing.get(channel)
    if (!hearing) this.#hearing.set(channel, (hearing = { music: false, sound: null }))
    return hearing
  }

  #membersOf(bridge: string): ChannelId[] {
    let members = this.#members.get(bridge)
    if (!members) this.#members.set(bridge, (members = []))
    return members
  }
}
