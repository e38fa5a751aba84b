/** A SAS that calls itself: judged by the step at which it stopped, in nobody's way, and no call of the public. */
import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { AriError } from '../../src/ari/port.js'
import { renderAsterisk } from '../../src/asterisk-config/render.js'
import { Canary, type CanaryOptions, type CanaryResult } from '../../src/canary.js'
import { compileRules } from '../../src/config/compile.js'
import { checkConfig } from '../../src/config/load.js'
import { sasSchema, type SasConfig } from '../../src/config/schema.js'
import { Feed } from '../../src/feed/feed.js'
import { createIndicators, tally } from '../../src/indicators/indicators.js'
import { summarize } from '../../src/indicators/summary.js'
import { createMetrics } from '../../src/metrics/metrics.js'
import type { Fact } from '../../src/routing/facts.js'
import { viewRoom } from '../../src/status/room-view.js'
import { viewSupervision } from '../../src/status/supervision.js'
import { carryOut } from '../routing/script.js'
import { World } from '../routing/world.js'
import { site } from './asterisk-config/site.js'

const file = readFileSync('config/sample.yaml', 'utf8')
const config: SasConfig = sasSchema.parse({ ...(parse(file) as object), canary: {} })
const quality = { answerMs: 30_000, orientationMs: 30_000 }

/** A world of its own, in which these lines happen; every fact of it. */
function played(...lines: string[]): { world: World; facts: Fact[] } {
  const world = new World(compileRules(config))
  const facts: Fact[] = []
  world.onOutcome = (_, outcome) => facts.push(...outcome.facts)
  for (const line of lines) carryOut(world, line)
  return { world, facts }
}

const itself = ['A dials canary on canary', 'robot@canary rings', 'robot@canary answers', 'A hangs up']

/** Sends one canary, of which these facts are told once it was dialled. */
async function sent(types: readonly Fact['type'][], line: Partial<CanaryOptions['line']> = {}): Promise<CanaryResult & { hungUp: number }> {
  const end = new AbortController()
  const { facts } = played(...itself)
  let hungUp = 0
  const result = await new Promise<CanaryResult>((resolve) => {
    const canary: Canary = new Canary({
      onNone: () => {},
      line: {
        dial: async () => facts.filter(({ type }) => types.includes(type)).forEach((fact) => canary.follow(fact)),
        wasHeard: async () => true,
        hangUp: async () => void hungUp++,
        ...line,
      },
      everyMs: () => 1,
      now: () => facts[0]!.at - 80,
      withinMs: 5,
      onResult: (one) => {
        end.abort()
        resolve(one)
      },
    })
    void canary.run(end.signal)
  })
  return { ...result, hungUp }
}

it('comes often enough for its alarm: two within five minutes', () => {
  const every = (everySeconds: number): boolean => sasSchema.safeParse({ ...(parse(file) as object), canary: { everySeconds } }).success
  expect([every(120), every(121)]).toEqual([true, false])
})

describe('a canary', () => {
  it('passes when it was picked up, heard and over', async () => {
    expect(await sent(['presented', 'ringing', 'picked-up', 'ended'])).toEqual({ failedAt: null, answerMs: 80, hungUp: 0 })
  })

  it.each<[string, Fact['type'][], string, number]>([
    ['reached no room', [], 'arrival', 1],
    ['rang nowhere', ['presented'], 'ringing', 1],
    ['was not picked up', ['presented', 'ringing'], 'pickup', 1],
    ['was hung up too early', ['presented', 'ringing', 'ended'], 'pickup', 0],
    ['did not end', ['presented', 'ringing', 'picked-up'], 'end', 1],
  ])('that %s fails there, and is hung up', async (_, types, failedAt, hungUp) => {
    expect(await sent(types)).toMatchObject({ failedAt, hungUp })
  })

  it('fails where a PBX that is not there cannot be asked, and where nobody was heard', async () => {
    const error = new AriError('disconnected', 'channels.originateWithId')
    expect(await sent([], { dial: () => Promise.reject(error) })).toMatchObject({ failedAt: 'dial', answerMs: null, error })
    expect(await sent(['presented', 'ringing', 'picked-up', 'ended'], { wasHeard: async () => false })).toMatchObject({ failedAt: 'sound' })
  })

  it('is sent again and again, and not while the file wants none', async () => {
    vi.useFakeTimers()
    const end = new AbortController()
    let everyMs: number | null = null
    const dial = vi.fn(() => Promise.reject(new Error('no PBX')))
    const onNone = vi.fn()
    void new Canary({ line: { dial, wasHeard: async () => false, hangUp: async () => {} }, everyMs: () => everyMs, now: () => 0, onResult: () => {}, onNone }).run(end.signal)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(dial).not.toHaveBeenCalled()
    expect(onNone).toHaveBeenCalled()
    everyMs = 30_000
    await vi.advanceTimersByTimeAsync(150_000)
    expect(dial).toHaveBeenCalledTimes(3)
    end.abort()
    vi.useRealTimers()
  })

  it('tells Prometheus how long it took, where it stopped and when it last passed', async () => {
    const metrics = createMetrics(quality, () => 1_800_000)
    metrics.onCanary({ failedAt: 'ringing', answerMs: null })
    expect(await metrics.registry.metrics()).not.toMatch(/^decroche_canary_last_success/m)
    metrics.onCanary({ failedAt: null, answerMs: 80 })
    const text = await metrics.registry.metrics()
    for (const line of ['decroche_canary_total{outcome="ringing"} 1', 'decroche_canary_total{outcome="passed"} 1', 'decroche_canary_seconds_sum 0.08', 'decroche_canary_last_success_timestamp_seconds 1800'])
      expect(text).toContain(line)
    metrics.onCanary(null)
    expect(await metrics.registry.metrics()).not.toMatch(/^decroche_canary_last_success/m)
  })
})

