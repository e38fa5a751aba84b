/** The journal as those outside are told of it: where they are, what comes next, and what is known of a call besides. */
import type { Redis } from 'ioredis'
import type { Fact } from '../routing/facts.js'
import type { Call } from '../routing/room.js'
import { readDrm, type DrmRecord } from './drm.js'
import type { Keys } from './keys.js'
import { readEntry, type JournalEntry } from './reader.js'
import { readCall } from './records.js'

export interface TellableJournal {
  /** How far it was followed; null for never. */
  position(): Promise<string | null>
  setPosition(id: string): Promise<void>
  fact(id: string): Promise<Fact | null>
  /** Null when the call is over. */
  call(id: string): Promise<Call | null>
  /** Null when there is none, or it is forgotten. */
  drm(id: string): Promise<DrmRecord | null>
}

export const tellableJournal = (redis: Redis, keys: Keys): TellableJournal => ({
  position: () => redis.get(keys.told),
  setPosition: async (id) => void (await redis.set(keys.told, id)),
  fact: async (id) => {
    const [entry] = await redis.xrange(keys.journal, id, id)
    return entry ? readEntry(entry[1]) : null
  },
  call: async (id) => {
    const json = await redis.hget(keys.calls, id)
    const read = json === null ? null : readCall(id, json)
    return read?.ok ? read.record : null
  },
  drm: async (id) => {
    const json = await redis.get(keys.drm(id))
    return json === null ? null : readDrm(json)
  },
})

/** Entries after one, as soon as there are any; none after `blockMs`. On a connection of its own, which waits. */
export const awaitEntries = async (redis: Redis, keys: Keys, after: string, most: number, blockMs: number): Promise<JournalEntry[]> => {
  const answer = (await redis.xread('COUNT', most, 'BLOCK', blockMs, 'STREAMS', keys.journal, after)) as [string, [string, string[]][]][] | null
  return (answer?.[0]?.[1] ?? []).map(([id, fields]) => ({ id, fact: readEntry(fields) }))
}
