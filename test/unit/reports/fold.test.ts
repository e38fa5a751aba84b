/** What each fact adds to a report, at its edges: each call once, whole, at the instant of its t0. */
import { describe, expect, it } from 'vitest'
import { figures, type FigureId } from '../../../src/reports/definitions.js'
import { Fold, HOURS, type Hours } from '../../../src/reports/fold.js'
import { quantileMs, noSums, addWait, together } from '../../../src/reports/sums.js'
import type { Fact, Outcome } from '../../../src/routing/facts.js'

const T0 = 1_000_000_000
const MONTH = 1_000_000

const presented = (call: string, at = T0, trunk = 'operator'): Fact => ({ type: 'presented', at, call, trunk, number: '15', class: 'P1', arrivedAt: at })
const received = (call: string, at = T0): Fact => ({ type: 'received', at, call, from: 'sas-68', trunk: 'neighbour', number: '15', class: 'P2', arrivedAt: at })
const pickedUp = (call: string, at: number, more: Partial<Extract<Fact, { type: 'picked-up' }>> = {}): Fact => ({ type: 'picked-up', at, call, queue: 'n1', position: 'n1', agent: 'arm01', role: 'ARM', first: true, waitMs: at - T0, ...more })
const drm = (call: string): Fact => ({ type: 'drm-opened', at: T0, call, drm: `x-${call}`, agent: 'arm01' })
const left = (call: string, agent: string, at: number): Fact => ({ type: 'left', at, call, agent, talkMs: 0, why: 'left' })
const sent = (call: string, position: string): Fact => ({ type: 'transfer-started', at: T0, call, agent: 'arm01', to: `${position}-queue`, position, handover: 'direct' })
const qualified = (call: string, priority: 'P0' | 'P2'): Fact => ({ type: 'qualified', at: T0, call, agent: 'arm01', priority, first: true, sincePickupMs: 0 })
const ended = (call: string, at: number, outcome: Outcome = 'answered', sinceArrivalMs = at - T0): Fact => ({ type: 'ended', at, call, outcome, why: 'caller-left', sinceArrivalMs, stage: 'n1', waiting: false })

const foldOf = (facts: readonly Fact[], hoursAt: (at: number) => Hours = () => 'sas'): Fold => {
  const fold = new Fold({ months: [0, 1].map((index) => ({ fromMs: T0 + index * MONTH, toMs: T0 + (index + 1) * MONTH })), hoursAt, answerMs: 30_000 })
  for (const fact of facts) fold.read(fact)
  fold.finish()
  return fold
}

/** Of the first month, all hours. */
const figuresOf = (facts: readonly Fact[], month = 0): Partial<Record<FigureId, number | null>> => {
  const sums = foldOf(facts).months[month]
  const all = together(HOURS.map((hours) => sums?.[hours] ?? noSums()))
  return Object.fromEntries(figures.flatMap(({ id, of }) => (of ? [[id, of(all)]] : [])))
}

describe('R-QS-2 within 30 s', () => {
  it.each([
    [29_999, 1],
    [30_000, 0],
  ])('%i ms: %i', (waitMs, inTime) => {
    expect(figuresOf([presented('1'), pickedUp('1', T0 + waitMs), ended('1', T0 + 60_000)])).toMatchObject({ '1.1': 1, '1.2': inTime, 'in-time': inTime })
  })

  it('is nothing of nothing', () => {
    expect(figuresOf([])).toMatchObject({ '1.1': 0, '1.2': null, 'answer-rate': null, 'mean-wait': null, 'median-wait': null, '3.9': null })
  })
})

