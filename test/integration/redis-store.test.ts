/** The room's memory on a real Redis: fencing, order, what is left when Redis is cut, frozen or empty again. */
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type Redis as Server } from '../../lab/redis.js'
import type { Agent, Call } from '../../src/routing/room.js'
import type { Fact } from '../../src/routing/facts.js'
import { SAS_INDEX, keysOf } from '../../src/redis/keys.js'
import { createRoomStore } from '../../src/redis/room-store.js'
import { replaceAll } from '../../src/redis/scripts/replaceAll-4.js'
import { StoreUnavailable, type Commit, type RoomStore } from '../../src/redis/store.js'

const SAS = 'test'
const keys = keysOf(SAS)
const HOUR_MS = 3_600_000

let server: Server
let raw: Redis
let stores: RoomStore[] = []

const options = {
  sas: SAS,
  about: { name: 'SAS', queues: [], positions: [], quality: { answerMs: 30_000, orientationMs: 30_000 } },
  retentionMs: HOUR_MS,
  journalLength: 1_000,
}

const open = async (url = server.url, commandTimeoutMs = 2_000): Promise<RoomStore> => {
  const store = createRoomStore({ ...options, url, commandTimeoutMs })
  stores.push(store)
  await store.connect()
  return store
}

const acquire = async (store: RoomStore, owner: string, ttlMs = 60_000): Promise<number> => {
  const acquired = await store.acquire(owner, ttlMs)
  if (!acquired.held) throw new Error(`held by ${acquired.by}`)
  return acquired.epoch
}

const caller = (id: string, changes: Partial<Call> = {}): Call => ({
  id,
  trunk: 'operator',
  number: '15',
  caller: '0199001234',
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
      rank: 61_000,
      sender: null,
      returned: false,
      returnAt: null,
      escalateAt: 31_000,
      escalations: 0,
      positionAt: null,
      offers: [],
    },
  },
  names: 0,
  sound: null,
  ...changes,
})

const arm = (id: string): Agent => ({
  id,
  roles: ['ARM'],
  phone: id,
  home: 'n1',
  position: 'n1',
  awayFrom: null,
  state: { kind: 'ready', since: 500 },
  afterCall: null,
  keys: null,
})

const queued = (call: string): Fact => ({
  type: 'queued',
  at: 1_000,
  call,
  queue: 'n1',
  class: 'P1',
  why: 'arrival',
  waiting: 1,
})

const change = (epoch: number, ...calls: Call[]): Commit => ({
  epoch,
  calls: new Map(calls.map((call) => [call.id, call])),
  agents: new Map(),
  facts: calls.map((call) => queued(call.id)),
})

const journal = async (store: RoomStore): Promise<string[]> => {
  const seen: string[] = []
  for await (const { fact } of store.readJournal({ page: 7 }))
    seen.push(fact && 'call' in fact ? String(fact.call) : 'unreadable')
  return seen
}

beforeAll(async () => {
  server = await startRedis()
  raw = new Redis(server.url)
})

afterAll(async () => {
  raw.disconnect()
  await server.stop()
})

beforeEach(async () => {
  await raw.flushall()
})

afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()))
  stores = []
})

