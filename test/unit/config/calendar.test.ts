/** When a calendar is open, to the minute: holidays, exceptions, both nights that change the clock; and what may be written. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calendarSchema, holidayRegion, timeZone } from '../../../src/config/calendar-schema.js'
import { Calendar } from '../../../src/config/calendar.js'
import type { Zone } from '../../../src/config/local-days.js'
import { showPath } from '../../../src/config/fault.js'
import { HOLIDAY_REGIONS } from '../../../src/config/public-holidays.js'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const metropole: Zone = { timeZone: 'Europe/Paris', holidays: 'metropole' }
const alsace: Zone = { timeZone: 'Europe/Paris', holidays: 'alsace-moselle' }

const calendar = (written: object, zone = metropole): Calendar =>
  new Calendar(calendarSchema.parse({ hours: {}, holidays: [], ...written }), zone)

/** `2026-03-30 08:00+02` in milliseconds; the offset of Paris is written out, so no test depends on what it tests. */
const at = (text: string): number => Date.parse(`${text.replace(' ', 'T').slice(0, 16)}:00${text.slice(16)}:00`)
const show = ({ startMs, endMs }: { startMs: number; endMs: number }): string =>
  [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(5, 16).replace('T', ' ')).join(' / ')
/** Openings from one UTC day to another, in UTC. */
const openings = (of: Calendar, from: string, to: string): string[] =>
  of.openings(Date.parse(from), Date.parse(to)).map(show)

const expectEdge = (of: Calendar, text: string, opens: boolean): void => {
  const edge = at(text)
  expect([edge - MINUTE_MS, edge - 1, edge, edge + MINUTE_MS].map((ms) => of.isOpen(ms))).toEqual([!opens, !opens, opens, opens])
  expect(of.nextEdge(edge - MINUTE_MS)).toBe(edge)
  expect(of.nextEdge(edge - 1)).toBe(edge)
  expect(of.nextEdge(edge)).toBeGreaterThan(edge)
}

const sas = { hours: { 'mon-fri': ['08:00-20:00'], sat: ['08:00-12:00'] } }

describe('hours of a week', () => {
  it.each<[string, string, boolean]>([
    ['a weekday opens', '2026-01-05 08:00+01', true],
    ['a weekday closes', '2026-01-05 20:00+01', false],
    ['a weekday opens in summer', '2026-07-06 08:00+02', true],
    ['Saturday opens', '2026-01-10 08:00+01', true],
    ['Saturday closes at noon', '2026-01-10 12:00+01', false],
    ['29 February opens', '2028-02-29 08:00+01', true],
    ['29 February closes', '2028-02-29 20:00+01', false],
  ])('%s', (_, text, opens) => expectEdge(calendar(sas), text, opens))

  it('Sunday, which is not named, is closed from Saturday noon to Monday', () => {
    expect(calendar(sas).nextEdge(at('2026-01-10 12:00+01'))).toBe(at('2026-01-12 08:00+01'))
  })

  it('ranges that touch are one opening, within a day, over midnight, over a week and over New Year', () => {
    const duty = calendar({
      hours: { fri: ['12:00-20:00', '20:00-24:00'], sat: ['00:00-08:00'], thu: ['20:00-00:00'] },
      holidays: 'as-usual',
    })
    expect(openings(duty, '2026-01-07', '2026-01-14')).toEqual(['01-08 19:00 / 01-08 23:00', '01-09 11:00 / 01-10 07:00'])
    const always = calendar({ hours: { daily: ['00:00-24:00'] }, holidays: 'as-usual' })
    expect(openings(always, '2026-12-01', '2027-02-01')).toEqual(['12-01 00:00 / 02-01 00:00'])
    expect(always.nextEdge(at('2026-01-05 08:00+01'))).toBeNull()
  })

  it('a night belongs to the day on which it starts, whatever the next day is', () => {
    const night = calendar({ hours: { 'fri-sun': ['20:00-08:00'] } })
    // Whit Monday is a holiday and closed: it has no evening, and keeps Sunday's morning.
    expectEdge(night, '2026-05-25 08:00+02', false)
    expect(openings(night, '2026-05-23', '2026-05-28')).toEqual([
      '05-23 00:00 / 05-23 06:00',
      '05-23 18:00 / 05-24 06:00',
      '05-24 18:00 / 05-25 06:00',
    ])
  })

  it('days may go past the end of the week', () => {
    const weekend = calendar({ hours: { 'sat-mon': ['08:00-12:00'] } })
    expect([3, 4, 5, 6].map((day) => weekend.isOpen(Date.UTC(2026, 9, day, 8)))).toEqual([true, true, true, false])
  })

  it('a range of almost a day is open to its end far west of Greenwich, two days later in UTC', () => {
    const of = calendar({ hours: { mon: ['22:30-22:15'] } }, { timeZone: 'America/Martinique', holidays: 'martinique' })
    expectEdge(of, '2026-01-06 22:15-04', false)
  })

  it('closed for good has no edge; closed for less than two years has one', () => {
    expect(calendar({}).nextEdge(at('2026-01-05 08:00+01'))).toBeNull()
    const far = calendar({ dates: { '2028-01-04': ['08:00-09:00'] } })
    expect(far.nextEdge(at('2026-01-05 08:00+01'))).toBe(at('2028-01-04 08:00+01'))
  })
})

