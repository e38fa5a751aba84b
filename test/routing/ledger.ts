/**
 * What the journal must add up to, told by its facts alone: every call presented once and ended once, every offer resolved
 * once, every conversation left once.
 */
import type { Fact } from '../../src/routing/facts.js'

export class Ledger {
  readonly faults: string[] = []
  /** Calls presented and not ended. */
  readonly open = new Set<string>()
  /** Offers made and not resolved: leg → call and agent. */
  readonly offers = new Map<string, { call: string; agent: string }>()
  /** Agents on the line: `agent/call`. */
  readonly talks = new Set<string>()
  readonly #ended = new Set<string>()

  /** The sums as they are now. */
  copy(): Ledger {
    const copy = new Ledger()
    for (const call of this.open) copy.open.add(call)
    for (const [leg, offer] of this.offers) copy.offers.set(leg, offer)
    for (const talk of this.talks) copy.talks.add(talk)
    for (const call of this.#ended) copy.#ended.add(call)
    return copy
  }

  /** What a memory says of calls that ended. */
  get over(): string[] {
    return [...this.#ended]
  }

  read(fact: Fact): void {
    switch (fact.type) {
      case 'presented':
        if (this.open.has(fact.call)) this.#say(`${fact.call} is presented while it is here`)
        if (this.#ended.has(fact.call)) this.#say(`${fact.call} is presented after its end`)
        this.open.add(fact.call)
        return
      case 'received':
      case 'called-out':
        if (this.open.has(fact.call) || this.#ended.has(fact.call)) this.#say(`${fact.call} begins and was here`)
        this.open.add(fact.call)
        return
      case 'ended':
        if (!this.open.delete(fact.call)) this.#say(`${fact.call} ends and is not here`)
        // Of whom there is no news may come again.
        if (fact.why !== 'no-news-of-fallback') this.#ended.add(fact.call)
        for (const [leg, offer] of this.offers) if (offer.call === fact.call) this.#say(`${fact.call} ended while ${leg} rings`)
        for (const talk of this.talks) if (talk.endsWith(`/${fact.call}`)) this.#say(`${fact.call} ended while ${talk} talks`)
        return
      case 'offered':
        if (this.offers.has(fact.leg)) this.#say(`${fact.leg} is offered twice`)
        this.offers.set(fact.leg, { call: fact.call, agent: fact.agent })
        return
      case 'missed':
        if (!this.offers.delete(fact.leg)) this.#say(`${fact.leg} is missed and was not offered`)
        return
      case 'picked-up':
        return this.#pickedUp(fact.call, fact.agent)
      case 'supervisor-joined':
        this.talks.add(`${fact.agent}/${fact.call}`)
        return
      case 'left':
        if (!this.talks.delete(`${fact.agent}/${fact.call}`)) this.#say(`${fact.agent} left ${fact.call} and was not on it`)
        return
      default:
    }
  }

  #pickedUp(call: string, agent: string): void {
    const found = [...this.offers].find(([, offer]) => offer.call === call && offer.agent === agent)
    if (!found) this.#say(`${agent} picked up ${call} and was not offered it`)
    else this.offers.delete(found[0])
    const talk = `${agent}/${call}`
    if (this.talks.has(talk)) this.#say(`${agent} picked up ${call} twice`)
    this.talks.add(talk)
  }

  #say(text: string): void {
    this.faults.push(text)
  }
}