describe('the lease', () => {
  it('is held by one engine at a time and names the holder to the other', async () => {
    const [first, second] = [await open(), await open()]
    await acquire(first, 'a')
    const refused = await second.acquire('b', 60_000)
    expect(refused).toMatchObject({ held: false, by: 'a' })
    expect(refused.held ? 0 : refused.leftMs).toBeGreaterThan(50_000)
  })

  it('passes to the standby at once when given up, with a later epoch', async () => {
    const [first, second] = [await open(), await open()]
    const epoch = await acquire(first, 'a')
    await first.release()
    expect(await acquire(second, 'b')).toBeGreaterThan(epoch)
  })

  it('is kept by renewing, also after it ran out while nobody else took the room', async () => {
    const store = await open()
    await acquire(store, 'a')
    await raw.del(keys.lease)
    expect(await store.renew(60_000)).toBe(true)
    expect(await raw.get(keys.lease)).toBe('a')
  })

  it('cannot be renewed once another engine has taken the room', async () => {
    const [first, second] = [await open(), await open()]
    await acquire(first, 'a')
    await raw.del(keys.lease)
    await acquire(second, 'b')
    expect(await first.renew(60_000)).toBe(false)
    await first.release()
    expect(await raw.get(keys.lease)).toBe('b')
  })

  it('keeps growing its epoch after Redis lost everything', async () => {
    const [first, second] = [await open(), await open()]
    const epoch = await acquire(first, 'a')
    await raw.flushall()
    expect(await acquire(second, 'b')).toBeGreaterThan(epoch)
    expect(await first.commit(change(epoch, caller('1')))).toBe('fenced')
  })
})

describe('a commit', () => {
  it('is loaded again as it was written', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    const call = caller('1', { drm: { id: 'd1', openedAt: 2_000, callerName: 'Zoé Exemple' } })
    const agents = new Map([['arm01', arm('arm01')]])
    expect(await store.commit({ ...change(epoch, call), agents })).toBe('ok')
    const room = await (await open()).load()
    expect(room.calls.get('1')).toEqual(call)
    expect(room.agents.get('arm01')).toEqual(arm('arm01'))
    expect(room.lastJournalId).not.toBe('0-0')
    expect(room.corrupt).toEqual([])
  })

  it('removes what is over', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit({ ...change(epoch, caller('1'), caller('2')), agents: new Map([['arm01', arm('arm01')]]) })
    await store.commit({ epoch, calls: new Map([['1', null]]), agents: new Map([['arm01', null]]), facts: [] })
    const room = await store.load()
    expect([...room.calls.keys()]).toEqual(['2'])
    expect(room.agents.size).toBe(0)
  })

  it('of an older epoch is refused whole: nothing is half written', async () => {
    const [first, second] = [await open(), await open()]
    const stale = await acquire(first, 'a')
    await first.commit(change(stale, caller('kept')))
    await raw.del(keys.lease)
    await acquire(second, 'b')
    const before = await raw.dump(keys.calls)
    const refused = await first.commit({
      ...change(
        stale,
        caller('kept', { answered: true }),
        caller('late', { drm: { id: 'd9', openedAt: 1, callerName: null } }),
      ),
      agents: new Map([['arm01', arm('arm01')]]),
    })
    expect(refused).toBe('fenced')
    expect(await raw.dump(keys.calls)).toBe(before)
    expect(await raw.exists(keys.agents, keys.drm('d9'))).toBe(0)
    expect(await journal(second)).toEqual(['kept'])
    expect(await first.replaceAll(stale, [caller('late')], [])).toBe('fenced')
    expect(await raw.hkeys(keys.calls)).toEqual(['kept'])
  })

  it('keeps its place among a hundred in flight', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    const ids = Array.from({ length: 100 }, (_, index) => `c${index}`)
    const outcomes = await Promise.all(ids.map((id) => store.commit(change(epoch, caller(id)))))
    expect(new Set(outcomes)).toEqual(new Set(['ok']))
    expect(await journal(store)).toEqual(ids)
    expect(store.backlog).toEqual({ facts: 0, dropped: 0 })
  })

  it('after a lost one is refused until the whole room is written', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1')))
    await raw.hset(keys.meta, 'seq', 0)
    expect(await store.commit(change(epoch, caller('2')))).toBe('behind')
    expect(await raw.hkeys(keys.calls)).toEqual(['1'])
    expect(await store.replaceAll(epoch, [caller('2'), caller('3')], [arm('arm01')])).toBe('ok')
    expect((await raw.hkeys(keys.calls)).sort()).toEqual(['2', '3'])
    expect(await journal(store)).toEqual(['1', '2'])
    expect(await store.commit(change(epoch, caller('4')))).toBe('ok')
  })

  it('is asked for again as a whole when Redis came back empty', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1')))
    await raw.flushall()
    expect(await store.commit(change(epoch, caller('2')))).toBe('behind')
    expect(await store.renew(60_000)).toBe(true)
    expect(await store.replaceAll(epoch, [caller('1'), caller('2')], [])).toBe('ok')
    expect(await store.commit(change(epoch, caller('3')))).toBe('ok')
    expect((await store.load()).calls.size).toBe(3)
  })

  it('keeps the journal to its length', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    for (let batch = 0; batch < 30; batch++) {
      const facts = Array.from({ length: 100 }, (_, index) => queued(`${batch}-${index}`))
      await store.commit({ epoch, calls: new Map(), agents: new Map(), facts })
    }
    const kept = await raw.xlen(keys.journal)
    expect(kept).toBeGreaterThanOrEqual(1_000)
    expect(kept).toBeLessThan(1_300)
  })
})

