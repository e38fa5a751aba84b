/** /auth: how people sign in, stay so, and sign out. What they get is for /v1. */
import cookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { SipCredentials } from '../auth/browser-phones.js'
import type { Oidc } from '../auth/oidc.js'
import type { NotSignedIn, SignIn, SignedIn } from '../auth/sign-in.js'
import { strangers } from './access.js'
import { addressOf } from './address.js'
import { HttpProblem, problems } from './errors.js'
import { oidcRoutes } from './oidc.js'
import { cookieOf, giveCookie, takeCookie } from './session-cookie.js'
import { methodsView, passwordBody, signedInView } from './sign-in-schemas.js'

export interface SignInOptions {
  readonly signIn: SignIn
  /** Where browsers find this engine, when that is not where it listens: `https://salle.example`. */
  readonly publicUrl: string | null
  /** Null without an identity provider. */
  readonly oidc: Oidc | null
  /** Gives a session its phone; null for one without. Rejects when Asterisk cannot be told. */
  readonly issueSip: (session: string) => Promise<SipCredentials | null>
}

const tags = ['connexion']

/** @param options null where nobody signs in: then every way is closed */
export const signInRoutes =
  (options: SignInOptions | null): FastifyPluginAsyncZod =>
  async (app) => {
    await app.register(cookie)

    app.get(
      '/methods',
      { config: strangers, schema: { tags, security: [], summary: 'Façons de se connecter', response: { 200: methodsView, ...problems } } },
      async () => ({ local: options !== null, oidc: options?.oidc ? { label: options.oidc.settings.label, start: '/auth/oidc/start' } : null }),
    )
    if (options === null) {
      for (const way of ['/sign-in', '/refresh', '/sign-out'])
        app.post(way, { config: strangers, schema: { hide: true } }, async () => {
          throw new HttpProblem('sign-in-off')
        })
      return
    }
    const { signIn, publicUrl, oidc } = options
    if (oidc) await app.register(oidcRoutes(oidc, signIn, publicUrl), { prefix: '/oidc' })
    const { audit } = signIn.parts

    const answer = (reply: FastifyReply, given: SignedIn | NotSignedIn): z.infer<typeof signedInView> => {
      if (!given.ok) {
        if (given.refusal === 'session-over') takeCookie(reply, publicUrl)
        throw new HttpProblem(given.refusal, [], given.retryAfterMs ?? null)
      }
      giveCookie(reply, given, publicUrl)
      const { accessToken, expiresAt, principal } = given
      return { accessToken, expiresAt, principal: { id: principal.id, agent: principal.agent, rights: [...principal.rights] } }
    }

    /** A page of another site gets nothing done with our cookie, in whatever browser. */
    const ownOrigin = (request: FastifyRequest, wanted: boolean): void => {
      const { origin } = request.headers
      if (origin === undefined ? !wanted : isOwn(origin, request, publicUrl)) return
      audit.note('foreign-origin', { ip: addressOf(request), detail: request.routeOptions.url ?? null })
      throw new HttpProblem('foreign-origin')
    }

    app.post(
      '/sign-in',
      { config: strangers, schema: { tags, security: [], summary: 'Se connecte avec un compte local', body: passwordBody, response: { 200: signedInView, ...problems } } },
      async (request, reply) => {
        ownOrigin(request, false)
        return answer(reply, await signIn.withPassword(request.body.account, request.body.password, addressOf(request)))
      },
    )

    app.post(
      '/refresh',
      { config: strangers, schema: { tags, security: [], summary: 'Renouvelle le jeton d’accès', response: { 200: signedInView, ...problems } } },
      async (request, reply) => {
        ownOrigin(request, true)
        const held = cookieOf(request)
        if (held === null) throw new HttpProblem('session-over')
        return answer(reply, await signIn.refresh(held.id, held.token, addressOf(request)))
      },
    )

    app.post(
      '/sign-out',
      { config: strangers, schema: { tags, security: [], summary: 'Se déconnecte', response: { 204: z.null().meta({ description: 'Signed out.' }), ...problems } } },
      async (request, reply) => {
        ownOrigin(request, true)
        const held = cookieOf(request)
        if (held !== null) signIn.signOut(held.id, held.token, addressOf(request))
        takeCookie(reply, publicUrl)
        return reply.code(204).send(null)
      },
    )
  }

const isOwn = (origin: string, request: FastifyRequest, publicUrl: string | null): boolean => {
  if (!URL.canParse(origin)) return false
  if (publicUrl !== null) return new URL(origin).origin === new URL(publicUrl).origin
  const here = `${new URL(origin).protocol}//${request.host}`
  return URL.canParse(here) && new URL(origin).host === new URL(here).host
}
