/** Who may pick which caller, and when a reason is asked. */
import { describe, expect, it } from 'vitest'
import type { PickReason } from '../../src/routing/events.js'
import { rulebook, sampleRules, withQueues } from './sample-rules.js'
import { carryOut } from './script.js'
import { World } from './world.js'

const byHand = rulebook['byHand'] ?? sampleRules

function played(lines: readonly string[], rules = byHand): World {
  const world = new World(rules)
  for (const line of lines) carryOut(world, line)
  return world
}

const pick = (world: World, agent: string, call: string, reason?: PickReason) =>
  world.ask({ type: 'pick', agent, call, ...(reason && { reason }) })

describe('a caller who waits at N2', () => {
  const waits = ['A dials 1802 on fire', 'B dials 1802 on fire']
  it.each([
    ['somebody of the role who sits there', ['mru01 signs in'], 'mru01', null],
    ['somebody of another role', ['osnp01 signs in'], 'osnp01', 'not-serving-queue'],
    ['somebody of the role who sits elsewhere', ['arm01 signs in'], 'arm01', 'not-serving-queue'],
    ['somebody who is not there', [], 'mru01', 'not-signed-in'],
    ['somebody on a pause', ['mru01 signs in', 'mru01 pauses repas'], 'mru01', 'not-free'],
    ['somebody whose phone is in use', ['mru01 signs in', 'mru01 is engaged'], 'mru01', 'not-free'],
    ['nobody', [], 'nobody', 'unknown-agent'],
  ])('is picked by %s', (_, lines, agent, refusal) => {
    const world = played([...waits, ...lines])
    const outcome = pick(world, agent, 'A')
    expect(outcome.refusal).toBe(refusal)
    expect(outcome.effects.map(({ type }) => type)).toEqual(refusal === null ? ['ring'] : [])
  })

  it('is picked out of turn for a reason, which the journal keeps; and the next in line for none', () => {
    const world = played([...waits, 'mru01 signs in', 'mru02 signs in'])
    expect(pick(world, 'mru01', 'B').refusal).toBe('reason-required')
    expect(pick(world, 'mru01', 'B', 'callback').facts).toContainEqual(
      expect.objectContaining({ type: 'offered', agent: 'mru01', why: { rule: 'picked', ahead: 1, reason: 'callback' } }),
    )
    expect(pick(world, 'mru02', 'A').facts).toContainEqual(
      expect.objectContaining({ type: 'offered', agent: 'mru02', why: { rule: 'picked', ahead: 0, reason: null } }),
    )
  })
})

it('R-N1-6 a caller of N1 is picked by those of AMU once the wait was escalated', () => {
  const world = played(['arm05 signs in', 'A dials 15 on operator'], withQueues(byHand, () => ({ mode: 'by-hand' })))
  expect(pick(world, 'arm05', 'A').refusal).toBe('not-serving-queue')
  world.wait(30_000)
  expect(pick(world, 'arm05', 'A').refusal).toBeNull()
})

it('R-N1-4 who wraps up a P0 picks from where they will be, not from where the P0 took them', () => {
  const world = played(['arm01 signs in', 'X dials 15 on operator', 'arm01 answers', 'arm01 qualifies X P0', 'A dials 1802 on fire', 'B dials 15 on operator', 'X hangs up'])
  expect(world.room.agents.get('arm01')).toMatchObject({ position: 'amu', state: { kind: 'wrap-up' } })
  expect(pick(world, 'arm01', 'A').refusal).toBe('not-serving-queue')
  expect(pick(world, 'arm01', 'B').refusal).toBeNull()
})

it('a parked caller is picked by who parked them, wherever they sit by then, and for no reason', () => {
  const world = played(['arm01 signs in', 'mru01 signs in', 'A dials 15 on operator', 'arm01 answers', 'arm01 parks A', 'arm01 moves to amu'])
  expect(pick(world, 'mru01', 'A', 'worse').refusal).toBe('not-serving-queue')
  expect(pick(world, 'arm01', 'A').refusal).toBeNull()
})

it('one who is due for a word is picked by an ARM of N1 alone, and for no reason', () => {
  const world = played(['A dials 1803 on fire', 'B dials 1803 on fire', 'arm01 signs in', 'arm05 signs in', 'wait 20s'])
  expect(pick(world, 'arm05', 'B').refusal).toBe('not-serving-queue')
  expect(pick(world, 'arm01', 'B').facts).toContainEqual(expect.objectContaining({ type: 'offered', queue: 'mg-osnp', why: { rule: 'recheck' } }))
})