describe('public holidays', () => {
  // Easter is on 5 April 2026, 28 March 2027 and 16 April 2028.
  it.each<[Zone['holidays'], number, string]>([
    ['metropole', 2026, '01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25'],
    ['metropole', 2027, '01-01 03-29 05-01 05-06 05-08 05-17 07-14 08-15 11-01 11-11 12-25'],
    ['alsace-moselle', 2026, '01-01 04-03 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25 12-26'],
    ['alsace-moselle', 2028, '01-01 04-14 04-17 05-01 05-08 05-25 06-05 07-14 08-15 11-01 11-11 12-25 12-26'],
    ['guadeloupe', 2026, '01-01 04-06 05-01 05-08 05-14 05-25 05-27 07-14 08-15 11-01 11-11 12-25'],
    ['guyane', 2026, '01-01 04-06 05-01 05-08 05-14 05-25 06-10 07-14 08-15 11-01 11-11 12-25'],
    ['martinique', 2026, '01-01 04-06 05-01 05-08 05-14 05-22 05-25 07-14 08-15 11-01 11-11 12-25'],
    ['mayotte', 2026, '01-01 04-06 04-27 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25'],
    ['la-reunion', 2026, '01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-20 12-25'],
  ])('of %s in %i', (holidays, year, days) => {
    const of = calendar({}, { ...metropole, holidays })
    const dates = Array.from({ length: 366 }, (_, day) => new Date(Date.UTC(year, 0, 1 + day)).toISOString().slice(0, 10))
    const found = dates.filter((date) => date.startsWith(`${year}`) && of.isHoliday(date))
    expect(found.map((date) => date.slice(5)).join(' ')).toBe(days)
  })

  const goodFriday = at('2026-04-03 10:00+02')
  const secondChristmas = at('2026-12-26 10:00+01')
  it('close Alsace-Moselle on Good Friday and 26 December, and nobody else', () => {
    expect([goodFriday, secondChristmas].map((ms) => calendar(sas, metropole).isOpen(ms))).toEqual([true, true])
    expect([goodFriday, secondChristmas].map((ms) => calendar(sas, alsace).isOpen(ms))).toEqual([false, false])
  })

  it.each<[string, unknown, string[]]>([
    ['closed', [], []],
    ['hours of their own', ['09:00-10:00', '20:00-08:00'], ['04-06 07:00 / 04-06 08:00', '04-06 18:00 / 04-07 00:00']],
    ['as usual', 'as-usual', ['04-06 06:00 / 04-06 18:00']],
    ['as Sunday', 'as-sunday', ['04-06 08:00 / 04-06 09:00']],
  ])('are %s', (_, holidays, expected) => {
    const of = calendar({ hours: { 'mon-sat': ['08:00-20:00'], sun: ['10:00-11:00'] }, holidays })
    expect(openings(of, '2026-04-06', '2026-04-07')).toEqual(expected)
  })
})

