/**
 * What a supervisor sets aside for a while: the hours of a filière or queue, or where the calls of a number enter. Each has an end,
 * and survives a restart with the room. Kept here, compiled into the rules by whoever makes them: the core itself only follows rules.
 */
import type { Command, Refusal } from './events.js'
import { N1, type OverrideKind, type Rules } from './rules.js'
import type { Turn } from './turn.js'

/** Longest override: whatever lasts longer belongs in the file. */
const lastsMsMax = 14 * 24 * 3_600_000

/** One override a target: a new one takes the place of the old. */
export function setOverride(turn: Turn, { kind, target, until, by }: Extract<Command, { type: 'override' }>): Refusal | null {
  if (!isTarget(turn.room.rules, kind, target)) return 'unknown-target'
  if (until <= turn.at || until > turn.at + lastsMsMax) return 'bad-end'
  turn.room.overrides.set(target, { kind, target, since: turn.at, until, by })
  turn.overridesTouched = true
  turn.note({ type: 'override-set', kind, target, until, by })
  return null
}

export function endOverride(turn: Turn, { target, by }: Extract<Command, { type: 'end-override' }>): Refusal | null {
  if (!turn.room.overrides.has(target)) return 'unknown-target'
  drop(turn, target, by)
  return null
}

function isTarget({ entries, routes, neighbours, givingIds }: Rules, kind: OverrideKind, target: string): boolean {
  switch (kind) {
    case 'to-n1':
      return entries.has(target)
    case 'open':
    case 'close':
      return routes.has(target) && target !== N1
    case 'give':
    case 'keep':
      return givingIds.has(target)
    case 'refuse':
      return neighbours.has(target)
  }
}

/** Forgets those whose end has come, and those whose target is no more. */
export function expireOverrides(turn: Turn): void {
  const { overrides, rules } = turn.room
  for (const { target, until, kind } of [...overrides.values()])
    if (until <= turn.at || !isTarget(rules, kind, target)) drop(turn, target, null)
}

function drop(turn: Turn, target: string, by: string | null): void {
  turn.room.overrides.delete(target)
  turn.overridesTouched = true
  turn.note({ type: 'override-ended', target, by })
}
