/** Earlier calls of a number on a real Redis: counted once a call whoever asks, forgotten in time, with no number in sight, and nobody's trouble. */
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { startRedis, type Redis as Server } from '../../lab/redis.js'
import { keysOf } from '../../src/redis/keys.js'
import { earlierSpanMs, earlierCallsMax } from '../../src/redis/earlier-calls.js'
import type { Call } from '../../src/routing/room.js'
import type { KnownRoomView } from '../../src/status/known-call.js'
import { EarlierCalls } from '../../src/earlier-calls.js'
import { Floor } from './floor.js'
import { SAS, caller } from './redis-fixture.js'

const NUMBER = '0639980001'
const now = Date.now()

let server: Server
let raw: Redis
beforeAll(async () => {
  server = await startRedis()
  raw = new Redis(server.url)
})
afterAll(async () => {
  raw?.disconnect()
  await server?.stop()
})

/** One engine's earlierCalls, with the calls it has. */
class Engine {
  readonly calls = new Map<string, Call>()
  readonly problems: unknown[] = []
  readonly #known = new Map<string, () => void>()
  readonly earlierCalls = new EarlierCalls({
    redisUrl: server.url,
    sas: SAS,
    calls: () => this.calls.values(),
    now: () => now,
    onKnown: (call) => this.#known.get(call)?.(),
    onProblem: (error) => this.problems.push(error),
  })

