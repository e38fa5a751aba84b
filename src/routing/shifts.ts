/**
 * What people ask for about themselves: signing in and out, pauses, rotation between N1 and the filières.
 * A person on a call is never taken off it by what they ask here: it waits for the call's end (`afterCall`).
 */
import type { Command, Refusal } from './events.js'
import { becomeReady, fits, returnFromP0, seat, setState, signOff } from './people.js'
import { withdrawOffer } from './pickup.js'
import type { Agent } from './room.js'
import { N1, type Position, type Rules } from './rules.js'
import type { Turn } from './turn.js'

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
      agent.afterCall = null
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

/**
 * Keeps what somebody wants to do next until their call is over. A phone that merely rings stops at once and the next person is
 * rung; one that was picked up is a call already.
 * @returns false when there is no call to wait for.
 */
function afterCall(turn: Turn, agent: Agent, next: NonNullable<Agent['afterCall']>): boolean {
  const { state } = agent
  if (state.kind !== 'talking' && state.kind !== 'offered') return false
  agent.afterCall = next
  turn.touchAgent(agent)
  const call = turn.room.calls.get(state.call)
  const offer = call?.state.ticket?.offers.find((candidate) => candidate.leg === state.leg)
  if (call && offer?.phase === 'ringing') withdrawOffer(turn, call, offer)
  return true
}
