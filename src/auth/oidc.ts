/**
 * Signing in with an identity provider (OpenID Connect, authorization code with PKCE). What is on its way travels encrypted in the
 * browser's cookie, so an engine that takes over in between finishes what another one began.
 */
import { EncryptJWT, jwtDecrypt } from 'jose'
import * as client from 'openid-client'
import type { OidcSettings } from '../config/environment.js'

/** How long somebody may stay at the provider. */
export const oidcStateMs = 10 * 60_000
const timeoutSeconds = 5

/** Where the browser is sent, and what its cookie is to hold until it is back. */
export interface Departure {
  readonly url: string
  readonly state: string
}

/** `refused`: by the provider, or what came back is not what was asked for. `unavailable`: the provider does not answer. */
export type Arrival = { readonly ok: true; readonly identity: string } | { readonly ok: false; readonly why: 'refused' | 'unavailable' }

interface Pending {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export class Oidc {
  #provider: Promise<client.Configuration> | null = null

  /** @param key 256 bits, for what travels in the cookie; @param now milliseconds since the epoch */
  constructor(
    readonly settings: OidcSettings,
    private readonly key: Uint8Array,
    private readonly now: () => number,
  ) {}

  /** Null when the provider does not answer. */
  async depart(): Promise<Departure | null> {
    const provider = await this.#reach()
    if (provider === null) return null
    const { redirectUri, scope, acr } = this.settings
    const pending: Pending = { state: client.randomState(), nonce: client.randomNonce(), verifier: client.randomPKCECodeVerifier() }
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope,
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
      ...(acr !== null && { acr_values: acr }),
    })
    return { url: url.href, state: await this.#seal(pending) }
  }

  /** @param query what the browser brings, with its question mark; @param state what its cookie held */
  async arrive(query: string, state: string): Promise<Arrival> {
    const pending = await this.#open(state)
    if (pending === null) return { ok: false, why: 'refused' }
    const provider = await this.#reach()
    if (provider === null) return { ok: false, why: 'unavailable' }
    const url = new URL(this.settings.redirectUri)
    url.search = query
    try {
      const identity = await this.#identify(provider, url, pending)
      return identity === null ? { ok: false, why: 'refused' } : { ok: true, identity }
    } catch (error) {
      return { ok: false, why: isSilence(error) ? 'unavailable' : 'refused' }
    }
  }

  /** The claim that names the account, of the ID token or of what the provider tells of the user. */
  async #identify(provider: client.Configuration, url: URL, { state, nonce, verifier }: Pending): Promise<string | null> {
    const tokens = await client.authorizationCodeGrant(provider, url, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true })
    const claims = tokens.claims()
    if (claims === undefined) return null
    const { claim, acr } = this.settings
    if (acr !== null && claims['acr'] !== acr) return null
    const named = claims[claim] ?? (await client.fetchUserInfo(provider, tokens.access_token, claims.sub))[claim]
    return typeof named === 'string' && named !== '' ? named : null
  }

  /** Asked once, and again after a failure. */
  async #reach(): Promise<client.Configuration | null> {
    const { issuer, clientId, clientSecret } = this.settings
    const insecure = issuer.startsWith('http:') ? [client.allowInsecureRequests] : []
    this.#provider ??= client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout: timeoutSeconds,
      // The signature of an ID token counts, also on a channel that is trusted.
      execute: [...insecure, client.enableNonRepudiationChecks],
    })
    try {
      return await this.#provider
    } catch {
      this.#provider = null
      return null
    }
  }

  #seal(pending: Pending): Promise<string> {
    return new EncryptJWT({ ...pending })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(Math.floor((this.now() + oidcStateMs) / 1_000))
      .encrypt(this.key)
  }

  async #open(sealed: string): Promise<Pending | null> {
    try {
      const { payload } = await jwtDecrypt(sealed, this.key, { currentDate: new Date(this.now()), requiredClaims: ['exp', 'state', 'nonce', 'verifier'] })
      return { state: String(payload['state']), nonce: String(payload['nonce']), verifier: String(payload['verifier']) }
    } catch {
      return null
    }
  }
}

/** Nobody answered, as against an answer that says no. */
const isSilence = (error: unknown): boolean => error instanceof TypeError || (error instanceof client.ClientError && error.code === 'OAUTH_TIMEOUT') || (error instanceof Error && error.name === 'TimeoutError')
