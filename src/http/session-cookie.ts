/**
 * The refresh token's cookie. Scripts cannot read it, other sites cannot send it, and it goes to /auth alone. Browsers take a cookie
 * without TLS for this machine itself only: there it is not marked `Secure`.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { SignedIn } from '../auth/sign-in.js'
import { endOf } from '../auth/sessions.js'
import { isLoopbackName } from '../loopback.js'

const name = 'decroche-session'

/** What every cookie of ours is like. */
export const cookieFor = (path: string, sameSite: 'strict' | 'lax', { protocol, hostname }: FastifyRequest, publicUrl: string | null) => ({
  path,
  httpOnly: true,
  sameSite,
  secure: publicUrl !== null ? publicUrl.startsWith('https:') : protocol === 'https' || !isLoopbackName(hostname),
})

const attributes = (request: FastifyRequest, publicUrl: string | null) => cookieFor('/auth', 'strict', request, publicUrl)

export const giveCookie = (reply: FastifyReply, { session, refreshToken }: SignedIn, publicUrl: string | null): void => {
  if (refreshToken === null) return
  const maxAge = Math.ceil((endOf(session) - session.renewedAt) / 1_000)
  void reply.setCookie(name, `${session.id}.${refreshToken}`, { ...attributes(reply.request, publicUrl), maxAge })
}

export const takeCookie = (reply: FastifyReply, publicUrl: string | null): void => void reply.clearCookie(name, attributes(reply.request, publicUrl))

/** Null when there is none, or none of ours. */
export const cookieOf = (request: FastifyRequest): { readonly id: string; readonly token: string } | null => {
  const [, id, token] = /^([\w-]{1,64})\.([\w-]{43})$/.exec(request.cookies[name] ?? '') ?? []
  return id === undefined || token === undefined ? null : { id, token }
}
