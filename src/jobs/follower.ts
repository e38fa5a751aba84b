/**
 * Turns the journal into deliveries, from where the engine before left off. A delivery is named by its entry and its endpoint, so that
 * entries read again (this engine died before it said how far it was) are added once; it holds these two ids and nothing else.
 */
import type { LrmEndpoint } from '../config/lrm-schema.js'
import { NotPublic } from '../indicators/not-public.js'
import { pause } from '../pause.js'
import type { TellableJournal } from '../redis/journal-follower.js'
import type { JournalEntry } from '../redis/reader.js'
import { eventOf } from './events.js'

export interface Delivery {
  readonly entry: string
  readonly endpoint: string
  readonly event: string
}

export interface FollowerOptions {
  readonly journal: TellableJournal
  /** Where to begin when nobody followed before: what happened until then is told to nobody. */
  readonly from: string
  /** Entries after one, as soon as there are any. */
  readonly next: (after: string) => Promise<readonly JournalEntry[]>
  readonly endpoints: readonly LrmEndpoint[]
  readonly add: (deliveries: readonly Delivery[]) => Promise<void>
  readonly now: () => number
  /** An event older than this is told to nobody. */
  readonly ageMsMax: number
  readonly onProblem: (error: unknown) => void
}

const retryMs = 1_000

export class Follower {
  readonly #notPublic = new NotPublic()
  #after: string | null = null
  #working = false

  constructor(private readonly options: FollowerOptions) {}

  /** Whether the last thing that was tried went well. */
  get working(): boolean {
    return this.#working
  }

  /** Until told to end. Never rejects: what fails is tried again. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#after ??= await this.#begin()
        this.#working = true
        await this.#take(await this.options.next(this.#after))
      } catch (error) {
        this.#working = false
        if (signal.aborted) return
        this.options.onProblem(error)
        await pause(retryMs, signal)
      }
    }
  }

  async #begin(): Promise<string> {
    const { journal, from } = this.options
    const known = await journal.position()
    if (known === null) await journal.setPosition(from)
    return known ?? from
  }

  async #take(entries: readonly JournalEntry[]): Promise<void> {
    const last = entries.at(-1)
    if (!last) return
    const deliveries = entries.flatMap((entry) => this.#deliveriesOf(entry))
    if (deliveries.length > 0) await this.options.add(deliveries)
    await this.options.journal.setPosition(last.id)
    this.#after = last.id
  }

  #deliveriesOf({ id, fact }: JournalEntry): Delivery[] {
    if (!fact || this.#notPublic.kindOf(fact) === 'canary') return []
    const event = eventOf(fact)
    if (!event || this.options.now() - fact.at > this.options.ageMsMax) return []
    return this.options.endpoints.filter(({ events }) => events.includes(event)).map((endpoint) => ({ entry: id, endpoint: endpoint.id, event }))
  }
}
