/**
 * The journal as a witness of its own reads it: all along, so that what a Redis forgets later was seen before. What is
 * written again is another entry and counts again: nothing is taken for a repetition.
 */
import { Redis } from 'ioredis'
import { keysOf } from '../src/redis/keys.js'
import { readFact } from '../src/redis/records.js'
import type { Fact } from '../src/routing/facts.js'

const retryMs = 50
const blockMs = 1_000

type Entries = readonly (readonly [id: string, fields: readonly string[]])[]

export class JournalTail {
  readonly #facts = new Map<string, Fact>()
  readonly #journal: string
  #last = '0-0'
  #reader: Redis
  #closed = false

  private constructor(
    private readonly url: string,
    sas: string,
  ) {
    this.#journal = keysOf(sas).journal
    this.#reader = this.#connect()
  }

  /** From now on: what the journal holds already is nobody's here. */
  static async open(url: string, sas: string): Promise<JournalTail> {
    const tail = new JournalTail(url, sas)
    const [newest] = await tail.#reader.xrevrange(tail.#journal, '+', '-', 'COUNT', 1)
    if (newest) tail.#last = newest[0]
    void tail.#follow()
    return tail
  }

  /** Every fact so far, in order. */
  get facts(): readonly Fact[] {
    return [...this.#facts.values()]
  }

  /** Empties Redis, and reads in the same transaction what was not read yet: nothing is lost unseen. */
  async flushAll(): Promise<void> {
    const redis = this.#connect()
    try {
      const answers = await redis.multi().xrange(this.#journal, '-', '+').flushall().exec()
      this.#take((answers?.[0]?.[1] ?? []) as Entries)
    } finally {
      redis.disconnect()
    }
  }

  close(): void {
    this.#closed = true
    this.#reader.disconnect()
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        const answer = await this.#reader.xread('COUNT', 1_000, 'BLOCK', blockMs, 'STREAMS', this.#journal, this.#last)
        this.#take((answer?.[0]?.[1] ?? []) as Entries)
      } catch {
        // Redis is away, which is what these rounds are about.
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
  }

  #take(entries: Entries): void {
    for (const [id, fields] of entries) {
      this.#last = later(this.#last, id)
      const fact = fields[1] === undefined ? null : readFact(fields[1])
      if (fact) this.#facts.set(id, fact)
    }
  }

  #connect(): Redis {
    const redis = new Redis(this.url, { retryStrategy: () => retryMs, maxRetriesPerRequest: null, enableOfflineQueue: true })
    redis.on('error', () => undefined)
    return redis
  }
}

/** Ids are a time and a number. */
function later(one: string, other: string): string {
  const [time = 0, number = 0] = one.split('-').map(Number)
  const [otherTime = 0, otherNumber = 0] = other.split('-').map(Number)
  return otherTime > time || (otherTime === time && otherNumber > number) ? other : one
}
