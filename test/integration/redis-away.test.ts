/** Redis falls silent, dies and comes back while callers dial: they are served meanwhile, and nothing is missing after. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startRedis, type Redis } from '../../lab/redis.js'
import type { IncomingCall } from '../../lab/phone/call.js'
import { readStatus, type Status } from '../../src/status/read-status.js'
import { Floor, configWith, talk } from './floor.js'

const gapMsMax = 400
/** From the INVITE to the phone ringing, Redis silent: the 100 ms it is waited for at most, and a loaded machine. */
const pickupMsMax = 2_000

let floor: Floor
let again: Redis | null = null

beforeAll(async () => {
  floor = await Floor.open({
    redis: { aof: 'always' },
    configFile: configWith((sas) => {
      sas.n1 = { ringSeconds: 20, asideSeconds: 5, wrapUpSeconds: 0, escalateSeconds: 60 }
    }),
  })
})
afterAll(async () => {
  floor?.stack.redis?.resume()
  await floor?.close()
  await again?.stop()
})

const redis = (): Redis => {
  if (!floor.stack.redis) throw new Error('this Redis is not ours')
  return floor.stack.redis
}
const status = (): Promise<Status> => readStatus(floor.stack.redisUrl, undefined, Date.now())
const ready = async (): Promise<{ redis: string }> => (await fetch(`${floor.stack.engines[0]?.url}/readyz`)).json() as Promise<{ redis: string }>

/** A caller dials, this person picks up, both hear each other. */
async function serve(person: string) {
  const dialledMs = performance.now()
  const caller = await floor.dial('15')
  const ring = await floor.phone(person).nextRing({ withinMs: 20_000 })
  const pickupMs = performance.now() - dialledMs
  await ring.answer()
  const agent = { call: ring as IncomingCall, tone: floor.phone(person).tone }
  await talk(caller, agent)
  return { caller, agent, pickupMs }
}

it('serves on while Redis is frozen, then dead, and writes the whole room when it is back (R-N1-1)', async () => {
  await floor.signIn('arm01')
  const before = await serve('arm01')

  redis().pause()
  await floor.signIn('arm02')
  const frozen = await serve('arm02')
  expect(frozen.pickupMs).toBeLessThan(pickupMsMax)
  expect((await ready()).redis).toBe('degraded')

  await redis().kill()
  await floor.signIn('arm03')
  const dead = await serve('arm03')
  expect(dead.pickupMs).toBeLessThan(pickupMsMax)
  await frozen.caller.call.hangup()
  await frozen.agent.call.ended
  const waiting = await floor.dial('15')
  await floor.phone('arm02').nextRing({ withinMs: 20_000 })
  await expect(status()).rejects.toThrow('redis-silent')

  again = await startRedis({ aof: 'always', dir: redis().dir, port: redis().port })
  await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ redis: 'up' })
  const room = await status()
  const ids = await Promise.all([before, dead].map(({ caller }) => floor.idOf(caller.from)))
  expect(new Set(room.calls.map(({ id }) => id))).toEqual(new Set([...ids, await floor.idOf(waiting.from)]))
  for (const [index, person] of ['arm01', 'arm03'].entries())
    expect(room.calls.find(({ id }) => id === ids[index])).toMatchObject({ situation: 'talking', with: [{ agent: person }] })
  expect(room.indicators).toMatchObject({ presented: 4, answered: 3, abandoned: 0 })
  expect(room.indicators).toEqual(await floor.api.get('indicators'))

  for (const { caller, agent } of [before, dead]) {
    await talk(caller, agent)
    expect(caller.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
  }
})

it('fills a Redis that lost everything, though nothing happens in the room', async () => {
  await again?.kill()
  again = await startRedis({ port: redis().port })
  await expect.poll(async () => (await status().catch(() => null))?.calls.length, { timeout: 20_000 }).toBe(3)
  expect((await status()).agents.find(({ id }) => id === 'arm01')).toMatchObject({ state: 'talking' })
})

it('leaves the room to the engine that has it, and not to the one standing by, when Redis comes back', async () => {
  const [active] = floor.stack.engines
  const standby = await floor.stack.startEngine()
  const lease = async (engine: typeof standby | undefined) => ((await (await fetch(`${engine?.url}/readyz`)).json()) as { lease: string }).lease
  expect(await lease(standby)).toBe('standby')
  for (const keep of [false, true]) {
    const { dir, port } = again ?? redis()
    await again?.kill()
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ redis: 'degraded' })
    again = await startRedis({ port, aof: 'always', ...(keep && { dir }) })
    await expect.poll(async () => (await status().catch(() => null))?.calls.length, { timeout: 20_000 }).toBe(3)
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ redis: 'up' })
    expect([await lease(active), await lease(standby)]).toEqual(['held', 'standby'])
  }
})
