/**
 * What both transports share: keep one link open, notice when it is dead, give each request a deadline.
 *
 *   opening   a link is being opened and prepared (version, event filter); left by `up`, or by failure (→ waiting).
 *   up        left when the link is lost or silent for `deadMs`, or this process stood still as long (→ waiting), or by
 *             ApplicationReplaced (→ ended).
 *   waiting   for the next attempt, at most `backoffMaxMs`.
 *   ended     by `stop` or by being replaced.
 */
import { EventEmitter } from 'node:events'
import { Backoff } from '../backoff.js'
import { type AriEvent, eventTypes } from './generated.js'
import type { Link, LinkListener, OpenLink } from './link.js'
import type { RequestOutcome } from './observer.js'
import {
  AriError,
  type AriPort,
  type OperationName,
  type Params,
  type PortEvents,
  type PortOptions,
  type Result,
} from './port.js'

const knownTypes: ReadonlySet<string> = new Set(eventTypes)

/** Carried by every filter: without the first, answers over the event socket are filtered away too (measured). */
const neverFiltered = ['RESTResponse', 'ApplicationReplaced'] as const

/** After standing still: what waits in the sockets, of Asterisk and of others, is read by then. */
const wakeUpMs = 100

const typeOf = (message: unknown): string | null =>
  typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string' ? message.type : null

export class SupervisedPort extends EventEmitter<PortEvents> implements AriPort {
  readonly #options: PortOptions
  readonly #open: OpenLink
  readonly #backoff: Backoff
  readonly #inFlight = new Set<(outcome: 'disconnected') => void>()
  #link: Link | null = null
  #up = false
  #started = false
  #ended = false
  #attempt: AbortController | null = null
  #retry: NodeJS.Timeout | null = null
  #heartbeat: NodeJS.Timeout | null = null
  #heardAt = 0
  #beatAt = 0

  constructor(options: PortOptions, open: OpenLink) {
    super()
    this.#options = options
    this.#open = open
    this.#backoff = new Backoff(options.timing.backoffMinMs, options.timing.backoffMaxMs)
  }

  get ordered(): boolean {
    return this.#link?.ordered ?? false
  }

  get isUp(): boolean {
    return this.#up
  }

  get silentForMs(): number {
    return performance.now() - this.#heardAt
  }

  async start(): Promise<void> {
    if (this.#started) throw new Error('a port is started once')
    this.#started = true
    void this.#connect()
  }

  async stop(): Promise<void> {
    this.#end('stopped')
  }

  call<O extends OperationName>(operation: O, params: Params<O>): Promise<Result<O>> {
    // Nor is anything asked that was thought of before: not even a sign of life.
    if (this.#stoodStill()) this.#wakeUp()
    const link = this.#up ? this.#link : null
    if (link) return this.#send(link, operation, params)
    this.#options.observer.requestDone(operation, 0, 'disconnected')
    return Promise.reject(new AriError('disconnected', operation))
  }

  #send<O extends OperationName>(link: Link, operation: O, params: Params<O>): Promise<Result<O>> {
    const { observer, timing, inFlightMax } = this.#options
    if (this.#inFlight.size >= inFlightMax) {
      observer.requestDone(operation, 0, 'overloaded')
      return Promise.reject(new AriError('overloaded', operation))
    }
    return new Promise((resolve, reject) => {
      const sentAt = performance.now()
      const settle = (outcome: RequestOutcome, status?: number): boolean => {
        if (!this.#inFlight.delete(fail)) return false
        clearTimeout(deadline)
        observer.requestDone(operation, performance.now() - sentAt, outcome, status)
        return true
      }
      const fail = (outcome: 'disconnected' | 'timeout'): void => {
        if (settle(outcome)) reject(new AriError(outcome, operation))
      }
      // If it was this process that stood still, the answer lies in the socket: it is read before anything is concluded.
      const deadline = setTimeout(() => setImmediate(() => fail('timeout')), timing.deadlineMs)
      this.#inFlight.add(fail)
      link.send(operation, params).then(
        (result) => {
          if (settle('ok')) resolve(result)
        },
        (error: unknown) => {
          if (error instanceof AriError ? settle(error.kind, error.status) : settle('refused')) reject(error as Error)
        },
      )
    })
  }

  async #connect(): Promise<void> {
    const attempt = new AbortController()
    this.#attempt = attempt
    const startedAt = performance.now()
    const tooLate = setTimeout(() => this.#lose(attempt, 'no answer'), this.#options.timing.deadMs)
    try {
      const link = await this.#open(this.#options, this.#listener(attempt), attempt.signal)
      if (attempt.signal.aborted) return link.destroy()
      this.#link = link
      this.#watch(link)
      const version = await this.#prepare(link)
      if (attempt.signal.aborted) return
      this.#up = true
      this.#backoff.reset()
      this.#options.observer.connected(performance.now() - startedAt)
      this.emit('up', { text: version })
    } catch (error) {
      this.#lose(attempt, (error as Error).message)
    } finally {
      clearTimeout(tooLate)
    }
  }

  async #prepare(link: Link): Promise<string> {
    const { app, eventTypes: wanted } = this.#options
    const allowed = [...neverFiltered, ...wanted].map((type) => ({ type }))
    const [info] = await Promise.all([
      this.#send(link, 'asterisk.getInfo', { only: 'system' }),
      this.#send(link, 'applications.filter', { applicationName: app, filter: { allowed } }),
    ])
    return info.system?.version ?? 'unknown'
  }

  #listener(attempt: AbortController): LinkListener {
    const live = (): boolean => !attempt.signal.aborted
    return {
      heard: () => {
        this.#heardAt = performance.now()
      },
      event: (message) => {
        if (live()) this.#take(message)
      },
      malformed: () => {
        if (live()) this.#unknown('malformed')
      },
      lost: (reason) => this.#lose(attempt, reason),
    }
  }

