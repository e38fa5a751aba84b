/** Indicators of the whole journal: what earlier engines wrote, then what this one decides, each fact once and in order. */
import { createIndicators, tally, type Indicators, type Quality } from './indicators/indicators.js'
import { summarize, type Summary } from './indicators/summary.js'
import { pause } from './pause.js'
import type { Fact } from './routing/facts.js'

type Past = AsyncIterable<{ readonly fact: Fact | null }>

/** Between two tries to read the past. */
const retryMs = 1_000

export class Ledger {
  /** Null until the past was read: half of it would be shown as all of it. */
  #indicators: Indicators | null = null
  /** Facts decided meanwhile. */
  #later: Fact[] = []

  constructor(private readonly quality: Quality) {}

  /** Counts what was journalled before, then what was added meanwhile. Reading that fails is told and begun again. Never rejects. */
  async replay(past: () => Past, onProblem: (error: unknown) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const indicators = createIndicators()
        for await (const { fact } of past()) if (fact) tally(indicators, fact, this.quality)
        for (const fact of this.#later) tally(indicators, fact, this.quality)
        this.#later = []
        this.#indicators = indicators
        return
      } catch (error) {
        onProblem(error)
        await pause(retryMs, signal)
      }
    }
  }

  add(fact: Fact): void {
    if (this.#indicators) tally(this.#indicators, fact, this.quality)
    else this.#later.push(fact)
  }

  /** As of `now`, ms since the epoch. Null while the past is still being read. */
  summary(now?: number): Summary | null {
    return this.#indicators && summarize(this.#indicators, now)
  }
}
