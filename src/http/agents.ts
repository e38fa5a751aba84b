/** What agents say of themselves, and supervisors of them. Each request is one command of the core. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { EngineDoor } from './door.js'
import { themselves } from './access.js'
import { carryOut, done } from './carry-out.js'
import { agentParams, noBody, pauseBody, positionBody, signInBody } from './schemas.js'

export const agentRoutes =
  (door: EngineDoor): FastifyPluginAsyncZod =>
  async (app) => {
    const schema = { params: agentParams, response: done, tags: ['agents'] }

    app.post(
      '/agents/:agent/sign-in',
      { config: themselves, schema: { ...schema, summary: 'Prend son poste', body: signInBody } },
      async ({ params: { agent }, body }, reply) => {
        const position = body?.position
        return carryOut(door, reply, { type: 'sign-in', agent, ...(position !== undefined && { position }) })
      },
    )

    app.post(
      '/agents/:agent/sign-out',
      { config: themselves, schema: { ...schema, summary: 'Quitte son poste, après l’appel en cours', body: noBody } },
      async ({ params: { agent } }, reply) => carryOut(door, reply, { type: 'sign-out', agent }),
    )

    app.post(
      '/agents/:agent/ready',
      { config: themselves, schema: { ...schema, summary: 'Redevient disponible', body: noBody } },
      async ({ params: { agent } }, reply) => carryOut(door, reply, { type: 'ready', agent }),
    )

    app.post(
      '/agents/:agent/pause',
      { config: themselves, schema: { ...schema, summary: 'Se met en pause, après l’appel en cours', body: pauseBody } },
      async ({ params: { agent }, body }, reply) =>
        carryOut(door, reply, { type: 'pause', agent, reason: body.reason }),
    )

    app.post(
      '/agents/:agent/position',
      { config: themselves, schema: { ...schema, summary: 'Change de position', body: positionBody } },
      async ({ params: { agent }, body }, reply) =>
        carryOut(door, reply, { type: 'move', agent, position: body.position }),
    )
  }
