/**
 * The one door into the room: take an event → decide → commit → perform.
 *
 *   standby    another engine holds the lease; nothing is done but asking for it.
 *   joining    the lease is ours; waiting for the PBX, or reconciling with it: events are held, nobody is rung.
 *   active     events are decided as they come.
 *   stopped    fenced, failed or asked to stop: nothing is decided any more.
 *
 * Decisions are made at once, in the order events come in; their commits are pipelined to Redis in that order, and the
 * effects of a decision are performed when its commit is acknowledged. A Redis silent for `silenceMs` is not waited for any
 * longer: the room goes on from memory (degraded) and a whole snapshot is written when Redis is back.
 */
import { EventEmitter } from 'node:events'
import type { Pbx } from './ari/pbx.js'
import { Memory } from './memory.js'
import type { RoomStore } from './redis/store.js'
import type { Command, Event, PbxEvent, Refusal } from './routing/events.js'
import type { Fact } from './routing/facts.js'
import type { Room } from './routing/live-room.js'
import { createRoom } from './routing/roster.js'
import type { Rules } from './routing/rules.js'
import { nextDeadline, step, type Outcome } from './routing/step.js'

export type EngineState = 'standby' | 'joining' | 'active' | 'stopped'
/** Why an engine ended by itself. */
export type StopReason = 'fenced' | 'unsound-room' | 'asked'

export interface EngineOptions {
  readonly rules: Rules
  readonly pbx: Pbx
  readonly store: RoomStore
  /** Who asks for the lease: unique to this process. */
  readonly owner: string
  readonly now: () => number
  readonly leaseMs: number
  readonly silenceMs: number
}

export interface EngineEvents {
  fact: [Fact]
  state: [EngineState]
  /** One decision was made, in so many milliseconds. */
  decided: [type: string, ms: number]
  committed: [ms: number, outcome: 'ok' | 'fenced' | 'silent' | 'error']
  /** Redis stopped answering (true), or has the whole room again (false). */
  degraded: [boolean]
  stopped: [StopReason, Error | null]
  /** The room was read from memory; the journal ended there. */
  loaded: [lastJournalId: string]
  problem: [what: string, error: unknown]
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never
export type Answer = { ok: true } | { ok: false; refusal: Refusal | 'unavailable' }

export class Engine extends EventEmitter<EngineEvents> {
  readonly #options: EngineOptions
  readonly #memory: Memory
  #state: EngineState = 'standby'
  #room: Room | null = null
  /** Events that came while the room was being reconciled. */
  #held: PbxEvent[] = []
  #timer: NodeJS.Timeout | null = null
  #timerAt = Infinity
  #ending: Promise<void> | null = null
  /** The last decisions, for whoever reads the end of an engine that failed. */
  readonly #last: Event[] = []

