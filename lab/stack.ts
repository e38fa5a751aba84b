/**
 * A whole switchboard on this machine: real Asterisk, real Redis, real engine processes. For the demo, the tests and the
 * benchmarks; each stack has its own ports and directories, so several live side by side.
 */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../src/config/load.js'
import type { SasConfig } from '../src/config/schema.js'
import { ApiClient } from './api-client.js'
import { type AsteriskOptions, startAsterisk } from './asterisk.js'
import { fetchTrusting, type Certificate } from './certificates.js'
import type { PbxReach } from './external.js'
import { projectRoot } from './paths.js'
import { freePort } from './ports.js'
import { type Child, type Place, startChild } from './process.js'
import { type Redis, startRedis } from './redis.js'
import { scratchDirectory } from './scratch.js'

export interface StackOptions {
  /** YAML of the SAS; the sample by default. */
  readonly configFile?: string
  /** How the engine talks to Asterisk. */
  readonly transport?: 'ws' | 'http'
  readonly asterisk?: Partial<AsteriskOptions>
  /** The engine's HTTP by TLS. */
  readonly tls?: { readonly certificate: Certificate; readonly ca: string } | undefined
  readonly redis?: Parameters<typeof startRedis>[0]
  /** A host of its own, where all of it lives; this machine's loopback without. */
  readonly place?: Place
  /** Variables for the engine besides those that the stack sets. */
  readonly environment?: Readonly<Record<string, string>>
  /** Servers that answer already, used instead of our own and left running. */
  readonly redisUrl?: string | null
  readonly pbx?: PbxReach | null
  readonly onProgress?: (what: string) => void
  /** Each line of an engine's log. */
  readonly onLog?: (line: string) => void
  /** Ends the start before its next server. */
  readonly signal?: AbortSignal
}

/** One engine process. */
export interface EngineProcess {
  readonly child: Child
  readonly url: string
  readonly api: ApiClient
  /** Resolves once it is active: it holds the lease and knows what Asterisk has. */
  readonly active: Promise<void>
}

export class Stack {
  readonly engines: EngineProcess[] = []
  /** From which tokens of those who sign in are made; of this stack, so that another engine knows them. */
  readonly #sessionSecret = randomBytes(24).toString('base64url')
  /** Made for this stack. */
  readonly #directories: string[] = []

  private constructor(
    readonly config: SasConfig,
    readonly asterisk: PbxReach,
    readonly redis: Redis | null,
    readonly redisUrl: string,
    readonly token: string,
    private readonly options: StackOptions,
    private readonly configFile: string,
  ) {}

  /** Asterisk, Redis and no engine yet. @throws ConfigError, or Error with the reason when one of them does not start. */
  static async start(options: StackOptions = {}): Promise<Stack> {
    const configFile = options.configFile ?? join(projectRoot(), 'config', 'sample.yaml')
    const config = loadConfig(configFile)
    options.onProgress?.(options.redisUrl ? 'Redis (déjà là)' : 'Redis')
    const redis = options.redisUrl ? null : await startRedis({ aof: 'everysec', place: options.place, ...options.redis })
    try {
      options.signal?.throwIfAborted()
      options.onProgress?.(options.pbx ? 'Asterisk (déjà là)' : 'Asterisk')
      const asterisk: PbxReach = options.pbx ?? (await startAsterisk({ config, place: options.place, ...options.asterisk }))
      const redisUrl = options.redisUrl ?? (redis as Redis).url
      const stack = new Stack(config, asterisk, redis, redisUrl, randomBytes(24).toString('base64url'), options, configFile)
      for (const server of [asterisk, redis]) if (server?.dir) stack.#directories.push(server.dir)
      return stack
    } catch (error) {
      await redis?.stop()
      throw error
    }
  }

  /** Starts one more engine process: the first becomes active, another stands by. @param environment of this one alone */
  async startEngine(environment: Readonly<Record<string, string>> = {}): Promise<EngineProcess> {
    const port = await freePort()
    const cwd = scratchDirectory('engine')
    this.#directories.push(cwd)
    const child = await startChild({
      command: process.execPath,
      args: [join(projectRoot(), 'dist', 'src', 'cli.js'), 'serve'],
      env: { ...process.env, ...this.engineEnvironment(port), ...environment },
      cwd,
      place: this.options.place,
      ...(this.options.onLog && { onLine: this.options.onLog }),
    })
    const { tls } = this.options
    const url = `${tls ? 'https' : 'http'}://${this.#host}:${port}`
    const active = child.waitForOutput(/"msg":"active"/, 60_000).then(() => undefined)
    active.catch(() => undefined)
    await child.waitForOutput(/"msg":"listening"/, 60_000)
    const engine = { child, url, api: new ApiClient(url, this.token, tls && fetchTrusting(tls.ca)), active }
    this.engines.push(engine)
    return engine
  }

  get #host(): string {
    return this.options.place?.address ?? '127.0.0.1'
  }

  /** The environment that reaches this stack, for an engine or for `decroche status`. */
  engineEnvironment(httpPort: number): Record<string, string> {
    return {
      DECROCHE_CONFIG: this.configFile,
      DECROCHE_REDIS_URL: this.redisUrl,
      DECROCHE_ARI_URL: this.asterisk.ariUrl,
      DECROCHE_ARI_USER: this.asterisk.user,
      DECROCHE_ARI_PASSWORD: this.asterisk.password,
      DECROCHE_ARI_TRANSPORT: this.options.transport ?? 'ws',
      DECROCHE_ARI_APP: this.asterisk.app,
      DECROCHE_HTTP_HOST: this.#host,
      DECROCHE_HTTP_PORT: String(httpPort),
      DECROCHE_API_TOKEN: this.token,
      DECROCHE_SESSION_SECRET: this.#sessionSecret,
      DECROCHE_SIP_SECRET: this.asterisk.sipSecret,
      DECROCHE_LOG_LEVEL: 'info',
      // Of a host that is no loopback, a browser takes a cookie without TLS only when this says so.
      ...(this.options.place && !this.options.tls && { DECROCHE_PUBLIC_URL: `http://${this.#host}:${httpPort}` }),
      ...(this.asterisk.fallbackRecord !== null && { DECROCHE_FALLBACK_RECORD: this.asterisk.fallbackRecord }),
      ...(this.asterisk.recordings !== null && { DECROCHE_RECORDINGS_DIR: this.asterisk.recordings }),
      ...(this.asterisk.console !== null && { DECROCHE_ASTERISK_CONSOLE: this.asterisk.console }),
      ...(this.options.tls && { DECROCHE_TLS_CERT: this.options.tls.certificate.certificate, DECROCHE_TLS_KEY: this.options.tls.certificate.key }),
      ...this.options.environment,
    }
  }

  /** Ends everything, engines first. Nothing is left running. */
  async stop(): Promise<void> {
    await Promise.all(this.engines.map((engine) => engine.child.stop('SIGTERM')))
    await this.asterisk.stop()
    await this.redis?.stop()
  }

  /** After `stop`: removes its logs and data, which nobody is going to read. */
  discard(): void {
    for (const directory of this.#directories) rmSync(directory, { recursive: true, force: true })
  }
}
