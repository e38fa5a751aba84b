/** Who signed in and who was refused, and the end of somebody's sessions on a supervisor's word. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { SignInParts } from '../auth/sign-in.js'
import { may } from './access.js'
import { addressOf } from './address.js'
import { HttpProblem, problems } from './errors.js'
import { accountParams, auditQuery, auditView, endedView } from './sign-in-schemas.js'

export const auditRoutes =
  ({ audit, sessions }: Pick<SignInParts, 'audit' | 'sessions'>): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ['connexion']

    app.get(
      '/audit',
      {
        config: may('supervisor', 'admin'),
        schema: { tags, summary: 'Connexions et refus, du plus récent au plus ancien', querystring: auditQuery, response: { 200: auditView, ...problems } },
      },
      async ({ query: { before, count } }): Promise<z.infer<typeof auditView>> => {
        const { entries, next } = await audit.read({ before: before ?? null, count }).catch(() => {
          throw new HttpProblem('unavailable')
        })
        return { entries: [...entries], next }
      },
    )

    app.delete(
      '/accounts/:account/sessions',
      {
        config: may('supervisor', 'admin'),
        schema: { tags, summary: 'Met fin à toutes les sessions d’un compte', params: accountParams, response: { 200: endedView, ...problems } },
      },
      async (request) => {
        if (!sessions.isRead) throw new HttpProblem('unavailable')
        const ended = sessions.endAllOf(request.params.account, 'revoked')
        audit.note('sessions-revoked', { account: request.principal.id, ip: addressOf(request) })
        return { ended }
      },
    )
  }
