/** Indicators folded from facts: each rule at its edge, each call once under each heading. */
import { describe, expect, it } from 'vitest'
import { createIndicators, tally } from '../../src/indicators/indicators.js'
import { summarize, type Summary } from '../../src/indicators/summary.js'
import { readFact } from '../../src/redis/records.js'
import type { Fact, Outcome } from '../../src/routing/facts.js'
import type { Priority } from '../../src/routing/rules.js'

const quality = { answerMs: 30_000, orientationMs: 30_000 }
const T0 = 1_000_000

const presented = (call: string, number = '15'): Fact => ({
  type: 'presented',
  at: T0,
  call,
  trunk: 'operator',
  number,
  class: 'P1',
  arrivedAt: T0,
})
const pickedUp = (call: string, waitMs: number, more: { first?: boolean; queue?: string; why?: 'recheck' | 'parked' } = {}): Fact => ({
  type: 'picked-up',
  at: T0 + waitMs,
  call,
  queue: more.queue ?? 'n1',
  position: 'n1',
  agent: 'arm01',
  role: 'ARM',
  first: more.first ?? true,
  waitMs,
  ...(more.why && { why: more.why }),
})
const qualified = (call: string, priority: Priority, sincePickupMs: number, first = true): Fact => ({
  type: 'qualified',
  at: T0,
  call,
  agent: 'arm01',
  priority,
  first,
  sincePickupMs,
})
const ended = (call: string, outcome: Outcome, sinceArrivalMs: number, waiting = false): Fact => ({
  type: 'ended',
  at: T0 + sinceArrivalMs,
  call,
  outcome,
  why: 'caller-left',
  sinceArrivalMs,
  stage: 'n1',
  waiting,
})

const fold = (...facts: Fact[]): Summary => {
  const indicators = createIndicators()
  for (const fact of facts) tally(indicators, fact, quality)
  return summarize(indicators)
}

describe('R-QS-1 calls answered', () => {
  it('counts a call once that is taken in again because its record was lost', () => {
    const seen = fold(presented('1'), pickedUp('1', 4_000), presented('1'), pickedUp('1', 50_000), ended('1', 'answered', 60_000))
    expect(seen).toMatchObject({ presented: 1, answered: 1, qs30: 1 })
    const left = fold(presented('1'), pickedUp('1', 4_000), presented('1'), ended('1', 'abandoned', 60_000, true))
    expect(left).toMatchObject({ presented: 1, answered: 1, abandoned: 0, leftWaiting: 1 })
    const back = fold(presented('1'), ended('1', 'fallback', 100), presented('1'), pickedUp('1', 9_000))
    expect(back).toMatchObject({ presented: 2, answered: 1, fallback: 1 })
  })

  it('counts no call that tests the line', () => {
    const canary = { ...presented('1'), trunk: 'canary' } as Fact
    expect(fold(canary, pickedUp('1', 4_000), ended('1', 'answered', 60_000))).toMatchObject({ presented: 0, answered: 0, drmsOpened: 0 })
    expect(fold(canary, ended('1', 'abandoned', 1_000), presented('2'))).toMatchObject({ presented: 1, abandoned: 0 })
  })

  it('counts a call once, however many people it meets', () => {
    const seen = fold(
      presented('1'),
      pickedUp('1', 4_000),
      pickedUp('1', 9_000, { first: false, queue: 'amu' }),
      ended('1', 'answered', 60_000),
    )
    expect(seen).toMatchObject({ presented: 1, answered: 1, abandoned: 0, answerRate: 1, meanWaitMs: 4_000 })
    expect(seen.meanWaitMsByQueue).toEqual({ n1: 4_000, amu: 9_000 })
  })

  it('tells apart the numbers dialled', () => {
    const seen = fold(
      presented('1', '15'),
      presented('2', '116117'),
      pickedUp('2', 1_000),
      ended('1', 'abandoned', 12_000),
    )
    expect(seen.byNumber['operator/15']).toMatchObject({
      presented: 1,
      answered: 0,
      abandoned: 1,
      answerRate: 0,
      qs30: null,
    })
    expect(seen.byNumber['operator/116117']).toMatchObject({ presented: 1, answered: 1, abandoned: 0, qs30: 1 })
  })

  it('gives no ratio where there is nothing to divide by', () => {
    expect(fold()).toMatchObject({
      since: null,
      qs30: null,
      qs60: null,
      answerRate: null,
      inTimeOfPresented: null,
      orientedInTime: null,
      meanWaitMs: null,
    })
  })

  it('counts a neighbour’s call where the caller was, whoever else picked up (R-MA-1)', () => {
    const received = (call: string): Fact => ({ type: 'received', at: T0, call, from: 'sas-67', trunk: 'neighbour', number: '15', class: 'P1', arrivedAt: T0 })
    const drm = (call: string): Fact => ({ type: 'drm-opened', at: T0, call, drm: `d-${call}`, agent: 'arm01' })
    const kept = fold(presented('1'), pickedUp('1', 4_000), drm('1'), received('2'), pickedUp('2', 9_000), drm('2'), ended('2', 'returned', 9_100))
    expect(kept).toMatchObject({ presented: 1, answered: 1, received: 0, qs30: 1, meanWaitMs: 4_000, drmsOpened: 1 })
    const here = fold(presented('1'), pickedUp('1', 4_000), received('2'), pickedUp('2', 8_000), ended('2', 'answered', 60_000))
    expect(here).toMatchObject({ presented: 2, answered: 2, received: 1, meanWaitMs: 6_000 })
  })

  it('counts what the PBX or a neighbour served apart', () => {
    const seen = fold(presented('1'), presented('2'), ended('1', 'fallback', 9_000), ended('2', 'neighbour', 9_000))
    // Whoever was served by a neighbour is presented there.
    expect(seen).toMatchObject({ presented: 1, answered: 0, abandoned: 0, fallback: 1, neighbour: 1 })
    expect(seen.windows.hour.presented).toBe(1)
  })
})

