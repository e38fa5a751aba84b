/**
 * One change of the room, written once for everybody who may see the same of it: callers are the only thing that differs among
 * those in the room, so a text is made for each set of callers that somebody sees, and there are few.
 */
import { hasOneOf, type Principal } from '../auth/principal.js'
import type { Fact } from '../routing/facts.js'
import type { Call } from '../routing/room.js'
import { seesCaller } from '../status/caller-sight.js'
import { knownCall, type LiveRoom, type EarlierCallsOf } from '../status/known-call.js'
import { viewCall, type AgentView, type CallView, type QueueView, type TrunkView } from '../status/room-view.js'
import type { SupervisionView } from '../status/supervision.js'

export interface Changed {
  readonly calls: readonly Call[]
  /** Ids of calls that are over. */
  readonly ended: readonly string[]
  readonly agents: readonly AgentView[]
  readonly queues: readonly QueueView[]
  readonly trunks: readonly TrunkView[]
  /** Null when it is as before. */
  readonly supervision: SupervisionView | null
  readonly facts: readonly Fact[]
  readonly earlierCalls: EarlierCallsOf
}

/** What somebody sees of people and calls. */
export type Sight = 'everything' | 'own-callers' | 'calls'

/** Null for whom the feed is not. */
export const sightOf = (principal: Principal): Sight | null => {
  if (hasOneOf(principal, ['supervisor', 'admin'])) return 'everything'
  if (hasOneOf(principal, ['agent'])) return 'own-callers'
  return hasOneOf(principal, ['lrm']) ? 'calls' : null
}

interface WrittenCall {
  readonly view: CallView
  readonly seen: string
  readonly unseen: string
}

/** Whether it tells of a call, and not of what somebody tried in vain. */
const ofCall = (fact: Fact): boolean => 'call' in fact && fact.type !== 'refused'

export class Change {
  readonly #calls: readonly WrittenCall[]
  readonly #head: string
  readonly #ended: string
  readonly #room: string
  readonly #facts: string
  readonly #callFacts: string
  readonly #texts = new Map<string, Buffer>()

  constructor(
    readonly seq: number,
    readonly at: number,
    { calls, ended, agents, queues, trunks, supervision, facts, earlierCalls }: Changed,
  ) {
    this.#calls = calls.map((call) => {
      const view = viewCall(call, at)
      return { view, seen: JSON.stringify(knownCall(call, view, true, earlierCalls)), unseen: JSON.stringify(knownCall(call, view, false, earlierCalls)) }
    })
    this.#head = `{"type":"change","seq":${seq},"at":${at},"calls":[`
    this.#ended = JSON.stringify(ended)
    this.#room = `"agents":${JSON.stringify(agents)},"queues":${JSON.stringify(queues)},"trunks":${JSON.stringify(trunks)}${supervision ? `,"supervision":${JSON.stringify(supervision)}` : ''}`
    this.#facts = JSON.stringify(facts)
    this.#callFacts = JSON.stringify(facts.filter(ofCall))
  }

  /** Characters that it takes, about. */
  get size(): number {
    const calls = this.#calls.reduce((sum, { seen, unseen }) => sum + seen.length + unseen.length, 0)
    return calls + this.#room.length + this.#facts.length + this.#callFacts.length
  }

  /** As somebody may see it. */
  textFor(principal: Principal, sight: Sight, room: Pick<LiveRoom, 'agents' | 'queues'>): Buffer {
    const isSeen = this.#calls.map(({ view }) => sight !== 'own-callers' || seesCaller(principal, view, room))
    const key = `${sight === 'calls' ? 'c' : ''}${isSeen.map(Number).join('')}`
    const known = this.#texts.get(key)
    if (known) return known
    const calls = this.#calls.map(({ seen, unseen }, index) => (isSeen[index] ? seen : unseen)).join()
    const rest = sight === 'calls' ? `"agents":[],"queues":[],"trunks":[],"facts":${this.#callFacts}` : `${this.#room},"facts":${this.#facts}`
    const text = Buffer.from(`${this.#head}${calls}],"ended":${this.#ended},${rest}}`)
    this.#texts.set(key, text)
    return text
  }

  /** Everybody there has it: whoever comes back for it has it written anew. */
  forgetTexts(): void {
    this.#texts.clear()
  }
}
