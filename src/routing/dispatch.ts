/**
 * Who is rung for whom, among the queues where something changed: first the most pressing caller whose phone rings nowhere and
 * for whom somebody is free, until there is none; then whoever is still free joins in where everybody is rung.
 * filter (who may) → rank (idleness) → pick.
 */
import type { Choice } from './facts.js'
import type { QueueIndex } from './live-room.js'
import { offerTo } from './pickup.js'
import { isFree, mayJoin, type Agent, type Call } from './room.js'
import type { Turn } from './turn.js'

interface Match {
  readonly call: Call
  readonly rank: number
  readonly agents: readonly Agent[]
  readonly why: Choice
}

export function dispatch(turn: Turn): void {
  for (;;) {
    turn.settle()
    const match = mostPressing(turn, ofLine) ?? mostPressing(turn, ofRinging)
    if (!match) return
    for (const agent of match.agents) offerTo(turn, match.call, agent, match.why)
  }
}

function mostPressing(turn: Turn, matchOf: (turn: Turn, queue: QueueIndex) => Match | null): Match | null {
  let best: Match | null = null
  for (const id of turn.open) {
    const match = turn.room.hasQueue(id) ? matchOf(turn, turn.room.queue(id)) : null
    if (match && (!best || match.rank < best.rank)) best = match
  }
  return best
}

/** The first in line, and whom the queue's mode finds for them. */
function ofLine(turn: Turn, queue: QueueIndex): Match | null {
  const call = turn.room.calls.get(queue.line.first()?.id ?? '')
  const ticket = call?.state.ticket
  if (!call || !ticket) return null
  const { rank } = ticket
  if (ticket.returned && ticket.sender !== null) {
    const sender = turn.room.agents.get(ticket.sender)
    if (isFree(sender)) return { call, rank, agents: [sender], why: { rule: 'sender' } }
  }
  const able = queue.able(queue.escalated > 0)
  const first = longestIdle(able)
  if (!first) return null
  switch (queue.rules.mode) {
    case 'longest-idle':
      return { call, rank, agents: [first], why: { rule: 'longest-idle', free: able.length } }
    case 'ring-all':
      return { call, rank, agents: able, why: { rule: 'ring-all', free: able.length } }
    case 'by-hand':
      return null
  }
}

/** The most pressing caller who rings at everybody and whom somebody can still be rung for. */
function ofRinging(turn: Turn, queue: QueueIndex): Match | null {
  if (queue.rules.mode !== 'ring-all') return null
  let best: Match | null = null
  for (const id of queue.ringing) {
    const call = turn.room.calls.get(id)
    const ticket = call?.state.ticket
    if (!call || !ticket || !mayJoin(ticket, turn.at)) continue
    const agents = queue.able(ticket.escalations > 0)
    if (agents.length > 0 && (!best || ticket.rank < best.rank)) best = { call, rank: ticket.rank, agents, why: { rule: 'ring-all', free: agents.length } }
  }
  return best
}

function longestIdle(free: readonly Agent[]): Agent | null {
  let pick: Agent | null = null
  for (const agent of free) {
    if (!pick || idleSince(agent) < idleSince(pick) || (idleSince(agent) === idleSince(pick) && agent.id < pick.id))
      pick = agent
  }
  return pick
}

const idleSince = (agent: Agent): number => (agent.state.kind === 'ready' ? agent.state.since : Infinity)
