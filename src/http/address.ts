/** Where a request comes from: an address, by the word of proxies that are trusted (`X-Forwarded-For`), and of nobody else. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import type { FastifyRequest } from 'fastify'

/** Whether an address is a proxy's whose word counts. */
export type Trust = ReturnType<typeof proxyAddr.compile>

/** @param proxies addresses and networks */
export const trustIn = (proxies: readonly string[]): Trust => proxyAddr.compile([...proxies])

/** Of a request that came to a route: the framework trusts whom `trustIn` says. */
export const addressOf = ({ ip }: FastifyRequest): string => addressIn(ip)

/** Of one that comes to none, as a socket's. */
export const addressOfRaw = (request: IncomingMessage, trust: Trust): string => addressIn(proxyAddr(request, trust))

const addressIn = (said: string): string => (isIP(said) === 0 ? 'unknown' : said)
