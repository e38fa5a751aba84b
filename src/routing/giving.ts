/**
 * Callers offered to a neighbour SAS (R-MA-1 to R-MA-3). A rule is in force while it is planned or switched on, or from the moment at which
 * one of its conditions holds until none has held for a while. It gives the first callers of its line, each of whom keeps the place
 * in it, hears the same music, and may be picked up here meanwhile: whoever picks up first has them. See `Away` for the phases.
 *
 * A neighbour is offered a caller once, and no SAS that had them before: nobody comes back to where they were.
 */
import { lastResortMs } from './effects.js'
import type { GoneCause, NeighbourEvent, PositionState } from './events.js'
import { expectedWaitMs, openQueues, staffOf } from './expectation.js'
import type { GivingReason, StayedReason } from './facts.js'
import type { QueueIndex } from './live-room.js'
import { hush, playMusic, withdrawOffer } from './pickup.js'
import { neighbourOn } from './receiving.js'
import { callerOf, givingKey, type Away, type Call, type Ticket } from './room.js'
import type { GivingRules, NeighbourRules } from './rules.js'
import type { Turn } from './turn.js'

/** A neighbour that does not answer for so long has no place. */
const reserveMs = 2_500
/** One that refused is not asked again sooner. */
const refusedMs = 1_000
/** Nor one of which nothing else says when it has somebody free: a caller whom it refuses is never offered to it again. */
const refusedBySipMs = 5_000
/** SASs that may have a caller, the first one included. */
const sasMax = 3
/** Callers looked at in one line for those who may be given. */
const lookMax = 200

export function neighbourState(turn: Turn, { neighbour, state }: Extract<NeighbourEvent, { type: 'neighbour-state' }>): void {
  const { neighbours } = turn.room
  const wasUp = (neighbours.get(neighbour)?.state ?? null) !== null
  neighbours.set(neighbour, { state, at: turn.at })
  if (wasUp !== (state !== null)) turn.note({ type: 'neighbour-seen', neighbour, up: state !== null })
}

/** After everything else was decided: which rules are in force, and who is offered by them. */
export function give(turn: Turn): void {
  const { room } = turn
  withdrawAway(turn)
  for (const id of room.giving.keys()) if (!room.rules.giving.some((rule) => rule.id === id)) endGiving(turn, id)
  for (const rule of room.rules.giving) {
    const next = watch(turn, rule)
    const again = room.giving.has(rule.id) ? offerAll(turn, rule) : null
    const due = [next, again].filter((at) => at !== null && at > turn.at) as number[]
    room.deadlines.set(givingKey(rule.id), due.length > 0 ? Math.min(...due) : null)
  }
  turn.settle()
}

/** Begins the rule, or ends it. @returns when to look again */
function watch(turn: Turn, rule: GivingRules): number | null {
  const { giving } = turn.room
  const { why, again } = reasonFor(turn, rule)
  const inForce = giving.get(rule.id)
  if (why !== null) {
    if (inForce) inForce.calmSince = null
    else {
      giving.set(rule.id, { since: turn.at, calmSince: null })
      turn.note({ type: 'giving-began', rule: rule.id, why })
    }
    return again
  }
  if (!inForce) return again
  inForce.calmSince ??= turn.at
  const ends = inForce.calmSince + rule.calmMs
  if (ends > turn.at) return again === null ? ends : Math.min(again, ends)
  endGiving(turn, rule.id)
  return again
}

function endGiving(turn: Turn, id: string): void {
  const inForce = turn.room.giving.get(id)
  turn.room.giving.delete(id)
  turn.room.deadlines.set(givingKey(id), null)
  if (inForce) turn.note({ type: 'giving-ended', rule: id, forMs: turn.at - inForce.since })
}