describe('windows', () => {
  const HOUR_MS = 3_600_000
  const toldLate = (call: string): Fact => ({ type: 'presented', at: T0 + HOUR_MS, call, trunk: 'operator', number: '15', class: 'P1', arrivedAt: T0 })

  it('have who was with the fallback where they came and were answered, not where that was told', () => {
    const served: Fact = { type: 'served-by-fallback', at: T0 + HOUR_MS, call: '1', agent: null, waitMs: 33_000 }
    const indicators = createIndicators()
    for (const fact of [toldLate('1'), served, ended('1', 'fallback', HOUR_MS)]) tally(indicators, fact, quality)
    expect(summarize(indicators).windows).toMatchObject({ quarter: { presented: 0, answered: 0, qs30: null }, day: { presented: 1, answered: 1, qs30: 0 } })
    expect(summarize(indicators, T0 + 60_000).windows.quarter).toEqual({ presented: 1, answered: 1, qs30: 0 })
    expect([...indicators.minutes.keys()]).toEqual([960_000, 1_020_000])
  })

  it('lose who was served by a neighbour, where they came', () => {
    expect(fold(toldLate('1'), ended('1', 'neighbour', HOUR_MS)).windows.day.presented).toBe(0)
  })
})

describe('R-QS-2 QS30', () => {
  it.each([
    [0, 1],
    [29_999, 1],
    [30_000, 0],
    [30_001, 0],
  ])('a pickup after %i ms counts %i', (waitMs, inTime) => {
    expect(fold(presented('1'), pickedUp('1', waitMs)).qs30).toBe(inTime)
  })

  it('divides by calls answered, and by calls presented beside it', () => {
    const seen = fold(
      presented('1'),
      presented('2'),
      presented('3'),
      presented('4'),
      pickedUp('1', 5_000),
      pickedUp('2', 45_000),
      ended('3', 'abandoned', 5_000),
    )
    expect(seen).toMatchObject({ qs30: 0.5, inTimeOfPresented: 0.25, qs60: 1 })
  })

  it('takes QS60 strictly too', () => {
    expect(fold(presented('1'), pickedUp('1', 59_999)).qs60).toBe(1)
    expect(fold(presented('1'), pickedUp('1', 60_000)).qs60).toBe(0)
  })

  it('follows the limit of the configuration', () => {
    const indicators = createIndicators()
    for (const fact of [presented('1'), pickedUp('1', 25_000)])
      tally(indicators, fact, { answerMs: 20_000, orientationMs: 30_000 })
    expect(summarize(indicators).qs30).toBe(0)
  })
})

describe('abandons by delay', () => {
  it.each([
    [9_999, 'under10s'],
    [10_000, 'under30s'],
    [29_999, 'under30s'],
    [30_000, 'under60s'],
    [60_000, 'under120s'],
    [119_999, 'under120s'],
    [120_000, 'over120s'],
  ] as const)('a caller gone after %i ms is %s', (sinceArrivalMs, bucket) => {
    const seen = fold(presented('1'), ended('1', 'abandoned', sinceArrivalMs, true))
    expect(seen.abandoned).toBe(1)
    expect(seen.abandonedByDelay[bucket]).toBe(1)
    expect(Object.values(seen.abandonedByDelay).reduce((sum, count) => sum + count, 0)).toBe(1)
  })

  it('leave out callers who had been answered and gave up at the next level', () => {
    const seen = fold(presented('1'), pickedUp('1', 2_000), ended('1', 'answered', 90_000, true))
    expect(seen).toMatchObject({ answered: 1, abandoned: 0, leftWaiting: 1 })
  })
})

