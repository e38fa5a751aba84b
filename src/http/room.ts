/** The room and its indicators, as they are now. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Principal } from '../auth/principal.js'
import type { Call } from '../routing/room.js'
import { seesCaller } from '../status/caller-sight.js'
import { viewRoom, type CallView } from '../status/room-view.js'
import { watchers } from './access.js'
import type { EngineDoor } from './door.js'
import { HttpProblem, problemSchema } from './errors.js'
import { indicatorsView, rechecksView, roomView, type KnownCallView } from './schemas.js'

/** Adds what identifies the caller, for who may see it: only for answers behind a token. */
export const knownCall = (call: Call, view: CallView, isSeen: boolean): KnownCallView => ({
  ...view,
  caller: isSeen ? call.caller : null,
  location: isSeen ? call.location : null,
  callerName: isSeen ? (call.drm?.callerName ?? null) : null,
})

const notYet = (): never => {
  throw new HttpProblem('still-reading')
}

export const roomRoutes =
  (door: EngineDoor): FastifyPluginAsyncZod =>
  async (app) => {
    const look = (principal: Principal) => {
      const room = door.room()
      if (room === null) throw new HttpProblem('unavailable')
      const view = viewRoom({ calls: room.calls.values(), agents: room.agents.values(), queues: room.queues, trunks: room.trunks, sites: room.sites }, door.now())
      const calls = view.calls.flatMap((seen) => {
        const call = room.calls.get(seen.id)
        return call === undefined ? [] : [knownCall(call, seen, seesCaller(principal, seen, room))]
      })
      return { at: view.at, queues: [...view.queues], calls, agents: [...view.agents], trunks: [...view.trunks] }
    }

    app.get(
      '/room',
      {
        config: watchers,
        schema: {
          tags: ['salle'],
          summary: 'Files, appels, agents et faisceaux',
          response: { 200: roomView, '4xx': problemSchema, '5xx': problemSchema },
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
          response: { 200: rechecksView, '4xx': problemSchema, '5xx': problemSchema },
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
          response: { 200: indicatorsView, '4xx': problemSchema, '5xx': problemSchema },
        },
      },
      async () => door.indicators() ?? notYet(),
    )
  }