describe('dates of their own', () => {
  const of = calendar({
    ...sas,
    holidays: ['09:00-10:00'],
    dates: {
      '2026-12-24': ['08:00-12:00'],
      '2026-12-23': [],
      '2026-05-15': 'holiday',
      '2026-05-14': 'as-usual',
      '2026-05-25': ['20:00-02:00'],
    },
  })

  it.each<[string, string, string[]]>([
    ['hours', '2026-12-24', ['12-24 07:00 / 12-24 11:00']],
    ['closed', '2026-12-23', []],
    ['a holiday', '2026-05-15', ['05-15 07:00 / 05-15 08:00']],
    ['a holiday as usual', '2026-05-14', ['05-14 06:00 / 05-14 18:00']],
    ['a holiday with hours', '2026-05-25', ['05-25 18:00 / 05-26 00:00']],
  ])('%s', (_, date, expected) => {
    expect(openings(of, date, new Date(Date.parse(date) + DAY_MS).toISOString())).toEqual(expected)
  })

  it('make a holiday', () => {
    expect(['2026-05-14', '2026-05-15', '2026-05-16'].map((date) => of.isHoliday(date))).toEqual([true, true, false])
  })
})

describe('the nights that change the clock', () => {
  const night = (ranges: string[]): Calendar => calendar({ hours: { daily: ranges }, holidays: 'as-usual' })

  it.each<[string, string, string, string]>([
    ['lasts an hour less in spring', '2026-03-28', '20:00-08:00', '03-28 19:00 / 03-29 06:00'],
    ['lasts an hour more in autumn', '2026-10-24', '20:00-08:00', '10-24 18:00 / 10-25 07:00'],
    ['ends at a skipped time: an hour later', '2026-03-28', '20:00-02:30', '03-28 19:00 / 03-29 01:30'],
    ['ends at a repeated time: the last time', '2026-10-24', '20:00-02:30', '10-24 18:00 / 10-25 01:30'],
    ['ends as the clock goes forward', '2026-03-28', '20:00-02:00', '03-28 19:00 / 03-29 01:00'],
    ['ends after the clock goes back', '2026-10-24', '20:00-03:00', '10-24 18:00 / 10-25 02:00'],
  ])('a range over midnight %s', (_, date, range, expected) => {
    const next = new Date(Date.parse(date) + DAY_MS * 1.5).toISOString()
    expect(openings(night([range]), `${date}T12:00Z`, next)).toEqual([expected])
  })

  it.each<[string, string, string, string[]]>([
    ['starts at a skipped time: an hour later', '2026-03-29', '02:30-08:00', ['03-29 01:30 / 03-29 06:00']],
    ['starts at a repeated time: the first time', '2026-10-25', '02:30-08:00', ['10-25 00:30 / 10-25 07:00']],
    ['is in the skipped hour: an hour later', '2026-03-29', '02:15-02:45', ['03-29 01:15 / 03-29 01:45']],
    ['starts at a skipped time and ends before the hour is over: not at all', '2026-03-29', '02:30-03:15', []],
    ['is in the repeated hour: once, through both', '2026-10-25', '02:15-02:45', ['10-25 00:15 / 10-25 01:45']],
  ])('a range after midnight %s', (_, date, range, expected) => {
    expect(openings(night([range]), date, `${date}T22:00Z`)).toEqual(expected)
  })

  it('ranges that touch at such a time are still one opening', () => {
    for (const date of ['2026-03-28', '2026-10-24'])
      expect(night(['20:00-02:30', '02:30-20:00']).openings(Date.parse(date), Date.parse(date) + 2 * DAY_MS)).toHaveLength(1)
  })

  it('there is no such night on La Réunion', () => {
    const of = calendar({ hours: { daily: ['08:00-20:00'] }, holidays: 'as-usual' }, { timeZone: 'Indian/Reunion', holidays: 'la-reunion' })
    expect(openings(of, '2026-03-29', '2026-03-30')).toEqual(['03-29 04:00 / 03-29 16:00'])
  })
})