describe('in the room', () => {
  it('rings nobody but its own, who is free again at once', () => {
    const { facts, world } = played('arm01 signs in', ...itself)
    expect(facts.flatMap((fact) => (fact.type === 'offered' || fact.type === 'picked-up' ? fact.agent : []))).toEqual(['canary', 'canary'])
    expect(world.room.agents.get('canary')?.state.kind).toBe('ready')
  })

  it('goes on to nobody else when its own does not pick up', () => {
    const { facts, world } = played('arm01 signs in', 'A dials canary on canary', 'wait 300s')
    expect(new Set(facts.flatMap((fact) => (fact.type === 'offered' ? fact.agent : [])))).toEqual(new Set(['canary']))
    expect(world.room.calls.get('A')?.state.ticket?.queue).toBe('canary')
  })

  it('leaves its own to itself: nobody is sent there', () => {
    const { facts, world } = played('arm01 signs in', 'A dials 15 on operator', 'arm01 answers', 'arm01 transfers A to canary')
    expect(facts.at(-1)).toMatchObject({ type: 'refused', command: 'transfer', why: 'unknown-target' })
    expect(world.decide({ type: 'move-call', call: 'A', to: 'canary', by: 'sup01' }).refusal).toBe('unknown-target')
    expect(world.decide({ type: 'override', kind: 'close', target: 'canary', until: world.at + 60_000, by: 'sup01' }).refusal).toBe('unknown-target')
  })

  it('is not recorded, whatever is', () => {
    const world = new World({ ...compileRules(config), recording: [{ trunks: null, positions: null, classes: null }] })
    for (const line of [...itself, 'arm01 signs in', 'B dials 15 on operator', 'arm01 answers']) carryOut(world, line)
    expect([...world.pbx.recorders.values()].map(({ channel }) => channel)).toEqual(['B'])
  })

  it('counts and shows nowhere', async () => {
    const metrics = createMetrics(quality)
    const before = await metrics.registry.metrics()
    const indicators = createIndicators()
    const { world, facts } = played('A dials canary on canary')
    const feed = new Feed({ room: () => ({ calls: world.room.calls, agents: world.room.agents, earlierCalls: () => null, names: () => ({ queues: [], trunks: [], sites: {} }) }), supervision: () => viewSupervision(world.room, world.at), sas: () => ({}) as never, now: () => world.at })
    const told: string[] = []
    feed.watch({ principal: { id: 'sup01', agent: null, rights: new Set(['supervisor']), session: null }, send: (text) => void told.push(String(text)) })
    const { onOutcome } = world
    world.onOutcome = (event, outcome) => {
      onOutcome(event, outcome)
      feed.note(outcome)
    }
    expect(viewRoom({ calls: world.room.calls.values(), agents: world.room.agents.values(), queues: [], trunks: [], sites: {} }, world.at)).toMatchObject({ calls: [], agents: expect.not.arrayContaining([expect.objectContaining({ id: 'canary' })]) })
    for (const line of ['robot@canary rings', 'robot@canary answers', 'A hangs up', 'B dials canary on canary', 'B hangs up']) carryOut(world, line)
    for (const fact of facts) {
      metrics.onFact(fact)
      tally(indicators, fact, quality)
    }
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(told.length).toBeGreaterThan(0)
    expect(told.join()).not.toContain('canary')
    expect(summarize(indicators)).toEqual({ ...summarize(createIndicators()), since: expect.any(Number), until: expect.any(Number), windows: expect.anything() })
    const changed = (await metrics.registry.metrics()).split('\n').filter((line) => !before.includes(line) && !/^(#|$|decroche_(process|nodejs))/.test(line))
    expect(changed).toEqual([])
  })
})

describe('its names', () => {
  it('are for nobody else', () => {
    const { faults } = checkConfig(file.replaceAll('  ambulance:', '  canary:').replaceAll('trunk: ambulance', 'trunk: canary').replaceAll('{ id: mrg02, roles: [MRG], phone: mrg02', '{ id: canary, roles: [MRG], phone: mrg02'))
    expect(faults.map(({ path, message }) => [path, message])).toEqual([
      ['trunks.canary', "is the canary's own name"],
      ['people[10].id', "is the canary's own name"],
    ])
  })

  it('are at the PBX when the file wants one, by digest and by no address', () => {
    const [none, some] = [renderAsterisk({ ...config, canary: undefined }, site), renderAsterisk(config, site)]
    expect(none.get('pjsip.conf')).not.toContain('canary')
    expect(none.get('extensions.conf')).not.toContain('[trunk-canary]')
    const pjsip = some.get('pjsip.conf') ?? ''
    expect(pjsip).toContain('contact = sip:192.0.2.10:5060')
    expect(pjsip).toMatch(/\[canary\]\(trunk\)\ncontext = trunk-canary\naors = canary\nidentify_by = username\n/)
    expect(pjsip).not.toContain('endpoint = canary')
    expect(some.get('extensions.conf')).toContain('exten => canary,1,Set(FALLBACK_TRUNK=canary)')
  })
})
