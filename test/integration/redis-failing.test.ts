/** The room's memory when Redis is frozen, killed, thawed or empty: what is left, what is written, who comes first. */
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startRedis } from '../../lab/redis.js'
import { SAS_INDEX } from '../../src/redis/keys.js'
import { createRoomStore } from '../../src/redis/room-store.js'
import { replaceAll } from '../../src/redis/scripts/replaceAll-4.js'
import { StoreUnavailable, type RoomStore } from '../../src/redis/store.js'
import { HOUR_MS, SAS, acquire, caller, change, journal, keys, open, options, queued, raw, startOwn, stores, useRedis, type Own } from './redis-fixture.js'

useRedis()

describe('a Redis that was away while the lease ran out', () => {
  const ttlMs = 500
  /** Longer than the lease, so that what is given up finds it run out. */
  const givenUpMs = 600

  const standingBy = async (url: string, leaseMs = ttlMs) => {
    const holder = await open(url, givenUpMs)
    const standby = await open(url, givenUpMs)
    await acquire(holder, 'a', leaseMs)
    expect(await standby.acquire('b', leaseMs)).toMatchObject({ held: false, by: 'a' })
    return { holder, standby }
  }
  const connected = (...some: RoomStore[]) =>
    expect.poll(async () => Promise.all(some.map((store) => store.connect().then(() => store.up))), { timeout: 10_000 }).toEqual(some.map(() => true))

  it('emptied, long after another outage: leaves the room to its holder', async () => {
    const holder = await open()
    const standby = await open()
    const epoch = await acquire(holder, 'a')
    const ask = () => standby.acquire('b', ttlMs)
    expect(await ask()).toMatchObject({ held: false, by: 'a' })
    for (let outage = 1; outage <= 3; outage++) {
      await raw.flushall()
      expect(await ask(), `outage ${outage}`).toMatchObject({ held: false, by: null })
      expect(await holder.renew(60_000)).toBe('forgotten')
      expect(await holder.replaceAll(epoch, [], [])).toBe('ok')
      const overAt = performance.now() + 1_000 + 2 * ttlMs
      await expect.poll(async () => ((await ask()).held ? 'taken' : performance.now() > overAt), { interval: 50, timeout: 10_000 }).toBe(true)
    }
  })

  it('back before its lease ran out: leaves the room to its holder, when it runs out then', async () => {
    const own = await startRedis({ aof: 'always' })
    const { holder, standby } = await standingBy(own.url, 60_000)
    const away = once(standby.events, 'reconnecting')
    await own.kill()
    await away
    const again = await startRedis({ dir: own.dir, port: own.port, aof: 'always' })
    const other = new Redis(again.url)
    try {
      await connected(holder, standby)
      expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: 'a' })
      await other.del(keys.lease)
      expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: null })
      expect(await holder.renew(60_000)).toBe('kept')
    } finally {
      other.disconnect()
      await again.stop()
    }
  })

  it('frozen for less than a lease lasts, and yet until it ran out: the same', async () => {
    const own = await startRedis()
    const other = new Redis(own.url)
    try {
      const { holder, standby } = await standingBy(own.url, 60_000)
      await other.ping()
      own.pause()
      const ranOut = other.del(keys.lease)
      const asked = standby.acquire('b', 600)
      await new Promise((resolve) => setTimeout(resolve, 250))
      own.resume()
      await ranOut
      expect(await asked).toMatchObject({ held: false })
      expect(await standby.acquire('b', 600)).toMatchObject({ held: false, by: null })
      expect(await holder.renew(60_000)).toBe('kept')
    } finally {
      own.resume()
      other.disconnect()
      await own.stop()
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

  describe.each(['real', 'fake'] as const)('(%s)', (kind) => {
    let own: Own
    beforeEach(async () => {
      own = await startOwn(kind)
    })
    afterEach(() => own.stop())

    it('killed: commits are refused at once; on return the room and the missing facts are written once', async () => {
      const store = await own.open()
      const epoch = await acquire(store, 'a')
      await store.commit(change(epoch, caller('1')))
      const reconnecting = once(store.events, 'reconnecting')
      await own.kill()
      await reconnecting
      const asked = performance.now()
      await expect(store.commit(change(epoch, caller('2')))).rejects.toBeInstanceOf(StoreUnavailable)
      expect(performance.now() - asked).toBeLessThan(1_000)
      expect(store.up).toBe(false)
      expect(store.backlog.facts).toBe(1)
      const ready = once(store.events, 'ready')
      await own.again('all')
      await ready
      expect(await store.commit(change(epoch, caller('3')))).toBe('behind')
      expect(await store.renew(60_000)).toBe('kept')
      expect(await store.replaceAll(epoch, [caller('1'), caller('2'), caller('3')], [])).toBe('ok')
      expect(await journal(store)).toEqual(['1', '2', '3'])
      expect((await store.load()).calls.size).toBe(3)
      expect(store.backlog).toEqual({ facts: 0, dropped: 0 })
    })

    it('frozen: a commit gives up in bounded time; what it did write is not written twice', async () => {
      const store = await own.open(600)
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
    })

    it('frozen for longer than the socket is trusted: the connection is made anew', async () => {
      const store = await own.open(500)
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
    })

    it.each(['frozen', 'emptied'] as const)('%s while the lease ran out: the room is left to its holder', async (how) => {
      const [holder, standby] = [await own.open(600), await own.open(300)]
      await acquire(holder, 'a', 300)
      expect(await standby.acquire('b', 300)).toMatchObject({ held: false, by: 'a' })
      if (how === 'frozen') {
        own.pause()
        await expect(standby.acquire('b', 300)).rejects.toBeInstanceOf(StoreUnavailable)
        await expect(standby.acquire('b', 300)).rejects.toBeInstanceOf(StoreUnavailable)
        own.resume()
      } else {
        const away = once(standby.events, 'reconnecting')
        await own.kill()
        await away
        await own.again('nothing')
      }
      await expect.poll(async () => Promise.all([holder, standby].map((store) => store.connect().then(() => store.up))), { timeout: 10_000 }).toEqual([true, true])
      expect(await standby.acquire('b', 300)).toMatchObject({ held: false, by: null })
      expect(await holder.renew(60_000)).toBe(how === 'frozen' ? 'kept' : 'forgotten')
      expect(await standby.acquire('b', 300)).toMatchObject({ held: false, by: 'a' })
    })

    it('slow at every question: the room is left to a holder who is as slow, and not for ever to one who is gone', async () => {
      const ttlMs = 150
      const [holder, standby] = [await own.open(), await own.open()]
      await acquire(holder, 'a', ttlMs)
      expect(await standby.acquire('b', ttlMs)).toMatchObject({ held: false, by: 'a' })
      /** Asks a Redis that reads it after more than a third of a lease. */
      const ask = async (): Promise<boolean> => {
        own.pause()
        const asked = standby.acquire('b', ttlMs)
        await new Promise((resolve) => setTimeout(resolve, ttlMs / 2))
        own.resume()
        return (await asked).held
      }
      for (let asks = 1; asks <= 25; asks++) {
        // Read, and run out before anybody looks.
        expect(await holder.renew(1)).toBe('kept')
        expect(await ask(), `question ${asks}`).toBe(false)
      }
      let asks = 1
      while (!(await ask())) expect(asks++).toBeLessThan(40)
      // Not before the holder had four of these, and the while that one who comes back may need.
      expect(asks).toBeGreaterThan(4)
      expect(await holder.renew(ttlMs)).toBe('lost')
    })
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

  it('full: commits are refused, and the whole room is written once there is space', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1')))
    await raw.config('SET', 'maxmemory', '1')
    try {
      await expect(store.commit(change(epoch, caller('2')))).rejects.toBeInstanceOf(StoreUnavailable)
      await expect(store.replaceAll(epoch, [caller('1'), caller('2')], [])).rejects.toBeInstanceOf(StoreUnavailable)
      expect(await store.renew(60_000)).toBe('kept')
    } finally {
      await raw.config('SET', 'maxmemory', '0')
    }
    expect(await store.commit(change(epoch, caller('3')))).toBe('behind')
    expect(await store.replaceAll(epoch, [caller('2'), caller('3')], [])).toBe('ok')
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
