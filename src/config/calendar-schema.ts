/**
 * One calendar of a SAS, as people write it: when something is open, in the local time of the SAS.
 * What a key of `hours` and a range mean is decided here; `calendar.ts` makes instants of them.
 */
import { z } from 'zod'
import { HOLIDAY_REGIONS } from './public-holidays.js'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof DAYS)[number]

/** The weekday of an ISO number, 1 for Monday. */
export const dayOf = (isoNumber: number): Day => DAYS[isoNumber - 1]!

/** The days that a key of `hours` names: `sat`, `mon-fri`, `fri-mon` (past the end of the week) or `daily`; none when it is no such key. */
export const daysNamed = (key: string): readonly Day[] => {
  if (key === 'daily') return DAYS
  const [from = -1, to = from, ...rest] = key.split('-').map((day) => DAYS.findIndex((known) => known === day))
  if (from < 0 || to < 0 || rest.length > 0 || (from === to && key.includes('-'))) return []
  const count = ((to - from + 7) % 7) + 1
  return Array.from({ length: count }, (_, index) => DAYS[(from + index) % 7]!)
}

export interface Range {
  /** Local time, `HH:MM`. */
  readonly start: string
  /** Local time, `HH:MM`; the day ends at `00:00` of the next one. */
  readonly end: string
  readonly crossesMidnight: boolean
}

/** A range such as `08:00-12:00` or `20:00-08:00`; null when it is none. */
export const readRange = (text: string): Range | null => {
  const [, start, written] = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.exec(text) ?? []
  if (start === undefined || written === undefined || start === written) return null
  const end = written === '24:00' ? '00:00' : written
  return { start, end, crossesMidnight: end <= start }
}

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** A range in minutes of the day on which it starts. */
const span = ({ start, end, crossesMidnight }: Range) => ({
  from: minutes(start),
  to: minutes(end) + (crossesMidnight ? 1440 : 0),
})

const overlap = (one: Range, other: Range): boolean => {
  const [a, b] = [span(one), span(other)]
  return a.from < b.to && b.from < a.to
}

const isEmpty = (text: unknown): boolean => {
  const [start, end] = typeof text === 'string' ? text.split('-') : ['']
  return start === end
}

const range = z.string().refine((text) => readRange(text) !== null, {
  error: ({ input }) =>
    isEmpty(input)
      ? 'starts and ends at the same time; write 00:00-24:00 for a whole day'
      : 'is no range of local time; write such as 08:00-12:00, 20:00-08:00 or 00:00-24:00',
})

const RANGES_MAX = 8

/** When a day is open; a day without a range is closed. */
const ranges = z
  .array(range, { error: 'must be a list of ranges, such as ["08:00-12:00", "14:00-20:00"]' })
  .superRefine((texts, { addIssue }) => {
    // A limit of the schema's own would also count the letters of a text that is no list.
    if (texts.length > RANGES_MAX) return addIssue({ code: 'custom', message: `has more than ${RANGES_MAX} ranges` })
    const all = texts.map(readRange)
    for (const [index, one] of all.entries()) {
      const rival = all.findIndex((other, at) => at < index && one !== null && other !== null && overlap(one, other))
      if (rival >= 0) addIssue({ code: 'custom', path: [index], message: `overlaps ${texts[rival]}` })
    }
  })

const hours = z
  .record(
    z.string().refine((key) => daysNamed(key).length > 0, `write one of ${DAYS.join(' ')}, days such as mon-fri, or daily`),
    ranges,
    { error: 'must give the ranges of each day, such as mon-fri: ["08:00-20:00"]' },
  )
  .superRefine((all, { addIssue }) => {
    const namedBy = new Map<Day, string>()
    for (const key of Object.keys(all)) {
      const days = daysNamed(key)
      const twice = days.find((day) => namedBy.has(day))
      if (twice !== undefined)
        addIssue({ code: 'custom', path: [key], message: `names ${twice}, which ${namedBy.get(twice)} names already` })
      for (const day of days) namedBy.set(day, key)
    }
  })

const orWord = <const Word extends string>(...words: readonly Word[]) =>
  z.union([ranges, z.enum(words)], {
    error: ({ input }) => `${input === undefined ? 'is missing: write' : 'must be'} a list of ranges, or ${words.join(' or ')}`,
  })

export const calendarSchema = z.strictObject({
  label: z.string().trim().min(1).max(60).optional(),
  hours,
  /** What a public holiday has in place of its weekday's hours. */
  holidays: orWord('as-usual', 'as-sunday'),
  /** Single dates; they win over weekdays and public holidays. `holiday` makes a date one, `as-usual` keeps the weekday's hours. */
  dates: z.record(z.iso.date('write a date that exists as YYYY-MM-DD'), orWord('holiday', 'as-usual')).default({}),
})

const isTimeZone = (name: string): boolean => {
  try {
    // A bare offset, which Intl may know too, has no summer time.
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).format() !== ''
  } catch {
    return false
  }
}

/** Where and when a calendar's local time is. */
export const timeZone = z.string().refine(isTimeZone, 'is no time zone; write a name such as Europe/Paris')
export const holidayRegion = z.enum(HOLIDAY_REGIONS)

export type CalendarConfig = z.infer<typeof calendarSchema>