describe('R-N1-3 orientation within 30 s of pickup', () => {
  it.each([
    [29_999, 1],
    [30_000, 0],
  ])('a priority given after %i ms counts %i', (sincePickupMs, inTime) => {
    expect(fold(presented('1'), qualified('1', 'P1', sincePickupMs)).orientedInTime).toBe(inTime)
  })

  it('judges the first priority and counts the call under its last', () => {
    const seen = fold(presented('1'), qualified('1', 'P2', 12_000), qualified('1', 'P0', 600_000, false))
    expect(seen).toMatchObject({ qualified: 1, orientedInTime: 1, byPriority: { P0: 1, P1: 0, P2: 0 } })
  })

  it('counts a call whose beginning left the journal', () => {
    const seen = fold(pickedUp('old', 3_000), qualified('old', 'P1', 10_000), ended('old', 'answered', 80_000))
    expect(seen).toMatchObject({ presented: 0, answered: 1, qualified: 1, byPriority: { P0: 0, P1: 1, P2: 0 } })
  })

  it('does not judge the second priority of a call whose first left the journal', () => {
    const seen = fold(qualified('1', 'P1', 10_000), qualified('old', 'P0', 600_000, false))
    expect(seen).toMatchObject({ qualified: 1, orientedInTime: 1, meanOrientationMs: 10_000, byPriority: { P0: 1, P1: 1, P2: 0 } })
  })

  it('takes a priority for the first, and a refusal for told at once, where an older version did not tell', () => {
    const { first: _, ...older } = qualified('1', 'P1', 10_000) as Extract<Fact, { type: 'qualified' }>
    expect(readFact(JSON.stringify(older))).toEqual({ ...older, first: true })
    const refused = { type: 'turned-away', at: T0, call: '1', trunk: 'operator', number: '15' }
    expect(readFact(JSON.stringify(refused))).toEqual({ ...refused, refusedAt: T0 })
    const again = qualified('1', 'P1', 10_000, false)
    expect(readFact(JSON.stringify(again))).toEqual(again)
  })
})

describe('the rest', () => {
  it('counts transfers, DRMs, missed rings, escalations, refusals', () => {
    const seen = fold(
      { type: 'transfer-started', at: T0, call: '1', agent: 'arm01', to: 'amu', position: 'amu', handover: 'warm' },
      { type: 'transfer-started', at: T0, call: '2', agent: 'arm01', to: 'mg-osnp', position: 'mg', handover: 'direct' },
      { type: 'transfer-taken', at: T0, call: '1', from: 'arm01', by: 'mru01', queue: 'amu', waitMs: 1_000 },
      { type: 'transfer-returned', at: T0, call: '2', from: 'mg-osnp', to: 'arm01', why: 'nobody' },
      { type: 'drm-opened', at: T0, call: '1', drm: 'd', agent: 'arm01' },
      { type: 'missed', at: T0, call: '1', queue: 'n1', agent: 'arm01', leg: 'l', why: 'no-answer' },
      { type: 'missed', at: T0, call: '1', queue: 'n1', agent: 'arm01', leg: 'm', why: 'no-answer' },
      { type: 'escalated', at: T0, call: '1', queue: 'n1', waitMs: 31_000, times: 1 },
      { type: 'refused', at: T0, command: 'qualify', call: '1', agent: 'arm01', why: 'already-qualified' },
      { type: 'ignored', at: T0 + 5, event: 'dtmf', why: 'stale' },
    )
    expect(seen).toMatchObject({
      since: T0,
      until: T0 + 5,
      transfers: { started: 2, taken: 1, returned: 1 },
      drmsOpened: 1,
      missed: { 'no-answer': 2 },
      escalations: 1,
      refused: 1,
      ignored: 1,
    })
  })

  it('R-N2-3 takes no word, and no time on hold, for the end of a wait', () => {
    const seen = fold(
      presented('1'),
      pickedUp('1', 9_000, { why: 'recheck' }),
      pickedUp('1', 90_000, { first: false, why: 'parked' }),
      pickedUp('1', 3_000, { first: false, queue: 'mg-osnp' }),
    )
    expect(seen).toMatchObject({ answered: 1, meanWaitMs: 9_000, meanWaitMsByQueue: { 'mg-osnp': 3_000 } })
    expect(Object.keys(seen.meanWaitMsByQueue)).toEqual(['mg-osnp'])
  })

  it('keeps nothing of a call that is over', () => {
    const indicators = createIndicators()
    for (const fact of [presented('1'), pickedUp('1', 1_000), ended('1', 'answered', 9_000)])
      tally(indicators, fact, quality)
    expect(indicators.underWay.size).toBe(0)
  })
})
