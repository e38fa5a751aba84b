/** One calendar: what is open when, in instants. */
import { Temporal } from 'temporal-polyfill'
import { dayOf, daysNamed, readRange, type CalendarConfig, type Day } from './calendar-schema.js'
import { isPublicHoliday, type HolidayRegion } from './public-holidays.js'

const DAY_MS = 86_400_000
const HORIZON_MS = 2 * 366 * DAY_MS

export interface Zone {
  /** IANA name. */
  readonly timeZone: string
  readonly holidays: HolidayRegion
}

/** Open from `startMs` on, closed again from `endMs` on; milliseconds since the epoch. */
export interface Opening {
  readonly startMs: number
  readonly endMs: number
}

/** The hours of one calendar in one zone. Instants are milliseconds since the epoch. */
export class Calendar {
  readonly #week = new Map<Day, readonly string[]>()
  /** What opens on a local date, by days since 1970: worked out once. */
  readonly #days = new Map<number, readonly Opening[]>()

  constructor(
    private readonly config: CalendarConfig,
    private readonly zone: Zone,
  ) {
    for (const [key, ranges] of Object.entries(config.hours)) {
      for (const day of daysNamed(key)) this.#week.set(day, ranges)
    }
  }

  isOpen(atMs: number): boolean {
    for (const { startMs, endMs } of this.#around(atMs, atMs)) if (startMs <= atMs && atMs < endMs) return true
    return false
  }

  /** The first instant after this one at which it opens or closes; null when there is none within two years. */
  nextEdge(afterMs: number): number | null {
    const horizonMs = afterMs + HORIZON_MS
    const next = this.#joined(afterMs, horizonMs).next().value
    if (next === undefined) return null
    if (next.startMs > afterMs) return next.startMs
    return next.endMs < horizonMs ? next.endMs : null
  }

  /** What is open between two instants, in order, cut at both; between two of them it is closed. */
  openings(fromMs: number, toMs: number): readonly Opening[] {
    return [...this.#joined(fromMs, toMs)]
  }

  /** Whether a local date (`YYYY-MM-DD`) is a public holiday, or made one by `dates`. */
  isHoliday(date: string): boolean {
    return this.#isHoliday(Temporal.PlainDate.from(date))
  }

  #isHoliday(date: Temporal.PlainDate): boolean {
    return this.config.dates[date.toString()] === 'holiday' || isPublicHoliday(this.zone.holidays, date)
  }

  *#joined(fromMs: number, toMs: number): Generator<Opening, undefined> {
    let open: Opening | undefined
    for (const opening of this.#around(fromMs, toMs)) {
      const startMs = Math.max(opening.startMs, fromMs)
      const endMs = Math.min(opening.endMs, toMs)
      if (startMs >= endMs) continue
      if (open !== undefined && startMs > open.endMs) {
        yield open
        open = undefined
      }
      open = { startMs: open?.startMs ?? startMs, endMs: Math.max(open?.endMs ?? endMs, endMs) }
    }
    if (open !== undefined) yield open
  }

  /** In order, all openings that touch what lies between two instants, and more; they may touch and overlap. */
  *#around(fromMs: number, toMs: number): Generator<Opening, undefined> {
    // A local date is that of UTC or a neighbour, and what is open may have opened the day before.
    const last = Math.floor(toMs / DAY_MS) + 1
    for (let day = Math.floor(fromMs / DAY_MS) - 2; day <= last; day++) yield* this.#openingsOf(day)
  }

  #openingsOf(day: number): readonly Opening[] {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    const date = Temporal.PlainDate.from(new Date(day * DAY_MS).toISOString().slice(0, 10))
    const openings = this.#rangesOn(date).map((text) => this.#opening(date, text))
    openings.sort((a, b) => a.startMs - b.startMs)
    this.#days.set(day, openings)
    return openings
  }

  #rangesOn(date: Temporal.PlainDate): readonly string[] {
    const { dates, holidays } = this.config
    const own = dates[date.toString()]
    if (Array.isArray(own)) return own
    const replaced = own !== 'as-usual' && holidays !== 'as-usual' && this.#isHoliday(date)
    if (replaced && holidays !== 'as-sunday') return holidays
    return this.#week.get(replaced ? 'sun' : dayOf(date.dayOfWeek)) ?? []
  }

  #opening(date: Temporal.PlainDate, text: string): Opening {
    const { start, end, crossesMidnight } = readRange(text)!
    const endDate = crossesMidnight ? date.add({ days: 1 }) : date
    // A time that the clock shows twice opens the first time and closes the last; one that it skips is an hour later.
    return { startMs: this.#instant(date, start, 'compatible'), endMs: this.#instant(endDate, end, 'later') }
  }

  #instant(date: Temporal.PlainDate, time: string, disambiguation: 'compatible' | 'later'): number {
    return date.toPlainDateTime(time).toZonedDateTime(this.zone.timeZone, { disambiguation }).epochMilliseconds
  }
}
