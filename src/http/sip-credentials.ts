/** The phone in the page of somebody who signed in: what it registers with, never typed. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { SipCredentials } from '../auth/browser-phones.js'
import { may } from './access.js'
import { HttpProblem, problems } from './errors.js'
import { noBody } from './schemas.js'
import { sipCredentialsView } from './sign-in-schemas.js'

/** @param issue gives a session its phone; null for a session without one. Rejects when Asterisk cannot be told. */
export const sipCredentialRoutes =
  (issue: (session: string) => Promise<SipCredentials | null>): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      '/sip-credentials',
      {
        config: may('agent'),
        schema: {
          tags: ['connexion'],
          summary: 'Identifiants SIP du poste dans le navigateur, jusqu’à la déconnexion',
          body: noBody,
          response: { 200: sipCredentialsView, ...problems },
        },
      },
      async ({ principal: { session } }) => {
        if (session === null) throw new HttpProblem('forbidden')
        const credentials = await issue(session).catch(() => {
          throw new HttpProblem('unavailable')
        })
        if (credentials === null) throw new HttpProblem('forbidden')
        return credentials
      },
    )
  }
