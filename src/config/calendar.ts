/** One calendar: what is open when, in instants. */
import { daysNamed, readRange, type CalendarConfig, type Day } from './calendar-schema.js'
import { DAY_MS, LocalDays, numberOf, type LocalDay, type Zone } from './local-days.js'

const HORIZON_MS = 2 * 366 * DAY_MS

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

  /** @param localDays those of the zone, shared with its other calendars */
  constructor(
    private readonly config: CalendarConfig,
    zone: Zone,
    private readonly localDays = new LocalDays(zone),
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
    return this.#isHoliday(this.localDays.of(numberOf(date)))
  }

  #isHoliday({ date, publicHoliday }: LocalDay): boolean {
    return publicHoliday || this.config.dates[date] === 'holiday'
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
    const openings = this.#rangesOn(this.localDays.of(day)).map((text) => this.#opening(day, text))
    openings.sort((a, b) => a.startMs - b.startMs)
    this.#days.set(day, openings)
    return openings
  }

  #rangesOn(day: LocalDay): readonly string[] {
    const { dates, holidays } = this.config
    const own = dates[day.date]
    if (Array.isArray(own)) return own
    const replaced = own !== 'as-usual' && holidays !== 'as-usual' && this.#isHoliday(day)
    if (replaced && holidays !== 'as-sunday') return holidays
    return this.#week.get(replaced ? 'sun' : day.weekday) ?? []
  }

  #opening(day: number, text: string): Opening {
    const { start, end, crossesMidnight } = readRange(text)!
    return { startMs: this.localDays.instant(day, start, 'first'), endMs: this.localDays.instant(crossesMidnight ? day + 1 : day, end, 'last') }
  }
}
