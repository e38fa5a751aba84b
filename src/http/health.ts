/**
 * For whoever watches the process. `/healthz`: it is alive. `/readyz`: commands sent here are carried out, which is not
 * so of a standby, so that a balancer before two engines finds the active one. `/metrics`: Prometheus.
 * Open to this machine; from elsewhere `/metrics` wants an administrator's token.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Registry } from 'prom-client'
import type { z } from 'zod'
import { anybody } from './access.js'
import type { DoorState, EngineDoor } from './door.js'
import { healthView, readyView } from './schemas.js'

const readiness = (state: DoorState): z.infer<typeof readyView>['status'] => {
  if (state.lease === 'standby') return 'standby'
  return state.lease === 'held' && state.ari === 'up' ? 'ready' : 'not-ready'
}

export const healthRoutes =
  (
    door: EngineDoor,
    registry: Registry,
    mayScrape: (ip: string, authorization: string | undefined) => Promise<void>,
  ): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      '/healthz',
      { config: anybody, schema: { tags: ['état'], security: [], summary: 'Le processus vit', response: { 200: healthView } } },
      async () => ({
        status: 'alive' as const,
        version: door.state().version,
      }),
    )

    app.get(
      '/readyz',
      {
        config: anybody,
        schema: {
          tags: ['état'],
          security: [],
          summary: 'Le moteur décide',
          response: { 200: readyView, 503: readyView },
        },
      },
      async (_, reply) => {
        const state = door.state()
        const status = readiness(state)
        return reply.code(status === 'ready' ? 200 : 503).send({ status, ...state })
      },
    )

    app.get('/metrics', { config: anybody, schema: { hide: true } }, async (request, reply) => {
      await mayScrape(request.ip, request.headers.authorization)
      return reply.type(registry.contentType).send(await registry.metrics())
    })
  }
