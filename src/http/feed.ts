/**
 * The feed's socket: `GET /v1/feed` (RFC 6455). Who asks says so in their first message, as a browser can put no header on it. A
 * watcher who cannot keep up, or says nothing to a ping, is let go: they come back and resume.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { z } from 'zod'
import type { Audit, RefusalKind } from '../auth/audit.js'
import type { Doorkeeper } from '../auth/doorkeeper.js'
import type { Principal } from '../auth/principal.js'
import type { Sessions } from '../auth/sessions.js'
import type { Feed, Watcher } from '../feed/feed.js'
import { addressOfRaw, type Trust } from './address.js'

export interface FeedOptions {
  readonly feed: Feed
  readonly doorkeeper: Doorkeeper
  /** Whose word counts for where a watcher is. */
  readonly trust: Trust
  /** Null where nobody signs in. */
  readonly sessions: Sessions | null
  /** Null where nobody keeps one. */
  readonly audit: Audit | null
  readonly onWatchers: (count: number) => void
  readonly onClosed: (why: Closing) => void
  readonly limits: Partial<FeedLimits>
}

export interface FeedLimits {
  readonly watchers: number
  /** A watcher whose socket holds more bytes than this is let go. */
  readonly bufferedBytes: number
  readonly helloMs: number
  /** Between two pings, and two looks at whether a token still is one. */
  readonly pingMs: number
  /** Messages of one watcher between two pings. */
  readonly messages: number
}

const usualLimits: FeedLimits = { watchers: 500, bufferedBytes: 1024 * 1024, helloMs: 5_000, pingMs: 15_000, messages: 20 }
const messageBytesMax = 4 * 1024
const path = '/v1/feed'

/** Why the engine let a watcher go, or in, not at all; a label of metrics. */
export type Closing = 'malformed' | 'unauthorized' | 'forbidden' | 'late' | 'slow' | 'silent' | 'standby' | 'too-many' | 'failed'

const codes: Readonly<Record<Exclude<Closing, 'silent' | 'too-many'>, number>> = {
  malformed: 4400,
  unauthorized: 4401,
  forbidden: 4403,
  late: 4408,
  slow: 4413,
  standby: 1013,
  failed: 1011,
}

const token = z.string().min(1).max(2_048)
const helloMessage = z.strictObject({ type: z.literal('hello'), token, resume: z.strictObject({ feed: z.string().max(64), seq: z.int().min(0) }).optional() })
const renewMessage = z.strictObject({ type: z.literal('renew'), token })
const message = z.discriminatedUnion('type', [helloMessage, renewMessage])
type Message = z.infer<typeof message>

/** Lets watchers in on the server of `app`, which must not listen yet. */
export const serveFeed = (app: FastifyInstance, options: FeedOptions): void => {
  const limits = { ...usualLimits, ...options.limits }
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax, perMessageDeflate: false })
  const all = new Set<FeedSocket>()
  const count = (): void => options.onWatchers(all.size)

  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?')[0] !== path) return refuse(socket, '404 Not Found')
    if (all.size >= limits.watchers) {
      options.onClosed('too-many')
      return refuse(socket, '503 Service Unavailable')
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const one = new FeedSocket(accepted, addressOfRaw(request, options.trust), options, limits)
      all.add(one)
      count()
      accepted.once('close', () => {
        all.delete(one)
        count()
      })
    })
  })

  const sweep = setInterval(() => void recheck(all), limits.pingMs)
  sweep.unref()
  const onSessionEnded = ({ id }: { readonly id: string }): void => {
    for (const one of all) if (one.session === id) one.close('unauthorized')
  }
  options.sessions?.on('ended', onSessionEnded)
  options.feed.on('closed', () => {
    for (const one of all) one.close('standby')
  })
  options.feed.on('failed', () => {
    for (const one of all) one.close('failed')
  })
  app.addHook('preClose', async () => {
    clearInterval(sweep)
    options.sessions?.off('ended', onSessionEnded)
    for (const one of all) one.terminate()
    sockets.close()
  })
}

