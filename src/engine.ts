/**
 * The one door into the room: take an event → decide → commit → perform.
 *
 *   standby    another engine holds the lease; nothing is done but asking for it.
 *   joining    the lease is ours; waiting for the PBX, or reconciling with it: events are held, nobody is rung.
 *   active     events are decided as they come; the PBX is told every second that an engine is at work, and what its fallback
 *              did is read.
 *   stopped    fenced, failed or asked to stop: nothing is decided any more.
 *
 * Decisions are made at once, in the order events come in; their commits are pipelined to Redis in that order, and the
 * effects of a decision are performed when its commit is acknowledged. A Redis silent for `silenceMs` is not waited for any
 * longer: the room goes on from memory (degraded) and a whole snapshot is written when Redis is back.
 */
import { EventEmitter } from 'node:events'
import type { Listed, Pbx } from './ari/pbx.js'
import { noFallbackRecord, type FallbackRecord } from './asterisk-config/fallback-record.js'
import { rememberedMs, type AskedOnce } from './asked-once.js'
import { Memory } from './memory.js'
import { pause } from './pause.js'
import type { RoomStore } from './redis/store.js'
import type { Effect } from './routing/effects.js'
import type { Command, Event, FallbackNews, NeighbourState, PbxEvent, Refusal, ReservationAsk, ReservationRefusal, WithoutTime } from './routing/events.js'
import type { Fact } from './routing/facts.js'
import type { Room } from './routing/live-room.js'
import { createRoom, renewRules } from './routing/roster.js'
import type { Handover, Override, OverrideKind, Priority, Rules, RulesReason } from './routing/rules.js'
import { nextDeadline, step, type Outcome } from './routing/step.js'
import { epochOf } from './routing/turn.js'

export type EngineState = 'standby' | 'joining' | 'active' | 'stopped'
/** Why an engine ended. `unsound-room`: what was loaded or decided breaks a rule of the core. */
export type StopReason = 'fenced' | 'unsound-room' | 'asked'

/** Between two tries to learn what exists at a PBX that is connected and does not say. */
const inventoryRetryMs = 250
/** Between two signs of life to the PBX, and two readings of the fallback's record. */
const beatMs = 1_000
/** Until rules that could not be made are asked for again. */
const rulesRetryMs = 60_000
/** What a timer of Node can wait for; it looks again then. */
const timerMsMax = 2 ** 31 - 1

export type RulesAt = (atMs: number, overrides: Iterable<Override>) => Rules

export interface EngineOptions {
  /** What is in force at a moment (ms since the epoch), with what supervisors set aside. */
  readonly rulesAt: RulesAt
  readonly pbx: Pbx
  readonly store: RoomStore
  /** What the PBX's fallback did; none when it cannot be read from here. */
  readonly fallback?: FallbackRecord
  /** None where this SAS helps nobody and is helped by nobody. */
  readonly neighbours?: NeighbourLink
  /** Who asks for the lease: unique to this process. */
  readonly owner: string
  /** Milliseconds since the epoch, never backwards: the PBX's events must be told on the same clock. */
  readonly now: () => number
  readonly leaseMs: number
  readonly silenceMs: number
}

/** The other SASs, as the engine speaks to them. */
export interface NeighbourLink {
  /** Never rejects: no answer is `unreachable`. */
  reserve(neighbour: string, ask: ReservationAsk): Promise<{ readonly reservation: string | null; readonly why: ReservationRefusal | null }>
  giveUp(neighbour: string, reservation: string): void
}

export interface EngineEvents {
  fact: [Fact]
  state: [EngineState]
  /** One decision was made, in so many milliseconds. */
  decided: [type: string, ms: number]
  committed: [ms: number, outcome: 'ok' | 'fenced' | 'silent' | 'error']
  /** A decision is over: committed, or not waited for any longer, and its effects handed to the PBX. */
  settled: [Outcome]
  /** Redis stopped answering (true), or has the whole room again (false). */
  degraded: [boolean]
  stopped: [StopReason, Error | null]
  /** The room was compared with what the PBX has: from now on, what is told is decided upon. */
  joined: []
  /** The room was read from memory; the journal ended there. */
  loaded: [lastJournalId: string]
  problem: [what: string, error: unknown]
}

