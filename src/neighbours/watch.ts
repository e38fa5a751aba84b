/**
 * Watches one engine of a neighbour: connects, listens, and connects again. Only what can be read as a state is a sign of life; a
 * connection that breaks is none of death, as long as another is there before the silence is too long.
 */
import type { Agent } from 'node:https'
import { WebSocket, type RawData } from 'ws'
import { Backoff } from '../backoff.js'
import type { NeighbourState } from '../routing/events.js'
import { Allowance } from './allowance.js'
import type { Timing } from './timing.js'
import { paths, readState, stateBytesMax } from './wire.js'

export interface WatchOptions {
  readonly url: string
  readonly agent: Agent
  readonly timing: Timing
  /** Heard, or Down (null). */
  readonly onState: (state: NeighbourState | null) => void
  readonly onMalformed: () => void
  readonly onFlood: () => void
  /** Told again only after it was heard meanwhile, or for another reason. */
  readonly onProblem: (error: Error) => void
}

/** Four changes and a heartbeat, many times over. */
const messagesPerSecond = 20

export class Watch {
  #socket: WebSocket | null = null
  #silence: NodeJS.Timeout | null = null
  #pause: NodeJS.Timeout | null = null
  #stopped = false
  #problem = ''
  readonly #backoff: Backoff
  /** Outlives a connection: whoever floods does not begin anew with the next. */
  readonly #allowance = new Allowance(messagesPerSecond)

  constructor(private readonly options: WatchOptions) {
    this.#backoff = new Backoff(options.timing.reconnectMsMin, options.timing.reconnectMsMax)
  }

  start(): void {
    const socket = new WebSocket(new URL(paths.state, this.options.url.replace(/^https:/, 'wss:')), {
      agent: this.options.agent,
      handshakeTimeout: this.options.timing.answerMs,
      maxPayload: stateBytesMax,
      perMessageDeflate: false,
    })
    this.#socket = socket
    socket.once('open', () => this.#waitForWord())
    socket.on('message', (data) => this.#take(data))
    socket.on('error', (error) => this.#failed(error))
    socket.once('close', () => {
      this.#socket = null
      if (!this.#stopped) this.#pause = setTimeout(() => this.start(), this.#backoff.next())
    })
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#silence ?? undefined)
    clearTimeout(this.#pause ?? undefined)
    this.#socket?.terminate()
  }

  /** Ends the connection there is: the next one is made as always. */
  connectAgain(): void {
    this.#socket?.terminate()
  }

  /** A silence that began on an earlier connection goes on. */
  #waitForWord(): void {
    this.#silence ??= setTimeout(() => {
      this.#silence = null
      this.options.onState(null)
      if (!this.#socket) return
      this.#failed(new Error('it is silent'))
      this.#socket.terminate()
    }, this.options.timing.silenceMs)
  }

  #take(data: RawData): void {
    if (this.#stopped) return
    if (!this.#allowance.take()) {
      this.options.onFlood()
      return this.#socket?.terminate()
    }
    const read = readState(String(data))
    if (read === 'malformed') return this.options.onMalformed()
    this.#problem = ''
    this.#backoff.reset()
    clearTimeout(this.#silence ?? undefined)
    this.#silence = null
    this.#waitForWord()
    this.options.onState(read.state)
  }

  #failed(error: Error): void {
    if (this.#stopped || error.message === this.#problem) return
    this.#problem = error.message
    this.options.onProblem(error)
  }
}
