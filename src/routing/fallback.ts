/**
 * Callers whom the dialplan's fallback has: given to it by us (the line is full), or taken by it because no engine looked
 * after them. They stay in the room, in state `fallback`, until the PBX announces them again or the fallback's record says how
 * their call ended: every call has one outcome, whoever served it.
 *
 *   fallback   entered by `leaveToFallback`, or by the record of a caller whom no engine saw; left by the caller's return to
 *              the application (→ seeking, at the place they had), by the record's last word, by the end of the channel on its
 *              way there, or for want of news (→ ended).
 */
import { answerForMusic, entryOf, newCall } from './arrival.js'
import { goAway, isToCallBack } from './callback.js'
import { dismissParties, endCall } from './ending.js'
import type { Arrival, FallbackEntry, FallbackNews } from './events.js'
import type { FallbackReason, Outcome } from './facts.js'
import { playMusic, withdrawOffer } from './pickup.js'
import { callerOf, type Call, type FallbackState, type Ticket } from './room.js'
import { N1 } from './rules.js'
import { announceLater, newTicket, samePlace } from './transfers.js'
import type { Turn } from './turn.js'

/** Given to the fallback and not seen to leave: asked again. */
const leaveMsMax = 10_000
/** Longest stay with the fallback, conversation included: a record that tells nothing for so long has lost the end. */
const stayMsMax = 2 * 3_600_000

/** Nobody here looks after the caller any more. @param left whether the channel is known to have left the application */
export function leaveToFallback(turn: Turn, call: Call, why: FallbackReason, left: boolean): void {
  const { state } = call
  for (const offer of [...(state.ticket?.offers ?? [])]) withdrawOffer(turn, call, offer, { callerGone: true })
  if (state.kind === 'talking') dismissParties(turn, call, state, 'lost')
  // Whoever was in conversation had no place in a line: they come back to the head of one.
  const place = state.kind === 'seeking' ? { ...state.ticket, heldUntil: null } : null
  call.sound = null
  call.givenTo = null
  call.state = stay(turn, place, left)
  turn.touchCall(call)
  turn.note({ type: 'to-fallback', call: call.id, why })
}

const stay = (turn: Turn, place: Ticket | null, left: boolean): FallbackState =>
  ({ kind: 'fallback', since: turn.at, left, place, until: turn.at + (left ? stayMsMax : leaveMsMax), ticket: null })

/**
 * Announced again: the caller goes on where they stood, with their own rank and clock.
 * @returns false when the line has no room for one who never had a place
 */
export function comeBack(turn: Turn, call: Call, { place }: FallbackState): boolean {
  const { room } = turn
  const entry = entryOf(room.rules, call)
  const queue = call.pickedUpAt === null ? entry.queue : N1
  if (!place && call.pickedUpAt === null && room.queue(queue).present >= room.rules.queueLengthMax) return false
  const ticket = place ? samePlace(turn, call, place, 'back-from-fallback') : newTicket(turn, call, queue, 'back-from-fallback', { since: call.arrivedAt, head: call.pickedUpAt !== null })
  call.state = { kind: 'seeking', ticket }
  turn.touchCall(call)
  answerForMusic(turn, call, entry)
  playMusic(turn, call)
  announceLater(turn, call, ticket)
  return true
}

/**
 * What the fallback did meanwhile, in its order. While the PBX tells who leaves the application, somebody who is in it has come
 * back since they arrived there: the record is read a moment later than events. So has whoever it says was given back.
 */
export function readNews(turn: Turn, { entries, mark }: FallbackNews, isTold: boolean): void {
  const returns = new Map(entries.flatMap(({ event, call }, index) => (event === 'returned' ? [[call, index] as const] : [])))
  for (const [index, entry] of entries.entries()) {
    const call = turn.room.calls.get(entry.call)
    const isBack = isTold || (returns.get(entry.call) ?? -1) > index
    if (entry.event === 'arrived' && isBack && call && call.state.kind !== 'fallback') turn.ignore('fallback-news', 'back-already')
    else if (entry.event === 'arrived') arrivedThere(turn, entry)
    else if (entry.event === 'ended') endedThere(turn, entry)
    else if (entry.event === 'unseen') leftUnseen(turn, entry)
    else if (entry.event === 'refused') turn.note({ type: 'turned-away', call: entry.call, trunk: entry.trunk, number: entry.number, refusedAt: entry.at })
  }
  if (mark !== null) turn.room.fallbackMark = mark
}

