/** The life of a call at its edges: arrival, channels that end, waits that last, the end. */
import { answerForMusic, completeFrom, entryOf, newCall } from './arrival.js'
import { calledInVain, callAgain, callerGone, notDialled } from './callback.js'
import { guestGone, guestOf, guestsDue } from './conference.js'
import { endCall } from './ending.js'
import type { Arrival, ChannelId, Given, GoneCause } from './events.js'
import type { MissReason } from './facts.js'
import { comeBack, fallbackDue, leaveToFallback, seenThere } from './fallback.js'
import { awayBy, awayDue, awayGone } from './giving.js'
import { present } from './guests.js'
import { endListening, listenerOf, listenersDue } from './listening.js'
import { returnFromP0, setAside } from './people.js'
import { dialledBy, findOffer, missOffer, playMusic } from './pickup.js'
import { release } from './parking.js'
import { giftOf, neighbourOn, type Gift } from './receiving.js'
import { callerOf, type Call, type CallState, type FallbackState, type Offer, type Party, type Ticket } from './room.js'
import { N1, type EntryRules, type NeighbourRules } from './rules.js'
import { announceLater, firstIn, newTicket, partLeaves, returnTransfer } from './transfers.js'
import type { Turn } from './turn.js'

/** A caller is in the application: for the first time, or back from the fallback. An announcement told again means nothing. */
export function arrive(turn: Turn, event: Arrival): void {
  const { room } = turn
  const known = room.calls.get(event.call)
  if (known) return arriveAgain(turn, known, event)
  if (room.isOver(event.call, event.visit)) {
    // Over, and back from the fallback: whoever ended the call died before the caller was hung up.
    if ((event.visit ?? 0) > 0) turn.hangUp(event.channel ?? event.call)
    return turn.ignore('call-arrived', 'ended-call')
  }
  const neighbour = event.given && neighbourOn(room, event.trunk)
  if (event.given && neighbour) return receive(turn, { ...event, given: event.given }, neighbour)
  const entry = entryOf(room.rules, event)
  const full = room.queue(entry.queue).present >= room.rules.queueLengthMax
  const call = newCall(turn, event, noPlaceYet)
  if (full) return giveBack(turn, call)
  const ticket = newTicket(turn, call, entry.queue, 'arrival', { since: call.arrivedAt })
  call.state = { kind: 'seeking', ticket }
  welcome(turn, call, entry)
  announceLater(turn, call, ticket)
}

/** From a neighbour that said so: at the place which was promised, by the clock they had there; or it stays there. They hear its music. */
function receive(turn: Turn, event: Arrival & { readonly given: Given }, neighbour: NeighbourRules): void {
  const found = giftOf(turn, neighbour, event)
  // Of whom somebody here had answered, and the memory was lost, there is no question any more.
  const gift = typeof found === 'string' && event.answered ? atEntry(turn, neighbour, event) : found
  if (typeof gift === 'string') {
    turn.note({ type: 'gift-refused', call: event.call, neighbour: neighbour.id, why: gift })
    turn.room.rememberOver(event.call)
    return turn.do({ type: 'refuse', channel: event.channel ?? event.call })
  }
  const kind = gift.class
  const call = newCall(turn, { ...event, given: { ...event.given, class: kind } }, noPlaceYet, gift.received)
  if (gift.queue !== N1 && kind !== 'SIS') call.orientation = { priority: kind, at: turn.at, by: neighbour.id }
  call.state = { kind: 'seeking', ticket: newTicket(turn, call, gift.queue, 'arrival', { since: call.arrivedAt }) }
  playMusic(turn, call)
}

const atEntry = ({ room: { rules } }: Turn, { id }: NeighbourRules, event: Arrival & { readonly given: Given }): Gift => ({
  queue: entryOf(rules, event).queue,
  class: event.given.class,
  received: { from: id, reservation: event.given.reservation, visited: event.given.visited },
})

const noPlaceYet: CallState = { kind: 'fallback', since: 0, left: false, place: null, until: 0, ticket: null }

