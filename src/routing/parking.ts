/**
 * Parked callers: on music, kept for whoever parked them, in no line for so long. Theirs is a ticket at the head of the queue in
 * which the agent had answered, held back until its time: left by `pick`, or by `release` (→ in line, its owner asked first).
 */
import type { Refusal } from './events.js'
import type { Call, Ticket } from './room.js'
import { N1 } from './rules.js'
import { announceLater, askSender, conversationOf, newTicket, partLeaves, ticketFor } from './transfers.js'
import type { Turn } from './turn.js'

/** The last agent on the line puts the caller on music, and is free. */
export function park(turn: Turn, who: { agent: string; call: string }): Refusal | null {
  const found = conversationOf(turn, who.agent, who.call)
  if (typeof found === 'string') return found
  const { call, state, party } = found
  if (state.ticket) return 'transfer-pending'
  if (state.place) return 'has-a-place'
  if (state.parties.length > 1 || state.guests.length > 0) return 'others-on-call'
  const { routes, parkMs } = turn.room.rules
  const queue = routes.get(party.queue) ?? N1
  turn.note({ type: 'parked', call: call.id, queue, agent: party.agent, forMs: parkMs })
  state.ticket = { ...ticketFor(turn, call, queue, 'parked-too-long', { sender: party.agent, head: true }), heldUntil: turn.at + parkMs }
  call.reopened = queue === N1 && call.orientation !== null
  partLeaves(turn, call, party, 'left', false)
  return null
}

/** Nobody came back to the caller in time: they stand at the head of the line. A phone that rings for them goes on ringing. */
export function release(turn: Turn, call: Call, { queue, sender, offers }: Ticket, why: 'parked-too-long' | 'owner-left'): void {
  const ticket: Ticket = { ...newTicket(turn, call, queue, why, { head: true, ...(sender !== null && { sender }) }), offers }
  call.state = { kind: 'seeking', ticket }
  announceLater(turn, call, ticket)
  turn.touchCall(call)
  askSender(turn, call, ticket)
}

/** Whoever left does not come back to the callers they parked. */
export function releaseOfAbsent(turn: Turn): void {
  for (const { held } of turn.room.queues()) {
    for (const id of held) {
      const call = turn.room.calls.get(id)
      const ticket = call?.state.ticket
      if (!call || !ticket || call.channel === null) continue
      const owner = turn.room.agents.get(ticket.sender ?? '')
      if (!owner || owner.state.kind === 'signed-out') release(turn, call, ticket, 'owner-left')
    }
  }
}
