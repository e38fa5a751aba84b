/** The HTTP server: plugins by concern, one guard, one table of errors, limits on what a request may be. */
import { randomUUID } from 'node:crypto'
import type { Server as HttpsServer } from 'node:https'
import swagger from '@fastify/swagger'
import {
  LogController,
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifySchemaCompiler,
} from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Pem } from '../config/live-certificate.js'
import { Doorkeeper, bearerOf } from '../auth/doorkeeper.js'
import { hasOneOf } from '../auth/principal.js'
import type { Feed } from '../feed/feed.js'
import type { Metrics } from '../metrics/metrics.js'
import type { Shelf } from '../recordings/shelf.js'
import { trustIn } from './address.js'
import { agentRoutes } from './agents.js'
import { auditRoutes } from './audit.js'
import { callRoutes } from './calls.js'
import type { EngineDoor, LinksDoor } from './door.js'
import { HttpProblem, answerError, faultsOf, french } from './errors.js'
import { serveFeed, type FeedLimits } from './feed.js'
import { healthRoutes } from './health.js'
import { answerOnce } from './idempotency.js'
import { linkRoutes } from './links.js'
import { pageRoutes, type PagesOptions } from './pages.js'
import { recordingRoutes } from './recordings.js'
import { roomRoutes } from './room.js'
import { sipCredentialRoutes } from './sip-credentials.js'
import { supervisionRoutes } from './supervision.js'
import { everybodyKnown, guard } from './access.js'
import { isLoopback } from '../loopback.js'
import { signInRoutes, type SignInOptions } from './sign-in.js'

export interface HttpOptions {
  readonly door: EngineDoor
  readonly metrics: Pick<Metrics, 'registry' | 'onHttp' | 'onFeedClosed' | 'onFeedWatchers'>
  /** The room as it changes; null or absent where nobody watches. */
  readonly feed?: Feed | null
  readonly feedLimits?: Partial<FeedLimits>
  /** The links to programs outside; null or absent where there are none. */
  readonly links?: LinksDoor | null
  /** Null or absent where they cannot be read. */
  readonly recordings?: Shelf | null
  /** The API's bearer token. */
  readonly token: string
  /** The LRM's; null or absent without one. */
  readonly lrmToken?: string | null
  /** How people sign in; null or absent where they do not. */
  readonly signIn?: SignInOptions | null
  /** Addresses of proxies whose word counts for where a request comes from. */
  readonly trustedProxies?: readonly string[]
  /** By which it is served; plain HTTP when null or absent. */
  readonly tls?: Pem | null
  /** Null or absent where no pages are served. */
  readonly pages?: PagesOptions | null
  readonly logger: FastifyBaseLogger
}

const BODY_BYTES_MAX = 16 * 1024
const REQUEST_MS_MAX = 10_000
const CONNECTIONS_MAX = 1_000
/** Whoever says nothing, as a thousand idle connections would, is cut off. */
const HANDSHAKE_MS_MAX = 5_000
const tlsRules = { minVersion: 'TLSv1.2' } as const

