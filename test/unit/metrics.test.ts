/** What Prometheus reads: fed by facts, counted at scrape, and with labels that cannot grow without end. */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { declared, withTable } from '../../dashboards/source/metrics-table.js'
import { createIndicators, tally } from '../../src/indicators/indicators.js'
import { createArchiveMetrics } from '../../src/metrics/archive.js'
import { abandonDelays, type Expected } from '../../src/metrics/facts.js'
import { createMetrics, type Metrics } from '../../src/metrics/metrics.js'
import type { Fact } from '../../src/routing/facts.js'
import { loadConfig } from '../../src/config/load.js'
import { compileRules } from '../../src/config/compile.js'
import { createRoom } from '../../src/routing/roster.js'
import { viewSupervision } from '../../src/status/supervision.js'
import { step } from '../../src/routing/step.js'
import { carryOut } from '../routing/script.js'
import { World } from '../routing/world.js'
import { playScenario } from '../scenarios/scenario.js'

const quality = { answerMs: 30_000, orientationMs: 30_000 }
const NOW = 1_000_000
const rules = compileRules(loadConfig('config/sample.yaml'))

const pickedUp = (waitMs: number): Fact => ({
  type: 'picked-up',
  at: 1,
  call: '1',
  queue: 'n1',
  position: 'n1',
  agent: 'a',
  role: 'ARM',
  first: true,
  waitMs,
})

const entry = 'trunk="operator",number="15",class="P1"'
const presented = (call: string): Fact => ({ type: 'presented', at: 1, call, trunk: 'operator', number: '15', class: 'P1', arrivedAt: 1 })

const sumOf = async (metrics: Metrics, name: string, counts: (labels: Partial<Record<string, string | number>>) => boolean = () => true): Promise<number> => {
  const { values } = await metrics.registry.getSingleMetric(`decroche_${name}`)!.get()
  return values.filter(({ labels }) => counts(labels)).reduce((sum, { value }) => sum + value, 0)
}

