/**
 * Staffing guards: at least one MRU at every moment, one MRG in SAS hours, one ARM at N1 (R-N2-1, R-N2-2). Looked at in every
 * decision that touched somebody, so that the alarm is raised the moment one stops being true, before a call suffers.
 */
import { isAway, type Agent } from './room.js'
import type { StaffingGuard } from './rules.js'
import type { Turn } from './turn.js'

export function watchStaffing(turn: Turn): void {
  const { room } = turn
  if (turn.agents.size === 0 && !turn.rulesReplaced) return
  const inForce = new Set<string>()
  for (const guard of room.rules.staffing) {
    inForce.add(guard.id)
    const present = presentFor(guard, room.agents.values())
    const since = room.understaffed.get(guard.id)
    if (present < guard.min && since === undefined) {
      room.understaffed.set(guard.id, turn.at)
      turn.note({ type: 'understaffed', guard: guard.id, role: guard.role, present, min: guard.min })
    } else if (present >= guard.min && since !== undefined) end(turn, guard.id, since)
  }
  for (const [guard, since] of [...room.understaffed]) if (!inForce.has(guard)) end(turn, guard, since)
}

function end(turn: Turn, guard: string, since: number): void {
  turn.room.understaffed.delete(guard)
  turn.note({ type: 'staffed-again', guard, afterMs: turn.at - since })
}

/** People who count for a guard: there, not on a pause, and not away from that seat for a P0. */
export function presentFor({ role, position }: Pick<StaffingGuard, 'role' | 'position'>, agents: Iterable<Agent>): number {
  let count = 0
  for (const agent of agents) {
    if (!isAway(agent) && agent.roles.includes(role) && (position === null || agent.position === position)) count++
  }
  return count
}
