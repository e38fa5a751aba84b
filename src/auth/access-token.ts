/** Access tokens: a JWT (RFC 7519, HS256) that names an account and its session, and says nothing of rights. */
import { SignJWT, errors, jwtVerify } from 'jose'
import type { RefusalKind } from './audit.js'

/** How long one is good for; then the page renews it. */
export const accessTokenMs = 5 * 60_000

export type ReadToken =
  | { readonly ok: true; readonly account: string; readonly session: string }
  | { readonly ok: false; readonly why: Extract<RefusalKind, 'expired-token' | 'forged-token'> }

export class AccessTokens {
  /** @param key 256 bits; @param now milliseconds since the epoch */
  constructor(
    private readonly key: Uint8Array,
    private readonly sas: string,
    private readonly now: () => number,
  ) {}

  /** @returns a token that ends in `accessTokenMs`, and with the session at the latest */
  async issue(account: string, session: string, sessionEndsAt: number): Promise<{ readonly accessToken: string; readonly expiresAt: number }> {
    const issuedAt = Math.floor(this.now() / 1_000)
    const expires = Math.min(issuedAt + accessTokenMs / 1_000, Math.floor(sessionEndsAt / 1_000))
    const accessToken = await new SignJWT({ sid: session })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setSubject(account)
      .setAudience(this.sas)
      .setIssuer('decroche')
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(this.key)
    return { accessToken, expiresAt: expires * 1_000 }
  }

  /** Its signature and its time; whether the session still is one is for others to say. */
  async read(token: string): Promise<ReadToken> {
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: ['HS256'],
        typ: 'at+jwt',
        audience: this.sas,
        issuer: 'decroche',
        requiredClaims: ['sub', 'exp', 'sid'],
        currentDate: new Date(this.now()),
      })
      return { ok: true, account: String(payload.sub), session: String(payload['sid']) }
    } catch (error) {
      return { ok: false, why: error instanceof errors.JWTExpired ? 'expired-token' : 'forged-token' }
    }
  }
}
