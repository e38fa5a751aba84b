/** Who is signed in here. The access token lives in this page's memory alone; the refresh token is a cookie no script can read. */
import { signal } from '@preact/signals'
import type { You } from '../state/messages.js'
import { Refused, readAnswer } from './answer.js'

export interface SignInMethods {
  readonly local: boolean
  readonly oidc: { readonly label: string; readonly start: string } | null
}

interface SignedIn {
  readonly accessToken: string
  /** ms since the epoch, on the engine's clock. */
  readonly expiresAt: number
  readonly principal: You
}

/** A token is renewed this long before its end, ms. */
const renewBeforeMs = 60_000
const renewAtLeastMs = 5_000
const retryMs = 5_000

export class Session {
  /** Undefined until the cookie was tried; null when nobody is signed in. */
  readonly you = signal<You | null | undefined>(undefined)
  /** Somebody was signed in here, and no longer is, without having asked for it. */
  readonly expired = signal(false)
  #token: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #renewing: Promise<string | null> | null = null
  /** Called with each new token. */
  onToken: (token: string) => void = () => undefined

  get token(): string | null {
    return this.#token
  }

  /** @throws Refused */
  methods(): Promise<SignInMethods> {
    return call('GET', '/auth/methods') as Promise<SignInMethods>
  }

  /** @throws Refused when the account or the password is wrong, or too many were tried */
  async signIn(account: string, password: string): Promise<void> {
    this.#take((await call('POST', '/auth/sign-in', { account, password })) as SignedIn)
  }

  /** A fresh token, by the cookie; null when the session is over. Never rejects. One request at a time. */
  renew(): Promise<string | null> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null))
    return this.#renewing
  }

  /** Ends the session here and at the engine, as far as it can be reached. */
  async signOut(): Promise<void> {
    await call('POST', '/auth/sign-out', {}).catch(() => undefined)
    this.#forget(false)
  }

  /** The engine knows this session no longer. */
  lose(): void {
    this.#forget(true)
  }

  async #renew(): Promise<string | null> {
    try {
      this.#take((await call('POST', '/auth/refresh', {})) as SignedIn)
    } catch (error) {
      if (error instanceof Refused && error.status >= 400 && error.status < 500 && error.status !== 429) this.#forget(this.#token !== null)
      else {
        // The engine cannot be reached: the session may well live on.
        this.#later(retryMs)
        if (this.you.value === undefined) this.you.value = null
      }
    }
    return this.#token
  }

  #take({ accessToken, expiresAt, principal }: SignedIn): void {
    this.#token = accessToken
    this.expired.value = false
    this.you.value = principal
    this.#later(Math.max(renewAtLeastMs, expiresAt - Date.now() - renewBeforeMs))
    this.onToken(accessToken)
  }

  #forget(expired: boolean): void {
    clearTimeout(this.#timer)
    this.#token = null
    this.expired.value = expired
    this.you.value = null
  }

  #later(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.renew(), ms)
  }
}

const call = async (method: string, path: string, body?: unknown): Promise<unknown> =>
  readAnswer(
    await fetch(path, {
      method,
      credentials: 'same-origin',
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }),
  )
