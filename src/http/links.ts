/** How it goes with the programs outside that are told of calls, and what was given up sent again on an administrator's word. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Audit } from '../auth/audit.js'
import { may } from './access.js'
import { addressOf } from './address.js'
import type { LinksDoor } from './door.js'
import { HttpProblem, problems } from './errors.js'
import { linkParams, linksView, resendBody, resentView } from './schemas.js'

/** @param audit null where nobody keeps one */
export const linkRoutes =
  (door: LinksDoor, audit: Audit | null): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ['supervision']
    const look = () => {
      const view = door.links()
      if (view === null) throw new HttpProblem('unavailable')
      return view
    }

    app.get(
      '/links',
      { config: may('supervisor', 'admin', 'lrm'), schema: { tags, summary: 'Santé des liens vers le logiciel de dossiers', response: { 200: linksView, ...problems } } },
      async () => look(),
    )

    app.post(
      '/links/:link/resend',
      {
        config: may('admin'),
        schema: { tags, summary: 'Renvoie les événements abandonnés d’un lien, ou l’un d’eux', params: linkParams, body: resendBody, response: { 200: resentView, ...problems } },
      },
      async (request) => {
        const { link } = request.params
        const { event = null } = request.body
        if (!look().links.some(({ id }) => id === link)) throw new HttpProblem('unknown-link')
        const note = (how: string): void => audit?.note('deliveries-resent', { account: request.principal.id, ip: addressOf(request), detail: `${link} ${event ?? 'all'}: ${how}` })
        const resent = await door.resend(link, event).catch((error: unknown) => {
          // Some may be on their way.
          note('unfinished')
          request.log.warn({ by: request.principal.id, error, link }, 'not sent again')
          throw new HttpProblem('unavailable')
        })
        if (event !== null && resent === 0) throw new HttpProblem('unknown-delivery')
        note(String(resent))
        request.log.info({ by: request.principal.id, link, event, resent }, 'sent again')
        return { resent }
      },
    )
  }
