/** The memory on a real Redis. See `store.ts` for what it promises. */
import { EventEmitter, once } from 'node:events'
import type { Redis } from 'ioredis'
import { rememberedMs } from '../asked-once.js'
import type { Agent, Call } from '../routing/room.js'
import type { About } from './about.js'
import { RECONNECT_MS_MAX, createClient } from './client.js'
import { DrmBook, readDrm, type DrmRecord, type DrmWrite } from './drm.js'
import { SAS_INDEX, keysOf, type Keys } from './keys.js'
import { readJournal, readRoom, type JournalEntry, type JournalRange, type StoredRoom } from './reader.js'
import { commitOutcome, leaseOutcome } from './scripts/index.js'
import { StoreUnavailable, type Acquired, type Aside, type Commit, type RedisUse, type Renewed, type RoomStore, type StoreEvents } from './store.js'

export interface RoomStoreOptions {
  readonly url: string
  readonly sas: string
  readonly about: () => About
  /** How long DRMs, and calls nobody comes back for, are kept. */
  readonly retentionMs: number
  /** Facts kept in the journal, about; and at most this many wait for a Redis that is away. */
  readonly journalLength?: number
  readonly commandTimeoutMs?: number
}

const JOURNAL_LENGTH = 100_000
const COMMAND_TIMEOUT_MS = 2_000

/** A commit that was asked for and not confirmed. */
interface Unconfirmed {
  readonly seq: number
  readonly facts: readonly string[]
  readonly kept: readonly Kept[]
}

/** Written beside the room, by a key of its own. */
interface Kept {
  readonly key: string
  readonly text: string
  readonly ms: number
}

/** What one who waits for the room knows. Times in µs are the server's. */
interface Standby {
  /** When a holder was last told of; 0 for never. */
  readonly heardUs: number
  /** The same on this process' own steady clock, ms. */
  readonly heardAt: number
  /** Before this the room is left to its holder; 0 for no such time. */
  readonly notBeforeUs: number
  /** The last renewal of the lease, as Redis told it, and how often this one was out of touch since. */
  readonly renewed: string
  readonly gaps: number
}

const stranger: Standby = { heardUs: 0, heardAt: 0, notBeforeUs: 0, renewed: '', gaps: 0 }

/** How often in a row being out of touch leaves the room to a holder of whom nothing is heard. */
const gapsMax = 4

/** See acquireLease. */
type Refused = [0, by: string, leftMs: number, nowUs: string, earliestUs: string, renewed: string, gaps: number]

/** @param connect makes the connection, not yet opened */
export const createRoomStore = (options: RoomStoreOptions, connect = createClient): RoomStore => new RedisRoomStore(options, connect)

class RedisRoomStore implements RoomStore {
  readonly events = new EventEmitter<StoreEvents>()
  readonly #redis: Redis
  readonly #keys: Keys
  readonly #drms = new DrmBook()
  readonly #journalLength: number
  readonly #commandTimeoutMs: number
  #owner = ''
  #epoch = 0
  #seq = 0
  #standby: Standby = stranger
  #unconfirmed: Unconfirmed[] = []
  #unconfirmedFacts = 0
  #dropped = 0

