/** Webhooks from the journal of a real Redis to a real receiver, which may be slow, wrong or away, while whoever tells it is killed. */
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'
import { startChild, type Child } from '../../lab/process.js'
import { startRedis } from '../../lab/redis.js'
import { lrmEvents, type LrmEvent } from '../../src/config/lrm-schema.js'
import { keyOf } from '../../src/jobs/signature.js'
import { Webhooks } from '../../src/jobs/webhooks.js'
import { createJobsClient } from '../../src/redis/client.js'
import { createRoomStore } from '../../src/redis/room-store.js'
import type { RoomStore } from '../../src/redis/store.js'
import type { Fact } from '../../src/routing/facts.js'
import { HOUR_MS, SAS, acquire, caller, keys, open, options, raw, useRedis } from './redis-fixture.js'

const SECRET = `whsec_${randomBytes(32).toString('base64')}`

interface Received {
  readonly id: string
  readonly body: { readonly type: string; readonly data: Record<string, unknown> }
}

let receiver: Server
let url: string
let received: Received[]
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void
let onReceived: () => void
let store: RoomStore
let epoch: number
/** How far ahead whoever tells is. */
let skewMs: number
let running: { stop(): Promise<unknown> }[]

useRedis()

beforeEach(async () => {
  received = []
  running = []
  skewMs = 0
  onReceived = () => undefined
  answer = (_, response) => void response.writeHead(204).end()
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const { 'webhook-id': id = '', 'webhook-timestamp': at = '', 'webhook-signature': signature } = request.headers as Record<string, string>
      const expected = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64')).update(`${id}.${at}.${body}`).digest('base64')
      if (signature !== `v1,${expected}` || Math.abs((Date.now() + skewMs) / 1_000 - Number(at)) > 300) return void response.writeHead(401).end()
      received.push({ id, body: JSON.parse(body) as Received['body'] })
      answer(request, response, received.length)
      onReceived()
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  store = await open()
  epoch = await acquire(store, 'me')
})

afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()))
  receiver.closeAllConnections()
  receiver.close()
})

const redisUrl = () => `redis://127.0.0.1:${raw.options.port}`

function tell(events: readonly LrmEvent[] = lrmEvents, to = url): { webhooks: Webhooks; told: string[] } {
  const told: string[] = []
  const webhooks = new Webhooks({
    redisUrl: redisUrl(),
    sas: SAS,
    endpoints: [{ id: 'lrm', url: to, events: [...events], secretEnv: 'SECRET' }],
    keys: new Map([['SECRET', keyOf(SECRET)]]),
    now: () => Date.now() + skewMs,
    onProblem: () => undefined,
    onDelivery: (_, outcome) => told.push(outcome),
  })
  webhooks.start('0-0')
  running.push(webhooks)
  return { webhooks, told }
}

const following = async (): Promise<void> => {
  while ((await raw.get(keys.told)) === null) await new Promise((resolve) => setTimeout(resolve, 20))
}

const offered = (call: string): Fact => ({ type: 'offered', at: Date.now(), call, queue: 'n1', agent: 'arm01', leg: 'l', why: { rule: 'longest-idle', free: 1 } })

/** Journals facts about one call, as a decision of an engine. */
const commit = (call: string, ...facts: Fact[]) => store.commit({ epoch, calls: new Map([[call, caller(call)]]), agents: new Map(), facts })

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise<void>((resolve) => (onReceived = resolve))
}

