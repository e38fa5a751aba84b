/** What the LRM is told. */
import { describe, expect, it } from 'vitest'
import { lrmEvents } from '../../../src/config/lrm-schema.js'
import { bodyOf, eventOf } from '../../../src/jobs/events.js'
import { sampleRules } from '../../routing/sample-rules.js'
import { carryOut } from '../../routing/script.js'
import { World } from '../../routing/world.js'

interface Body {
  readonly type: string
  readonly timestamp: string
  readonly data: Record<string, unknown>
}

/** Every event of one caller’s way from N1 to AMU, with what is known of the call then. */
function journey(): Body[] {
  const world = new World(sampleRules)
  const told: Body[] = []
  const { onOutcome } = world
  world.onOutcome = (event, outcome) => {
    onOutcome(event, outcome)
    for (const [index, fact] of outcome.facts.entries()) {
      const call = 'call' in fact && fact.call !== null ? (world.room.calls.get(fact.call) ?? null) : null
      const body = bodyOf(`${told.length}-${index}`, fact, 'demo', call && structuredClone(call), null)
      expect(body === null).toBe(eventOf(fact) === null)
      if (body !== null) told.push(JSON.parse(body) as Body)
    }
  }
  for (const line of ['arm01 signs in', 'mru01 signs in', 'A dials 15 on operator', 'arm01 answers', 'arm01 names A', 'arm01 qualifies A P1', 'mru01 answers', 'A hangs up']) carryOut(world, line)
  return told
}

describe('events', () => {
  const told = journey()

  it('come in the order in which they happen, every kind of them', () => {
    expect([...new Set(told.map(({ type }) => type))].sort()).toEqual([...lrmEvents].sort())
    expect(told.map(({ type }) => type).slice(0, 3)).toEqual(['call-offered', 'drm-opened', 'qualified'])
    expect(told.at(-1)).toMatchObject({ type: 'ended', data: { outcome: 'answered' } })
  })

  it('say who calls, by which number, and under which DRM', () => {
    expect(told[0]?.data).toMatchObject({ sas: 'demo', call: 'A', trunk: 'operator', number: '15', caller: expect.any(String) as string, drm: null, agent: 'arm01', queue: 'n1' })
    expect(told[1]?.data).toMatchObject({ drm: 'demo-A', agent: 'arm01', priority: null })
    expect(told[2]?.data).toMatchObject({ priority: 'P1', first: true })
  })

  it('of a call that is over say what its DRM still knows', () => {
    const drm = { id: 'demo-A', call: 'A', trunk: 'operator', number: '15', caller: '0199000001', callerName: null, arrivedAt: 1, openedAt: 2, priority: 'P1' as const, endedAt: 3 }
    const fact = { type: 'ended', at: 3, call: 'A', outcome: 'answered', why: 'caller-left', sinceArrivalMs: 2, stage: 'n1', waiting: false } as const
    expect(JSON.parse(bodyOf('1-0', fact, 'demo', null, drm) ?? '')).toMatchObject({ timestamp: '1970-01-01T00:00:00.003Z', data: { caller: '0199000001', drm: 'demo-A', priority: 'P1' } })
    expect(JSON.parse(bodyOf('1-0', fact, 'demo', null, null) ?? '')).toMatchObject({ data: { caller: null, drm: null } })
  })
})
