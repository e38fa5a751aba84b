/**
 * Calls that a neighbour SAS gives. A place is promised first, for seconds, to one neighbour, for one call; what comes without a promise
 * stays where it is. Where two SASs have SIP alone between them, the same is asked of the INVITE itself.
 */
import type { Given, NeighbourEvent, NeighbourState, PositionState, ReservationAsk, ReservationRefusal } from './events.js'
import { expectedWaitMs, queueFor, staffOf } from './expectation.js'
import type { GiftRefusal } from './facts.js'
import type { Room } from './live-room.js'
import type { Received, ReservedPlace } from './room.js'
import { N1, type CallClass, type NeighbourId, type NeighbourRules, type Position, type QueueId } from './rules.js'
import type { Turn } from './turn.js'

/** How long a promise holds: an INVITE is here within milliseconds. */
const promiseMs = 5_000
/** Promises remembered after their end, to tell a call that comes twice from one that was never promised. */
const rememberedMax = 1_000

export const neighbourOn = ({ rules }: Room, trunk: string): NeighbourRules | undefined => [...rules.neighbours.values()].find((one) => one.trunk === trunk)

/** What this SAS tells a neighbour of itself: counts, nobody's name. Free are those whom it would be promised. @param at ms since the epoch */
export function stateForNeighbour(room: Room, neighbour: NeighbourId, at: number): NeighbourState {
  const keepFree = room.rules.neighbours.get(neighbour)?.receive?.keepFree ?? 0
  const open = openPromises(room, at)
  const state = (position: Position): PositionState => {
    const queue = queueFor(room, position)
    if (!queue) return { open: false, free: 0, staffed: 0, waiting: 0, expectedWaitMs: null }
    const free = Math.max(0, queue.free.size - keepFree - open.filter(({ ask }) => ask.position === position).length)
    return { open: true, free, staffed: staffOf(room, queue), waiting: queue.line.length, expectedWaitMs: expectedWaitMs(room, queue) }
  }
  return { positions: Object.fromEntries([N1, ...room.rules.filieres.keys()].map((position) => [position, state(position)])) }
}

/** Those whose call may still come. */
const openPromises = ({ promised }: Room, at: number): ReservedPlace[] => [...promised.values()].filter(({ used, until }) => !used && until > at)

/** ReservedPlace, or not: the fact says why. The same question asked again is answered again. */
export function reservationAsked(turn: Turn, { neighbour, id, ask }: Extract<NeighbourEvent, { type: 'reservation-asked' }>): void {
  const { room } = turn
  const before = room.promised.get(id)
  if (before?.neighbour === neighbour && !before.used && before.until > turn.at) return turn.note({ type: 'reservation', neighbour, why: null })
  const why = before ? 'refused' : refusalOf(turn, neighbour, ask)
  if (why === null) {
    room.promised.set(id, { neighbour, ask, until: turn.at + promiseMs, used: false })
    for (const oldest of room.promised.keys()) {
      if (room.promised.size <= rememberedMax) break
      room.promised.delete(oldest)
    }
  }
  turn.note({ type: 'reservation', neighbour, why })
}

export function reservationDropped({ room }: Turn, { neighbour, id }: Extract<NeighbourEvent, { type: 'reservation-dropped' }>): void {
  const promised = room.promised.get(id)
  if (promised?.neighbour === neighbour) promised.used = true
}

/** Null when there is a place. */
function refusalOf(turn: Turn, id: NeighbourId, { position, class: kind, visited, mayWait }: ReservationAsk): ReservationRefusal | null {
  const { room } = turn
  const { rules } = room
  const neighbour = rules.neighbours.get(id)
  if (!neighbour) return 'unknown-neighbour'
  const { receive } = neighbour
  if (visited.includes(rules.sas) || !visited.includes(id)) return 'loop'
  if (!receive) return 'refused'
  if (!receive.positions.includes(position) || !receive.classes.includes(kind)) return 'not-taken'
  const queue = queueFor(room, position)
  if (!queue) return 'not-taken'
  const open = openPromises(room, turn.at)
  if (room.receivedFrom(id).size + open.filter((one) => one.neighbour === id).length >= receive.atOnce) return 'full'
  const oldest = queue.ownWaits.next()
  if (oldest !== null && turn.at - oldest > receive.ownWaitMsMax) return 'busy'
  if (!mayWait && queue.free.size - open.filter((one) => one.ask.position === position).length <= receive.keepFree) return 'busy'
  return null
}

export interface Gift {
  readonly queue: QueueId
  /** The one that the place was promised for. */
  readonly class: CallClass
  readonly received: Received
}

/** The place of a call that a neighbour gives; or why it stays there. A promise is kept once. */
export function giftOf(turn: Turn, neighbour: NeighbourRules, { number, given }: { number: string; given: Given }): Gift | GiftRefusal {
  const { room } = turn
  const received = { from: neighbour.id, reservation: given.reservation, visited: given.visited }
  if (!neighbour.reserves) {
    const ask = { position: positionOf(turn, neighbour.trunk, number), class: given.class, visited: given.visited, mayWait: false }
    const why = refusalOf(turn, neighbour.id, ask)
    return why ?? { queue: room.rules.routes.get(ask.position) ?? ask.position, class: ask.class, received }
  }
  const promised = room.promised.get(given.reservation ?? '')
  if (!promised) return 'unpromised'
  if (promised.neighbour !== neighbour.id) return 'other-neighbour'
  if (promised.used) return 'replayed'
  if (promised.until <= turn.at) return 'expired'
  if (given.visited.includes(room.rules.sas)) return 'loop'
  promised.used = true
  const { position, class: kind } = promised.ask
  return { queue: room.rules.routes.get(position) ?? position, class: kind, received }
}

/** Where SIP is all there is, the number dialled says what for. */
function positionOf({ room: { rules } }: Turn, trunk: string, number: string): string {
  const queue = rules.entries.get(`${trunk}/${number}`)?.queue ?? ''
  return rules.queues.get(queue)?.position ?? queue
}