// The same by other means: no library, no intervals. Each range paints the minutes it covers; local time comes from Intl alone.
const clock = new Map<string, Intl.DateTimeFormat>()
const offsetMs = (zone: string, ms: number): number => {
  if (!clock.has(zone)) clock.set(zone, new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }))
  const name = clock.get(zone)!.formatToParts(ms).find(({ type }) => type === 'timeZoneName')!.value
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name)!
  return (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS * (sign === '-' ? -1 : 1)
}
const WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
interface Written {
  readonly hours: Readonly<Record<string, readonly string[]>>
  readonly holidays: readonly string[] | 'as-usual' | 'as-sunday'
  readonly dates: Readonly<Record<string, readonly string[] | 'holiday' | 'as-usual'>>
}

const HOLIDAYS_2026 = '01-01 04-03 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25 12-26'.split(' ').map((day) => `2026-${day}`)

const rangesOn = ({ hours, holidays, dates }: Written, day: number): readonly string[] => {
  const date = new Date(day).toISOString().slice(0, 10)
  const weekday = hours[WEEK[new Date(day).getUTCDay()]!] ?? []
  const own = dates[date] ?? (HOLIDAYS_2026.includes(date) ? 'holiday' : 'as-usual')
  if (own !== 'holiday') return own === 'as-usual' ? weekday : own
  if (holidays === 'as-sunday') return hours['sun'] ?? []
  return holidays === 'as-usual' ? weekday : holidays
}

/** When the clock shows a time; one that it skips, as if it had gone on as before. */
const shown = (zone: string, local: number): number[] => {
  const before = local - offsetMs(zone, local - DAY_MS)
  const times = [before, local - offsetMs(zone, local + DAY_MS)].filter((ms) => ms + offsetMs(zone, ms) === local)
  return times.length === 0 ? [before] : times
}

const minutesOpen = (written: Written, zone: string, fromMs: number, minutes: number): boolean[] => {
  const painted = Array.from({ length: minutes }, () => false)
  const firstDay = Math.floor(fromMs / DAY_MS) * DAY_MS - 3 * DAY_MS
  for (let day = firstDay; day < fromMs + minutes * MINUTE_MS + 2 * DAY_MS; day += DAY_MS) {
    for (const range of rangesOn(written, day)) {
      const [sh, sm, eh, em] = range.split(/[-:]/).map(Number) as [number, number, number, number]
      const start = day + (sh * 60 + sm) * MINUTE_MS
      const end = day + (eh * 60 + em) * MINUTE_MS + (eh * 60 + em <= sh * 60 + sm ? DAY_MS : 0)
      for (let ms = Math.min(...shown(zone, start)); ms < Math.max(...shown(zone, end)); ms += MINUTE_MS) {
        const index = (ms - fromMs) / MINUTE_MS
        if (index >= 0 && index < minutes) painted[index] = true
      }
    }
  }
  return painted
}

const time = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
/** Ranges that do not overlap; the last may go on into the next day, up to where the first starts. Often between 2 and 3 o'clock. */
const ranges = fc
  .uniqueArray(fc.oneof(fc.nat(95).map((quarter) => quarter * 15), fc.integer({ min: 110, max: 190 })), { maxLength: 6 })
  .map((ticks) => ticks.sort((a, b) => a - b))
  .chain((ticks) =>
    fc.boolean().map((over) => {
      const turned = over ? [...ticks.slice(1), ...ticks.slice(0, 1)] : ticks
      return turned.flatMap((tick, index) => (index % 2 === 1 ? [`${time(turned[index - 1]!)}-${time(tick)}`] : []))
    }),
  )
  .map((all) => all.map((range) => range.replace(/-00:00$/, '-24:00')))
const written = fc.record({
  hours: fc.dictionary(fc.constantFrom(...WEEK), ranges),
  holidays: fc.oneof(ranges, fc.constantFrom('as-usual' as const, 'as-sunday' as const)),
  dates: fc.dictionary(
    fc.constantFrom('2026-03-28', '2026-03-29', '2026-04-06', '2026-04-07', '2026-10-25', '2026-12-26'),
    fc.oneof(ranges, fc.constantFrom('as-usual' as const, 'holiday' as const)),
  ),
})
const window = fc
  .oneof(
    fc.constantFrom('2026-03-27', '2026-03-28', '2026-10-23', '2026-10-24', '2026-04-02', '2026-04-05', '2026-12-24', '2026-05-24').map((date) => Date.parse(date)),
    fc.integer({ min: 5, max: 355 }).map((day) => Date.UTC(2026, 0, day)),
  )
  .map((day) => day + 11 * 60 * MINUTE_MS)

