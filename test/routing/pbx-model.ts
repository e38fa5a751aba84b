/**
 * A small PBX: performs effects, says what each caller hears, and what the PBX would report of it. Whatever the core asks
 * for that no PBX could do, or that leaves a caller in silence, is a fault.
 *
 * Effects are judged when they are decided (`judge`: against what the core had been told by then) and performed when the
 * world says so, as a commit lies between the two.
 */
import type { Effect } from '../../src/routing/effects.js'
import { callOfChannel } from '../../src/routing/turn.js'
import type { FallbackEntry, FallbackNews, Given, GoneCause, PbxChannel, PbxEvent, WithoutTime } from '../../src/routing/events.js'

export type Report = WithoutTime<PbxEvent>

export interface Channel {
  readonly id: string
  /** `called`: a caller who is called back. `guest`: somebody else outside. `away`: a neighbour SAS. `ear`: hears the leg it names as its call. */
  readonly kind: 'caller' | 'leg' | 'called' | 'guest' | 'ear' | 'away'
  /** The call a leg was made for; a caller's own id. */
  readonly call: string
  /** The phone a leg rings; null for callers. */
  readonly phone: string | null
  up: boolean
  rings: boolean
  bridge: string | null
  hears: 'nothing' | 'ringing' | 'music' | 'sound'
  sound: string | null
  /** A caller in the dialplan's fallback, out of the core's reach. */
  elsewhere: boolean
  /** Of a caller who was called back: how often the fallback gave them back. */
  visit?: number
}

export interface Arrival {
  readonly call: string
  readonly trunk: string
  readonly number: string
  readonly caller: string | null
  readonly arrivedAt: number
  readonly given?: Given
  visit?: number
}

export class PbxModel {
  /** What exists, callers and legs. */
  readonly channels = new Map<string, Channel>()
  readonly bridges = new Map<string, Set<string>>()
  /** Happened, and not told to the core yet, oldest first. */
  readonly pending: Report[] = []
  readonly arrivals = new Map<string, Arrival>()
  /** What the fallback wrote down. */
  readonly record: FallbackEntry[] = []
  readonly faults: string[] = []
  /** Places asked of a neighbour and not answered yet. */
  readonly asked: Extract<Effect, { type: 'reserve' }>[] = []
  /** Promises given up, and calls given, not seen by the neighbour yet. */
  readonly givenUp: Extract<Effect, { type: 'give-up' }>[] = []
  readonly gifts: Extract<Effect, { type: 'give' }>[] = []
  /** Legs of calls that are served here, whoever picked up there. */
  readonly keptHere = new Set<string>()
  /** Set from the moment something said by either side was lost until the next inventory. */
  blind = false
  /** Channels that write what a caller says and hears, by name. */
  readonly recorders = new Map<string, { readonly channel: string; paused: boolean }>()
  readonly #names = new Set<string>()
  /** Callers whose recorder failed. */
  readonly #unwritten = new Set<string>()
  /** The world's clock, for the record. */
  now = (): number => 0
  /** Ended by the core, as decided. */
  readonly #dismissed = new Set<string>()
  /** The latest entry into the application that the core was told of. */
  readonly #visitsTold = new Map<string, number>()
  /** Ends the core has been told. */
  readonly #told = new Set<string>()

  // What the world does.

  callerArrives(arrival: Arrival): void {
    const { call } = arrival
    this.arrivals.set(call, arrival)
    this.channels.set(call, { id: call, kind: 'caller', call, phone: null, up: false, rings: true, bridge: null, hears: 'ringing', sound: null, elsewhere: false })
    this.pending.push({ type: 'call-arrived', ...arrival, answered: false })
  }

  rings(leg: Channel): void {
    leg.rings = true
    this.pending.push({ type: 'leg-ringing', leg: leg.id })
  }

  answers(leg: Channel): void {
    leg.up = true
    this.pending.push({ type: 'leg-answered', leg: leg.id })
  }

