/**
 * Transport for Asterisk 16 to 20, on ari-client: REST over HTTP, events on a websocket. One client serves one connection; its
 * own reconnection, which gives up after ten tries, is never used.
 *
 * What ari-client lacks is added here: the HTTP status of a refusal, containment of what its event handler throws on types
 * that it does not know, a way to end a client that is about to reconnect. Deadlines and pings are the port's.
 */
import ari, { type Client, type SwaggerFailure, type SwaggerOperation } from 'ari-client'
import type { WebSocket } from 'ws'
import { operations } from './generated.js'
import { versionOf } from './http.js'
import type { Link, LinkListener, OpenLink } from './link.js'
import { AriError, type OperationName, type Params, type Result } from './port.js'

export const openAriClient: OpenLink = async (options, listener, signal) => {
  // ari-client has no time limits: nothing is asked of it before the server is known to answer.
  await versionOf(options, signal)
  const client = await abortable(ari.connect(options.url, options.user, options.password), signal)
  const link = new ClientLink(client, listener)
  signal.addEventListener('abort', () => link.destroy(), { once: true })
  await abortable(client.start(options.app), signal)
  return link
}

class ClientLink implements Link {
  readonly ordered = false
  readonly #client: Client
  #destroyed = false

  constructor(client: Client, listener: LinkListener) {
    this.#client = client
    supervise(client, listener)
    client.on('*', (event: unknown) => {
      listener.heard()
      // What our own handlers throw is not ari-client's business, whose errors are contained.
      try {
        listener.event(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    })
    client.on('pong', () => listener.heard())
    const lost = (error?: Error): void => {
      if (this.#destroyed) return
      this.destroy()
      listener.lost(error?.message ?? 'closed')
    }
    client.on('WebSocketReconnecting', lost)
    client.on('WebSocketMaxRetries', lost)
  }

  async send<O extends OperationName>(operation: O, params: Params<O>): Promise<Result<O>> {
    const [resource, name] = operation.split('.') as [string, string]
    const call = (this.#client as unknown as Record<string, Record<string, (params: object) => PromiseLike<unknown>>>)[
      resource
    ]?.[name]
    // An older server lacks what newer ones have.
    if (!call) throw new AriError('refused', operation, 501)
    try {
      return (await call(joined(operation, params))) as Result<O>
    } catch (error) {
      throw refusal(operation, error as Error)
    }
  }

  ping(): void {
    this.#client.ping()
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#client.removeAllListeners()
    retire(this.#client)
  }
}

/** ari-client sends a list as several parameters of one name; Asterisk reads the first. */
function joined<O extends OperationName>(operation: O, params: Params<O>): object {
  const lists = new Set(operations[operation].query)
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      lists.has(name) && Array.isArray(value) ? value.join(',') : value,
    ]),
  )
}

/** Prefix by which the status of a refusal travels through ari-client, which keeps only a text. */
const statusMark = 'HTTP '

function supervise(client: Client, listener: LinkListener): void {
  for (const [resource, { operations: names }] of Object.entries(client._swagger.apis)) {
    const calls = client._swagger.apis[resource] as unknown as Record<string, SwaggerOperation>
    for (const name of Object.keys(names)) {
      const original = calls[name]
      if (original)
        calls[name] = (args, succeeded, failed) => original(args, succeeded, (failure) => failed(marked(failure)))
    }
  }
  let socket: WebSocket | undefined
  Object.defineProperty(client, '_ws', {
    configurable: true,
    get: () => socket,
    set: (opened: WebSocket) => {
      socket = contained(opened, listener)
    },
  })
}

const marked = (failure: SwaggerFailure): SwaggerFailure => ({
  ...failure,
  data: `${statusMark}${failure.status ?? 0} ${String(failure.data ?? '')}`,
})

function refusal(operation: OperationName, error: Error): AriError {
  const found = /^HTTP (\d+) (.*)$/s.exec(error.message)
  if (!found) return new AriError('refused', operation, undefined, error.message)
  return new AriError('refused', operation, Number(found[1]), reasonIn(found[2] ?? ''))
}

function reasonIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { message?: string }).message
  } catch {
    return undefined
  }
}

/** The same socket, on which no message listener can throw. */
function contained(socket: WebSocket, listener: LinkListener): WebSocket {
  const listen = socket.on.bind(socket) as (event: string, handler: (...args: unknown[]) => void) => WebSocket
  socket.on = ((event: string, handler: (...args: unknown[]) => void) => {
    if (event !== 'message') return listen(event, handler)
    return listen(event, (...args) => {
      try {
        handler.apply(socket, args)
      } catch {
        listener.malformed()
      }
    })
  }) as WebSocket['on']
  return socket
}

/** Ends a client for good: even a reconnection it has already scheduled comes to nothing, and takes the application from nobody. */
function retire(client: Client): void {
  const end = (socket: WebSocket): WebSocket => {
    socket.on('error', () => {})
    socket.terminate()
    return socket
  }
  let last = client._ws && end(client._ws)
  client._wsClosed = true
  Object.defineProperty(client, '_ws', { get: () => last, set: (zombie: WebSocket) => (last = end(zombie)) })
}

function abortable<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abandon = (): void => reject(signal.reason as Error)
    if (signal.aborted) return abandon()
    signal.addEventListener('abort', abandon, { once: true })
    work.then(
      (value) => {
        signal.removeEventListener('abort', abandon)
        resolve(value)
      },
      (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
    )
  })
}
