/** The latest changes, for who was away for a moment. */
import type { Change } from './change.js'

export class Past {
  readonly #changes: Change[] = []
  #size = 0

  /** @param most changes kept @param sizeMax characters they take */
  constructor(
    private readonly most: number,
    private readonly sizeMax: number,
  ) {}

  add(change: Change): void {
    this.#changes.push(change)
    this.#size += change.size
    while (this.#changes.length > this.most || (this.#size > this.sizeMax && this.#changes.length > 1)) this.#size -= this.#changes.shift()?.size ?? 0
  }

  clear(): void {
    this.#changes.length = 0
    this.#size = 0
  }

  /** All changes after `seq`; null when one of them is no longer kept, or none was ever made. @param last the latest one's number */
  after(seq: number, last: number): readonly Change[] | null {
    if (seq > last) return null
    const missed = last - seq
    return missed <= this.#changes.length ? this.#changes.slice(this.#changes.length - missed) : null
  }
}
