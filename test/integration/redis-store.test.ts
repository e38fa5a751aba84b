/** The room's memory on a real Redis, and on the one of the simulation: fencing, order, personal data, what cannot be read. */
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/routing/facts.js'
import { HOUR_MS, acquire, arm, caller, change, journal, keys, open, queued, raw, useRedis } from './redis-fixture.js'

describe.each(['real', 'fake'] as const)('on a %s Redis', (kind) => {
  useRedis(kind)

  it.runIf(kind === 'real')('says what it uses, and how long the journal is', async () => {
    const store = await open()
    const epoch = await acquire(store, 'a')
    await store.commit(change(epoch, caller('1'), caller('2')))
    const { memoryBytes, memoryBytesMax, journalEntries } = await store.use()
    expect(memoryBytes).toBeGreaterThan(100_000)
    expect([memoryBytesMax, journalEntries]).toEqual([null, 2])
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
      expect(await store.renew(60_000)).toBe('kept')
      expect(await raw.get(keys.lease)).toBe('a')
    })

    it('cannot be renewed once another engine has taken the room', async () => {
      const [first, second] = [await open(), await open()]
      await acquire(first, 'a')
      await raw.del(keys.lease)
      await acquire(second, 'b')
      expect(await first.renew(60_000)).toBe('lost')
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
    it('carries an answer that the next engine recalls, for ten minutes', async () => {
      const [first, second] = [await open(), await open()]
      const epoch = await acquire(first, 'a')
      const answer = (text: string) => ({ name: 'n', text })
      await first.commit({ ...change(epoch, caller('1')), answer: answer('done') })
      await raw.del(keys.lease)
      const next = await acquire(second, 'b')
      expect([await second.recall('n'), await second.recall('other')]).toEqual(['done', null])
      expect(await raw.pttl(keys.asked('n'))).toBeLessThanOrEqual(600_000)
      expect(await raw.pttl(keys.asked('n'))).toBeGreaterThan(590_000)
      // Whose room it is no longer changes nothing of it.
      expect(await first.commit({ ...change(epoch, caller('1')), answer: answer('again') })).toBe('fenced')
      expect(await second.recall('n')).toBe('done')
      // One that was lost on the way comes with the whole room.
      await raw.hset(keys.meta, 'seq', '-1')
      expect(await second.commit({ ...change(next, caller('1')), answer: { name: 'm', text: 'kept' } })).toBe('behind')
      expect(await second.recall('m')).toBeNull()
      await second.replaceAll(next, [caller('1')], [])
      expect(await second.recall('m')).toBe('kept')
    })

    it('is loaded again as it was written', async () => {
      const store = await open()
      const epoch = await acquire(store, 'a')
      const place = { point: { lat: 48.85661, lon: 2.35222 }, radiusM: 50, civic: { A3: 'Paris' }, method: 'GPS', reference: null }
      const location = { source: 'by-value', ...place } as const
      const call = caller('1', { location, drm: { id: 'd1', openedAt: 2_000, callerName: 'Zoé Exemple' } })
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

    it('leaves the ends of calls where the next engine finds them', async () => {
      const store = await open()
      const epoch = await acquire(store, 'a')
      await store.commit(change(epoch, caller('1'), caller('2'), caller('3')))
      const ended = (call: string, why: 'agent-ended' | 'no-news-of-fallback'): Fact => ({ type: 'ended', at: 9_000, call, outcome: 'answered', why, sinceArrivalMs: 8_000, stage: 'n1', waiting: false })
      await store.commit({ epoch, calls: new Map([['1', null], ['2', null]]), agents: new Map(), facts: [ended('1', 'agent-ended'), ended('2', 'no-news-of-fallback')] })
      expect((await store.load()).over).toEqual(['1'])
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
      expect(await store.renew(60_000)).toBe('forgotten')
      expect(await store.replaceAll(epoch, [caller('1'), caller('2')], [])).toBe('ok')
      expect(await store.commit(change(epoch, caller('3')))).toBe('ok')
      expect((await store.load()).calls.size).toBe(3)
    })

    it.runIf(kind === 'real')('is asked for again as a whole after an outage of 100,000 facts, each of them once in the journal', async () => {
      const [factsMax, factsEach] = [100_000, 500]
      const store = await open(undefined, 20_000, factsMax)
      const epoch = await acquire(store, 'a')
      await raw.del(keys.meta)
      const ids = Array.from({ length: factsMax }, (_, index) => `c${index}`)
      for (let from = 0; from < factsMax; from += factsEach) {
        const facts = ids.slice(from, from + factsEach).map(queued)
        expect(await store.commit({ epoch, calls: new Map(), agents: new Map(), facts })).toBe('behind')
      }
      expect(store.backlog).toEqual({ facts: factsMax, dropped: 0 })
      expect(await store.replaceAll(epoch, [caller('1')], [arm('arm01')])).toBe('ok')
      expect(store.backlog).toEqual({ facts: 0, dropped: 0 })
      expect(await raw.hkeys(keys.calls)).toEqual(['1'])
      expect(await journal(store, 1_000)).toEqual(ids)
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
})