const refuse = (socket: Duplex, status: string): void => {
  socket.on('error', () => undefined)
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** One after the other: a room full of tokens is not read in one go. */
const recheck = async (all: Iterable<FeedSocket>): Promise<void> => {
  for (const one of [...all]) await one.recheck()
}

class FeedSocket implements Watcher {
  #principal: Principal | null = null
  #token = ''
  #answered = true
  #messages = 0
  #closed = false
  /** What came is read one after the other. */
  #reading: Promise<void> = Promise.resolve()
  readonly #patience: NodeJS.Timeout

  constructor(
    private readonly socket: WebSocket,
    private readonly ip: string,
    private readonly options: FeedOptions,
    private readonly limits: FeedLimits,
  ) {
    this.#patience = setTimeout(() => this.close('late'), limits.helloMs)
    socket.on('message', (data, isBinary) => {
      this.#messages++
      const read = isBinary || this.#messages > limits.messages ? null : parse(data)
      if (!read) return this.close('malformed')
      this.#reading = this.#reading.then(() => this.#take(read))
    })
    socket.on('pong', () => (this.#answered = true))
    // What broke is followed by the end of the socket.
    socket.on('error', () => undefined)
    socket.once('close', () => this.#end())
  }

  /** Who watches. @throws before they said so */
  get principal(): Principal {
    if (!this.#principal) throw new Error('nobody said who they are')
    return this.#principal
  }

  get session(): string | null {
    return this.#principal?.session ?? null
  }

  send(text: Buffer): void {
    if (this.#closed) return
    if (this.socket.bufferedAmount > this.limits.bufferedBytes) return this.close('slow')
    this.socket.send(text, { binary: false })
  }

  close(why: keyof typeof codes): void {
    if (this.#closed) return
    this.#end()
    this.options.onClosed(why)
    this.socket.close(codes[why])
  }

  terminate(): void {
    this.#end()
    this.socket.terminate()
  }

  /** Whether they are still there, and still may. */
  async recheck(): Promise<void> {
    if (!this.#answered || this.#closed) {
      if (!this.#closed) this.options.onClosed('silent')
      return this.terminate()
    }
    this.#answered = false
    this.#messages = 0
    this.socket.ping()
    // In turn with what they say: their next token may be on its way.
    this.#reading = this.#reading.then(() => (this.#principal && !this.#closed ? this.#recognize(this.#token) : undefined))
    await this.#reading
  }

  #end(): void {
    this.#closed = true
    clearTimeout(this.#patience)
    this.options.feed.leave(this)
  }

  async #take(read: Message): Promise<void> {
    if (this.#closed) return
    if ((read.type === 'hello') !== (this.#principal === null)) return this.close('malformed')
    await this.#recognize(read.token, read.type === 'hello' ? (read.resume ?? null) : null)
  }

  /** Who came by this token watches, or goes on. */
  async #recognize(given: string, resume: z.infer<typeof helloMessage>['resume'] | null = null): Promise<void> {
    const recognized = await this.options.doorkeeper.recognize(given)
    if (this.#closed) return
    if (!recognized.ok) return recognized.why === 'unread' ? this.close('standby') : this.#refuse('unauthorized', recognized.why, recognized.account)
    const { principal } = recognized
    const before = this.#principal
    if (before && (before.id !== principal.id || before.session !== principal.session)) return this.#refuse('forbidden', 'wrong-right', before.id)
    this.#token = given
    if (before && sameRights(before, principal)) return
    clearTimeout(this.#patience)
    if (!this.options.feed.isOpen) return this.close('standby')
    this.#principal = principal
    if (!this.options.feed.watch(this, resume)) this.#refuse('forbidden', 'wrong-right', principal.id)
  }

  #refuse(why: 'unauthorized' | 'forbidden', kind: RefusalKind, account: string | null): void {
    this.options.audit?.note(kind, { account, ip: this.ip, detail: path })
    this.close(why)
  }
}

const sameRights = (one: Principal, other: Principal): boolean => [...one.rights].join() === [...other.rights].join()

const parse = (data: RawData): Message | null => {
  try {
    const read = message.safeParse(JSON.parse(String(data)))
    return read.success ? read.data : null
  } catch {
    return null
  }
}
