/**
 * From one pair of hands to the next. A transfer is a ticket in another queue:
 *   warm    the sender stays with the caller (talking, with a ticket) and leaves when the taker is there;
 *   direct  the sender is off at once and the caller waits with music (seeking).
 * A transfer nobody takes by `returnAt` comes back: warm, to the sender who is still there; direct, to the sender if free,
 * else to the head of N1. The caller has an agent or music at every instant (R-N2-4).
 */
import { entryOf } from './arrival.js'
import { expectedWaitMs } from './expectation.js'
import type { Command, Refusal } from './events.js'
import type { QueuedReason } from './facts.js'
import { stay } from './giving.js'
import { dismissGuests, fetchCaller, present, removeGuest } from './guests.js'
import { dismissListeners } from './listening.js'
import { endWork, fits, seat } from './people.js'
import { offerTo, playMusic, withdrawOffer } from './pickup.js'
import { isFree, isGoingOut, serves, type Agent, type Call, type Party, type Talking, type Ticket } from './room.js'
import { N1, type CallClass, type FiliereRules, type Handover, type Position, type QueueId, type Rules } from './rules.js'
import type { Turn } from './turn.js'

/** Ahead of every rank that time gives: the head of a line, oldest first among those that come back. */
const headOfLineMs = 1e13

interface From {
  readonly sender?: string
  readonly since?: number
  /** Before all others: the call comes back, first of all to its sender. */
  readonly head?: boolean
}

/** The call enters a line: that of `target`, see `ticketFor`. */
export function newTicket(turn: Turn, call: Call, target: Position | QueueId, why: QueuedReason, from: From = {}): Ticket {
  const ticket = ticketFor(turn, call, target, why, from)
  enter(turn, call, ticket, why)
  return ticket
}

/** @param target a filière or a queue; what answers in its place when it is closed, and N1 for one that is no more */
export function ticketFor(turn: Turn, call: Pick<Call, 'arrivedAt' | 'entryClass' | 'orientation'>, target: Position | QueueId, why: QueuedReason, from: From): Ticket {
  const queue = turn.room.rules.routes.get(target) ?? N1
  const index = turn.room.queue(queue)
  const { rules } = index
  const kind = why === 'arrival' ? call.entryClass : classOf(call)
  const since = from.since ?? turn.at
  // Whoever waits at N2 and is served by nobody goes on to N1; what was sent to N1 goes to its head.
  const returns = queue !== N1 || why === 'transfer'
  return {
    queue,
    class: kind,
    since,
    expectedMs: expectedWaitMs(turn.room, index),
    rank: from.head ? call.arrivedAt - headOfLineMs : since + turn.room.rules.yieldMs[kind],
    sender: from.sender ?? null,
    returned: from.sender !== undefined && from.head === true,
    returnAt: returns ? turn.at + rules.returnMs[kind] : null,
    escalateAt: turn.at + rules.escalateMs[kind],
    escalations: 0,
    positionAt: null,
    recheckAt: null,
    rechecksDue: 0,
    heldUntil: null,
    offers: [],
  }
}

/** The call is told to be in a line. Back at N1, it may be sorted again. */
export function enter(turn: Turn, call: Call, { queue, class: kind }: Ticket, why: QueuedReason): void {
  call.reopened = queue === N1 && call.orientation !== null
  turn.note({ type: 'queued', call: call.id, queue, class: kind, why, waiting: turn.room.queue(queue).line.length })
}

/** Before all who wait, by the clock of a caller; whom an agent called did not call for help, and waits behind those who did. */
export const firstIn = ({ at }: Turn, { arrivedAt, outgoing }: Call): { since: number; head: boolean } =>
  outgoing === null ? { since: arrivedAt, head: true } : { since: at, head: false }

/** At the place they had, or at the same in what answers for a queue that closed meanwhile. */
export function samePlace(turn: Turn, call: Call, place: Ticket, why: QueuedReason): Ticket {
  if (turn.room.rules.routes.get(place.queue) !== place.queue) return movedTicket(turn, call, place, why)
  enter(turn, call, place, why)
  return place
}

/** The ticket of a caller who had a word, as it was: rank and clock. Whoever was with them just now has their patience renewed. */
export function keptPlace(turn: Turn, call: Call, place: Ticket, why: QueuedReason): Ticket {
  const { returnMs } = turn.room.queue(place.queue).rules
  enter(turn, call, place, why)
  return {
    ...place,
    returnAt: place.returnAt === null ? null : turn.at + returnMs[place.class],
    positionAt: null,
    recheckAt: null,
    rechecksDue: why === 'rechecked' ? 0 : place.rechecksDue,
    offers: [],
  }
}

