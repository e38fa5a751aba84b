/**
 * After every (re)connection: Asterisk wins on what exists, the room on order, clocks and people. What the PBX lists is
 * compared with the records; what ended meanwhile ends here, what was half done is done again, what nobody knows is dropped.
 * Callers the room does not know are taken in with their own clock, once all else is in its place; then only is anybody rung.
 */
import type { Arrival, PbxChannel, PbxEvent } from './events.js'
import { completeFrom } from './arrival.js'
import { callerGone, mendDialling } from './callback.js'
import { arrive, partyGone, takeBackIn } from './calls.js'
import { guestAnswered, guestGone } from './conference.js'
import { leaveToFallback, noNews, readNews, seenThere } from './fallback.js'
import { endListening } from './listening.js'
import { mendAwayLeg, withdrawAway } from './giving.js'
import { phoneEngaged } from './people.js'
import { connect, hush, playMusic, withdrawOffer } from './pickup.js'
import { adoptRecorders } from './recording.js'
import { callerOf, type Call, type Guest, type Offer } from './room.js'
import { callOfChannel, isLegName, type Turn } from './turn.js'

type Present = ReadonlyMap<string, PbxChannel>
type Listed = Extract<PbxEvent, { type: 'inventory' }>

export function reconcile(turn: Turn, event: Listed): void {
  const { room } = turn
  const present: Present = new Map(event.channels.map((channel) => [channel.id, channel]))
  // First what the fallback tells of itself: whoever it served is no caller lost.
  readNews(turn, event.fallback, false)
  for (const arrival of event.arrivals) {
    const known = room.calls.get(arrival.call)
    if (known?.state.kind === 'fallback') completeFrom(known, arrival)
  }
  const engaged = new Set(event.engaged)
  for (const { phone } of room.agents.values()) phoneEngaged(turn, phone, engaged.has(phone))
  const elsewhere = new Set(event.elsewhere)
  // Hung up, and listed for as long as that took to be written down.
  for (const { event: what, call } of event.fallback.entries) if (what === 'unseen') elsewhere.delete(call)
  const before = room.calls.size
  for (const call of [...room.calls.values()]) {
    if (call.channel !== null) {
      if (present.has(call.channel)) mend(turn, call, present)
      else if (elsewhere.has(call.channel)) withFallback(turn, call)
      else missing(turn, call, event)
    }
    // Or gone just now.
    if (call.channel === null && room.calls.has(call.id)) mendAway(turn, call, present)
  }
  // Whatever was decided before, under whichever rules: everybody who waits is looked at.
  for (const queue of room.queues()) turn.open.add(queue.rules.id)
  turn.settle()
  withdrawAway(turn)
  const legsDropped = dropStrangers(turn, event)
  // What is not there will not end again.
  for (const id of room.dismissed) if (!present.has(id)) room.dismissed.delete(id)
  const callsKept = room.calls.size
  turn.note({ type: 'reconciled', callsKept, callsGone: before - callsKept, legsDropped })
  takeIn(turn, event.arrivals)
  adoptRecorders(turn, event.recorders)
}

/** The PBX lists callers in no order: whoever came first comes first, should a line become full. */
function takeIn(turn: Turn, arrivals: readonly Arrival[]): void {
  const { room } = turn
  for (const arrival of [...arrivals].sort((a, b) => a.arrivedAt - b.arrivedAt)) {
    const known = room.calls.get(arrival.call)
    if (known) {
      known.visit = Math.max(known.visit, arrival.visit ?? 0)
      continue
    }
    arrive(turn, arrival)
    for (const queue of room.reindexCall(arrival.call)) turn.open.add(queue)
  }
}

function withFallback(turn: Turn, call: Call): void {
  if (call.state.kind === 'fallback') seenThere(turn, call, call.state)
  else leaveToFallback(turn, call, 'no-engine', true)
}

/** Nowhere at the PBX. A record that was read would have told of a caller whom the fallback had. */
function missing(turn: Turn, call: Call, event: Listed): void {
  if (call.state.kind === 'fallback' && event.fallback.mark === null) noNews(turn, call)
  else callerGone(turn, call, 'gone-meanwhile')
}

/** Nobody to look for, but phones that ring for them, and perhaps their own. */
function mendAway(turn: Turn, call: Call, present: Present): void {
  turn.touchCall(call)
  mendDialling(turn, call, (leg) => present.get(leg)?.up ?? null)
  for (const offer of [...(call.state.ticket?.offers ?? [])])
    if (offer.phase === 'ringing' && call.state.ticket?.offers.includes(offer)) mendOffer(turn, call, offer, present)
}

