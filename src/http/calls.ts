/** What is done with a call, and one call in detail. The body names the agent who does it. */
import { randomBytes } from 'node:crypto'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { seesCaller } from '../status/caller-sight.js'
import { knownCall } from '../status/known-call.js'
import { viewCall } from '../status/room-view.js'
import { may, themselves } from './access.js'
import { carryOut, done, submit } from './carry-out.js'
import type { EngineDoor } from './door.js'
import { HttpProblem, problems } from './errors.js'
import { callMade, callOutBody, callParams, callView, callerNameBody, dismissBody, inviteBody, onCallBody, pickBody, qualificationBody, transferBody } from './schemas.js'

/** What somebody on a call may do with it and needs no more words for. */
const whileOnCall = [
  ['leave', 'Quitte l’appel sans laisser l’appelant seul'],
  ['take-back', 'Reprend un transfert que personne n’a pris'],
  ['pass-on', 'Passe l’appel à l’étape suivante de la filière'],
  ['give-back', 'Rend l’appel à la filière de retour'],
  ['park', 'Met l’appelant en garde, sur musique'],
  ['bring-in', 'Fait entrer l’appelant dans la consultation'],
  ['callback', 'Note que l’appelant accepte d’être rappelé'],
  ['withdraw-callback', 'L’appelant n’est plus à rappeler'],
] as const

export const callRoutes =
  (door: EngineDoor): FastifyPluginAsyncZod =>
  async (app) => {
    const schema = { params: callParams, response: done, tags: ['appels'] }

    app.post(
      '/calls',
      {
        config: may('agent', 'supervisor', 'lrm'),
        schema: {
          tags: ['appels'],
          summary: 'Appelle à l’extérieur : le poste de l’agent sonne d’abord',
          body: callOutBody,
          response: { 201: callMade.meta({ description: 'Their phone rings.' }), ...problems },
        },
      },
      async (request, reply) => {
        const { agent, to, drm } = request.body
        const made = { call: `out-${Math.floor(door.now() / 1_000)}.${randomBytes(8).toString('hex')}` }
        await submit(door, request, { type: 'call-out', agent, to, by: request.principal.id, ...(drm !== undefined && { drm }), ...made }, made)
        return reply.code(201).send(made)
      },
    )

    app.get(
      '/calls/:call',
      {
        config: may('agent', 'supervisor', 'admin', 'lrm'),
        schema: {
          params: callParams,
          tags: ['appels'],
          summary: 'Un appel en cours',
          response: { 200: callView, ...problems },
        },
      },
      async ({ params, principal }) => {
        const room = door.room()
        if (room === null) throw new HttpProblem('unavailable')
        const call = room.calls.get(params.call)
        if (call === undefined) throw new HttpProblem('unknown-call')
        const view = viewCall(call, door.now())
        return knownCall(call, view, seesCaller(principal, view, room), room.earlierCalls)
      },
    )

    app.post(
      '/calls/:call/qualification',
      { config: may('agent', 'supervisor', 'lrm'), schema: { ...schema, summary: 'Donne P0, P1 ou P2', body: qualificationBody } },
      async ({ params: { call }, body: { agent, priority } }, reply) =>
        carryOut(door, reply, { type: 'qualify', agent, call, priority }),
    )

    app.post(
      '/calls/:call/caller-name',
      { config: may('agent', 'supervisor', 'lrm'), schema: { ...schema, summary: 'Note le nom de l’appelant au DRM', body: callerNameBody } },
      async ({ params: { call }, body: { agent, name } }, reply) =>
        carryOut(door, reply, { type: 'name-caller', agent, call, name }),
    )

    app.post(
      '/calls/:call/transfer',
      { config: themselves, schema: { ...schema, summary: 'Transfère à une filière, à l’une de ses étapes ou à une personne disponible', body: transferBody } },
      async ({ params: { call }, body: { agent, to, handover } }, reply) =>
        carryOut(door, reply, { type: 'transfer', agent, call, to, ...(handover !== undefined && { handover }) }),
    )

    app.post(
      '/calls/:call/pick',
      { config: may('agent', 'supervisor', 'lrm'), schema: { ...schema, summary: 'Choisit un appelant en attente, en garde ou à réévaluer', body: pickBody } },
      async ({ params: { call }, body: { agent, reason } }, reply) =>
        carryOut(door, reply, { type: 'pick', agent, call, ...(reason !== undefined && { reason }) }),
    )

    app.post(
      '/calls/:call/invite',
      { config: themselves, schema: { ...schema, summary: 'Appelle un correspondant extérieur dans la conversation', body: inviteBody } },
      async ({ params: { call }, body: { agent, to, aside } }, reply) =>
        carryOut(door, reply, { type: 'invite', agent, call, to, ...(aside !== undefined && { aside }) }),
    )

    app.post(
      '/calls/:call/dismiss',
      { config: themselves, schema: { ...schema, summary: 'Libère un correspondant extérieur', body: dismissBody } },
      async ({ params: { call }, body: { agent, guest } }, reply) => carryOut(door, reply, { type: 'dismiss', agent, call, guest }),
    )

    for (const [type, summary] of whileOnCall) {
      app.post(
        `/calls/:call/${type}`,
        { config: themselves, schema: { ...schema, summary, body: onCallBody } },
        async ({ params: { call }, body: { agent } }, reply) => carryOut(door, reply, { type, agent, call }),
      )
    }
  }