describe('an event', () => {
  it('is told, signed, with who calls as it is known when it is sent', async () => {
    tell()
    await following()
    await commit('c1', { type: 'presented', at: Date.now(), call: 'c1', trunk: 'operator', number: '15', class: 'P1', arrivedAt: 1_000 }, offered('c1'))
    await until(() => received.length === 1)
    expect(received[0]).toMatchObject({ id: expect.stringMatching(/^[0-9]+-[0-9]+$/) as string, body: { type: 'call-offered', data: { sas: SAS, call: 'c1', caller: '0199001234', trunk: 'operator', number: '15' } } })
    expect(received[0]?.body.data['id']).toBe(received[0]?.id)
  })

  it('leaves nothing of the caller among the jobs', async () => {
    const { told } = tell()
    await following()
    answer = (_, response) => void response.writeHead(500).end()
    await commit('c1', offered('c1'))
    await until(() => received.length === 1)
    while (told.length === 0) await new Promise(setImmediate)
    const jobs = await raw.keys(`${keys.jobs}:*`)
    expect(jobs.length).toBeGreaterThan(0)
    for (const key of jobs) {
      expect(key).toContain(`{${SAS}}`)
      expect(JSON.stringify((await raw.type(key)) === 'hash' ? await raw.hgetall(key) : await raw.dump(key))).not.toContain('0199001234')
    }
  })

  it('is told to whom it interests', async () => {
    tell(['ended'])
    await following()
    await commit('c1', offered('c1'), { type: 'ended', at: Date.now(), call: 'c1', outcome: 'abandoned', why: 'caller-left', sinceArrivalMs: 5, stage: 'n1', waiting: true })
    await until(() => received.length === 1)
    expect(received.map(({ body: { type } }) => type)).toEqual(['ended'])
  })
})

describe('a receiver in trouble', () => {
  it('is told again under the same id until it takes it', async () => {
    const { webhooks, told } = tell()
    await following()
    answer = (_, response, count) => void response.writeHead(count < 3 ? 503 : 204).end()
    await commit('c1', offered('c1'))
    await until(() => received.length === 3)
    while (told.length < 3) await new Promise(setImmediate)
    expect(new Set(received.map(({ id }) => id)).size).toBe(1)
    expect(told).toEqual(['failed', 'failed', 'delivered'])
    expect(webhooks.links()).toMatchObject({ following: true, links: [{ id: 'lrm', failuresInARow: 0, lastSuccessAt: expect.any(Number) as number }] })
  })

  it('that wants no more of an event is left alone, and shown as such', async () => {
    const { webhooks, told } = tell()
    await following()
    answer = (_, response) => void response.writeHead(410).end()
    await commit('c1', offered('c1'))
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(told).toEqual(['dead'])
    while (webhooks.links()?.links[0]?.dead !== 1) await new Promise((resolve) => setTimeout(resolve, 100))
    expect(webhooks.links()?.links[0]).toMatchObject({ undelivered: 0, oldestUndeliveredMs: null, failuresInARow: 1, lastDead: [{ event: 'call-offered', attempts: 1, why: 'status 410' }] })
  })

  it('is told again what was given up, one event or all, when somebody wants it, however old it is', async () => {
    const { webhooks, told } = tell()
    await following()
    answer = (_, response) => void response.writeHead(410).end()
    await commit('c1', offered('c1'), offered('c1'), offered('c1'))
    await until(() => received.length === 3)
    while (told.length < 3) await new Promise(setImmediate)
    skewMs = 24 * HOUR_MS
    const [first = '', ...others] = received.map(({ id }) => id).sort()
    received.length = 0
    answer = (_, response, count) => void response.writeHead(count === 1 ? 503 : 204).end()
    expect(await webhooks.resend('lrm', first)).toBe(1)
    await until(() => received.length === 2)
    while (told.length < 5) await new Promise(setImmediate)
    expect([received.map(({ id }) => id), told.slice(3)]).toEqual([[first, first], ['failed', 'delivered']])
    expect(await webhooks.resend('lrm', first)).toBe(0)
    expect(webhooks.links()?.links[0]).toMatchObject({ dead: 2 })
    expect(await webhooks.resend('lrm', null)).toBe(2)
    await until(() => received.length === 4)
    while (told.length < 7) await new Promise(setImmediate)
    expect(received.slice(2).map(({ id }) => id).sort()).toEqual(others)
    expect(await webhooks.resend('lrm', null)).toBe(0)
    await expect(webhooks.resend('other', null)).rejects.toThrow('not worked on here')
  })

  it('shows how many events wait, and since when', async () => {
    const { webhooks } = tell(lrmEvents, 'http://127.0.0.1:9/nobody')
    await following()
    await commit('c1', offered('c1'), offered('c1'))
    while (webhooks.links()?.links[0]?.undelivered !== 2) await new Promise((resolve) => setTimeout(resolve, 100))
    expect(webhooks.links()?.links[0]?.oldestUndeliveredMs).toBeLessThan(60_000)
  })
})