describe('metrics', () => {
  it('R-QS-2 count the strict edge of 30 s exactly', async () => {
    const metrics = createMetrics(quality)
    for (const waitMs of [29_999, 30_000, 30_001]) {
      metrics.onFact(presented(String(waitMs)))
      metrics.onFact({ ...pickedUp(waitMs), call: String(waitMs) } as Fact)
    }
    const text = await metrics.registry.metrics()
    expect(text).toContain(`decroche_calls_answered_total{${entry}} 3`)
    expect(text).toContain(`decroche_calls_answered_in_time_total{${entry}} 1`)
    expect(text).toContain('decroche_answer_wait_seconds_bucket{le="29.999",class="P1"} 1')
    expect(text).toContain('decroche_answer_wait_seconds_bucket{le="44.999",class="P1"} 3')
  })

  it('R-QS-2 count calls as the indicators do, whatever way they go', async () => {
    const folder = new URL('../scenarios/', import.meta.url)
    let answered = 0
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
      const metrics = createMetrics(quality)
      const indicators = createIndicators()
      playScenario(readFileSync(new URL(file, folder), 'utf8'), (fact) => {
        metrics.onFact(fact)
        tally(indicators, fact, quality)
      })
      const { calls, byNumber } = indicators
      const counted = await Promise.all(['presented', 'answered', 'answered_in_time', 'abandoned'].map((name) => sumOf(metrics, `calls_${name}_total`)))
      const given = await sumOf(metrics, 'calls_ended_total', ({ outcome }) => outcome === 'neighbour')
      expect([(counted[0] ?? 0) - given, ...counted.slice(1)], file).toEqual([calls.presented, calls.answered, calls.answeredInTime, calls.abandoned])
      for (const [index, delay] of abandonDelays.entries()) expect(await sumOf(metrics, 'calls_abandoned_total', (labels) => labels['delay'] === delay), file).toBe(calls.abandonedByDelay[index])
      for (const [at, counts] of byNumber) expect(await sumOf(metrics, 'calls_answered_total', ({ trunk, number }) => `${trunk}/${number}` === at), `${file} ${at}`).toBe(counts.answered)
      answered += calls.answered
    }
    expect(answered).toBeGreaterThan(50)
  })

  it('count a call that an earlier engine took under its entry, and once', async () => {
    const metrics = createMetrics(quality)
    const room = createRoom(rules, 1, NOW, { calls: [], agents: [] })
    step(room, { type: 'call-arrived', at: NOW, call: '1', trunk: 'operator', number: '15', caller: null, arrivedAt: NOW, answered: false })
    metrics.adopt(room.calls.values())
    metrics.onFact(presented('1'))
    metrics.onFact(pickedUp(1_000))
    metrics.onFact({ type: 'ended', at: 2, call: '1', outcome: 'answered', why: 'caller-left', sinceArrivalMs: 2, stage: 'n1', waiting: false })
    const text = await metrics.registry.metrics()
    expect(text).not.toContain('decroche_calls_presented_total{')
    expect(text).toContain(`decroche_calls_answered_total{${entry}} 1`)
    expect(text).toContain(`decroche_calls_ended_total{${entry},outcome="answered"} 1`)
  })

  it('have every entry and neighbour of the file from nought', async () => {
    const metrics = createMetrics(quality)
    const entries = [{ trunk: 'operator', number: '15', class: 'P1' }, { trunk: 'neighbour', number: '15', class: 'P1' }] as const
    const expected: Expected = { entries, neighbours: [{ id: 'sas2', trunk: 'neighbour', receive: { classes: ['P0'] } }], queues: ['n1'] }
    metrics.expect(expected)
    metrics.onFact(presented('1'))
    metrics.expect(expected)
    const text = await metrics.registry.metrics()
    expect(text).toContain(`decroche_calls_presented_total{${entry}} 1`)
    expect(text).toContain(`decroche_calls_answered_in_time_total{${entry}} 0`)
    expect(text).toContain(`decroche_calls_abandoned_total{${entry},delay="over_120s"} 0`)
    expect(text).toContain('decroche_neighbour_calls_total{neighbour="sas2",step="given"} 0')
    expect(text).toContain('decroche_calls_answered_total{trunk="neighbour",number="15",class="P0"} 0')
    expect(text).not.toContain('trunk="operator",number="15",class="P0"')
  })

  it('time talks and wrap-ups by the role in which somebody picked up', async () => {
    const metrics = createMetrics(quality)
    for (const fact of [
      presented('1'),
      pickedUp(1_000),
      { type: 'left', at: 61_000, call: '1', agent: 'a', talkMs: 60_000, why: 'hung-up' },
      { type: 'agent-state', at: 61_000, agent: 'a', state: 'wrap-up', why: null },
      { type: 'agent-state', at: 63_000, agent: 'a', state: 'ready', why: null },
      { type: 'agent-state', at: 70_000, agent: 'a', state: 'paused', why: null },
    ] as Fact[])
      metrics.onFact(fact)
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_talk_seconds_sum{role="ARM",position="n1"} 60')
    expect(text).toContain('decroche_wrap_up_seconds_sum{role="ARM"} 2')
    expect(text).toContain('decroche_wrap_up_seconds_count{role="ARM"} 1')
  })

  it('count nothing of a call that an agent makes but that it was made', async () => {
    const metrics = createMetrics(quality)
    const before = await metrics.registry.metrics()
    const world = new World(rules)
    world.onOutcome = (_, { facts }) => {
      for (const fact of facts) if (fact.type !== 'agent-state') metrics.onFact(fact)
    }
    for (const line of ['arm01 signs in', 'arm01 makes A to codis', 'arm01 rings', 'arm01 answers', 'A picks up', 'arm01 qualifies A P1', 'arm01 hangs up']) carryOut(world, line)
    const counted = (await metrics.registry.metrics()).split('\n').filter((line) => !before.includes(line) && !/^(#|$|decroche_(process|nodejs))/.test(line))
    expect(counted).toEqual(['decroche_outgoing_calls_total{step="made"} 1'])
  })

  it('R-N1-3 time the first priority of a call, and count each', async () => {
    const metrics = createMetrics(quality)
    const qualified = { type: 'qualified', at: 1, call: '1', agent: 'a' } as const
    metrics.onFact({ ...qualified, priority: 'P2', first: true, sincePickupMs: 29_999 })
    metrics.onFact({ ...qualified, priority: 'P1', first: false, sincePickupMs: 600_000 })
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_calls_qualified_total{priority="P2"} 1')
    expect(text).toContain('decroche_calls_qualified_total{priority="P1"} 1')
    expect(text).toContain('decroche_calls_oriented_in_time_total 1')
    expect(text).toContain('decroche_orientation_seconds_count 1')
  })

  it('count the room when scraped', async () => {
    const metrics = createMetrics(quality, () => NOW + 4_000)
    const room = createRoom(rules, 1, NOW, { calls: [], agents: [] })
    step(room, { type: 'sign-in', at: NOW, agent: 'mru01' })
    step(room, {
      type: 'call-arrived',
      at: NOW,
      call: '1',
      trunk: 'operator',
      number: '15',
      caller: '0199001234',
      arrivedAt: NOW - 1_000,
      answered: false,
    })
    metrics.room(() => ({ calls: room.calls.values(), agents: room.agents.values(), queues: rules.queues.values(), trunks: [], sites: {} }))
    metrics.parts(() => ({ ari: true, redis: false }))
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_queue_calls{queue="n1",situation="waiting"} 1')
    expect(text).toContain('decroche_queue_oldest_wait_seconds{queue="n1"} 5')
    expect(text).toContain('decroche_calls{situation="waiting"} 1')
    expect(text).toContain('decroche_people{role="MRU",position="amu",state="ready"} 1')
    expect(text).toContain('decroche_up{part="ari"} 1')
    expect(text).toContain('decroche_up{part="redis"} 0')
    expect(text).not.toContain('0199001234')
  })

  it('count no wait of a caller who is to be called back', async () => {
    const world = new World(rules)
    for (const line of ['arm01 signs in', 'A dials 15 on operator', 'arm01 rings', 'arm01 answers', 'arm01 presses *8', 'arm01 qualifies A P2', 'B dials 15 on operator']) carryOut(world, line)
    const scraped = async (): Promise<string> => {
      const metrics = createMetrics(quality, () => world.at + 9_000)
      metrics.room(() => ({ calls: world.room.calls.values(), agents: world.room.agents.values(), queues: rules.queues.values(), trunks: [], sites: {} }))
      return metrics.registry.metrics()
    }
    expect(await scraped()).toContain('decroche_queue_oldest_wait_seconds{queue="mg-osnp"} 9')
    carryOut(world, 'A hangs up')
    const text = await scraped()
    expect(text).toContain('decroche_queue_calls{queue="mg-osnp",situation="to-call-back"} 1')
    expect(text).toContain('decroche_queue_oldest_wait_seconds{queue="mg-osnp"} 0')
    expect(text).toContain('decroche_queue_oldest_wait_seconds{queue="n1"} 9')
  })

  it('tell nothing of the room where there is none', async () => {
    expect(await createMetrics(quality).registry.metrics()).not.toMatch(/^decroche_(calls|queue_calls|people)\{/m)
  })

  it('count deliveries to each LRM from nought', async () => {
    const metrics = createMetrics(quality)
    const link = { id: 'lrm', lastSuccessAt: null, failuresInARow: 0, undelivered: 0, oldestUndeliveredMs: null, dead: 0, lastDead: [] }
    metrics.links(() => ({ at: NOW, following: true, links: [link] }))
    metrics.onDelivery('lrm', 'delivered')
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_lrm_deliveries_total{endpoint="lrm",outcome="delivered"} 1')
    expect(text).toContain('decroche_lrm_deliveries_total{endpoint="lrm",outcome="dead"} 0')
  })

  it('tell waits of hours apart', async () => {
    const metrics = createMetrics(quality)
    metrics.onFact({ ...pickedUp(3_000_000), queue: 'mg-mrg', first: false } as Fact)
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_queue_wait_seconds_bucket{le="1799.999",queue="mg-mrg"} 0')
    expect(text).toContain('decroche_queue_wait_seconds_bucket{le="3599.999",queue="mg-mrg"} 1')
  })

  it('R-IN-5 tell the use of each trunk and its size, and no use that is not known now', async () => {
    const metrics = createMetrics(quality)
    let inUse: ReadonlyMap<string, number> | null = new Map([['operator', 27], ['arm01', 1]])
    const sizes = [{ id: 'operator', channels: 30, reserved: 4 }, { id: 'fire', channels: 4, reserved: 0 }]
    metrics.trunks(() => sizes, () => inUse)
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_trunk_channels{trunk="operator"} 30')
    expect(text).toContain('decroche_trunk_channels_reserved{trunk="operator"} 4')
    expect(text).toContain('decroche_trunk_channels_in_use{trunk="operator"} 27')
    expect(text).toContain('decroche_trunk_channels_in_use{trunk="fire"} 0')
    expect(text).not.toContain('arm01')
    inUse = null
    expect(await metrics.registry.metrics()).not.toContain('decroche_trunk_channels_in_use{')
  })

  it('R-IN-5 count who was turned away from a full trunk', async () => {
    const metrics = createMetrics(quality)
    metrics.onFact({ type: 'turned-away', at: 1, call: '1', trunk: 'operator', number: '116117', refusedAt: 1 })
    expect(await metrics.registry.metrics()).toContain('decroche_calls_turned_away_total{trunk="operator",number="116117"} 1')
  })

  it('R-N2-3 count words that came due and callers parked, and take neither for the end of a wait', async () => {
    const metrics = createMetrics(quality)
    metrics.onFact({ type: 'recheck-due', at: 1, call: '1', queue: 'mg-osnp', waitMs: 60_000, times: 1 })
    metrics.onFact({ type: 'parked', at: 1, call: '1', queue: 'n1', agent: 'a', forMs: 180_000 })
    metrics.onFact({ ...pickedUp(70_000), first: false, why: 'recheck' } as Fact)
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_rechecks_due_total{queue="mg-osnp"} 1')
    expect(text).toContain('decroche_calls_parked_total{queue="n1"} 1')
    expect(text).not.toContain('decroche_queue_wait_seconds_count{')
  })

  it('R-TO-3 tell of recordings, also of those of an agent’s own call, and whether they fail', async () => {
    const metrics = createMetrics(quality)
    const world = new World({ ...rules, recording: [{ trunks: null, positions: null, classes: null }] })
    const failsSince = () => viewSupervision(world.room, world.at).recording?.failsSince
    world.onOutcome = (_, { facts }) => {
      for (const fact of facts) metrics.onFact(fact)
    }
    for (const line of ['arm01 signs in', 'arm01 makes A to codis', 'arm01 answers', 'A picks up', 'A recording fails']) carryOut(world, line)
    expect(failsSince()).toBe(world.at)
    for (const line of ['arm01 hangs up', 'arm01 is ready', 'B dials 15 on operator', 'arm01 answers', 'arm01 hangs up']) carryOut(world, line)
    expect(failsSince()).toBeNull()
    const text = await metrics.registry.metrics()
    for (const count of ['{step="began"} 2', '{step="ended"} 1', '{step="failed"} 1']) expect(text).toContain(`decroche_recordings_total${count}`)
  })

  const suffixes: Readonly<Record<string, RegExp>> = { counter: /_total$/, histogram: /_(seconds|bytes|ratio)$/, gauge: /(?<!_total|_count|_sum|_bucket)$/ }
  const labels = new Set([
    ...['trunk', 'number', 'class', 'queue', 'role', 'position', 'site', 'neighbour', 'guard', 'rule', 'endpoint', 'priority', 'delay', 'situation', 'state', 'direction', 'certificate'],
    ...['reason', 'step', 'outcome', 'result', 'answer', 'command', 'event', 'effect', 'normal', 'operation', 'type', 'kind', 'part', 'method', 'route', 'status', 'family'],
    ...['version', 'major', 'minor', 'patch', 'space'],
  ])

  it.each(declared(createMetrics(quality).registry))('$name keeps the conventions', ({ name, help, type, labelNames }) => {
    expect(name).toMatch(/^decroche_[a-z0-9]+(_[a-z0-9]+)*$/)
    expect(name).toMatch(suffixes[type] as RegExp)
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|hours|percent|kilobytes|kb|mb)(_|$)/)
    expect(help).toMatch(/^[A-Z].{8,}\.$/)
    expect(labelNames.filter((label) => !labels.has(label))).toEqual([])
  })

  it('stand in docs/metrics.md as they are: npm run dashboards', () => {
    const document = readFileSync('docs/metrics.md', 'utf8')
    expect(document).toBe(withTable(document, createMetrics(quality).registry))
  })

  it('keep labels that strangers influence within a limit', async () => {
    const metrics = createMetrics(quality)
    for (let index = 0; index < 500; index++) metrics.ari.eventReceived(`Type${index}`)
    const family = await metrics.registry.getSingleMetric('decroche_ari_events_total')!.get()
    expect(family.values.length).toBeLessThanOrEqual(65)
    expect(family.values.find(({ labels }) => labels['type'] === 'other')?.value).toBe(436)
  })

  it('time requests, commits, decisions', async () => {
    const metrics = createMetrics(quality)
    metrics.ari.requestDone('channels.originate', 12, 'ok')
    metrics.onCommit(0.4, 'ok')
    metrics.onStep(0.02)
    metrics.onHttp('POST', '/v1/agents/:agent/ready', 200, 3)
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_ari_request_seconds_sum{operation="channels.originate",outcome="ok"} 0.012')
    expect(text).toContain('decroche_redis_commit_seconds_count{outcome="ok"} 1')
    expect(text).toContain('decroche_decision_seconds_count 1')
    expect(text).toContain(
      'decroche_http_request_seconds_count{method="POST",route="/v1/agents/:agent/ready",status="200"} 1',
    )
  })
})

describe('metrics of the archiver', () => {
  const metrics = createArchiveMetrics(() => ({ parts: {}, lastEntryAt: null, lagEntries: 0, lagMs: 0, bytes: 0, disk: null }))

  it('tell of the disk of the recordings once it was looked at', async () => {
    expect(await metrics.registry.metrics()).not.toMatch(/^decroche_archive_recordings_disk/m)
    metrics.onRecordings({ sealed: 1, removed: 0, open: 0, disk: { size: 100, free: 9 } })
    const text = await metrics.registry.metrics()
    expect(text).toContain('decroche_archive_recordings_disk_size_bytes 100')
    expect(text).toContain('decroche_archive_recordings_disk_free_bytes 9')
  })

  it('are counters where they end in _total', () => {
    for (const { name, type } of declared(metrics.registry)) expect(name.endsWith('_total'), name).toBe(type === 'counter')
  })
})