/** Which condition holds; or when the first may, should nothing happen until then. */
function reasonFor(turn: Turn, rule: GivingRules): { why: GivingReason | null; again: number | null } {
  if (rule.always) return { why: 'asked', again: null }
  const { room } = turn
  const queues = openQueues(room, rule.position)
  const oldest = Math.min(...queues.map(({ ownWaits }) => ownWaits.next() ?? Infinity))
  const ripe = rule.oldestWaitMs === null ? Infinity : oldest + rule.oldestWaitMs
  if (ripe <= turn.at) return { why: 'oldest-wait', again: null }
  const again = Number.isFinite(ripe) ? ripe : null
  if (rule.unstaffed && queues.every((queue) => staffOf(room, queue) === 0)) return { why: 'unstaffed', again }
  const limit = rule.expectedWaitMs
  if (limit !== null && queues.some((queue) => (expectedWaitMs(room, queue) ?? 0) >= limit)) return { why: 'expected-wait', again }
  const { linesPercent } = rule
  if (linesPercent !== null && trunksOf(turn, rule).some((trunk) => room.callsOn(trunk) * 100 >= linesPercent * (room.rules.lines.get(trunk)?.channels ?? Infinity)))
    return { why: 'lines', again }
  return { why: null, again }
}

const trunksOf = ({ room: { rules } }: Turn, { entries }: GivingRules): string[] => [...new Set([...(entries ?? rules.entries.keys())].map((entry) => entry.slice(0, entry.lastIndexOf('/'))))]

/** @returns when one more may be offered to a neighbour that refused a moment ago */
function offerAll(turn: Turn, rule: GivingRules): number | null {
  let again: number | null = null
  for (const queue of openQueues(turn.room, rule.position)) {
    for (const { id } of firstOf(queue.line, lookMax)) {
      const call = turn.room.calls.get(id)
      const ticket = call?.state.ticket
      if (!call || !ticket || !mayGo(call, ticket, rule)) continue
      const found = rule.to.flatMap((neighbour) => neighbourFor(turn, call, rule, queue, neighbour) ?? []).at(0)
      if (!found) continue
      if (found.at > turn.at) {
        again = again === null ? found.at : Math.min(again, found.at)
        continue
      }
      offerTo(turn, call, rule, found.neighbour, found.mayWait)
    }
  }
  return again
}

function firstOf<Item>(all: Iterable<Item>, most: number): Item[] {
  const first: Item[] = []
  for (const item of all) if (first.push(item) >= most) break
  return first
}

const mayGo = (call: Call, { class: kind }: Ticket, { classes, entries, share }: GivingRules): boolean =>
  call.away === null &&
  // Not of whom somebody keeps company until a transfer is taken.
  call.state.kind === 'seeking' &&
  call.channel !== null &&
  call.outgoing === null &&
  // Until somebody here has answered, they are another SAS's to give: it alone knows to whom they were offered.
  (call.received === null || call.pickedUpAt !== null) &&
  classes.includes(kind) &&
  (entries === null || entries.has(`${call.trunk}/${call.number}`)) &&
  (share >= 100 || hundredth(call.id) < share)

/** Of a hundred, always the same for one call. */
function hundredth(id: string): number {
  let sum = 0
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 9_973
  return sum % 100
}

interface Found {
  readonly neighbour: NeighbourRules
  readonly mayWait: boolean
  /** Not before. */
  readonly at: number
}

/** Whether the neighbour may be asked for a place for this caller; null for no. */
function neighbourFor(turn: Turn, call: Call, rule: GivingRules, queue: QueueIndex, id: string): Found | null {
  const { room } = turn
  const neighbour = room.rules.neighbours.get(id)
  const visited = broughtBy(turn, call)
  if (!neighbour || call.offeredTo.includes(id) || visited.includes(id) || visited.length + 2 > sasMax) return null
  const given = room.givenTo(id)
  if (given.size >= rule.atOnce) return null
  const at = room.notBefore.get(id) ?? turn.at
  if (!neighbour.reserves) return { neighbour, mayWait: false, at }
  const view = room.neighbours.get(id)
  const there = view?.state?.positions[rule.position]
  if (!view || !there?.open) return null
  // Whom it had free for those offered before, it has counted already.
  const asked = [...given].filter((one) => (room.calls.get(one)?.away?.since ?? -Infinity) >= view.at).length
  const mayWait = isSooner(turn, rule, queue, there)
  return there.free > asked || mayWait ? { neighbour, mayWait, at } : null
}

/** Whether a caller may wait there: nobody is here, the line was lent, or their wait there is half of that here. */
function isSooner({ room }: Turn, { always }: GivingRules, queue: QueueIndex, there: PositionState): boolean {
  if (there.staffed === 0) return false
  if (always || staffOf(room, queue) === 0) return true
  const here = expectedWaitMs(room, queue)
  return here !== null && there.expectedWaitMs !== null && there.expectedWaitMs * 2 < here
}

