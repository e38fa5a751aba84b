/** What supervisors watch besides calls and people: staffing alarms, what is closed and where its callers go, what was set aside. */
import type { Room } from '../routing/live-room.js'
import { CANARY, type Override } from '../routing/rules.js'
import { presentFor } from '../routing/staffing.js'

export interface GuardView {
  readonly guard: string
  readonly label: string
  readonly role: string
  readonly position: string | null
  readonly present: number
  readonly min: number
  /** Since when there are too few; null while there are enough. */
  readonly brokenSince: number | null
}

export interface RouteView {
  readonly queue: string
  readonly open: boolean
  /** Who takes its callers now: itself while open. */
  readonly to: string
}

/** Another SAS, as it stands with this one. */
export interface NeighbourView {
  readonly neighbour: string
  /** Heard lately; null where nothing is to be heard, for SIP is all there is. */
  readonly up: boolean | null
  /** Whether its calls are taken at all. */
  readonly taken: boolean
  /** Callers offered to it or with it, and its callers here. */
  readonly given: number
  readonly received: number
}

/** A rule by which calls are given. */
export interface GivingView {
  readonly rule: string
  /** Since when; null while it gives none. */
  readonly since: number | null
}

/** How conversations are recorded. */
export interface RecordingView {
  /** Since when recordings fail; null while they do not. */
  readonly failsSince: number | null
}

export interface SupervisionView {
  readonly at: number
  readonly staffing: readonly GuardView[]
  readonly queues: readonly RouteView[]
  readonly overrides: readonly Override[]
  readonly neighbours: readonly NeighbourView[]
  readonly giving: readonly GivingView[]
  /** Null where no conversation is to be recorded. */
  readonly recording: RecordingView | null
  /** When hours or overrides next change something; null for never. */
  readonly until: number | null
}

/** `now` in milliseconds since the epoch. */
export const viewSupervision = (room: Room, now: number): SupervisionView => {
  const { rules, agents, understaffed, overrides } = room
  return {
    at: now,
    staffing: rules.staffing.map((guard) => ({
      guard: guard.id,
      label: guard.label,
      role: guard.role,
      position: guard.position,
      present: presentFor(guard, agents.values()),
      min: guard.min,
      brokenSince: understaffed.get(guard.id) ?? null,
    })),
    queues: [...rules.queues.values()].filter(({ id }) => id !== CANARY).map(({ id, open }) => ({ queue: id, open, to: rules.routes.get(id) ?? id })),
    overrides: [...overrides.values()].sort((one, other) => one.until - other.until),
    neighbours: [...rules.neighbours.values()].map(({ id, reserves, receive }) => ({
      neighbour: id,
      up: reserves ? (room.neighbours.get(id)?.state ?? null) !== null : null,
      taken: receive !== null,
      given: room.givenTo(id).size,
      received: room.receivedFrom(id).size,
    })),
    giving: [...rules.givingIds].map((rule) => ({ rule, since: room.giving.get(rule)?.since ?? null })),
    recording: rules.recording.length > 0 ? { failsSince: room.recordingFailsSince } : null,
    until: rules.until,
  }
}
