/** The room and its indicators, as they are now. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Call } from '../routing/room.js'
import { viewRoom, type CallView } from '../status/room-view.js'
import type { EngineDoor } from './door.js'
import { HttpProblem, problemSchema } from './errors.js'
import { indicatorsView, rechecksView, roomView, type KnownCallView } from './schemas.js'

/** Adds what identifies the caller: only for answers behind the token. */
export const knownCall = (call: Call, view: CallView): KnownCallView => ({
  ...view,
  caller: call.caller,
  location: call.location,
  callerName: call.drm?.callerName ?? null,
})

const notYet = (): never => {
  throw new HttpProblem('still-reading')
}

export const roomRoutes =
  (door: EngineDoor): FastifyPluginAsyncZod =>
  async (app) => {
    const look = () => {
      const room = door.room()
      if (room === null) throw new HttpProblem('unavailable')
      const view = viewRoom({ calls: room.calls.values(), agents: room.agents.values(), queues: room.queues, trunks: room.trunks, sites: room.sites }, door.now())
      const calls = view.calls.flatMap((seen) => {
        const call = room.calls.get(seen.id)
        return call === undefined ? [] : [knownCall(call, seen)]
      })
      return { at: view.at, queues: [...view.queues], calls, agents: [...view.agents], trunks: [...view.trunks] }
    }

    app.get(
      '/room',
      {
        schema: {
          tags: ['salle'],
          summary: 'Files, appels, agents et faisceaux',
          response: { 200: roomView, '4xx': problemSchema, '5xx': problemSchema },
        },
      },
      async () => look(),
    )

    app.get(
      '/rechecks',
      {
        schema: {
          tags: ['salle'],
          summary: 'Appelants à réévaluer, la plus longue attente d’abord',
          response: { 200: rechecksView, '4xx': problemSchema, '5xx': problemSchema },
        },
      },
      async () =>
        look()
          .calls.filter(({ recheckDue }) => recheckDue)
          .sort((a, b) => (b.waitMs ?? 0) - (a.waitMs ?? 0)),
    )

    app.get(
      '/indicators',
      {
        schema: {
          tags: ['salle'],
          summary: 'Indicateurs depuis le début du journal',
          response: { 200: indicatorsView, '4xx': problemSchema, '5xx': problemSchema },
        },
      },
      async () => door.indicators() ?? notYet(),
    )
  }
