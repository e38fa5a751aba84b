/** The one door into the room: its states, the order of what it does, and every way it ends. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Engine, type RulesAt } from '../../src/engine.js'
import type { Fact } from '../../src/routing/facts.js'
import { nextDeadline } from '../../src/routing/step.js'
import { sampleRules } from '../routing/sample-rules.js'
import { FakePbx, FakeStore, arrival, found } from './engine-parts.js'

const leaseMs = 900
const silenceMs = 100

let told: string[]
let store: FakeStore
let pbx: FakePbx
let engine: Engine
let facts: Fact[]

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 4, 11) })
  told = []
  facts = []
  store = new FakeStore(told)
  pbx = new FakePbx(told)
  engine = new Engine({ rulesAt: () => sampleRules, pbx, store, owner: 'me', now: Date.now, leaseMs, silenceMs })
  engine.on('state', (state) => told.push(state))
  engine.on('fact', (fact) => facts.push(fact))
  engine.on('stopped', (reason) => told.push(`stopped: ${reason}`))
  engine.on('problem', (what) => told.push(`problem: ${what}`))
})
afterEach(async () => {
  await engine.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)
const calls = () => [...(engine.room?.calls.keys() ?? [])]
const rung = () => pbx.performed.flatMap((effect) => (effect.type === 'ring' ? [effect.phone] : []))

/** Connected, and told what there is. */
async function join(...callers: Parameters<typeof arrival>[0][]): Promise<void> {
  pbx.comesUp()
  await pass()
  pbx.asked.shift()?.resolve(found(Date.now(), ...callers.map((call) => arrival(call, Date.now()))))
  await pass()
}

async function begin(): Promise<void> {
  await engine.start()
  await join()
  expect(engine.state).toBe('active')
  told.length = 0
}

describe('a living engine', () => {
  const beatMs = 1_000

  it('says so to the PBX every second, from the moment it decides to the moment it does not', async () => {
    await engine.start()
    await pass(5 * beatMs)
    expect(pbx.beats).toBe(0)
    await join()
    expect(pbx.beats).toBe(1)
    await pass(3 * beatMs)
    expect(pbx.beats).toBe(4)
    pbx.goesDown()
    await pass(3 * beatMs)
    expect(pbx.beats).toBe(4)
  })

  it('reads what the fallback did, first with what the PBX lists and then every second, each line once', async () => {
    const entry = (call: string) => ({ call, trunk: 'operator', number: '15', at: Date.now(), event: 'arrived', result: null, answeredAt: null, phone: null }) as const
    const marks: (string | null)[] = []
    const written = [entry('X')]
    const read = async (mark: string | null) => (marks.push(mark), { entries: written.slice(Number(mark ?? 0)), mark: String(written.length) })
    engine = new Engine({ rulesAt: () => sampleRules, pbx, store, fallback: { read }, owner: 'me', now: Date.now, leaseMs, silenceMs })
    await engine.start()
    pbx.comesUp()
    await pass()
    pbx.asked.shift()?.resolve({ ...found(Date.now()), elsewhere: ['X'] })
    await pass()
    expect(calls()).toEqual(['X'])
    written.push(entry('Y'))
    await pass(2 * beatMs)
    expect(calls()).toEqual(['X', 'Y'])
    expect(marks).toEqual([null, '1', '2'])
    expect(store.commits.map(({ fallbackMark }) => fallbackMark)).toEqual(['1', '2'])
  })

  it('reads nothing of the fallback twice, though nothing in it was news', async () => {
    let mark: string | null = null
    engine = new Engine({ rulesAt: () => sampleRules, pbx, store, fallback: { read: async () => ({ entries: [], mark }) }, owner: 'me', now: Date.now, leaseMs, silenceMs })
    await begin()
    await pass(2 * beatMs)
    mark = '7:100'
    await pass(3 * beatMs)
    expect(engine.room?.fallbackMark).toBe('7:100')
    expect(store.commits.flatMap(({ fallbackMark }) => fallbackMark ?? [])).toEqual(['7:100'])
  })

  it('goes on when the fallback cannot be read', async () => {
    const read = () => Promise.reject(new Error('no disk'))
    engine = new Engine({ rulesAt: () => sampleRules, pbx, store, fallback: { read }, owner: 'me', now: Date.now, leaseMs, silenceMs })
    await begin()
    pbx.emit('event', arrival('A', Date.now()))
    expect(calls()).toEqual(['A'])
  })
})

