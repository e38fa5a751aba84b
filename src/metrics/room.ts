/** What the room holds, counted when it is scraped. */
import type { Registry } from 'prom-client'
import { situations } from '../routing/room.js'
import { viewRoom, type RoomRecords, type RoomView, type TrunkSize } from '../status/room-view.js'
import type { SupervisionView } from '../status/supervision.js'
import { atScrape } from './at-scrape.js'
import { seconds } from './units.js'

/** Gauges computed at scrape: nothing is counted while calls are being decided. */
export const createRoomMetrics = (registry: Registry, now: () => number) => {
  let roomSource: () => RoomRecords | null = () => null
  let supervisionSource: () => SupervisionView | null = () => null
  let expectedSource: () => Iterable<readonly [queue: string, ms: number | null]> = () => []
  let partsSource: () => Readonly<Record<string, boolean>> = () => ({})
  let sizes: () => readonly TrunkSize[] = () => []
  let inUseSource: () => ReadonlyMap<string, number> | null = () => null
  let view: RoomView | null = null
  /** One look at the room for all gauges of one scrape. */
  const look = (): RoomView | null => {
    if (view) return view
    const records = roomSource()
    view = records === null ? null : viewRoom(records, now())
    queueMicrotask(() => (view = null))
    return view
  }
  const gauge = atScrape(registry)

  gauge('calls', 'Calls in the room, by situation.', ['situation'], (to) => {
    const room = look()
    if (room === null) return
    for (const situation of situations) to.set({ situation }, 0)
    for (const { situation } of room.calls) to.inc({ situation })
  })
  gauge('queue_calls', 'Calls in a queue, by situation.', ['queue', 'situation'], (to) => {
    for (const queue of look()?.queues ?? []) {
      for (const situation of ['waiting', 'ringing', 'parked', 'accompanied'] as const) {
        to.set({ queue: queue.id, situation }, queue[situation])
      }
      to.set({ queue: queue.id, situation: 'to-call-back' }, queue.toCallBack)
    }
  })
  gauge('queue_oldest_wait_seconds', 'Longest wait in a queue of who is on the line without company: those to be called back do not count.', ['queue'], (to) => {
    for (const { id } of look()?.queues ?? []) to.set({ queue: id }, 0)
    const longest = new Map<string, number>()
    for (const { queue, situation, waitMs } of look()?.calls ?? []) {
      if (queue !== null && waitMs !== null && (situation === 'waiting' || situation === 'ringing')) longest.set(queue, Math.max(longest.get(queue) ?? 0, waitMs))
    }
    for (const [queue, ms] of longest) to.set({ queue }, seconds(ms))
  })
  gauge('queue_free_people', "People who serve the queue where they sit, and are free.", ['queue'], (to) => {
    for (const { id, free } of look()?.queues ?? []) to.set({ queue: id }, free)
  })
  gauge('queue_rechecks_due', 'Callers who wait in a queue and are due for a word.', ['queue'], (to) => {
    for (const { id, rechecksDue } of look()?.queues ?? []) to.set({ queue: id }, rechecksDue)
  })
  gauge('people', 'People, by roles, position and state.', ['role', 'position', 'state'], (to) => {
    for (const { roles, position, state } of look()?.agents ?? []) to.inc({ role: roles.join('+'), position, state })
  })
  gauge('staffing_present', 'People who count for a staffing guard in force.', ['guard'], (to) => {
    for (const { guard, present } of supervisionSource()?.staffing ?? []) to.set({ guard }, present)
  })
  gauge('staffing_required', 'People whom a staffing guard in force wants.', ['guard'], (to) => {
    for (const { guard, min } of supervisionSource()?.staffing ?? []) to.set({ guard }, min)
  })
  gauge('staffing_broken', 'Whether a staffing guard in force is broken (1): an alarm.', ['guard'], (to) => {
    for (const { guard, brokenSince } of supervisionSource()?.staffing ?? []) to.set({ guard }, brokenSince === null ? 0 : 1)
  })
  gauge('queue_open', 'Whether a queue is open by its hours or an override (1) or not (0).', ['queue'], (to) => {
    for (const { queue, open } of supervisionSource()?.queues ?? []) to.set({ queue }, open ? 1 : 0)
  })
  gauge('expected_wait_seconds', 'Of a caller who came now, by queue; none while it cannot be said.', ['queue'], (to) => {
    for (const [queue, ms] of expectedSource()) if (ms !== null) to.set({ queue }, seconds(ms))
  })
  gauge('overrides', 'Overrides of supervisors in force.', [], (to) => {
    const view = supervisionSource()
    if (view) to.set(view.overrides.length)
  })
  gauge('trunk_channels', 'Size of a trunk in channels.', ['trunk'], (to) => {
    for (const { id, channels } of sizes()) to.set({ trunk: id }, channels)
  })
  gauge('trunk_channels_reserved', 'The last channels of a trunk, kept for emergency numbers.', ['trunk'], (to) => {
    for (const { id, reserved } of sizes()) to.set({ trunk: id }, reserved)
  })
  // Absent while Asterisk does not say: an old number would be taken for a true one.
  gauge('trunk_channels_in_use', "Channels of a trunk in use both ways, the fallback's calls included.", ['trunk'], (to) => {
    const inUse = inUseSource()
    if (inUse !== null) for (const { id } of sizes()) to.set({ trunk: id }, inUse.get(id) ?? 0)
  })
  gauge('pbx_channels', 'SIP channels of the PBX in use: trunks, phones and browsers.', [], (to) => {
    const inUse = inUseSource()
    if (inUse !== null) to.set([...inUse.values()].reduce((sum, channels) => sum + channels, 0))
  })
  gauge('up', 'Whether a part answers (1) or not (0).', ['part'], (to) => {
    for (const [part, up] of Object.entries(partsSource())) to.set({ part }, up ? 1 : 0)
  })
  gauge('recorder_up', 'Whether conversations are recorded (1), or a recording failed and none went well since (0); absent where none is wanted.', [], (to) => {
    const recording = supervisionSource()?.recording
    if (recording) to.set(recording.failsSince === null ? 1 : 0)
  })
  gauge('giving_active', 'Whether a rule gives calls to neighbours (1) or not (0).', ['rule'], (to) => {
    for (const { rule, since } of supervisionSource()?.giving ?? []) to.set({ rule }, since === null ? 0 : 1)
  })
  gauge('neighbour_calls_under_way', 'Callers offered to a neighbour or with it (given), and its callers here (received).', ['neighbour', 'direction'], (to) => {
    for (const { neighbour, given, received } of supervisionSource()?.neighbours ?? []) {
      to.set({ neighbour, direction: 'given' }, given)
      to.set({ neighbour, direction: 'received' }, received)
    }
  })
  gauge('neighbour_up', 'Whether a neighbour is heard (1) or not (0); absent where SIP is all there is.', ['neighbour'], (to) => {
    for (const { neighbour, up } of supervisionSource()?.neighbours ?? []) if (up !== null) to.set({ neighbour }, up ? 1 : 0)
  })
  return {
    /** Null while there is no room. */
    room: (source: () => RoomRecords | null): void => {
      roomSource = source
    },
    /** Alarms, hours, neighbours; null while there is no room. */
    supervision: (source: () => SupervisionView | null): void => {
      supervisionSource = source
    },
    /** What callers could expect to wait who came now, ms by queue; null where it cannot be said. */
    expectedWaits: (source: () => Iterable<readonly [queue: string, ms: number | null]>): void => {
      expectedSource = source
    },
    /** How large the trunks are, and the channels of each SIP endpoint; null when that is not known. */
    trunks: (known: () => readonly TrunkSize[], source: () => ReadonlyMap<string, number> | null): void => {
      sizes = known
      inUseSource = source
    },
    /** What is up: `ari`, `redis`, `lease`, … */
    parts: (source: () => Readonly<Record<string, boolean>>): void => {
      partsSource = source
    },
  }
}
