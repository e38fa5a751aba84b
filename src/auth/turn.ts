/** Credentials of TURN servers for a time (draft-uberti-behave-turn-rest): made of a shared secret, and checked by it. */
import { createHmac } from 'node:crypto'
import type { IceServer } from '../config/environment.js'

/**
 * TURN servers without a credential of their own get one that is good until `expiresAt`, ms since the epoch.
 * @param secret null where there is none: those servers are left as they are
 */
export const withTurnCredentials = (servers: readonly IceServer[], secret: string | null, user: string, expiresAt: number): IceServer[] =>
  servers.map((server) => {
    if (secret === null || server.credential !== undefined || !server.urls.some((url) => url.startsWith('turn'))) return server
    const username = `${Math.ceil(expiresAt / 1_000)}:${user}`
    return { ...server, username, credential: createHmac('sha1', secret).update(username).digest('base64') }
  })