  constructor(
    private readonly options: RoomStoreOptions,
    connect: typeof createClient,
  ) {
    this.#keys = keysOf(options.sas)
    this.#journalLength = options.journalLength ?? JOURNAL_LENGTH
    this.#commandTimeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS
    this.#redis = connect({
      url: options.url,
      commandTimeoutMs: this.#commandTimeoutMs,
      name: `decroche-${options.sas}`,
      reconnect: true,
    })
    this.#redis.on('ready', () => {
      this.#comeBack()
      this.events.emit('ready')
    })
    this.#redis.on('reconnecting', (delayMs: number) => this.events.emit('reconnecting', delayMs))
    this.#redis.on('error', (error: Error) => this.events.emit('trouble', error))
  }

  get up(): boolean {
    return this.#redis.status === 'ready'
  }

  get backlog(): { readonly facts: number; readonly dropped: number } {
    return { facts: this.#unconfirmedFacts, dropped: this.#dropped }
  }

  /** Whatever broke our connection broke the holder's too: they may need longer to be back. Said by an answer from long ago. */
  #comeBack(): void {
    if (this.#standby.heardUs > 0) this.#standby = { ...this.#standby, heardUs: 1 }
  }

  /** Also called while the client is trying by itself: then waits for the outcome of that. */
  async connect(): Promise<void> {
    if (this.up) return
    if (this.#redis.status === 'wait' || this.#redis.status === 'end') return reach(this.#redis.connect())
    const patience = AbortSignal.timeout(this.#commandTimeoutMs)
    await reach(once(this.events, 'ready', { signal: patience }))
  }

  async acquire(owner: string, ttlMs: number): Promise<Acquired> {
    const { lease, meta } = this.#keys
    const about = JSON.stringify(this.options.about())
    const { heardUs, heardAt, notBeforeUs, renewed, gaps } = this.#standby
    const pausedUs = Math.round((performance.now() - heardAt) * 1_000)
    const patienceMs = RECONNECT_MS_MAX + ttlMs
    const asked = this.#redis.acquireLease(lease, meta, owner, ttlMs, about, heardUs, pausedUs, notBeforeUs, patienceMs, renewed, gaps, gapsMax)
    const answer = (await reach(asked)) as [1, string] | Refused
    if (answer[0] === 0) {
      const [, by, leftMs, nowUs, earliestUs, lastRenewed, gapsSince] = answer
      this.#standby = { heardUs: Number(nowUs), heardAt: performance.now(), notBeforeUs: Number(earliestUs), renewed: lastRenewed, gaps: gapsSince }
      return { held: false, by: by || null, leftMs: Math.max(0, leftMs) }
    }
    this.#standby = stranger
    this.#owner = owner
    this.#epoch = Number(answer[1])
    this.#seq = 0
    this.#forgetUnconfirmed()
    await this.#beKnown()
    return { held: true, epoch: this.#epoch }
  }

  async renew(ttlMs: number): Promise<Renewed> {
    const { lease, meta } = this.#keys
    return leaseOutcome(await reach(this.#redis.renewLease(lease, meta, this.#owner, this.#epoch, ttlMs)))
  }

  async release(): Promise<void> {
    const { lease, meta } = this.#keys
    await reach(this.#redis.releaseLease(lease, meta, this.#owner, this.#epoch))
  }

  async load(): Promise<StoredRoom> {
    const room = await reach(readRoom(this.#redis, this.#keys))
    if (room.corrupt.length > 0) await reach(this.#setAside(room))
    for (const { kind, id, why } of room.corrupt) this.events.emit('corrupt', { kind, id, why })
    this.#drms.start(room.calls.values())
    return room
  }

  /** Corrupt records may hold personal data, so they too are forgotten in time. */
  async #setAside({ corrupt }: StoredRoom): Promise<void> {
    const moves = this.#redis.multi()
    for (const { kind, id, json } of corrupt) {
      moves.hset(this.#keys.quarantine, `${kind}/${id}`, json)
      moves.hdel(this.#keys[kind], id)
    }
    moves.pexpire(this.#keys.quarantine, this.options.retentionMs)
    await moves.exec()
  }

  async commit({ epoch, calls, agents, facts, fallbackMark, overrides, answer }: Commit): Promise<'ok' | 'fenced' | 'behind'> {
    const seq = ++this.#seq
    const entry: Unconfirmed = {
      seq,
      facts: facts.map((fact) => JSON.stringify(fact)),
      kept: [...this.#drms.changes(calls, facts).map(this.#asKept), ...(answer ? [{ key: this.#keys.asked(answer.name), text: answer.text, ms: rememberedMs }] : [])],
    }
    this.#remember(entry)
    const outcome = commitOutcome(
      await reach(
        this.#redis.commitRoom(
          4 + entry.kept.length,
          this.#writtenKeys(entry.kept),
          epoch,
          seq,
          this.#journalLength,
          this.options.retentionMs,
          calls.size,
          agents.size,
          entry.facts.length,
          fallbackMark ?? '',
          overrides ? JSON.stringify(overrides) : '',
          records(calls),
          records(agents),
          entry.facts,
          entry.kept.flatMap(({ text, ms }) => [text, ms]),
        ),
      ),
    )
    if (outcome !== 'ok' && outcome !== 'overtaken') return outcome
    this.#confirm(seq)
    return 'ok'
  }

  async replaceAll(epoch: number, calls: Iterable<Call>, agents: Iterable<Agent>, { fallbackMark = null, overrides = [] }: Aside = {}): Promise<'ok' | 'fenced'> {
    const upTo = this.#seq
    const [allCalls, allAgents] = [[...calls], [...agents]]
    const facts = this.#unconfirmed.flatMap(({ seq, facts: some }) => some.flatMap((fact) => [seq, fact]))
    const kept = [...this.#unconfirmed.flatMap((entry) => entry.kept), ...this.#drms.open().map(this.#asKept)]
    const code = await reach(
      this.#redis.replaceRoom(
        4 + kept.length,
        this.#writtenKeys(kept),
        epoch,
        upTo,
        this.#journalLength,
        this.options.retentionMs,
        allCalls.length,
        allAgents.length,
        facts.length / 2,
        this.#owner,
        JSON.stringify(this.options.about()),
        fallbackMark ?? '',
        JSON.stringify([...overrides]),
        allCalls.flatMap((call) => [call.id, JSON.stringify(call)]),
        allAgents.flatMap((agent) => [agent.id, JSON.stringify(agent)]),
        facts,
        kept.flatMap(({ text, ms }) => [text, ms]),
      ),
    )
    if (commitOutcome(code) === 'fenced') return 'fenced'
    this.#confirm(upTo)
    await this.#beKnown()
    return 'ok'
  }

  readJournal(range: JournalRange = {}): AsyncGenerator<JournalEntry> {
    return readJournal(this.#redis, this.#keys, range)
  }

  async readDrm(id: string): Promise<DrmRecord | null> {
    const json = await reach(this.#redis.get(this.#keys.drm(id)))
    return json === null ? null : readDrm(json)
  }

  async recall(name: string): Promise<string | null> {
    return reach(this.#redis.get(this.#keys.asked(name)))
  }

  async use(): Promise<RedisUse> {
    const [info, journalEntries] = await reach(Promise.all([this.#redis.info('memory'), this.#redis.xlen(this.#keys.journal)]))
    const bytes = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
    return { memoryBytes: bytes('used_memory'), memoryBytesMax: bytes('maxmemory') || null, journalEntries }
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
  }

  readonly #asKept = ({ id, json }: DrmWrite): Kept => ({ key: this.#keys.drm(id), text: json, ms: this.options.retentionMs })

  #writtenKeys(kept: readonly Kept[]): string[] {
    const { meta, calls, agents, journal } = this.#keys
    return [meta, calls, agents, journal, ...kept.map(({ key }) => key)]
  }

  async describe(): Promise<void> {
    await reach(this.#redis.hset(this.#keys.meta, 'about', JSON.stringify(this.options.about())))
  }

  /** Among the SASs of this Redis, which may have forgotten them. */
  async #beKnown(): Promise<void> {
    await reach(this.#redis.sadd(SAS_INDEX, this.options.sas))
  }

  /** Facts older than the journal would keep are not worth waiting for, nor are more commits than it has facts. */
  #remember(entry: Unconfirmed): void {
    this.#unconfirmed.push(entry)
    this.#unconfirmedFacts += entry.facts.length
    while (this.#unconfirmedFacts > this.#journalLength || this.#unconfirmed.length > this.#journalLength) {
      const oldest = this.#unconfirmed.shift()
      if (!oldest) return
      this.#unconfirmedFacts -= oldest.facts.length
      this.#dropped += oldest.facts.length
    }
  }

  /** A commit is only done after all before it, so its confirmation is theirs too. */
  #confirm(seq: number): void {
    let done = 0
    for (const entry of this.#unconfirmed) {
      if (entry.seq > seq) break
      this.#unconfirmedFacts -= entry.facts.length
      done += 1
    }
    this.#unconfirmed.splice(0, done)
  }

  #forgetUnconfirmed(): void {
    this.#unconfirmed = []
    this.#unconfirmedFacts = 0
  }
}

const records = (changed: ReadonlyMap<string, object | null>): string[] =>
  [...changed].flatMap(([id, record]) => [id, record === null ? '' : JSON.stringify(record)])

/** Whatever goes wrong on the way to Redis is one thing to its users: it cannot be reached. */
const reach = async <T>(asked: Promise<T>): Promise<T> => {
  try {
    return await asked
  } catch (error) {
    throw new StoreUnavailable(error instanceof Error ? error.message : 'Redis cannot be reached', { cause: error })
  }
}
