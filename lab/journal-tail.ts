/** What the journal of a SAS says from a moment on, read from Redis, past every engine. */
import type { Redis } from 'ioredis'
import { createIndicators, tally, type Quality } from '../src/indicators/indicators.js'
import { summarize, type Summary } from '../src/indicators/summary.js'
import { createClient } from '../src/redis/client.js'
import { keysOf, type Keys } from '../src/redis/keys.js'
import { readJournal } from '../src/redis/reader.js'

/** The fallback's record is read by the engine every second. */
const settleMsMax = 10_000
const lookMs = 200

export class JournalTail {
  private constructor(
    private readonly redis: Redis,
    private readonly keys: Keys,
    private readonly after: string,
    private readonly quality: Quality,
  ) {}

  /** From here on. */
  static async open(url: string, sas: string, quality: Quality): Promise<JournalTail> {
    const redis = createClient({ url, commandTimeoutMs: 5_000, name: 'decroche-lab', reconnect: true })
    // What goes wrong is told by the command that fails.
    redis.on('error', () => {})
    await redis.connect()
    const keys = keysOf(sas)
    const [last] = await redis.xrevrange(keys.journal, '+', '-', 'COUNT', 1)
    return new JournalTail(redis, keys, last?.[0] ?? '0-0', quality)
  }

  /** Once that many calls are over, or after a while without. */
  async summary(over: number): Promise<Summary> {
    const until = performance.now() + settleMsMax
    for (;;) {
      const { ended, summary } = await this.#read()
      if (ended >= over || performance.now() > until) return summary
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
  }

  async #read(): Promise<{ ended: number; summary: Summary }> {
    const indicators = createIndicators()
    let ended = 0
    for await (const { fact } of readJournal(this.redis, this.keys, { after: this.after })) {
      if (!fact) continue
      tally(indicators, fact, this.quality)
      if (fact.type === 'ended') ended += 1
    }
    return { ended, summary: summarize(indicators) }
  }

  close(): void {
    this.redis.disconnect()
  }
}
