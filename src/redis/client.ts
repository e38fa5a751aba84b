/** How every connection to Redis is made: nothing waits for ever, nothing is sent twice. */
import { Redis } from 'ioredis'
import { defineScripts } from './scripts/index.js'

export interface ClientOptions {
  readonly url: string
  /** A command without an answer for this long is given up. */
  readonly commandTimeoutMs: number
  /** For `CLIENT LIST`. */
  readonly name: string
  /** False for a reader that gives up at once. */
  readonly reconnect: boolean
}

const RECONNECT_MS_MIN = 50
/** Longest pause between two tries to reach a Redis that is away. */
export const RECONNECT_MS_MAX = 1_000

export const createClient = ({ url, commandTimeoutMs, name, reconnect }: ClientOptions): Redis => {
  const redis = new Redis(url, {
    connectionName: name,
    lazyConnect: true,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    // A server that does not even close its side is left alone soon.
    disconnectTimeout: 100,
    // A socket that answers nothing while something is asked is dead, whatever TCP thinks.
    socketTimeout: commandTimeoutMs + 1_000,
    // What was asked before the connection broke may have been done: asking again is the caller's decision.
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    retryStrategy: reconnect ? reconnectDelayMs : () => null,
  })
  defineScripts(redis)
  return redis
}

/** Longer than any command of a job blocks. */
const JOBS_SILENCE_MS_MAX = 30_000

/**
 * For jobs, whose commands may block: a dead socket is noticed late. @param queues whether commands wait while Redis is away; rejected otherwise
 */
export const createJobsClient = (url: string, name: string, queues: boolean): Redis => {
  const redis = new Redis(url, { connectionName: name, lazyConnect: true, maxRetriesPerRequest: null, enableOfflineQueue: queues, socketTimeout: JOBS_SILENCE_MS_MAX, retryStrategy: reconnectDelayMs })
  // One for each duplicate that a blocking worker makes, and for each of its listeners.
  redis.setMaxListeners(50)
  return redis
}

/** Pause before the next try; `attempt` counts from 1. */
export const reconnectDelayMs = (attempt: number): number => {
  const ceiling = Math.min(RECONNECT_MS_MAX, RECONNECT_MS_MIN * 2 ** Math.min(attempt - 1, 10))
  return ceiling / 2 + (Math.random() * ceiling) / 2
}
