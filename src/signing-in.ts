/**
 * Signing in as one engine does it: remembered in Redis, read when the engine takes the room, told when Redis is back; and the phones in
 * the pages of those who are signed in, told to Asterisk.
 */
import type { AriPort } from './ari/port.js'
import { WebPhones } from './ari/web-phones.js'
import { AccessTokens } from './auth/access-token.js'
import { Attempts } from './auth/attempts.js'
import { Audit, type AuditKind } from './auth/audit.js'
import { BrowserPhones, type BrowserPhoneSettings, type SipCredentials } from './auth/browser-phones.js'
import { sessionKeys } from './auth/keys.js'
import { Oidc } from './auth/oidc.js'
import { Sessions } from './auth/sessions.js'
import { SignIn } from './auth/sign-in.js'
import type { OidcSettings } from './config/environment.js'
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
  /** To Asterisk; somebody else starts and stops it. */
  readonly port: AriPort
  readonly webPhones: BrowserPhoneSettings
  /** Null without an identity provider. */
  readonly oidc: OidcSettings | null
  /** The file as it is now. */
  readonly config: () => SasConfig
  readonly now: () => number
  readonly log: Logger
  readonly onAudit: (kind: AuditKind) => void
  /** A browser has its password, and registers next. */
  readonly onPhoneTaken: () => void
}

/** A renewal does not keep a page waiting for a silent Redis longer than this. */
const commandTimeoutMs = 500
const sweepMs = 15_000
/** Between two tries to read who is signed in. */
const againMs = 250

export class SigningIn {
  readonly signIn: SignIn
  readonly oidc: Oidc | null
  readonly sessions: Sessions
  readonly #redis: ReturnType<typeof createClient>
  readonly #audit: Audit
  readonly #log: Logger
  readonly #onPhoneTaken: () => void
  readonly #phones: BrowserPhones
  readonly #webPhones: WebPhones
  readonly #end = new AbortController()
  readonly #sweeper: NodeJS.Timeout
  #loading: Promise<void> = Promise.resolve()

  constructor({ redisUrl, secret, port, webPhones, oidc, config, now, log, onAudit, onPhoneTaken }: SigningInOptions) {
    const { sas, retention } = config()
    const names = keysOf(sas.id)
    this.#log = log
    this.#onPhoneTaken = onPhoneTaken
    const keys = sessionKeys(secret, sas.id)
    this.#redis = createClient({ url: redisUrl, commandTimeoutMs, name: `decroche-${sas.id}-sign-in`, reconnect: true })
    this.sessions = new Sessions(sessionsIn(this.#redis, names.sessions), keys['refresh-token'], now)
    this.#audit = new Audit(auditIn(this.#redis, names.audit, retention.auditDays, now), now, onAudit)
    this.signIn = new SignIn({
      config,
      accounts: accountsIn(this.#redis, names.accounts),
      sessions: this.sessions,
      tokens: new AccessTokens(keys['access-token'], sas.id, now),
      attempts: new Attempts(now),
      audit: this.#audit,
    })
    this.oidc = oidc && new Oidc(oidc, keys['oidc-state'], now)
    this.#phones = new BrowserPhones(this.sessions, config, keys['sip-password'], webPhones)
    const onRefused = (endpoint: string, error: Error): void => log.error({ endpoint, error }, 'Asterisk keeps an older password of a browser: write its configuration again')
    this.#webPhones = new WebPhones(port, (endpoint) => this.#phones.passwordOf(endpoint), onRefused)
    port.on('up', () => void this.tellPhones())
    this.sessions.on('ended', ({ account, phoneSince }) => {
      const endpoint = phoneSince === null ? null : this.#phones.endpointOf(account)
      if (endpoint !== null) void this.#webPhones.insist(endpoint)
    })
    this.sessions.on('ended', ({ account }, why) => why !== 'signed-out' && this.#audit.note('session-ended', { account, detail: why }))
    this.#redis.on('error', (error: Error) => log.warn({ error }, 'redis'))
    this.#redis.on('ready', () => {
      void this.sessions.catchUp()
      void this.#audit.write()
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

  /** Asterisk may have forgotten, or never have known, whose browser is a phone. */
  async tellPhones(): Promise<void> {
    await this.#loading
    if (this.sessions.isRead) await this.#webPhones.tellAll(this.#phones.endpoints())
  }

  /** For the audit, of what is refused elsewhere than at the sign-in. */
  note(kind: AuditKind, entry: Parameters<Audit['note']>[1]): void {
    this.#audit.note(kind, entry)
  }

  /** The phone of a session from now on; null for one without. @throws AriError when Asterisk cannot be told */
  async issueSip(session: string): Promise<SipCredentials | null> {
    const taken = this.#phones.take(session)
    if (taken === null) return null
    await this.#webPhones.tell(taken.endpoint)
    this.#onPhoneTaken()
    return taken.credentials
  }

  async stop(): Promise<void> {
    this.#end.abort()
    this.#webPhones.stop()
    clearInterval(this.#sweeper)
    await this.#audit.write()
    this.#redis.disconnect()
  }

  async #load(): Promise<void> {
    while (!this.#end.signal.aborted) {
      try {
        await this.sessions.load()
        this.sessions.sweep()
        return
      } catch (error) {
        this.#log.warn({ error }, 'not read yet who is signed in')
        await pause(againMs, this.#end.signal)
      }
    }
  }
}
