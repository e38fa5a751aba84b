/** The kinds of fault: what each breaks, for how long, and what mends it. */
import { setTimeout as pause } from 'node:timers/promises'
import { monotonicNs } from '../phone/clock.js'
import type { Trouble } from './evidence.js'
import type { Random } from './random.js'
import type { Ground } from './ground.js'

/** One of each makes a run. */
export const usualKinds = [
  'engine-kill',
  'engine-freeze',
  'redis-kill',
  'redis-freeze',
  'redis-flush',
  'ari-cut',
  'ari-silence',
  'asterisk-restart',
  'rolling-term',
] as const
/** Played when asked for. */
export const faultKinds = [...usualKinds, 'engine-gone'] as const
export type FaultKind = (typeof faultKinds)[number]

const goneMs = 12_000
const freezeMs = { engine: 10_000, redis: 30_000 } as const
const redisAwayMs = { min: 500, max: 4_000 } as const

export interface Fault {
  /** About how long the fault lasts, in ms: callers go on arriving as long. */
  readonly lastsMs: number
  /** Causes it. Resolves once it is over. */
  cause(ground: Ground, random: Random): Promise<Trouble>
}

/** Broken in one moment. */
const momentary = (atNs: bigint): Trouble => ({ atNs, overNs: atNs, awaitedFromNs: [atNs], endsCalls: false })
const lasting = (atNs: bigint): Trouble => ({ ...momentary(atNs), overNs: monotonicNs() })

export const faults: Readonly<Record<FaultKind, Fault>> = {
  /** As the kernel kills what takes too much memory. */
  'engine-kill': {
    lastsMs: 1_000,
    cause: async ({ supervisor }) => {
      const { child } = await supervisor.active()
      const atNs = monotonicNs()
      child.kill('SIGKILL')
      return momentary(atNs)
    },
  },
  /** No engine at all for a while: the fallback serves. Engine's offers are awaited from the moment one is started. */
  'engine-gone': {
    lastsMs: goneMs,
    cause: async ({ supervisor }) => {
      await supervisor.active()
      const atNs = monotonicNs()
      const over = pause(goneMs)
      supervisor.killAll(over)
      await over
      const againNs = monotonicNs()
      await supervisor.settled()
      return { ...lasting(atNs), awaitedFromNs: [againNs] }
    },
  },
  /**
   * As a virtual machine that is moved: it wakes up beside its successor and knows of nothing. Alone, nobody can ring a phone
   * before it moves again.
   */
  'engine-freeze': {
    lastsMs: freezeMs.engine,
    cause: async ({ supervisor, engines }) => {
      const { child } = await supervisor.active()
      const atNs = monotonicNs()
      child.kill('SIGSTOP')
      await pause(freezeMs.engine)
      child.kill('SIGCONT')
      const trouble = lasting(atNs)
      return engines > 1 ? trouble : { ...trouble, awaitedFromNs: [trouble.overNs] }
    },
  },
  'redis-kill': {
    lastsMs: redisAwayMs.max,
    cause: async (ground, random) => {
      const atNs = monotonicNs()
      await ground.redis.kill()
      await pause(random.between(redisAwayMs.min, redisAwayMs.max))
      await ground.startRedisAgain()
      return lasting(atNs)
    },
  },
  'redis-freeze': {
    lastsMs: freezeMs.redis,
    cause: async ({ redis }) => {
      const atNs = monotonicNs()
      redis.pause()
      await pause(freezeMs.redis)
      redis.resume()
      return lasting(atNs)
    },
  },
  'redis-flush': {
    lastsMs: 1_000,
    cause: async ({ journal }) => {
      const atNs = monotonicNs()
      await journal.flushAll()
      return momentary(atNs)
    },
  },
  'ari-cut': {
    lastsMs: 1_000,
    cause: async ({ relay }) => {
      const atNs = monotonicNs()
      relay.cut()
      return momentary(atNs)
    },
  },
  /** Nobody is told, neither the engine nor Asterisk; a new connection passes. */
  'ari-silence': {
    lastsMs: 4_000,
    cause: async ({ relay }) => {
      const atNs = monotonicNs()
      relay.forget()
      return momentary(atNs)
    },
  },
  /** Nobody can be rung without a PBX: offers are awaited from the first phone that registers again. */
  'asterisk-restart': {
    lastsMs: 3_000,
    cause: async (ground) => {
      const atNs = monotonicNs()
      await ground.startAsteriskAgain()
      const registeredNs = await ground.staff.registerAgain()
      return { atNs, overNs: monotonicNs(), awaitedFromNs: [registeredNs], endsCalls: true }
    },
  },
  /** As an update does: one engine after the other is asked to stop and replaced. */
  'rolling-term': {
    lastsMs: 4_000,
    cause: async ({ supervisor, engines }) => {
      const awaitedFromNs: bigint[] = []
      for (let turn = 0; turn < engines; turn++) {
        const { child } = await supervisor.active()
        awaitedFromNs.push(monotonicNs())
        child.kill('SIGTERM')
        await child.exited
        await supervisor.settled()
      }
      return { ...lasting(awaitedFromNs[0] as bigint), awaitedFromNs }
    },
  },
}
