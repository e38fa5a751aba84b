/** /auth/oidc: to the identity provider, and back with a session. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { oidcStateMs, type Oidc } from '../auth/oidc.js'
import { accountNamed } from '../auth/principal.js'
import type { SignIn } from '../auth/sign-in.js'
import { strangers } from './access.js'
import { addressOf } from './address.js'
import { cookieFor, giveCookie } from './session-cookie.js'

const name = 'decroche-oidc'

/** Sent along when the provider sends the browser back: that is a link from another site, which `Strict` would not allow. */
const attributes = (request: FastifyRequest, publicUrl: string | null) => cookieFor('/auth/oidc', 'lax', request, publicUrl)

/** The page says what became of it. */
const backWith = (reply: FastifyReply, outcome: 'refusee' | 'indisponible'): FastifyReply => reply.redirect(`/?connexion=${outcome}`)

export const oidcRoutes =
  (oidc: Oidc, signIn: SignIn, publicUrl: string | null): FastifyPluginAsyncZod =>
  async (app) => {
    app.get('/start', { config: strangers, schema: { hide: true } }, async (request, reply) => {
      const departure = await oidc.depart()
      if (departure === null) return backWith(reply, 'indisponible')
      void reply.setCookie(name, departure.state, { ...attributes(request, publicUrl), maxAge: oidcStateMs / 1_000 })
      return reply.redirect(departure.url)
    })

    app.get('/callback', { config: strangers, schema: { hide: true } }, async (request, reply) => {
      void reply.clearCookie(name, attributes(request, publicUrl))
      const at = request.url.indexOf('?')
      const arrival = await oidc.arrive(at < 0 ? '' : request.url.slice(at), request.cookies[name] ?? '')
      const account = arrival.ok ? accountNamed(signIn.parts.config(), arrival.identity) : null
      if (!arrival.ok && arrival.why === 'unavailable') return backWith(reply, 'indisponible')
      if (account === null) {
        signIn.parts.audit.note('wrong-identity', { ip: addressOf(request) })
        return backWith(reply, 'refusee')
      }
      const opened = await signIn.open(account, 'oidc', addressOf(request))
      if (!opened.ok) return backWith(reply, 'indisponible')
      giveCookie(reply, opened, publicUrl)
      return reply.redirect('/')
    })
  }
