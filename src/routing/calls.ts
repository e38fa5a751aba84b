/** The life of a call at its edges: arrival, channels that end, waits that last, the end. */
import type { Arrival, ChannelId, GoneCause } from './events.js'
import type { EndReason, MissReason, Outcome } from './facts.js'
import { endWork } from './people.js'
import { findOffer, missOffer, playMusic, withdrawOffer } from './pickup.js'
import type { Call, Party, Ticket } from './room.js'
import { N1, type EntryRules } from './rules.js'
import { announceLater, newTicket, partLeaves, returnTransfer } from './transfers.js'
import { isLegName, type Turn } from './turn.js'

/** For a call on a number the rules do not know (they changed, or the dialplan is older): N1 takes it. */
const defaultEntry: EntryRules = { queue: N1, class: 'P1', wait: 'music', greeting: null }

/** Whoever was given back is leaving: an announcement of them is one of before, told again. */
export function announce(turn: Turn, event: Arrival): void {
  if (turn.room.dismissed.has(event.call)) return turn.ignore('call-arrived', 'ended-call')
  arrive(turn, event)
}

export function arrive(turn: Turn, event: Arrival): void {
  const { room } = turn
  if (room.calls.has(event.call)) return turn.ignore('call-arrived', 'known-call')
  if (room.isOver(event.call)) return turn.ignore('call-arrived', 'ended-call')
  // Given back to the dialplan before, and here again.
  room.dismissed.delete(event.call)
  const entry = room.rules.entries.get(`${event.trunk}/${event.number}`) ?? defaultEntry
  const call: Call = {
    id: event.call,
    trunk: event.trunk,
    number: event.number,
    caller: event.caller,
    arrivedAt: Math.min(event.arrivedAt, turn.at),
    entryClass: entry.class,
    answered: event.answered,
    pickedUpAt: null,
    drm: null,
    orientation: null,
    reopened: false,
    state: { kind: 'seeking', ticket: null as unknown as Ticket },
    names: 0,
    sound: null,
  }
  const { id, trunk, number, arrivedAt } = call
  turn.note({ type: 'presented', call: id, trunk, number, class: entry.class, arrivedAt })
  if (room.queue(entry.queue).line.length >= room.rules.queueLengthMax) {
    turn.do({ type: 'hand-back', channel: id })
    room.dismissed.add(id)
    const sinceArrivalMs = turn.at - arrivedAt
    turn.note({ type: 'ended', call: id, outcome: 'fallback', why: 'queue-full', sinceArrivalMs, stage: 'n1', waiting: true })
    return
  }
  const ticket = newTicket(turn, call, entry.queue, 'arrival', { since: arrivedAt })
  call.state = { kind: 'seeking', ticket }
  room.calls.set(id, call)
  turn.touchCall(call)
  welcome(turn, call, entry)
  announceLater(turn, call, ticket)
}

function welcome(turn: Turn, call: Call, entry: EntryRules): void {
  if (entry.wait === 'music' && !call.answered) {
    call.answered = true
    turn.do({ type: 'answer', channel: call.id })
  }
  if (!call.answered) return
  if (entry.greeting === null) playMusic(turn, call)
  else say(turn, call, [`sound:${entry.greeting}`])
}

/** A sound for a caller who waits, then music again. */
function say(turn: Turn, call: Call, media: readonly string[]): void {
  call.sound = turn.soundName(call)
  turn.do({ type: 'say', channel: call.id, sound: call.sound, media })
}

export function channelGone(turn: Turn, channel: ChannelId, cause: GoneCause): void {
  if (turn.room.dismissed.delete(channel)) {
    // Of a caller given back too: what is still said of them is old.
    if (!isLegName(channel)) turn.room.close(channel)
    return
  }
  const call = turn.room.calls.get(channel)
  if (call) return callerGone(turn, call, 'caller-left')
  const found = findOffer(turn, channel)
  if (found) return missOffer(turn, found.call, found.offer, missReason(found.offer.phase, cause), true)
  const talking = turn.room.callOfLeg(channel)
  if (talking?.state.kind === 'talking') {
    const party = talking.state.parties.find((one) => one.leg === channel)
    if (party) return partyGone(turn, talking, party, cause)
  }
  turn.ignore('channel-gone', 'unknown-channel')
}

const missReason = (phase: 'ringing' | 'connecting', cause: GoneCause): MissReason =>
  phase === 'connecting' ? 'not-connected' : cause === 'normal' ? 'refused' : cause

