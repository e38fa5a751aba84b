/**
 * A command asked twice under one `Idempotency-Key` is carried out once: whoever lost the answer asks again, and gets it. Kept in this
 * engine's memory for `keptMs`, by who asks; another engine knows nothing of it.
 */
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { HttpProblem } from './errors.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What others who ask the same wait for; null without a key. */
    asked: Asked | null
  }
}

const keptMs = 10 * 60_000
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

interface Asked {
  readonly name: string
  readonly fingerprint: string
  readonly at: number
  readonly answer: Promise<Given>
  readonly settle: (given: Given) => void
}

/** @param now milliseconds, never backwards */
export const answerOnce = (app: FastifyInstance, now: () => number = () => performance.now()): void => {
  const known = new Map<string, Asked>()
  const forget = (): void => {
    for (const [name, { at }] of known) {
      if (known.size <= keptMax && at > now() - keptMs) return
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
    const name = `${request.principal.id} ${key}`
    const before = known.get(name)
    if (!before) {
      known.set(name, (request.asked = begin(name, request, now())))
      return
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

const begin = (name: string, request: FastifyRequest, at: number): Asked => {
  let settle: Asked['settle'] = () => undefined
  const answer = new Promise<Given>((resolve) => (settle = resolve))
  return { name, fingerprint: fingerprintOf(request), at, answer, settle }
}

/** Nothing of what was asked is kept but this. */
const fingerprintOf = ({ url, body }: FastifyRequest): string => createHash('sha256').update(JSON.stringify([url, body ?? null])).digest('base64')

const repeat = (reply: FastifyReply, { status, type, body }: Given): FastifyReply => {
  void reply.code(status).header('idempotency-replayed', 'true')
  if (type !== undefined) void reply.type(type)
  return reply.send(body === '' ? null : body)
}
