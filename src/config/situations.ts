/**
 * Everything that the calendars of a SAS may say together, each with one moment at which they do: what holds in all of these
 * holds at every moment. Which calendars are open on a date follows from its weekday, from its being a public holiday and from
 * the day before, so one day of each kind stands for all of its kind; dates that a calendar names and nights that change the
 * clock are looked at themselves. No clock is read: a file that is sound today is sound for ever.
 */
import { Temporal } from 'temporal-polyfill'
import { compileRules } from './compile.js'
import type { Rules } from '../routing/rules.js'
import { isPublicHoliday, type HolidayRegion } from './public-holidays.js'
import type { SasConfig } from './schema.js'
import { Timetable } from './timetable.js'

export interface Situation {
  /** When this is, as people say it: `Saturdays at 12:00`. */
  readonly when: string
  /** The calendars that are open. */
  readonly open: ReadonlySet<string>
  readonly rules: Rules
}

/** Two years with a public holiday on each weekday, a leap day, and two holidays that follow one another. */
const FIRST = Temporal.PlainDate.from('2024-01-01')
const DAYS = 731
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** Every situation that the calendars lead to, ordinary days first. */
export const situationsOf = (config: SasConfig): readonly Situation[] => {
  const { calendars } = new Timetable(config)
  const found = new Map<string, Situation>()
  for (const { date, kind } of daysOf(config)) {
    const [startMs, endMs] = boundsOf(date, config.sas.timeZone)
    const openings = [...calendars].map(([id, calendar]) => ({ calendar: id, openings: calendar.openings(startMs, endMs) }))
    const edges = openings.flatMap((one) => one.openings.flatMap((opening) => [opening.startMs, opening.endMs]))
    for (const at of new Set([startMs, ...edges.filter((edge) => edge < endMs).sort((a, b) => a - b)])) {
      const open = new Set(openings.filter((one) => one.openings.some((opening) => opening.startMs <= at && at < opening.endMs)).map(({ calendar }) => calendar))
      const key = [...open].join(' ')
      if (!found.has(key)) found.set(key, { when: whenOf(at, date, kind, config), open, rules: compileRules(config, (calendar) => open.has(calendar)) })
    }
  }
  return [...found.values()]
}

/** A local day, ms since the epoch. */
const boundsOf = (date: Temporal.PlainDate, timeZone: string): [number, number] => [
  date.toZonedDateTime(timeZone).epochMilliseconds,
  date.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds,
]

/** In the order in which people would rather hear of them. */
const kinds = ['ordinary', 'holiday', 'after-holiday', 'named'] as const

interface Day {
  readonly date: Temporal.PlainDate
  readonly kind: (typeof kinds)[number]
}

const daysOf = ({ calendars, sas }: SasConfig): Day[] => {
  const named = new Set<string>(Object.values(calendars).flatMap(({ dates }) => Object.keys(dates).flatMap(withNextDay)))
  const usual = new Map<string, Day>()
  for (const { key, ...day } of usualDays(sas.holidays)) if (!usual.has(key) && !named.has(day.date.toString())) usual.set(key, day)
  const rank = ({ kind, date }: Day): number => kinds.indexOf(kind) * 7 + date.dayOfWeek
  const asTheyAre = [...new Set([...named, ...clockChanges(sas.timeZone).flatMap(withNextDay)])].sort()
  return [
    ...[...usual.values()].sort((a, b) => rank(a) - rank(b)),
    ...asTheyAre.map((date): Day => ({ date: Temporal.PlainDate.from(date), kind: 'named' })),
  ]
}

/** What opened on a day may close on the next. */
const withNextDay = (date: string): string[] => [date, Temporal.PlainDate.from(date).add({ days: 1 }).toString()]

type UsualDay = Day & { readonly key: string }
const usualDaysOf = new Map<HolidayRegion, readonly UsualDay[]>()

const usualDays = (region: HolidayRegion): readonly UsualDay[] => {
  const known = usualDaysOf.get(region)
  if (known) return known
  let afterHoliday = isPublicHoliday(region, FIRST.subtract({ days: 1 }))
  const days = Array.from({ length: DAYS }, (_, index): UsualDay => {
    const date = FIRST.add({ days: index })
    const holiday = isPublicHoliday(region, date)
    const day = { date, kind: holiday ? 'holiday' : afterHoliday ? 'after-holiday' : 'ordinary', key: `${date.dayOfWeek} ${holiday} ${afterHoliday}` } as const
    afterHoliday = holiday
    return day
  })
  usualDaysOf.set(region, days)
  return days
}

const clockChanges = (timeZone: string): string[] => {
  const dates: string[] = []
  const end = FIRST.add({ days: DAYS }).toZonedDateTime(timeZone)
  let at = FIRST.toZonedDateTime(timeZone).getTimeZoneTransition('next')
  for (; at !== null && Temporal.ZonedDateTime.compare(at, end) < 0; at = at.getTimeZoneTransition('next')) dates.push(at.toPlainDate().toString())
  return dates
}

const whenOf = (at: number, date: Temporal.PlainDate, kind: Day['kind'], { sas }: SasConfig): string => {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(sas.timeZone).toPlainTime().toString({ smallestUnit: 'minute' })
  const weekday = WEEKDAYS[date.dayOfWeek - 1]!
  if (kind === 'ordinary') return `${weekday}s at ${time}`
  const day = `${weekday} ${date.toString()}`
  if (kind === 'named') return `${day} at ${time}`
  return `${day}, ${kind === 'holiday' ? 'a public holiday' : 'after a public holiday'}, at ${time}`
}
