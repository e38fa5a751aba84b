/** Whoever comes with a token: a program with one of the environment, or somebody who signed in. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { apiPrincipal, lrmPrincipal, type Principal } from './principal.js'
import type { Authenticated, SignIn } from './sign-in.js'

export type Recognized = Authenticated | { readonly ok: false; readonly why: 'no-token'; readonly account: null }

const tokenBytesMax = 2_048
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

export class Doorkeeper {
  readonly #programs: readonly (readonly [Buffer, Principal])[]

  /** @param signIn null where nobody signs in; @param lrmToken null where there is no LRM */
  constructor(
    apiToken: string,
    lrmToken: string | null,
    private readonly signIn: SignIn | null,
  ) {
    this.#programs = [[digest(apiToken), apiPrincipal], ...(lrmToken === null ? [] : [[digest(lrmToken), lrmPrincipal] as const])]
  }

  /** Who this token makes its bearer. Compared in constant time. */
  async recognize(token: string): Promise<Recognized> {
    if (token === '') return { ok: false, why: 'no-token', account: null }
    const given = digest(token)
    const program = this.#programs.filter(([expected]) => timingSafeEqual(expected, given))[0]
    if (program) return { ok: true, principal: program[1] }
    if (this.signIn === null || token.length > tokenBytesMax) return { ok: false, why: 'forged-token', account: null }
    return this.signIn.authenticate(token)
  }
}

/** The token of an `Authorization` header; empty when there is none. */
export const bearerOf = (authorization: string | undefined): string => /^Bearer ([^\s]+)$/i.exec(authorization ?? '')?.[1] ?? ''