describe('personal data', () => {
  it('R-N1-2 leaves with the call; the DRM stays as long as configured', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    const call = caller('1', { drm: { id: 'd1', openedAt: 2_000, callerName: null } })
    await store.commit(change(epoch, call))
    expect(await store.readDrm('d1')).toMatchObject({ caller: '0199001234', callerName: null, endedAt: null })
    await store.commit(change(epoch, { ...call, drm: { id: 'd1', openedAt: 2_000, callerName: 'Zoé Exemple' } }))
    const ended: Fact = {
      type: 'ended',
      at: 9_000,
      call: '1',
      outcome: 'answered',
      why: 'caller-left',
      sinceArrivalMs: 8_000,
      stage: 'n1',
      waiting: false,
    }
    await store.commit({ epoch, calls: new Map([['1', null]]), agents: new Map(), facts: [ended] })
    expect(await raw.exists(keys.calls)).toBe(0)
    expect(await store.readDrm('d1')).toMatchObject({
      caller: '0199001234',
      callerName: 'Zoé Exemple',
      openedAt: 2_000,
      endedAt: 9_000,
    })
    const left = await raw.pttl(keys.drm('d1'))
    expect(left).toBeGreaterThan(HOUR_MS - 60_000)
    expect(left).toBeLessThanOrEqual(HOUR_MS)
    expect(await store.readDrm('unknown')).toBeNull()
  })

  it('of calls that no engine comes back for is forgotten too', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1')))
    expect(await raw.pttl(keys.calls)).toBeGreaterThan(0)
  })

  it('is in no fact of the journal', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1')))
    expect(JSON.stringify(await raw.xrange(keys.journal, '-', '+'))).not.toContain('0199001234')
  })
})

describe('what cannot be read', () => {
  it('is set aside and told, and the rest is loaded', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit({ ...change(epoch, caller('good')), agents: new Map([['arm01', arm('arm01')]]) })
    await raw.hset(
      keys.calls,
      'torn',
      '{"id":"torn"',
      'other',
      JSON.stringify(caller('good')),
      'old',
      JSON.stringify({ id: 'old', caller: '0199009999' }),
    )
    await raw.hset(keys.agents, 'arm02', JSON.stringify({ ...arm('arm02'), state: { kind: 'asleep' } }))
    const told: string[] = []
    store.events.on('corrupt', (record) => told.push(`${record.kind}/${record.id}: ${record.why}`))
    const room = await store.load()
    expect([...room.calls.keys()]).toEqual(['good'])
    expect([...room.agents.keys()]).toEqual(['arm01'])
    expect(told.map((line) => line.split(':')[0]).sort()).toEqual([
      'agents/arm02',
      'calls/old',
      'calls/other',
      'calls/torn',
    ])
    expect(told.join()).not.toContain('0199009999')
    expect((await raw.hkeys(keys.quarantine)).sort()).toEqual([
      'agents/arm02',
      'calls/old',
      'calls/other',
      'calls/torn',
    ])
    expect(await raw.pttl(keys.quarantine)).toBeGreaterThan(0)
    expect((await store.load()).corrupt).toEqual([])
  })

  it('in the journal is passed over', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1')))
    await raw.xadd(keys.journal, '*', 'f', '{"type":"from-the-future","at":1}')
    await raw.xadd(keys.journal, '*', 'other', 'x')
    await store.commit(change(epoch, caller('2')))
    expect(await journal(store)).toEqual(['1', 'unreadable', 'unreadable', '2'])
  })
})

