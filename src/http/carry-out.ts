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

/** @throws HttpProblem when it is refused */
export const submit = async (door: EngineDoor, request: Request): Promise<void> => {
  const answer = await door.submit(request)
  if (!answer.ok) throw new HttpProblem(answer.refusal)
}

export const carryOut = async (door: EngineDoor, reply: FastifyReply, request: Request): Promise<void> => {
  await submit(door, request)
  await reply.code(204).send(null)
}
