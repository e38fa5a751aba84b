/** Signing in as one engine does it: what is remembered in Redis, read when the engine takes the room, told when Redis is back. */
import { AccessTokens } from './auth/access-token.js'
import { Attempts } from './auth/attempts.js'
import { Audit, type AuditKind } from './auth/audit.js'
import { sessionKeys } from './auth/keys.js'
import { Sessions } from './auth/sessions.js'
import { SignIn } from './auth/sign-in.js'
import type { SasConfig } from './config/schema.js'
import type { Logger } from './log.js'
import { pause } from './pause.js'
import { accountsIn } from './redis/accounts.js'
import { auditIn } from './redis/audit.js'
import { createClient } from './redis/client.js'
import { keysOf } from './redis/keys.js'
import { sessionsIn } from './redis/sessions.js'

export interface SigningInOptions {
  readonly redisUrl: string
  readonly secret: string
  /** The file as it is now. */
  readonly config: () => SasConfig
  readonly now: () => number
  readonly log: Logger
  readonly onAudit: (kind: AuditKind) => void
}

/** A renewal does not keep a page waiting for a silent Redis longer than this. */
const commandTimeoutMs = 500
const sweepMs = 15_000
/** Between two tries to read who is signed in. */
const againMs = 250

export class SigningIn {
  readonly signIn: SignIn
  readonly sessions: Sessions
  readonly audit: Audit
  readonly keys: ReturnType<typeof sessionKeys>
  readonly #redis: ReturnType<typeof createClient>
  readonly #options: SigningInOptions
  readonly #end = new AbortController()
  readonly #sweeper: NodeJS.Timeout
  #loading: Promise<void> = Promise.resolve()

  constructor(options: SigningInOptions) {
    const { redisUrl, secret, config, now, log, onAudit } = options
    const { sas, retention } = config()
    const names = keysOf(sas.id)
    this.#options = options
    this.keys = sessionKeys(secret, sas.id)
    this.#redis = createClient({ url: redisUrl, commandTimeoutMs, name: `decroche-${sas.id}-sign-in`, reconnect: true })
    this.sessions = new Sessions(sessionsIn(this.#redis, names.sessions), this.keys['refresh-token'], now)
    this.audit = new Audit(auditIn(this.#redis, names.audit, retention.auditDays, now), now, onAudit)
    this.signIn = new SignIn({
      config,
      accounts: accountsIn(this.#redis, names.accounts),
      sessions: this.sessions,
      tokens: new AccessTokens(this.keys['access-token'], sas.id, now),
      attempts: new Attempts(now),
      audit: this.audit,
    })
    this.sessions.on('ended', ({ account }, why) => why !== 'signed-out' && this.audit.note('session-ended', { account, detail: why }))
    this.#redis.on('error', (error: Error) => log.warn({ error }, 'redis'))
    this.#redis.on('ready', () => {
      void this.sessions.catchUp()
      void this.audit.write()
    })
    this.#redis.connect().catch(() => {
      // Told as an error; it goes on trying.
    })
    this.#sweeper = setInterval(() => this.sessions.sweep(), sweepMs)
    this.#sweeper.unref()
  }

  /** Who is signed in, as the engine before left it: wanted when this one takes the room. Goes on until Redis answers. */
  load(): Promise<void> {
    this.#loading = this.#load()
    return this.#loading
  }

  /** Resolves when the latest `load` is done. */
  get loaded(): Promise<void> {
    return this.#loading
  }

  async stop(): Promise<void> {
    this.#end.abort()
    clearInterval(this.#sweeper)
    await this.audit.write()
    this.#redis.disconnect()
  }

  async #load(): Promise<void> {
    while (!this.#end.signal.aborted) {
      try {
        await this.sessions.load()
        this.sessions.sweep()
        return
      } catch (error) {
        this.#options.log.warn({ error }, 'not read yet who is signed in')
        await pause(againMs, this.#end.signal)
      }
    }
  }
}