/** How a command asked once was answered. */
export interface AnsweredOnce extends Omit<AskedOnce, 'name'> {
  readonly refusal: Refusal | null
}

/** `unavailable`: this engine decides nothing at the moment (standby, joining, stopped). */
export type Answer = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal | 'unavailable' }

interface Decision {
  readonly outcome: Outcome
  /** Its effects may be performed. */
  readonly committed: Promise<void>
}

export class Engine extends EventEmitter<EngineEvents> {
  readonly #options: EngineOptions
  readonly #memory: Memory
  #state: EngineState = 'standby'
  #room: Room | null = null
  #started = false
  /** Until when an engine before this one may have answered what is asked again, ms of this process. */
  #recallsUntil = 0
  /** Came while the room was joining. */
  #rulesMissed: { why: RulesReason; by: string | null; what: readonly string[] } | null = null
  /** Counts connections to the PBX, found and lost. */
  #connection = 0
  /** Time of the last decision. */
  #at = 0
  /** Events that came while the room was being reconciled. */
  #held: PbxEvent[] = []
  #timer: NodeJS.Timeout | null = null
  #timerAt = Infinity
  #beat: NodeJS.Timeout | null = null
  #reading = false
  #ending: Promise<void> | null = null
  /** Aborts what waits when the engine ends. */
  readonly #end = new AbortController()
  /** What was decided last, without personal data, for whoever reads the end of an engine that failed. */
  readonly #last: unknown[] = []