function mend(turn: Turn, call: Call, present: Present): void {
  const caller = present.get(callerOf(call))
  if (!caller) throw new Error(`caller of ${call.id} is not at the PBX`)
  turn.touchCall(call)
  if (caller.up) call.answered = true
  else if (call.answered) turn.do({ type: 'answer', channel: callerOf(call) })
  if (call.state.kind === 'fallback') {
    // Served since, by an engine whose memory was lost with it.
    if (caller.bridge !== null) turn.do({ type: 'dissolve', bridge: caller.bridge })
    return takeBackIn(turn, call, call.state)
  }
  // Still playing, perhaps: the next pickup would wait for its end.
  hush(turn, call)
  if (call.state.kind === 'talking') mendConversation(turn, call, present)
  if (!turn.room.calls.has(call.id)) return
  for (const offer of [...(call.state.ticket?.offers ?? [])]) {
    // Somebody else picked up first.
    if (call.state.ticket?.offers.includes(offer)) mendOffer(turn, call, offer, present)
  }
  mendAwayLeg(turn, call, (leg) => present.get(leg)?.up ?? null)
  if (call.state.kind === 'seeking' && call.away?.phase !== 'connecting' && !call.state.ticket.offers.some((offer) => offer.phase === 'connecting')) {
    if (caller.bridge !== null) turn.do({ type: 'dissolve', bridge: caller.bridge })
    playMusic(turn, call)
  }
}

function mendOffer(turn: Turn, call: Call, offer: Offer, present: Present): void {
  const leg = present.get(offer.leg)
  // Never rung, or ended unseen: nobody is set aside for what the connection lost.
  if (!leg) return withdrawOffer(turn, call, offer, { legGone: true })
  if (!leg.up) return
  // Picked up, and the bridge perhaps never made: a fresh one puts both in the same place whatever happened.
  if (call.state.kind === 'seeking' && offer.bridge !== null) turn.do({ type: 'dissolve', bridge: offer.bridge })
  connect(turn, call, offer)
}

function mendConversation(turn: Turn, call: Call, present: Present): void {
  if (call.state.kind !== 'talking') return
  for (const party of [...call.state.parties]) {
    // How the leg ended is not known: the caller is not to pay for it, so it counts as lost.
    if (!present.has(party.leg)) partyGone(turn, call, party, 'failed')
  }
  if (call.state.kind !== 'talking') return
  // Whoever listened listens again, if they want to.
  for (const listener of [...call.state.listeners]) endListening(turn, { call, state: call.state, listener }, present.has(listener.leg) ? null : listener.leg)
  for (const guest of [...call.state.guests]) mendGuest(turn, call, guest, present)
  // Without their guest, a caller whom an agent had left with them seeks somebody again.
  const state = turn.room.calls.get(call.id)?.state
  if (state?.kind !== 'talking') return
  const { bridge, parties, guests, callerHeld } = state
  const caller = callerOf(call)
  const others = [...parties, ...guests.filter(({ phase }) => phase === 'there')].map(({ leg }) => leg)
  const channels = callerHeld ? others : [caller, ...others]
  const where = present.get(caller)?.bridge ?? null
  const inPlace = channels.every((id) => present.get(id)?.bridge === bridge) && !(callerHeld && where === bridge)
  // Not parted yet from whom they were with.
  if (callerHeld && where !== null && where !== bridge) turn.do({ type: 'dissolve', bridge: where })
  if (!inPlace) turn.do({ type: 'dissolve', bridge })
  if (callerHeld) playMusic(turn, call)
  if (inPlace) return
  const mended = turn.bridgeName(call)
  turn.do({ type: 'join', bridge: mended, channels })
  call.state = { ...state, bridge: mended }
}

function mendGuest(turn: Turn, call: Call, guest: Guest, present: Present): void {
  if (call.state.kind !== 'talking' || !call.state.guests.includes(guest)) return
  const there = present.get(guest.leg)
  const found = { call, state: call.state, guest }
  if (!there) guestGone(turn, found, 'failed')
  else if (there.up) guestAnswered(turn, found)
}

/** Hangs up phones and ended callers, and ends bridges, that nothing in the room knows. @returns how many channels. */
function dropStrangers(turn: Turn, event: Listed): number {
  const asked = new Set(turn.effects.map((effect) => (effect.type === 'hang-up' ? effect.channel : effect.type === 'dissolve' ? effect.bridge : '')))
  const visits = new Map(event.arrivals.map(({ call, visit }) => [call, visit]))
  // Whom the fallback gave back is told as a caller.
  const given = new Set(event.arrivals.map(({ call, channel }) => channel ?? call))
  let dropped = 0
  for (const { id } of event.channels) {
    const isOurs = isLegName(id) || callOfChannel(id) !== id
    const unknown = isOurs ? !turn.room.callOfLeg(id) && !given.has(id) : turn.room.isOver(id, visits.get(id))
    if (!unknown || asked.has(id)) continue
    turn.hangUp(id)
    dropped++
  }
  for (const id of event.elsewhere) {
    // Not of whom there was merely no more news.
    if (!turn.room.isOver(id, Infinity)) continue
    turn.hangUp(id)
    dropped++
  }
  const inUse = new Set<string>()
  for (const { state, away } of turn.room.calls.values()) {
    if (away?.bridge) inUse.add(away.bridge)
    if (state.kind === 'talking') inUse.add(state.bridge)
    for (const offer of state.ticket?.offers ?? []) if (offer.bridge !== null) inUse.add(offer.bridge)
  }
  for (const bridge of event.bridges) {
    if (!bridge.startsWith('B-') || inUse.has(bridge) || asked.has(bridge)) continue
    turn.do({ type: 'dissolve', bridge })
  }
  return dropped
}
