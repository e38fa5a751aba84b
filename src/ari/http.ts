import type { PortOptions } from './port.js'

/** `Basic` credentials (RFC 7617), for a header: an address with a password in it ends up in logs. */
export const authorization = ({ user, password }: Pick<PortOptions, 'user' | 'password'>): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** Address of `path` below the REST interface of the server at `url`. */
export const ariAddress = (url: string, path: string): URL =>
  new URL(`ari/${path}`, url.endsWith('/') ? url : `${url}/`)

/** The version Asterisk tells over plain HTTP. @throws Error when it does not answer, or refuses the credentials. */
export async function versionOf(options: PortOptions, signal: AbortSignal): Promise<string> {
  const response = await fetch(ariAddress(options.url, 'asterisk/info?only=system'), {
    headers: { authorization: authorization(options) },
    signal,
  })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const info = (await response.json()) as { system?: { version?: string } }
  return info.system?.version ?? ''
}
