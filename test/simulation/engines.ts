/**
 * The engines of one SAS: two machines, each with an engine that whoever supervises it starts again when it ends. An engine is wired as
 * src/main.ts wires it, on the fakes.
 */
import { createPbx } from '../../src/ari/pbx.js'
import type { FallbackRecord } from '../../src/asterisk-config/fallback-record.js'
import { silentObserver } from '../../src/ari/observer.js'
import { defaultInFlightMax, defaultTiming } from '../../src/ari/port.js'
import { SupervisedPort } from '../../src/ari/supervised-port.js'
import { usedEventTypes } from '../../src/ari/translate.js'
import { SteadyClock } from '../../src/clock.js'
import { Engine, type StopReason } from '../../src/engine.js'
import { createRoomStore } from '../../src/redis/room-store.js'
import type { RoomStore } from '../../src/redis/store.js'
import type { Rules } from '../../src/routing/rules.js'
import { FakeRedisClient, fakeClient, type RedisTrouble } from './fake-redis-client.js'
import type { FakeAsterisk } from './fake-asterisk.js'
import type { FakeRedis } from './fake-redis.js'
import { hangUpFor, Wire, type WireWatch } from './fake-link.js'
import type { Random } from './random.js'
import { Process, type Timeline } from './timeline.js'

export const app = 'decroche'
export const sas = 'demo'
/** As in src/main.ts. */
export const leaseMs = 500
const silenceMs = 100

/** How long a supervisor waits before it starts an engine again. */
const restartMs = 1_000

export interface Machine {
  readonly name: string
  wallErrorMs: number
  running: Running | null
  starts: number
}

/** One life of an engine. */
export interface Running {
  readonly machine: Machine
  readonly process: Process
  readonly engine: Engine
  readonly store: RoomStore
  readonly now: () => number
  readonly wire: Wire
  readonly redisTrouble: RedisTrouble
  readonly redisClient: () => FakeRedisClient
}

export interface EnginesOptions {
  readonly timeline: Timeline
  readonly random: Random
  readonly pbx: FakeAsterisk
  readonly redis: FakeRedis
  readonly rules: Rules
  readonly fallback: FallbackRecord
  readonly ordered: boolean
  readonly watch: WireWatch
  readonly onStart: (running: Running) => void
  /** It ended, by itself, by being asked or by being killed. */
  readonly onEnd: (running: Running, why: StopReason | 'killed') => void
  /** Redis carried out a command of this engine, which has no answer yet. */
  readonly onRedis: (running: Running, command: string, result: unknown) => void
}

export class Engines {
  readonly machines: readonly Machine[] = ['a', 'b'].map((name) => ({ name, wallErrorMs: 0, running: null, starts: 0 }))
  readonly #options: EnginesOptions
  #rules: Rules

  constructor(options: EnginesOptions) {
    this.#options = options
    this.#rules = options.rules
  }

  all(): Running[] {
    return this.machines.flatMap(({ running }) => (running ? [running] : []))
  }

  /** The one that decides, as far as anybody can tell: latest epoch first. */
  active(): Running | null {
    const able = this.all().filter(({ engine, process }) => engine.state === 'active' && !process.frozen)
    return able.sort((a, b) => (b.engine.room?.epoch ?? 0) - (a.engine.room?.epoch ?? 0))[0] ?? null
  }

  start(machine: Machine): void {
    if (machine.running) return
    const { timeline } = this.#options
    const process = new Process(`${machine.name}${++machine.starts}`)
    process.wallErrorMs = machine.wallErrorMs
    timeline.post(process, 0, () => this.#run(machine, process))
  }

  startAll(): void {
    for (const machine of this.machines) this.start(machine)
  }

  /** SIGKILL. */
  kill(running: Running): void {
    if (running.process.dead) return
    this.#end(running, 'killed')
  }

  /** SIGTERM. */
  stop(running: Running): void {
    this.#options.timeline.post(running.process, 0, () => void running.engine.stop())
  }

  /** Other rules from now on, for those that run and those that will: an hour, or a file. */
  follow(rules: Rules): void {
    this.#rules = rules
    const { timeline, random } = this.#options
    for (const { process, engine } of this.all()) timeline.post(process, random.between(0, 50), () => engine.reload('simulation', []))
  }

  #run(machine: Machine, process: Process): void {
    if (machine.running) return
    const { timeline, random, pbx, redis, ordered, watch, onStart, onRedis } = this.#options
    const { now } = new SteadyClock()
    const wire = new Wire(timeline, pbx, random, ordered, process, watch)
    const redisTrouble: RedisTrouble = { refused: false, silentUp: false, silentDown: false, slowMs: 0 }
    let client: FakeRedisClient | null = null
    const store = createRoomStore({ url: '', sas, about, retentionMs: 86_400_000 }, (options) => {
      const made = fakeClient({ time: timeline, redis, random, process, trouble: redisTrouble, onDone: (name, result) => onRedis(running, name, result) }, options)
      client = made.fake
      return made.client
    })
    const portOptions = { url: '', user: '', password: '', app, eventTypes: usedEventTypes, observer: silentObserver, timing: defaultTiming, inFlightMax: defaultInFlightMax }
    const port = new SupervisedPort(portOptions, wire.open)
    const engine = new Engine({
      rulesAt: () => this.#rules,
      pbx: createPbx(port, { app, observer: silentObserver, now }),
      store,
      fallback: this.#options.fallback,
      owner: process.name,
      now,
      leaseMs,
      silenceMs,
    })
    const running: Running = { machine, process, engine, store, now, wire, redisTrouble, redisClient: () => client as FakeRedisClient }
    machine.running = running
    onStart(running)
    engine.once('stopped', (reason) => {
      void engine.stop().then(() => this.#end(running, reason))
    })
    void engine.start()
  }

  #end(running: Running, why: StopReason | 'killed'): void {
    const { timeline, random, onEnd } = this.#options
    const { machine, process, wire } = running
    if (process.dead) return
    onEnd(running, why)
    timeline.kill(process)
    hangUpFor(wire)
    machine.running = null
    timeline.post(null, random.between(0.2, 1.5) * restartMs, () => this.start(machine))
  }
}

const about = () => ({ name: 'SAS', queues: [], positions: [], trunks: [], sites: {}, staffing: [], quality: { answerMs: 30_000, orientationMs: 30_000 } })
