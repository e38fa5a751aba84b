/** What supervisors watch besides calls and people: staffing alarms, what is closed and where its callers go, what was set aside. */
import type { Room } from '../routing/live-room.js'
import type { Override } from '../routing/rules.js'
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

export interface SupervisionView {
  readonly at: number
  readonly staffing: readonly GuardView[]
  readonly queues: readonly RouteView[]
  readonly overrides: readonly Override[]
  /** When hours or overrides next change something; null for never. */
  readonly until: number | null
}

/** `now` in milliseconds since the epoch. */
export const viewSupervision = ({ rules, agents, understaffed, overrides }: Room, now: number): SupervisionView => ({
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
  queues: [...rules.queues.values()].map(({ id, open }) => ({ queue: id, open, to: rules.routes.get(id) ?? id })),
  overrides: [...overrides.values()].sort((one, other) => one.until - other.until),
  until: rules.until,
})