describe('whoever tells', () => {
  const teller = async (at = redisUrl()): Promise<Child> => {
    const child = await startChild({ command: process.execPath, args: ['--import', 'tsx', join(projectRoot(), 'test', 'integration', 'webhook-teller.ts'), at, SAS, url, SECRET] })
    running.push({ stop: () => child.stop('SIGKILL') })
    await child.waitForOutput(/started/, 30_000)
    return child
  }

  it('is killed in the middle of deliveries, again and again: each event arrives, always under its own id', async () => {
    answer = (_, response) => void setTimeout(() => response.writeHead(204).end(), 15)
    let child = await teller()
    await following()
    const events = 300
    const committing = (async () => {
      for (let count = 0; count < events; count++) await commit(`c${count}`, offered(`c${count}`))
    })()
    for (const after of [20, 90, 160]) {
      await until(() => received.length >= after)
      await child.stop('SIGKILL')
      child = await teller()
    }
    await committing
    const calls = () => new Set(received.map(({ body }) => String(body.data['call'])))
    await until(() => calls().size === events)
    const idsOf = new Map<string, Set<string>>()
    for (const { id, body } of received) idsOf.set(String(body.data['call']), (idsOf.get(String(body.data['call'])) ?? new Set()).add(id))
    expect([...idsOf.values()].filter((ids) => ids.size !== 1)).toEqual([])
    expect(received.length).toBeLessThan(events + 3 * 20)
  })

  it('ends when asked though its Redis is gone', async () => {
    const own = await startRedis()
    const child = await teller(own.url)
    const followed = createJobsClient(own.url, 'test', true)
    while ((await followed.get(keys.told)) === null) await new Promise((resolve) => setTimeout(resolve, 20))
    followed.disconnect()
    await own.kill()
    // BullMQ looks for its Redis again every five seconds, and ends then.
    await child.stop('SIGTERM', 15_000)
    expect((await child.exited).code).toBe(0)
  })

  it('ends soon when asked though its receiver never answers', async () => {
    answer = () => undefined
    const child = await teller()
    await following()
    await commit('c1', offered('c1'))
    await until(() => received.length === 1)
    const asked = performance.now()
    await child.stop('SIGTERM')
    expect(performance.now() - asked).toBeLessThan(5_000)
    expect((await child.exited).code).toBe(0)
  })
})

describe('a Redis that is killed and comes back', () => {
  it('leaves nothing out', async () => {
    const own = await startRedis({ aof: 'always' })
    const webhooks = new Webhooks({
      redisUrl: own.url,
      sas: SAS,
      endpoints: [{ id: 'lrm', url, events: [...lrmEvents], secretEnv: 'SECRET' }],
      keys: new Map([['SECRET', keyOf(SECRET)]]),
      now: Date.now,
      onProblem: () => undefined,
      onDelivery: () => undefined,
    })
    webhooks.start('0-0')
    const ownStore = createRoomStore({ ...options, url: own.url, retentionMs: HOUR_MS })
    await ownStore.connect()
    const ownEpoch = await acquire(ownStore, 'me')
    const write = (call: string) => ownStore.commit({ epoch: ownEpoch, calls: new Map([[call, caller(call)]]), agents: new Map(), facts: [offered(call)] })
    while (webhooks.links()?.following !== true) await new Promise((resolve) => setTimeout(resolve, 20))
    await new Promise((resolve) => setTimeout(resolve, 200))
    await write('c1')
    await until(() => received.length === 1)
    await own.kill()
    const again = await startRedis({ port: own.port, dir: own.dir, aof: 'always' })
    while (!ownStore.up) await new Promise((resolve) => setTimeout(resolve, 20))
    await write('c2')
    await until(() => received.some(({ body }) => body.data['call'] === 'c2'))
    await webhooks.stop()
    await ownStore.close()
    await again.stop()
  })
})
