/**
 * The wire between one engine and Asterisk, as far as it can be troubled: cut, silent in one direction or both, slow, events told
 * twice. Opens the links that the real `SupervisedPort` supervises.
 */
import type { Link, LinkListener, OpenLink } from '../../src/ari/link.js'
import { AriError, type OperationName, type Params, type Result } from '../../src/ari/port.js'
import type { AriEvent } from '../../src/ari/generated.js'
import type { FakeAsterisk, Listener } from './fake-asterisk.js'
import type { Process, Time } from './timeline.js'

/** How bad the wire is; each may be changed at any time. */
export interface Trouble {
  /** Connecting fails at once. */
  refused: boolean
  /** Nothing arrives at Asterisk, or at the engine; nobody is told. */
  silentUp: boolean
  silentDown: boolean
  /** Added to every message's way. */
  slowMs: number
  /** Share of events told twice, the second time up to `againMs` later. */
  twice: number
  againMs: number
  /** Share of requests, each on a connection of its own (`http`), that are lost on the way, or whose answer is. */
  lostRequests: number
  lostAnswers: number
}

export const noTrouble = (): Trouble => ({
  refused: false,
  silentUp: false,
  silentDown: false,
  slowMs: 0,
  twice: 0,
  againMs: 0,
  lostRequests: 0,
  lostAnswers: 0,
})

export interface WireWatch {
  sent(process: Process, operation: OperationName, params: Readonly<Record<string, unknown>>): void
  lost(process: Process, operation: OperationName, params: Readonly<Record<string, unknown>>): void
  told(process: Process, event: AriEvent): void
}

export class Wire {
  readonly trouble = noTrouble()
  connection: Connection | null = null

  constructor(
    readonly time: Time,
    readonly pbx: FakeAsterisk,
    readonly random: { next(): number },
    /** One order for all requests (REST over WebSocket), or none (HTTP). */
    readonly ordered: boolean,
    readonly process: Process,
    readonly watch: WireWatch | null = null,
  ) {}

  /** One way of one message. */
  delayMs(): number {
    return 0.15 + this.random.next() * 0.9 + this.trouble.slowMs
  }

  readonly open: OpenLink = (options, listener, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
      this.time.post(this.pbx.process, this.delayMs() * 2, () => {
        if (signal.aborted || this.process.dead || this.trouble.silentUp || this.trouble.silentDown) return
        if (this.trouble.refused || !this.pbx.listening) return void this.time.post(this.process, this.delayMs(), () => reject(new Error('refused')))
        if (options.app !== this.pbx.app) throw new Error(`no application ${options.app}`)
        const connection = new Connection(this, listener)
        this.connection = connection
        this.pbx.register(connection)
        this.time.post(this.process, this.delayMs(), () => (signal.aborted ? connection.destroy() : resolve(connection)))
      })
    })

  /** Both ends notice. */
  cut(): void {
    this.connection?.cut()
  }
}

interface Asked {
  readonly operation: OperationName
  readonly params: Readonly<Record<string, unknown>>
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

class Connection implements Link, Listener {
  readonly ordered: boolean
  readonly #wire: Wire
  readonly #listener: LinkListener
  /** The engine's end is closed; Asterisk's end is. */
  #destroyed = false
  #closed = false
  /** Messages of one direction keep their order. */
  #upAt = 0
  #downAt = 0
  /** At Asterisk, on an ordered connection: one at a time. */
  readonly #queue: Asked[] = []
  #busy = false

  constructor(wire: Wire, listener: LinkListener) {
    this.#wire = wire
    this.#listener = listener
    this.ordered = wire.ordered
  }

  get process(): Process {
    return this.#wire.process
  }

  // The engine's end.

  send<O extends OperationName>(operation: O, params: Params<O>): Promise<Result<O>> {
    const given = params as Readonly<Record<string, unknown>>
    if (this.process.dead || this.#destroyed) return Promise.reject(new AriError('disconnected', operation))
    return new Promise((resolve, reject) => {
      const asked: Asked = { operation, params: given, resolve: resolve as (result: unknown) => void, reject }
      this.#wire.watch?.sent(this.process, operation, given)
      const { trouble, random } = this.#wire
      if (!this.ordered && random.next() < trouble.lostRequests) return this.#wire.watch?.lost(this.process, operation, given)
      this.#up(() => this.#arrive(asked), this.ordered, () => this.#wire.watch?.lost(this.process, operation, given))
    })
  }

  ping(): void {
    this.#up(() => this.#down(() => {}, true), true)
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.#up(() => this.#close(), true)
  }

  // Asterisk's end.

  tell(event: AriEvent): void {
    const { random, trouble, watch, time } = this.#wire
    const hear = (): void => {
      watch?.told(this.process, event)
      this.#listener.event(event)
    }
    this.#down(hear, true)
    if (random.next() < trouble.twice) time.post(this.#wire.pbx.process, random.next() * trouble.againMs, () => this.#down(hear, true))
  }

  replaced(): void {
    this.#down(() => this.#listener.event({ type: 'ApplicationReplaced', application: this.#wire.pbx.app, timestamp: '' }), true)
  }

  /** The connection breaks: both ends notice. */
  cut(): void {
    this.#close()
    this.#wire.time.post(this.process, this.#wire.delayMs(), () => {
      if (!this.#destroyed) this.#listener.lost('cut')
    })
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const { operation, params } of this.#queue.splice(0)) this.#wire.watch?.lost(this.process, operation, params)
    this.#wire.pbx.unregister(this)
    if (this.#wire.connection === this) this.#wire.connection = null
  }

  #arrive(asked: Asked): void {
    if (!this.ordered) return this.#perform(asked, () => {})
    this.#queue.push(asked)
    if (!this.#busy) this.#performNext()
  }

  #performNext(): void {
    const asked = this.#queue.shift()
    this.#busy = asked !== undefined
    if (asked) this.#perform(asked, () => this.#performNext())
  }

  #perform({ operation, params, resolve, reject }: Asked, after: () => void): void {
    this.#wire.pbx.perform(this, operation, params, (error, result) => {
      const { random, trouble } = this.#wire
      const answerLost = !this.ordered && random.next() < trouble.lostAnswers
      if (!answerLost) this.#down(() => (error ? reject(error) : resolve(result)), this.ordered)
      after()
    })
  }

  #up(arrive: () => void, inOrder: boolean, lose: () => void = () => {}): void {
    const { time, trouble, pbx } = this.#wire
    const wire = this.#wire
    if (trouble.silentUp) return lose()
    this.#upAt = Math.max(inOrder ? this.#upAt : 0, time.now + wire.delayMs())
    time.post(pbx.process, this.#upAt - time.now, () => (this.#closed ? lose() : arrive()))
  }

  #down(arrive: () => void, inOrder: boolean): void {
    const { time, trouble } = this.#wire
    if (trouble.silentDown || this.#closed) return
    const at = Math.max(inOrder ? this.#downAt : 0, time.now + this.#wire.delayMs())
    if (inOrder) this.#downAt = at
    time.post(this.process, at - time.now, () => {
      if (this.#destroyed) return
      this.#listener.heard()
      arrive()
    })
  }
}

/** Ends what a dead process had open: its kernel says so to the other side. */
export function hangUpFor(wire: Wire): void {
  const { connection } = wire
  if (!connection || wire.trouble.silentUp) return
  wire.time.post(wire.pbx.process, wire.delayMs(), () => connection.cut())
}
