/** What would come of a new file in the place of an old one. */
import type { Rules } from '../routing/rules.js'
import { changesBetween, type Change } from './changes.js'
import { compileRules } from './compile.js'
import { isoOf, showInstant } from './local-time.js'
import type { SasConfig } from './schema.js'
import { Timetable, type Stretch } from './timetable.js'

const DAY_MS = 86_400_000
const DAYS = 14
/** Times of one subject shown in words. */
const SHOWN = 3

/** Between two moments something is otherwise than it would have been. */
export interface Otherwise {
  /** `queue mg-osnp`, `guard mrg`, `number operator/15`. */
  readonly what: string
  readonly was: string
  readonly becomes: string
  /** ms since the epoch. */
  readonly fromMs: number
  readonly untilMs: number
}

export interface Plan {
  readonly changes: readonly Change[]
  /** What is open, in force or entered at other times within the next fourteen days. */
  readonly hours: readonly (Otherwise & { readonly from: string; readonly until: string })[]
  /** Paths of the changes for which Asterisk's configuration is to be written again. */
  readonly pbx: readonly string[]
}

/** @param atMs from when on hours are compared, ms since the epoch */
export const plan = (from: SasConfig, to: SasConfig, atMs: number): Plan => {
  const changes = changesBetween(from, to)
  const { timeZone } = to.sas
  return {
    changes,
    hours: otherwise(from, to, atMs).map((one) => ({ ...one, from: isoOf(one.fromMs, timeZone), until: isoOf(one.untilMs, timeZone) })),
    pbx: changes.filter(({ pbx }) => pbx).map(({ path }) => path),
  }
}

const otherwise = (from: SasConfig, to: SasConfig, atMs: number): Otherwise[] => {
  const endMs = atMs + DAYS * DAY_MS
  const [before, after] = [new Timetable(from), new Timetable(to)]
  const [old, next] = [before.stretches(atMs, endMs), after.stretches(atMs, endMs)]
  const differencesIn = comparing(before, after)
  const found = new Map<string, Otherwise[]>()
  for (let [fromMs, o, n] = [atMs, 0, 0]; fromMs < endMs; ) {
    const untilMs = Math.min(old[o + 1]?.fromMs ?? endMs, next[n + 1]?.fromMs ?? endMs)
    for (const { what, was, becomes } of differencesIn(old[o]!, next[n]!)) {
      const all = found.get(what) ?? []
      const last = all.at(-1)
      if (last?.untilMs === fromMs && last.was === was && last.becomes === becomes) all[all.length - 1] = { ...last, untilMs }
      else all.push({ what, was, becomes, fromMs, untilMs })
      found.set(what, all)
    }
    fromMs = untilMs
    if (old[o + 1]?.fromMs === fromMs) o++
    if (next[n + 1]?.fromMs === fromMs) n++
  }
  return [...found.values()].flat()
}

type Difference = Pick<Otherwise, 'what' | 'was' | 'becomes'>

/** What differs between a stretch of the old file and one of the new; the same calendars are looked at once. */
const comparing = (before: Timetable, after: Timetable): ((old: Stretch, next: Stretch) => readonly Difference[]) => {
  const known = new Map<string, readonly Difference[]>()
  const [olds, nexts] = [statesOfStretches(before), statesOfStretches(after)]
  return (old, next) => {
    const key = `${old.open} ${next.open}`
    const seen = known.get(key)
    if (seen) return seen
    const [states, becoming] = [olds(old), nexts(next)]
    const differences = [...states].flatMap(([what, was]) => {
      const becomes = becoming.get(what)
      return becomes === undefined || becomes === was ? [] : { what, was, becomes }
    })
    known.set(key, differences)
    return differences
  }
}

const statesOfStretches = (timetable: Timetable): ((stretch: Stretch) => ReadonlyMap<string, string>) => {
  const known = new Map<bigint, ReadonlyMap<string, string>>()
  return (stretch) => {
    const seen = known.get(stretch.open)
    if (seen) return seen
    const open = timetable.openIn(stretch)
    const states = statesOf(timetable.config, compileRules(timetable.config, (calendar) => open.has(calendar)))
    known.set(stretch.open, states)
    return states
  }
}

/** What the hours decide, by what it is of. */
const statesOf = ({ staffing }: SasConfig, rules: Rules): Map<string, string> => {
  const inForce = new Set(rules.staffing.map(({ id }) => id))
  return new Map([
    ...[...rules.queues.values()].map(({ id, open }): [string, string] => [`queue ${id}`, open ? 'open' : 'closed']),
    ...staffing.map(({ id }): [string, string] => [`guard ${id}`, inForce.has(id) ? 'in force' : 'off']),
    ...[...rules.entries].map(([key, entry]): [string, string] => [`number ${key}`, `${rules.routes.get(entry.queue)} as ${entry.class}`]),
  ])
}

/** The plan in words. */
export const showPlan = ({ changes, hours, pbx }: Plan, timeZone: string): string => {
  if (changes.length === 0) return 'nothing changes'
  const count = changes.length === 1 ? 'one change' : `${changes.length} changes`
  const forPbx = pbx.length === 0 ? 'Asterisk need not know' : `for those with an asterisk (*), Asterisk's configuration is to be written again`
  const whats = [...new Set(hours.map(({ what }) => what))]
  return [
    `${count}; ${forPbx}`,
    ...changes.map(({ path, from, to, effect, pbx: told }) => `${told ? '*' : ' '} ${path}: ${valueOf(from)} → ${valueOf(to)}: ${effect}`),
    ...(hours.length === 0 ? ['the same is open at every moment of the next 14 days'] : ['otherwise within the next 14 days:']),
    ...whats.flatMap((what) => {
      const all = hours.filter((one) => one.what === what)
      const shown = all.slice(0, SHOWN).map(({ was, becomes, fromMs, untilMs }) => `  ${what}: ${becomes}, was ${was}, ${showInstant(fromMs, timeZone)} – ${showInstant(untilMs, timeZone)}`)
      return all.length > SHOWN ? [...shown, `  ${what}: and ${all.length - SHOWN} times more`] : shown
    }),
    'nothing else changes; nobody is taken off a call, and who waits in a queue that stays keeps their place',
  ].join('\n')
}

const valueOf = (value: unknown): string => {
  if (value === null) return 'nothing'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 70 ? `${text.slice(0, 69)}…` : text
}
