/** Delays between attempts: doubling from `minMs` to `maxMs`, each spread over its upper half so that two engines part. */
export class Backoff {
  readonly #minMs: number
  readonly #maxMs: number
  readonly #random: () => number
  #attempts = 0

  constructor(minMs: number, maxMs: number, random: () => number = Math.random) {
    this.#minMs = minMs
    this.#maxMs = maxMs
    this.#random = random
  }

  /** Milliseconds to wait before the next attempt; at most `maxMs`. */
  next(): number {
    const full = Math.min(this.#maxMs, this.#minMs * 2 ** this.#attempts)
    if (full < this.#maxMs) this.#attempts += 1
    return full / 2 + (full / 2) * this.#random()
  }

  reset(): void {
    this.#attempts = 0
  }
}
