/** What a conformance test drives: a PBX with phones around it, and a wire to it that can be troubled. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { projectRoot } from '../../lab/paths.js'
import { freePort } from '../../lab/ports.js'
import { type DialOptions, type IncomingCall, type OutgoingCall, Phone, toneFor } from '../../lab/phone/index.js'
import { Relay } from '../../lab/relay.js'
import { createPort, type CreatePortOptions, type Transport } from '../../src/ari/create-port.js'
import { type Observer, type RequestOutcome, silentObserver } from '../../src/ari/observer.js'
import { createPbx, type Pbx } from '../../src/ari/pbx.js'
import type { AriPort, OperationName, PortEvents } from '../../src/ari/port.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { sasSchema } from '../../src/config/schema.js'
import type { PbxEvent } from '../../src/routing/events.js'

export const limitMs = 20_000
const operator = '127.0.0.2'

/** Everything a port and the layer above it told an observer. */
export class Notes implements Observer {
  readonly requests: { operation: OperationName; outcome: RequestOutcome; status: number | undefined }[] = []
  readonly unknown: string[] = []
  readonly failures: { effect: string; why: RequestOutcome; normal: boolean }[] = []
  readonly eventReceived = silentObserver.eventReceived
  readonly connected = silentObserver.connected
  readonly disconnected = silentObserver.disconnected

  requestDone(operation: OperationName, _ms: number, outcome: RequestOutcome, status?: number): void {
    this.requests.push({ operation, outcome, status })
  }

  unknownEvent(type: string): void {
    this.unknown.push(type)
  }

  effectFailed(effect: string, why: RequestOutcome, normal: boolean): void {
    this.failures.push({ effect, why, normal })
  }

  count(operation: OperationName): number {
    return this.requests.filter((request) => request.operation === operation).length
  }
}

type EventOf<T extends PbxEvent['type']> = Extract<PbxEvent, { type: T }>

/** A PBX as the engine would hold it, remembering what it told. */
export class Watched {
  readonly seen: PbxEvent[] = []

  constructor(
    readonly pbx: Pbx,
    readonly port: AriPort,
    readonly notes: Notes,
  ) {
    pbx.on('event', (event) => this.seen.push(event))
  }

  /** The first event of this type, told already or yet to come, that fits. */
  async told<T extends PbxEvent['type']>(type: T, fits: Partial<EventOf<T>> = {}): Promise<EventOf<T>> {
    const found = (): EventOf<T> | undefined =>
      this.seen.find(
        (event): event is EventOf<T> =>
          event.type === type && Object.entries(fits).every(([key, value]) => event[key as keyof PbxEvent] === value),
      )
    const early = found()
    if (early) return early
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const event = found()
        if (event) done(() => resolve(event))
      }
      const timer = setTimeout(
        () =>
          done(() =>
            reject(
              new Error(
                `no ${type} ${JSON.stringify(fits)} among ${JSON.stringify(this.seen.map((event) => event.type))}`,
              ),
            ),
          ),
        limitMs,
      )
      const done = (settle: () => void): void => {
        clearTimeout(timer)
        this.pbx.off('event', look)
        settle()
      }
      this.pbx.on('event', look)
    })
  }

  all<T extends PbxEvent['type']>(type: T): EventOf<T>[] {
    return this.seen.filter((event): event is EventOf<T> => event.type === type)
  }
}

export class World {
  readonly #phones: Phone[] = []
  readonly #ports: AriPort[] = []
  readonly #relays: Relay[] = []
  readonly #endings: (() => void)[] = []

  private constructor(
    readonly asterisk: Asterisk,
    private readonly outsidePort: number,
  ) {}

