/** Which facts are of no call of the public, and count in no indicator: of calls that agents make, and of the canary. */
import type { CallId } from '../routing/events.js'
import type { Fact } from '../routing/facts.js'
import type { Call } from '../routing/room.js'
import { CANARY } from '../routing/rules.js'

export type NotPublicKind = 'outgoing' | 'canary'

export class NotPublic {
  readonly #calls = new Map<CallId, NotPublicKind>()

  /** Calls that were there before the facts. */
  adopt(calls: Iterable<Pick<Call, 'id' | 'trunk' | 'outgoing'>>): void {
    for (const { id, trunk, outgoing } of calls) {
      if (trunk === CANARY) this.#calls.set(id, 'canary')
      else if (outgoing !== null) this.#calls.set(id, 'outgoing')
    }
  }

  /** Null for what is of the public or of no call; facts come in the order of the journal. */
  kindOf(fact: Fact): NotPublicKind | null {
    if (fact.type === 'turned-away') return fact.trunk === CANARY ? 'canary' : null
    if (!('call' in fact) || fact.call === null) return 'agent' in fact && fact.agent === CANARY ? 'canary' : null
    if (fact.type === 'called-out') this.#calls.set(fact.call, 'outgoing')
    if (fact.type === 'presented' && fact.trunk === CANARY) this.#calls.set(fact.call, 'canary')
    const kind = this.#calls.get(fact.call) ?? null
    if (fact.type === 'ended') this.#calls.delete(fact.call)
    return kind
  }
}
