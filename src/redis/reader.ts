/** Reading a room from Redis: shared by the engine that loads it and by those who only look. */
import type { Redis } from 'ioredis'
import type { AgentId, CallId } from '../routing/events.js'
import type { Fact } from '../routing/facts.js'
import type { Agent, Call } from '../routing/room.js'
import type { Override } from '../routing/rules.js'
import { readAbout, type About } from './about.js'
import type { Keys } from './keys.js'
import { readAgent, readCall, readFact, readOverrides, type Read } from './records.js'

/** A record that could not be read: where it stood and why. `json` may hold personal data. */
export interface CorruptRecord {
  readonly kind: 'calls' | 'agents'
  readonly id: string
  readonly why: string
  readonly json: string
}

export interface StoredRoom {
  readonly calls: Map<CallId, Call>
  readonly agents: Map<AgentId, Agent>
  /** How far the fallback's record was read; null for not at all. */
  readonly fallbackMark: string | null
  /** What supervisors set aside for a while; none when they cannot be read. */
  readonly overrides: readonly Override[]
  /** Calls that ended lately. Whoever ended them may have died before their callers were hung up. */
  readonly over: readonly CallId[]
  /** Id of the newest entry of the journal; `0-0` when it is empty. */
  readonly lastJournalId: string
  readonly corrupt: readonly CorruptRecord[]
}

/** Entries of the journal in which the calls that ended lately are looked for: seconds of the busiest room. */
const lately = 1_000

const endedIn = (entries: readonly (readonly [string, readonly string[]])[]): CallId[] =>
  entries.flatMap(([, fields]) => {
    const fact = readEntry(fields)
    return fact?.type === 'ended' && fact.why !== 'no-news-of-fallback' ? fact.call : []
  })

export const readRoom = async (redis: Redis, keys: Keys): Promise<StoredRoom> => {
  const [calls, agents, [mark, overrides], last] = await Promise.all([
    redis.hgetall(keys.calls),
    redis.hgetall(keys.agents),
    redis.hmget(keys.meta, 'fallback', 'overrides'),
    redis.xrevrange(keys.journal, '+', '-', 'COUNT', lately),
  ])
  const corrupt: CorruptRecord[] = []
  return {
    calls: sort('calls', calls, readCall, corrupt),
    agents: sort('agents', agents, readAgent, corrupt),
    fallbackMark: mark || null,
    overrides: readOverrides(overrides ?? null),
    over: endedIn(last),
    lastJournalId: last[0]?.[0] ?? '0-0',
    corrupt,
  }
}

const sort = <T>(
  kind: CorruptRecord['kind'],
  stored: Readonly<Record<string, string>>,
  read: (id: string, json: string) => Read<T>,
  corrupt: CorruptRecord[],
): Map<string, T> => {
  const records = new Map<string, T>()
  for (const [id, json] of Object.entries(stored)) {
    const result = read(id, json)
    if (result.ok) records.set(id, result.record)
    else corrupt.push({ kind, id, why: result.why, json })
  }
  return records
}

export const readEntry = (fields: readonly string[]): Fact | null => (fields[0] === 'f' && fields[1] !== undefined ? readFact(fields[1]) : null)

export interface JournalEntry {
  readonly id: string
  /** Null when the entry is no fact that this version knows. */
  readonly fact: Fact | null
}

export interface JournalRange {
  /** Entries after this one; from the oldest kept when absent. */
  readonly after?: string
  /** Last entry wanted; to the end when absent. */
  readonly upTo?: string
  /** Entries fetched at a time. */
  readonly page?: number
}

/** The journal in order, oldest first, to `upTo` or to its end as it is when reached. */
export async function* readJournal(redis: Redis, keys: Keys, range: JournalRange = {}): AsyncGenerator<JournalEntry> {
  const page = range.page ?? 1_000
  let after = range.after ?? '0-0'
  for (;;) {
    const entries = await redis.xrange(keys.journal, `(${after}`, range.upTo ?? '+', 'COUNT', page)
    for (const [id, fields] of entries) {
      after = id
      yield { id, fact: readEntry(fields) }
    }
    if (entries.length < page) return
  }
}

export interface Holder {
  readonly owner: string | null
  /** Milliseconds left of the lease; 0 when nobody holds the room. */
  readonly leftMs: number
  readonly epoch: number | null
  readonly about: About | null
}

/** Who has the room, and what it is called. */
export const readHolder = async (redis: Redis, keys: Keys): Promise<Holder> => {
  const [owner, left, meta] = await Promise.all([
    redis.get(keys.lease),
    redis.pttl(keys.lease),
    redis.hmget(keys.meta, 'epoch', 'about'),
  ])
  const epoch = meta[0] === null || meta[0] === undefined ? null : Number(meta[0])
  return { owner, leftMs: Math.max(0, left), epoch, about: readAbout(meta[1]) }
}
