/** The record of a caller who is new to the room. */
import type { Arrival, CallerLocation, PbxEvent } from './events.js'
import { callerOf, drmIdOf, type Call, type CallState, type Received } from './room.js'
import { N1, type EntryRules, type Rules } from './rules.js'
import type { Turn } from './turn.js'

/** For a call on a number the rules do not know (they changed, or the dialplan is older): N1 takes it. */
const defaultEntry = { queue: N1, class: 'P1', wait: 'music', greeting: null } as const

/** Its queue is one that is open now. */
export const entryOf = (rules: Rules, { trunk, number }: { trunk: string; number: string }): EntryRules => {
  const entry = rules.entries.get(`${trunk}/${number}`) ?? { ...defaultEntry, orientation: rules.orientation }
  return { ...entry, queue: rules.routes.get(entry.queue) ?? N1 }
}

/** Names given to one visit's legs, bridges and sounds, at most. */
const namesMax = 100_000

/** Where music is wanted, the caller's channel is answered first. */
export function answerForMusic(turn: Turn, call: Call, entry: EntryRules): void {
  if (entry.wait !== 'music' || call.answered) return
  call.answered = true
  turn.do({ type: 'answer', channel: callerOf(call) })
}

/** Takes the caller into the room and presents them. */
export function newCall(turn: Turn, arrival: Arrival, state: CallState, received: Received | null = null): Call {
  const { call: id, trunk, number } = arrival
  const given = received && arrival.given
  const entryClass = given?.class ?? entryOf(turn.room.rules, arrival).class
  const { visit = 0 } = arrival
  // The clock of a caller whom a neighbour gives began there.
  const arrivedAt = Math.min(arrival.arrivedAt, turn.at) - (given?.waitedMs ?? 0)
  const call: Call = {
    id,
    channel: arrival.channel ?? id,
    trunk,
    number,
    caller: arrival.caller,
    location: null,
    arrivedAt,
    entryClass,
    answered: arrival.answered,
    pickedUpAt: null,
    drm: given?.drm && !isOwnDrm(turn.room.rules, given.drm) ? { id: given.drm, openedAt: turn.at, callerName: null } : null,
    orientation: null,
    reopened: false,
    callback: null,
    outgoing: null,
    received,
    away: null,
    offeredTo: [],
    givenTo: null,
    recorder: null,
    state,
    visit,
    // Names given before the call was forgotten must not come again.
    names: visit * namesMax,
    sound: null,
  }
  turn.room.calls.set(id, call)
  turn.touchCall(call)
  if (received) turn.note({ type: 'received', call: id, from: received.from, trunk, number, class: entryClass, arrivedAt })
  else turn.note({ type: 'presented', call: id, trunk, number, class: entryClass, arrivedAt })
  return call
}

/** Of another call here: whatever a neighbour says, its callers have none of these. */
const isOwnDrm = ({ sas }: Rules, drm: string): boolean => drm.startsWith(drmIdOf(sas, ''))

/** Where the caller is. What an earlier engine, or an earlier word of the same, told is not told again. */
export function locateCaller(turn: Turn, { call: id, result, location }: Extract<PbxEvent, { type: 'caller-located' }>): void {
  const call = turn.room.calls.get(id)
  if (!call) return turn.ignore('caller-located', 'unknown-call')
  if (location !== null && saysMore(call.location, location)) {
    call.location = location
    turn.touchCall(call)
  } else if (call.location !== null && result !== 'lookup-failed') return turn.ignore('caller-located', 'known-location')
  turn.note({ type: 'caller-located', call: id, result })
}

/** A place says more than an address alone. */
const saysMore = (known: CallerLocation | null, told: CallerLocation): boolean =>
  known === null || (known.point === null && known.civic === null && (told.point !== null || told.civic !== null))

/** Of a caller known from the fallback's record alone, the PBX knows more: when they came, and their number. */
export function completeFrom(call: Call, { arrivedAt, caller }: Arrival): void {
  call.arrivedAt = Math.min(call.arrivedAt, arrivedAt)
  call.caller ??= caller
}
