/** The room as people look at it. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'
import { compileRules } from '../../src/config/compile.js'
import { loadConfig } from '../../src/config/load.js'
import { createRoom } from '../../src/routing/roster.js'
import { step } from '../../src/routing/step.js'
import { createIndicators } from '../../src/indicators/indicators.js'
import { summarize } from '../../src/indicators/summary.js'
import { viewRoom } from '../../src/status/room-view.js'
import { showStatus } from '../../src/status/status-text.js'
import { rulebook, sampleRules } from '../routing/sample-rules.js'
import { carryOut } from '../routing/script.js'
import { World } from '../routing/world.js'

const rules = compileRules(loadConfig(join(projectRoot(), 'config', 'sample.yaml')))

describe('people free for a queue', () => {
  it('are those who serve it where they sit: at MG an OSNP is no physician', () => {
    const room = createRoom(rules, 1, 0)
    for (const agent of ['osnp01', 'osnp02', 'mrg01', 'arm05']) step(room, { type: 'sign-in', at: 0, agent })
    step(room, { type: 'pause', at: 1, agent: 'mrg01', reason: rules.pauseReasons.values().next().value ?? '' })
    const { queues } = viewRoom({ calls: [], agents: room.agents.values(), queues: rules.queues.values(), trunks: [], sites: {} }, 1)
    expect(Object.fromEntries(queues.map(({ id, free }) => [id, free]))).toEqual({ n1: 0, amu: 1, 'mg-osnp': 2, 'mg-mrg': 0 })
  })
})

it('R-N2-6 a regulator at home is in the same room, free for the same queues, and it is told where', () => {
  const room = createRoom(rules, 1, 0)
  for (const agent of ['mrg01', 'mrg02']) step(room, { type: 'sign-in', at: 0, agent })
  const { queues, agents } = viewRoom({ calls: [], agents: room.agents.values(), queues: rules.queues.values(), trunks: [], sites: { mrg01: 'domicile' } }, 1)
  expect(queues.find(({ id }) => id === 'mg-mrg')?.free).toBe(2)
  expect(agents.filter(({ position }) => position === 'mg').map(({ id, site }) => [id, site])).toEqual(expect.arrayContaining([['mrg01', 'domicile'], ['mrg02', null]]))
})

describe('callers who wait for somebody', () => {
  const world = new World(rulebook['byHand'] ?? sampleRules)
  for (const line of ['arm01 signs in', 'A dials 15 on operator', 'arm01 answers', 'arm01 parks A', 'B dials 1803 on fire', 'C dials 1803 on fire', 'wait 20s', 'C hangs up', 'D dials 1803 on fire']) carryOut(world, line)
  const { room, at } = world
  const { calls, queues } = viewRoom({ calls: room.calls.values(), agents: room.agents.values(), queues: room.rules.queues.values(), trunks: [], sites: {} }, at)

  it('are parked by somebody until a time, and stand in no line', () => {
    expect(calls[0]).toMatchObject({ id: 'A', situation: 'parked', queue: 'n1', waitMs: 20_000, parked: { by: 'arm01', until: at + 10_000 }, recheckDue: false })
    expect(queues[0]).toMatchObject({ id: 'n1', parked: 1, waiting: 0, oldestWaitMs: null })
  })

  it('R-N2-3 are due for a word, and wait on', () => {
    expect(calls.map(({ id, situation, recheckDue }) => [id, situation, recheckDue])).toEqual([
      ['A', 'parked', false],
      ['B', 'waiting', true],
      ['D', 'waiting', false],
    ])
    expect(queues[2]).toMatchObject({ id: 'mg-osnp', waiting: 2, rechecksDue: 1, oldestWaitMs: 20_000 })
  })

  it('show in the status with whom they are for, and that a word is due', () => {
    const text = showStatus({ sas: 'demo', name: 'SAS', at, lease: null, queues, calls, agents: [], trunks: [], epoch: 0, corrupt: 0, alarms: [{ label: 'Un MRU à tout moment', present: 0, min: 1 }], indicators: summarize(createIndicators()) })
    expect(text).toMatch(/^ALARME : Un MRU à tout moment \(0 sur 1\)$/m)
    expect(text).toMatch(/^A .*en garde .* arm01$/m)
    expect(text).toMatch(/^B .*en attente, à réévaluer/m)
  })
})
