/** Calls that agents make count in no indicator, whatever becomes of them: which facts are of one. */
import type { Fact } from '../routing/facts.js'
import type { CallId } from '../routing/events.js'

export class OutgoingCalls {
  readonly #calls = new Set<CallId>()

  /** Whether the fact is of such a call; facts come in the order of the journal. */
  has(fact: Fact): boolean {
    if (!('call' in fact) || fact.call === null) return false
    if (fact.type === 'called-out') this.#calls.add(fact.call)
    return fact.type === 'ended' ? this.#calls.delete(fact.call) : this.#calls.has(fact.call)
  }
}
