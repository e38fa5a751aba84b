/** Mutual aid given and received, as the journal of either SAS tells it. */
import { expect, it } from 'vitest'
import { aidAsCsv, MutualAid } from '../../src/indicators/mutual-aid.js'
import type { Fact, Outcome } from '../../src/routing/facts.js'
import { rulebook, sampleRules } from '../routing/sample-rules.js'
import { carryOut } from '../routing/script.js'
import { World, noon } from '../routing/world.js'

function rowsOf(lines: readonly string[]) {
  const world = new World(sampleRules)
  const aid = new MutualAid()
  world.onOutcome = (_, { facts }) => facts.forEach((fact) => aid.read(fact))
  expect(rulebook['helped']).toBeDefined()
  for (const line of ['rules helped', ...lines]) carryOut(world, line)
  return aid.rows
}

it('a call given is a row with its whole wait, by the rule that gave it; one that stayed is none (R-MA-1)', () => {
  const rows = rowsOf(['voisin has 1 free', 'A dials 15 on operator', 'voisin promises', 'wait 5s', 'A there answers', 'wait 60s', 'A there hangs up', 'B dials 15 on operator', 'B hangs up'])
  expect(rows).toEqual([{ call: 'A', direction: 'given', neighbour: 'voisin', rule: 'surcharge', arrivedAt: noon, waitMs: 5_000, lastedMs: 60_000 }])
})

it('what a neighbour had until its line was lost lasted until then, whoever has the caller afterwards (R-MA-1)', () => {
  const rows = rowsOf(['voisin has 1 free', 'A dials 15 on operator', 'voisin promises', 'A there answers', 'wait 10s', 'A there phone failed', 'arm01 signs in', 'arm01 answers', 'wait 10min', 'arm01 hangs up'])
  expect(rows).toMatchObject([{ call: 'A', direction: 'given', lastedMs: 10_000 }])
})

it('a call received is a row by its first clock once somebody answered; one that the neighbour took back is none (R-MA-2)', () => {
  const rows = rowsOf([
    'arm01 signs in', 'arm02 signs in', 'voisin asks R1 for n1 P2', 'A dials 15 on neighbour given R1 after 40s by voisin', 'arm01 answers',
    'voisin asks R2 for n1 P2', 'arm03 signs in', 'voisin asks R3 for n1 P2', 'B dials 15 on neighbour given R3 after 9s by voisin', 'B hangs up',
  ])
  expect(rows).toEqual([{ call: 'A', direction: 'received', neighbour: 'voisin', rule: null, arrivedAt: noon - 40_000, waitMs: 40_000, lastedMs: null }])
  expect(aidAsCsv(rows)).toBe(`call,direction,neighbour,rule,arrivedAt,waitSeconds,lastedSeconds\r\nA,received,voisin,,${new Date(noon - 40_000).toISOString()},40,\r\n`)
})

it('a call that the neighbour had all along is no row, though somebody here picked up; others keep theirs (R-MA-2)', () => {
  const aid = new MutualAid()
  const received = (call: string): Fact => ({ type: 'received', at: noon, call, from: 'voisin', trunk: 'neighbour', number: '15', class: 'P1', arrivedAt: noon })
  const pickedUp = (call: string): Fact => ({ type: 'picked-up', at: noon + 1_000, call, queue: 'n1', position: 'n1', agent: 'arm01', role: 'ARM', first: true, waitMs: 1_000 })
  const ended = (call: string, outcome: Outcome): Fact => ({ type: 'ended', at: noon + 3_000, call, outcome, why: 'caller-left', sinceArrivalMs: 3_000, stage: 'n1', waiting: false })
  for (const fact of [received('A'), pickedUp('A'), received('B'), pickedUp('B'), ended('A', 'returned'), ended('B', 'answered')]) aid.read(fact)
  expect(aid.rows).toEqual([{ call: 'B', direction: 'received', neighbour: 'voisin', rule: null, arrivedAt: noon, waitMs: 1_000, lastedMs: 2_000 }])
})
