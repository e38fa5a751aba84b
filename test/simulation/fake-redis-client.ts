/**
 * A connection to the fake Redis that behaves as ioredis does with the options of src/redis/client.ts: nothing is queued while it is not
 * ready, what is asked has a deadline, a silent socket is given up, a broken connection is made anew for ever.
 */
import { EventEmitter } from 'node:events'
import type { Redis } from 'ioredis'
import { reconnectDelayMs, type ClientOptions } from '../../src/redis/client.js'
import type { FakeRedis } from './fake-redis.js'
import type { Process, Time, Timer } from './timeline.js'

/** How bad the wire between one engine and Redis is. */
export interface RedisTrouble {
  /** Connecting fails at once. */
  refused: boolean
  /** Nothing arrives there; no answer arrives here. */
  silentUp: boolean
  silentDown: boolean
  slowMs: number
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
  deadline: Timer | null
  settled: boolean
}

export interface RedisWire {
  readonly time: Time
  readonly redis: FakeRedis
  readonly random: { next(): number }
  readonly process: Process | null
  readonly trouble: RedisTrouble
  /** Called when a command was carried out, before its answer is on its way. */
  readonly onDone?: (name: string, result: unknown) => void
}

export class FakeRedisClient extends EventEmitter {
  status: 'wait' | 'connecting' | 'ready' | 'reconnecting' | 'end' = 'wait'
  readonly #wire: RedisWire
  readonly #options: Pick<ClientOptions, 'commandTimeoutMs' | 'reconnect'>
  /** What the socket owes: also what was given up by its own deadline. */
  readonly #pending = new Set<Pending>()
  /** Which connection this is: answers of an earlier one mean nothing. */
  #connection = 0
  #run = -1
  #attempts = 0
  #upAt = 0
  #downAt = 0
  #heardAt = 0
  #silence: Timer | null = null

  constructor(wire: RedisWire, options: Pick<ClientOptions, 'commandTimeoutMs' | 'reconnect'>) {
    super()
    this.#wire = wire
    this.#options = options
  }

  connect(): Promise<void> {
    if (this.status !== 'wait' && this.status !== 'end') return Promise.reject(new Error('Redis is already connecting/connected'))
    return new Promise((resolve, reject) => this.#open(resolve, reject))
  }

  disconnect(): void {
    const was = this.status
    this.status = 'end'
    this.#connection++
    if (was === 'ready') this.#fail('Connection is closed.')
  }

  /** The connection breaks, and this end is told. */
  cut(): void {
    const connection = this.#connection
    this.#post(this.#delayMs(), () => {
      if (connection === this.#connection && this.status === 'ready') this.#lose('cut')
    })
  }

