/** The room as people look at it. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'
import { compileRules } from '../../src/config/compile.js'
import { loadConfig } from '../../src/config/load.js'
import { createRoom } from '../../src/routing/roster.js'
import { step } from '../../src/routing/step.js'
import { viewRoom } from '../../src/status/room-view.js'

const rules = compileRules(loadConfig(join(projectRoot(), 'config', 'sample.yaml')))

describe('people free for a queue', () => {
  it('are those who serve it where they sit: at MG an OSNP is no physician', () => {
    const room = createRoom(rules, 1, 0)
    for (const agent of ['osnp01', 'osnp02', 'mrg01', 'arm05']) step(room, { type: 'sign-in', at: 0, agent })
    step(room, { type: 'pause', at: 1, agent: 'mrg01', reason: rules.pauseReasons.values().next().value ?? '' })
    const { queues } = viewRoom({ calls: [], agents: room.agents.values(), queues: rules.queues.values(), trunks: [] }, 1)
    expect(Object.fromEntries(queues.map(({ id, free }) => [id, free]))).toEqual({ n1: 0, amu: 1, 'mg-osnp': 2, 'mg-mrg': 0 })
  })
})
