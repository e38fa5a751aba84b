/** How it goes with the programs outside that are told of calls. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { LinksView } from '../status/links.js'
import { may } from './access.js'
import { HttpProblem, problems } from './errors.js'
import { linksView } from './schemas.js'

/** @param look null while this engine does not have the room */
export const linkRoutes =
  (look: () => LinksView | null): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      '/links',
      {
        config: may('supervisor', 'admin', 'lrm'),
        schema: { tags: ['supervision'], summary: 'Santé des liens vers le logiciel de dossiers', response: { 200: linksView, ...problems } },
      },
      async () => {
        const view = look()
        if (view === null) throw new HttpProblem('unavailable')
        return view
      },
    )
  }
