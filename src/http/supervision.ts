/** What supervisors watch and set: staffing alarms, hours set aside for a while, the file of the SAS. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { may } from './access.js'
import { carryOut, done } from './carry-out.js'
import type { EngineDoor } from './door.js'
import { HttpProblem, problems } from './errors.js'
import { callParams, endOverrideBody, listenBody, moveCallBody, overrideBody, reloadBody, reloadedView, supervisionView } from './schemas.js'

export const supervisionRoutes =
  (door: EngineDoor): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ['supervision']

    app.get(
      '/supervision',
      { config: may('agent', 'supervisor', 'admin', 'neighbour'), schema: { tags, summary: 'Alarmes d’effectif, horaires et dérogations', response: { 200: supervisionView, ...problems } } },
      async () => {
        const view = door.supervision()
        if (view === null) throw new HttpProblem('unavailable')
        return view
      },
    )

    app.post(
      '/overrides',
      { config: may('supervisor'), schema: { tags, summary: 'Ouvre ou ferme une filière, ou ramène un numéro au premier décroché, jusqu’à une heure donnée', body: overrideBody, response: done } },
      async ({ body }, reply) => carryOut(door, reply, { type: 'override', ...body }),
    )

    app.post(
      '/calls/:call/listen',
      { config: { ...may('supervisor'), asThemselves: true }, schema: { params: callParams, tags: ['appels'], summary: 'Écoute une conversation, souffle à son agent, ou la rejoint', body: listenBody, response: done } },
      async ({ params: { call }, body }, reply) => carryOut(door, reply, { type: 'listen', call, ...body }),
    )

    app.post(
      '/calls/:call/move',
      { config: may('supervisor'), schema: { params: callParams, tags: ['appels'], summary: 'Fait attendre un appelant ailleurs, à l’heure où il attendait', body: moveCallBody, response: done } },
      async ({ params: { call }, body }, reply) => carryOut(door, reply, { type: 'move-call', call, ...body }),
    )

    app.post(
      '/overrides/end',
      { config: may('supervisor'), schema: { tags, summary: 'Met fin à une dérogation', body: endOverrideBody, response: done } },
      async ({ body }, reply) => carryOut(door, reply, { type: 'end-override', ...body }),
    )

    app.post(
      '/configuration/reload',
      { config: may('supervisor', 'admin'), schema: { tags, summary: 'Relit le fichier du SAS ; un fichier fautif ne change rien', body: reloadBody, response: { 200: reloadedView, ...problems } } },
      async ({ body }) => {
        const answer = door.reload(body.by)
        if (answer.ok) return answer.reloaded
        throw new HttpProblem('bad-configuration', answer.faults)
      },
    )
  }
