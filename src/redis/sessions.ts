/** Sessions as Redis remembers them, for the next engine. A record that cannot be read is nobody's session. */
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { SessionMemory } from '../auth/sessions.js'
import { readJson } from '../read-json.js'

const sessionSchema = z.object({
  id: z.string(),
  account: z.string(),
  means: z.enum(['password', 'oidc']),
  startedAt: z.number(),
  renewedAt: z.number(),
  token: z.string(),
  previous: z.string().nullable(),
  rotatedAt: z.number(),
  phoneSince: z.number().nullable(),
})

export const sessionsIn = (redis: Redis, key: string): SessionMemory => ({
  all: async () => (await redis.hvals(key)).flatMap((json) => readJson(sessionSchema, json) ?? []),
  put: async (session) => void (await redis.hset(key, session.id, JSON.stringify(session))),
  remove: async (id) => void (await redis.hdel(key, id)),
})