describe('a decision', () => {
  beforeEach(begin)

  it('is committed before its effects are performed', async () => {
    store.manner = 'silent'
    pbx.emit('event', arrival('A', Date.now()))
    await pass(silenceMs / 2)
    expect(told).toEqual(['commit A'])
    store.answer()
    await pass()
    expect(told).toEqual(['commit A', 'perform answer', 'perform music'])
  })

  it('of a person is answered once it is remembered', async () => {
    store.manner = 'silent'
    let answered = false
    const answer = engine.submit({ type: 'sign-in', agent: 'arm01' }).finally(() => (answered = true))
    await pass(silenceMs / 2)
    expect(answered).toBe(false)
    store.answer()
    expect(await answer).toEqual({ ok: true })
    store.manner = 'ok'
    expect(await refusalOf('nobody')).toBe('unknown-agent')
  })

  it('comes when it is due, whatever its clock is asked meanwhile', async () => {
    await engine.submit({ type: 'sign-in', agent: 'arm01' })
    pbx.emit('event', arrival('A', Date.now()))
    await pass()
    expect(rung()).toEqual(['arm01'])
    const ringMs = sampleRules.queues.get('n1')?.ringMs ?? 0
    await pass(ringMs)
    expect(facts).toContainEqual(expect.objectContaining({ type: 'missed', agent: 'arm01', why: 'no-answer' }))
    expect(nextDeadline(engine.room!)).toBeGreaterThan(Date.now())
  })

  it('never goes back in time', async () => {
    pbx.emit('event', arrival('A', Date.now()))
    pbx.emit('event', arrival('B', Date.now() - 5_000))
    await pass()
    expect(facts.map(({ at }) => at).every((at, index, all) => index === 0 || at >= (all[index - 1] as number))).toBe(true)
  })
})

describe('a silent Redis', () => {
  beforeEach(begin)

  it('is waited for 100 ms; then the room goes on, and is written whole when Redis is back', async () => {
    store.manner = 'silent'
    pbx.emit('event', arrival('A', Date.now()))
    await pass(silenceMs + 1)
    expect(told).toEqual(['commit A', 'perform answer', 'perform music'])
    expect(engine.degraded).toBe(true)
    pbx.emit('event', arrival('B', Date.now()))
    await pass()
    expect(told.slice(3)).toEqual(['commit B', 'perform answer', 'perform music'])
    store.manner = 'ok'
    await pass(leaseMs / 4)
    expect(engine.degraded).toBe(false)
    expect(store.snapshots).toEqual([['A', 'B']])
  })

  it('that is back with somebody else’s room ends this engine', async () => {
    store.manner = 'fenced'
    const answer = engine.submit({ type: 'sign-in', agent: 'arm01' })
    expect(await answer).toEqual({ ok: false, refusal: 'unavailable' })
    expect(told).toEqual(['commit arm01', 'stopped', 'stopped: fenced'])
    pbx.emit('event', arrival('A', Date.now()))
    await pass()
    expect(calls()).toEqual([])
    expect(pbx.performed).toEqual([])
  })
})

