/** One command through the engine's door: done, or refused with the table's words. */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { EngineDoor, Request } from './door.js'
import { HttpProblem, problems } from './errors.js'

/** Responses of every command. */
export const done = {
  204: z.null().meta({ description: 'Done, and remembered.' }),
  ...problems,
} as const

export const carryOut = async (door: EngineDoor, reply: FastifyReply, request: Request): Promise<void> => {
  const answer = await door.submit(request)
  if (!answer.ok) throw new HttpProblem(answer.refusal)
  await reply.code(204).send(null)
}
