/**
 * How often a number called in the 24 hours before, for those who see who calls. Derived from calls that are settled, on a connection of its own: it decides
 * nothing and nobody waits for it. Asked once a call; where Redis does not answer nothing is known, and it is asked again when the call
 * changes, when Redis is back, and by whichever engine has the call next.
 */
import type { CallId } from './routing/events.js'
import type { Call } from './routing/room.js'
import type { Outcome } from './routing/step.js'
import { createClient } from './redis/client.js'
import { keysOf } from './redis/keys.js'
import { lineOf, earlierSpanMs, callBookIn, type CallBook } from './redis/earlier-calls.js'

export interface EarlierCallsOptions {
  readonly redisUrl: string
  readonly sas: string
  /** As they are now; none while this engine has no room. */
  readonly calls: () => Iterable<Call>
  readonly now: () => number
  readonly onKnown: (call: CallId) => void
  /** Told once until it works again. */
  readonly onProblem: (error: unknown) => void
}

const commandTimeoutMs = 1_000

export class EarlierCalls {
  readonly #known = new Map<CallId, number>()
  readonly #asking = new Set<CallId>()
  readonly #redis: ReturnType<typeof createClient>
  readonly #book: CallBook
  #failing = false

  constructor(private readonly options: EarlierCallsOptions) {
    this.#redis = createClient({ url: options.redisUrl, commandTimeoutMs, name: `decroche-${options.sas}-earlier-calls`, reconnect: true })
    this.#redis.on('error', (error: Error) => this.#fail(error))
    this.#redis.on('ready', () => this.takeUp())
    this.#book = callBookIn(this.#redis, keysOf(options.sas))
  }

  start(): void {
    this.#redis.connect().catch(() => {
      // Told as an error; it goes on trying.
    })
  }

  stop(): void {
    this.#redis.disconnect()
  }

  /** Null when it is not known, or the number is not. */
  of(call: CallId): number | null {
    return this.#known.get(call) ?? null
  }

  /** A decision is settled. */
  follow({ calls }: Pick<Outcome, 'calls'>): void {
    for (const [id, call] of calls) {
      if (call !== null) this.#ask(call)
      else {
        this.#known.delete(id)
        this.#asking.delete(id)
      }
    }
  }

  /** What an earlier engine had, or was not answered. */
  takeUp(): void {
    for (const call of this.options.calls()) this.#ask(call)
  }

  #ask({ id, caller, arrivedAt, outgoing }: Call): void {
    // Whom an agent calls does not call.
    const line = caller === null || outgoing !== null ? null : lineOf(caller)
    // Forgotten by now: noted again, it would count as new.
    const isOld = arrivedAt < this.options.now() - earlierSpanMs
    if (line === null || isOld || this.#known.has(id) || this.#asking.has(id) || this.#redis.status !== 'ready') return
    this.#asking.add(id)
    this.#book.note(id, line, arrivedAt).then(
      (before) => {
        this.#failing = false
        if (!this.#asking.delete(id)) return
        this.#known.set(id, before)
        this.options.onKnown(id)
      },
      (error: unknown) => {
        this.#asking.delete(id)
        this.#fail(error)
      },
    )
  }

  #fail(error: unknown): void {
    if (!this.#failing) this.options.onProblem(error)
    this.#failing = true
  }
}