function offerTo(turn: Turn, call: Call, rule: GivingRules, neighbour: NeighbourRules, mayWait: boolean): void {
  const leg = turn.legName(call)
  const away: Away = { neighbour: neighbour.id, rule: rule.id, leg, since: turn.at, phase: 'reserving', reservation: null, bridge: null, joined: { caller: false, leg: false }, until: turn.at + reserveMs }
  call.away = away
  turn.touchCall(call)
  turn.note({ type: 'offered-away', call: call.id, neighbour: neighbour.id, rule: rule.id, leg })
  if (neighbour.reserves) turn.do({ type: 'reserve', leg, neighbour: neighbour.id, ask: { position: rule.position, class: ticketOf(call).class, visited: visitedWith(turn, call), mayWait } })
  else send(turn, call, away, null)
  turn.settleCall(call)
}

/** SASs that had the caller before. One whose fallback sent them says nothing of it, but for the trunk. */
function broughtBy({ room }: Turn, { received, trunk }: Call): readonly string[] {
  const neighbour = received ? undefined : neighbourOn(room, trunk)
  return received?.visited ?? (neighbour ? [neighbour.id] : [])
}

/** Those that had the caller, this one, and those that had them in vain. */
const visitedWith = (turn: Turn, call: Call): string[] => [...broughtBy(turn, call), turn.room.rules.sas, ...call.offeredTo]

/** The neighbour has a place, or has none. */
export function reserved(turn: Turn, { leg, neighbour, reservation, why }: Extract<NeighbourEvent, { type: 'reserved' }>): void {
  const call = turn.room.callOfLeg(leg)
  const away = call?.away
  if (!call || away?.leg !== leg || away.phase !== 'reserving') {
    turn.ignore('reserved', 'stale-leg')
    if (reservation !== null) turn.do({ type: 'give-up', neighbour, reservation })
    return
  }
  if (reservation === null) return stay(turn, call, why ?? 'unreachable', true)
  send(turn, call, away, reservation)
}

function send(turn: Turn, call: Call, away: Away, reservation: string | null): void {
  const neighbour = turn.room.rules.neighbours.get(away.neighbour)
  if (!neighbour) return stay(turn, call, 'recalled', true)
  const { trunk, number, ringMs } = neighbour
  away.phase = 'ringing'
  away.reservation = reservation
  away.until = turn.at + ringMs
  const visited = visitedWith(turn, call)
  call.offeredTo = [...call.offeredTo, neighbour.id]
  turn.touchCall(call)
  turn.do({
    type: 'give',
    leg: away.leg,
    trunk,
    number,
    caller: callerOf(call),
    shown: call.caller,
    location: call.location,
    given: { reservation, visited, waitedMs: turn.at - call.arrivedAt, class: ticketOf(call).class, drm: call.drm?.id ?? null },
    timeoutMs: ringMs + lastResortMs,
  })
}

/** The call whose caller is offered away by this leg. */
export function awayBy(turn: Turn, leg: string): Call | null {
  const call = turn.room.callOfLeg(leg)
  return call?.away?.leg === leg ? call : null
}

/** Somebody there picked up. */
export function awayAnswered(turn: Turn, call: Call): void {
  const { away } = call
  const ticket = ticketOf(call)
  if (!away || away.phase !== 'ringing') return turn.ignore('leg-answered', 'stale-leg')
  // Somebody here was first.
  if (ticket.offers.some(({ phase }) => phase !== 'ringing')) return stay(turn, call, 'here-first', false)
  for (const offer of [...ticket.offers]) withdrawOffer(turn, call, offer)
  away.phase = 'connecting'
  away.bridge = turn.bridgeName(call)
  away.joined = { caller: false, leg: false }
  away.until = turn.at + turn.room.rules.connectMs
  turn.touchCall(call)
  hush(turn, call)
  if (!call.answered) {
    call.answered = true
    turn.do({ type: 'answer', channel: callerOf(call) })
  }
  turn.do({ type: 'join', bridge: away.bridge, channels: [callerOf(call), away.leg] })
}

/** @returns whether it was theirs */
export function awayJoined(turn: Turn, { bridge, channel }: { readonly bridge: string; readonly channel: string }): boolean {
  const call = turn.room.calls.get(channel) ?? turn.room.callOfLeg(channel)
  const away = call?.away
  if (!call || !away || away.bridge !== bridge) return false
  if (channel === call.channel) away.joined.caller = true
  else if (channel === away.leg) away.joined.leg = true
  turn.touchCall(call)
  if (away.joined.caller && away.joined.leg) given(turn, call, away)
  return true
}

