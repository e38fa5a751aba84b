/**
 * The pages: one document for `/` and `/mur`, and its files under hashed names, which never change. Nothing runs or is drawn but what
 * this server sent (CSP level 3); the page talks to this server and to Asterisk's websocket, and may use the microphone.
 */
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { anybody } from './access.js'

export interface PagesOptions {
  /** What `scripts/build` made of src/web. */
  readonly directory: string
  /** Asterisk's websocket; null where nobody has a phone in the page. */
  readonly sipServer: string | null
}

const YEAR_S = 365 * 24 * 3600

const policyOf = (sipServer: string | null): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "media-src 'self' blob:",
    `connect-src 'self'${sipServer === null ? '' : ` ${originOf(sipServer)}`}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Of a websocket's URL, whose scheme and host a policy names. */
const originOf = (url: string): string => {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

export const pageRoutes =
  ({ directory, sipServer }: PagesOptions): FastifyPluginAsync =>
  async (app) => {
    const policy = policyOf(sipServer)
    const guarded = (reply: FastifyReply): FastifyReply =>
      reply
        .header('content-security-policy', policy)
        .header('permissions-policy', 'microphone=(self), speaker-selection=(self), camera=(), geolocation=()')
        .header('referrer-policy', 'no-referrer')
        .header('cross-origin-opener-policy', 'same-origin')
        .header('x-frame-options', 'DENY')

    // Only what is asked for by these routes is sent: no listing, no file beside them.
    await app.register(fastifyStatic, { root: directory, serve: false, cacheControl: false })
    app.addHook('onSend', async (_, reply) => void reply.header('x-content-type-options', 'nosniff'))

    for (const path of ['/', '/mur'])
      app.get(path, { config: anybody, schema: { hide: true } }, async (_, reply) => guarded(reply).sendFile('index.html'))

    app.get<{ Params: { file: string } }>('/assets/:file(^[\\w-][\\w.-]*$)', { config: anybody, schema: { hide: true } }, async ({ params: { file } }, reply) =>
      reply.header('cache-control', `public, max-age=${YEAR_S}, immutable`).sendFile(`assets/${file}`),
    )
  }