describe('a Redis that was away for longer than the lease', () => {
  const ttlMs = 300

  const standingBy = async (url: string) => {
    const holder = await open(url, 300)
    const standby = await open(url, 300)
    await acquire(holder, 'a', ttlMs)
    expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: 'a' })
    return { holder, standby }
  }
  const connected = (...some: RoomStore[]) =>
    expect.poll(async () => Promise.all(some.map((store) => store.connect().then(() => store.up))), { timeout: 10_000 }).toEqual(some.map(() => true))

  it('frozen: leaves the room to its holder, even to a request of before', async () => {
    const own = await startRedis()
    try {
      const { holder, standby } = await standingBy(own.url)
      own.pause()
      await expect(standby.acquire('b', ttlMs)).rejects.toBeInstanceOf(StoreUnavailable)
      await expect(standby.acquire('b', ttlMs)).rejects.toBeInstanceOf(StoreUnavailable)
      own.resume()
      expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: null })
      await connected(holder)
      expect(await holder.renew(60_000)).toBe(true)
      expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: 'a' })
    } finally {
      own.resume()
      await own.stop()
    }
  })

  it('emptied: the same', async () => {
    const own = await startRedis()
    const { holder, standby } = await standingBy(own.url)
    const away = once(standby.events, 'reconnecting')
    await own.kill()
    await away
    const again = await startRedis({ port: own.port })
    try {
      await connected(holder, standby)
      expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: null })
      expect(await holder.renew(60_000)).toBe(true)
      expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: 'a' })
    } finally {
      await again.stop()
    }
  })

  it('whose holder does not come back gives the room to who stands by', async () => {
    const own = await startRedis()
    try {
      const { standby } = await standingBy(own.url)
      own.pause()
      await expect(standby.acquire('b', ttlMs)).rejects.toBeInstanceOf(StoreUnavailable)
      own.resume()
      const first = await standby.acquire('b', ttlMs)
      expect(first).toMatchObject({ held: false, by: null })
      const asked = performance.now()
      await expect.poll(async () => (await standby.acquire('b', ttlMs)).held, { interval: 50, timeout: 10_000 }).toBe(true)
      expect(performance.now() - asked).toBeGreaterThan(1_000)
    } finally {
      own.resume()
      await own.stop()
    }
  })
})