  constructor(options: EngineOptions) {
    super()
    this.#options = options
    this.#memory = new Memory(options.store, {
      owner: options.owner,
      leaseMs: options.leaseMs,
      silenceMs: options.silenceMs,
      records: () => this.#room && { calls: this.#room.calls.values(), agents: this.#room.agents.values(), fallbackMark: this.#room.fallbackMark, overrides: this.#room.overrides.values() },
    })
    this.#memory.on('fenced', () => this.#stop('fenced', null))
    this.#memory.on('degraded', (on) => this.emit('degraded', on))
    this.#memory.on('committed', (ms, outcome) => this.emit('committed', ms, outcome))
    this.#memory.on('problem', (what, error) => this.emit('problem', what, error))
  }

  get state(): EngineState {
    return this.#state
  }

  get degraded(): boolean {
    return this.#memory.degraded
  }

  /** The live room; null until the lease is held. Read only: nothing but a decision changes it. */
  get room(): Room | null {
    return this.#room
  }

  /**
   * Waits for the lease, loads the room, then follows the PBX. Resolves once the lease is held, or the engine ended meanwhile.
   * @throws Error when started twice
   */
  async start(): Promise<void> {
    if (this.#started) throw new Error('an engine is started once')
    this.#started = true
    const loaded = await this.#memory.acquire()
    if (!loaded || this.state === 'stopped') return
    try {
      this.#recallsUntil = performance.now() + rememberedMs
      this.emit('loaded', loaded.lastJournalId)
      const now = this.#options.now()
      this.#room = createRoom(this.#options.rulesAt(now, loaded.records.overrides ?? []), loaded.epoch, now, loaded.records)
    } catch (error) {
      // An engine that holds the lease and decides nothing would keep the standby out for ever.
      return this.#stop('unsound-room', error as Error)
    }
    this.#become('joining')
    const { pbx } = this.#options
    pbx.on('event', (event) => this.#receive(event))
    pbx.on('up', () => void this.#reconcile())
    pbx.on('down', () => this.#leave())
    pbx.on('replaced', () => this.#stop('fenced', null))
    await pbx.start()
  }

  /**
   * Asks the room for something on behalf of a person. Resolves once the decision is committed; `unavailable` when nothing
   * was decided, or the engine ended before the commit was known. @param asked remembered with the answer, see `recall`
   */
  async submit(command: WithoutTime<Command>, asked: AskedOnce | null = null): Promise<Answer> {
    const decision = this.#state === 'active' ? this.#decide({ ...command, at: this.#options.now() } as Command, asked) : null
    if (!decision) return { ok: false, refusal: 'unavailable' }
    if (decision.outcome.overrides) this.#followRules('override', 'by' in command ? command.by : null)
    await decision.committed
    if (decision.outcome.refusal) return { ok: false, refusal: decision.outcome.refusal }
    return this.state === 'stopped' ? { ok: false, refusal: 'unavailable' } : { ok: true }
  }

  /** What an engine before this one answered under that name, as it remembered it (`AnsweredOnce`, JSON); null for nothing that is known. */
  async recall(name: string): Promise<string | null> {
    return performance.now() < this.#recallsUntil ? this.#memory.recall(name) : null
  }

  /**
   * Another file is in force: its rules are asked for and followed, between two decisions. @param by who brought it @param what
   * the paths in it that differ
   */
  reload(by: string, what: readonly string[]): void {
    this.#followRules('new-file', by, what)
  }

  #followRules(why: RulesReason, by: string | null, what: readonly string[] = []): void {
    const room = this.#room
    // Nobody is rung before the room has joined; a room not read yet begins with them.
    if (!room || this.#state !== 'active') return void (this.#rulesMissed = room && { why, by, what })
    const at = this.#options.now()
    this.#decide({ type: 'rules', at, rules: this.#rulesOf(room, at), why, by, what })
  }

  /** Those of before, and asked for again in a while, should the calendars fail: callers come first. */
  #rulesOf(room: Room, at: number): Rules {
    try {
      return this.#options.rulesAt(at, room.overrides.values())
    } catch (error) {
      this.emit('problem', 'rules', error)
      return { ...room.rules, until: at + rulesRetryMs }
    }
  }

  /** A neighbour tells of itself; null: it has been silent for too long. */
  hear(neighbour: string, state: NeighbourState | null): void {
    if (this.#state === 'active') this.#decide({ type: 'neighbour-state', at: this.#options.now(), neighbour, state })
  }

  /** A neighbour asks for a place under this id. @returns why not; null once it is promised */
  async promise(neighbour: string, id: string, ask: ReservationAsk): Promise<ReservationRefusal | null> {
    const decision = this.#state === 'active' ? this.#decide({ type: 'reservation-asked', at: this.#options.now(), neighbour, id, ask }) : null
    if (!decision) return 'unreachable'
    await decision.committed
    const answer = decision.outcome.facts.find((fact) => fact.type === 'reservation')
    return answer === undefined ? 'unreachable' : answer.why
  }

  /** A neighbour has no more use for what it was promised. */
  releasePromise(neighbour: string, id: string): void {
    if (this.#state === 'active') this.#decide({ type: 'reservation-dropped', at: this.#options.now(), neighbour, id })
  }

  /** Ends this engine, if it has not ended by itself, and gives the lease back. Touches no caller. */
  stop(): Promise<void> {
    this.#ending ??= this.#finish()
    return this.#ending
  }

  async #finish(): Promise<void> {
    this.#stop('asked', null)
    await this.#options.pbx.stop()
    await this.#memory.release()
  }

  /** The last events decided, oldest first, without personal data. */
  lastEvents(): unknown[] {
    return [...this.#last]
  }

  #receive(event: PbxEvent): void {
    if (this.#state === 'active') this.#decide(event)
    else if (this.#state === 'joining') this.#held.push(event)
  }

  #leave(): void {
    this.#connection++
    if (this.#state !== 'active') return
    this.#become('joining')
    this.#disarm()
  }

  /**
   * Asterisk wins on what exists, the room on order, clocks and people. Nobody is rung before this is done. A PBX that is
   * connected and does not say what it has (busy, just started) is asked again: nobody else would serve its callers.
   */
  async #reconcile(): Promise<void> {
    const connection = ++this.#connection
    const current = (): boolean => this.#state === 'joining' && connection === this.#connection
    while (current()) {
      this.#held = []
      const found = await this.#options.pbx.inventory().catch((error: unknown) => {
        this.emit('problem', 'inventory', error)
        return null
      })
      const news = found && (await this.#readFallback())
      if (!current()) return
      if (found && news) return this.#join(found, news)
      await pause(inventoryRetryMs, this.#end.signal)
    }
  }

  /** What a later engine named is not this one's to end: it has the room, though neither Redis nor the PBX could say so. */
  #join(found: Listed, fallback: FallbackNews): void {
    const epoch = this.#room?.epoch ?? 0
    if (found.channels.some(({ id }) => epochOf(id) > epoch) || found.bridges.some((id) => epochOf(id) > epoch)) return this.#stop('fenced', null)
    this.#catchUpRules()
    this.#become('active')
    this.#decide({ ...found, fallback, at: this.#options.now() })
    const held = this.#held
    this.#held = []
    for (const event of held) this.#decide(event)
    this.emit('joined')
  }

  /** Nobody is taken in or rung by rules that ended while the room could not follow. */
  #catchUpRules(): void {
    const room = this.#room
    if (!room) return
    const at = this.#options.now()
    const { until } = room.rules
    const missed = this.#rulesMissed ?? (until !== null && until <= at ? { why: 'hours' as const, by: null, what: [] } : null)
    this.#rulesMissed = null
    if (missed) renewRules(room, { type: 'rules', at, rules: this.#rulesOf(room, at), ...missed })
  }

  /** Read after the PBX listed what exists: whoever is in no list has their end in the record. One that fails tells nothing. */
  #readFallback(): Promise<FallbackNews> {
    const mark = this.#room?.fallbackMark ?? null
    return (this.#options.fallback ?? noFallbackRecord).read(mark).catch((error: unknown) => {
      this.emit('problem', 'fallback-record', error)
      return { entries: [], mark: null }
    })
  }

  async #onBeat(): Promise<void> {
    this.#options.pbx.beat()
    if (this.#reading) return
    this.#reading = true
    const connection = this.#connection
    const news = await this.#readFallback()
    this.#reading = false
    // What was read and told of nothing is not read again.
    const isNews = news.entries.length > 0 || (news.mark ?? this.#room?.fallbackMark) !== this.#room?.fallbackMark
    if (this.#state !== 'active' || connection !== this.#connection || !isNews) return
    this.#decide({ type: 'fallback-news', news, at: this.#options.now() })
  }

  /** Null when this ended the engine, or it had ended. Never throws: what calls it is an event of a socket or a timer. */
  #decide(event: Event, asked: AskedOnce | null = null): Decision | null {
    const room = this.#room
    if (!room || this.#state === 'stopped') return null
    const started = performance.now()
    // Events held meanwhile are older than what was decided first: time runs one way in the room.
    this.#at = Math.max(this.#at, event.at)
    const timed = event.at === this.#at ? event : { ...event, at: this.#at }
    this.#remember(withoutPeople(timed, room))
    let outcome: Outcome
    try {
      outcome = step(room, timed)
    } catch (error) {
      // A room that is not sound must not go on deciding: the standby starts from the last commit.
      this.#stop('unsound-room', error as Error)
      return null
    }
    this.emit('decided', event.type, performance.now() - started)
    const answer: AnsweredOnce | null = asked && { fingerprint: asked.fingerprint, made: asked.made, refusal: outcome.refusal }
    const committed = this.#memory.commit(outcome, asked && { name: asked.name, text: JSON.stringify(answer) })
    const connection = this.#connection
    void committed.then(() => {
      if (outcome.effects.length > 0) this.#perform(outcome.effects, connection)
      this.emit('settled', outcome)
    })
    for (const fact of outcome.facts) this.emit('fact', fact)
    this.#arm()
    return { outcome, committed }
  }

  /** What was decided for a connection now lost is not done on the next: its inventory shows what was and was not done. */
  #perform(effects: Outcome['effects'], connection: number): void {
    if (this.#state !== 'active' || connection !== this.#connection) return
    for (const effect of effects) if (effect.type === 'reserve') void this.#reserve(effect)
    for (const effect of effects) if (effect.type === 'give-up') this.#options.neighbours?.giveUp(effect.neighbour, effect.reservation)
    this.#options.pbx.perform(effects.filter(({ type }) => type !== 'reserve' && type !== 'give-up')).catch((error: unknown) => this.emit('problem', 'perform', error))
  }

  async #reserve({ leg, neighbour, ask }: Extract<Effect, { type: 'reserve' }>): Promise<void> {
    const answer = (await this.#options.neighbours?.reserve(neighbour, ask)) ?? { reservation: null, why: 'unreachable' as const }
    if (this.#state === 'active') this.#decide({ type: 'reserved', at: this.#options.now(), leg, neighbour, ...answer })
  }

  #arm(): void {
    const due = this.#room ? nextDeadline(this.#room) : null
    if (this.#state !== 'active' || due === null || due >= this.#timerAt) return
    this.#disarm()
    this.#timerAt = due
    const leftMs = due - this.#options.now()
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(0, leftMs), timerMsMax))
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAt = Infinity
  }

  #tick(): void {
    this.#disarm()
    const due = this.#room && nextDeadline(this.#room)
    const at = this.#options.now()
    if (this.#state !== 'active' || due === null || due > at) return this.#arm()
    const { until } = this.#room?.rules ?? { until: null }
    if (until !== null && until <= at) this.#followRules('hours', null)
    else this.#decide({ type: 'tick', at })
  }

  #remember(event: unknown): void {
    this.#last.push(event)
    if (this.#last.length > 200) this.#last.splice(0, 100)
  }

  #become(state: EngineState): void {
    this.#state = state
    if (this.#beat) clearInterval(this.#beat)
    this.#beat = state === 'active' ? setInterval(() => void this.#onBeat(), beatMs) : null
    if (state === 'active') this.#options.pbx.beat()
    this.emit('state', state)
  }

  #stop(reason: StopReason, error: Error | null): void {
    if (this.#state === 'stopped') return
    this.#become('stopped')
    this.#disarm()
    this.#held = []
    this.#end.abort()
    this.#memory.stop()
    this.emit('stopped', reason, error)
  }
}

/** Callers' numbers and names, the digits they press, what else clients type, and the rule book (it names people) stay out of logs. */
function withoutPeople(event: Event, room: Room): unknown {
  if ('agent' in event || event.type === 'override' || event.type === 'end-override' || event.type === 'move-call') return asKnown(event, room)
  switch (event.type) {
    case 'call-arrived':
      return { ...event, caller: undefined }
    case 'caller-located':
      return { ...event, location: undefined }
    case 'dtmf':
      return { ...event, digit: undefined }
    case 'inventory':
      return { ...event, arrivals: event.arrivals.map(({ call }) => call) }
    case 'rules':
      return { type: event.type, at: event.at }
    default:
      return event
  }
}

/** A command is a client's text, which could be anything: what of it the room does not know is null. */
function asKnown({ type, at, ...said }: Command, { agents, calls, rules }: Room): unknown {
  const isKnown = (text: string | number): boolean =>
    typeof text === 'number' || agents.has(text) || calls.has(text) || rules.queues.has(text) || rules.filieres.has(text) || rules.pauseReasons.includes(text) || words.has(text)
  return { type, at, ...Object.fromEntries(Object.entries(said).map(([key, text]) => [key, isKnown(text) ? text : null])) }
}

/** Of commands, besides what the rules name. */
const words: ReadonlySet<string> = new Set(['P0', 'P1', 'P2', 'warm', 'direct', 'open', 'close', 'to-n1'] satisfies (Priority | Handover | OverrideKind)[])
