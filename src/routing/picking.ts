/**
 * A caller chosen by somebody instead of somebody chosen for the caller: from a line served by hand, out of turn from any other, from
 * those who are parked, and for a word with those who have waited for long (R-N2-3).
 */
import type { Command, PickReason, Refusal } from './events.js'
import type { Choice } from './facts.js'
import { becomeReady } from './people.js'
import { offerTo } from './pickup.js'
import { hasRoleFor, serves, type Agent, type Call, type Ticket } from './room.js'
import { N1 } from './rules.js'
import type { Turn } from './turn.js'

/** The agent's phone rings for that caller, and then it is an offer like any other. */
export function pick(turn: Turn, command: Extract<Command, { type: 'pick' }>): Refusal | null {
  const { room } = turn
  const agent = room.agents.get(command.agent)
  if (!agent) return 'unknown-agent'
  const call = room.calls.get(command.call)
  if (!call) return 'unknown-call'
  if (agent.state.kind === 'signed-out') return 'not-signed-in'
  if ((agent.state.kind !== 'ready' && agent.state.kind !== 'wrap-up') || agent.engaged) return 'not-free'
  const { ticket } = call.state
  if (!ticket) return 'not-waiting'
  if (ticket.offers.length > 0 || call.away?.phase === 'connecting') return 'already-rung'
  const why = choiceOf(turn, agent, call, ticket, command.reason ?? null)
  if (typeof why === 'string') return why
  if (agent.state.kind === 'wrap-up') becomeReady(turn, agent)
  offerTo(turn, call, agent, why)
  return null
}

/** By which right; no reason is asked for a caller of one's own, the first in line, or a word that is due. */
function choiceOf(turn: Turn, agent: Agent, call: Call, ticket: Ticket, reason: PickReason | null): Choice | Refusal {
  const { line, rules } = turn.room.queue(ticket.queue)
  // Where they are as soon as they are free: back from a P0.
  const position = agent.awayFrom ?? agent.position
  const own = ticket.returned && ticket.sender === agent.id
  const helps = ticket.escalations > 0 && rules.reinforcedBy.includes(position) && hasRoleFor(rules, agent)
  if (!own && !helps && !serves(rules, agent, position))
    return ticket.rechecksDue > 0 && serves(turn.room.queue(N1).rules, agent, position) ? { rule: 'recheck' } : 'not-serving-queue'
  const parked = ticket.heldUntil !== null
  const ahead = parked ? 0 : line.positionOf({ id: call.id, rank: ticket.rank })
  if (!own && reason === null && (parked || ahead > 0)) return 'reason-required'
  return { rule: 'picked', ahead, reason }
}
