/** R-QS-1 to R-QS-6: what a report says of a day of 2,000 calls is what was done with its callers, to the call. */
import { beforeAll, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import type { FigureId } from '../../../src/reports/definitions.js'
import { makeReport, type Report } from '../../../src/reports/report.js'
import type { Fact } from '../../../src/routing/facts.js'
import { writeArchive } from './archive.js'
import { DAY_MS, Day, START, type Caller } from './day.js'

const COUNT = 2_000
const HOUR_MS = 3_600_000
const midnight = START + 12 * HOUR_MS

/** Of a Friday noon to the next day's noon in Paris, by the clock on the wall. */
const hoursOf = (at: number): 'sas' | 'pdsa' | 'other' => (at < START + 8 * HOUR_MS ? 'sas' : at < START + 20 * HOUR_MS ? 'pdsa' : 'other')

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
const mean = (all: readonly number[]): number | null => share(all.reduce((sum, one) => sum + one, 0), all.length)

/** What was done with these callers, by the words of docs/indicators.md. */
const expected = (callers: readonly Caller[]): Partial<Record<FigureId, number | null>> => {
  const own = callers.filter(({ served }) => served !== 'neighbour')
  const answered = own.flatMap(({ answeredAt, arrivedAt }) => (answeredAt === null ? [] : [answeredAt - arrivedAt])).sort((a, b) => a - b)
  const abandoned = own.flatMap(({ answeredAt, leftAt, arrivedAt }) => (answeredAt === null ? [(leftAt ?? Infinity) - arrivedAt] : []))
  const between = (from: number, to: number): number => abandoned.filter((ms) => from <= ms && ms < to).length
  const drms = own.filter(({ talks }) => talks.length > 0)
  const inTime = answered.filter((ms) => ms < 30_000).length
  const rank = (of: number): number | null => (answered.length === 0 ? null : Math.floor((answered[Math.ceil(of * answered.length) - 1] ?? NaN) / 100) * 100)
  const talked = (who: RegExp, position?: string): number | null =>
    mean(own.flatMap(({ talks }) => talks.filter((talk) => who.test(talk.agent) && (position ?? talk.position) === talk.position).map(({ from, to }) => (to ?? NaN) - from)))
  return {
    '1.1': answered.length,
    '1.2': share(inTime, answered.length),
    '1.3': drms.length,
    '1.4': drms.filter(({ filiere }) => filiere === 'amu').length,
    '1.5': drms.filter(({ filiere }) => filiere === 'mg').length,
    unrouted: drms.filter(({ filiere }) => filiere === null).length,
    presented: own.length,
    'answer-rate': share(answered.length, own.length),
    'in-time': inTime,
    'in-time-of-presented': share(inTime, own.length),
    'mean-wait': mean(answered),
    'median-wait': rank(0.5),
    'p95-wait': rank(0.95),
    abandoned: abandoned.length,
    'abandoned-10': between(0, 10_000),
    'abandoned-30': between(10_000, 30_000),
    'abandoned-60': between(30_000, 60_000),
    'abandoned-120': between(60_000, 120_000),
    'abandoned-more': between(120_000, Infinity),
    fallback: own.filter(({ served }) => served === 'n1').length,
    given: callers.length - own.length,
    received: 0,
    'turned-away': 0,
    '3.9': talked(/^arm/, 'n1'),
    '3.10': talked(/^arm/, 'amu'),
    '3.11': talked(/^osnp/),
    '3.12': talked(/^mrg/),
    '3.13': talked(/^mru/),
  }
}

const seen = ({ figures }: Report, column: 'whole' | 'sas' | 'pdsa' | 'other'): unknown => Object.fromEntries(figures.flatMap(({ id, values }) => (values ? [[id, values[column]]] : [])))

let day: Day

const reportOf = async (facts: readonly Fact[], month: string): Promise<Report> => {
  const archive = scratchDirectory('report')
  writeArchive(archive, 'sas-67', facts)
  return await makeReport({ config: day.config, archive, period: month, baseZero: null, now: START + 40 * DAY_MS })
}

beforeAll(() => {
  day = new Day(COUNT)
  day.play()
}, 60_000)

describe('the report of a simulated day', () => {
  it('was worth counting', () => {
    expect(day.callers.filter(({ leftAt }) => leftAt === null)).toEqual([])
    const whole = expected(day.callers)
    for (const id of ['1.4', '1.5', 'unrouted', 'abandoned-10', 'abandoned-30', 'abandoned-60', 'fallback', 'given'] as const) expect(whole[id], id).toBeGreaterThan(5)
    expect(whole['in-time']).toBeLessThan(whole['1.1'] ?? 0)
    expect(day.facts.some(({ type }) => type === 'called-out') && day.facts.some((fact) => fact.type === 'picked-up' && fact.call.startsWith('CANARY'))).toBe(true)
  })

  it.each([
    ['2026-07', ({ arrivedAt }: Caller) => arrivedAt < midnight],
    ['2026-08', ({ arrivedAt }: Caller) => arrivedAt >= midnight],
  ] as const)('of %s says to the call what was done with its callers, in each of the hours', async (month, isIn) => {
    const callers = day.callers.filter(isIn)
    const report = await reportOf(day.facts, month)
    expect(seen(report, 'whole')).toEqual(expected(callers))
    for (const hours of ['sas', 'pdsa', 'other'] as const) expect(seen(report, hours), hours).toEqual(expected(callers.filter(({ arrivedAt }) => hoursOf(arrivedAt) === hours)))
  })

  it('differs when one fact is missing, or at another moment', async () => {
    const whole = expected(day.callers.filter(({ arrivedAt }) => arrivedAt < midnight))
    const without = async (type: Fact['type']): Promise<Report> => {
      const nth = day.facts.findIndex((fact, index) => index > 500 && fact.type === type)
      return await reportOf(day.facts.filter((_, index) => index !== nth), '2026-07')
    }
    for (const type of ['presented', 'picked-up', 'drm-opened', 'left'] as const) expect(seen(await without(type), 'whole'), type).not.toEqual(whole)
    // Every figure but an abandon stands without an end; that it is missing is told.
    expect((await without('ended')).warnings).toContainEqual({ kind: 'without-end', count: 1 })
    const first = day.facts.findIndex((fact) => fact.type === 'picked-up' && fact.first && fact.waitMs < 30_000)
    const late = day.facts.map((fact, index) => (index === first ? ({ ...fact, waitMs: 30_000 } as Fact) : fact))
    expect(seen(await reportOf(late, '2026-07'), 'whole')).toMatchObject({ 'in-time': (whole['in-time'] ?? 0) - 1 })
  })
})
