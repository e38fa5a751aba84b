/**
 * Who may what. Each route says in its `config` whom it is for, and is not taken without; one hook recognizes who asks, another checks
 * on whose behalf. What an agent may is theirs alone: the agent in the path or the body is themselves, unless a supervisor asks.
 */
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Audit, RefusalKind } from '../auth/audit.js'
import { bearerOf, type Doorkeeper } from '../auth/doorkeeper.js'
import { apiPrincipal, hasOneOf, mayActFor, maySignAs, rights, type Principal, type Right } from '../auth/principal.js'
import type { ErrorCode } from '../messages.fr.js'
import { addressOf } from './address.js'
import { HttpProblem } from './errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route; `anybody` needs no token. */
    readonly rights?: 'anybody' | readonly Right[]
    /** A route for anybody that costs enough to be counted for each address. */
    readonly counted?: true
    /** Whoever asks is the agent of the request, whatever else they may do: nobody is made to by another. */
    readonly asThemselves?: true
  }
  interface FastifyRequest {
    /** Who asks. Not there on routes for anybody. */
    principal: Principal
  }
}

/** For routes that need no token, or look at it themselves. */
export const anybody = { rights: 'anybody' } as const
/** For those who sign in. */
export const strangers = { rights: 'anybody', counted: true } as const
export const may = (...rights: readonly Right[]) => ({ rights })
/** What agents do themselves, and supervisors for them. */
export const themselves = may('agent', 'supervisor')
/** What everybody in the room looks at. */
export const watchers = may('agent', 'supervisor', 'admin')
export const everybodyKnown = may(...rights)

export interface AccessOptions {
  readonly doorkeeper: Doorkeeper
  /** Null where nobody keeps one. */
  readonly audit: Audit | null
  /** In a minute. The API's own token has no limit; an address may be that of a whole room. */
  readonly limits?: { readonly principal: number; readonly address: number }
}

const usualLimits = { principal: 1_200, address: 6_000 }

/** What a refusal is answered with. */
const answers: Readonly<Partial<Record<RefusalKind, ErrorCode>>> = { 'wrong-right': 'forbidden', 'foreign-origin': 'foreign-origin' }

/** Puts the checks in front of every route registered from now on. */
export const guard = async (app: FastifyInstance, { doorkeeper, audit, limits = usualLimits }: AccessOptions): Promise<void> => {
  app.decorateRequest('principal')
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.rights === undefined) throw new Error(`${String(method)} ${url} does not say who may use it`)
  })

  await app.register(rateLimit, { global: false })
  const counted = app.createRateLimit({
    timeWindow: 60_000,
    max: ({ principal }: FastifyRequest) => (principal === undefined ? limits.address : limits.principal),
    keyGenerator: (request: FastifyRequest) => (request.principal === undefined ? `address ${addressOf(request)}` : `principal ${request.principal.id}`),
    allowList: ({ principal }: FastifyRequest) => principal === apiPrincipal,
  })
  const count = async (request: FastifyRequest): Promise<void> => {
    const tally = await counted(request)
    if (tally.isAllowed || !tally.isExceeded) return
    audit?.note('too-many-requests', { account: request.principal?.id ?? null, ip: addressOf(request), detail: request.routeOptions.url ?? null })
    throw new HttpProblem('too-many-requests', [], tally.ttl)
  }

  const refuse = (request: FastifyRequest, kind: RefusalKind, account: string | null): never => {
    audit?.note(kind, { account, ip: addressOf(request), detail: request.routeOptions.url ?? null })
    throw new HttpProblem(answers[kind] ?? 'unauthorized')
  }

  app.addHook('onRequest', async (request) => {
    const rights = wantedBy(request)
    if (rights === 'anybody') {
      if (request.routeOptions.config.counted) await count(request)
      return
    }
    const recognized = await doorkeeper.recognize(bearerOf(request.headers.authorization))
    if (recognized.ok) request.principal = recognized.principal
    await count(request)
    if (!recognized.ok) {
      if (recognized.why === 'unread') throw new HttpProblem('unavailable')
      return refuse(request, recognized.why, recognized.account)
    }
    if (!hasOneOf(request.principal, rights)) refuse(request, 'wrong-right', request.principal.id)
  })

  app.addHook('preHandler', async (request) => {
    const { principal } = request
    if (principal === undefined) return
    const agent = named(request.params, 'agent') ?? named(request.body, 'agent')
    const by = named(request.body, 'by')
    const may = request.routeOptions.config.asThemselves ? maySignAs : mayActFor
    if (agent !== null && !may(principal, agent)) refuse(request, 'wrong-right', principal.id)
    if (by !== null && !maySignAs(principal, by)) refuse(request, 'wrong-right', principal.id)
  })
}

/** Inside the API, a stranger learns nothing of what exists. */
const wantedBy = (request: FastifyRequest): 'anybody' | readonly Right[] => {
  if (!request.is404) return request.routeOptions.config.rights ?? []
  return request.url.startsWith('/v1/') ? everybodyKnown.rights : 'anybody'
}

const named = (part: unknown, name: string): string | null => {
  const value: unknown = typeof part === 'object' && part !== null ? Reflect.get(part, name) : null
  return typeof value === 'string' ? value : null
}