  known(call: string): Promise<void> {
    return new Promise((resolve) => this.#known.set(call, resolve))
  }

  /** A call that is settled, and what is known of it then. */
  async presents(id: string, number: string | null, arrivedAt = now): Promise<number | null> {
    const call = caller(id, { caller: number, arrivedAt })
    const known = this.known(id)
    this.calls.set(id, call)
    this.earlierCalls.follow({ calls: new Map([[id, call]]) })
    await known
    return this.earlierCalls.of(id)
  }
}

let engines: Engine[] = []
const open = async (): Promise<Engine> => {
  const engine = new Engine()
  engines.push(engine)
  engine.earlierCalls.start()
  await expect.poll(() => raw.client('LIST')).toContain(`decroche-${SAS}-earlier-calls`)
  return engine
}
beforeEach(() => raw.flushall())
afterEach(() => {
  for (const { earlierCalls } of engines) earlierCalls.stop()
  engines = []
})

it('counts the calls before, of the same line alone', async () => {
  const engine = await open()
  expect(await engine.presents('a', NUMBER, now - 3_000)).toBe(0)
  expect(await engine.presents('b', '0639980002', now - 2_000)).toBe(0)
  expect(await engine.presents('c', `+33${NUMBER.slice(1)}`, now - 1_000)).toBe(1)
  expect(await engine.presents('d', NUMBER)).toBe(2)
  expect(engine.earlierCalls.of('a')).toBe(0)
})

it('counts a call once, told again, taken up by the next engine, or given back to this one', async () => {
  const engine = await open()
  await engine.presents('a', NUMBER, now - 3_000)
  await engine.presents('b', NUMBER, now - 2_000)
  const next = await open()
  for (const [id, call] of engine.calls) next.calls.set(id, call)
  const known = [next.known('a'), next.known('b')]
  next.earlierCalls.takeUp()
  await Promise.all(known)
  expect([next.earlierCalls.of('a'), next.earlierCalls.of('b')]).toEqual([0, 1])
  next.earlierCalls.follow({ calls: new Map([['a', null]]) })
  expect(next.earlierCalls.of('a')).toBeNull()
  expect(await next.presents('a', NUMBER, now - 500)).toBe(0)
  expect(await next.presents('c', NUMBER)).toBe(2)
})

it('looks 24 h back, keeps a bounded number, and forgets the line 24 h after its last call', async () => {
  const engine = await open()
  await engine.presents('old', NUMBER, now - earlierSpanMs + 1)
  await engine.presents('middle', NUMBER, now - 1_000)
  expect(await engine.presents('next', NUMBER, now + 5_000)).toBe(1)
  for (let index = 0; index < earlierCallsMax + 10; index++) await engine.presents(`c${index}`, NUMBER, now + 10_000 + index)
  const [name = ''] = await raw.keys('*:earlier-calls:*')
  expect(await raw.zcard(name)).toBe(earlierCallsMax)
  expect(engine.earlierCalls.of(`c${earlierCallsMax + 9}`)).toBe(earlierCallsMax - 1)
  const left = await raw.pttl(name)
  expect(left).toBeGreaterThan(earlierSpanMs - 60_000)
  expect(left).toBeLessThanOrEqual(earlierSpanMs)
})

it('keeps a line no longer because an engine looks again', async () => {
  const engine = await open()
  await engine.presents('a', NUMBER, now - 1_000)
  const [name = ''] = await raw.keys('*:earlier-calls:*')
  await raw.pexpire(name, 60_000)
  const next = await open()
  await next.presents('a', NUMBER, now - 1_000)
  expect(await raw.pttl(name)).toBeLessThanOrEqual(60_000)
})

it('writes no number, and under the tag of its SAS alone', async () => {
  const engine = await open()
  await engine.presents('a', NUMBER)
  const names = await raw.keys('*')
  expect(names.filter((name) => !name.startsWith(`decroche:{${SAS}}:`))).toEqual([])
  const all = [names, await raw.zrange(names.find((name) => name.includes(':earlier-calls:')) ?? '', '0', '-1', 'WITHSCORES'), await raw.get(keysOf(SAS).earlierCallsSecret)]
  expect(JSON.stringify(all)).not.toMatch(/639980001/)
})

it('knows nothing of who withholds their number, whose number is none, or whom an agent calls', async () => {
  const engine = await open()
  for (const [id, number] of [['a', null], ['b', '15'], ['c', '0000000000']] as const) {
    engine.calls.set(id, caller(id, { caller: number, arrivedAt: now }))
    engine.earlierCalls.follow({ calls: new Map([[id, engine.calls.get(id) ?? null]]) })
  }
  const outgoing = caller('out', { caller: NUMBER, arrivedAt: now, outgoing: { by: 'arm01', entry: null, drm: null } })
  engine.calls.set('out', outgoing)
  engine.earlierCalls.follow({ calls: new Map([['out', outgoing]]) })
  expect(await engine.presents('d', NUMBER)).toBe(0)
  expect(['a', 'b', 'c', 'out'].map((id) => engine.earlierCalls.of(id))).toEqual([null, null, null, null])
  expect(await raw.keys('*:earlier-calls:*')).toHaveLength(1)
})

it('knows nothing while Redis is silent, is told once, and knows when it is back', async () => {
  const engine = await open()
  await engine.presents('a', NUMBER, now - 1_000)
  server.pause()
  const call = caller('b', { caller: NUMBER, arrivedAt: now })
  engine.calls.set('b', call)
  const known = engine.known('b')
  engine.earlierCalls.follow({ calls: new Map([['b', call]]) })
  await expect.poll(() => engine.problems.length, { timeout: 5_000 }).toBe(1)
  expect(engine.earlierCalls.of('b')).toBeNull()
  expect(engine.earlierCalls.of('a')).toBe(0)
  server.resume()
  engine.earlierCalls.takeUp()
  await known
  expect(engine.earlierCalls.of('b')).toBe(1)
})

it('are told by a real engine, the same by the one that follows it, and go on from there', async () => {
  const floor = await Floor.open()
  try {
    const phone = floor.phone('operator')
    const dial = () => phone.dial('15', { from: NUMBER, asserted: NUMBER })
    const told = async (): Promise<(number | null)[]> => {
      const { calls } = (await floor.stack.engines.at(-1)?.api.get('room')) as KnownRoomView
      return calls.map(({ earlierCalls }) => earlierCalls)
    }
    await dial()
    await expect.poll(told).toEqual([0])
    await dial()
    await expect.poll(told).toEqual([0, 1])
    await floor.stack.engines[0]?.child.stop('SIGKILL')
    const next = await floor.stack.startEngine()
    await next.active
    await expect.poll(told).toEqual([0, 1])
    await dial()
    await expect.poll(told).toEqual([0, 1, 2])
  } finally {
    await floor.close()
  }
})
