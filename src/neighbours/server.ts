/**
 * Where neighbours watch this SAS and ask it for places. A listener of its own, apart from the API's: whoever has no certificate of a
 * known name gets nothing here. A neighbour has bounds of its own in all it can hold or send, so that none keeps another out.
 */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { WebSocketServer, type WebSocket } from 'ws'
import type { NeighbourTls } from '../config/live-certificate.js'
import { pause } from '../pause.js'
import type { ReservationAsk, ReservationRefusal } from '../routing/events.js'
import { Allowance } from './allowance.js'
import { identify, tlsRules, type Named } from './certificate.js'
import type { LinkProblem, RefusedReason, TellRefused } from './refused.js'
import type { Timing } from './timing.js'
import { askBytesMax, paths, readAsk, reservationId, writeAsk, writeRefusal, writeState, type OwnState } from './wire.js'

export interface ServerOptions {
  readonly sas: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly tls: NeighbourTls
  readonly peers: readonly (Named & { readonly id: string })[]
  readonly state: (neighbour: string) => OwnState | null
  readonly onAsk: (neighbour: string, id: string, ask: ReservationAsk) => Promise<ReservationRefusal | null>
  readonly onDrop: (neighbour: string, id: string) => void
  readonly onRefused: TellRefused
  readonly onProblem: (problem: LinkProblem) => void
  readonly timing: Timing
}

const connectionsMax = 256
const connectionsOfPeerMax = 32
/** Two engines of a neighbour watch, each may have left a dead socket behind. */
const watchersOfPeerMax = 8
const requestsPerSecond = 20
const headerBytesMax = 8 * 1024
const requestMs = 5_000
const handshakeTimeout = 'ERR_TLS_HANDSHAKE_TIMEOUT'
const idleMs = 60_000
/** A watcher whose socket holds more than this is let go. */
const bufferedBytesMax = 256 * 1024
const heartbeatsPerPing = 5
const goodbyeMs = 200

/** One neighbour, as it comes here. */
class Guest {
  connections = 0
  text = ''
  readonly watchers = new Set<Watcher>()
  readonly allowance = new Allowance(requestsPerSecond)
  readonly answers = new Map<string, Answered>()

  constructor(
    readonly id: string,
    readonly certificateName: string,
  ) {}
}

interface Answered {
  readonly asked: string
  /** On the clock of `performance.now`. */
  readonly until: number
  readonly answer: Promise<ReservationRefusal | null>
}

interface Watcher {
  readonly socket: WebSocket
  readonly validUntil: number
  answered: boolean
}

/** Who is at the other end of a connection, and until when their certificate says so, ms since the epoch. */
interface Visitor {
  readonly guest: Guest
  readonly validUntil: number
}