describe('joining the PBX', () => {
  it('holds what comes until the list of what exists, and rings nobody', async () => {
    await engine.start()
    expect(engine.state).toBe('joining')
    expect(await refusalOf('arm01')).toBe('unavailable')
    pbx.comesUp()
    await pass()
    pbx.emit('event', arrival('B', Date.now()))
    expect(calls()).toEqual([])
    pbx.asked.shift()?.resolve(found(Date.now(), arrival('A', Date.now(), Date.now() - 60_000)))
    await pass()
    expect(calls()).toEqual(['A', 'B'])
    expect(engine.room?.calls.get('A')?.arrivedAt).toBe(Date.now() - 60_000)
    expect(engine.state).toBe('active')
  })

  it('tells of it once callers who are gone are known to be gone', async () => {
    const order: string[] = []
    engine.on('state', (state) => order.push(state))
    engine.on('fact', ({ type }) => order.push(type))
    engine.on('joined', () => order.push('joined'))
    await engine.start()
    await join()
    expect(order.filter((one) => ['active', 'reconciled', 'joined'].includes(one))).toEqual(['active', 'reconciled', 'joined'])
  })

  it('serves callers nobody remembers in the order in which they came', async () => {
    await begin()
    await engine.submit({ type: 'sign-in', agent: 'arm01' })
    pbx.goesDown()
    pbx.comesUp()
    await pass()
    const late = arrival('late', Date.now(), Date.now() - 1_000)
    const early = arrival('early', Date.now(), Date.now() - 60_000)
    pbx.asked.shift()?.resolve(found(Date.now(), late, early))
    await pass()
    expect(facts.find(({ type }) => type === 'offered')).toMatchObject({ call: 'early', agent: 'arm01' })
  })

  it('is tried again when the PBX is connected and does not say what it has', async () => {
    await engine.start()
    pbx.comesUp()
    for (let tries = 0; tries < 5; tries++) {
      await pass(250)
      pbx.emit('event', arrival(`before ${tries}`, Date.now()))
      pbx.asked.shift()?.reject(new Error('no answer'))
    }
    await pass(250)
    pbx.asked.shift()?.resolve(found(Date.now(), arrival('A', Date.now())))
    await pass()
    expect(engine.state).toBe('active')
    expect(told.filter((what) => what === 'problem: inventory')).toHaveLength(5)
    // What came before the list is in the list, or over.
    expect(calls()).toEqual(['A'])
  })

  it('takes no list of a connection that is lost', async () => {
    await engine.start()
    pbx.comesUp()
    await pass()
    const old = pbx.asked.shift()
    pbx.goesDown()
    pbx.comesUp()
    await pass()
    old?.resolve(found(Date.now(), arrival('gone', Date.now())))
    await pass()
    expect(engine.state).toBe('joining')
    pbx.asked.shift()?.resolve(found(Date.now()))
    await pass()
    expect(calls()).toEqual([])
    expect(engine.state).toBe('active')
  })

  it('anew, does nothing that was decided for the connection lost', async () => {
    await begin()
    await engine.submit({ type: 'sign-in', agent: 'arm01' })
    store.manner = 'silent'
    pbx.emit('event', arrival('A', Date.now()))
    await pass(silenceMs / 2)
    pbx.goesDown()
    store.manner = 'ok'
    store.answer()
    pbx.comesUp()
    await pass()
    expect(rung()).toEqual([])
    pbx.asked.shift()?.resolve(found(Date.now(), arrival('A', Date.now())))
    await pass()
    // The ring of before is in no list: it is called off, and another is made.
    expect(rung()).toEqual(['arm01'])
    expect(facts).toContainEqual(expect.objectContaining({ type: 'missed', why: 'withdrawn' }))
  })

  it('lets deadlines wait while the PBX is away, and then looks at them', async () => {
    await begin()
    pbx.emit('event', arrival('A', Date.now()))
    pbx.goesDown()
    await pass(120_000)
    expect(facts.filter(({ type }) => type === 'escalated')).toEqual([])
    await join('A')
    expect(facts.filter(({ type }) => type === 'escalated')).toHaveLength(1)
  })
})

describe('an engine ends', () => {
  it('that finds legs of a later engine at the PBX ends, and touches none of them', async () => {
    await engine.start()
    pbx.comesUp()
    await pass()
    const left = found(Date.now(), arrival('A', Date.now()))
    pbx.asked.shift()?.resolve({ ...left, channels: [...left.channels, { id: 'L-A-2-1', up: true, bridge: null }] })
    await pass()
    expect(told).toEqual(['joining', 'stopped', 'stopped: fenced'])
    expect(pbx.performed).toEqual([])
  })

  it('when its PBX is taken by another', async () => {
    await begin()
    pbx.emit('replaced')
    expect(told).toEqual(['stopped', 'stopped: fenced'])
    await engine.stop()
    expect(store.released).toBe(1)
    expect(pbx.stopped).toBe(true)
  })

  it('when a decision leaves the room unsound, and decides nothing after', async () => {
    await begin()
    await engine.submit({ type: 'sign-in', agent: 'arm01' })
    // Whatever a client may type in the place of an id.
    await engine.submit({ type: 'ready', agent: 'marie.martin' })
    await engine.submit({ type: 'leave', agent: 'arm01', call: 'jean.durand' })
    await engine.submit({ type: 'move', agent: 'arm01', position: '12.rue.haute' })
    await engine.submit({ type: 'pause', agent: 'arm01', reason: 'Mme Petit' })
    await engine.submit({ type: 'transfer', agent: 'arm01', call: 'A', to: 'dr.roux', handover: 'warm' })
    await engine.submit({ type: 'name-caller', agent: 'arm01', call: 'A', name: 'Zoé Exemple' })
    const agent = engine.room?.agents.get('arm01')
    if (agent) agent.state = { kind: 'talking', since: 0, call: 'none', leg: 'L' }
    told.length = 0
    const location = { source: 'by-reference', point: null, radiusM: null, civic: null, method: null, reference: 'https://lis.example/secret' } as const
    pbx.emit('event', { type: 'caller-located', at: Date.now(), call: 'Z', result: 'reference', location })
    pbx.emit('event', arrival('A', Date.now()))
    expect(await refusalOf('arm01', 'ready')).toBe('unavailable')
    pbx.emit('event', arrival('B', Date.now()))
    await pass()
    expect(told.filter((what) => what.startsWith('stopped'))).toEqual(['stopped', 'stopped: unsound-room'])
    expect(calls()).not.toContain('B')
    const last = JSON.stringify(engine.lastEvents())
    expect(last).not.toMatch(/0199000001|marie|jean|haute|Petit|roux|Exemple|secret/)
    expect(engine.lastEvents()).toContainEqual({ type: 'transfer', at: expect.any(Number), agent: 'arm01', call: null, to: null, handover: 'warm' })
  })

  it('and gives its lease back when asked to, once', async () => {
    await begin()
    await Promise.all([engine.stop(), engine.stop()])
    expect(store).toMatchObject({ released: 1, closed: true })
    expect(told).toEqual(['stopped', 'stopped: asked'])
  })

  it('while it stands by', async () => {
    store.holder = 'other'
    const started = engine.start()
    await pass(leaseMs)
    await engine.stop()
    store.holder = null
    await started
    expect(engine.room).toBeNull()
    expect(store.leases).toBe(0)
  })

  it('and is not started twice', async () => {
    await begin()
    await expect(engine.start()).rejects.toThrow('once')
  })
})

