/** A memory and a PBX that do what a test tells them, and write down what is asked of them, in one order. */
import { EventEmitter } from 'node:events'
import type { Listed, Pbx, PbxNotices } from '../../src/ari/pbx.js'
import { StoreUnavailable, type Acquired, type Commit, type RedisUse, type Renewed, type RoomStore, type StoreEvents } from '../../src/redis/store.js'
import type { JournalEntry, StoredRoom } from '../../src/redis/reader.js'
import type { Effect } from '../../src/routing/effects.js'
import type { PbxEvent } from '../../src/routing/events.js'
import type { Agent, Call } from '../../src/routing/room.js'

const emptyRoom = (): StoredRoom => ({ calls: new Map(), agents: new Map(), fallbackMark: null, overrides: [], over: [], lastJournalId: '0-0', corrupt: [] })

/** How the memory takes a commit: at once, not at all for now (`silent`), or with an error. */
type Manner = 'ok' | 'fenced' | 'behind' | 'silent' | 'error'

const away = (): StoreUnavailable => new StoreUnavailable('Redis is away')

export class FakeStore implements RoomStore {
  readonly events = new EventEmitter<StoreEvents>()
  readonly backlog = { facts: 0, dropped: 0 }
  up = true
  manner: Manner = 'ok'
  /** Who holds the room besides whoever asks; null for nobody. */
  holder: string | null = null
  room: StoredRoom = emptyRoom()
  /** Whether the next loads fail. */
  unreadable = false
  kept = true
  /** Whether it says to whoever renews that it knows nothing of the room. */
  forgotten = false
  leases = 0
  released = 0
  closed = false
  readonly commits: Commit[] = []
  /** Whole rooms written: ids of their calls. */
  readonly snapshots: string[][] = []
  readonly #unanswered: ((answer: 'ok' | 'fenced' | 'behind') => void)[] = []

  constructor(readonly told: string[]) {}

  async connect(): Promise<void> {
    if (!this.up) throw away()
  }

  async acquire(): Promise<Acquired> {
    if (!this.up) throw away()
    if (this.holder !== null) return { held: false, by: this.holder, leftMs: 400 }
    this.leases += 1
    return { held: true, epoch: this.leases }
  }

  async renew(): Promise<Renewed> {
    if (this.manner === 'error') throw away()
    return this.kept ? (this.forgotten ? 'forgotten' : 'kept') : 'lost'
  }

  async release(): Promise<void> {
    this.released += 1
  }

  async use(): Promise<RedisUse> {
    return { memoryBytes: 1, memoryBytesMax: null, journalEntries: 0 }
  }

  async load(): Promise<StoredRoom> {
    if (this.unreadable) throw away()
    return this.room
  }

  commit(commit: Commit): Promise<'ok' | 'fenced' | 'behind'> {
    this.commits.push(commit)
    this.told.push(`commit ${[...commit.calls.keys(), ...commit.agents.keys()].join(' ')}`)
    const { manner } = this
    if (manner === 'silent') return new Promise((resolve) => this.#unanswered.push(resolve))
    return manner === 'error' ? Promise.reject(away()) : Promise.resolve(manner)
  }

  /** The oldest commit not answered yet, or the one at `index` after it, is answered. */
  answer(answer: 'ok' | 'fenced' | 'behind' = 'ok', index = 0): void {
    const [resolve] = this.#unanswered.splice(index, 1)
    if (!resolve) throw new Error('every commit was answered')
    resolve(answer)
  }

  readonly answers = new Map<string, string>()
  async recall(name: string): Promise<string | null> {
    return this.answers.get(name) ?? null
  }

  async describe(): Promise<void> {}

  async replaceAll(_: number, calls: Iterable<Call>, agents: Iterable<Agent>): Promise<'ok' | 'fenced'> {
    const [ids] = [[...calls].map(({ id }) => id), [...agents]]
    if (this.manner === 'silent' || this.manner === 'error') throw away()
    this.snapshots.push(ids)
    return this.kept ? 'ok' : 'fenced'
  }

  async *readJournal(): AsyncGenerator<JournalEntry> {}

  async readDrm(): Promise<null> {
    return null
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

export class FakePbx extends EventEmitter<PbxNotices> implements Pbx {
  isUp = false
  stopped = false
  readonly performed: Effect[] = []
  /** Inventories asked for and not answered yet. */
  readonly asked: { resolve: (found: Listed) => void; reject: (error: Error) => void }[] = []

  constructor(readonly told: string[]) {
    super()
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.stopped = true
  }

  async perform(effects: readonly Effect[]): Promise<void> {
    this.performed.push(...effects)
    this.told.push(...effects.map((effect) => `perform ${effect.type}`))
  }

  beats = 0

  beat(): void {
    this.beats += 1
  }

  expectPhone(): void {}
  channelsInUse(): null {
    return null
  }

  inventory(): Promise<Listed> {
    return new Promise((resolve, reject) => this.asked.push({ resolve, reject }))
  }

  comesUp(): void {
    this.isUp = true
    this.emit('up', { text: '22' })
  }

  goesDown(): void {
    this.isUp = false
    this.emit('down', 'lost')
  }
}

export const arrival = (call: string, at: number, arrivedAt = at): Extract<PbxEvent, { type: 'call-arrived' }> => ({
  type: 'call-arrived',
  at,
  call,
  trunk: 'operator',
  number: '15',
  caller: '0199000001',
  arrivedAt,
  answered: false,
})

/** What the PBX has: these callers, alone on the line, and nothing else. */
export const found = (at: number, ...callers: Extract<PbxEvent, { type: 'call-arrived' }>[]): Listed => ({
  type: 'inventory',
  at,
  channels: callers.map(({ call }) => ({ id: call, up: true, bridge: null })),
  bridges: [],
  recorders: [],
  arrivals: callers,
  elsewhere: [],
  engaged: [],
})