describe('whatever is written', () => {
  it('is open in the same minutes as by other means, and has its edges where it opens and closes, and nowhere else', () => {
    const minutes = 2 * 24 * 60
    fc.assert(
      fc.property(written, window, fc.constantFrom('Europe/Paris', 'Indian/Reunion', 'America/Martinique', 'Pacific/Auckland'), (text, fromMs, zone) => {
        const of = calendar(text, { timeZone: zone, holidays: 'alsace-moselle' })
        const expected = minutesOpen(text, zone, fromMs, minutes)
        const wrong = expected.findIndex((open, index) => of.isOpen(fromMs + index * MINUTE_MS) !== open)
        expect(wrong).toBe(-1)
        const flips = expected.flatMap((open, index) => (index > 0 && open !== expected[index - 1] ? [fromMs + index * MINUTE_MS] : []))
        const edges: number[] = []
        for (let edge = of.nextEdge(fromMs); edge !== null && edge < fromMs + minutes * MINUTE_MS; edge = of.nextEdge(edge)) edges.push(edge)
        expect(edges).toEqual(flips)
      }),
      { numRuns: 50 },
    )
  })
})

/** Each fault as the check of a configuration shows it. */
const faults = (value: unknown): string[] => {
  const read = calendarSchema.safeParse(value)
  return (read.error?.issues ?? []).map((issue) => {
    const message = issue.code === 'invalid_key' ? issue.issues.map((inner) => inner.message).join(', ') : issue.message
    return `${showPath(issue.path.map((part) => (typeof part === 'number' ? part : String(part))))}: ${message}`
  })
}
const withHours = (hours: unknown): object => ({ hours, holidays: [] })
const dated = (dates: unknown): object => ({ hours: {}, holidays: [], dates })

const NO_RANGE = 'is no range of local time; write such as 08:00-12:00, 20:00-08:00 or 00:00-24:00'
const SAME = 'starts and ends at the same time; write 00:00-24:00 for a whole day'
const NO_DAY = 'write one of mon tue wed thu fri sat sun, days such as mon-fri, or daily'
const NO_DATE = 'write a date that exists as YYYY-MM-DD'