describe('a call', () => {
  it('belongs whole to the month and the hours of its arrival', () => {
    const at = T0 + MONTH - 1
    const facts = [presented('1', at), pickedUp('1', at + 40_000, { waitMs: 40_000 }), drm('1'), left('1', 'arm01', at + 50_000), ended('1', at + 50_000, 'answered', 50_000), presented('2', T0 + MONTH), ended('2', T0 + MONTH + 5, 'abandoned', 5)]
    expect(figuresOf(facts)).toMatchObject({ presented: 1, '1.1': 1, '1.3': 1, abandoned: 0, '3.9': 10_000 })
    expect(figuresOf(facts, 1)).toMatchObject({ presented: 1, '1.1': 0, '1.3': 0, abandoned: 1, '3.9': null })
    const { months } = foldOf(facts, (moment) => (moment <= at ? 'pdsa' : 'sas'))
    expect(months[0]?.pdsa.calls.answered).toBe(1)
    expect(months[0]?.sas.calls.answered).toBe(0)
  })

  it('of an agent, or that tests the line, is none', () => {
    const out: Fact = { type: 'called-out', at: T0, call: '1', agent: 'arm01', by: 'arm01', trunk: 'operator', entry: null, drm: null }
    const own = [out, pickedUp('1', T0 + 5, { why: 'outgoing' }), drm('1'), left('1', 'arm01', T0 + 10), ended('1', T0 + 10, 'outgoing')]
    const canary = [presented('2', T0, 'canary'), pickedUp('2', T0 + 5), drm('2'), left('2', 'arm01', T0 + 10), ended('2', T0 + 10)]
    expect(figuresOf([...own, ...canary])).toEqual(figuresOf([]))
    expect(foldOf([...own, ...canary]).troubles).toEqual({ withoutBeginning: 0, withoutEnd: 0, withoutRole: 0 })
  })

  it('counts where it was answered: received once somebody picks up, given not among the presented', () => {
    expect(figuresOf([received('1'), ended('1', T0 + 5, 'returned')])).toMatchObject({ presented: 0, '1.1': 0, received: 0 })
    expect(figuresOf([received('1'), pickedUp('1', T0 + 5), ended('1', T0 + 9)])).toMatchObject({ presented: 1, '1.1': 1, received: 1 })
    // Somebody picked up as the SAS that gave it had the caller already.
    expect(figuresOf([received('1'), pickedUp('1', T0 + 5), drm('1'), left('1', 'arm01', T0 + 9), ended('1', T0 + 9, 'returned')])).toEqual(figuresOf([]))
    expect(figuresOf([presented('1'), ended('1', T0 + 9, 'neighbour')])).toMatchObject({ presented: 0, '1.1': 0, given: 1, abandoned: 0 })
  })

  it('that is presented or served twice counts once', () => {
    const served: Fact = { type: 'served-by-fallback', at: T0 + 9, call: '1', agent: null, waitMs: 9 }
    expect(figuresOf([presented('1'), presented('1'), served, pickedUp('1', T0 + 20), ended('1', T0 + 30, 'fallback')])).toMatchObject({ presented: 1, '1.1': 1, fallback: 1, 'mean-wait': 9 })
  })

  it('that was refused counts at the instant of the refusal, whenever that was told', () => {
    const refused: Fact = { type: 'turned-away', at: T0 + MONTH, call: '1', trunk: 'operator', number: '15', refusedAt: T0 + MONTH - 1 }
    expect([figuresOf([refused])['turned-away'], figuresOf([refused], 1)['turned-away']]).toEqual([1, 0])
  })

  it.each([
    [9_999, 'abandoned-10'],
    [10_000, 'abandoned-30'],
    [30_000, 'abandoned-60'],
    [60_000, 'abandoned-120'],
    [120_000, 'abandoned-more'],
  ])('given up after %i ms is an abandon of %s', (ms, id) => {
    expect(figuresOf([presented('1'), ended('1', T0 + ms, 'abandoned')])).toMatchObject({ abandoned: 1, [id]: 1 })
  })
})

describe('R-QS-3 a DRM', () => {
  const call = (...between: Fact[]): Fact[] => [presented('1'), pickedUp('1', T0 + 1), drm('1'), ...between, ended('1', T0 + 9)]
  it.each([
    ['sent nowhere', [], { '1.4': 0, '1.5': 0, unrouted: 1 }],
    ['sent to AMU', [sent('1', 'amu')], { '1.4': 1, '1.5': 0, unrouted: 0 }],
    ['sent to another filière', [sent('1', 'dentaire')], { '1.4': 0, '1.5': 1, unrouted: 0 }],
    ['of a P0 that the ARM keeps', [qualified('1', 'P0')], { '1.4': 1, '1.5': 0, unrouted: 0 }],
    ['of a P0 corrected to P2, and sent nowhere', [qualified('1', 'P0'), qualified('1', 'P2')], { '1.4': 0, '1.5': 0, unrouted: 1 }],
    ['of a P0 corrected to P2, by the filière before', [sent('1', 'mg'), qualified('1', 'P0'), qualified('1', 'P2')], { '1.4': 0, '1.5': 1, unrouted: 0 }],
    ['of a P0 sent to AMU, whatever it is called then', [qualified('1', 'P0'), sent('1', 'amu'), qualified('1', 'P2')], { '1.4': 1, '1.5': 0, unrouted: 0 }],
    ['sent elsewhere after a P0', [qualified('1', 'P0'), sent('1', 'mg')], { '1.4': 0, '1.5': 1, unrouted: 0 }],
    ['sent on, by the last', [sent('1', 'amu'), sent('1', 'mg')], { '1.4': 0, '1.5': 1, unrouted: 0 }],
    ['sent back to N1, by the filière before', [sent('1', 'mg'), sent('1', 'n1'), pickedUp('1', T0 + 5, { first: false })], { '1.4': 0, '1.5': 1, unrouted: 0 }],
    ['picked up elsewhere than sent', [sent('1', 'mg'), pickedUp('1', T0 + 5, { first: false, position: 'amu', role: 'MRU', agent: 'mru01' })], { '1.4': 1, '1.5': 0, unrouted: 0 }],
  ])('%s', (_, between, told) => {
    expect(figuresOf(call(...between))).toMatchObject({ '1.3': 1, ...told })
  })

  it('counts once, and also while the call is not over', () => {
    expect(figuresOf([presented('1'), pickedUp('1', T0 + 1), drm('1'), drm('1'), sent('1', 'mg')])).toMatchObject({ '1.3': 1, '1.5': 1 })
  })
})

