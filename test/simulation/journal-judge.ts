/**
 * What the journal must add up to. Every entry that ever reached Redis is known here, also those that Redis lost later.
 *
 *   - what an engine wrote is what it decided, in that order, each fact once, without a gap, save for the end that a death cut off;
 *     a fact is missing only when it was written and Redis lost it. Of the engine that lives at the end, nothing is missing;
 *   - every caller who came is there, and every call that is there ended, once.
 *
 * Excused: calls of which the memory was lost with an engine or by Redis (`forgotten`): they may be there twice or not at all.
 * Callers who died with the PBX before an engine was told of them are in no record. A call may come again after it ended for want
 * of news from the fallback.
 */
import type { Fact } from '../../src/routing/facts.js'

interface Written {
  readonly json: string
  readonly epoch: string
  lost: boolean
}

export class JournalJudge {
  /** What each engine decided, by epoch. */
  readonly #decided = new Map<string, string[]>()
  readonly #written: Written[] = []
  readonly #callers = new Set<string>()

  constructor(private readonly fault: (text: string) => void) {}

  decided(epoch: string, fact: Fact): void {
    const facts = this.#decided.get(epoch)
    const json = JSON.stringify(fact)
    if (facts) facts.push(json)
    else this.#decided.set(epoch, [json])
  }

  appended(json: string, epoch: string): void {
    this.#written.push({ json, epoch, lost: false })
  }

  /** A caller who came is gone, and not because the PBX died. */
  gone(call: string): void {
    this.#callers.add(call)
  }

  lost(json: string): void {
    for (let i = this.#written.length - 1; i >= 0; i--) {
      const entry = this.#written[i] as Written
      if (entry.lost || entry.json !== json) continue
      entry.lost = true
      return
    }
  }

  /** Calls that this engine decided on, and wrote nothing of. */
  unwritten(epoch: string): string[] {
    const written = new Set(this.#written.map(({ json }) => json))
    const facts = (this.#decided.get(epoch) ?? []).filter((json) => !written.has(json)).map((json) => JSON.parse(json) as Fact)
    return facts.flatMap((fact) => (fact.type === 'presented' ? [fact.call] : []))
  }

  /** @param whole the epoch of which nothing may be missing */
  conclude(whole: string | null, isForgotten: (call: string) => boolean): void {
    for (const epoch of this.#decided.keys()) this.#compare(epoch, epoch === whole)
    this.#sum(isForgotten)
  }

  #compare(epoch: string, whole: boolean): void {
    const decided = this.#decided.get(epoch) as string[]
    const own = this.#written.filter((entry) => entry.epoch === epoch)
    const there = own.filter(({ lost }) => !lost).map(({ json }) => json)
    const lost = new Map<string, number>()
    for (const { json } of own.filter((entry) => entry.lost)) lost.set(json, (lost.get(json) ?? 0) + 1)
    let next = 0
    let missing = 0
    let gap: string | null = null
    for (const fact of decided) {
      if (fact === there[next]) {
        if (gap !== null) return this.fault(`the journal of ${epoch} misses ${gap} before ${fact}`)
        next++
        continue
      }
      const count = lost.get(fact) ?? 0
      if (count > 0) {
        lost.set(fact, count - 1)
        continue
      }
      gap ??= fact
      missing++
    }
    if (next < there.length) this.fault(`the journal of ${epoch} has ${there[next]} twice, out of order, or undecided`)
    if (whole && missing > 0) this.fault(`the journal of ${epoch} misses ${missing} facts, the first ${gap}`)
  }

  #sum(isForgotten: (call: string) => boolean): void {
    const calls = new Map<string, { presented: number; ended: number; again: boolean }>()
    const forgotten = new Set<string>()
    for (const { json, lost } of this.#written) {
      const fact = JSON.parse(json) as Fact
      if (!('call' in fact) || fact.call === null) continue
      if (lost) {
        forgotten.add(fact.call)
        continue
      }
      let sums = calls.get(fact.call)
      if (!sums) calls.set(fact.call, (sums = { presented: 0, ended: 0, again: false }))
      if (fact.type === 'presented') sums.presented++
      if (fact.type !== 'ended') continue
      sums.ended++
      sums.again ||= fact.why === 'no-news-of-fallback'
    }
    for (const call of this.#callers) if (!calls.has(call) && !forgotten.has(call) && !isForgotten(call)) this.fault(`${call} is in no journal`)
    for (const [call, { presented, ended, again }] of calls) {
      if (forgotten.has(call) || isForgotten(call)) continue
      if (presented !== ended) this.fault(`${call} is presented ${presented} times and ended ${ended} times`)
      else if (ended !== 1 && !again) this.fault(`${call} ended ${ended} times`)
    }
  }
}
