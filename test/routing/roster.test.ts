/** A room whose memory lost one record of two that belong together: it goes on, sound, with every caller served. */
import { describe, expect, it } from 'vitest'
import { faultsOf } from '../../src/routing/invariants.js'
import { createRoom } from '../../src/routing/roster.js'
import { step } from '../../src/routing/step.js'
import { remembered } from './checks.js'
import { rulebook, sampleRules } from './sample-rules.js'
import { carryOut } from './script.js'
import { World } from './world.js'

/** A talks to two, in a transfer that rings a third's phone; B talks to one; C rings; D waits; somebody wraps up. */
const busy = [
  ...['arm01', 'arm02', 'arm03', 'mru01', 'mru02'].map((person) => `${person} signs in`),
  'A dials 15 on operator',
  'arm01 answers',
  'arm01 qualifies A P1',
  'mru01 answers',
  'mru01 transfers A to amu warm',
  'B dials 15 on operator',
  'arm02 answers',
  'C dials 15 on operator',
  'D dials 15 on operator',
]

function played(): World {
  const world = new World(sampleRules)
  for (const line of busy) carryOut(world, line)
  return world
}

const { room, pbx } = played()
const records = JSON.stringify({ calls: [...room.calls.values()], agents: [...room.agents.values()] })
const lost = [...room.calls.keys(), ...[...room.agents.values()].flatMap(({ id, state }) => (state.kind === 'signed-out' ? [] : [id]))]

describe.each(Object.keys(rulebook))('under the rules %s, a memory without', (name) => {
  const rules = rulebook[name] ?? sampleRules
  it.each(lost)('the record of %s makes a sound room', (gone) => {
    const { calls, agents } = remembered(records)
    const at = 1e13
    const left = createRoom(rules, 2, at, { calls: [...calls].filter(({ id }) => id !== gone), agents: [...agents].filter(({ id }) => id !== gone) })
    step(left, { type: 'inventory', at, ...pbx.inventory(null) })
    expect(faultsOf(left, at)).toEqual([])
    expect([...left.calls.keys()].sort()).toEqual(['A', 'B', 'C', 'D'])
  })
})

it('the scene is the one described', () => {
  const { A, B, C, D } = Object.fromEntries([...room.calls].map(([id, { state }]) => [id, state]))
  expect(A).toMatchObject({ kind: 'talking', parties: [{ agent: 'arm01' }, { agent: 'mru01' }], ticket: { offers: [{ agent: 'mru02' }] } })
  expect(B).toMatchObject({ kind: 'talking', parties: [{ agent: 'arm02' }] })
  expect(C).toMatchObject({ kind: 'seeking', ticket: { offers: [{ agent: 'arm03' }] } })
  expect(D).toMatchObject({ kind: 'seeking', ticket: { offers: [] } })
})

it('R-N2-3 a caller whose ARM is forgotten in the midst of a word stands where they stood', () => {
  const world = new World(rulebook['byHand'] ?? sampleRules)
  for (const line of ['arm01 signs in', 'A dials 1803 on fire', 'wait 20s', 'arm01 picks A', 'arm01 answers']) carryOut(world, line)
  const { calls, agents } = remembered(JSON.stringify({ calls: [...world.room.calls.values()], agents: [...world.room.agents.values()] }))
  const { rules } = world.room
  const others = { ...rules, people: rules.people.filter(({ id }) => id !== 'arm01') }
  const left = createRoom(others, 2, world.at, { calls, agents: [...agents].filter(({ id }) => id !== 'arm01') })
  expect(left.calls.get('A')?.state).toMatchObject({ kind: 'seeking', ticket: { queue: 'mg-osnp', since: world.at - 20_000, rank: world.at - 20_000 } })
})
