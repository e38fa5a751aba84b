/** The order of commits and effects, and what becomes of it when Redis is silent, behind, or somebody else's. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Memory } from '../../src/memory.js'
import type { Fact } from '../../src/routing/facts.js'
import type { Memory as Records } from '../../src/routing/roster.js'
import type { Outcome } from '../../src/routing/step.js'
import { FakeStore } from './engine-parts.js'

const leaseMs = 900
const silenceMs = 100

let store: FakeStore
let memory: Memory
let records: Records | null
const told: string[] = []

beforeEach(() => {
  vi.useFakeTimers()
  told.length = 0
  store = new FakeStore([])
  records = { calls: [], agents: [] }
  memory = new Memory(store, { owner: 'me', leaseMs, silenceMs, records: () => records })
  memory.on('degraded', (on) => told.push(on ? 'degraded' : 'well'))
  memory.on('fenced', () => told.push('fenced'))
  memory.on('problem', (what) => told.push(`problem ${what}`))
})
afterEach(() => {
  memory.stop()
  vi.useRealTimers()
})

const fact: Fact = { type: 'rules-changed', at: 1, why: 'hours', by: null, what: [] }
const outcome = (...facts: Fact[]): Outcome => ({ calls: new Map(), agents: new Map(), effects: [], facts, fallbackMark: null, overrides: null, refusal: null })

/** Asks for a commit and says when its effects may be performed. */
const commit = (name: string, what = outcome(fact)): void => void memory.commit(what).then(() => told.push(name))
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms)

describe('commits', () => {
  beforeEach(async () => void (await memory.acquire()))

  it('let effects go in the order of the decisions, whichever is answered first', async () => {
    store.manner = 'silent'
    commit('first')
    commit('second')
    commit('nothing changed', outcome())
    commit('fourth')
    await pass()
    expect(told).toEqual([])
    // An answer to the second is one to the first: Redis takes them in order.
    store.answer('ok', 1)
    await pass()
    expect(told).toEqual(['first', 'second', 'nothing changed'])
    store.answer('ok', 1)
    await pass()
    expect(told.at(-1)).toBe('fourth')
    store.answer('ok')
  })

  it('do not wait where nothing changed and nothing is on the way', async () => {
    commit('free', outcome())
    await pass()
    expect(told).toEqual(['free'])
    expect(store.commits).toHaveLength(0)
  })

  it('without Redis let effects go only after what lies in the sockets was read: another engine may have taken over', async () => {
    store.manner = 'error'
    commit('first')
    setImmediate(() => told.push('sockets read'))
    await pass()
    expect(told).toEqual(['problem commit', 'degraded', 'sockets read', 'first'])
    setImmediate(() => told.push('sockets read'))
    commit('second')
    commit('nothing changed', outcome())
    await pass()
    expect(told.slice(4)).toEqual(['sockets read', 'second', 'nothing changed'])
  })

  it('are not waited for longer than the silence allowed, then the whole room is written once', async () => {
    store.manner = 'silent'
    commit('first')
    await pass(silenceMs - 1)
    expect(told).toEqual([])
    await pass(2)
    expect(told).toEqual(['degraded', 'first'])
    commit('at once')
    await pass()
    expect(told.at(-1)).toBe('at once')
    store.manner = 'ok'
    await pass(leaseMs / 4)
    expect(told.at(-1)).toBe('well')
    expect(store.snapshots).toHaveLength(1)
    store.manner = 'silent'
    commit('waits again')
    await pass()
    expect(told.at(-1)).toBe('well')
    expect(memory.degraded).toBe(false)
  })

  it.each(['behind', 'error'] as const)('answered %s: the room goes on and is written whole', async (manner) => {
    store.manner = manner
    commit('first')
    await pass()
    expect(told.filter((what) => !what.startsWith('problem'))).toEqual(['degraded', 'first'])
    store.manner = 'ok'
    await pass(leaseMs)
    expect(told.at(-1)).toBe('well')
    expect(store.snapshots).toHaveLength(1)
  })

  it('of a room that is somebody else’s end this one, once', async () => {
    store.manner = 'silent'
    commit('first')
    commit('second')
    store.answer('fenced')
    store.answer('fenced')
    await pass(leaseMs)
    expect(told.filter((what) => what === 'fenced')).toHaveLength(1)
    expect(store.snapshots).toHaveLength(0)
  })

  it('of a silent Redis whose room was taken meanwhile end this one when it answers', async () => {
    store.manner = 'behind'
    commit('first')
    await pass()
    store.kept = false
    await pass(leaseMs)
    expect(told.at(-1)).toBe('fenced')
  })

  it('are followed by the whole room when the connection comes back, though nothing was being asked', async () => {
    store.events.emit('ready')
    await pass(leaseMs / 4)
    expect(told).toEqual(['degraded', 'well'])
    expect(store.snapshots).toHaveLength(1)
  })
})

