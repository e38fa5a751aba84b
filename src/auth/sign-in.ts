/** Signing in, staying so, and signing out. */
import type { SasConfig } from '../config/schema.js'
import type { AccessTokens } from './access-token.js'
import type { Attempts } from './attempts.js'
import type { Audit, RefusalKind } from './audit.js'
import { PasswordsBusy, passwordMatches } from './password.js'
import { principalOf, type Principal } from './principal.js'
import { endOf, type Means, type Session, type Sessions } from './sessions.js'

export interface AccountRecord {
  readonly hash: string
  /** Milliseconds since the epoch. */
  readonly setAt: number
}

/** Where local accounts are kept. Each rejects when that is not possible now. */
export interface AccountMemory {
  get(id: string): Promise<AccountRecord | null>
}

/** What the page and its cookie get. */
export interface SignedIn {
  readonly ok: true
  readonly accessToken: string
  /** Of the access token; milliseconds since the epoch. */
  readonly expiresAt: number
  readonly principal: Principal
  readonly session: Session
  /** The next refresh token; null when the one at hand stays good. */
  readonly refreshToken: string | null
}

export interface NotSignedIn {
  readonly ok: false
  readonly refusal: 'bad-credentials' | 'too-many-attempts' | 'session-over' | 'unavailable'
  readonly retryAfterMs?: number
}

/** `unread`: who is signed in is not known here yet. */
export type Authenticated =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly why: Extract<RefusalKind, 'forged-token' | 'expired-token' | 'session-over'> | 'unread'; readonly account: string | null }

export interface SignInParts {
  /** The file as it is now. */
  readonly config: () => Pick<SasConfig, 'people' | 'accounts'>
  readonly accounts: AccountMemory
  readonly sessions: Sessions
  readonly tokens: AccessTokens
  readonly attempts: Attempts
  readonly audit: Audit
}

const unavailable: NotSignedIn = { ok: false, refusal: 'unavailable' }

export class SignIn {
  constructor(readonly parts: SignInParts) {}

  async withPassword(account: string, password: string, ip: string): Promise<SignedIn | NotSignedIn> {
    const { attempts, audit, accounts } = this.parts
    // Elsewhere, a session would be opened that this engine's successor does not know of.
    if (!this.parts.sessions.isRead) return unavailable
    const known = principalOf(this.parts.config(), account, null)
    const who = { account: known?.id ?? null, ip }
    const waitMs = attempts.waitMs(account, ip)
    if (waitMs > 0) {
      audit.note('too-many-attempts', who)
      return { ok: false, refusal: 'too-many-attempts', retryAfterMs: waitMs }
    }
    attempts.begin(account, ip)
    try {
      const record = known && (await accounts.get(account))
      if (!(await passwordMatches(password, record?.hash ?? null)) || known === null) {
        audit.note('wrong-password', who)
        return { ok: false, refusal: 'bad-credentials' }
      }
      attempts.succeeded(account, ip)
      return await this.open(account, 'password', ip)
    } catch (error) {
      attempts.undecided(account, ip)
      if (!(error instanceof PasswordsBusy)) return unavailable
      return { ok: false, refusal: 'too-many-attempts', retryAfterMs: 5_000 }
    }
  }

  /** For who proved to be that account of the file. */
  async open(account: string, means: Means, ip: string): Promise<SignedIn | NotSignedIn> {
    const { sessions, audit } = this.parts
    if (!sessions.isRead) return unavailable
    const opened = await sessions.open(account, means).catch(() => null)
    if (opened === null) return unavailable
    audit.note('signed-in', { account, ip })
    return this.#signedIn(opened.session, opened.token)
  }

  async refresh(id: string, token: string, ip: string): Promise<SignedIn | NotSignedIn> {
    const { sessions, audit } = this.parts
    const renewal = await sessions.renew(id, token)
    if (!renewal.ok && renewal.why === 'unread') return unavailable
    if (!renewal.ok) {
      audit.note(renewal.why === 'reuse' ? 'token-reused' : 'session-over', { account: renewal.account, ip })
      return { ok: false, refusal: 'session-over' }
    }
    const { session } = renewal
    if (await this.#isOutdated(session)) {
      sessions.end(session.id, 'account-gone')
      return { ok: false, refusal: 'session-over' }
    }
    return this.#signedIn(session, renewal.token)
  }

  /** With the refresh token that is good now; with any other nothing happens. */
  signOut(id: string, token: string, ip: string): void {
    const { sessions, audit } = this.parts
    const session = sessions.get(id)
    if (session === null || !sessions.holds(id, token)) return
    sessions.end(id, 'signed-out')
    audit.note('signed-out', { account: session.account, ip })
  }

  /** Who carries this access token. */
  async authenticate(token: string): Promise<Authenticated> {
    const read = await this.parts.tokens.read(token)
    if (!read.ok) return { ...read, account: null }
    const { account, session } = read
    const { sessions } = this.parts
    if (!sessions.isRead) return { ok: false, why: 'unread', account }
    const principal = sessions.get(session)?.account === account ? principalOf(this.parts.config(), account, session) : null
    return principal === null ? { ok: false, why: 'session-over', account } : { ok: true, principal }
  }

  /** The file has them no more, or their password was changed since. What cannot be asked now is asked the next time. */
  async #isOutdated({ account, means, startedAt }: Session): Promise<boolean> {
    if (principalOf(this.parts.config(), account, null) === null) return true
    if (means !== 'password') return false
    const record = await this.parts.accounts.get(account).catch(() => undefined)
    return record === null || (record !== undefined && record.setAt > startedAt)
  }

  async #signedIn(session: Session, refreshToken: string | null): Promise<SignedIn | NotSignedIn> {
    const principal = principalOf(this.parts.config(), session.account, session.id)
    if (principal === null) return { ok: false, refusal: 'session-over' }
    const issued = await this.parts.tokens.issue(session.account, session.id, endOf(session))
    return { ok: true, ...issued, principal, session, refreshToken }
  }
}
