/** What `npm run demo:pair` counts, and where it looks for room. */
import { describe, expect, it } from 'vitest'
import { deviationsOf, figuresOf, ownOf, pairPassed, type Played, type Written } from '../../../lab/pair/figures.js'
import { overlaps } from '../../../lab/pair/network.js'
import { voicesIn, type CallerStory } from '../../../lab/pair/pair.js'
import { planOf } from '../../../lab/pair/plan.js'
import type { Side } from '../../../lab/pair/sas-files.js'
import type { Fact } from '../../../src/routing/facts.js'

const story = (caller: string, heard: Side | null, waitS: number, whole = heard !== null): CallerStory => ({
  planned: { side: 'helped', caller, atMs: 0, talkMs: 1 },
  heard,
  waitMs: waitS * 1_000,
  end: { by: whole ? 'there' : 'here', how: 'bye', status: undefined, reason: undefined, atNs: 0n },
  whole,
  deviations: [],
})
const presented = (call: string): Fact => ({ type: 'presented', at: 0, call, trunk: 'operator', number: '15', class: 'P1', arrivedAt: 0 })
const received = (call: string): Fact => ({ type: 'received', at: 0, call, from: 'sas-67', trunk: 'voisin', number: '15', class: 'P1', arrivedAt: 0 })
const written = (facts: Fact[], callers: Record<string, string>): Written => ({ facts, callers: new Map(Object.entries(callers)) })
const nothing = written([], {})

const alone: Played = {
  stories: [story('A', 'helped', 1), story('B', 'helped', 40)],
  records: { helped: written([presented('a'), presented('b')], { a: 'A', b: 'B' }), helper: nothing },
}
const given: Fact = { type: 'given', at: 0, call: 'b', neighbour: 'sas-68', rule: 'r', leg: 'l', waitMs: 0 }
const taken: Fact = { type: 'picked-up', at: 0, call: 'x', queue: 'n1', position: 'n1', agent: 'arm01', role: 'ARM', first: true, waitMs: 0 }
const together: Played = {
  stories: [story('A', 'helped', 1), story('B', 'helper', 29.9)],
  records: { helped: written([presented('a'), presented('b'), given], { a: 'A', b: 'B' }), helper: written([received('x'), taken], { x: 'B' }) },
}

describe('the figures of a pair', () => {
  it('are in seconds and parts of 1, by whose ARM was heard', () => {
    const figures = figuresOf(alone, together)
    expect(figures).toEqual({ presented: 2, answeredHome: 1, answeredNeighbour: 1, lost: 0, secondVisits: 0, p95WaitAlone: 40, p95WaitTogether: 29.9, qs30Alone: 0.5, qs30Together: 1 })
    expect(pairPassed(figures)).toBe(true)
    expect(deviationsOf(together)).toEqual([])
  })

  it('count whoever was never answered, or was cut off, as lost', () => {
    const figures = figuresOf(alone, { ...together, stories: [story('A', null, 90), story('B', 'helper', 3, false)] })
    expect(figures).toMatchObject({ presented: 2, answeredHome: 0, answeredNeighbour: 0, lost: 2 })
    expect(pairPassed(figures)).toBe(false)
  })

  it('see who comes back to a SAS that had them, however they come', () => {
    const back = written([presented('a'), presented('b'), given, received('c')], { a: 'A', b: 'B', c: 'B' })
    const twice = written([received('x'), received('y'), taken], { x: 'B', y: 'B' })
    const figures = figuresOf(alone, { ...together, records: { helped: back, helper: twice } })
    expect(figures.secondVisits).toBe(2)
    expect(pairPassed(figures)).toBe(false)
  })

  it('tell what the ceiling leaves the callers of the one that helps: two of six ARMs', () => {
    const own = (atMs: number, waitS: number): CallerStory => ({ ...story('C', 'helper', waitS), planned: { side: 'helper', caller: 'C', atMs, talkMs: 20_000 } })
    // Two talk, two more are picked up after 21.6 s, the fifth after 42.9 s.
    const waits = [0.3, 0.3, 21.6, 21.6, 42.9]
    const five = (of: readonly number[]): Played => ({ ...alone, stories: of.map((waitS) => own(0, waitS)) })
    expect(ownOf(five([1, 1, 1, 1, 1]), five(waits))).toEqual({ alone: 1, together: 0.8, floor: 0.8 })
    // Nor is it to better what they had without.
    expect(ownOf(five([1, 1, 40, 40, 40]), five(waits))).toEqual({ alone: 0.4, together: 0.8, floor: 0.4 })
  })

  it('leave out whom somebody picked up there as they were picked up here', () => {
    const { helped, helper } = together.records
    const facts: Fact[] = [...helper.facts, received('y'), { ...taken, call: 'y' }, { type: 'ended', at: 0, call: 'y', outcome: 'returned', why: 'kept-there', sinceArrivalMs: 0, stage: 'n1', waiting: false }]
    expect(deviationsOf({ ...together, records: { helped, helper: written(facts, { x: 'B', y: 'A' }) } })).toEqual([])
  })

  it('are not believed where phones and journals do not agree, or a caller is unknown', () => {
    const { helped, helper } = together.records
    expect(deviationsOf({ ...together, records: { helped: written([presented('a'), given], { a: 'A' }), helper } })).toEqual(['presented to helped: 2 by the phones, 1 by the journal'])
    expect(deviationsOf({ ...together, records: { helped, helper: written([received('x'), taken], {}) } })).toEqual(['1 entries of helper are of unknown callers'])
  })
})

it('somebody is heard who is there for half a second, be it in pieces; whoever is there for a moment is not', () => {
  const piece = (what: number, fromMs: number, toMs: number) => ({ what, fromMs, toMs })
  expect(voicesIn([piece(1_100, 0, 400), piece(1_250, 500, 700), piece(1_250, 800, 1_000), piece(1_250, 1_100, 1_200)])).toEqual([piece(1_250, 500, 700)])
})

describe('the plan of a surge', () => {
  it('is the same for the same seed, four times what the SAS can answer', () => {
    expect(planOf(7, 40)).toEqual(planOf(7, 40))
    expect(planOf(7, 40)).not.toEqual(planOf(8, 40))
    const surge = planOf(7, 400).filter(({ side }) => side === 'helped')
    expect(surge).toHaveLength(400)
    // 4 ARMs, 12 s a call: one in 3 s; four times as many come.
    expect((surge.at(-1)?.atMs ?? 0) / 400).toBeGreaterThan(650)
    expect((surge.at(-1)?.atMs ?? 0) / 400).toBeLessThan(850)
  })
})

it.each([
  ['10.0.0.0/8', '10.67.3', true],
  ['10.67.3.0/24', '10.67.3', true],
  ['10.67.3.200', '10.67.3', true],
  ['10.67.2.0/24', '10.67.3', false],
  ['10.67.4.0/22', '10.67.3', false],
  ['192.0.2.0/24', '10.67.3', false],
])('a route to %s takes the block %s: %s', (route, block, taken) => expect(overlaps(route, block)).toBe(taken))
