/**
 * The order of offers as the journal has it: one clock, no phone in between, so nothing is let pass. It says what was decided;
 * what became of it is for the phones to say.
 */
import type { Fact } from '../../src/routing/facts.js'

interface Place {
  readonly arrivedAt: number
  /** Back from a conversation: before all who are not (decision 0002). */
  readonly isBack: boolean
}

/** Offers to somebody while somebody else of the same class stood before them. */
export function overtakings(facts: readonly Fact[]): Extract<Fact, { type: 'offered' }>[] {
  const arrivals = new Map<string, number>()
  const places = new Map<string, Place>()
  const waiting = new Set<string>()
  return facts.filter((fact) => {
    switch (fact.type) {
      case 'presented':
        arrivals.set(fact.call, fact.arrivedAt)
        return false
      case 'queued': {
        const arrivedAt = arrivals.get(fact.call)
        if (arrivedAt === undefined) return false
        places.set(fact.call, { arrivedAt, isBack: fact.why === 'agent-lost' })
        waiting.add(fact.call)
        return false
      }
      case 'missed':
        if (places.has(fact.call)) waiting.add(fact.call)
        return false
      case 'to-fallback':
        // When they came is not what the journal says, if no engine heard it: they are left to the phones.
        arrivals.delete(fact.call)
        places.delete(fact.call)
        waiting.delete(fact.call)
        return false
      case 'picked-up':
        waiting.delete(fact.call)
        return false
      case 'ended':
        waiting.delete(fact.call)
        places.delete(fact.call)
        return false
      case 'offered':
        waiting.delete(fact.call)
        return [...waiting].some((call) => isBefore(places.get(call), places.get(fact.call)))
      default:
        return false
    }
  }) as Extract<Fact, { type: 'offered' }>[]
}

function isBefore(one: Place | undefined, other: Place | undefined): boolean {
  if (!one || !other) return false
  return one.isBack === other.isBack ? one.arrivedAt < other.arrivedAt : one.isBack
}
