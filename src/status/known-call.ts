/** The room with what identifies callers, for who may see it: only for answers behind a token. */
import type { Principal } from '../auth/principal.js'
import type { CallerLocation } from '../routing/events.js'
import type { Agent, Call } from '../routing/room.js'
import { seesCaller } from './caller-sight.js'
import type { RoomTally } from './room-tally.js'
import { viewRoom, type CallView, type QueueName, type RoomView, type Sites, type TrunkSize } from './room-view.js'

export interface KnownCallView extends CallView {
  readonly caller: string | null
  readonly callerName: string | null
  readonly location: CallerLocation | null
  /** Other calls from the same number in the 24 hours before; null where that is not known. */
  readonly earlierCalls: number | null
}

export interface KnownRoomView extends RoomView {
  readonly calls: readonly KnownCallView[]
}

export interface LiveRoom {
  readonly calls: ReadonlyMap<string, Call>
  readonly agents: ReadonlyMap<string, Agent>
  /** In the order in which they are shown. */
  readonly queues: Iterable<QueueName>
  readonly trunks: Iterable<TrunkSize>
  /** Where people work who are not at the SAS, by person. */
  readonly sites: Sites
  readonly earlierCalls: EarlierCallsOf
}

/** Null where it is not known. */
export type EarlierCallsOf = (call: string) => number | null

export const knownCall = (call: Call, view: CallView, isSeen: boolean, earlierCallsOf: EarlierCallsOf): KnownCallView => ({
  ...view,
  caller: isSeen ? call.caller : null,
  location: isSeen ? call.location : null,
  callerName: isSeen ? (call.drm?.callerName ?? null) : null,
  earlierCalls: isSeen ? earlierCallsOf(call.id) : null,
})

/** `now` in milliseconds since the epoch. @param tally where queues and trunks are counted already */
export const viewKnownRoom = (room: LiveRoom, principal: Principal, now: number, tally: RoomTally | null = null): KnownRoomView => {
  const view = viewRoom({ calls: room.calls.values(), agents: room.agents.values(), queues: room.queues, trunks: room.trunks, sites: room.sites }, now, tally)
  const calls = view.calls.flatMap((seen) => {
    const call = room.calls.get(seen.id)
    return call === undefined ? [] : [knownCall(call, seen, seesCaller(principal, seen, room), room.earlierCalls)]
  })
  return { ...view, calls }
}
