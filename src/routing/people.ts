/**
 * People: what state somebody is in, where they sit, and what becomes of them after a call. What they ask for is in `shifts`.
 */
import { handlingMean } from './expectation.js'
import { isAway, serves, type Agent, type AgentState } from './room.js'
import type { Position, QueueId, QueueRules, Rules } from './rules.js'
import type { Turn } from './turn.js'

/** How soon those set aside are tried again when a queue has nobody else. */
const nobodyLeftMs = 2_000

export function setState(turn: Turn, agent: Agent, state: AgentState, why: string | null = null): void {
  agent.state = state
  turn.touchAgent(agent)
  turn.note({ type: 'agent-state', agent: agent.id, state: state.kind, why })
}

/** Free again: back from a P0 too, and first in no line of idleness it did not earn. */
export function becomeReady(turn: Turn, agent: Agent, since: number = turn.at): void {
  returnFromP0(turn, agent)
  setState(turn, agent, { kind: 'ready', since })
}

/**
 * Left out for a while after a missed ring. When that leaves nobody at all for the queue, everybody set aside there is
 * tried again shortly: a phone that may not be picked up is better than no phone.
 */
export function setAside(turn: Turn, agent: Agent, queue: QueueRules, why: string): void {
  setState(turn, agent, { kind: 'aside', since: turn.at, reason: why, until: turn.at + queue.asideMs }, why)
  const staff = [...turn.room.agents.values()].filter((one) => serves(queue, one, one.position) && !isAway(one))
  if (staff.some((one) => one.state.kind !== 'aside')) return
  for (const one of staff) {
    if (one.state.kind !== 'aside') continue
    one.state = { ...one.state, until: Math.min(one.state.until, turn.at + nobodyLeftMs) }
    turn.touchAgent(one)
  }
}

/** Something else than the next call follows this one: they asked for it, or the rules no longer name them. */
export const goesAfterCall = (rules: Rules, agent: Agent): boolean => agent.afterCall !== null || !isNamed(rules, agent)

/** The person is off the line. What they asked for meanwhile comes first, else wrap-up, else free. */
export function endWork(turn: Turn, agent: Agent, call: string, queue: QueueId): void {
  const next = agent.afterCall
  const wrapUpMs = turn.room.rules.queues.get(queue)?.wrapUpMs ?? 0
  const { handling } = turn.room
  if (agent.state.kind === 'talking') handling.set(queue, handlingMean(handling.get(queue), turn.at - agent.state.since + wrapUpMs))
  agent.afterCall = null
  agent.keys = null
  if (next?.kind === 'sign-out' || !isNamed(turn.room.rules, agent)) return signOff(turn, agent)
  if (next?.kind === 'pause') {
    returnFromP0(turn, agent)
    return setState(turn, agent, { kind: 'paused', since: turn.at, reason: next.reason }, next.reason)
  }
  if (wrapUpMs > 0) setState(turn, agent, { kind: 'wrap-up', since: turn.at, until: turn.at + wrapUpMs, call })
  else becomeReady(turn, agent)
}

/** Puts somebody at another position. */
export function seat(turn: Turn, agent: Agent, to: Position, why: 'sign-in' | 'moved' | 'P0' | 'P0-over'): void {
  if (agent.position === to) return
  turn.note({ type: 'position-changed', agent: agent.id, from: agent.position, to, why })
  agent.position = to
  turn.touchAgent(agent)
}

/** The P0 that took somebody away is over (R-N1-4). */
export function returnFromP0(turn: Turn, agent: Agent): void {
  if (agent.awayFrom === null) return
  const back = agent.awayFrom
  agent.awayFrom = null
  seat(turn, agent, back, 'P0-over')
}

/** Signed out, and back at their own seat; forgotten when the rules no longer name them. */
export function signOff(turn: Turn, agent: Agent): void {
  agent.awayFrom = null
  agent.afterCall = null
  seat(turn, agent, agent.home, 'moved')
  setState(turn, agent, { kind: 'signed-out', since: turn.at })
  if (!isNamed(turn.room.rules, agent)) turn.room.forgetAgent(agent.id)
}

/** Whether the rules still name this person. */
export const isNamed = (rules: Rules, agent: Agent): boolean => rules.people.some((person) => person.id === agent.id)

/** Whether this person serves any queue at that position. */
export function fits(rules: Rules, agent: Agent, position: Position): boolean {
  for (const queue of rules.queues.values())
    if (serves(queue, agent, position)) return true
  return false
}

/** Why somebody is aside, where it is the phone that failed and not the person. */
const phoneReasons: ReadonlySet<string> = new Set(['unreachable', 'line-lost'])

/** The phone answers to SIP again: nobody stays aside for a phone that is back. */
export function phoneReachable(turn: Turn, phone: string): void {
  for (const agent of turn.room.agents.values()) {
    if (agent.phone !== phone || agent.state.kind !== 'aside' || !phoneReasons.has(agent.state.reason)) continue
    becomeReady(turn, agent)
  }
}

/** The phone began or ended a call that is none of ours: while it lasts, it is not rung. */
export function phoneEngaged(turn: Turn, phone: string, engaged: boolean): void {
  for (const agent of turn.room.agents.values()) {
    if (agent.phone !== phone || agent.engaged === engaged) continue
    agent.engaged = engaged
    turn.touchAgent(agent)
  }
}

export function personDue(turn: Turn, agent: Agent): void {
  if (agent.state.kind === 'aside' && agent.state.until <= turn.at) becomeReady(turn, agent)
  else if (agent.state.kind === 'wrap-up' && agent.state.until <= turn.at) becomeReady(turn, agent)
}