describe('a Redis that fails', () => {
  it('says so when it is not there', async () => {
    const lost = await startRedis()
    await lost.stop()
    await expect(open(lost.url)).rejects.toBeInstanceOf(StoreUnavailable)
  })

  it('is waited for by whoever asks to connect again', async () => {
    const first = await startRedis()
    await first.stop()
    const store = createRoomStore({ ...options, url: first.url })
    stores.push(store)
    await expect(store.connect()).rejects.toBeInstanceOf(StoreUnavailable)
    const connecting = store.connect()
    const again = await startRedis({ port: first.port })
    try {
      await connecting
      expect(await acquire(store, 'a')).toBeGreaterThan(0)
      await store.connect()
    } finally {
      await again.stop()
    }
  })

  it('killed: commits are refused at once; on return the room and the missing facts are written once', async () => {
    const own = await startRedis({ aof: 'always' })
    const store = await open(own.url)
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1')))
    const reconnecting = once(store.events, 'reconnecting')
    await own.kill()
    await reconnecting
    const asked = performance.now()
    await expect(store.commit(change(epoch, caller('2')))).rejects.toBeInstanceOf(StoreUnavailable)
    expect(performance.now() - asked).toBeLessThan(100)
    expect(store.up).toBe(false)
    expect(store.backlog.facts).toBe(1)
    const ready = once(store.events, 'ready')
    const again = await startRedis({ dir: own.dir, port: own.port, aof: 'always' })
    try {
      await ready
      expect(await store.commit(change(epoch, caller('3')))).toBe('behind')
      expect(await store.renew(60_000)).toBe(true)
      expect(await store.replaceAll(epoch, [caller('1'), caller('2'), caller('3')], [])).toBe('ok')
      expect(await journal(store)).toEqual(['1', '2', '3'])
      expect((await store.load()).calls.size).toBe(3)
      expect(store.backlog).toEqual({ facts: 0, dropped: 0 })
    } finally {
      await again.stop()
    }
  })

  it('frozen: a commit gives up in bounded time; what it did write is not written twice', async () => {
    const own = await startRedis()
    try {
      const store = await open(own.url, 300)
      const epoch = await acquire(store, 'a')
      await store.commit(change(epoch, caller('1')))
      own.pause()
      const given = await Promise.allSettled([
        store.commit(change(epoch, caller('2'))),
        store.commit(change(epoch, caller('3'))),
      ])
      expect(given.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      const back = store.up ? null : once(store.events, 'ready')
      own.resume()
      await back
      expect(await store.replaceAll(epoch, [caller('2'), caller('3')], [])).toBe('ok')
      expect(await store.commit(change(epoch, caller('4')))).toBe('ok')
      expect(await journal(store)).toEqual(['1', '2', '3', '4'])
    } finally {
      own.resume()
      await own.stop()
    }
  })

  it('frozen for longer than the socket is trusted: the connection is made anew', async () => {
    const own = await startRedis()
    try {
      const store = await open(own.url, 200)
      const epoch = await acquire(store, 'a')
      own.pause()
      const reconnecting = once(store.events, 'reconnecting')
      await expect(store.commit(change(epoch, caller('1')))).rejects.toBeInstanceOf(StoreUnavailable)
      await reconnecting
      const ready = once(store.events, 'ready')
      own.resume()
      await ready
      expect(await store.replaceAll(epoch, [caller('1')], [])).toBe('ok')
      expect(await journal(store)).toEqual(['1'])
    } finally {
      own.resume()
      await own.stop()
    }
  })

  it('thawed: a whole room given up before and read late does not undo what came after it', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    const late = (seq: number): Promise<unknown> => {
      const { meta, calls, agents, journal: facts } = keys
      const given = [epoch, seq, 1_000, HOUR_MS, 0, 0, 1, 'a', '{}', 1, JSON.stringify(queued('late'))]
      return raw.eval(replaceAll, 4, meta, calls, agents, facts, ...given)
    }
    await store.commit(change(epoch, caller('1')))
    await store.replaceAll(epoch, [caller('1')], [])
    await store.commit(change(epoch, caller('2')))
    expect(await late(1)).toBe(-2)
    expect([...(await store.load()).calls.keys()].sort()).toEqual(['1', '2'])
    expect(await store.commit(change(epoch, caller('3')))).toBe('ok')
    expect(await journal(store)).toEqual(['1', '2', '3'])
  })

  it('empty again: the whole room makes the SAS known again', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await raw.flushall()
    expect(await store.replaceAll(epoch, [caller('1')], [])).toBe('ok')
    expect(await raw.smembers(SAS_INDEX)).toEqual([SAS])
  })

  it('drops the oldest facts, and counts them, when it stays away too long', async () => {
    const own = await startRedis()
    const store = await open(own.url)
    const epoch = await acquire(store, 'a')
    const reconnecting = once(store.events, 'reconnecting')
    await own.kill()
    await reconnecting
    for (let index = 0; index < 1_100; index++) {
      await expect(store.commit(change(epoch, caller(`c${index}`)))).rejects.toBeInstanceOf(StoreUnavailable)
    }
    expect(store.backlog).toEqual({ facts: 1_000, dropped: 100 })
  })
})
