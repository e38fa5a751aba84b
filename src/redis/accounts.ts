/** Local accounts: their passwords' hashes, and when those were set. */
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { AccountMemory, AccountRecord } from '../auth/sign-in.js'

const recordSchema = z.object({ hash: z.string(), setAt: z.number() })

/** Each rejects when Redis does not answer. */
export interface Accounts extends AccountMemory {
  set(id: string, record: AccountRecord): Promise<void>
  /** @returns whether there was one */
  remove(id: string): Promise<boolean>
  list(): Promise<{ readonly id: string; readonly setAt: number }[]>
}

const read = (json: string): AccountRecord => recordSchema.parse(JSON.parse(json))

export const accountsIn = (redis: Redis, key: string): Accounts => ({
  get: async (id) => {
    const json = await redis.hget(key, id)
    return json === null ? null : read(json)
  },
  set: async (id, record) => void (await redis.hset(key, id, JSON.stringify(record))),
  remove: async (id) => (await redis.hdel(key, id)) > 0,
  list: async () =>
    Object.entries(await redis.hgetall(key))
      .map(([id, json]) => ({ id, setAt: read(json).setAt }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
})
