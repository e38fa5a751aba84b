/**
 * Requests and events on one websocket (Asterisk 22.4, 21.9, 20.14 and later). Asterisk carries out what comes on one socket
 * one request after another, so requests may be sent without waiting for answers.
 */
import WebSocket, { type RawData } from 'ws'
import { ariAddress, authorization } from './http.js'
import type { Link, LinkListener, OpenLink } from './link.js'
import { AriError, type OperationName, type Params, type PortOptions, type Result } from './port.js'
import { toRequest } from './request.js'

/** A list of a thousand channels is under a megabyte. */
const messageBytesMax = 16 * 1024 * 1024

interface Answer {
  readonly type: 'RESTResponse'
  readonly request_id: string
  readonly status_code: number
  readonly reason_phrase?: string
  readonly message_body?: string
}

interface Waiting {
  readonly operation: OperationName
  resolve(result: unknown): void
  reject(error: AriError): void
}

export const openRestOverWebSocket: OpenLink = (options, listener, signal) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(eventsUrl(options), {
      headers: { authorization: authorization(options) },
      perMessageDeflate: false,
      maxPayload: messageBytesMax,
    })
    const link = new SocketLink(socket, listener)
    const abandon = (): void => {
      link.destroy()
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', abandon, { once: true })
    socket.once('open', () => resolve(link))
    socket.on('error', (error) => reject(error))
    socket.once('close', (code) => {
      signal.removeEventListener('abort', abandon)
      reject(new Error(`closed ${code}`))
      link.lost(`closed ${code}`)
    })
  })

class SocketLink implements Link {
  readonly ordered = true
  readonly #socket: WebSocket
  readonly #listener: LinkListener
  readonly #waiting = new Map<string, Waiting>()
  #destroyed = false
  #requests = 0

  constructor(socket: WebSocket, listener: LinkListener) {
    this.#socket = socket
    this.#listener = listener
    socket.on('message', (data) => this.#receive(data))
    socket.on('pong', () => listener.heard())
    socket.on('ping', () => listener.heard())
  }

  send<O extends OperationName>(operation: O, params: Params<O>): Promise<Result<O>> {
    const { method, uri, body } = toRequest(operation, params)
    const id = String((this.#requests += 1))
    const message = {
      type: 'RESTRequest',
      transaction_id: id,
      request_id: id,
      method,
      uri,
      ...(body !== null && { content_type: 'application/json', message_body: body }),
    }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { operation, resolve: resolve as (result: unknown) => void, reject })
      this.#socket.send(JSON.stringify(message))
    })
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping()
  }

  destroy(): void {
    this.#destroyed = true
    this.#waiting.clear()
    this.#socket.terminate()
  }

  lost(reason: string): void {
    if (!this.#destroyed) this.#listener.lost(reason)
  }

  #receive(data: RawData): void {
    if (this.#destroyed) return
    this.#listener.heard()
    let message: unknown
    try {
      message = JSON.parse(String(data))
    } catch {
      return this.#listener.malformed()
    }
    if (isAnswer(message)) this.#answer(message)
    else this.#listener.event(message)
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.request_id)
    if (!waiting) return
    this.#waiting.delete(answer.request_id)
    const body = bodyOf(answer)
    if (answer.status_code >= 200 && answer.status_code < 300) waiting.resolve(body)
    else
      waiting.reject(
        new AriError('refused', waiting.operation, answer.status_code, reasonIn(body) ?? answer.reason_phrase),
      )
  }
}

function eventsUrl({ url, app }: PortOptions): URL {
  const address = ariAddress(url, 'events')
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  address.searchParams.set('app', app)
  return address
}

const isAnswer = (message: unknown): message is Answer =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'RESTResponse'

function bodyOf({ message_body: text }: Answer): unknown {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const reasonIn = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string'
    ? body.message
    : undefined