/**
 * The same place in the line that answers now for one that closed, with its rank and clock; at the head of N1 for one that is no
 * more, where none is like it.
 */
export function movedTicket(turn: Turn, call: Call, ticket: Ticket, why: QueuedReason): Ticket {
  const { queue, sender, since, rank, returned, heldUntil, offers } = ticket
  const isKnown = turn.room.rules.routes.has(queue)
  const fresh = newTicket(turn, call, queue, why, { since, head: !isKnown, ...(sender !== null && { sender }) })
  return { ...fresh, ...(isKnown && { rank }), returned, heldUntil, offers }
}

/** A caller who is with nobody waits elsewhere from now on, by the clock they had (R-N2-9). Phones that ring for them stop. */
export function moveCall(turn: Turn, { call: id, to, by }: Extract<Command, { type: 'move-call' }>): Refusal | null {
  const call = turn.room.calls.get(id)
  if (!call) return 'unknown-call'
  if (!turn.room.rules.routes.has(to)) return 'unknown-target'
  if (call.state.kind !== 'seeking' || isGoingOut(call) || call.away?.phase === 'connecting' || call.state.ticket.offers.some(({ phase }) => phase !== 'ringing')) return 'not-waiting'
  for (const offer of [...call.state.ticket.offers]) withdrawOffer(turn, call, offer)
  stay(turn, call, 'recalled', false)
  const { queue: from, since, sender } = call.state.ticket
  const ticket = newTicket(turn, call, to, 'moved', { since, ...(sender !== null && { sender }) })
  call.state = { kind: 'seeking', ticket }
  announceLater(turn, call, ticket)
  turn.touchCall(call)
  turn.note({ type: 'call-moved', call: id, from, to: ticket.queue, by })
  return null
}

/** The fire service keeps its place before the public whatever it was sorted as (R-IN-4). */
export const classOf = (call: Pick<Call, 'entryClass' | 'orientation'>): CallClass =>
  call.entryClass === 'SIS' ? 'SIS' : (call.orientation?.priority ?? call.entryClass)

/** P0, P1 or P2 (R-N1-3): P0 keeps the call and moves the ARM to AMU (R-N1-4), P1 and P2 send it on (R-N1-5). */
export function qualify(turn: Turn, command: Extract<Command, { type: 'qualify' }>): Refusal | null {
  const found = conversationOf(turn, command.agent, command.call)
  if (typeof found === 'string') return found
  const { call, state, party } = found
  if (call.orientation && !call.reopened) return 'already-qualified'
  if (state.ticket) return 'transfer-pending'
  const { priority } = command
  const first = call.orientation === null
  call.orientation = { priority, at: turn.at, by: command.agent }
  call.reopened = false
  turn.touchCall(call)
  const sincePickupMs = turn.at - (call.pickedUpAt ?? turn.at)
  turn.note({ type: 'qualified', call: call.id, agent: command.agent, priority, first, sincePickupMs })
  const to = entryOf(turn.room.rules, call).orientation[priority]
  const agent = turn.agent(party.agent)
  const { queues, routes } = turn.room.rules
  const route = routes.get(to) ?? N1
  if (state.place?.queue !== route || state.place.class !== classOf(call)) state.place = null
  // Whoever answered it there, or where another answers in its place, is the one the call goes to.
  const here = queues.get(party.queue)?.position
  if (here === to) return null
  if (priority === 'P0' && fits(turn.room.rules, agent, to)) keepAsAmu(turn, agent, to)
  else if (here !== queues.get(route)?.position) send(turn, found, to)
  return null
}

function keepAsAmu(turn: Turn, agent: Agent, to: Position): void {
  if (agent.position === to) return
  agent.awayFrom ??= agent.position
  seat(turn, agent, to, 'P0')
}

export function transfer(turn: Turn, command: Extract<Command, { type: 'transfer' }>): Refusal | null {
  const found = conversationOf(turn, command.agent, command.call)
  if (typeof found === 'string') return found
  if (found.state.ticket) return 'transfer-pending'
  const { rules, agents } = turn.room
  if (rules.routes.has(command.to)) {
    send(turn, found, command.to, command.handover)
    return null
  }
  const person = agents.get(command.to)
  if (!person) return 'unknown-position'
  if (!isFree(person)) return 'not-free'
  const queue = [...rules.queues.values()].find((one) => one.open && serves(one, person, person.position))
  if (!queue) return 'not-serving-queue'
  send(turn, found, queue.id, command.handover, person)
  return null
}