function arriveAgain(turn: Turn, call: Call, event: Arrival): void {
  const { visit = 0, answered } = event
  if (visit <= call.visit) return turn.ignore('call-arrived', 'known-call')
  call.visit = visit
  call.channel = event.channel ?? event.call
  call.answered ||= answered
  completeFrom(call, event)
  turn.touchCall(call)
  // Their leaving was never told: they stand where they stood.
  if (call.state.kind === 'fallback') takeBackIn(turn, call, call.state)
}

/** A caller of the fallback's is in the application. */
export function takeBackIn(turn: Turn, call: Call, state: FallbackState): void {
  if (!comeBack(turn, call, state)) giveBack(turn, call)
}

/** The line is full: the fallback rings the N1 phones, and then the neighbour. */
function giveBack(turn: Turn, call: Call): void {
  turn.do({ type: 'hand-back', channel: callerOf(call) })
  leaveToFallback(turn, call, 'queue-full', false)
}

function welcome(turn: Turn, call: Call, entry: EntryRules): void {
  answerForMusic(turn, call, entry)
  if (!call.answered) return
  if (entry.greeting === null) playMusic(turn, call)
  else say(turn, call, [`sound:${entry.greeting}`])
}

/** A sound for a caller who waits, then music again. */
function say(turn: Turn, call: Call, media: readonly string[]): void {
  call.sound = turn.soundName(call)
  turn.do({ type: 'say', channel: callerOf(call), sound: call.sound, media })
}

export function channelGone(turn: Turn, channel: ChannelId, cause: GoneCause): void {
  if (turn.room.dismissed.delete(channel)) return
  const call = turn.room.callOfCaller(channel)
  // Their end is the fallback's to tell.
  if (call?.state.kind === 'fallback' && call.state.left) return turn.ignore('channel-gone', 'with-the-fallback')
  if (call) return callerGone(turn, call, cause === 'elsewhere' && call.received ? 'kept-there' : 'caller-left')
  const away = awayBy(turn, channel)
  if (away) return awayGone(turn, away, cause)
  const dialled = dialledBy(turn, channel)
  if (dialled) return calledInVain(turn, dialled, cause, true)
  const listening = listenerOf(turn, channel)
  if (listening) return endListening(turn, listening, channel)
  const guest = guestOf(turn, channel)
  if (guest) return guestGone(turn, guest, cause)
  const found = findOffer(turn, channel)
  if (found?.offer.phase === 'dialling') return notDialled(turn, found.call, found.offer)
  if (found) return missOffer(turn, found.call, found.offer, missReason(found.offer.phase, cause), true)
  const talking = turn.room.callOfLeg(channel)
  if (talking?.state.kind === 'talking') {
    const party = talking.state.parties.find((one) => one.leg === channel)
    if (party) {
      partyGone(turn, talking, party, cause)
      if (cause === 'failed') leaveOut(turn, party)
      return
    }
  }
  turn.ignore('channel-gone', 'unknown-channel')
}

/** A phone that fell silent would only ring in vain for the caller it lost. */
function leaveOut(turn: Turn, { agent: id, queue }: Party): void {
  const agent = turn.room.agents.get(id)
  const rules = turn.room.rules.queues.get(queue)
  if (!agent || !rules || (agent.state.kind !== 'ready' && agent.state.kind !== 'wrap-up')) return
  returnFromP0(turn, agent)
  setAside(turn, agent, rules, 'line-lost')
}

const missReason = (phase: Offer['phase'], cause: GoneCause): MissReason =>
  phase !== 'ringing' ? 'not-connected' : cause === 'normal' || cause === 'elsewhere' ? 'refused' : cause

/** The caller's channel left the application alive: the fallback has them, sent there by us or by the PBX's own watchdog. */
export function channelLeft(turn: Turn, channel: ChannelId): void {
  const call = turn.room.callOfCaller(channel)
  if (!call) return turn.ignore('channel-left', 'unknown-channel')
  // The dialplan refuses a call that is given and that nobody answered: it is where it came from.
  if (call.received && !call.answered) return endCall(turn, call, 'returned', 'caller-left', { gone: channel })
  if (call.state.kind !== 'fallback') return leaveToFallback(turn, call, 'no-engine', true)
  seenThere(turn, call, call.state)
}

