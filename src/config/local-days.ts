/** The local dates of one zone, each worked out once however many calendars ask. A date is known by its days since 1970. */
import { Temporal } from 'temporal-polyfill'
import { dayOf, type Day } from './calendar-schema.js'
import { publicHolidays, type HolidayRegion } from './public-holidays.js'

export const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

export interface Zone {
  /** IANA name. */
  readonly timeZone: string
  readonly holidays: HolidayRegion
}

export interface LocalDay {
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly weekday: Day
  readonly publicHoliday: boolean
}

/** The number of a date (`YYYY-MM-DD`). */
export const numberOf = (date: string): number => Date.parse(date) / DAY_MS

export class LocalDays {
  readonly #days = new Map<number, LocalDay>()
  readonly #starts = new Map<number, number>()
  readonly #holidays = new Map<number, ReadonlySet<string>>()

  constructor(private readonly zone: Zone) {}

  of(number: number): LocalDay {
    const known = this.#days.get(number)
    if (known !== undefined) return known
    const utc = new Date(number * DAY_MS)
    const date = utc.toISOString().split('T')[0]!
    const day: LocalDay = { date, weekday: dayOf(utc.getUTCDay() || 7), publicHoliday: this.#holidaysOf(utc.getUTCFullYear()).has(date) }
    this.#days.set(number, day)
    return day
  }

  /** Its first instant, ms since the epoch. */
  startOf(number: number): number {
    const known = this.#starts.get(number)
    if (known !== undefined) return known
    const start = Temporal.PlainDate.from(this.of(number).date).toZonedDateTime(this.zone.timeZone).epochMilliseconds
    this.#starts.set(number, start)
    return start
  }

  /**
   * The instant of a time (`HH:MM`) of a day. One that the clock skips is an hour later; of one that it shows twice, the first
   * or the last is meant.
   */
  instant(number: number, time: string, twice: 'first' | 'last'): number {
    // Where the clock does not change, which is nearly always, no time zone need be asked.
    if (this.#isEven(number) && this.#isEven(number + 1)) return this.startOf(number) + (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE_MS
    const disambiguation = twice === 'first' ? 'compatible' : 'later'
    return Temporal.PlainDate.from(this.of(number).date).toPlainDateTime(time).toZonedDateTime(this.zone.timeZone, { disambiguation }).epochMilliseconds
  }

  #isEven(number: number): boolean {
    return this.startOf(number + 1) - this.startOf(number) === DAY_MS
  }

  #holidaysOf(year: number): ReadonlySet<string> {
    const known = this.#holidays.get(year)
    if (known !== undefined) return known
    const holidays = publicHolidays(this.zone.holidays, year)
    this.#holidays.set(year, holidays)
    return holidays
  }
}
