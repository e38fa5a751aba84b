/**
 * What must always hold. `assertSound` looks at what one decision touched, on every decision, in production too: its cost
 * does not depend on the room. `faultsOf` looks at everything, for tests and simulation.
 */
import { isFree, mayJoin, standing, type Agent, type Call, type Ticket } from './room.js'
import type { Room } from './live-room.js'
import { N1 } from './rules.js'
import type { Turn } from './turn.js'

export class UnsoundRoom extends Error {}

/** @throws UnsoundRoom when a record touched by this decision breaks a rule. */
export function assertSound(turn: Turn): void {
  const faults: string[] = []
  for (const id of turn.calls) {
    const call = turn.room.calls.get(id)
    if (call) faults.push(...faultsOfCall(turn.room, call, turn.at))
  }
  for (const id of turn.agents) {
    const agent = turn.room.agents.get(id)
    if (agent) faults.push(...faultsOfAgent(turn.room, agent))
  }
  if (faults.length > 0) throw new UnsoundRoom(faults.join('; '))
}

/** Every broken rule of the whole room, in words; empty when it is sound. */
export function faultsOf(room: Room, at: number): string[] {
  const faults: string[] = []
  for (const call of room.calls.values()) faults.push(...faultsOfCall(room, call, at))
  for (const agent of room.agents.values()) faults.push(...faultsOfAgent(room, agent))
  for (const queue of room.queues()) faults.push(...faultsOfQueue(room, queue.rules.id, at))
  return faults
}

function faultsOfCall(room: Room, call: Call, at: number): string[] {
  const faults: string[] = []
  const say = (text: string): number => faults.push(`call ${call.id} ${text}`)
  const { state } = call
  const { ticket } = state
  if (state.kind === 'talking') {
    const company = state.guests.filter(({ phase }) => phase === 'there')
    if (state.parties.length + company.length === 0) say('talks to nobody')
    if (state.listeners.length > 0 && state.parties.length === 0) say('is listened to and nobody talks')
    for (const { agent: id, leg } of state.listeners) {
      const { state: doing } = room.agents.get(id) ?? { state: null }
      if (doing?.kind !== 'talking' || doing.leg !== leg) say(`is listened to by ${id} who does not know`)
    }
    if (state.callerHeld && (company.length === 0 || state.parties.length === 0)) say('waits apart for nobody')
    for (const { leg, phase, until } of state.guests) {
      if (room.callOfLeg(leg) !== call) say(`is not found by its guest ${leg}`)
      if ((phase === 'ringing') !== (until !== null)) say(`calls ${leg} for ever`)
    }
    for (const party of state.parties) {
      const agent = room.agents.get(party.agent)
      if (agent?.state.kind !== 'talking' || agent.state.call !== call.id || agent.state.leg !== party.leg)
        say(`has ${party.agent} on the line who is not talking to it`)
      if (room.callOfLeg(party.leg) !== call) say(`is not found by its leg ${party.leg}`)
    }
    if (call.givenTo === null && (call.pickedUpAt === null || call.drm === null)) say('talks without a pickup or a DRM')
    if (state.place && room.rules.routes.get(state.place.queue) !== state.place.queue) say(`has a place at ${state.place.queue} which is closed`)
    if (state.place && state.place.offers.length > 0) say('has a place that rings')
  } else if (state.kind === 'seeking' && !ticket) say('seeks without a ticket')
  if (call.away && (state.kind !== 'seeking' || call.channel === null)) say('is offered away and seeks nobody')
  if (call.away && room.callOfLeg(call.away.leg) !== call) say(`is not found by its leg ${call.away.leg}`)
  if (call.away && (call.away.phase === 'connecting') !== (call.away.bridge !== null)) say('connects to a neighbour without a bridge')
  if (call.away?.phase === 'connecting' && ticket !== null && ticket.offers.length > 0) say('connects to a neighbour and rings here')
  if (call.givenTo !== null && state.kind !== 'talking') say('is with a neighbour and talks to nobody')
  if (call.channel === null && (state.kind !== 'seeking' || call.callback === null)) say('has no caller and is not to call one back')
  if (call.callback?.leg && !ticket?.offers.some(({ phase }) => phase === 'dialling')) say('calls its caller for nobody')
  if (call.channel === null && ticket?.offers.some(({ phase }) => phase === 'connecting')) say('connects to nobody')
  const due = room.deadlines.at(call.id)
  if (state.kind === 'fallback') {
    if (due !== state.until) say('is with the fallback for ever')
    if ((state.place?.offers.length ?? 0) > 0) say('is with the fallback and rings')
    return faults
  }
  if (!ticket) {
    if (due !== null && !(state.kind === 'talking' && [...state.guests, ...state.listeners].some(({ until }) => until === due))) say('has a deadline for nothing')
    return faults
  }
  if (due === null || !Number.isFinite(due)) say('waits without a deadline')
  else if (due < at - 1) say(`has a deadline that passed unseen (${due} < ${at})`)
  const stands = standing(ticket, call.away)
  if (room.rules.routes.get(ticket.queue) !== ticket.queue) say(`seeks at ${ticket.queue} which is closed`)
  if (state.kind === 'talking' && ticket.heldUntil !== null) say('is parked and talks')
  if (ticket.queue !== N1 && ticket.returnAt === null) say(`may wait at ${ticket.queue} for ever`)
  if (stands === 'line' && ticket.returnAt !== null && ticket.returnAt <= at) say('waits for longer than it may')
  const queue = room.queue(ticket.queue)
  if ((stands === 'line') !== queue.line.has({ id: call.id, rank: ticket.rank })) say(stands === 'line' ? 'waits outside its line' : 'stands in line and does not wait')
  if ((stands === 'held') !== queue.held.has(call.id)) say('is not where the parked are')
  if (stands === 'held' && call.channel !== null) {
    const owner = room.agents.get(ticket.sender ?? '')
    if (!owner || owner.state.kind === 'signed-out') say('is parked by somebody who is not there')
  }
  if ((stands === 'ringing') !== queue.ringing.has(call.id)) say('is not where those ring who ring at everybody')
  if (ticket.offers.filter((offer) => offer.phase !== 'ringing').length > 1) say('connects to two people')
  for (const offer of ticket.offers) {
    const agent = room.agents.get(offer.agent)
    if (agent?.state.kind !== 'offered' || agent.state.leg !== offer.leg) say(`rings ${offer.agent} who knows nothing of it`)
    if (room.callOfLeg(offer.leg) !== call) say(`is not found by its leg ${offer.leg}`)
    if ((offer.phase === 'connecting') !== (offer.bridge !== null)) say('connects without a bridge')
  }
  return faults
}