/**
 * An agent's leg ended. Hanging up ends the call for the last one on the line, unless the caller has a place in a line already;
 * a leg that was lost instead (cable, browser, RTP) sends the caller to the head of that line: nobody meant to leave them.
 */
export function partyGone(turn: Turn, call: Call, party: Party, cause: GoneCause): void {
  if (call.state.kind !== 'talking') throw new Error(`call ${call.id} has no party`)
  const hungUp = cause === 'normal'
  const last = call.state.parties.length === 1
  const accompanied = hungUp && present(call.state).length > 0
  if (!last || call.state.ticket || call.state.place || accompanied) return partLeaves(turn, call, party, hungUp ? 'hung-up' : 'lost', true)
  if (!hungUp) {
    call.state.ticket = newTicket(turn, call, party.queue, 'agent-lost', firstIn(turn, call))
    return partLeaves(turn, call, party, 'lost', true)
  }
  endCall(turn, call, 'answered', 'agent-ended', { gone: party.leg })
}

/** Some deadline of this call has come: each is looked at once. */
export function callDue(turn: Turn, call: Call): void {
  if (call.state.kind === 'fallback') return call.state.until <= turn.at ? fallbackDue(turn, call, call.state) : undefined
  if (call.state.kind === 'talking') listenersDue(turn, call, call.state)
  if (call.state.kind === 'talking') guestsDue(turn, call, call.state)
  awayDue(turn, call)
  const ticket = call.state.ticket
  if (!ticket) return
  turn.touchCall(call)
  for (const offer of [...ticket.offers]) {
    if (offer.until > turn.at) continue
    if (offer.phase === 'dialling') calledInVain(turn, call, 'no-answer', false)
    else missOffer(turn, call, offer, offer.phase === 'ringing' ? 'no-answer' : 'not-connected', false)
  }
  if (!turn.room.calls.has(call.id) || call.state.ticket !== ticket) return
  if (ticket.heldUntil !== null) {
    if (ticket.heldUntil > turn.at) return
    return call.channel === null ? callAgain(turn, call, ticket) : release(turn, call, ticket, 'parked-too-long')
  }
  if (ticket.escalateAt <= turn.at) escalate(turn, call, ticket)
  if (ticket.recheckAt !== null && ticket.recheckAt <= turn.at) recheckDue(turn, call, ticket)
  if (ticket.offers.length > 0 || call.away?.phase === 'connecting') return
  if (ticket.returnAt !== null && ticket.returnAt <= turn.at) return returnTransfer(turn, call)
  if (ticket.positionAt !== null && ticket.positionAt <= turn.at) tellPosition(turn, call, ticket)
}

function escalate(turn: Turn, call: Call, ticket: Ticket): void {
  const { escalateMs } = turn.room.queue(ticket.queue).rules
  ticket.escalations++
  ticket.escalateAt = turn.at + escalateMs[ticket.class]
  const waitMs = turn.at - ticket.since
  turn.note({ type: 'escalated', call: call.id, queue: ticket.queue, waitMs, times: ticket.escalations })
}

/** The caller keeps their place, and should hear from somebody at N1 (R-N2-3). */
function recheckDue(turn: Turn, call: Call, ticket: Ticket): void {
  const { recheckMs } = turn.room.queue(ticket.queue).rules
  ticket.rechecksDue++
  ticket.recheckAt = recheckMs[ticket.class] > 0 ? turn.at + recheckMs[ticket.class] : null
  turn.note({ type: 'recheck-due', call: call.id, queue: ticket.queue, waitMs: turn.at - ticket.since, times: ticket.rechecksDue })
}

function tellPosition(turn: Turn, call: Call, ticket: Ticket): void {
  const { line, rules } = turn.room.queue(ticket.queue)
  ticket.positionAt = rules.positionMs > 0 ? turn.at + rules.positionMs : null
  const ahead = line.positionOf({ id: call.id, rank: ticket.rank })
  if (ahead < 0 || !call.answered) return
  say(turn, call, ahead === 0 ? ['sound:queue-youarenext'] : ['sound:queue-thereare', `number:${ahead}`, 'sound:queue-callswaiting'])
}

