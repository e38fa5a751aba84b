/**
 * The little of a SIP message that its transport must understand: which transaction it belongs to and where it goes.
 * Everything else is sip.js's business.
 */

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface SipHead {
  /** Of the request, or of the request a response answers. */
  readonly method: string
  /** Undefined in a request. */
  readonly status: number | undefined
  /** Branch of the top Via: names the transaction (RFC 3261 17.1.3). */
  readonly branch: string
}

const statusLine = /^SIP\/2\.0 (\d{3})/
const topVia = /^(?:via|v)[ \t]*:[ \t]*([^\r\n,]*)/im
const cseq = /^cseq[ \t]*:[ \t]*\d+[ \t]+(\w+)/im
const topRoute = /^route[ \t]*:[^<\r\n]*<([^>\r\n]+)>/im
const requestLine = /^(\w+) (\S+) SIP\/2\.0\r?\n/

/** Reads what a transport needs; undefined when the text is no SIP message. */
export function readHead(text: string): SipHead | undefined {
  const method = cseq.exec(text)?.[1]
  const via = topVia.exec(text)?.[1]
  if (method === undefined || via === undefined) return undefined
  const status = statusLine.exec(text)?.[1]
  const asRequest = requestLine.exec(text)?.[1]
  if (status === undefined && asRequest === undefined) return undefined
  return {
    method: asRequest ?? method,
    status: status === undefined ? undefined : Number(status),
    branch: viaParameter(via, 'branch') ?? '',
  }
}

/** Next hop of an outgoing message: first Route or request URI of a request (RFC 3261 8.1.2), top Via of a response (18.2.2). */
export function nextHop(text: string): HostPort {
  if (statusLine.test(text)) return responseHop(text)
  const route = topRoute.exec(text)?.[1]
  const target = route ?? requestLine.exec(text)?.[2]
  if (target === undefined) throw new Error('no request line in an outgoing SIP message')
  return hopOfUri(target)
}

/** Host and port of a SIP URI, 5060 when it names none. */
export function hopOfUri(uri: string): HostPort {
  const found = /^sips?:(?:[^@]*@)?(\[[^\]]+\]|[^:;?>\s]+)(?::(\d+))?/i.exec(uri)
  if (found?.[1] === undefined) throw new Error('a SIP URI without a host')
  return { host: found[1], port: found[2] === undefined ? 5060 : Number(found[2]) }
}

/** Stamps a received request with where it came from, so that its responses find the way back (RFC 3261 18.2.1, RFC 3581). */
export function stampSource(text: string, from: HostPort): string {
  return inTopVia(text, (via) => {
    const plain = via.replace(/;\s*(rport|received)(=[^;,\s]*)?/gi, '')
    return `${plain};received=${from.host};rport=${from.port}`
  })
}

/**
 * The same request with its branch lengthened by `mark`. sip.js draws branches out of ten million, and PJSIP knows a transaction
 * by its branch alone, whoever it came from: within the 32 s of a transaction, the BYE of one phone may pass for a repeat of
 * another's, be answered 200 and end nothing. RFC 3261 8.1.1.7 wants branches unique across space and time.
 */
export function withMarkedBranch(text: string, mark: string): string {
  return inTopVia(text, (via) => via.replace(/(;\s*branch\s*=\s*[^;,\s]+)/i, `$1.${mark}`))
}

/** A response to a request of {@link withMarkedBranch}, as if the request had never been marked. */
export function withoutMarkedBranch(text: string, mark: string): string {
  return inTopVia(text, (via) => via.replace(`.${mark}`, ''))
}

/** The request URI of a request, undefined in a response. */
export function requestUri(text: string): string | undefined {
  return requestLine.exec(text)?.[2]
}

/** The same request, for another URI. */
export function withRequestUri(text: string, uri: string): string {
  return text.replace(requestLine, (_line, method: string) => `${method} ${uri} SIP/2.0\r\n`)
}

function inTopVia(text: string, change: (via: string) => string): string {
  const via = topVia.exec(text)
  if (via?.[1] === undefined) return text
  const at = via.index + via[0].length - via[1].length
  return text.slice(0, at) + change(via[1]) + text.slice(at + via[1].length)
}

function responseHop(text: string): HostPort {
  const via = topVia.exec(text)?.[1]
  const sentBy = via === undefined ? undefined : /^\S+\s+(\[[^\]]+\]|[^:;\s]+)(?::(\d+))?/.exec(via)
  if (via === undefined || sentBy?.[1] === undefined) throw new Error('a SIP response without a Via')
  const port = viaParameter(via, 'rport') ?? sentBy[2]
  return { host: viaParameter(via, 'received') ?? sentBy[1], port: port === undefined ? 5060 : Number(port) }
}

function viaParameter(via: string, name: string): string | undefined {
  return new RegExp(`;\\s*${name}\\s*=\\s*([^;,\\s]+)`, 'i').exec(via)?.[1]
}

/** A DNS lookup for addresses that are given in digits: none, so that a datagram leaves before `send` returns. */
export function asGiven(host: string, _options: unknown, found: (error: null, address: string, family: number) => void): void {
  found(null, host, 4)
}
