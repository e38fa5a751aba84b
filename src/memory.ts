/**
 * What stands between the engine and Redis: the lease, the order of commits, and what to do when Redis is silent.
 *
 *   well       a decision's effects wait for its commit.
 *   degraded   Redis said nothing for `silenceMs`, or refused: effects wait for no commit, commits are still tried, and the
 *              whole room is written as soon as Redis answers. An unanswered 15 is worse than a duplicate ring.
 */
import { EventEmitter } from 'node:events'
import { pause } from './pause.js'
import type { Commit, RoomStore } from './redis/store.js'
import type { Memory as Records } from './routing/roster.js'
import type { Outcome } from './routing/step.js'

export interface MemoryOptions {
  readonly owner: string
  /** The lease runs out this long after its last renewal; it is renewed three times as often. */
  readonly leaseMs: number
  /** A commit not acknowledged for this long is not waited for. */
  readonly silenceMs: number
  /** The whole room, when it must be written at once; null while there is none. */
  readonly records: () => Records | null
}

export interface MemoryEvents {
  fenced: []
  degraded: [boolean]
  committed: [ms: number, outcome: 'ok' | 'fenced' | 'silent' | 'error']
  problem: [what: string, error: unknown]
}

/** The room as it was remembered, now ours. */
export interface Loaded {
  readonly epoch: number
  readonly records: Records
  readonly lastJournalId: string
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
  /** The last problem told: a Redis that stays away is told once. */
  #told: string | null = null
  readonly #end = new AbortController()
  /** Between two tries of anything that Redis did not answer: often enough to find it before a lease runs out. */
  readonly #retryMs: number

  constructor(
    private readonly store: RoomStore,
    private readonly options: MemoryOptions,
  ) {
    super()
    this.#retryMs = options.leaseMs / 4
    // What was written shortly before the connection broke may be lost, or all of it: said by nobody in a quiet room.
    // The lease first: it may be about to run out, and a standby may be back before us.
    store.events.on('ready', () => {
      void this.#renew()
      this.#degrade()
    })
  }

  get degraded(): boolean {
    return this.#degraded
  }

  /** Waits until the lease is ours, then reads the room; null once stopped. Never rejects: a Redis that is away is asked again. */
  async acquire(): Promise<Loaded | null> {
    while (!this.#stopped) {
      try {
        const loaded = await this.#tryToAcquire()
        if (loaded) return this.#stopped ? null : loaded
      } catch (error) {
        this.#complain('lease', error)
        this.#letGo()
        await this.#pause(this.#retryMs)
      }
    }
    return null
  }

  /** A lease whose room could not be read is not kept: it runs out, unless the next try takes it again. */
  #letGo(): void {
    this.#epoch = 0
    if (this.#renewal) clearTimeout(this.#renewal)
  }

  /** Null after a pause, when another engine holds the lease. @throws StoreUnavailable */
  async #tryToAcquire(): Promise<Loaded | null> {
    if (!this.store.up) await this.store.connect()
    const answer = await this.store.acquire(this.options.owner, this.options.leaseMs)
    this.#told = null
    if (!answer.held) {
      await this.#pause(Math.min(answer.leftMs / 4 + 10, this.#retryMs))
      return null
    }
    this.#epoch = answer.epoch
    this.#renewLater()
    const { calls, agents, fallbackMark, overrides, over, lastJournalId } = await this.store.load()
    return { epoch: answer.epoch, records: { calls: calls.values(), agents: agents.values(), fallbackMark, overrides, over }, lastJournalId }
  }

  /** Resolves when the effects of this decision may be performed, in the order of the calls. Never rejects. @param answer remembered with it */
  commit(outcome: Outcome, answer: Commit['answer'] = null): Promise<void> {
    const { calls, agents, facts, fallbackMark, overrides } = outcome
    const changed = calls.size > 0 || agents.size > 0 || facts.length > 0 || fallbackMark !== null || overrides !== null || answer !== null
    // What changed nothing still comes after what it was decided upon.
    if (!changed || this.#stopped) return this.#waiting.at(-1)?.done ?? (this.#degraded ? socketsRead() : Promise.resolve())
    const waiting = this.#degraded ? null : this.#wait()
    void this.#write(outcome, answer, waiting)
    return waiting?.done ?? socketsRead()
  }

  /** An answer that was remembered, by whichever engine; null when it cannot be known soon. Never rejects. */
  async recall(name: string): Promise<string | null> {
    if (!this.store.up) return null
    return Promise.race([this.store.recall(name).catch(() => null), this.#pause(this.options.silenceMs).then(() => null)])
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

  async #write(outcome: Outcome, remembered: Commit['answer'], waiting: Waiting | null): Promise<void> {
    const started = performance.now()
    const { calls, agents, facts, fallbackMark, overrides } = outcome
    try {
      const answer = await this.store.commit({ epoch: this.#epoch, calls, agents, facts, fallbackMark, overrides, ...(remembered && { answer: remembered }) })
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
    this.#releaseUpTo(this.#waiting.at(-1))
  }

  #degrade(error?: unknown): void {
    // Without an epoch nothing is ours to write.
    if (this.#degraded || this.#stopped || this.#epoch === 0) return
    if (error !== undefined) this.#complain('commit', error)
    this.#degraded = true
    this.emit('degraded', true)
    const last = this.#waiting.at(-1)
    setImmediate(() => this.#releaseUpTo(last))
    void this.#recover()
  }

  /** Writes the whole room as soon as Redis takes it. */
  async #recover(): Promise<void> {
    while (this.#degraded && !this.#stopped) {
      await this.#pause(this.#retryMs)
      // Before the room is loaded there is nothing to write; an empty one would be the end of it.
      const records = this.options.records()
      if (!this.store.up || !records) continue
      try {
        if ((await this.store.replaceAll(this.#epoch, records.calls, records.agents, records)) === 'fenced') return this.#fence()
        this.#degraded = false
        this.#told = null
        this.emit('degraded', false)
      } catch (error) {
        this.#complain('snapshot', error)
      }
    }
  }

  #renewLater(): void {
    if (this.#renewal) clearTimeout(this.#renewal)
    this.#renewal = setTimeout(() => void this.#renew(), this.options.leaseMs / 3)
  }

  /** A Redis that cannot be asked does not end the lease: only another engine does, and it would need Redis for that. */
  async #renew(): Promise<void> {
    if (this.#stopped || this.#epoch === 0) return
    try {
      const renewed = this.store.up ? await this.store.renew(this.options.leaseMs) : 'kept'
      if (renewed === 'lost') return this.#fence()
      if (renewed === 'forgotten') this.#degrade()
    } catch (error) {
      this.#degrade(error)
    }
    if (!this.#stopped && this.#epoch > 0) this.#renewLater()
  }

  #complain(what: string, error: unknown): void {
    const told = `${what}: ${String(error)}`
    if (told !== this.#told) this.emit('problem', what, error)
    this.#told = told
  }

  #fence(): void {
    if (this.#stopped) return
    this.stop()
    this.emit('fenced')
  }

  #pause(ms: number): Promise<void> {
    return pause(ms, this.#end.signal)
  }
}

/**
 * Without Redis nothing tells this engine that another has the room, but for what lies in its sockets. After this process
 * stood still, timers come first: whatever they lead to waits until the sockets were read.
 */
const socketsRead = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
