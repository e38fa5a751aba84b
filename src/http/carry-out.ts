/** One command through the engine's door: done, or refused with the table's words. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { EngineDoor, Request } from './door.js'
import { HttpProblem, problems } from './errors.js'

/** Responses of every command. */
export const done = {
  204: z.null().meta({ description: 'Done, and remembered.' }),
  ...problems,
} as const

/** @param made what it is answered with, by 201; null for 204 @throws HttpProblem when it is refused */
export const submit = async (door: EngineDoor, { asked }: FastifyRequest, command: Request, made: object | null = null): Promise<void> => {
  const answer = await door.submit(command, asked?.left && { ...asked.left, made })
  if (!answer.ok) throw new HttpProblem(answer.refusal)
}

export const carryOut = async (door: EngineDoor, reply: FastifyReply, command: Request): Promise<void> => {
  await submit(door, reply.request, command)
  await reply.code(204).send(null)
}
