/**
 * Callers who agreed to be called back (R-N2-3). Whoever agreed and hangs up before they were served keeps their place: the ticket
 * goes on in its line, with nobody at the other end (`Call.channel` is null). Once an agent has picked up for it the caller is
 * dialled, see pickup.
 *
 * One who is called in vain is called again after a while, so many times; then an ARM tries, who knows what to do if it is in vain
 * again: the call ends. A trunk that fails counts for nothing.
 */
import { endCall, dismissParties } from './ending.js'
import type { GoneCause, LegId, Refusal } from './events.js'
import type { EndReason } from './facts.js'
import { agreed, callerAnswered, connect, diallingOffer, missOffer, withdrawOffer } from './pickup.js'
import { notReached } from './outgoing.js'
import { isGoingOut, type Call, type Callback, type Offer, type Ticket } from './room.js'
import { N1, wayTo } from './rules.js'
import { entryOf } from './arrival.js'
import { conversationOf, enter, keptPlace, newTicket, samePlace } from './transfers.js'
import type { Turn } from './turn.js'

/** Said by whoever talks to the caller. Again, it begins anew. */
export function agreeToCallback(turn: Turn, who: { agent: string; call: string }): Refusal | null {
  const found = conversationOf(turn, who.agent, who.call)
  if (typeof found === 'string') return found
  const { call } = found
  const { rules } = turn.room
  if (!wayTo(rules.outbound, call.caller)) return 'not-dialable'
  const to = entryOf(rules, call).orientation[call.orientation?.priority ?? 'P2']
  call.callback = { by: who.agent, at: turn.at, to, attempts: 0, last: false, leg: null, reached: false }
  turn.touchCall(call)
  turn.note({ type: 'callback-agreed', call: call.id, agent: who.agent, to })
  return null
}

/** The caller is gone: whoever was picked up once was answered, whatever they waited for then. One who agreed to it is called back. */
export function callerGone(turn: Turn, call: Call, why: EndReason): void {
  if (isToCallBack(call)) return goAway(turn, call)
  endCall(turn, call, why === 'kept-there' ? 'returned' : call.pickedUpAt === null ? 'abandoned' : 'answered', why, { gone: call.channel ?? call.id })
}

/** The caller is gone, and is to be called back: not when they were called back already and spoke to somebody just now. */
export const isToCallBack = (call: Call): boolean => call.callback !== null && !isGoingOut(call) && !(call.callback.reached && call.state.kind === 'talking')

/** Keeps the place of a caller who hung up. Whoever was with them is off the line; a phone that rings for them goes on ringing. */
export function goAway(turn: Turn, call: Call): void {
  const callback = agreed(call)
  const connecting = call.state.ticket?.offers.filter(({ phase }) => phase === 'connecting') ?? []
  for (const offer of connecting) withdrawOffer(turn, call, offer, { callerGone: true })
  const { state } = call
  const hungUpAtOnce = connecting.length > 0 && call.channel !== call.id
  call.channel = null
  call.answered = false
  call.sound = null
  if (state.kind === 'talking') dismissParties(turn, call, state, 'hung-up')
  const ticket = placeOf(turn, call) ?? newTicket(turn, call, callback.to, 'to-call-back')
  call.state = { kind: 'seeking', ticket: { ...ticket, positionAt: null, recheckAt: null, rechecksDue: 0, heldUntil: null } }
  turn.touchCall(call)
  turn.note({ type: 'caller-away', call: call.id, queue: ticket.queue })
  // They answered, and did not wait to be put through.
  if (hungUpAtOnce) inVain(turn, call, callback, 'normal')
}

/** The place they had, in a line or kept for them. */
function placeOf(turn: Turn, call: Call): Ticket | null {
  const { state } = call
  switch (state.kind) {
    case 'seeking':
      return state.ticket
    case 'talking':
      return state.ticket ?? (state.place && keptPlace(turn, call, state.place, 'to-call-back'))
    case 'fallback':
      return state.place && samePlace(turn, call, state.place, 'to-call-back')
  }
}

/** They do not answer, or not any more. @param legGone their channel has ended */
export function calledInVain(turn: Turn, call: Call, why: GoneCause, legGone: boolean): void {
  const callback = agreed(call)
  const { leg } = callback
  callback.leg = null
  turn.touchCall(call)
  if (leg !== null && !legGone) turn.hangUp(leg)
  if (isGoingOut(call)) return notReached(turn, call, callback.by, why)
  const offer = diallingOffer(call)
  if (!offer) return
  withdrawOffer(turn, call, offer)
  inVain(turn, call, callback, why)
}

