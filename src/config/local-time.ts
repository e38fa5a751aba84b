/** Instants as people of a SAS write and read them: in local time. */
import { Temporal } from 'temporal-polyfill'

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/**
 * `2026-12-26T10:00` in a time zone, or an instant with an offset of its own; null when it is neither. Of a time that the clock shows
 * twice, the first.
 * @returns ms since the epoch
 */
export const readInstant = (text: string, timeZone: string): number | null => {
  try {
    if (/(Z|[+-]\d{2}:?\d{2})$/i.test(text)) return Temporal.Instant.from(text).epochMilliseconds
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds
  } catch {
    return null
  }
}

const local = (ms: number, timeZone: string) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone)

/** A month of local time (`YYYY-MM`), from its first instant until the first of the next, ms since the epoch; null for what is no month. */
export const monthSpan = (month: string, timeZone: string): { readonly fromMs: number; readonly toMs: number } | null => {
  if (!/^[0-9]{4}-(?:0[1-9]|1[0-2])$/.test(month)) return null
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 })
  const [fromMs, toMs] = [first, first.add({ months: 1 })].map((date) => date.toZonedDateTime(timeZone).epochMilliseconds) as [number, number]
  return { fromMs, toMs }
}

/** The month (`YYYY-MM`) so many months before the local one of an instant. */
export const monthBefore = (ms: number, timeZone: string, months = 1): string => dateOf(ms, timeZone).toPlainYearMonth().subtract({ months }).toString()

/** The local date of an instant. */
export const dateOf = (ms: number, timeZone: string): Temporal.PlainDate => local(ms, timeZone).toPlainDate()

/** `2026-12-26T10:00:00+01:00`. */
export const isoOf = (ms: number, timeZone: string): string => local(ms, timeZone).toString({ timeZoneName: 'never', smallestUnit: 'second' })

/** `Sat 2026-12-26 10:00`. */
export const showInstant = (ms: number, timeZone: string): string => {
  const at = local(ms, timeZone)
  return `${WEEKDAYS[at.dayOfWeek - 1]} ${at.toPlainDate().toString()} ${at.toPlainTime().toString({ smallestUnit: 'minute' })}`
}
