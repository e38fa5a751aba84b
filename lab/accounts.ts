/** Accounts of a switchboard that lives for a while: made by chance, told to whoever started it, kept nowhere else. */
import { randomBytes } from 'node:crypto'
import { hashPassword } from '../src/auth/password.js'
import type { SasConfig } from '../src/config/schema.js'
import { accountsIn } from '../src/redis/accounts.js'
import { createClient } from '../src/redis/client.js'
import { keysOf } from '../src/redis/keys.js'

/** 96 random bits cannot be guessed, however quickly they are hashed. */
const quick = { ln: 12, r: 8, p: 1 }

/** Gives everybody of the file a password. @returns them by id */
export async function openAccounts(redisUrl: string, { sas, people, accounts }: SasConfig): Promise<ReadonlyMap<string, string>> {
  const redis = createClient({ url: redisUrl, commandTimeoutMs: 2_000, name: 'decroche-lab-accounts', reconnect: false })
  try {
    await redis.connect()
    const kept = accountsIn(redis, keysOf(sas.id).accounts)
    const passwords = new Map([...people, ...accounts].map(({ id }) => [id, randomBytes(12).toString('base64url')]))
    for (const [id, password] of passwords) await kept.set(id, { hash: await hashPassword(password, quick), setAt: Date.now() })
    return passwords
  } finally {
    redis.disconnect()
  }
}
