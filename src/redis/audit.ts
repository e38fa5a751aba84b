/** The audit as a stream: trimmed by length, about, and by age. */
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { auditKinds, type AuditMemory, type KeptEntry } from '../auth/audit.js'
import { readJson } from '../read-json.js'

const entrySchema = z.object({
  at: z.number(),
  kind: z.enum(auditKinds),
  account: z.string().nullable(),
  ip: z.string().nullable(),
  detail: z.string().nullable(),
})

const LENGTH_MAX = 100_000
const DAY_MS = 24 * 3_600_000

const read = ([id, fields]: [string, string[]]): KeptEntry[] => {
  const entry = readJson(entrySchema, fields[1] ?? '')
  return entry ? [{ id, ...entry }] : []
}

/** @param days how long entries are kept; @param now milliseconds since the epoch */
export const auditIn = (redis: Redis, key: string, days: number, now: () => number): AuditMemory => ({
  add: async (entries) => {
    const moves = redis.pipeline()
    for (const entry of entries) moves.xadd(key, 'MAXLEN', '~', LENGTH_MAX, '*', 'e', JSON.stringify(entry))
    moves.xtrim(key, 'MINID', '~', now() - days * DAY_MS)
    const failed = (await moves.exec())?.find(([error]) => error !== null)
    if (failed?.[0]) throw failed[0]
  },
  read: async ({ before, count }) => {
    const rows = await redis.xrevrange(key, before === null ? '+' : `(${before}`, '-', 'COUNT', count)
    // By the rows, not by what could be read of them: a newer version may have written some.
    return { entries: rows.flatMap(read), next: rows.length < count ? null : (rows.at(-1)?.[0] ?? null) }
  },
})
