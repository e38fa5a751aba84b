/**
 * Who is rung for whom: among the queues where something changed, the most pressing caller for whom somebody is free,
 * until none is left. filter (who may) → rank (idleness) → pick.
 */
import type { Choice } from './facts.js'
import type { QueueIndex } from './live-room.js'
import { offerTo } from './pickup.js'
import { isFree, type Agent, type Call } from './room.js'
import type { Turn } from './turn.js'

interface Match {
  readonly call: Call
  readonly rank: number
  readonly agent: Agent
  readonly why: Choice
}

export function dispatch(turn: Turn): void {
  for (;;) {
    turn.settle()
    let best: Match | null = null
    for (const id of turn.open) {
      const match = turn.room.hasQueue(id) ? matchOf(turn, turn.room.queue(id)) : null
      if (!match) turn.open.delete(id)
      else if (!best || match.rank < best.rank) best = match
    }
    if (!best) return
    offerTo(turn, best.call, best.agent, best.why)
  }
}

function matchOf(turn: Turn, queue: QueueIndex): Match | null {
  const place = queue.line.first()
  const call = place && turn.room.calls.get(place.id)
  const ticket = call?.state.ticket
  if (!place || !call || !ticket) return null
  if (ticket.returned && ticket.sender !== null) {
    const sender = turn.room.agents.get(ticket.sender)
    if (isFree(sender)) return { call, rank: place.rank, agent: sender, why: { rule: 'sender' } }
  }
  const free = queue.escalated > 0 ? [...queue.free, ...queue.reserve] : [...queue.free]
  const agent = longestIdle(free)
  return agent && { call, rank: place.rank, agent, why: { rule: 'longest-idle', free: free.length } }
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