function arrivedThere(turn: Turn, entry: FallbackEntry): void {
  const { room } = turn
  if (room.isOver(entry.call)) return turn.ignore('fallback-news', 'ended-call')
  const call = room.calls.get(entry.call) ?? newThere(turn, entry)
  if (call.state.kind !== 'fallback') leaveToFallback(turn, call, 'no-engine', true)
  if (call.state.kind !== 'fallback') throw new Error(`${call.id} is not with the fallback`)
  seenThere(turn, call, call.state)
}

/** The caller is in the dialplan for sure. */
export function seenThere(turn: Turn, call: Call, state: FallbackState): void {
  state.left = true
  state.until = turn.at + stayMsMax
  turn.touchCall(call)
}

/** Time is up: whoever was not seen to leave is sent again; of whoever left, nobody will tell any more. */
export function fallbackDue(turn: Turn, call: Call, state: FallbackState): void {
  if (state.left) return noNews(turn, call)
  state.until = turn.at + leaveMsMax
  turn.touchCall(call)
  turn.do({ type: 'hand-back', channel: callerOf(call) })
}

/** No engine ever knew this caller. */
function newThere(turn: Turn, entry: FallbackEntry): Call {
  const { call: id, trunk, number, at, cameAt = at } = entry
  const arrival: Arrival = { call: id, trunk, number, caller: null, arrivedAt: cameAt, answered: true }
  const call = newCall(turn, arrival, stay(turn, null, true))
  if (entry.event === 'arrived') turn.note({ type: 'to-fallback', call: id, why: 'no-engine' })
  return call
}

/** Most were seen all the same: of them, the PBX tells or has told. */
function leftUnseen(turn: Turn, entry: FallbackEntry): void {
  const known = turn.room.calls.get(entry.call)
  if (known ? known.state.kind !== 'fallback' : turn.room.isOver(entry.call)) return
  const call = known ?? newThere(turn, entry)
  if (isToCallBack(call)) return goAway(turn, call)
  endCall(turn, call, call.pickedUpAt === null ? 'abandoned' : 'answered', 'left-unseen', { gone: call.channel ?? call.id, at: entry.at, waiting: true })
}

function endedThere(turn: Turn, { call: id, at, result, answeredAt, phone }: FallbackEntry): void {
  const call = turn.room.calls.get(id)
  if (call?.state.kind !== 'fallback') return turn.ignore('fallback-news', call ? 'back-already' : 'unknown-call')
  const served = result === 'n1' || result === 'neighbour'
  if (result === 'n1' && call.pickedUpAt === null) {
    const agent = (phone === null ? undefined : turn.room.agentAt(phone))?.id ?? null
    turn.note({ type: 'served-by-fallback', call: id, agent, waitMs: Math.max(0, (answeredAt ?? at) - call.arrivedAt) })
  }
  if (!served && isToCallBack(call)) return goAway(turn, call)
  const outcome: Outcome = call.pickedUpAt !== null ? 'answered' : !served ? 'abandoned' : result === 'n1' ? 'fallback' : 'neighbour'
  endCall(turn, call, outcome, 'over-at-fallback', { gone: call.channel ?? id, at, waiting: !served })
}

/** Neither the PBX nor a record says what became of them. Should they come back all the same, they are served as anybody. */
export function noNews(turn: Turn, call: Call): void {
  if (isToCallBack(call)) return goAway(turn, call)
  const outcome: Outcome = call.pickedUpAt === null ? 'fallback' : 'answered'
  endCall(turn, call, outcome, 'no-news-of-fallback', { gone: call.channel ?? call.id, waiting: false, sure: false })
}