/** The server, not listening yet: `listen({ host, port })`, then `close()`. */
export const createHttp = async ({ door, metrics, feed = null, feedLimits = {}, links = null, recordings = null, token, lrmToken = null, signIn = null, trustedProxies = [], tls = null, pages = null, logger }: HttpOptions): Promise<FastifyInstance> => {
  const trust = trustIn(trustedProxies)
  const app = fastify({
    https: tls && { ...tls, ...tlsRules, handshakeTimeout: HANDSHAKE_MS_MAX },
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // A request so malformed that it reaches no route gets the same kind of answer, without its address.
    frameworkErrors: answerError,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionTimeout: REQUEST_MS_MAX,
    forceCloseConnections: true,
    requestIdHeader: false,
    trustProxy: trust,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 128 },
  })
  // The framework takes plain text by itself; here it is JSON or nothing.
  app.removeContentTypeParser('text/plain')
  app.server.maxConnections = CONNECTIONS_MAX
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => answerError(new HttpProblem('unknown-route'), request, reply))
  watch(app, metrics)
  await describe(app, door.state().version)

  const doorkeeper = new Doorkeeper(token, lrmToken, signIn?.signIn ?? null)
  await guard(app, { doorkeeper, audit: signIn?.signIn.parts.audit ?? null })
  const mayScrape = async (ip: string, authorization: string | undefined): Promise<void> => {
    if (isLoopback(ip)) return
    const recognized = await doorkeeper.recognize(bearerOf(authorization))
    if (!recognized.ok || !hasOneOf(recognized.principal, ['admin'])) throw new HttpProblem('unauthorized')
  }
  await app.register(healthRoutes(door, metrics.registry, mayScrape))
  await app.register(signInRoutes(signIn), { prefix: '/auth' })
  if (pages) await app.register(pageRoutes(pages))
  await app.register(
    async (v1) => {
      // Behind the guard, so that a stranger learns nothing of what exists.
      v1.setNotFoundHandler((request, reply) => answerError(new HttpProblem('unknown-route'), request, reply))
      answerOnce(v1, door)
      await v1.register(agentRoutes(door))
      await v1.register(callRoutes(door))
      await v1.register(roomRoutes(door))
      await v1.register(supervisionRoutes(door))
      await v1.register(linkRoutes(links ?? noLinks(door.now), signIn?.signIn.parts.audit ?? null))
      if (signIn) {
        await v1.register(sipCredentialRoutes(signIn.issueSip))
        await v1.register(auditRoutes(signIn.signIn.parts))
        // Nobody hears one where nobody writes down who did.
        await v1.register(recordingRoutes(recordings, signIn.signIn.parts.audit))
      }
      v1.get('/openapi.json', { config: everybodyKnown, schema: { hide: true } }, async () => app.swagger())
    },
    { prefix: '/v1' },
  )
  if (feed) serveFeed(app, { feed, doorkeeper, trust, sessions: signIn?.signIn.parts.sessions ?? null, audit: signIn?.signIn.parts.audit ?? null, onWatchers: metrics.onFeedWatchers, onClosed: metrics.onFeedClosed, limits: feedLimits })
  await app.ready()
  return app
}

/** Shown from the next connection on. @param app made with `tls` */
export const renewTls = (app: FastifyInstance, tls: Pem): void => (app.server as HttpsServer).setSecureContext({ ...tls, ...tlsRules })

const noLinks = (now: () => number): LinksDoor => ({ links: () => ({ at: now(), following: false, links: [] }), resend: async () => 0 })

/** Bodies and parameters are checked by their schemas, with French words for what is wrong. */
const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    const parsed = schema.safeParse(data, { error: french })
    if (parsed.success) return { value: parsed.data }
    return { error: new HttpProblem('malformed', faultsOf(httpPart ?? 'request', parsed.error)) }
  }

/** Counts and logs each request by its route, never by its address: addresses hold what strangers put there. */
const watch = (app: FastifyInstance, metrics: Pick<Metrics, 'onHttp'>): void => {
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id)
    void reply.header('cache-control', 'no-store')
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const ms = reply.elapsedTime
    metrics.onHttp(request.method, route, reply.statusCode, ms)
    const fields = { method: request.method, route, status: reply.statusCode, ms: Math.round(ms) }
    // A standby is asked for its readiness every few seconds, and says no each time.
    if (reply.statusCode >= 500 && route !== '/readyz') request.log.warn(fields, 'request')
    else request.log.debug(fields, 'request')
  })
}

const describe = async (app: FastifyInstance, version: string): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Décroché',
        description: 'Call routing of a French SAS: agents, calls, the room, its indicators.',
        version,
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: withoutInputs,
  })
}

/** The type provider describes each named schema twice, as taken and as given; none of ours is taken. */
const withoutInputs: typeof jsonSchemaTransformObject = (documents) => {
  const described = jsonSchemaTransformObject(documents)
  if (!('components' in described) || described.components?.schemas === undefined) return described
  const given = Object.entries(described.components.schemas).filter(([name]) => !name.endsWith('Input'))
  return {
    ...described,
    components: { ...described.components, schemas: Object.fromEntries(given) },
  } as typeof described
}
