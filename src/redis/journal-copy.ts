/** The journal as it is copied: entry by entry as it was written, whatever this version knows of it. */
import type { Redis } from 'ioredis'
import { createJobsClient } from './client.js'
import { keysOf, type Keys } from './keys.js'

/** As much of the journal as follows an entry, byte for byte, and what tells whether something is missing before it. Of one moment. */
export interface JournalPart {
  readonly entries: readonly RawEntry[]
  /** The last entry kept that is not later than that one: itself, if it is still there. Null when there is none. */
  readonly anchor: string | null
  /** Entries kept. */
  readonly length: number
  /** Entries ever written, as Redis counts them. */
  readonly added: number
}

export interface RawEntry {
  readonly id: string
  /** The fact as it was written; of an entry that is none, its fields. One line of JSON. */
  readonly json: string
}

/** @param after an entry's id; null for the beginning */
export const readPart = async (redis: Redis, keys: Keys, after: string | null, most: number): Promise<JournalPart> => {
  const from = after ?? '0-0'
  const answers = await redis.multi().xrevrange(keys.journal, from, '-', 'COUNT', 1).xrange(keys.journal, `(${from}`, '+', 'COUNT', most).xinfo('STREAM', keys.journal).exec()
  const [anchors, entries, info] = (answers ?? []).map(([error, answer]) => {
    // Before its first entry there is no journal to be asked about.
    if (error && !error.message.includes('no such key')) throw error
    return error ? [] : answer
  }) as [[string, string[]][], [string, string[]][], unknown[]]
  const number = (name: string): number => Number(info[info.indexOf(name) + 1] ?? 0)
  const known = info.length > 0
  return {
    entries: entries.map(([id, fields]) => ({ id, json: jsonIn(fields) })),
    anchor: anchors[0]?.[0] ?? null,
    length: known ? number('length') : 0,
    added: known ? number('entries-added') : 0,
  }
}

const jsonIn = (fields: readonly string[]): string => {
  const text = fields.length === 2 && fields[0] === 'f' ? fields[1] : undefined
  try {
    if (text !== undefined && !text.includes('\n') && JSON.parse(text) !== undefined) return text
  } catch {
    // Kept as it is, below.
  }
  return JSON.stringify(fields)
}

/** Returns once there is an entry after that one, or after `blockMs`. On a connection of its own, which waits. */
export const awaitEntryAfter = async (redis: Redis, keys: Keys, after: string | null, blockMs: number): Promise<void> => {
  await redis.xread('COUNT', 1, 'BLOCK', blockMs, 'STREAMS', keys.journal, after ?? '0-0')
}

export interface JournalCopy {
  after(id: string | null, most: number): Promise<JournalPart>
  wait(id: string | null): Promise<void>
  close(): void
}

const blockMs = 5_000

/** On a connection of its own, which is made again by itself; what is asked while it is away is rejected. */
export const openJournalCopy = (url: string, sas: string): JournalCopy => {
  const redis = createJobsClient(url, `decroche-${sas}-archive`, false)
  // What goes wrong is told by the command that fails.
  redis.on('error', () => {})
  const connected = redis.connect().catch(() => undefined)
  const keys = keysOf(sas)
  return {
    after: async (id, most) => {
      await connected
      return readPart(redis, keys, id, most)
    },
    wait: (id) => awaitEntryAfter(redis, keys, id, blockMs),
    close: () => redis.disconnect(),
  }
}
