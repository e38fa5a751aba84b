/**
 * Simulated time: what is to happen, in order, and to whom.
 *
 * Everything that happens belongs to a process (an engine, Asterisk, Redis) or to the world (null). A frozen process (SIGSTOP)
 * takes nothing: what was to happen to it waits, and happens when it is thawed, as in a real one: first the timers that ran out, then
 * what came in by its sockets, then what it put off until after that (`setImmediate`). A dead process takes nothing ever.
 */
export class Process {
  frozen = false
  dead = false
  /** When it last began to move again. */
  thawedAt = -1
  /** How far this machine's wall clock is from the right time. */
  wallErrorMs = 0
  readonly backlog: Entry[] = []

  constructor(readonly name: string) {}
}

export type Phase = 'timer' | 'socket' | 'after'
const order: Readonly<Record<Phase, number>> = { timer: 0, socket: 1, after: 2 }

export interface Timer {
  cancel(): void
}

/** What the fakes ask of time; see `RealTime` for the other one. */
export interface Time {
  /** Milliseconds since the beginning, with fractions. */
  readonly now: number
  post(owner: Process | null, delayMs: number, run: () => void, phase?: Phase): Timer
}

class Entry implements Timer {
  constructor(
    public at: number,
    readonly phase: number,
    public seq: number,
    readonly owner: Process | null,
    public run: (() => void) | null,
  ) {}

  cancel(): void {
    this.run = null
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && (a.phase < b.phase || (a.phase === b.phase && a.seq < b.seq)))

export class Timeline implements Time {
  now = 0
  /** Whose turn it is, from its callback until all that came of it at once is done. */
  current: Process | null = null
  /** How many things happened so far. */
  happened = 0
  readonly #heap: Entry[] = []
  #seq = 0

  post(owner: Process | null, delayMs: number, run: () => void, phase: Phase = 'socket'): Timer {
    const entry = new Entry(this.now + Math.max(0, delayMs), order[phase], ++this.#seq, owner, run)
    this.#push(entry)
    return entry
  }

  /**
   * The next thing that happens, with time moved on to it; null when nothing does until `until`.
   * What happens to a process that is frozen or dead does not come out here.
   */
  next(until: number): { readonly owner: Process | null; readonly run: () => void } | null {
    for (;;) {
      const entry = this.#heap[0]
      if (!entry || entry.at > until) return null
      this.#pop()
      const { owner, run } = entry
      if (run === null || owner?.dead) continue
      if (owner?.frozen) {
        owner.backlog.push(entry)
        continue
      }
      this.now = Math.max(this.now, entry.at)
      this.happened++
      return { owner, run }
    }
  }

  freeze(process: Process): void {
    process.frozen = true
  }

  thaw(process: Process): void {
    process.frozen = false
    process.thawedAt = this.now
    for (const entry of process.backlog.splice(0)) {
      entry.at = this.now
      entry.seq = ++this.#seq
      this.#push(entry)
    }
  }

  kill(process: Process): void {
    process.dead = true
    process.backlog.length = 0
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(entry, heap[parent] as Entry)) break
      heap[index] = heap[parent] as Entry
      index = parent
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++
      if (!before(heap[child] as Entry, last)) break
      heap[index] = heap[child] as Entry
      index = child
    }
    heap[index] = last
  }
}

/** The fakes on real time: for the suites that hold them to the real thing. */
export class RealTime implements Time {
  readonly #since = performance.now()

  get now(): number {
    return performance.now() - this.#since
  }

  post(owner: Process | null, delayMs: number, run: () => void): Timer {
    const happen = (): void => {
      if (owner?.dead) return
      if (owner?.frozen) this.#waiting.push({ owner, run })
      else run()
    }
    const timer = setTimeout(happen, delayMs)
    return { cancel: () => clearTimeout(timer) }
  }

  readonly #waiting: { owner: Process; run: () => void }[] = []

  thaw(process: Process): void {
    process.frozen = false
    const due = this.#waiting.filter(({ owner }) => owner === process)
    for (const one of due) this.#waiting.splice(this.#waiting.indexOf(one), 1)
    for (const { run } of due) run()
  }
}
