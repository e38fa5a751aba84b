/**
 * How long somebody who comes now can be expected to wait, from the room's own rates: who is ahead, who is at work, how long a call has
 * taken lately. It holds nothing that time alone would change, so it never grows while nothing happens.
 */
import type { QueueIndex, Room } from './live-room.js'
import { isAway, serves } from './room.js'
import type { Position } from './rules.js'

/** Weight of the latest call in the mean: about the last dozen count. */
const latest = 1 / 8

/** The mean time that one call has kept somebody, wrap-up included; ms. */
export const handlingMean = (before: number | undefined, ms: number): number => (before === undefined ? ms : before + (ms - before) * latest)

/** People who serve the queue now, free or not. */
export const staffOf = (room: Room, { rules }: QueueIndex): number =>
  [...room.agents.values()].filter((agent) => !isAway(agent) && !agent.engaged && serves(rules, agent, agent.position)).length

/** Of a caller behind all others, ms; null when nobody is there, or nobody was served yet by whom it could be judged. */
export function expectedWaitMs(room: Room, queue: QueueIndex): number | null {
  const staff = staffOf(room, queue)
  if (staff === 0) return null
  const ahead = queue.line.length - queue.free.size
  if (ahead < 0) return 0
  const mean = room.handling.get(queue.rules.id)
  return mean === undefined ? null : Math.round(((ahead + 1) * mean) / staff)
}

/** The queues of a position that callers may be sent to now. */
export function openQueues(room: Room, position: Position): QueueIndex[] {
  return [...room.queues()].filter(({ rules }) => rules.position === position && rules.open)
}

/** The queue in which a caller sent to a position would wait; null while another position answers for it. */
export function queueFor(room: Room, position: Position): QueueIndex | null {
  const route = room.rules.routes.get(position)
  const queue = route !== undefined && room.hasQueue(route) ? room.queue(route) : null
  return queue?.rules.position === position ? queue : null
}
