/**
 * The earliest thing to do for each call and each person: a binary heap that can change or drop an entry.
 * Every entity has at most one entry; which of its deadlines fell due is read from its own record.
 */
interface Entry {
  readonly key: string
  at: number
  index: number
}

export class Deadlines {
  readonly #heap: Entry[] = []
  readonly #byKey = new Map<string, Entry>()

  get size(): number {
    return this.#heap.length
  }

  /** Earliest time, or null when nothing is due ever. */
  next(): number | null {
    return this.#heap[0]?.at ?? null
  }

  at(key: string): number | null {
    return this.#byKey.get(key)?.at ?? null
  }

  /** Sets or moves the one deadline of `key`; null drops it. */
  set(key: string, at: number | null): void {
    const entry = this.#byKey.get(key)
    if (at === null) {
      if (entry) this.#drop(entry)
      return
    }
    if (!entry) {
      const added = { key, at, index: this.#heap.length }
      this.#byKey.set(key, added)
      this.#heap.push(added)
      this.#rise(added)
      return
    }
    entry.at = at
    this.#rise(entry)
    this.#sink(entry)
  }

  /** Every key due at `at`, earliest first. They stay until their owner sets or drops them. */
  due(at: number): string[] {
    const found: Entry[] = []
    const visit = (index: number): void => {
      const entry = this.#heap[index]
      if (!entry || entry.at > at) return
      found.push(entry)
      visit(2 * index + 1)
      visit(2 * index + 2)
    }
    visit(0)
    return found.sort((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1)).map((entry) => entry.key)
  }

  #drop(entry: Entry): void {
    this.#byKey.delete(entry.key)
    const last = this.#heap.pop() as Entry
    if (last === entry) return
    this.#place(last, entry.index)
    this.#rise(last)
    this.#sink(last)
  }

  #place(entry: Entry, index: number): void {
    entry.index = index
    this.#heap[index] = entry
  }

  #rise(entry: Entry): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >>> 1] as Entry
      if (parent.at <= entry.at) return
      const index = parent.index
      this.#place(parent, entry.index)
      this.#place(entry, index)
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1]
      const right = this.#heap[2 * entry.index + 2]
      const child = right && left && right.at < left.at ? right : left
      if (!child || child.at >= entry.at) return
      const index = child.index
      this.#place(child, entry.index)
      this.#place(entry, index)
    }
  }
}
