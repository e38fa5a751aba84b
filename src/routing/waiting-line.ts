/**
 * A line of waiting calls, ordered by rank.
 *
 * The rank is fixed when a call enters: its entry time plus what its class yields. So a P2 gives way to every P1 that
 * comes within (yield P2 − yield P1) of it, and to none that comes later: order by class, then age, with a bound on
 * starvation, in one number that never has to be looked at again as time passes.
 *
 * Kept as a sorted array with a moving head. Calls mostly enter at the back and leave at the front, both O(1) amortised;
 * a call that comes back to the middle costs a binary search and one block move. The index in the array is the position.
 */
export interface Place {
  readonly id: string
  readonly rank: number
}

const before = (a: Place, b: Place): boolean => a.rank < b.rank || (a.rank === b.rank && a.id < b.id)

export class WaitingLine {
  #places: Place[] = []
  #head = 0

  get length(): number {
    return this.#places.length - this.#head
  }

  first(): Place | undefined {
    return this.#places[this.#head]
  }

  /** 0 for the next to be served; -1 when the place is not in the line. */
  positionOf(place: Place): number {
    const index = this.#search(place)
    return this.#places[index]?.id === place.id && this.#places[index].rank === place.rank ? index - this.#head : -1
  }

  add(place: Place): void {
    const last = this.#places[this.#places.length - 1]
    if (this.length === 0 || (last && before(last, place))) {
      this.#places.push(place)
      return
    }
    const index = this.#search(place)
    if (index === this.#head && this.#head > 0) this.#places[--this.#head] = place
    else this.#places.splice(index, 0, place)
  }

  /** @returns whether the place was in the line. */
  remove(place: Place): boolean {
    const position = this.positionOf(place)
    if (position < 0) return false
    if (position === 0) this.#advance()
    else this.#places.splice(this.#head + position, 1)
    return true
  }

  *[Symbol.iterator](): Iterator<Place> {
    for (let i = this.#head; i < this.#places.length; i++) yield this.#places[i] as Place
  }

  #advance(): void {
    this.#head++
    if (this.#head > 256 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head)
      this.#head = 0
    }
  }

  /** First index at or after the head whose place does not come before `place`. */
  #search(place: Place): number {
    let low = this.#head
    let high = this.#places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (before(this.#places[middle] as Place, place)) low = middle + 1
      else high = middle
    }
    return low
  }
}