describe('R-QS-4 how long somebody has a call', () => {
  it.each([
    ['ARM', 'n1', '3.9'],
    ['ARM', 'amu', '3.10'],
    ['OSNP', 'mg', '3.11'],
    ['MRG', 'mg', '3.12'],
    ['MRU', 'amu', '3.13'],
  ])('%s at %s', (role, position, id) => {
    const facts = [presented('1'), pickedUp('1', T0 + 1_000, { role, position, agent: 'somebody' }), left('1', 'another', T0 + 2_000), left('1', 'somebody', T0 + 61_000), left('1', 'somebody', T0 + 99_000), ended('1', T0 + 99_000)]
    const told = figuresOf(facts)
    expect(told[id as FigureId]).toBe(60_000)
    for (const other of ['3.9', '3.10', '3.11', '3.12', '3.13'] as const) if (other !== id) expect(told[other]).toBeNull()
  })

  it('is in no row for other roles, and told when the role is not', () => {
    const fold = foldOf([presented('1'), pickedUp('1', T0 + 1, { role: '' }), pickedUp('1', T0 + 2, { first: false, role: 'IDE-PSY', position: 'psy' }), ended('1', T0 + 9)])
    expect(fold.troubles.withoutRole).toBe(1)
    expect(fold.months[0]?.sas.talks['arm-n1'].count).toBe(0)
  })
})

describe('what the archive lacks', () => {
  it('is told: calls without a beginning in these months, and without an end', () => {
    const fold = foldOf([ended('0', T0 + 5, 'answered', 10), ended('1', T0 + 50, 'answered', 10), ended('2', T0 + 60, 'outgoing', 10), presented('3'), pickedUp('3', T0 + 5)])
    expect(fold.troubles).toEqual({ withoutBeginning: 1, withoutEnd: 1, withoutRole: 0 })
    expect(fold.months[0]?.sas.calls).toMatchObject({ presented: 1, answered: 1 })
  })

  it('is forgotten after a day', () => {
    const fold = new Fold({ months: [{ fromMs: 0, toMs: 1e13 }], hoursAt: () => 'sas', answerMs: 30_000 })
    fold.read(presented('1'))
    fold.read(presented('2', T0 + 24 * 3_600_000))
    expect(fold.underWay).toBe(2)
    fold.read(presented('3', T0 + 24 * 3_600_000 + 1))
    expect(fold.underWay).toBe(2)
    expect(fold.troubles.withoutEnd).toBe(1)
  })
})

it('remembers calls under way alone: 20,000 calls leave nothing behind', () => {
  const fold = new Fold({ months: [{ fromMs: 0, toMs: 1e13 }], hoursAt: () => 'sas', answerMs: 30_000 })
  let most = 0
  for (let call = 0; call < 20_000; call++) {
    const at = T0 + call * 10_000
    for (const fact of [presented(`${call}`, at), pickedUp(`${call}`, at + 5_000), drm(`${call}`), sent(`${call}`, 'mg')]) fold.read(fact)
    const old = call - 7
    if (old >= 0) for (const fact of [left(`${old}`, 'arm01', at), ended(`${old}`, at)]) fold.read(fact)
    most = Math.max(most, fold.underWay)
  }
  expect(most).toBe(7)
  expect(fold.underWay).toBe(7)
  expect(fold.months[0]?.sas.calls.answered).toBe(20_000)
})

it.each([
  [[4_000], 0.5, 4_000],
  [[1_000, 2_000, 3_000, 4_000], 0.5, 2_000],
  [[1_000, 2_000, 3_000, 4_000], 0.95, 4_000],
  [[1_099, 9_999_999], 0.5, 1_000],
  [[9_999_999], 0.5, 3_600_000],
])('of %j, the quantile %d is %i ms', (waits, share, ms) => {
  const sums = noSums()
  for (const wait of waits) addWait(sums, wait)
  expect(quantileMs(sums, share)).toBe(ms)
})