  call(name: string, args: readonly (string | number)[]): Promise<unknown> {
    if (this.status !== 'ready') return Promise.reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"))
    return new Promise((resolve, reject) => {
      const pending: Pending = { resolve, reject, deadline: null, settled: false }
      pending.deadline = this.#timer(this.#options.commandTimeoutMs, () => this.#settle(pending, () => reject(new Error('Command timed out'))))
      if (this.#pending.size === 0) this.#heardAt = this.#wire.time.now
      this.#pending.add(pending)
      this.#watchSilence()
      this.#send(name, args, pending)
    })
  }

  multi(): object {
    const asked: [string, (string | number)[]][] = []
    const later = (name: string) => (...args: (string | number)[]) => void asked.push([name, args])
    const exec = (): Promise<unknown> => Promise.all(asked.map(([name, args]) => this.call(name, args)))
    return { hset: later('hset'), hdel: later('hdel'), pexpire: later('pexpire'), exec }
  }

  #open(resolve: () => void = () => {}, reject: (error: Error) => void = () => {}): void {
    const { redis, trouble, time } = this.#wire
    this.status = 'connecting'
    const connection = ++this.#connection
    const current = (): boolean => connection === this.#connection
    const tooLate = this.#timer(this.#options.commandTimeoutMs, () => current() && failed(new Error('connect ETIMEDOUT')))
    const failed = (error: Error): void => {
      tooLate.cancel()
      this.emit('error', error)
      reject(new Error('Connection is closed.'))
      this.#again()
    }
    const greet = (): void => {
      if (trouble.silentUp || trouble.silentDown) return
      this.#post(this.#delayMs(), () => {
        if (!current()) return
        tooLate.cancel()
        this.status = 'ready'
        this.#run = redis.run
        this.#attempts = 0
        this.#upAt = this.#downAt = 0
        this.emit('ready')
        resolve()
      })
    }
    if (trouble.silentUp || trouble.silentDown) return
    if (trouble.refused || !redis.listening) return void this.#post(this.#delayMs() * 2, () => current() && failed(new Error('connect ECONNREFUSED')))
    // A frozen server's kernel takes the connection, and nobody answers on it.
    time.post(redis.process, this.#delayMs() * 2, greet)
  }

  #send(name: string, args: readonly (string | number)[], pending: Pending): void {
    const { redis, trouble, time, onDone } = this.#wire
    const [connection, run] = [this.#connection, this.#run]
    if (trouble.silentUp) return
    this.#upAt = Math.max(this.#upAt, time.now + this.#delayMs())
    time.post(redis.process, this.#upAt - time.now, () => {
      if (run !== redis.run) return
      const [error, result] = attempt(() => redis.execute(name, args))
      onDone?.(name, result)
      if (trouble.silentDown) return
      this.#downAt = Math.max(this.#downAt, time.now + this.#delayMs())
      this.#post(this.#downAt - time.now, () => {
        if (connection !== this.#connection) return
        this.#heardAt = time.now
        this.#pending.delete(pending)
        this.#settle(pending, () => (error ? pending.reject(error) : pending.resolve(result)))
      })
    })
  }

  #settle(pending: Pending, how: () => void): void {
    if (pending.settled) return
    pending.settled = true
    pending.deadline?.cancel()
    how()
  }

  /** A socket on which nothing comes while something is owed is dead, whatever TCP thinks. */
  #watchSilence(): void {
    if (this.#silence) return
    const patienceMs = this.#options.commandTimeoutMs + 1_000
    const connection = this.#connection
    this.#silence = this.#timer(patienceMs, () => {
      this.#silence = null
      if (connection !== this.#connection || this.#pending.size === 0) return
      if (this.#wire.time.now - this.#heardAt >= patienceMs) this.#lose('Socket timeout')
      else this.#watchSilence()
    })
  }

  #lose(why: string): void {
    this.#connection++
    this.status = 'reconnecting'
    this.#silence?.cancel()
    this.#silence = null
    this.emit('error', new Error(why))
    this.#fail('Connection is closed.')
    this.#again()
  }

  #fail(why: string): void {
    const owed = [...this.#pending]
    this.#pending.clear()
    for (const pending of owed) this.#settle(pending, () => pending.reject(new Error(why)))
  }

  #again(): void {
    if (this.status === 'end') return
    if (!this.#options.reconnect) {
      this.status = 'end'
      return
    }
    this.status = 'reconnecting'
    const delayMs = reconnectDelayMs(++this.#attempts)
    this.emit('reconnecting', delayMs)
    const connection = ++this.#connection
    this.#timer(delayMs, () => {
      if (connection === this.#connection && this.status === 'reconnecting') this.#open()
    })
  }

  #delayMs(): number {
    return 0.05 + this.#wire.random.next() * 0.4 + this.#wire.trouble.slowMs
  }

  #post(delayMs: number, run: () => void): void {
    this.#wire.time.post(this.#wire.process, delayMs, run, 'socket')
  }

  #timer(delayMs: number, run: () => void): Timer {
    return this.#wire.time.post(this.#wire.process, delayMs, run, 'timer')
  }
}

function attempt(run: () => unknown): [Error | null, unknown] {
  try {
    return [null, run()]
  } catch (error) {
    return [error as Error, undefined]
  }
}

const commandNames = [
  'get', 'set', 'del', 'dump', 'exists', 'pttl', 'pexpire', 'hset', 'hdel', 'hmget', 'hkeys', 'hgetall', 'sadd', 'smembers', 'flushall', 'xadd', 'xlen', 'xrange', 'xrevrange',
  'acquireLease', 'renewLease', 'releaseLease', 'commitRoom', 'replaceRoom',
] as const

/** As the memory sees it: each command is a method. */
export function fakeClient(wire: RedisWire, options: Pick<ClientOptions, 'commandTimeoutMs' | 'reconnect'>): { client: Redis; fake: FakeRedisClient } {
  const fake = new FakeRedisClient(wire, options)
  // Lists are spread, as ioredis does.
  type Given = string | number | readonly (string | number)[]
  for (const name of commandNames) Object.assign(fake, { [name]: (...args: Given[]) => fake.call(name, args.flat()) })
  return { client: fake as unknown as Redis, fake }
}