/** From here on the caller is with them, and this SAS only carries their voices. */
function given(turn: Turn, call: Call, { neighbour, rule, leg, bridge }: Away): void {
  const { trunk = '', number = '' } = turn.room.rules.neighbours.get(neighbour) ?? {}
  const guest = { leg, entry: neighbour, trunk, number, by: rule, aside: false, since: turn.at, phase: 'there', until: null } as const
  call.state = { kind: 'talking', bridge: bridge as string, parties: [], guests: [guest], listeners: [], callerHeld: false, ticket: null, place: null }
  call.away = null
  call.givenTo = neighbour
  // They are served.
  call.callback = null
  call.sound = null
  turn.touchCall(call)
  turn.note({ type: 'given', call: call.id, neighbour, rule, leg, waitMs: turn.at - call.arrivedAt })
}

export function awayGone(turn: Turn, call: Call, cause: GoneCause): void {
  stay(turn, call, call.away?.phase === 'connecting' ? 'not-connected' : cause, true)
}

export function awayDue(turn: Turn, call: Call): void {
  if (!call.away || call.away.until > turn.at) return
  const { phase } = call.away
  stay(turn, call, phase === 'reserving' ? 'unreachable' : phase === 'ringing' ? 'too-long' : 'not-connected', phase === 'reserving')
}

/** Says nothing of the neighbour. */
const ofOurs: ReadonlySet<StayedReason> = new Set(['ended', 'here-first', 'recalled'])

/** The caller goes on where they stand. @param gone there is no channel to end */
export function stay(turn: Turn, call: Call, why: StayedReason, gone: boolean): void {
  const { away } = call
  if (!away) return
  call.away = null
  turn.touchCall(call)
  turn.note({ type: 'stayed', call: call.id, neighbour: away.neighbour, leg: away.leg, why })
  if (away.phase !== 'connecting' && !ofOurs.has(why)) turn.room.notBefore.set(away.neighbour, turn.at + (turn.room.rules.neighbours.get(away.neighbour)?.reserves === false ? refusedBySipMs : refusedMs))
  // Should somebody there pick up at this very moment, the call is not theirs to count.
  if (!gone && away.phase !== 'reserving') turn.hangUp(away.leg, true)
  if (away.phase !== 'connecting' || away.bridge === null) return
  turn.do({ type: 'dissolve', bridge: away.bridge })
  if (call.state.kind === 'seeking' && call.channel !== null && turn.room.calls.has(call.id)) playMusic(turn, call)
}

/** Whoever is served here, or seeks nobody any more, is offered to nobody else; nor by a rule that was switched off or is no more. */
export function withdrawAway(turn: Turn): void {
  const { room } = turn
  const ids = turn.rulesReplaced ? [...room.calls.keys()] : [...turn.calls]
  for (const id of ids) {
    const call = room.calls.get(id)
    if (!call?.away) continue
    const { state, channel, away } = call
    const seeks = state.kind === 'seeking' && channel !== null && state.ticket.heldUntil === null && state.ticket.offers.every(({ phase }) => phase === 'ringing')
    if (!seeks) stay(turn, call, 'here-first', false)
    else if (away.phase !== 'connecting' && !room.rules.giving.some(({ id: rule }) => rule === away.rule)) stay(turn, call, 'recalled', false)
  }
  turn.settle()
}

/** After a connection lost. @param up whether a channel is there, and answered; null for none */
export function mendAwayLeg(turn: Turn, call: Call, up: (channel: string) => boolean | null): void {
  const { away } = call
  if (!away) return
  if (away.phase === 'reserving') return stay(turn, call, 'unreachable', true)
  const there = up(away.leg)
  if (there === null) return stay(turn, call, 'failed', true)
  if (!there) return
  if (away.bridge !== null) turn.do({ type: 'dissolve', bridge: away.bridge })
  away.phase = 'ringing'
  away.bridge = null
  awayAnswered(turn, call)
}

function ticketOf(call: Call): Ticket {
  const { ticket } = call.state
  if (!ticket) throw new Error(`${call.id} seeks nobody`)
  return ticket
}