async function refusalOf(agent: string, type: 'sign-in' | 'ready' = 'sign-in'): Promise<string | null> {
  const answer = await engine.submit({ type, agent })
  return answer.ok ? null : answer.refusal
}

describe('the rules of a moment', () => {
  const edge = Date.UTC(2026, 0, 4, 12)
  const asked: { at: number; overrides: string[] }[] = []
  let fails = false
  let { pauseReasons } = sampleRules

  beforeEach(() => {
    asked.length = 0
    fails = false
    pauseReasons = sampleRules.pauseReasons
    const rulesAt: RulesAt = (at, overrides) => {
      if (fails) throw new Error('no calendar')
      const all = [...overrides]
      asked.push({ at, overrides: all.map(({ target }) => target) })
      const edges = [edge, ...all.map(({ until }) => until)].filter((one) => one > at)
      return { ...sampleRules, pauseReasons, until: edges.length > 0 ? Math.min(...edges) : null }
    }
    engine = new Engine({ rulesAt, pbx, store, owner: 'me', now: Date.now, leaseMs, silenceMs })
    engine.on('fact', (fact) => facts.push(fact))
    engine.on('problem', (what) => told.push(`problem: ${what}`))
  })

  const changes = () => facts.flatMap((fact) => (fact.type === 'rules-changed' ? [`${fact.why} ${fact.by ?? ''}`.trim()] : []))

  it('are asked for again when they end, and not before', async () => {
    await begin()
    await pass(edge - Date.now() - 1)
    expect(asked).toHaveLength(1)
    await pass(1)
    expect(asked.map(({ at }) => at)).toEqual([expect.any(Number), edge])
    expect(changes()).toEqual(['hours'])
    await pass(10 * 60_000)
    expect(asked).toHaveLength(2)
  })

  it('know what a supervisor set aside, until it ends', async () => {
    await begin()
    const until = Date.now() + 5_000
    expect(await engine.submit({ type: 'override', kind: 'close', target: 'mg', until, by: 'sup01' })).toEqual({ ok: true })
    expect(asked.at(-1)).toMatchObject({ overrides: ['mg'] })
    await pass(5_000)
    expect([changes(), engine.room?.overrides.size]).toEqual([['override sup01', 'hours'], 0])
    expect(store.commits.flatMap(({ overrides }) => (overrides ? [overrides.length] : []))).toEqual([1, 0])
  })

  it('leave out an override that ended while no engine lived', async () => {
    store.room = { ...store.room, overrides: [{ kind: 'close', target: 'mg', since: 1, until: 2, by: 'sup01' }] }
    await begin()
    expect([engine.room?.overrides.size, facts]).toEqual([0, [expect.objectContaining({ type: 'override-ended', target: 'mg' }), expect.anything()]])
  })

  it('wait for the room to have joined', async () => {
    await engine.start()
    pauseReasons = ['sieste']
    engine.reload('sup01', ['pauseReasons'])
    expect(changes()).toEqual([])
    await join()
    expect([changes(), engine.room?.rules.pauseReasons]).toEqual([['new-file sup01'], ['sieste']])
  })

  it('that ended while the PBX was away are followed before anybody is taken in', async () => {
    await begin()
    pbx.goesDown()
    await pass(edge - Date.now() + 1_000)
    expect(changes()).toEqual([])
    facts.length = 0
    await join('A')
    expect(facts.map(({ type }) => type).slice(0, 3)).toEqual(['rules-changed', 'reconciled', 'presented'])
    expect([changes(), asked.at(-1)?.at]).toEqual([['hours'], edge + 1_000])
  })

  it('that cannot be made leave those of before in force, and are asked for again', async () => {
    await begin()
    fails = true
    await pass(edge - Date.now())
    expect([told.filter((line) => line.startsWith('problem')), engine.state]).toEqual([['problem: rules'], 'active'])
    fails = false
    await pass(60_000)
    expect(asked).toHaveLength(2)
  })
})
