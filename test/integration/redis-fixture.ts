/** A Redis, real or the simulation's, emptied before each test, and what the tests of the room's memory write into it. */
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { startRedis, type Redis as Server } from '../../lab/redis.js'
import { keysOf } from '../../src/redis/keys.js'
import { createRoomStore } from '../../src/redis/room-store.js'
import type { ClientOptions } from '../../src/redis/client.js'
import type { Commit, RoomStore } from '../../src/redis/store.js'
import type { Fact } from '../../src/routing/facts.js'
import type { Agent, Call } from '../../src/routing/room.js'
import { fakeClient, type FakeRedisClient, type RedisWire } from '../simulation/fake-redis-client.js'
import { FakeRedis } from '../simulation/fake-redis.js'
import { RealTime } from '../simulation/timeline.js'

export const SAS = 'test'
export const keys = keysOf(SAS)
export const HOUR_MS = 3_600_000

export type Kind = 'real' | 'fake'

/** Filled before the first test of the file that uses it. */
let server: Server | null = null
let fake: FakeRedis | null = null
export let raw: Redis
export let stores: RoomStore[] = []

export const options = {
  sas: SAS,
  about: () => ({ name: 'SAS', queues: [], positions: [], trunks: [], sites: {}, staffing: [], quality: { answerMs: 30_000, orientationMs: 30_000 } }),
  retentionMs: HOUR_MS,
  journalLength: 1_000,
}

/** To the fake, when that is what the tests run on and no other address is given. */
export const open = async (url = server?.url ?? '', commandTimeoutMs = 2_000, journalLength = options.journalLength): Promise<RoomStore> => {
  const to = fake
  const connect = to && url === '' ? (given: ClientOptions) => connectTo(to, given) : undefined
  const store = createRoomStore({ ...options, url, commandTimeoutMs, journalLength }, connect)
  stores.push(store)
  await store.connect()
  return store
}

export const acquire = async (store: RoomStore, owner: string, ttlMs = 60_000): Promise<number> => {
  const acquired = await store.acquire(owner, ttlMs)
  if (!acquired.held) throw new Error(`held by ${acquired.by}`)
  return acquired.epoch
}

export const caller = (id: string, changes: Partial<Call> = {}): Call => ({
  id,
  channel: id,
  callback: null,
  outgoing: null,
  received: null,
  away: null,
  recorder: null,
  offeredTo: [],
  givenTo: null,
  trunk: 'operator',
  number: '15',
  caller: '0199001234',
  location: null,
  arrivedAt: 1_000,
  entryClass: 'P1',
  answered: false,
  pickedUpAt: null,
  drm: null,
  orientation: null,
  reopened: false,
  state: {
    kind: 'seeking',
    ticket: {
      queue: 'n1',
      class: 'P1',
      since: 1_000,
      expectedMs: null,
      rank: 61_000,
      sender: null,
      returned: false,
      returnAt: null,
      escalateAt: 31_000,
      escalations: 0,
      positionAt: null,
      recheckAt: null,
      rechecksDue: 0,
      heldUntil: null,
      offers: [],
    },
  },
  visit: 0,
  names: 0,
  sound: null,
  ...changes,
})

export const arm = (id: string): Agent => ({
  id,
  roles: ['ARM'],
  skills: [],
  phone: id,
  home: 'n1',
  position: 'n1',
  awayFrom: null,
  engaged: false,
  state: { kind: 'ready', since: 500 },
  afterCall: null,
  keys: null,
})

export const queued = (call: string): Fact => ({
  type: 'queued',
  at: 1_000,
  call,
  queue: 'n1',
  class: 'P1',
  why: 'arrival',
  waiting: 1,
})

export const change = (epoch: number, ...calls: Call[]): Commit => ({
  epoch,
  calls: new Map(calls.map((call) => [call.id, call])),
  agents: new Map(),
  facts: calls.map((call) => queued(call.id)),
})

export const journal = async (store: RoomStore, page = 7): Promise<string[]> => {
  const seen: string[] = []
  for await (const { fact } of store.readJournal({ page }))
    seen.push(fact && 'call' in fact ? String(fact.call) : 'unreadable')
  return seen
}

const time = new RealTime()

const wireTo = (redis: FakeRedis): RedisWire => ({
  time,
  redis,
  random: { next: Math.random },
  process: null,
  trouble: { refused: false, silentUp: false, silentDown: false, slowMs: 0 },
})

const connectTo = (redis: FakeRedis, given: Pick<ClientOptions, 'commandTimeoutMs' | 'reconnect'>): Redis => fakeClient(wireTo(redis), given).client

/** A Redis of one test, to be mistreated. */
export interface Own {
  open(commandTimeoutMs?: number): Promise<RoomStore>
  /** Takes nothing, and loses nothing. */
  pause(): void
  resume(): void
  kill(): Promise<void>
  /** After a kill: with all it had, or with nothing. */
  again(keeps: 'all' | 'nothing'): Promise<void>
  stop(): Promise<void>
}

export const startOwn = (kind: Kind): Promise<Own> => (kind === 'real' ? realOwn() : fakeOwn())

async function realOwn(): Promise<Own> {
  let own = await startRedis({ aof: 'always' })
  return {
    open: (commandTimeoutMs) => open(own.url, commandTimeoutMs),
    pause: () => own.pause(),
    resume: () => own.resume(),
    kill: () => own.kill(),
    again: async (keeps) => {
      own = await startRedis({ port: own.port, aof: 'always', ...(keeps === 'all' && { dir: own.dir }) })
    },
    stop: async () => {
      own.resume()
      await own.stop()
    },
  }
}

async function fakeOwn(): Promise<Own> {
  const own = new FakeRedis(time, performance.timeOrigin)
  const clients: FakeRedisClient[] = []
  return {
    open: async (commandTimeoutMs = 2_000) => {
      const store = createRoomStore({ ...options, url: '', commandTimeoutMs }, (given) => {
        const made = fakeClient(wireTo(own), given)
        clients.push(made.fake)
        return made.client
      })
      stores.push(store)
      await store.connect()
      return store
    },
    pause: () => void (own.process.frozen = true),
    resume: () => time.thaw(own.process),
    kill: async () => {
      own.listening = false
      own.process.dead = true
      for (const client of clients) client.cut()
    },
    again: async (keeps) => {
      own.restart(keeps)
      own.listening = true
    },
    stop: async () => time.thaw(own.process),
  }
}

/** Starts it for the tests that call this, and stops it after. */
export const useRedis = (kind: Kind = 'real'): void => {
  beforeAll(async () => {
    if (kind === 'real') {
      server = await startRedis()
      raw = new Redis(server.url)
      return
    }
    fake = new FakeRedis(time, performance.timeOrigin)
    raw = connectTo(fake, { commandTimeoutMs: 2_000, reconnect: false })
    await raw.connect()
  })

  afterAll(async () => {
    raw.disconnect()
    await server?.stop()
    server = null
    fake = null
  })

  beforeEach(async () => {
    await raw.flushall()
  })

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    stores = []
  })
}
