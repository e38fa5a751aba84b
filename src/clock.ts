/**
 * Wall-clock milliseconds that never run backwards and never jump: the monotonic clock, drawn towards the system's time by
 * at most 1 % of what elapsed. A clock set back an hour costs nobody their rank; one set forward ends no wait early.
 */
export class SteadyClock {
  #wall: number
  #monotonic: number

  constructor(
    private readonly wallNow: () => number = Date.now,
    private readonly monotonicNow: () => number = () => performance.now(),
  ) {
    this.#wall = wallNow()
    this.#monotonic = monotonicNow()
  }

  /** Whole milliseconds since the epoch. */
  readonly now = (): number => {
    const monotonic = this.monotonicNow()
    const elapsed = monotonic - this.#monotonic
    const steady = this.#wall + elapsed
    const pull = Math.max(-elapsed / 100, Math.min(elapsed / 100, this.wallNow() - steady))
    this.#monotonic = monotonic
    this.#wall = steady + pull
    return Math.floor(this.#wall)
  }
}
