/** Indicators of the whole journal: what earlier engines wrote, then what this one decides, each fact once and in order. */
import { createIndicators, tally, type Indicators, type Quality } from './indicators/indicators.js'
import { summarize, type Summary } from './indicators/summary.js'
import type { Fact } from './routing/facts.js'

export class Ledger {
  readonly #indicators: Indicators = createIndicators()
  /** Facts decided while the past is still being read. */
  #later: Fact[] | null = null

  constructor(private readonly quality: Quality) {}

  /** Counts what was journalled before; facts added meanwhile come after. Rejects with what reading rejects with. */
  async replay(past: AsyncIterable<{ readonly fact: Fact | null }>): Promise<void> {
    this.#later = []
    try {
      for await (const { fact } of past) if (fact) tally(this.#indicators, fact, this.quality)
    } finally {
      const later = this.#later
      this.#later = null
      for (const fact of later) tally(this.#indicators, fact, this.quality)
    }
  }

  add(fact: Fact): void {
    if (this.#later) this.#later.push(fact)
    else tally(this.#indicators, fact, this.quality)
  }

  summary(): Summary {
    return summarize(this.#indicators)
  }
}