function faultsOfAgent(room: Room, agent: Agent): string[] {
  const { state } = agent
  const say = (text: string): string[] => [`agent ${agent.id} ${text}`]
  if (state.kind === 'talking' || state.kind === 'offered') {
    const call = room.calls.get(state.call)
    const held = state.kind === 'talking' ? partiesOf(call) : (call?.state.ticket?.offers ?? [])
    if (!held.some((one) => one.agent === agent.id && one.leg === state.leg)) return say(`is ${state.kind} in a call that does not know it`)
    if (held.filter((one) => one.agent === agent.id).length !== 1) return say('is twice in one call')
  }
  const due = room.deadlines.at(`@${agent.id}`)
  const timed = state.kind === 'aside' || state.kind === 'wrap-up'
  if (timed !== (due !== null)) return say(`is ${state.kind} with deadline ${due}`)
  if (agent.awayFrom !== null && state.kind !== 'talking' && state.kind !== 'wrap-up') return say(`is ${state.kind}, away on a P0`)
  return []
}

const partiesOf = (call: Call | undefined): readonly { agent: string; leg: string }[] =>
  call?.state.kind === 'talking' ? [...call.state.parties, ...call.state.listeners] : []

/** A person free while a caller they serve waits would be a caller waiting for nothing. */
function faultsOfQueue(room: Room, id: string, at: number): string[] {
  const faults: string[] = []
  const queue = room.queue(id)
  let last = -Infinity
  let escalated = 0
  for (const place of queue.line) {
    const call = room.calls.get(place.id)
    if (call?.state.ticket?.queue !== id || call.state.ticket.rank !== place.rank) faults.push(`line ${id} holds ${place.id} which is elsewhere`)
    if (place.rank < last) faults.push(`line ${id} is out of order at ${place.id}`)
    if ((call?.state.ticket?.escalations ?? 0) > 0) escalated++
    last = place.rank
  }
  if (escalated !== queue.escalated) faults.push(`line ${id} counts ${queue.escalated} escalated of ${escalated}`)
  for (const agent of [...queue.free, ...queue.reserve])
    if (room.agents.get(agent.id) !== agent || !isFree(agent)) faults.push(`line ${id} counts ${agent.id} as free`)
  const idle = (ticket: Ticket, able: readonly Agent[]): void => {
    const sender = ticket.returned && ticket.sender !== null ? room.agents.get(ticket.sender) : undefined
    const missing = ticket.offers.length === 0 && isFree(sender) ? [...able, sender] : able
    if (missing.length > 0) faults.push(`line ${id} waits while ${missing.map((agent) => agent.id).join(', ')} is free`)
  }
  const first = room.calls.get(queue.line.first()?.id ?? '')?.state.ticket
  if (first) idle(first, queue.rules.mode === 'by-hand' ? [] : queue.able(queue.escalated > 0))
  for (const call of queue.ringing) {
    const ticket = room.calls.get(call)?.state.ticket
    if (!ticket) faults.push(`line ${id} rings for ${call} which is elsewhere`)
    else if (queue.rules.mode === 'ring-all' && mayJoin(ticket, at)) idle(ticket, queue.able(ticket.escalations > 0))
  }
  return faults
}