export function callerGone(turn: Turn, call: Call, why: EndReason): void {
  endCall(turn, call, call.pickedUpAt === null ? 'abandoned' : 'answered', why, call.id)
}

/**
 * An agent's leg ended. Hanging up ends the call for the last one on the line, unless the caller stands in a line already;
 * a leg that was lost instead (cable, browser, RTP) sends the caller to the head of that line: nobody meant to leave them.
 */
export function partyGone(turn: Turn, call: Call, party: Party, cause: GoneCause): void {
  if (call.state.kind !== 'talking') throw new Error(`call ${call.id} has no party`)
  const hungUp = cause === 'normal'
  const last = call.state.parties.length === 1
  if (!last || call.state.ticket) return partLeaves(turn, call, party, hungUp ? 'hung-up' : 'lost', true)
  if (!hungUp) {
    const queue = turn.room.hasQueue(party.queue) ? party.queue : N1
    call.state.ticket = newTicket(turn, call, queue, 'agent-lost', { since: call.arrivedAt, head: true })
    return partLeaves(turn, call, party, 'lost', true)
  }
  endCall(turn, call, 'answered', 'agent-ended', party.leg)
}

/** Every call leaves the room here, with exactly one outcome. `gone` is the channel whose end ended it. */
function endCall(turn: Turn, call: Call, outcome: Outcome, why: EndReason, gone: ChannelId): void {
  const stage = stageOf(call)
  turn.touchCall(call)
  turn.room.close(call.id)
  for (const offer of [...(call.state.ticket?.offers ?? [])]) withdrawOffer(turn, call, offer)
  if (call.state.kind === 'talking') {
    for (const party of call.state.parties) {
      turn.note({ type: 'left', call: call.id, agent: party.agent, talkMs: turn.at - party.since, why: 'hung-up' })
      if (party.leg !== gone) turn.hangUp(party.leg)
      endWork(turn, turn.agent(party.agent), call.id, party.queue)
    }
    turn.do({ type: 'dissolve', bridge: call.state.bridge })
  }
  if (call.id !== gone) turn.hangUp(call.id)
  const sinceArrivalMs = turn.at - call.arrivedAt
  const waiting = call.state.kind === 'seeking'
  turn.note({ type: 'ended', call: call.id, outcome, why, sinceArrivalMs, stage, waiting })
}

/** The level that had the call at its end: N2 once it was sorted, or where it entered. */
function stageOf(call: Call): 'n1' | 'n2' {
  const queue = call.state.ticket?.queue ?? (call.state.kind === 'talking' ? call.state.parties[0]?.queue : undefined)
  return call.orientation === null && queue === N1 ? 'n1' : 'n2'
}

/** Some deadline of this call has come: each is looked at once. */
export function callDue(turn: Turn, call: Call): void {
  const ticket = call.state.ticket
  if (!ticket) return
  turn.touchCall(call)
  for (const offer of [...ticket.offers]) {
    if (offer.until <= turn.at) missOffer(turn, call, offer, offer.phase === 'ringing' ? 'no-answer' : 'not-connected', false)
  }
  if (call.state.ticket !== ticket) return
  if (ticket.escalateAt <= turn.at) escalate(turn, call, ticket)
  if (ticket.offers.length > 0) return
  if (ticket.returnAt !== null && ticket.returnAt <= turn.at) return returnTransfer(turn, call)
  if (ticket.positionAt !== null && ticket.positionAt <= turn.at) tellPosition(turn, call, ticket)
}

function escalate(turn: Turn, call: Call, ticket: Ticket): void {
  const { escalateMs } = turn.room.queue(ticket.queue).rules
  ticket.escalations++
  ticket.escalateAt = turn.at + escalateMs
  const waitMs = turn.at - ticket.since
  turn.note({ type: 'escalated', call: call.id, queue: ticket.queue, waitMs, times: ticket.escalations })
}

function tellPosition(turn: Turn, call: Call, ticket: Ticket): void {
  const { line, rules } = turn.room.queue(ticket.queue)
  ticket.positionAt = rules.positionMs > 0 ? turn.at + rules.positionMs : null
  const ahead = line.positionOf({ id: call.id, rank: ticket.rank })
  if (ahead < 0 || !call.answered) return
  say(turn, call, ahead === 0 ? ['sound:queue-youarenext'] : ['sound:queue-thereare', `number:${ahead}`, 'sound:queue-callswaiting'])
}

