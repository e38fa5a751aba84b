/**
 * The earliest thing to do for each call and each person: a heap that can change or drop an entry.
 * Every entity has at most one entry; which of its deadlines fell due is read from its own record.
 *
 * Four children a node, and the times beside the entries rather than in them: what is compared lies together in memory, so
 * that ten thousand callers who wait cost little more than ten.
 */
interface Entry {
  readonly key: string
  index: number
}

const children = 4

export class Deadlines {
  /** In heap order; `#at` has the time of each. */
  readonly #heap: Entry[] = []
  readonly #at: number[] = []
  readonly #byKey = new Map<string, Entry>()

  get size(): number {
    return this.#heap.length
  }

  /** Earliest time, or null when nothing is due ever. */
  next(): number | null {
    return this.#at[0] ?? null
  }

  at(key: string): number | null {
    const entry = this.#byKey.get(key)
    return entry ? this.#time(entry.index) : null
  }

  /** Sets or moves the one deadline of `key`; null drops it. */
  set(key: string, at: number | null): void {
    const entry = this.#byKey.get(key)
    if (at === null) {
      if (entry) this.#drop(entry)
    } else if (!entry) {
      const added = { key, index: this.#heap.length }
      this.#byKey.set(key, added)
      this.#settle(added, at)
    } else if (at !== this.#time(entry.index)) this.#settle(entry, at)
  }

  /** Every key due at `at`, earliest first. They stay until their owner sets or drops them. */
  due(at: number): string[] {
    const found: number[] = []
    const visit = (index: number): void => {
      if (index >= this.#at.length || this.#time(index) > at) return
      found.push(index)
      for (let child = children * index + 1; child <= children * index + children; child++) visit(child)
    }
    visit(0)
    const key = (index: number): string => (this.#heap[index] as Entry).key
    return found.sort((a, b) => this.#time(a) - this.#time(b) || (key(a) < key(b) ? -1 : 1)).map(key)
  }

  #time(index: number): number {
    return this.#at[index] as number
  }

  #drop(entry: Entry): void {
    this.#byKey.delete(entry.key)
    const last = this.#heap.pop() as Entry
    const at = this.#at.pop() as number
    if (last === entry) return
    last.index = entry.index
    this.#settle(last, at)
  }

  /** Finds the place of an entry from where it stands, now that its time is `at`. */
  #settle(entry: Entry, at: number): void {
    let index = this.#risen(entry.index, at)
    if (index === entry.index) index = this.#sunk(index, at)
    this.#place(entry, index, at)
  }

  #place(entry: Entry, index: number, at: number): void {
    entry.index = index
    this.#heap[index] = entry
    this.#at[index] = at
  }

  /** Where an entry of this time belongs at or above `index`; those it passes move down. */
  #risen(from: number, at: number): number {
    let index = from
    while (index > 0) {
      const parent = Math.floor((index - 1) / children)
      if (this.#time(parent) <= at) break
      this.#place(this.#heap[parent] as Entry, index, this.#time(parent))
      index = parent
    }
    return index
  }

  /** Where it belongs at or below `index`; those it passes move up. */
  #sunk(from: number, at: number): number {
    let index = from
    for (;;) {
      const child = this.#earliestChild(index)
      if (child < 0 || this.#time(child) >= at) return index
      this.#place(this.#heap[child] as Entry, index, this.#time(child))
      index = child
    }
  }

  /** -1 for none. */
  #earliestChild(index: number): number {
    const first = children * index + 1
    const end = Math.min(first + children, this.#at.length)
    let earliest = first < end ? first : -1
    for (let child = first + 1; child < end; child++) if (this.#time(child) < this.#time(earliest)) earliest = child
    return earliest
  }
}
