/** The moves Redis makes for us, and what their answers mean. Codes are translated here and nowhere else. */
import type { Redis, Result } from 'ioredis'
import type { Renewed } from '../store.js'
import { acquireLease } from './acquireLease-2.js'
import { commit } from './commit-4.js'
import { releaseLease } from './releaseLease-2.js'
import { renewLease } from './renewLease-2.js'
import { replaceAll } from './replaceAll-4.js'
import { noteCall } from './note-call-1.js'

type Argument = string | number
/** A list is sent as its members. Never spread a list into the call: one of 60,000 is more than the stack takes. */
type Arguments = readonly (Argument | readonly Argument[])[]

declare module 'ioredis' {
  interface RedisCommander<Context> {
    acquireLease(lease: string, meta: string, ...args: Argument[]): Result<unknown, Context>
    renewLease(lease: string, meta: string, ...args: Argument[]): Result<unknown, Context>
    releaseLease(lease: string, meta: string, ...args: Argument[]): Result<unknown, Context>
    noteCall(calls: string, ...args: Argument[]): Result<unknown, Context>
    /** The number of keys comes first: four, and one for each DRM. */
    commitRoom(keys: number, ...args: Arguments): Result<unknown, Context>
    replaceRoom(keys: number, ...args: Arguments): Result<unknown, Context>
  }
}

export const defineScripts = (redis: Redis): void => {
  redis.defineCommand('acquireLease', { lua: acquireLease, numberOfKeys: 2 })
  redis.defineCommand('renewLease', { lua: renewLease, numberOfKeys: 2 })
  redis.defineCommand('releaseLease', { lua: releaseLease, numberOfKeys: 2 })
  redis.defineCommand('noteCall', { lua: noteCall, numberOfKeys: 1 })
  redis.defineCommand('commitRoom', { lua: commit })
  redis.defineCommand('replaceRoom', { lua: replaceAll })
}

/**
 * `fenced`: the room has another owner; stop at once.
 * `behind`: memory misses something (an earlier commit was lost, or Redis forgot the room); write the whole room.
 * `overtaken`: a whole room written since holds this change already.
 */
export type CommitOutcome = 'ok' | 'fenced' | 'behind' | 'overtaken'

const OUTCOMES: ReadonlyMap<unknown, CommitOutcome> = new Map([
  [1, 'ok'],
  [0, 'fenced'],
  [-1, 'behind'],
  [-2, 'overtaken'],
])

export const commitOutcome = (code: unknown): CommitOutcome => meaning(OUTCOMES, code)

const LEASE_OUTCOMES: ReadonlyMap<unknown, Renewed> = new Map([
  [1, 'kept'],
  [2, 'forgotten'],
  [0, 'lost'],
])

export const leaseOutcome = (code: unknown): Renewed => meaning(LEASE_OUTCOMES, code)

function meaning<T>(of: ReadonlyMap<unknown, T>, code: unknown): T {
  const found = of.get(code)
  if (found === undefined) throw new Error(`a script gave an answer that means nothing: ${JSON.stringify(code)}`)
  return found
}
