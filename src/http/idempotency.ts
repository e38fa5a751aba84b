/**
 * A command asked twice under one `Idempotency-Key` is carried out once: whoever lost the answer asks again, and gets it. Kept for a while
 * in this engine's memory, by who asks; of what the room decided, the engine that follows is told by the commit of the decision itself.
 */
import { createHash, createHmac } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { rememberedMs, type AskedOnce } from '../asked-once.js'
import { errorMessages, type ErrorCode } from '../messages.fr.js'
import type { EngineDoor } from './door.js'
import { HttpProblem } from './errors.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What others who ask the same wait for; null without a key. */
    asked: Asked | null
  }
}

/** The oldest go first. */
const keptMax = 20_000

const headers = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/)
    .optional()
    .meta({ description: 'Asked again under the same key within ten minutes, the same command is answered as it was, and not carried out again.' }),
})

interface Given {
  readonly status: number
  readonly type: string | undefined
  readonly body: string
}

interface Asked extends Omit<AskedOnce, 'made'> {
  /** What the next engine is told of it; null where so many ask that it would be too much. */
  readonly left: Omit<AskedOnce, 'made'> | null
  readonly at: number
  readonly answer: Promise<Given>
  readonly settle: (given: Given) => void
}

/** As the engine before this one remembered it; one that this version cannot read is decided again. */
const answered = z.object({ fingerprint: z.string(), made: z.looseObject({}).nullable(), refusal: z.enum(Object.keys(errorMessages) as [ErrorCode, ...ErrorCode[]]).nullable() })

/** @param now milliseconds, never backwards */
export const answerOnce = (app: FastifyInstance, door: Pick<EngineDoor, 'recall'>, now: () => number = () => performance.now()): void => {
  const known = new Map<string, Asked>()
  const forget = (): void => {
    for (const [name, { at }] of known) {
      if (known.size <= keptMax && at > now() - rememberedMs) return
      known.delete(name)
    }
  }

  app.decorateRequest('asked', null)
  app.addHook('onRoute', (route) => {
    if (route.method === 'POST') route.schema = { ...route.schema, headers }
  })

  app.addHook('preHandler', async (request, reply) => {
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined
    if (typeof key !== 'string') return
    forget()
    const name = digest([request.principal.id, key])
    const before = known.get(name)
    if (!before) {
      known.set(name, (request.asked = begin(name, request, now(), known.size < keptMax)))
      const told = answered.safeParse(readJson(await door.recall(name)))
      if (!told.success) return
      if (told.data.fingerprint !== request.asked.fingerprint) {
        known.delete(name)
        throw new HttpProblem('key-reused')
      }
      void reply.header('idempotency-replayed', 'true')
      if (told.data.refusal !== null) throw new HttpProblem(told.data.refusal)
      return reply.code(told.data.made === null ? 204 : 201).send(told.data.made)
    }
    if (before.fingerprint !== fingerprintOf(request)) throw new HttpProblem('key-reused')
    return repeat(reply, await before.answer)
  })

  app.addHook('onSend', async ({ asked }, reply, payload) => {
    if (!asked) return payload
    // What failed may succeed next time.
    if (reply.statusCode >= 500 && known.get(asked.name) === asked) known.delete(asked.name)
    asked.settle({ status: reply.statusCode, type: reply.getHeader('content-type') as string | undefined, body: typeof payload === 'string' ? payload : '' })
    return payload
  })
}

const begin = (name: string, request: FastifyRequest, at: number, isLeft: boolean): Asked => {
  let settle: Asked['settle'] = () => undefined
  const answer = new Promise<Given>((resolve) => (settle = resolve))
  const once = { name, fingerprint: fingerprintOf(request) }
  return { ...once, left: isLeft ? once : null, at, answer, settle }
}

/**
 * Nothing of what was asked is kept but this. Keyed by the client's key, of which only a digest is kept: whoever has the memory alone
 * cannot try numbers until one fits.
 */
const fingerprintOf = ({ url, body, headers }: FastifyRequest): string =>
  createHmac('sha256', String(headers['idempotency-key'])).update(JSON.stringify([url, body ?? null])).digest('base64url')

const digest = (what: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(what)).digest('base64url')

const readJson = (text: string | null): unknown => {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}

const repeat = (reply: FastifyReply, { status, type, body }: Given): FastifyReply => {
  void reply.code(status).header('idempotency-replayed', 'true')
  if (type !== undefined) void reply.type(type)
  return reply.send(body === '' ? null : body)
}