export class NeighbourServer {
  readonly #guests: readonly Guest[]
  readonly #visitors = new WeakMap<Duplex, Visitor>()
  readonly #server: Server
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 1_024, perMessageDeflate: false })
  #heartbeat: NodeJS.Timeout | null = null
  #beats = 0
  #quiet: NodeJS.Timeout | null = null
  #changedAgain = false

  constructor(private readonly options: ServerOptions) {
    this.#guests = options.peers.map(({ id, certificateName }) => new Guest(id, certificateName))
    // Whoever is not trusted is cut off by `#arrived`: node would do the same, but not say any more where they came from.
    const trust = { ...options.tls, ...tlsRules, requestCert: true, rejectUnauthorized: false, handshakeTimeout: options.timing.handshakeMs }
    const bounds = { maxHeaderSize: headerBytesMax, headersTimeout: requestMs, requestTimeout: requestMs, keepAliveTimeout: idleMs, connectionsCheckingInterval: 1_000 }
    this.#server = createServer({ ...trust, ...bounds }, (request, response) => void this.#answer(request, response))
    this.#server.maxConnections = connectionsMax
    this.#server.on('secureConnection', (socket) => this.#arrived(socket))
    this.#server.on('tlsClientError', (error, socket) => this.#notTls(error, socket))
    this.#server.on('clientError', (error, socket) => this.#notHttp(error, socket))
    this.#server.on('upgrade', (request, socket, head) => this.#watch(request, socket, head))
  }

  /** Null while it does not listen. */
  get port(): number | null {
    return (this.#server.address() as AddressInfo | null)?.port ?? null
  }

  /** @throws when it cannot listen there */
  async listen(): Promise<void> {
    this.#server.listen(this.options.listen)
    await once(this.#server, 'listening')
    this.#server.on('error', (error) => this.options.onProblem({ neighbour: null, error }))
    this.#heartbeat = setInterval(() => this.#beat(), this.options.timing.heartbeatMs)
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat ?? undefined)
    clearTimeout(this.#quiet ?? undefined)
    const closed = this.#server.listening ? once(this.#server, 'close') : Promise.resolve()
    this.#server.close()
    for (const guest of this.#guests) this.#send(guest, writeState(this.options.sas, null))
    const watchers = this.#guests.flatMap((guest) => [...guest.watchers])
    for (const { socket } of watchers) socket.close(1001)
    const patience = new AbortController()
    await Promise.race([Promise.all(watchers.map(({ socket }) => once(socket, 'close'))), pause(goodbyeMs, patience.signal)])
    patience.abort()
    for (const { socket } of watchers) socket.terminate()
    this.#server.closeAllConnections()
    await closed
  }

  /** See `Neighbours.renew`. */
  renew(tls: NeighbourTls, anew: boolean): void {
    this.#server.setSecureContext({ ...tls, ...tlsRules })
    if (!anew) return
    for (const { watchers } of this.#guests) for (const { socket } of watchers) socket.terminate()
    this.#server.closeAllConnections()
  }

  /** Something of what is told may have changed: told at once, and again at most every `timing.changeMs`. */
  changed(): void {
    if (this.#quiet) {
      this.#changedAgain = true
      return
    }
    for (const guest of this.#guests) this.#tell(guest)
    this.#quiet = setTimeout(() => {
      this.#quiet = null
      if (!this.#changedAgain) return
      this.#changedAgain = false
      this.changed()
    }, this.options.timing.changeMs)
  }

  /** The whole state again: one that was never said to have changed is told all the same. */
  #beat(): void {
    const ping = ++this.#beats % heartbeatsPerPing === 0
    for (const guest of this.#guests) {
      if (ping) for (const watcher of guest.watchers) this.#ping(watcher)
      if (guest.watchers.size === 0) continue
      guest.text = this.#write(guest)
      this.#send(guest, guest.text)
    }
  }

  #tell(guest: Guest): void {
    if (guest.watchers.size === 0) return
    const text = this.#write(guest)
    if (text === guest.text) return
    guest.text = text
    this.#send(guest, text)
  }

  #write({ id }: Guest): string {
    return writeState(this.options.sas, this.options.state(id))
  }

  #send(guest: Guest, text: string): void {
    for (const { socket } of guest.watchers) {
      if (socket.bufferedAmount <= bufferedBytesMax) socket.send(text)
      else {
        this.options.onProblem({ neighbour: guest.id, error: new Error('it reads too slowly what it watches') })
        socket.terminate()
      }
    }
  }

  #ping(watcher: Watcher): void {
    if (!watcher.answered || watcher.validUntil < Date.now()) return watcher.socket.terminate()
    watcher.answered = false
    watcher.socket.ping()
  }

  /** Only who is noted here as a visitor gets anything. */
  #arrived(socket: TLSSocket): void {
    socket.disableRenegotiation()
    if (!socket.authorized) return this.#cut(socket.getPeerX509Certificate() ? 'untrusted-certificate' : 'no-certificate', null, socket)
    const found = identify(socket, this.#guests)
    // Not cut: 403 tells whoever has a certificate of this group what is wrong.
    if (!found) return this.#refused('unknown-neighbour', null, socket)
    const guest = found.peer
    if (guest.connections >= connectionsOfPeerMax) return this.#cut('too-many', guest, socket)
    guest.connections++
    socket.once('close', () => guest.connections--)
    this.#visitors.set(socket, { guest, validUntil: found.validUntil })
  }

  #cut(why: RefusedReason, guest: Guest | null, socket: TLSSocket): void {
    this.#refused(why, guest, socket)
    socket.destroy()
  }

  /** Whoever only opened a connection and left again did no harm. */
  #notTls({ code = '' }: NodeJS.ErrnoException, socket: TLSSocket): void {
    if (code.startsWith('ERR_SSL')) this.#refused('malformed', null, socket)
    if (code === handshakeTimeout) this.#cut('too-slow', null, socket)
  }

  #notHttp({ code }: NodeJS.ErrnoException, socket: Duplex): void {
    // Told as `tlsClientError` too.
    if (!socket.writable || code === handshakeTimeout) return
    this.#refused('malformed', this.#visitors.get(socket)?.guest ?? null, socket)
    refuseUpgrade(socket, '400 Bad Request')
  }

  #refused(why: RefusedReason, guest: Guest | null, socket: Duplex): void {
    this.options.onRefused({ why, neighbour: guest?.id ?? null, address: socket instanceof TLSSocket ? (socket.remoteAddress ?? null) : null })
  }

  #visitorOf(socket: Duplex): Visitor | null {
    const visitor = this.#visitors.get(socket)
    return visitor && visitor.validUntil >= Date.now() ? visitor : null
  }

  #watch(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const visitor = this.#visitorOf(socket)
    if (!visitor) return refuseUpgrade(socket, '403 Forbidden')
    const { guest, validUntil } = visitor
    if (!this.#mayAsk(guest, socket)) return refuseUpgrade(socket, '429 Too Many Requests')
    if (request.url !== paths.state) return refuseUpgrade(socket, '404 Not Found')
    this.#sockets.handleUpgrade(request, socket, head, (accepted) => {
      const watcher: Watcher = { socket: accepted, validUntil, answered: true }
      accepted.on('pong', () => (watcher.answered = true))
      // Nothing is said on this way.
      accepted.once('message', () => {
        this.#refused('malformed', guest, socket)
        accepted.close(1008)
      })
      // What broke is followed by the end of the socket.
      accepted.on('error', () => undefined)
      accepted.once('close', () => guest.watchers.delete(watcher))
      const [oldest] = guest.watchers
      if (oldest && guest.watchers.size >= watchersOfPeerMax) oldest.socket.terminate()
      guest.watchers.add(watcher)
      accepted.send(this.#write(guest))
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const visitor = this.#visitorOf(request.socket)
    if (!visitor) return reply(response, 403, writeRefusal('unknown-neighbour'))
    const { guest } = visitor
    if (!this.#mayAsk(guest, request.socket)) return reply(response, 429, writeRefusal('busy'))
    const { method, url = '' } = request
    if (method === 'POST' && url === paths.reservations) return this.#ask(guest, request, response)
    if (method === 'DELETE' && url.startsWith(`${paths.reservations}/`)) return this.#drop(guest, url.slice(paths.reservations.length + 1), request, response)
    reply(response, 404, null)
  }

  #mayAsk(guest: Guest, socket: Duplex): boolean {
    const may = guest.allowance.take()
    if (!may) this.#refused('too-many', guest, socket)
    return may
  }

  async #ask(guest: Guest, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const read = body === null ? null : readAsk(body)
    if (!read) {
      this.#refused('malformed', guest, request.socket)
      return reply(response, 400, null)
    }
    const { id, ask } = read
    const answered = this.#answerTo(guest, id, ask)
    if (!answered) {
      this.#refused('replayed', guest, request.socket)
      return reply(response, 409, writeRefusal('refused'))
    }
    const patience = new AbortController()
    const why = await Promise.race([answered.answer, pause(this.options.timing.answerMs, patience.signal).then(() => 'unreachable' as const)])
    patience.abort()
    if (why === null) reply(response, 201, JSON.stringify({ id }))
    else reply(response, why === 'unreachable' ? 503 : 409, writeRefusal(why))
  }

  /** The answer to whoever asks again under the same id is the first one, as long as an answer can have been lost. Null: it asks for something else. */
  #answerTo(guest: Guest, id: string, ask: ReservationAsk): Answered | null {
    const now = performance.now()
    for (const [old, { until }] of guest.answers) {
      if (until > now) break
      guest.answers.delete(old)
    }
    const asked = writeAsk(id, ask)
    const before = guest.answers.get(id)
    if (before) return before.asked === asked ? before : null
    const answer = this.options.onAsk(guest.id, id, ask).then(
      (why) => {
        // This was no decision: whoever asks again may meet one.
        if (why === 'unreachable') guest.answers.delete(id)
        return why
      },
      (error: unknown) => {
        this.options.onProblem({ neighbour: guest.id, error: error instanceof Error ? error : new Error(String(error)) })
        guest.answers.delete(id)
        return 'unreachable' as const
      },
    )
    const answered = { asked, until: now + 2 * this.options.timing.answerMs, answer }
    guest.answers.set(id, answered)
    return answered
  }

  #drop(guest: Guest, id: string, request: IncomingMessage, response: ServerResponse): void {
    if (!reservationId.safeParse(id).success) {
      this.#refused('malformed', guest, request.socket)
      return reply(response, 400, null)
    }
    guest.answers.delete(id)
    this.options.onDrop(guest.id, id)
    reply(response, 204, null)
  }
}

const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.on('error', () => undefined)
  // Their own half may stay open for ever.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

const reply = (response: ServerResponse, status: number, json: string | null): void => {
  if (response.destroyed) return
  // The rest of what is malformed may be without end.
  if (status === 400) response.setHeader('connection', 'close')
  if (json !== null) response.setHeader('content-type', 'application/json')
  response.writeHead(status).end(json)
}

/** Null when there is too much of it, or it is cut short. */
const readBody = (request: IncomingMessage): Promise<string | null> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > askBytesMax) {
        request.pause()
        resolve(null)
      } else chunks.push(chunk)
    })
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.once('error', () => resolve(null))
    request.once('close', () => resolve(null))
  })
