/** A Redis of one's own: its directory, its port, nothing shared. */
import { freePort } from './ports.js'
import { type Child, type Exit, type Place, startChild } from './process.js'
import { scratchDirectory } from './scratch.js'

export interface RedisOptions {
  /** Keeps the data between starts; a fresh directory without it. */
  dir?: string
  /** Append-only file: `everysec` as in production, `always` for no loss at all, `no` for a throw-away store. */
  aof?: 'everysec' | 'always' | 'no'
  /** Needed to come back at the same address after a stop. */
  port?: number
  /** Loopback of this machine without. */
  place?: Place | undefined
}

export interface Redis {
  readonly url: string
  readonly port: number
  readonly dir: string
  readonly pid: number
  readonly exited: Promise<Exit>
  /** Orderly: Redis saves what it must. */
  stop(): Promise<void>
  /** As a power cut would (SIGKILL). */
  kill(): Promise<void>
  /** Silent but connected (SIGSTOP), until `resume`. */
  pause(): void
  resume(): void
}

const startLimitMs = 15_000

/** Resolves once it accepts connections. @throws Error with Redis's own words when it does not start. */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const dir = options.dir ?? scratchDirectory('redis')
  const port = options.port ?? (await freePort())
  const aof = options.aof ?? 'no'
  const address = options.place?.address ?? '127.0.0.1'
  const settings: Record<string, string> = {
    bind: address,
    // It answers that address alone, and who is there is on this machine.
    'protected-mode': 'no',
    port: String(port),
    dir,
    save: '',
    appendonly: aof === 'no' ? 'no' : 'yes',
    ...(aof === 'no' ? {} : { appendfsync: aof }),
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const child = await startChild({ command: 'redis-server', args, place: options.place })
  try {
    await child.waitForOutput(/Ready to accept connections/, startLimitMs)
  } catch (error) {
    await child.stop('SIGKILL')
    throw error
  }
  return handle(child, dir, address, port)
}

function handle(child: Child, dir: string, address: string, port: number): Redis {
  return {
    url: `redis://${address}:${port}`,
    port,
    dir,
    pid: child.pid,
    exited: child.exited,
    stop: async () => void (await child.stop('SIGTERM')),
    kill: async () => void (await child.stop('SIGKILL')),
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
}