  static async start(): Promise<World> {
    const config = sasSchema.parse(parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')))
    const outsidePort = await freePort()
    Object.assign(config.trunks['operator'] ?? {}, { peer: `${operator}:${outsidePort}` })
    return new World(await startAsterisk({ config, rtpPorts: 200 }), outsidePort)
  }

  /** A port that is not started. */
  port(transport: Transport, options: Partial<CreatePortOptions> = {}): AriPort {
    const { ariUrl: url, user, password, app } = this.asterisk
    const port = createPort({ transport, url, user, password, app, observer: silentObserver, ...options })
    this.#ports.push(port)
    return port
  }

  /** A PBX that is up. */
  async pbx(transport: Transport, phonesPollMs = 0): Promise<Watched> {
    const notes = new Notes()
    const port = this.port(transport, { observer: notes })
    const watched = new Watched(createPbx(port, { app: this.asterisk.app, observer: notes, phonesPollMs }), port, notes)
    await up(port)
    // As an engine at work does: without it, Asterisk looks after the callers by itself.
    watched.pbx.beat()
    const beats = setInterval(() => watched.pbx.beat(), 1_000)
    this.#endings.push(() => clearInterval(beats))
    return watched
  }

  async relay(): Promise<Relay> {
    const relay = await Relay.start(this.asterisk.ariUrl)
    this.#relays.push(relay)
    return relay
  }

  /** A person's phone, registered. */
  async desk(user: string, tone = toneFor(0)): Promise<Phone> {
    const phone = await Phone.start({
      server: this.asterisk.sip,
      user,
      password: sipPassword(this.asterisk.sipSecret, user),
      tone,
    })
    this.#phones.push(phone)
    await phone.registered
    return phone
  }

  /** A call from the operator's side of the trunk. */
  async call(number = '15', options: DialOptions = {}): Promise<OutgoingCall> {
    const trunk = await Phone.start({ server: this.asterisk.sip, bind: operator })
    this.#phones.push(trunk)
    return trunk.dial(number, { from: '0199000101', tone: callerTone, ...options })
  }

  /** Whoever is called by any number on the operator's trunk. */
  async outside(): Promise<Phone> {
    const phone = await Phone.start({ server: this.asterisk.sip, bind: operator, port: this.outsidePort, tone: toneFor(5) })
    this.#phones.push(phone)
    // Asterisk asks now and then whether somebody is there, and calls nobody who was not.
    await expect
      .poll(async () => `${await this.asterisk.cli('pjsip qualify operator')} ${await this.asterisk.cli('pjsip show contacts')}`, { timeout: limitMs })
      .toMatch(/operator\/sip:\S+\s+\S+\s+Avail/)
    return phone
  }

  /** Resolves once every thread of Asterisk stands still. */
  async freeze(): Promise<void> {
    const { pid } = this.asterisk
    process.kill(pid, 'SIGSTOP')
    const stopped = (thread: string): boolean =>
      /^State:\s+T/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))
    await expect
      .poll(() => readdirSync(`/proc/${pid}/task`).every(stopped), { timeout: limitMs, interval: 5 })
      .toBe(true)
  }

  thaw(): void {
    process.kill(this.asterisk.pid, 'SIGCONT')
  }

  /** Callers and phones. Asterisk's watchdog has channels of its own. */
  async channels(): Promise<string[]> {
    return (await this.asterisk.cli('core show channels concise')).match(/^PJSIP\/[^!]+/gm) ?? []
  }

  /** Between two tests: no port, no phone, no channel. */
  async clear(): Promise<void> {
    for (const end of this.#endings.splice(0)) end()
    await Promise.all(this.#phones.splice(0).map((phone) => phone.stop()))
    await Promise.all(this.#ports.splice(0).map((port) => port.stop()))
    await Promise.all(this.#relays.splice(0).map((relay) => relay.stop()))
    await this.asterisk.cli('channel request hangup all')
  }

  stop(): Promise<void> {
    return this.asterisk.stop()
  }
}

export const callerTone = toneFor(3)

/** Starts a port and waits until it is up. */
export async function up(port: AriPort): Promise<void> {
  const there = happens(port, 'up')
  await port.start()
  await there
}

/** The arguments of the next event of that name. */
export async function happens(port: AriPort, name: keyof PortEvents): Promise<unknown[]> {
  return once(port, name, { signal: AbortSignal.timeout(limitMs) })
}

/** A caller talks with the agent at `phone`. */
export interface Conversation {
  readonly caller: OutgoingCall
  readonly agent: IncomingCall
  readonly call: string
  readonly leg: string
  readonly bridge: string
}

let names = 0

/** Ids as the core makes them: never the same twice. */
export const fresh = (prefix: string): string => `${prefix}-test-${(names += 1)}`

/** Brings a caller to an agent, as the core would. */
export async function converse(
  world: World,
  { pbx, told }: Pick<Watched, 'pbx'> & { told: Watched['told'] },
  user: string,
  tone: number,
): Promise<Conversation> {
  const phone = await world.desk(user, tone)
  const caller = await world.call()
  const { call } = await told('call-arrived')
  const leg = fresh('L')
  const bridge = fresh('B')
  await pbx.perform([
    { type: 'answer', channel: call },
    { type: 'music', channel: call },
    { type: 'ring', leg, phone: user, caller: call, shown: '0199000101', timeoutMs: 10_000 },
  ])
  const agent = await phone.nextRing({ withinMs: limitMs })
  await agent.answer()
  await told('leg-answered', { leg })
  await pbx.perform([{ type: 'join', bridge, channels: [call, leg] }])
  await Promise.all([told('joined', { bridge, channel: call }), told('joined', { bridge, channel: leg })])
  return { caller, agent, call, leg, bridge }
}
