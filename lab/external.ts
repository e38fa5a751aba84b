/** Servers that the environment names are used when they answer and are recent enough; else the lab starts its own. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Asterisk } from './asterisk.js'
import { projectRoot } from './paths.js'

/** What a stack needs of an Asterisk, its own or not. */
export type PbxReach = Pick<Asterisk, 'ariUrl' | 'user' | 'password' | 'app' | 'sip' | 'sipSecret' | 'stop'> & {
  /** What the fallback did, a file; null when it cannot be read from here. */
  readonly fallbackRecord: string | null
  /** Recorded conversations, a directory; null when it cannot be read from here. */
  readonly recordings: string | null
  /** Its console; null when it cannot be reached from here. */
  readonly console: string | null
  /** Of one that we started. */
  readonly dir?: string
}

const run = promisify(execFile)

/** The Redis of `DECROCHE_REDIS_URL`, if it answers. */
export async function answeringRedis(): Promise<string | null> {
  const url = process.env.DECROCHE_REDIS_URL
  return url && (await answers('redis')) ? url : null
}

/**
 * The Asterisk of `DECROCHE_ARI_URL`, if it answers. It must carry the configuration that `decroche asterisk` writes for
 * the same SAS. `DECROCHE_SIP` is its `host:port`, `DECROCHE_FALLBACK_RECORD` what its fallback did.
 * @throws Error when it answers, but the secret of its phones is not given
 */
export async function answeringAsterisk(): Promise<PbxReach | null> {
  const env = process.env
  const url = env.DECROCHE_ARI_URL
  if (!url || !(await answers('asterisk'))) return null
  if (!env.DECROCHE_SIP_SECRET) throw new Error(`DECROCHE_SIP_SECRET is missing: phones register at ${url} with passwords derived from it.`)
  return {
    ariUrl: url,
    user: env.DECROCHE_ARI_USER ?? '',
    password: env.DECROCHE_ARI_PASSWORD ?? '',
    app: env.DECROCHE_ARI_APP || 'decroche',
    sip: env.DECROCHE_SIP || `${new URL(url).hostname}:5060`,
    sipSecret: env.DECROCHE_SIP_SECRET,
    fallbackRecord: env.DECROCHE_FALLBACK_RECORD || null,
    recordings: env.DECROCHE_RECORDINGS_DIR || null,
    console: env.DECROCHE_ASTERISK_CONSOLE || null,
    stop: async () => {},
  }
}

async function answers(what: 'asterisk' | 'redis'): Promise<boolean> {
  try {
    await run(process.execPath, [join(projectRoot(), 'scripts', 'probe.mjs'), what])
    return true
  } catch {
    return false
  }
}