describe('what may be written', () => {
  it('the whole of it', () => {
    expect(
      faults({
        label: 'Heures SAS',
        hours: { 'mon-thu': ['08:00-12:00', '14:00-20:00', '22:00-02:00'], fri: [], 'sat-sun': ['00:00-24:00'] },
        holidays: 'as-sunday',
        dates: { '2026-12-24': ['08:00-12:00'], '2026-05-15': 'holiday', '2028-02-29': 'as-usual' },
      }),
    ).toEqual([])
  })

  it.each<[string, unknown, string[]]>([
    ['no hours', { holidays: [] }, ['hours: must give the ranges of each day, such as mon-fri: ["08:00-20:00"]']],
    ['nothing about holidays', { hours: {} }, ['holidays: is missing: write a list of ranges, or as-usual or as-sunday']],
    ['a word that holidays do not know', { hours: {}, holidays: 'closed' }, ['holidays: must be a list of ranges, or as-usual or as-sunday']],
    ['a range of holidays', { hours: {}, holidays: ['8-12'] }, [`holidays[0]: ${NO_RANGE}`]],
    ['a day without a list', withHours({ mon: '08:00-12:00' }), ['hours.mon: must be a list of ranges, such as ["08:00-12:00", "14:00-20:00"]']],
    ['a range that is none', withHours({ 'mon-fri': ['8h-20h'] }), [`hours.mon-fri[0]: ${NO_RANGE}`]],
    ['a time past the end of the day', withHours({ mon: ['08:00-24:01'] }), [`hours.mon[0]: ${NO_RANGE}`]],
    ['a start at the end of the day', withHours({ mon: ['24:00-08:00'] }), [`hours.mon[0]: ${NO_RANGE}`]],
    ['a range of no length', withHours({ mon: ['08:00-08:00'] }), [`hours.mon[0]: ${SAME}`]],
    ['a whole day, written 00:00-00:00', withHours({ mon: ['00:00-00:00'] }), [`hours.mon[0]: ${SAME}`]],
    ['ranges that overlap', withHours({ mon: ['08:00-12:00', '11:59-14:00'] }), ['hours.mon[1]: overlaps 08:00-12:00']],
    ['a night that overlaps its evening', withHours({ mon: ['20:00-08:00', '19:00-21:00'] }), ['hours.mon[1]: overlaps 20:00-08:00']],
    ['a range twice', withHours({ mon: ['08:00-12:00', '08:00-12:00'] }), ['hours.mon[1]: overlaps 08:00-12:00']],
    ['faults together', withHours({ mon: ['x', '08:00-12:00', '09:00-10:00'], tue: ['y'], 'tue-wed': [] }), [
      `hours.mon[0]: ${NO_RANGE}`,
      'hours.mon[2]: overlaps 08:00-12:00',
      `hours.tue[0]: ${NO_RANGE}`,
      'hours.tue-wed: names tue, which tue names already',
    ]],
    ['a day twice', withHours({ 'mon-sat': [], sat: [] }), ['hours.sat: names sat, which mon-sat names already']],
    ['a day twice, past the end of the week', withHours({ 'fri-mon': [], 'mon-tue': [] }), ['hours.mon-tue: names mon, which fri-mon names already']],
    ['days twice', withHours({ 'mon-sat': [], 'mon-fri': [] }), ['hours.mon-fri: names mon, which mon-sat names already']],
    ['a French day', withHours({ lundi: [] }), [`hours.lundi: ${NO_DAY}`]],
    ['days from one day to the same', withHours({ 'mon-mon': [] }), [`hours.mon-mon: ${NO_DAY}`]],
    ['three days in a row', withHours({ 'mon-tue-wed': [] }), [`hours.mon-tue-wed: ${NO_DAY}`]],
    ['days to nowhere', withHours({ 'mon-': [] }), [`hours.mon-: ${NO_DAY}`]],
    ['a date that does not exist', dated({ '2026-02-30': [] }), [`dates.2026-02-30: ${NO_DATE}`]],
    ['29 February of a year without', dated({ '2027-02-29': [] }), [`dates.2027-02-29: ${NO_DATE}`]],
    ['a date written the French way', dated({ '24/12/2026': [] }), [`dates.24/12/2026: ${NO_DATE}`]],
    ['a word that dates do not know', dated({ '2026-12-24': 'closed' }), ['dates.2026-12-24: must be a list of ranges, or holiday or as-usual']],
    ['ranges of a date that overlap', dated({ '2026-12-24': ['08:00-12:00', '10:00-11:00'] }), ['dates.2026-12-24[1]: overlaps 08:00-12:00']],
    ['an unknown key', { hours: {}, holidays: [], hour: {} }, [': Unrecognized key: "hour"']],
  ])('not %s', (_, value, expected) => expect(faults(value)).toEqual(expected))

  it.each(['Europe/Paris', 'America/Cayenne', 'UTC'])('the time zone %s', (name) => {
    expect(timeZone.safeParse(name).success).toBe(true)
  })

  it.each(['Europe/Pari', '', '+01:00', 'constructor'])('not the time zone %j', (name) => {
    expect(timeZone.safeParse(name).error?.issues[0]?.message).toBe('is no time zone; write a name such as Europe/Paris')
  })

  it('one region of public holidays', () => {
    expect(HOLIDAY_REGIONS.every((region) => holidayRegion.safeParse(region).success)).toBe(true)
    expect(holidayRegion.safeParse('corse').success).toBe(false)
  })
})

it('two hundred instants take no time', () => {
  const of = calendar(sas)
  const startMs = at('2026-01-05 08:00+01')
  of.nextEdge(startMs)
  const before = performance.now()
  for (let index = 0; index < 200; index++) of.nextEdge(startMs + index * 7_777_777)
  expect(performance.now() - before).toBeLessThan(1_000)
})