  /** The channel ends by itself: hung up, refused, lost. */
  ends(channel: Channel, cause: GoneCause): void {
    this.#remove(channel)
    if (channel.elsewhere) this.#write(channel, 'ended', 'abandoned')
    else {
      // Whether or not an engine saw them: the dialplan cannot know.
      if (channel.kind === 'caller') this.#write(channel, 'unseen')
      this.pending.push({ type: 'channel-gone', channel: channel.id, cause })
    }
    this.#nothingToWrite(channel)
  }

  /** The dialplan takes a caller out of the application: given back by the core, or left alone by every engine. */
  fallsBack(channel: Channel): void {
    this.#leave(channel)
    this.#silence(channel)
    channel.up = true
    channel.elsewhere = true
    this.pending.push({ type: 'channel-left', channel: channel.id })
    this.#write(channel, 'arrived')
  }

  /** A caller whom no engine ever sees arrive. */
  arrivesAtFallback(arrival: Arrival, at: number): void {
    this.callerArrives({ ...arrival, arrivedAt: at })
    this.pending.pop()
    this.fallsBack(this.channels.get(arrival.call) as Channel)
    this.pending.pop()
  }

  /** The fallback gives a caller back to the application. */
  returns(channel: Channel): void {
    channel.elsewhere = false
    channel.hears = 'music'
    this.#write(channel, 'returned')
    const arrival = this.arrivals.get(callOfChannel(channel.id)) as Arrival
    if (channel.kind === 'called') {
      channel.visit = (channel.visit ?? 0) + 1
      this.pending.push({ type: 'call-arrived', ...arrival, channel: channel.id, visit: channel.visit, answered: true })
      return
    }
    arrival.visit = (arrival.visit ?? 0) + 1
    this.pending.push({ type: 'call-arrived', ...arrival, answered: true })
  }

  /** The fallback's call is over. */
  servedElsewhere(channel: Channel, result: 'n1' | 'neighbour'): void {
    this.#remove(channel)
    this.#write(channel, 'ended', result)
    this.#nothingToWrite(channel)
  }

  /** The record from this line on. */
  news(mark: string | null): FallbackNews {
    return { entries: this.record.slice(Number(mark ?? 0)), mark: String(this.record.length) }
  }