/** Nobody was reached at all, for want of a line: that says nothing of the caller. */
const lineCauses: ReadonlySet<GoneCause> = new Set(['unreachable', 'failed'])
/** For so long after the agreement. */
const patienceMs = 2 * 3_600_000

function inVain(turn: Turn, call: Call, callback: Callback, why: GoneCause): void {
  if (call.state.kind !== 'seeking') throw new Error(`call ${call.id} is not sought`)
  const { outbound } = turn.room.rules
  const counts = !lineCauses.has(why) || turn.at - callback.at > patienceMs
  if (counts) callback.attempts++
  const next = !counts ? 'again' : callback.last ? 'none' : callback.attempts < (outbound?.callbackAttempts ?? 0) ? 'again' : 'n1'
  turn.touchCall(call)
  turn.note({ type: 'callback-missed', call: call.id, attempt: callback.attempts, why, next })
  if (next === 'none') return endCall(turn, call, 'answered', 'callback-unreached', { gone: call.id, waiting: false })
  callback.last ||= next === 'n1'
  // At N1 too behind those who are on the line.
  const ticket = next === 'n1' ? newTicket(turn, call, N1, 'callback-unreached') : call.state.ticket
  hold(turn, call, ticket)
}

const retryMsMin = 5_000

/** Not to be called again for a while. */
function hold(turn: Turn, call: Call, ticket: Ticket): void {
  const { outbound } = turn.room.rules
  call.state = { kind: 'seeking', ticket: { ...ticket, heldUntil: turn.at + Math.max(outbound?.callbackRetryMs ?? 0, retryMsMin) } }
  turn.touchCall(call)
}

/** Who had picked up hung up while the caller was being called: their phone rang, and falls silent for a while. */
export function notDialled(turn: Turn, call: Call, offer: Offer): void {
  missOffer(turn, call, offer, 'not-connected', true)
  if (call.state.kind === 'seeking') hold(turn, call, call.state.ticket)
}

/** By whoever talks to them, or for one who is gone, by anybody at work: they called again, or need nothing any more. */
export function withdrawCallback(turn: Turn, who: { agent: string; call: string }): Refusal | null {
  const { room } = turn
  const agent = room.agents.get(who.agent)
  if (!agent) return 'unknown-agent'
  const call = room.calls.get(who.call)
  if (!call) return 'unknown-call'
  if (agent.state.kind === 'signed-out') return 'not-signed-in'
  if (call.callback === null || isGoingOut(call)) return 'no-callback'
  if (call.channel !== null && typeof conversationOf(turn, who.agent, who.call) === 'string') return 'not-on-call'
  if (call.callback.leg !== null) return 'already-rung'
  turn.note({ type: 'callback-withdrawn', call: call.id, agent: agent.id })
  turn.touchCall(call)
  if (call.channel === null) endCall(turn, call, 'answered', 'callback-withdrawn', { gone: call.id, waiting: false })
  else call.callback = null
  return null
}

/** Time to call again, from the same place. */
export function callAgain(turn: Turn, call: Call, ticket: Ticket): void {
  const { returnMs, escalateMs } = turn.room.queue(ticket.queue).rules
  const returnAt = ticket.returnAt === null ? null : turn.at + returnMs[ticket.class]
  call.state = { kind: 'seeking', ticket: { ...ticket, heldUntil: null, returnAt, escalateAt: turn.at + escalateMs[ticket.class] } }
  enter(turn, call, ticket, 'call-again')
  turn.touchCall(call)
}

/** After a connection lost: what became of the call out meanwhile. @param up whether a channel is there, and answered; null for none */
export function mendDialling(turn: Turn, call: Call, up: (channel: LegId) => boolean | null): void {
  const callback = agreed(call)
  const offer = diallingOffer(call)
  if (callback.leg === null || !offer) return
  const there = up(callback.leg)
  if (there === null) callback.leg = null
  if (up(offer.leg) === null) withdrawOffer(turn, call, offer, { legGone: true })
  else if (there === null) connect(turn, call, offer)
  else if (there) callerAnswered(turn, call)
}
