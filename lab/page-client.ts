/** The API as somebody's page speaks it: signed in, with a cookie and a token that is renewed. */
import { ApiClient } from './api-client.js'

export interface Signed {
  readonly accessToken: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly principal: { readonly id: string; readonly agent: string | null; readonly rights: readonly string[] }
}

export interface PageAnswer {
  readonly status: number
  readonly body: Partial<Signed> & { readonly error?: string }
}

export class PageClient {
  #cookie = ''

  constructor(public url: string) {}

  async signIn(account: string, password: string): Promise<PageAnswer> {
    return this.#post('sign-in', { account, password })
  }

  async refresh(): Promise<PageAnswer> {
    return this.#post('refresh')
  }

  async signOut(): Promise<PageAnswer> {
    return this.#post('sign-out')
  }

  with({ body }: PageAnswer): ApiClient {
    return new ApiClient(this.url, body.accessToken ?? '')
  }

  async #post(way: string, body?: object): Promise<PageAnswer> {
    const headers = { origin: this.url, cookie: this.#cookie, ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch(`${this.url}/auth/${way}`, { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }), signal: AbortSignal.timeout(20_000) })
    const [set] = answer.headers.getSetCookie()
    if (set !== undefined) this.#cookie = set.split(';')[0] ?? ''
    return { status: answer.status, body: (await answer.json().catch(() => ({}))) as PageAnswer['body'] }
  }
}