  #receive(message: unknown): void {
    const type = typeOf(message)
    if (type === null) return this.#unknown('malformed')
    if (!knownTypes.has(type)) return this.#unknown(type)
    this.#options.observer.eventReceived(type)
    if (type === 'ApplicationReplaced') {
      this.#end('replaced')
      this.emit('replaced')
      return
    }
    this.emit('event', message as AriEvent)
  }

  #unknown(type: string): void {
    this.#options.observer.unknownEvent(type === 'malformed' ? type : 'unknown')
    this.emit('unknown-event', type)
  }

  /** Pings, and gives the link up when nothing at all was heard for `deadMs`. */
  #watch(link: Link): void {
    const { pingMs, deadMs } = this.#options.timing
    this.#heardAt = this.#beatAt = performance.now()
    this.#heartbeat = setInterval(() => {
      const now = performance.now()
      if (this.#stoodStill()) return this.#wakeUp()
      // After a short stop of this very process, what came in meanwhile is not read yet: that silence proves nothing.
      if (now - this.#beatAt > 2 * pingMs) this.#heardAt = now
      this.#beatAt = now
      if (now - this.#heardAt >= deadMs) return this.#attempt ? this.#lose(this.#attempt, 'silent') : undefined
      link.ping()
    }, pingMs)
  }

  /** This very process did nothing for so long that others may have looked after its callers. */
  #stoodStill(): boolean {
    return performance.now() - this.#beatAt > this.#options.timing.deadMs
  }

  /** What waited in the socket tells of a world gone by, but for one thing: somebody else has the application. */
  #take(message: unknown): void {
    if (!this.#stoodStill()) return this.#receive(message)
    this.#wakeUp()
    if (typeOf(message) === 'ApplicationReplaced') this.#receive(message)
  }

  /**
   * Asks a new connection what exists, instead of being told event by event what existed. Not before the old one was read: a new
   * one would take the application from a successor.
   */
  #wakeUp(): void {
    const attempt = this.#attempt
    if (!attempt || !this.#up) return
    this.#goDown('stood still')
    setTimeout(() => this.#lose(attempt, 'stood still'), wakeUpMs)
  }

  #lose(attempt: AbortController, reason: string): void {
    if (this.#attempt !== attempt) return
    this.#close(reason)
    if (!this.#ended) this.#retry = setTimeout(() => void this.#connect(), this.#backoff.next())
  }

  #end(reason: string): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#retry) clearTimeout(this.#retry)
    this.#close(reason)
  }

  #close(reason: string): void {
    const wasUp = this.#up
    this.#attempt?.abort(new Error(reason))
    this.#attempt = null
    if (this.#heartbeat) clearInterval(this.#heartbeat)
    this.#link?.destroy()
    this.#link = null
    for (const fail of [...this.#inFlight]) fail('disconnected')
    if (wasUp) this.#goDown(reason)
  }

  #goDown(reason: string): void {
    this.#up = false
    this.#options.observer.disconnected(reason)
    this.emit('down', reason)
  }
}
