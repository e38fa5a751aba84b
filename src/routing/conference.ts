/**
 * Somebody outside is called into a conversation: the treating physician, an effector, the CODIS (R-IN-4, R-N2-8). The caller stays with
 * the agent while they are called. With `aside`, the agent talks to them first and the caller hears music, until they are brought
 * in or dismissed. An agent who leaves then leaves the caller with them; the call ends when they hang up.
 *
 *   ringing   entered by `invite`; left by their answer, their refusal, `until`, or `dismiss`.
 *   there     on the line; left by hanging up, or `dismiss`.
 */
import { lastResortMs } from './effects.js'
import { endCall } from './ending.js'
import type { AgentId, CallId, Command, GoneCause, LegId, Refusal } from './events.js'
import { dismissGuests, fetchCaller, holdCaller, present, removeGuest } from './guests.js'
import { playMusic } from './pickup.js'
import type { Call, Guest, Talking } from './room.js'
import { N1, wayTo } from './rules.js'
import { announceLater, conversationOf, firstIn, newTicket } from './transfers.js'
import type { Turn } from './turn.js'

/** As many as people can follow. */
const guestsMax = 3

export function invite(turn: Turn, { agent, call: id, to, aside = false }: Extract<Command, { type: 'invite' }>): Refusal | null {
  const found = conversationOf(turn, agent, id)
  if (typeof found === 'string') return found
  const { call, state } = found
  const way = wayTo(turn.room.rules.outbound, to)
  if (!way) return 'not-dialable'
  if (state.ticket) return 'transfer-pending'
  if (state.guests.length >= guestsMax || (aside && state.guests.length > 0)) return 'conference-full'
  if (aside && state.parties.length > 1) return 'others-on-call'
  const leg = turn.legName(call)
  const { entry, trunk, number } = way
  const { ringMs, shown } = way.outbound
  state.guests.push({ leg, entry, trunk, number, by: agent, aside, since: turn.at, phase: 'ringing', until: turn.at + ringMs })
  turn.touchCall(call)
  turn.do({ type: 'dial', leg, trunk, number, call: call.id, shown, timeoutMs: ringMs + lastResortMs })
  turn.note({ type: 'guest-called', call: call.id, agent, guest: leg, entry, aside })
  return null
}

/** The caller joins agent and guest. */
export function bringIn(turn: Turn, who: { agent: AgentId; call: CallId }): Refusal | null {
  const found = conversationOf(turn, who.agent, who.call)
  if (typeof found === 'string') return found
  const { call, state } = found
  if (!state.callerHeld && present(state).length === 0) return 'no-consultation'
  // Once more, should they not have come the first time.
  state.callerHeld = true
  fetchCaller(turn, call, state)
  turn.note({ type: 'caller-fetched', call: call.id, agent: who.agent })
  return null
}

export function dismiss(turn: Turn, who: { agent: AgentId; call: CallId; guest: LegId }): Refusal | null {
  const found = conversationOf(turn, who.agent, who.call)
  if (typeof found === 'string') return found
  const { call, state } = found
  const guest = state.guests.find(({ leg }) => leg === who.guest)
  if (!guest) return 'unknown-target'
  part(turn, call, state, guest, 'dismissed', false)
  return null
}

interface Found {
  readonly call: Call
  readonly state: Talking
  readonly guest: Guest
}

/** The conversation in which this leg is a guest. */
export function guestOf(turn: Turn, leg: LegId): Found | null {
  const call = turn.room.callOfLeg(leg)
  if (call?.state.kind !== 'talking') return null
  const guest = call.state.guests.find((one) => one.leg === leg)
  return guest ? { call, state: call.state, guest } : null
}

export function guestAnswered(turn: Turn, { call, state, guest }: Found): void {
  if (guest.phase === 'there') return
  const waitMs = turn.at - guest.since
  Object.assign(guest, { phase: 'there', since: turn.at, until: null })
  turn.touchCall(call)
  // Whoever else came in meanwhile is to hear them too.
  const held = guest.aside && state.parties.length === 1 && !state.ticket
  turn.note({ type: 'guest-joined', call: call.id, guest: guest.leg, waitMs, held })
  if (held) holdCaller(turn, call, state)
  else turn.do({ type: 'add', bridge: state.bridge, channel: guest.leg })
}

/** They hung up, or did not answer. */
export function guestGone(turn: Turn, { call, state, guest }: Found, why: GoneCause): void {
  part(turn, call, state, guest, why, true)
}

/** Calls in vain end. */
export function guestsDue(turn: Turn, call: Call, state: Talking): void {
  for (const guest of state.guests) if (guest.until !== null && guest.until <= turn.at) part(turn, call, state, guest, 'no-answer', false)
}

/**
 * The caller is never alone: without the guest they are with the agent again. Left with the guest alone, the call is over when that
 * one hangs up; a guest whose line was lost meant no such thing, and the caller goes to the head of N1.
 */
function part(turn: Turn, call: Call, state: Talking, guest: Guest, why: GoneCause | 'dismissed', gone: boolean): void {
  removeGuest(turn, call, state, guest, why, gone)
  if (present(state).length > 0) return
  if (state.parties.length > 0) return fetchCaller(turn, call, state)
  if (why === 'normal') return endCall(turn, call, 'answered', 'guest-ended', { gone: guest.leg })
  dismissGuests(turn, call, state)
  if (call.givenTo !== null) {
    // Who had them there is not known: they are offered to nobody any more.
    call.givenTo = null
    call.offeredTo = [...turn.room.rules.neighbours.keys()]
  }
  const ticket = newTicket(turn, call, N1, 'guest-lost', firstIn(turn, call))
  call.state = { kind: 'seeking', ticket }
  turn.do({ type: 'dissolve', bridge: state.bridge })
  playMusic(turn, call)
  announceLater(turn, call, ticket)
}