/** On to the next stage of the filière in which this agent answered: from the OSNP to the physician, or back (R-N2-2). */
export function passOn(turn: Turn, who: { agent: string; call: string }): Refusal | null {
  const found = conversationOf(turn, who.agent, who.call)
  if (typeof found === 'string') return found
  if (found.state.ticket) return 'transfer-pending'
  const { rules } = turn.room
  const stages = filiereOf(rules, found.party.queue)?.stages ?? []
  const next = stages.slice(stages.indexOf(found.party.queue) + 1).find((stage) => rules.queues.get(stage)?.open)
  if (next === undefined) return 'no-next-stage'
  send(turn, found, next)
  return null
}

/** Out of a filière's field, along its return path: from the dentist back to the physician (R-N2-5). */
export function giveBack(turn: Turn, who: { agent: string; call: string }): Refusal | null {
  const found = conversationOf(turn, who.agent, who.call)
  if (typeof found === 'string') return found
  if (found.state.ticket) return 'transfer-pending'
  const to = filiereOf(turn.room.rules, found.party.queue)?.returnsTo
  if (!to) return 'no-return-path'
  send(turn, found, to)
  return null
}

const filiereOf = (rules: Rules, queue: QueueId): FiliereRules | undefined => rules.filieres.get(rules.queues.get(queue)?.position ?? '')

/** AMU to MG or back, from a phone's keys (R-N2-4). */
export function switchTarget(rules: Rules, call: Call, position: Position): Position {
  const { P1, P2 } = entryOf(rules, call).orientation
  return position === P1 ? P2 : P1
}

/**
 * @param target a filière or a queue; if it is closed, what answers for it takes the call
 * @param named is rung first, free and serving it; then whoever else serves it
 */
function send(turn: Turn, { call, state, party }: Conversation, target: Position | QueueId, asked?: Handover, named?: Agent): void {
  const { rules } = turn.room
  const { place } = state
  const to = rules.routes.get(target) ?? N1
  const back = place?.queue === to
  // Whoever was asked something is not to be heard by the next, unless the caller heard them.
  if (state.callerHeld) dismissGuests(turn, call, state)
  const { position } = turn.room.queue(to).rules
  const handover = asked ?? (back ? 'direct' : handoverTo(rules, position))
  if (!back || handover === 'warm') turn.note({ type: 'transfer-started', call: call.id, agent: party.agent, to, position, handover })
  state.ticket = back
    ? keptPlace(turn, call, { ...place, sender: party.agent, returned: false }, 'rechecked')
    : newTicket(turn, call, to, 'transfer', { sender: party.agent })
  turn.touchCall(call)
  if (named) offerTo(turn, call, named, { rule: 'named' })
  if (handover === 'direct') partLeaves(turn, call, party, 'left', false)
  else fetchCaller(turn, call, state)
}

/** Leaves the caller with the others on the line, or with the line they stand in. Never alone. */
export function leave(turn: Turn, command: Extract<Command, { type: 'leave' }>): Refusal | null {
  const found = conversationOf(turn, command.agent, command.call)
  if (typeof found === 'string') return found
  const { call, state, party } = found
  if (state.parties.length === 1 && !state.ticket && !state.place && present(state).length === 0) return 'caller-would-be-alone'
  partLeaves(turn, call, party, 'left', false)
  return null
}

export function takeBack(turn: Turn, command: Extract<Command, { type: 'take-back' }>): Refusal | null {
  const found = conversationOf(turn, command.agent, command.call)
  if (typeof found === 'string') return found
  if (!found.state.ticket) return 'no-transfer-pending'
  endTransfer(turn, found.call, 'taken-back', command.agent)
  return null
}

/**
 * One agent is off the line while the caller stays: with the others, in the line they stand in, or at the place kept for them.
 * Must not be called for the last agent of a call that has none of these, nor a guest.
 */
