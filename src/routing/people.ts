/**
 * People: signing in and out, pauses, rotation between N1 and the filières, and what becomes of somebody after a call.
 * A person on a call is never taken off it by what they ask here: it waits for the call's end (`afterCall`).
 */
import type { Command, Refusal } from './events.js'
import type { Agent, AgentState } from './room.js'
import { N1, type Position, type QueueId, type Rules } from './rules.js'
import type { Turn } from './turn.js'
import { withdrawOffer } from './pickup.js'

export function setState(turn: Turn, agent: Agent, state: AgentState, why: string | null = null): void {
  agent.state = state
  turn.touchAgent(agent)
  turn.note({ type: 'agent-state', agent: agent.id, state: state.kind, why })
}

/** Free again: back from a P0 too, and first in no line of idleness it did not earn. */
export function becomeReady(turn: Turn, agent: Agent, since: number = turn.at): void {
  returnFromP0(turn, agent)
  setState(turn, agent, { kind: 'ready', since })
  // A transfer that came back waits at the head of N1 for whoever sent it, wherever that person sits.
  turn.open.add(N1)
}

/** The person is off the line. What they asked for meanwhile comes first, else wrap-up, else free. */
export function endWork(turn: Turn, agent: Agent, call: string, queue: QueueId): void {
  const next = agent.afterCall
  agent.afterCall = null
  agent.keys = null
  if (next?.kind === 'sign-out') return signOff(turn, agent)
  if (next?.kind === 'pause') {
    returnFromP0(turn, agent)
    return setState(turn, agent, { kind: 'paused', since: turn.at, reason: next.reason }, next.reason)
  }
  const wrapUpMs = turn.room.rules.queues.get(queue)?.wrapUpMs ?? 0
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

function returnFromP0(turn: Turn, agent: Agent): void {
  if (agent.awayFrom === null) return
  const back = agent.awayFrom
  agent.awayFrom = null
  seat(turn, agent, back, 'P0-over')
}

function signOff(turn: Turn, agent: Agent): void {
  agent.awayFrom = null
  agent.afterCall = null
  seat(turn, agent, agent.home, 'moved')
  setState(turn, agent, { kind: 'signed-out', since: turn.at })
  if (!isNamed(turn.room.rules, agent)) turn.room.forgetAgent(agent.id)
}

/** Whether the rules still name this person. */
const isNamed = (rules: Rules, agent: Agent): boolean => rules.people.some((person) => person.id === agent.id)

/** Whether this person serves any queue at that position. */
export function fits(rules: Rules, agent: Agent, position: Position): boolean {
  for (const queue of rules.queues.values())
    if (queue.position === position && queue.roles.some((role) => agent.roles.includes(role))) return true
  return false
}

const knownPosition = (rules: Rules, position: Position): boolean => position === N1 || rules.filieres.has(position)

export function signIn(turn: Turn, command: Extract<Command, { type: 'sign-in' }>): Refusal | null {
  const agent = turn.room.agents.get(command.agent)
  if (!agent) return 'unknown-agent'
  const position = command.position ?? (agent.state.kind === 'signed-out' ? agent.home : agent.position)
  if (!knownPosition(turn.room.rules, position)) return 'unknown-position'
  if (!fits(turn.room.rules, agent, position)) return 'not-qualified-for-position'
  if (agent.state.kind !== 'signed-out') return position === agent.position ? null : move(turn, { ...command, type: 'move', position })
  seat(turn, agent, position, 'sign-in')
  becomeReady(turn, agent)
  return null
}

export function signOut(turn: Turn, command: Extract<Command, { type: 'sign-out' }>): Refusal | null {
  const agent = turn.room.agents.get(command.agent)
  if (!agent) return 'unknown-agent'
  if (agent.state.kind === 'signed-out') return null
  if (!afterCall(turn, agent, { kind: 'sign-out' })) signOff(turn, agent)
  return null
}

export function ready(turn: Turn, command: Extract<Command, { type: 'ready' }>): Refusal | null {
  const agent = turn.room.agents.get(command.agent)
  if (!agent) return 'unknown-agent'
  switch (agent.state.kind) {
    case 'signed-out':
      return 'not-signed-in'
    case 'ready':
      return null
    case 'offered':
    case 'talking':
      if (isNamed(turn.room.rules, agent)) agent.afterCall = null
      turn.touchAgent(agent)
      return null
    case 'paused':
    case 'aside':
    case 'wrap-up':
      becomeReady(turn, agent)
      return null
  }
}

export function pause(turn: Turn, command: Extract<Command, { type: 'pause' }>): Refusal | null {
  const agent = turn.room.agents.get(command.agent)
  if (!agent) return 'unknown-agent'
  if (agent.state.kind === 'signed-out') return 'not-signed-in'
  if (!turn.room.rules.pauseReasons.includes(command.reason)) return 'unknown-pause-reason'
  if (afterCall(turn, agent, { kind: 'pause', reason: command.reason })) return null
  returnFromP0(turn, agent)
  setState(turn, agent, { kind: 'paused', since: turn.at, reason: command.reason }, command.reason)
  return null
}

/** Rotation between front and back office (R-N1-6). */
export function move(turn: Turn, command: Extract<Command, { type: 'move' }>): Refusal | null {
  const agent = turn.room.agents.get(command.agent)
  if (!agent) return 'unknown-agent'
  if (agent.state.kind === 'signed-out') return 'not-signed-in'
  if (!knownPosition(turn.room.rules, command.position)) return 'unknown-position'
  if (!fits(turn.room.rules, agent, command.position)) return 'not-qualified-for-position'
  // On a P0 the person is already away: the move says where they come back to.
  if (agent.awayFrom !== null) agent.awayFrom = command.position
  else seat(turn, agent, command.position, 'moved')
  turn.touchAgent(agent)
  return null
}

/** The phone answers to SIP again: nobody stays aside for a phone that is back. */
export function phoneReachable(turn: Turn, phone: string): void {
  for (const agent of turn.room.agents.values()) {
    if (agent.phone !== phone || agent.state.kind !== 'aside' || agent.state.reason !== 'unreachable') continue
    becomeReady(turn, agent)
  }
}

export function personDue(turn: Turn, agent: Agent): void {
  if (agent.state.kind === 'aside' && agent.state.until <= turn.at) becomeReady(turn, agent)
  else if (agent.state.kind === 'wrap-up' && agent.state.until <= turn.at) becomeReady(turn, agent)
}

/**
 * Keeps what somebody wants to do next until their call is over. A phone that merely rings stops at once and the next person is
 * rung; one that was picked up is a call already.
 * @returns false when there is no call to wait for.
 */
function afterCall(turn: Turn, agent: Agent, next: NonNullable<Agent['afterCall']>): boolean {
  const { state } = agent
  if (state.kind !== 'talking' && state.kind !== 'offered') return false
  // Nobody the rules no longer name stays longer than their call.
  if (isNamed(turn.room.rules, agent)) agent.afterCall = next
  turn.touchAgent(agent)
  const call = turn.room.calls.get(state.call)
  const offer = call?.state.ticket?.offers.find((candidate) => candidate.leg === state.leg)
  if (call && offer?.phase === 'ringing') withdrawOffer(turn, call, offer)
  return true
}