  #write(channel: Channel, event: FallbackEntry['event'], result: FallbackEntry['result'] = null): void {
    const call = callOfChannel(channel.id)
    const { trunk, number, arrivedAt } = this.arrivals.get(call) as Arrival
    const at = this.now()
    this.record.push({ call, trunk, number, at, event, result, answeredAt: result === 'n1' ? at : null, phone: null, ...(event === 'arrived' && { cameAt: arrivedAt }) })
  }

  /** A recorder can write no more, and is not told why. */
  recordingFails(call: string): boolean {
    const found = [...this.recorders].find(([, { channel }]) => callOfChannel(channel) === call)
    if (!found) return false
    this.#unwritten.add(found[1].channel)
    this.#stopsWriting(found[0])
    return true
  }

  /** Callers who talk to an agent and are not recorded, or are and do not, where every conversation is to be. */
  unrecorded(): string[] {
    if (this.blind || this.pending.length > 0) return []
    const running = new Set([...this.recorders.values()].flatMap(({ channel, paused }) => (paused ? [] : channel)))
    return [...this.channels.values()].flatMap(({ id, kind, up, bridge, elsewhere }) => {
      if ((kind !== 'caller' && kind !== 'called') || !up || elsewhere || this.#unwritten.has(id)) return []
      const talks = bridge !== null && [...(this.bridges.get(bridge) ?? [])].some((other) => this.channels.get(other)?.kind === 'leg')
      return talks === running.has(id) ? [] : `${id} ${talks ? 'talks to somebody and is not recorded' : 'talks to nobody and is recorded'}`
    })
  }

  dials(channel: Channel, digit: string): void {
    if (channel.elsewhere) return
    this.pending.push({ type: 'dtmf', channel: channel.id, digit })
  }

  /** What the PBX lists. */
  inventory(mark: string | null): Omit<Extract<PbxEvent, { type: 'inventory' }>, 'type' | 'at'> {
    const all = [...this.channels.values()]
    // Whatever the core was told of a caller before: they are listed.
    for (const { id, elsewhere } of all) if (!elsewhere) this.#told.delete(id)
    const channels: PbxChannel[] = all.filter((channel) => !channel.elsewhere).map(({ id, up, bridge }) => ({ id, up, bridge }))
    const elsewhere = all.filter((channel) => channel.elsewhere).map(({ id }) => id)
    const arrivals = channels.flatMap(({ id, up }) => {
      const arrival = this.arrivals.get(id)
      if (arrival) return [{ ...arrival, answered: up }]
      const { visit } = this.channels.get(id) ?? {}
      return visit === undefined ? [] : [{ ...(this.arrivals.get(callOfChannel(id)) as Arrival), channel: id, visit, answered: up }]
    })
    const recorders = [...this.recorders].map(([recorder, { paused }]) => ({ recorder, paused }))
    return { channels, bridges: [...this.bridges.keys()], recorders, arrivals, elsewhere, engaged: [], fallback: this.news(mark) }
  }

  /** The core has now been told. */
  told(report: Report): void {
    if (report.type === 'channel-gone' || report.type === 'channel-left') this.#told.add(report.channel)
    if (report.type !== 'call-arrived') return
    const channel = report.channel ?? report.call
    if ((report.visit ?? 0) <= (this.#visitsTold.get(channel) ?? -1)) return
    this.#visitsTold.set(channel, report.visit ?? 0)
    this.comesAgain(channel)
  }

  /** Given back to the dialplan in vain: the caller is announced anew. */
  comesAgain(channel: string): void {
    this.#dismissed.delete(channel)
    this.#told.delete(channel)
  }

  /** Another engine: it does not know what the one before it had ended. */
  forgetDecisions(): void {
    this.#dismissed.clear()
  }

  // What the core asks.

  /** Faults of a decision in itself. `stale`: the core was told something untrue, or things it could not tie together. */
  judge(effects: readonly Effect[], stale: boolean): void {
    for (const effect of effects) {
      for (const name of namesGiven(effect)) {
        if (this.#names.has(name)) this.faults.push(`${name} is named twice`)
        this.#names.add(name)
      }
      for (const channel of channelsOf(effect)) {
        if (this.#dismissed.has(channel) && effect.type !== 'hand-back' && !(stale && effect.type === 'hang-up')) this.faults.push(`${effect.type} on ${channel} which the core has ended`)
        else if (this.#told.has(channel) && !stale) this.faults.push(`${effect.type} on ${channel} whose end the core was told`)
      }
      if (effect.type === 'hang-up' || effect.type === 'hand-back') this.#dismissed.add(effect.channel)
    }
  }

  perform(effect: Effect): void {
    switch (effect.type) {
      case 'answer':
        return this.#with(effect.channel, (channel) => {
          // The fallback answers its callers by itself.
          if (channel.up && !this.arrivals.get(channel.id)?.visit) this.#fault(`${channel.id} is answered twice`)
          channel.up = true
          if (channel.hears === 'ringing') channel.hears = 'nothing'
        })
      case 'music':
        return this.#with(effect.channel, (channel) => this.#play(channel, 'music', null))
      case 'say':
        return this.#with(effect.channel, (channel) => this.#play(channel, 'sound', effect.sound))
      case 'hush':
        for (const channel of this.channels.values()) if (channel.sound === effect.sound) this.#silence(channel)
        return
      case 'ring':
        return this.#ring(effect)
      case 'dial':
        return this.#dial(effect)
      case 'listen': {
        // Ended meanwhile: so has the ear.
        if (!this.channels.get(effect.on)?.up) return void this.pending.push({ type: 'channel-gone', channel: effect.ear, cause: 'failed' })
        const ear: Channel = { id: effect.ear, kind: 'ear', call: effect.on, phone: null, up: true, rings: false, bridge: null, hears: 'nothing', sound: null, elsewhere: false }
        this.channels.set(ear.id, ear)
        return this.answers(ear)
      }
      case 'record':
        if ([...this.recorders.values()].some(({ channel }) => channel === effect.channel)) this.#fault(`${effect.channel} is recorded twice`)
        // Ended meanwhile: there is nothing to hear.
        if (!this.channels.has(effect.channel)) return
        this.recorders.set(effect.recorder, { channel: effect.channel, paused: false })
        return void this.pending.push({ type: 'recording-began', recorder: effect.recorder })
      case 'pause-recording': {
        const recorder = this.recorders.get(effect.recorder)
        if (recorder) recorder.paused = effect.paused
        return
      }
      case 'end-recording':
        return this.#stopsWriting(effect.recorder)
      case 'ringback':
        return this.#with(effect.channel, (channel) => this.#play(channel, 'music', null))
      case 'join':
        this.bridges.set(effect.bridge, new Set())
        for (const channel of effect.channels) this.#with(channel, (one) => this.#enter(one, effect.bridge))
        return
      case 'add':
        if (!this.bridges.has(effect.bridge)) return this.#fault(`add to ${effect.bridge} which is not there`)
        return this.#with(effect.channel, (channel) => this.#enter(channel, effect.bridge))
      case 'dissolve':
        return this.#dissolve(effect.bridge)
      case 'hang-up': {
        // Wherever it is: the PBX hangs up any channel it is asked to.
        const channel = this.channels.get(effect.channel)
        if (effect.elsewhere) this.keptHere.add(effect.channel)
        if (channel) this.ends(channel, 'normal')
        return
      }
      case 'beep':
        return this.#with(effect.channel, (channel) => {
          if (channel.bridge === null) this.#fault(`beep on ${channel.id} which talks to nobody`)
        })
      case 'give':
        this.gifts.push(effect)
        this.channels.set(effect.leg, { id: effect.leg, kind: 'away', call: callOfChannel(effect.caller), phone: null, up: false, rings: false, bridge: null, hears: 'nothing', sound: null, elsewhere: false })
        return
      case 'refuse': {
        const channel = this.channels.get(effect.channel)
        if (channel) this.#remove(channel)
        return void this.pending.push({ type: 'channel-gone', channel: effect.channel, cause: 'normal' })
      }
      case 'reserve':
        this.asked.push(effect)
        return
      case 'give-up':
        this.givenUp.push(effect)
        return
      case 'confirm':
        return
      case 'hand-back':
        return this.#with(effect.channel, (channel) => this.fallsBack(channel))
    }
  }

  /** Callers who hear neither somebody nor music (R-N2-4), unless the core has yet to be told why. */
  unheard(): string[] {
    if (this.blind) return []
    const found: string[] = []
    for (const channel of this.channels.values()) {
      if (channel.kind === 'leg' || channel.kind === 'ear' || channel.kind === 'away' || !channel.up || channel.elsewhere) continue
      if (channel.bridge === null ? channel.hears !== 'nothing' : this.#company(channel) > 0) continue
      if (this.pending.some((report) => report.type === 'channel-gone' || (report.type === 'leg-answered' && report.leg === channel.id))) continue
      found.push(`${channel.id} is answered and hears nobody and nothing${channel.bridge === null ? '' : ` in ${channel.bridge}`}`)
    }
    return found
  }

  #company(channel: Channel): number {
    let others = 0
    for (const id of this.bridges.get(channel.bridge ?? '') ?? []) if (id !== channel.id && this.channels.get(id)?.up) others++
    return others
  }

  /** A channel that ended meanwhile takes no effect: the core is about to be told. */
  #with(id: string, action: (channel: Channel) => void): void {
    const channel = this.channels.get(id)
    if (channel && !channel.elsewhere) action(channel)
  }

  #play(channel: Channel, what: 'music' | 'sound', sound: string | null): void {
    if (channel.bridge !== null) return this.#fault(`${what} on ${channel.id} which is in a bridge`)
    if (!channel.up) this.#fault(`${what} on ${channel.id} which is not answered`)
    channel.hears = what
    channel.sound = sound
  }

  #silence(channel: Channel): void {
    channel.hears = 'nothing'
    channel.sound = null
  }

  #ring(effect: Extract<Effect, { type: 'ring' }>): void {
    for (const other of this.channels.values())
      if (other.phone === effect.phone) this.#fault(`${effect.phone} is rung by ${effect.leg} while ${other.id} is there`)
    this.channels.set(effect.leg, {
      id: effect.leg,
      kind: 'leg',
      call: effect.caller ?? '',
      phone: effect.phone,
      up: false,
      rings: false,
      bridge: null,
      hears: 'nothing',
      sound: null,
      elsewhere: false,
    })
  }

  #dial({ leg, call }: Extract<Effect, { type: 'dial' }>): void {
    const kind = callOfChannel(leg) === call ? 'called' : 'guest'
    // Of whom the fallback has had for two hours there is no more news: they are busy, then.
    const there = [...this.channels.values()].some((other) => (other.id === call && !other.elsewhere) || (other.kind === 'called' && other.call === call))
    if (kind === 'called' && there) this.#fault(`${call} is called as ${leg} and is there`)
    this.channels.set(leg, { id: leg, kind, call, phone: null, up: false, rings: false, bridge: null, hears: 'nothing', sound: null, elsewhere: false })
  }

  #enter(channel: Channel, bridge: string): void {
    if (!channel.up) this.#fault(`${channel.id} enters ${bridge} unanswered`)
    this.#leave(channel)
    this.#silence(channel)
    channel.bridge = bridge
    this.bridges.get(bridge)?.add(channel.id)
    this.pending.push({ type: 'joined', bridge, channel: channel.id })
  }

  #leave(channel: Channel): void {
    if (channel.bridge !== null) this.bridges.get(channel.bridge)?.delete(channel.id)
    channel.bridge = null
  }

  #dissolve(bridge: string): void {
    const members = this.bridges.get(bridge)
    if (!members) return this.#fault(`${bridge} is dissolved and not there`)
    for (const id of [...members]) this.#with(id, (channel) => this.#leave(channel))
    this.bridges.delete(bridge)
  }

  #remove(channel: Channel): void {
    this.#leave(channel)
    this.channels.delete(channel.id)
    for (const ear of [...this.channels.values()]) if (ear.kind === 'ear' && ear.call === channel.id) this.ends(ear, 'normal')
  }

  #nothingToWrite({ id }: Channel): void {
    for (const [recorder, { channel }] of this.recorders) if (channel === id) this.#stopsWriting(recorder)
  }

  #stopsWriting(recorder: string): void {
    if (this.recorders.delete(recorder)) this.pending.push({ type: 'recording-over', recorder, durationMs: 1_000 })
  }

  /** A core that has not heard all may ask for what cannot be. */
  #fault(text: string): void {
    if (!this.blind) this.faults.push(text)
  }
}

const namesGiven = (effect: Effect): string[] =>
  effect.type === 'ring' || effect.type === 'dial' || effect.type === 'reserve' ? [effect.leg] : effect.type === 'listen' ? [effect.ear] : effect.type === 'record' ? [effect.recorder] : effect.type === 'join' ? [effect.bridge] : effect.type === 'say' ? [effect.sound] : []

const channelsOf = (effect: Effect): readonly string[] =>
  effect.type === 'join' ? effect.channels : 'channel' in effect ? [effect.channel] : effect.type === 'ring' && effect.caller !== null ? [effect.caller] : []
