/**
 * How often a number called before. A number stands here as an HMAC alone, under a random key that each SAS has: whoever has both can still try
 * every number there is, so both are forgotten or hidden with the rest of Redis; what this keeps away is a list of who called.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { CallId } from '../routing/events.js'
import type { Keys } from './keys.js'

/** How far back is counted, and how long after the last call a number is forgotten. */
export const earlierSpanMs = 24 * 3_600_000
/** Calls kept of one number: whoever called as often is not told from who called more. */
export const earlierCallsMax = 200
/** Digits without which a number names nobody in particular: a service, an extension, what an operator shows of a withheld one. */
const digitsMin = 9

/** One spelling for each line; null for what names nobody. */
export const lineOf = (number: string): string | null => {
  const digits = number.replace(/\D/g, '').replace(/^00/, '')
  // France, and what lies overseas, as they are dialled at home.
  const home = /^(?:33|262|590|594|596)0?([1-9]\d{8})$/.exec(digits)
  if (home) return `0${home[1]}`
  return digits.length < digitsMin || /^0*$/.test(digits) ? null : digits
}

export interface CallBook {
  /** Notes a call, once however often it is told, and counts those before it. @throws when Redis does not answer */
  note(call: CallId, line: string, arrivedAt: number): Promise<number>
}

export const callBookIn = (redis: Redis, keys: Keys): CallBook => {
  let secret: Promise<string> | null = null
  const makeSecret = async (): Promise<string> => {
    await redis.set(keys.earlierCallsSecret, randomBytes(32).toString('base64url'), 'NX')
    const kept = await redis.get(keys.earlierCallsSecret)
    if (kept === null) throw new Error('the key of the earlier calls was not kept')
    return kept
  }
  const secretOf = (): Promise<string> => {
    secret ??= makeSecret().catch((error: unknown) => {
      secret = null
      throw error
    })
    return secret
  }
  return {
    note: async (call, line, arrivedAt) => {
      const name = createHmac('sha256', await secretOf()).update(line).digest('base64url').slice(0, 22)
      return Number(await redis.noteCall(keys.earlierCalls(name), call, arrivedAt, earlierSpanMs, earlierCallsMax))
    },
  }
}
