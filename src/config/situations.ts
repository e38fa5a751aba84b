/**
 * Everything that the calendars of a SAS may say together, each with one moment at which they do: what holds in all of these
 * holds at every moment. Which calendars are open on a date follows from its weekday, from its being a public holiday, from what
 * `dates` say of it, and from all this of the day before, so one day of each kind stands for all of its kind; nights that change
 * the clock are looked at themselves. No clock is read: a file that is sound today is sound for ever.
 */
import { Temporal } from 'temporal-polyfill'
import type { Rules } from '../routing/rules.js'
import { compileRules } from './compile.js'
import { DAY_MS, numberOf, type LocalDays } from './local-days.js'
import type { SasConfig } from './schema.js'
import { Timetable } from './timetable.js'

export interface Situation {
  /** When this is, as people say it: `Saturdays at 12:00`. */
  readonly when: string
  /** The calendars that are open. */
  readonly open: ReadonlySet<string>
  readonly rules: Rules
}

export interface Situations {
  readonly all: readonly Situation[]
  /** Since when nothing was looked at any more, for want of an end; null when all was. */
  readonly leftOffAt: string | null
  /** Calendars asked, and stretches of days gone through: what the search costs. */
  readonly looks: number
}

/** A SAS has dozens. */
export const SITUATIONS_MAX = 500
/** A SAS of five calendars takes some 500. */
export const LOOKS_MAX = 50_000

/** Two years with a public holiday on each weekday, a leap day, and two holidays that follow one another. */
const FIRST = numberOf('2024-01-01')
const DAYS = 731
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** Every situation that the calendars lead to, ordinary days first. */
export const situationsOf = (config: SasConfig): Situations => {
  const timetable = new Timetable(config)
  const { localDays } = timetable
  const found = new Map<bigint, Situation>()
  let looks = 0
  const leftOffAt = (leftOff: string | null): Situations => ({ all: [...found.values()], leftOffAt: leftOff, looks })
  for (const day of daysOf(config, localDays)) {
    if (looks > LOOKS_MAX) return leftOffAt(whenOf(localDays.startOf(day.number), day, config))
    const stretches = timetable.stretches(localDays.startOf(day.number), localDays.startOf(day.number + 1))
    looks += timetable.calendars.size + stretches.length
    for (const stretch of stretches) {
      if (found.has(stretch.open)) continue
      const when = whenOf(stretch.fromMs, day, config)
      if (found.size === SITUATIONS_MAX) return leftOffAt(when)
      const open = timetable.openIn(stretch)
      found.set(stretch.open, { when, open, rules: compileRules(config, (calendar) => open.has(calendar)) })
    }
  }
  return leftOffAt(null)
}

/** In the order in which people would rather hear of them. */
const kinds = ['ordinary', 'holiday', 'after-holiday', 'named'] as const

interface Day {
  readonly number: number
  readonly kind: (typeof kinds)[number]
}

/** One day of each kind. */
function* daysOf({ calendars, sas }: SasConfig, localDays: LocalDays): Generator<Day> {
  const said = datesOf(calendars)
  const named = new Set([...said.keys()].flatMap(withNextDay))
  const keyOf = (number: number): string => {
    const [day, before] = [localDays.of(number), localDays.of(number - 1)]
    return `${day.weekday} ${day.publicHoliday} ${before.publicHoliday} ${said.get(number) ?? ''} after ${said.get(number - 1) ?? ''}`
  }
  const usual = new Map<string, Day>()
  for (let number = FIRST; number < FIRST + DAYS; number++) {
    const key = keyOf(number)
    if (usual.has(key) || named.has(number)) continue
    const kind = localDays.of(number).publicHoliday ? 'holiday' : localDays.of(number - 1).publicHoliday ? 'after-holiday' : 'ordinary'
    usual.set(key, { number, kind })
  }
  const rank = ({ kind, number }: Day): number => kinds.indexOf(kind) * 7 + weekdayOf(number)
  yield* [...usual.values()].sort((a, b) => rank(a) - rank(b))
  const clock = new Set(clockChanges(sas.timeZone).flatMap(withNextDay))
  const seen = new Set<string>()
  for (const number of [...new Set([...named, ...clock])].sort((a, b) => a - b)) {
    const key = keyOf(number)
    if (clock.has(number) || !seen.has(key)) yield { number, kind: 'named' }
    seen.add(key)
  }
}

/** What all calendars together say of single dates, by date. */
const datesOf = (calendars: SasConfig['calendars']): ReadonlyMap<number, string> => {
  const said = new Map<number, string>()
  for (const [name, { dates }] of Object.entries(calendars))
    for (const [date, what] of Object.entries(dates)) said.set(numberOf(date), `${said.get(numberOf(date)) ?? ''} ${name} ${what.toString()}`)
  return said
}

/** What opened on a day may close on the next. */
const withNextDay = (number: number): number[] => [number, number + 1]

/** 0 for Monday. */
const weekdayOf = (number: number): number => (((number + 3) % 7) + 7) % 7

const clockChanges = (timeZone: string): number[] => {
  const numbers: number[] = []
  const zoned = (number: number) => Temporal.Instant.fromEpochMilliseconds(number * DAY_MS).toZonedDateTimeISO(timeZone)
  const end = zoned(FIRST + DAYS)
  let at = zoned(FIRST).getTimeZoneTransition('next')
  for (; at !== null && Temporal.ZonedDateTime.compare(at, end) < 0; at = at.getTimeZoneTransition('next')) numbers.push(numberOf(at.toPlainDate().toString()))
  return numbers
}

const whenOf = (at: number, { number, kind }: Day, { sas }: SasConfig): string => {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(sas.timeZone).toPlainTime().toString({ smallestUnit: 'minute' })
  const weekday = WEEKDAYS[weekdayOf(number)]!
  if (kind === 'ordinary') return `${weekday}s at ${time}`
  const day = `${weekday} ${new Date(number * DAY_MS).toISOString().slice(0, 10)}`
  if (kind === 'named') return `${day} at ${time}`
  return `${day}, ${kind === 'holiday' ? 'a public holiday' : 'after a public holiday'}, at ${time}`
}
