/** What the calendars of a SAS may say together: nothing is left out, and looking has an end whatever the file says. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { checkConfig } from '../../../src/config/load.js'
import { sasSchema, type SasConfig } from '../../../src/config/schema.js'
import { LOOKS_MAX, SITUATIONS_MAX, situationsOf } from '../../../src/config/situations.js'
import { Timetable } from '../../../src/config/timetable.js'

const base = parseDocument(readFileSync(new URL('broken/base.yaml', import.meta.url), 'utf8'))
const DAY_MS = 86_400_000
const FROM_MS = Date.parse('2025-12-31T00:00Z')
const dateAfter = (days: number): string => new Date(FROM_MS + days * DAY_MS).toISOString().slice(0, 10)

type Calendars = Record<string, unknown>

/** The base with these calendars besides its own; each is named by a guard, or it would be a fault. */
const textWith = (calendars: Calendars): string => {
  const file = base.clone()
  const guards = Object.keys(calendars).flatMap((_, index, all) => (index % 8 === 0 ? [all.slice(index, index + 8)] : []))
  for (const [name, calendar] of Object.entries(calendars)) file.setIn(['calendars', name], file.createNode(calendar))
  for (const [index, hours] of guards.entries()) file.addIn(['staffing'], file.createNode({ id: `guard${index}`, label: 'Garde', role: 'MRU', hours }))
  return file.toString()
}
const configWith = (calendars: Calendars): SasConfig => sasSchema.parse(parseDocument(textWith(calendars)).toJS())

/** @param said what each of these dates is, from the last day of 2025 on */
const withDates = (count: number, said: (day: number) => unknown, hours: unknown = { daily: ['08:00-20:00'] }) => ({
  hours,
  holidays: [],
  dates: Object.fromEntries(Array.from({ length: count }, (_, day) => [dateAfter(day), said(day)])),
})

const time = fc.integer({ min: 0, max: 47 }).map((half) => `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 ? '30' : '00'}`)
const ranges = fc
  .tuple(time, time)
  .filter(([start, end]) => start !== end)
  .map(([start, end]) => [`${start}-${end}`])
const calendar = fc.record({
  hours: fc.record({ 'mon-fri': ranges, sat: ranges }, { requiredKeys: [] }),
  holidays: fc.oneof(ranges, fc.constantFrom('as-usual', 'as-sunday', [])),
  dates: fc.dictionary(fc.integer({ min: 0, max: 700 }).map(dateAfter), fc.oneof(ranges, fc.constantFrom('holiday', 'as-usual', [])), { maxKeys: 6 }),
})

describe('R-N2-7 every situation', () => {
  it('that comes in two years is among them, whatever single dates say', () => {
    fc.assert(
      fc.property(fc.record({ one: calendar, other: calendar, third: calendar }), fc.constantFrom('Europe/Paris', 'America/Cayenne', 'Indian/Mayotte'), (calendars, timeZone) => {
        const { sas, ...rest } = configWith(calendars)
        const config = { ...rest, sas: { ...sas, timeZone } }
        const { all, leftOffAt } = situationsOf(config)
        expect(leftOffAt).toBeNull()
        const known = new Set(all.map(({ open }) => [...open].join(' ')))
        const timetable = new Timetable(config)
        for (const stretch of timetable.stretches(FROM_MS, FROM_MS + 730 * DAY_MS)) expect(known).toContain([...timetable.openIn(stretch)].join(' '))
      }),
      { numRuns: 15, seed: 7 },
    )
  }, 60_000)

  it('of a stretch is what each calendar says for itself', () => {
    const timetable = new Timetable(configWith({}))
    const from = Date.parse('2026-03-20T00:00Z')
    for (const stretch of timetable.stretches(from, from + 30 * DAY_MS)) {
      const open = [...timetable.calendars.keys()].filter((name) => timetable.isOpen(name, stretch.fromMs))
      expect([...timetable.openIn(stretch)]).toEqual(open)
    }
  })
})

describe('what the search costs', () => {
  const ten = (count: number, said: (day: number) => unknown): Calendars => Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`c${index}`, withDates(count, said)]))

  it('grows with the kinds of days, not with how many dates are named', () => {
    const looks = (days: number): number => situationsOf(configWith(ten(days, () => 'holiday'))).looks
    expect(looks(700)).toBeLessThan(1.1 * looks(350))
    expect(looks(700)).toBeLessThan(2 * looks(0))
  })

  it('has an end, and what was looked at is said, when the calendars say something else at each moment', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => {
        const minute = String(index).padStart(2, '0')
        return [`c${index}`, withDates(index * 5, () => [], { daily: [`08:${minute}-12:${minute}`, `13:${minute}-20:${minute}`] })]
      }),
    )
    const { all, looks, leftOffAt } = situationsOf(configWith(many))
    expect(all).toHaveLength(SITUATIONS_MAX)
    expect(looks).toBeLessThan(LOOKS_MAX)
    expect(leftOffAt).toMatch(/^\w+day \d{4}-\d\d-\d\d at \d\d:\d\d$/)
    expect(checkConfig(textWith(many)).faults).toMatchObject([
      { path: 'calendars', message: `lead to more situations than can be looked at: ${SITUATIONS_MAX} were, up to ${leftOffAt}`, hint: expect.stringMatching(/fewer calendars/) },
    ])
  })

  it('has an end when they say the same on days that are all of another kind', () => {
    const range = (day: number, calendar: number): string => `08:00-${String(9 + (day % 12)).padStart(2, '0')}:${String((Math.floor(day / 12) + calendar) % 60).padStart(2, '0')}`
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`c${index}`, withDates(1_000, (day) => [range(day, index)])]))
    const { looks, leftOffAt } = situationsOf(configWith(many))
    expect(leftOffAt).not.toBeNull()
    expect(looks).toBeLessThan(LOOKS_MAX + 1_000)
  }, 30_000)
})

describe('a file of nothing but', () => {
  const rows: readonly [string, object | string, RegExp][] = [
    ['people of unknown roles', { people: Array.from({ length: 1_900 }, (_, at) => ({ id: `p${at}`, roles: [`AX${at}`, 'BX'], phone: `p${at}`, position: `q${at}` })) }, /./],
    ['filières that answer for others', { filieres: Array.from({ length: 1_900 }, (_, at) => ({ id: `f${at}`, closed: { to: `g${at}` }, stages: [{ id: `k${at}` }] })) }, /./],
    ['long names', { filieres: Array.from({ length: 12 }, (_, at) => ({ id: `f${at}${'x'.repeat(15_000)}`, stages: [] })) }, /./],
    ['addresses', { trunks: Object.fromEntries(Array.from({ length: 60 }, (_, trunk) => [`t${trunk}`, { kind: 'operator', channels: 9, match: Array.from({ length: 150 }, (_, at) => `10.${trunk}.${at}.0/24`) }])) }, /./],
    ['commas', Array.from({ length: 60 }, (_, at) => `x${at}: [${'a,'.repeat(1_500)}a]\n`).join(''), /too many parts/],
  ]
  it.each(rows)('%s is refused, and soon', (_, content, message) => {
    const text = typeof content === 'string' ? content : JSON.stringify({ ...base.toJS(), ...content })
    const start = performance.now()
    const { faults } = checkConfig(text)
    // A twentieth of it, mostly: no limit for a machine, but for work without end.
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(faults.length).toBeLessThanOrEqual(200)
    expect(faults[0]?.message).toMatch(message)
  })
})
