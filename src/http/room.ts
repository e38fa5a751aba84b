/** The room and its indicators, as they are now. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Principal } from '../auth/principal.js'
import { viewKnownRoom } from '../status/known-call.js'
import { watchers } from './access.js'
import type { EngineDoor } from './door.js'
import { HttpProblem, problems } from './errors.js'
import { indicatorsView, rechecksView, roomView } from './schemas.js'

const notYet = (): never => {
  throw new HttpProblem('still-reading')
}

export const roomRoutes =
  (door: EngineDoor): FastifyPluginAsyncZod =>
  async (app) => {
    const look = (principal: Principal) => {
      const room = door.room()
      if (room === null) throw new HttpProblem('unavailable')
      const { at, queues, calls, agents, trunks } = viewKnownRoom(room, principal, door.now())
      return { at, queues: [...queues], calls: [...calls], agents: [...agents], trunks: [...trunks] }
    }

    app.get(
      '/room',
      {
        config: watchers,
        schema: {
          tags: ['salle'],
          summary: 'Files, appels, agents et faisceaux',
          response: { 200: roomView, ...problems },
        },
      },
      async ({ principal }) => look(principal),
    )

    app.get(
      '/rechecks',
      {
        config: watchers,
        schema: {
          tags: ['salle'],
          summary: 'Appelants à réévaluer, la plus longue attente d’abord',
          response: { 200: rechecksView, ...problems },
        },
      },
      async ({ principal }) =>
        look(principal)
          .calls.filter(({ recheckDue }) => recheckDue)
          .sort((a, b) => (b.waitMs ?? 0) - (a.waitMs ?? 0)),
    )

    app.get(
      '/indicators',
      {
        config: watchers,
        schema: {
          tags: ['salle'],
          summary: 'Indicateurs depuis le début du journal',
          response: { 200: indicatorsView, ...problems },
        },
      },
      async () => door.indicators() ?? notYet(),
    )
  }