  constructor(options: EngineOptions) {
    super()
    this.#options = options
    this.#memory = new Memory(options.store, {
      owner: options.owner,
      leaseMs: options.leaseMs,
      silenceMs: options.silenceMs,
      records: () => ({ calls: this.#room?.calls.values() ?? [], agents: this.#room?.agents.values() ?? [] }),
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

  /** Waits for the lease, loads the room, then follows the PBX. Resolves once the lease is held. */
  async start(): Promise<void> {
    const { epoch, records, lastJournalId } = await this.#memory.acquire()
    if (this.#state === 'stopped') return
    this.emit('loaded', lastJournalId)
    this.#room = createRoom(this.#options.rules, epoch, this.#options.now(), records)
    this.#become('joining')
    const { pbx } = this.#options
    pbx.on('event', (event) => this.#receive(event))
    pbx.on('up', () => void this.#reconcile())
    pbx.on('down', () => this.#leave())
    pbx.on('replaced', () => this.#stop('fenced', null))
    await pbx.start()
  }

  /** Asks the room for something on behalf of a person. Resolves once the decision is committed. */
  async submit(command: WithoutTime<Command>): Promise<Answer> {
    if (this.#state !== 'active') return { ok: false, refusal: 'unavailable' }
    const { outcome, committed } = this.#decide({ ...command, at: this.#options.now() } as Command)
    await committed
    return outcome.refusal ? { ok: false, refusal: outcome.refusal } : { ok: true }
  }

  /** New rules between two decisions; calls in progress keep their promises. */
  replaceRules(rules: Rules): void {
    if (this.#room && this.#state === 'active') this.#decide({ type: 'rules', at: this.#options.now(), rules })
  }

  /** Ends this engine, if it has not ended by itself, and gives the lease back. Touches no caller. */
  stop(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#stop('asked', null)
    await this.#options.pbx.stop()
    await this.#memory.release()
  }

  /** The last events decided, oldest first, without personal data. */
  lastEvents(): unknown[] {
    return this.#last.map((event) => ({ ...event, ...('caller' in event && { caller: undefined }), ...('name' in event && { name: undefined }) }))
  }

  #receive(event: PbxEvent): void {
    if (this.#state === 'active') this.#decide(event)
    else if (this.#state === 'joining') this.#held.push(event)
  }

  #leave(): void {
    if (this.#state !== 'active') return
    this.#become('joining')
    this.#held = []
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAt = Infinity
  }

  /** Asterisk wins on what exists, the room on order, clocks and people. Nobody is rung before this is done. */
  async #reconcile(): Promise<void> {
    this.#held = []
    const found = await this.#options.pbx.inventory().catch((error: unknown) => {
      // The connection failed again meanwhile: the next `up` brings a new attempt.
      this.emit('problem', 'inventory', error)
      return null
    })
    if (!found || this.#state !== 'joining') return
    this.#become('active')
    const at = this.#options.now()
    for (const arrival of found.arrivals) if (!this.#room?.calls.has(arrival.call)) this.#decide({ ...arrival, at })
    this.#decide({ ...found.inventory, at })
    const held = this.#held
    this.#held = []
    for (const event of held) this.#decide(event)
  }

  #decide(event: Event): { outcome: Outcome; committed: Promise<void> } {
    const room = this.#room
    if (!room) throw new Error('no room to decide in')
    const started = performance.now()
    this.#remember(event)
    let outcome: Outcome
    try {
      outcome = step(room, event)
    } catch (error) {
      // A room that is not sound must not go on deciding: the standby starts from the last commit.
      this.#stop('unsound-room', error as Error)
      throw error
    }
    this.emit('decided', event.type, performance.now() - started)
    const committed = this.#memory.commit(outcome)
    if (outcome.effects.length > 0) void committed.then(() => this.#perform(outcome))
    for (const fact of outcome.facts) this.emit('fact', fact)
    this.#arm()
    return { outcome, committed }
  }

  #perform(outcome: Outcome): void {
    if (this.#state === 'stopped') return
    void this.#options.pbx.perform(outcome.effects)
  }

  #arm(): void {
    const due = this.#room ? nextDeadline(this.#room) : null
    if (this.#state !== 'active' || due === null || due >= this.#timerAt) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timerAt = due
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, due - this.#options.now()))
  }

  #tick(): void {
    this.#timer = null
    this.#timerAt = Infinity
    const due = this.#room && nextDeadline(this.#room)
    const at = this.#options.now()
    if (this.#state === 'active' && due !== null && due <= at) this.#decide({ type: 'tick', at })
    else this.#arm()
  }

  #remember(event: Event): void {
    this.#last.push(event)
    if (this.#last.length > 200) this.#last.splice(0, 100)
  }

  #become(state: EngineState): void {
    this.#state = state
    this.emit('state', state)
  }

  #stop(reason: StopReason, error: Error | null): void {
    if (this.#state === 'stopped') return
    this.#become('stopped')
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#memory.stop()
    this.emit('stopped', reason, error)
  }
}
