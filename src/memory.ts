/**
 * What stands between the engine and Redis: the lease, the order of commits, and what to do when Redis is silent.
 *
 *   well       a decision's effects wait for its commit.
 *   degraded   Redis said nothing for `silenceMs`, or refused: effects wait for nothing, commits are still tried, and the
 *              whole room is written as soon as Redis answers. An unanswered 15 is worse than a duplicate ring.
 */
import { EventEmitter } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import type { RoomStore } from './redis/store.js'
import type { Memory as Records } from './routing/roster.js'
import type { Outcome } from './routing/step.js'

export interface MemoryOptions {
  readonly owner: string
  /** The lease runs out this long after its last renewal; it is renewed three times as often. */
  readonly leaseMs: number
  /** A commit not acknowledged for this long is not waited for. */
  readonly silenceMs: number
  /** The whole room, when it must be written at once. */
  readonly records: () => Records
}

export interface MemoryEvents {
  fenced: []
  degraded: [boolean]
  committed: [ms: number, outcome: 'ok' | 'fenced' | 'silent' | 'error']
  problem: [what: string, error: unknown]
}

/** A decision whose effects wait for its commit. */
interface Waiting {
  readonly since: number
  readonly done: Promise<void>
  readonly release: () => void
}

export class Memory extends EventEmitter<MemoryEvents> {
  #epoch = 0
  #degraded = false
  #stopped = false
  /** Decisions whose effects wait, oldest first. */
  #waiting: Waiting[] = []
  #watch: NodeJS.Timeout | null = null
  #renewal: NodeJS.Timeout | null = null
  readonly #end = new AbortController()

  constructor(
    private readonly store: RoomStore,
    private readonly options: MemoryOptions,
  ) {
    super()
  }

  get degraded(): boolean {
    return this.#degraded
  }

  /** Waits until the lease is ours, then reads the room. Never rejects while Redis is away: it goes on asking. */
  async acquire(): Promise<{ epoch: number; records: Records; lastJournalId: string }> {
    for (;;) {
      try {
        if (!this.store.up) await this.store.connect()
        const answer = await this.store.acquire(this.options.owner, this.options.leaseMs)
        if (answer.held) {
          this.#epoch = answer.epoch
          this.#renewLater()
          const room = await this.store.load()
          const records = { calls: room.calls.values(), agents: room.agents.values() }
          return { epoch: answer.epoch, records, lastJournalId: room.lastJournalId }
        }
        await this.#pause(Math.min(answer.leftMs, this.options.leaseMs) / 4 + 10)
      } catch (error) {
        if (this.#stopped) throw error
        this.emit('problem', 'lease', error)
        await this.#pause(this.options.leaseMs / 4)
      }
    }
  }

  /** Resolves when the effects of this decision may be performed, in the order of the calls. Never rejects. */
  commit(outcome: Outcome): Promise<void> {
    const changed = outcome.calls.size > 0 || outcome.agents.size > 0 || outcome.facts.length > 0
    // What changed nothing still comes after what it was decided upon.
    if (!changed || this.#stopped) return this.#waiting.at(-1)?.done ?? Promise.resolve()
    const waiting = this.#degraded ? null : this.#wait()
    void this.#write(outcome, waiting)
    return waiting?.done ?? Promise.resolve()
  }

  async release(): Promise<void> {
    this.stop()
    await this.store.release().catch((error: unknown) => this.emit('problem', 'release', error))
    await this.store.close()
  }

  /** No more renewals; whoever waits is let go. */
  stop(): void {
    this.#stopped = true
    this.#end.abort()
    if (this.#renewal) clearTimeout(this.#renewal)
    this.#releaseUpTo(this.#waiting.at(-1))
  }

  async #write(outcome: Outcome, waiting: Waiting | null): Promise<void> {
    const started = performance.now()
    const { calls, agents, facts } = outcome
    try {
      const answer = await this.store.commit({ epoch: this.#epoch, calls, agents, facts })
      this.emit('committed', performance.now() - started, answer === 'behind' ? 'error' : answer)
      if (answer === 'fenced') return this.#fence()
      if (answer === 'behind') this.#degrade()
      else if (waiting) this.#releaseUpTo(waiting)
    } catch (error) {
      this.emit('committed', performance.now() - started, 'error')
      this.#degrade(error)
    }
  }

  #wait(): Waiting {
    let release = (): void => {}
    const done = new Promise<void>((resolve) => (release = resolve))
    const waiting = { since: performance.now(), done, release }
    this.#waiting.push(waiting)
    if (this.#waiting.length === 1) this.#watchSilence()
    return waiting
  }

  /** An answer to one commit is an answer to all before it: Redis takes them in order. */
  #releaseUpTo(last: Waiting | undefined): void {
    if (!last || !this.#waiting.includes(last)) return
    for (;;) {
      const waiting = this.#waiting.shift()
      waiting?.release()
      if (!waiting || waiting === last) break
    }
    this.#watchSilence()
  }

  #watchSilence(): void {
    if (this.#watch) clearTimeout(this.#watch)
    this.#watch = null
    const oldest = this.#waiting[0]
    if (!oldest) return
    const leftMs = oldest.since + this.options.silenceMs - performance.now()
    // If it was this process that slept, the answer lies in the socket: it is read before anything is concluded.
    this.#watch = setTimeout(() => setImmediate(() => this.#silent(oldest)), Math.max(0, leftMs))
  }

  #silent(oldest: Waiting): void {
    if (this.#waiting[0] !== oldest) return
    this.emit('committed', performance.now() - oldest.since, 'silent')
    this.#degrade()
  }

  #degrade(error?: unknown): void {
    if (error !== undefined && !this.#degraded) this.emit('problem', 'commit', error)
    if (this.#degraded || this.#stopped) return
    this.#degraded = true
    this.emit('degraded', true)
    this.#releaseUpTo(this.#waiting.at(-1))
    void this.#recover()
  }

  /** Writes the whole room as soon as Redis takes it. */
  async #recover(): Promise<void> {
    while (this.#degraded && !this.#stopped) {
      await this.#pause(this.options.leaseMs / 4)
      if (!this.store.up) continue
      try {
        const { calls, agents } = this.options.records()
        if ((await this.store.replaceAll(this.#epoch, calls, agents)) === 'fenced') return this.#fence()
        this.#degraded = false
        this.emit('degraded', false)
      } catch {
        // Silent still: asked again shortly.
      }
    }
  }

  #renewLater(): void {
    this.#renewal = setTimeout(() => void this.#renew(), this.options.leaseMs / 3)
  }

  /** A Redis that cannot be asked does not end the lease: only another engine does, and it would need Redis for that. */
  async #renew(): Promise<void> {
    if (this.#stopped) return
    try {
      if (this.store.up && !(await this.store.renew(this.options.leaseMs))) return this.#fence()
    } catch (error) {
      this.#degrade(error)
    }
    if (!this.#stopped) this.#renewLater()
  }

  #fence(): void {
    if (this.#stopped) return
    this.stop()
    this.emit('fenced')
  }

  async #pause(ms: number): Promise<void> {
    await after(ms, undefined, { signal: this.#end.signal }).catch(() => undefined)
  }
}