export function partLeaves(turn: Turn, call: Call, party: Party, why: 'left' | 'hung-up' | 'lost', legGone: boolean): void {
  if (call.state.kind !== 'talking') throw new Error(`nobody to leave ${call.id}`)
  const { bridge, place } = call.state
  const { state } = call
  const parties = call.state.parties.filter((other) => other !== party)
  turn.touchCall(call)
  turn.note({ type: 'left', call: call.id, agent: party.agent, talkMs: turn.at - party.since, why })
  if (parties.length > 0) {
    call.state = { ...call.state, parties }
  } else if (present(state).length > 0 && !state.ticket && !place) {
    // With their guest.
    for (const guest of state.guests) if (guest.phase === 'ringing') removeGuest(turn, call, state, guest, 'dismissed', false)
    dismissListeners(turn, call, state)
    call.state = { ...state, parties }
    fetchCaller(turn, call, call.state)
  } else {
    dismissGuests(turn, call, state)
    dismissListeners(turn, call, state)
    const ticket = call.state.ticket ?? (place && keptPlace(turn, call, place, why === 'lost' ? 'agent-lost' : 'rechecked'))
    if (!ticket) throw new Error(`caller of ${call.id} would be alone`)
    call.state = { kind: 'seeking', ticket }
    // Somebody already picked up and is on the way into this very bridge: it stays, and is confirmed or given up by them.
    if (!ticket.offers.some((offer) => offer.bridge === bridge)) {
      turn.do({ type: 'dissolve', bridge })
      playMusic(turn, call)
    }
    announceLater(turn, call, ticket)
  }
  if (!legGone) turn.hangUp(party.leg)
  endWork(turn, turn.agent(party.agent), call.id, party.queue)
}

/** From here on the caller waits alone: now and then they are told their position, and are due for a word (R-N2-3). */
export function announceLater(turn: Turn, call: Call, ticket: Ticket): void {
  const { positionMs, recheckMs } = turn.room.queue(ticket.queue).rules
  ticket.positionAt = positionMs > 0 && call.answered ? turn.at + positionMs : null
  ticket.recheckAt = recheckMs[ticket.class] > 0 && call.channel !== null ? turn.at + recheckMs[ticket.class] : null
}

/**
 * Nobody took it in time: back to the sender, along the filière's return path, or to the head of N1 for a caller whom nobody sent. One
 * who is to be called back stands behind those who are on the line.
 */
export function returnTransfer(turn: Turn, call: Call): void {
  const ticket = call.state.ticket
  if (!ticket) throw new Error(`call ${call.id} waits for nothing`)
  const { sender, returned, queue } = ticket
  if (call.state.kind === 'talking') return endTransfer(turn, call, 'nobody')
  // A transfer comes back once, whatever becomes of it then.
  const sent = sender !== null && !returned
  if (sent) turn.note({ type: 'transfer-returned', call: call.id, from: queue, to: sender, why: 'nobody' })
  const why = sent ? 'transfer-returned' : 'nobody-came'
  const { rules } = turn.room
  const path = filiereOf(rules, queue)?.returnsTo ?? N1
  const back = newTicket(turn, call, path, why, { ...(sender !== null && { sender }), since: turn.at, head: call.channel !== null })
  call.state = { kind: 'seeking', ticket: back }
  announceLater(turn, call, back)
  turn.touchCall(call)
  askSender(turn, call, back)
}

/** A call that comes back goes to its sender at once, if free. */
export function askSender(turn: Turn, call: Call, { sender, offers }: Ticket): void {
  const from = sender === null ? undefined : turn.room.agents.get(sender)
  if (isFree(from) && offers.length === 0) offerTo(turn, call, from, { rule: 'sender' })
}

/** A warm transfer is off; the caller stays with whom they are talking to. */
export function endTransfer(turn: Turn, call: Call, why: 'nobody' | 'taken-back', by?: string): void {
  const ticket = call.state.ticket
  if (call.state.kind !== 'talking' || !ticket) throw new Error(`call ${call.id} is in no warm transfer`)
  for (const offer of [...ticket.offers]) withdrawOffer(turn, call, offer)
  const to = by ?? ticket.sender ?? (call.state.parties[0] as Party).agent
  turn.note({ type: 'transfer-returned', call: call.id, from: ticket.queue, to, why })
  call.state.ticket = null
  call.reopened = true
  turn.touchCall(call)
}

/** A conversation, and an agent's part in it. */
interface Conversation {
  readonly call: Call
  readonly state: Talking
  readonly party: Party
}

/** The call and the agent's part in it, or why not. */
export function conversationOf(turn: Turn, agent: string, callId: string): Conversation | Refusal {
  if (!turn.room.agents.has(agent)) return 'unknown-agent'
  const call = turn.room.calls.get(callId)
  if (!call) return 'unknown-call'
  const { state } = call
  const party = state.kind === 'talking' ? state.parties.find((one) => one.agent === agent) : undefined
  return state.kind === 'talking' && party ? { call, state, party } : 'not-on-call'
}

const handoverTo = (rules: Rules, position: Position): Handover => rules.filieres.get(position)?.handover ?? 'direct'

