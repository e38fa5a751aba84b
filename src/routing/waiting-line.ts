/**
 * A line of waiting calls, ordered by rank.
 *
 * The rank is fixed when a call enters: its entry time plus what its class yields. So a P2 gives way to every P1 that
 * comes within (yield P2 − yield P1) of it, and to none that comes later: order by class, then age, with a bound on
 * starvation, in one number that never has to be looked at again as time passes.
 *
 * Kept as a few ascending runs, each an array with a moving head. Calls of one class enter in the order of their ranks, so
 * each class comes to fill a run of its own: a call enters at the back of a run and leaves at the front of one, both O(1)
 * amortised, however many of another class stand behind it. One that comes back to the middle of a run costs a binary search
 * and one block move. The position in the line is the sum of the positions in the runs.
 */
export interface Place {
  readonly id: string
  readonly rank: number
}

const before = (a: Place, b: Place): boolean => a.rank < b.rank || (a.rank === b.rank && a.id < b.id)
const same = (a: Place | undefined, b: Place): boolean => a !== undefined && a.rank === b.rank && a.id === b.id

/** One run a class, and one for those who come back to the head of the line. */
const runsMax = 5

export class WaitingLine {
  readonly #runs: Run[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  first(): Place | undefined {
    let first: Place | undefined
    for (const run of this.#runs) {
      const place = run.first()
      if (place && (!first || before(place, first))) first = place
    }
    return first
  }

  /** 0 for the next to be served; -1 when the place is not in the line. */
  positionOf(place: Place): number {
    let found = false
    let ahead = 0
    for (const run of this.#runs) {
      const index = run.search(place)
      found ||= same(run.at(index), place)
      ahead += index
    }
    return found ? ahead : -1
  }

  has(place: Place): boolean {
    return this.#runs.some((run) => same(run.first(), place) || same(run.at(run.search(place)), place))
  }

  add(place: Place): void {
    this.#length++
    this.#runFor(place).add(place)
  }

  /** @returns whether the place was in the line. */
  remove(place: Place): boolean {
    if (!this.#runs.some((run) => run.remove(place))) return false
    this.#length--
    return true
  }

  /** In order; looks no further than is asked for. The line must not change meanwhile. */
  *[Symbol.iterator](): Iterator<Place> {
    const runs = this.#runs.map((run) => run[Symbol.iterator]())
    const heads = runs.map((run) => run.next())
    for (;;) {
      let first = -1
      for (const [index, head] of heads.entries()) if (!head.done && (first < 0 || before(head.value, heads[first]?.value as Place))) first = index
      if (first < 0) return
      yield heads[first]?.value as Place
      heads[first] = (runs[first] as Iterator<Place>).next()
    }
  }

  /** The run whose end comes closest before the place; else an empty or a new one; else the shortest, to its middle. */
  #runFor(place: Place): Run {
    let best: Run | undefined
    let shortest: Run | undefined
    for (const run of this.#runs) {
      const last = run.last()
      if (last && before(last, place) && (!best || before(best.last() as Place, last))) best = run
      if (!shortest || run.length < shortest.length) shortest = run
    }
    if (best) return best
    if (shortest && (shortest.length === 0 || this.#runs.length === runsMax)) return shortest
    const run = new Run()
    this.#runs.push(run)
    return run
  }
}

/** Places in ascending order. */
class Run {
  #places: Place[] = []
  #head = 0

  get length(): number {
    return this.#places.length - this.#head
  }

  first(): Place | undefined {
    return this.#places[this.#head]
  }

  last(): Place | undefined {
    return this.length > 0 ? this.#places[this.#places.length - 1] : undefined
  }

  at(index: number): Place | undefined {
    return this.#places[this.#head + index]
  }

  add(place: Place): void {
    const last = this.last()
    if (!last || before(last, place)) {
      this.#places.push(place)
      return
    }
    const index = this.search(place)
    if (index === 0 && this.#head > 0) this.#places[--this.#head] = place
    else this.#places.splice(this.#head + index, 0, place)
  }

  remove(place: Place): boolean {
    if (same(this.first(), place)) {
      this.#advance()
      return true
    }
    const index = this.search(place)
    if (!same(this.at(index), place)) return false
    this.#places.splice(this.#head + index, 1)
    return true
  }

  /** How many places come before `place`. */
  search(place: Place): number {
    let low = this.#head
    let high = this.#places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (before(this.#places[middle] as Place, place)) low = middle + 1
      else high = middle
    }
    return low - this.#head
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
}