describe('the lease', () => {
  it('is asked for while another engine has it, and taken when it is free', async () => {
    store.holder = 'other'
    const acquired = memory.acquire()
    await pass(5 * leaseMs)
    expect(store.leases).toBe(0)
    store.holder = null
    await pass(leaseMs / 4)
    expect(await acquired).toMatchObject({ epoch: 1 })
  })

  it('is asked for while Redis is away, which is told once', async () => {
    store.up = false
    const acquired = memory.acquire()
    await pass(10 * leaseMs)
    expect(told).toEqual(['problem lease'])
    store.up = true
    await pass(leaseMs / 4)
    expect(await acquired).toMatchObject({ epoch: 1 })
  })

  it('is not asked for any more once stopped', async () => {
    store.holder = 'other'
    const acquired = memory.acquire()
    await pass()
    memory.stop()
    store.holder = null
    expect(await acquired).toBeNull()
    expect(store.leases).toBe(0)
  })

  it('is asked for again when the room cannot be read, which never empties it', async () => {
    records = null
    store.unreadable = true
    const acquired = memory.acquire()
    await pass()
    store.manner = 'error'
    store.events.emit('ready')
    await pass(2 * leaseMs)
    store.manner = 'ok'
    await pass(2 * leaseMs)
    expect(store.snapshots).toEqual([])
    expect(told).not.toContain('fenced')
    store.unreadable = false
    await pass(leaseMs)
    expect(await acquired).toMatchObject({ epoch: store.leases })
  })

  it('is renewed three times before it runs out, by one chain of renewals', async () => {
    const renew = vi.spyOn(store, 'renew')
    store.unreadable = true
    const acquired = memory.acquire()
    await pass(2 * leaseMs)
    store.unreadable = false
    await pass(leaseMs)
    await acquired
    renew.mockClear()
    await pass(leaseMs * 10)
    expect(renew).toHaveBeenCalledTimes(30)
  })

  it('lost ends this engine', async () => {
    await memory.acquire()
    store.kept = false
    await pass(leaseMs / 3)
    expect(told).toEqual(['fenced'])
  })

  it('renewed in a Redis that forgot the room makes it be written whole, though nothing happens in it', async () => {
    await memory.acquire()
    store.forgotten = true
    await pass(leaseMs / 3)
    expect(told).toEqual(['degraded'])
    store.forgotten = false
    await pass(leaseMs / 4)
    expect(told).toEqual(['degraded', 'well'])
    expect(store.snapshots).toHaveLength(1)
  })

  it('is renewed at once when the connection comes back', async () => {
    await memory.acquire()
    const renew = vi.spyOn(store, 'renew')
    store.events.emit('ready')
    await pass()
    expect(renew).toHaveBeenCalledTimes(1)
  })

  it('that cannot be renewed is kept: only another engine ends it', async () => {
    await memory.acquire()
    store.manner = 'error'
    await pass(5 * leaseMs)
    expect(told).not.toContain('fenced')
    expect(memory.degraded).toBe(true)
  })

  it('is given back with the connection', async () => {
    await memory.acquire()
    await memory.release()
    expect(store).toMatchObject({ released: 1, closed: true })
    await pass(leaseMs * 2)
    expect(vi.getTimerCount()).toBe(0)
  })
})
