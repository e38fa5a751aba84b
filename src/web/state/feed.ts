/**
 * The live feed's connection: says who it is, keeps the room up to date, comes back by itself and asks only for what it missed. A socket
 * that closes is lost at once, and so is any socket when the browser says that its network is gone.
 */
import { closeCodes, type FeedMessage } from './messages.js'
import { applyMessage, type Room } from './room.js'

export type Link = 'connecting' | 'up' | 'down'

/** Why the engine will not have this browser: no further try makes sense before somebody signs in. */
export type Barred = 'unauthorized' | 'forbidden'

export interface FeedOptions {
  readonly url: string
  /** A token that is good now; null when there is none any more. */
  readonly token: (renew: boolean) => Promise<string | null>
  readonly onRoom: (room: Room, message: FeedMessage) => void
  readonly onLink: (link: Link) => void
  readonly onBarred: (why: Barred) => void
}

const firstPauseMs = 250
const longestPauseMs = 4_000

export class Feed {
  #room: Room | null = null
  #socket: WebSocket | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #pauseMs = firstPauseMs
  #stopped = false
  #refusedOnce = false

  constructor(private readonly options: FeedOptions) {}

  start(): void {
    void this.#connect(false)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#socket?.close()
  }

  /** A new token for the connection that stands. */
  renew(token: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN && this.#room !== null) this.#socket.send(JSON.stringify({ type: 'renew', token }))
  }

  /** The browser says that its network is gone: the socket may not know for minutes. */
  networkGone(): void {
    const socket = this.#socket
    if (socket === null) return
    this.#closed(socket, 1006)
    this.#socket = null
    socket.close()
  }

  /** The network is back: at once, instead of after the pause. */
  networkBack(): void {
    if (this.#stopped || this.#timer === undefined) return
    clearTimeout(this.#timer)
    void this.#connect(false)
  }

  async #connect(renew: boolean): Promise<void> {
    this.#timer = undefined
    this.options.onLink('connecting')
    const token = await this.options.token(renew)
    if (this.#stopped) return
    if (token === null) return this.options.onBarred('unauthorized')
    const socket = new WebSocket(this.options.url)
    this.#socket = socket
    socket.addEventListener('open', () => {
      const resume = this.#room === null ? {} : { resume: { feed: this.#room.feed, seq: this.#room.seq } }
      socket.send(JSON.stringify({ type: 'hello', token, ...resume }))
    })
    socket.addEventListener('message', ({ data }) => this.#heard(socket, JSON.parse(String(data)) as FeedMessage))
    socket.addEventListener('close', ({ code }) => this.#closed(socket, code))
  }

  #heard(socket: WebSocket, message: FeedMessage): void {
    if (socket !== this.#socket) return
    this.#room = applyMessage(this.#room, message)
    if (this.#room === null) return socket.close()
    this.#pauseMs = firstPauseMs
    this.#refusedOnce = false
    this.options.onLink('up')
    this.options.onRoom(this.#room, message)
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket || this.#stopped) return
    this.options.onLink('down')
    if (code === closeCodes.forbidden) return this.options.onBarred('forbidden')
    if (code === closeCodes.unauthorized) {
      if (this.#refusedOnce) return this.options.onBarred('unauthorized')
      this.#refusedOnce = true
      return void this.#connect(true)
    }
    this.#timer = setTimeout(() => void this.#connect(false), this.#pauseMs)
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }
}
