/** As what each person picked up, until they leave the call, and how long they take to wrap it up. */
import type { AgentId, CallId } from '../routing/events.js'

export interface Work {
  readonly role: string
  readonly position: string
}

/** Of a call picked up before this engine was there. */
const unknown: Work = { role: 'unknown', position: 'unknown' }

export class WorkBook {
  readonly #calls = new Map<CallId, Map<AgentId, Work>>()
  /** As what people last left a call. */
  readonly #last = new Map<AgentId, Work>()
  /** Since when people wrap up. */
  readonly #wrapUps = new Map<AgentId, number>()

  begin(call: CallId, agent: AgentId, work: Work): void {
    const people = this.#calls.get(call) ?? new Map<AgentId, Work>()
    this.#calls.set(call, people.set(agent, work))
  }

  leave(call: CallId, agent: AgentId): Work {
    const work = this.#calls.get(call)?.get(agent) ?? unknown
    this.#last.set(agent, work)
    return work
  }

  end(call: CallId): void {
    this.#calls.delete(call)
  }

  /** A person's state is another. @returns the wrap-up that is over with it, if any */
  turn(agent: AgentId, state: string, at: number): { readonly role: string; readonly ms: number } | null {
    const since = this.#wrapUps.get(agent)
    this.#wrapUps.delete(agent)
    if (state === 'wrap-up') this.#wrapUps.set(agent, at)
    return since === undefined ? null : { role: (this.#last.get(agent) ?? unknown).role, ms: at - since }
  }
}
