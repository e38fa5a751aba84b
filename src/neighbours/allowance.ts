/** So many in a second, with as many at once as in two: for what another party sends. */
export class Allowance {
  #left: number
  #at: number

  constructor(
    private readonly perSecond: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#left = perSecond * 2
    this.#at = nowMs()
  }

  /** Whether one more is allowed now. */
  take(): boolean {
    const now = this.nowMs()
    this.#left = Math.min(this.perSecond * 2, this.#left + ((now - this.#at) / 1_000) * this.perSecond)
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
