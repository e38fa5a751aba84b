/** What a suite of ARI behaviours runs on: a real Asterisk by either transport, or the one of the simulation. */
import { expect } from 'vitest'
import type { Phone } from '../../lab/phone/index.js'
import { silentObserver } from '../../src/ari/observer.js'
import { defaultInFlightMax, defaultTiming, type AriPort } from '../../src/ari/port.js'
import { SupervisedPort } from '../../src/ari/supervised-port.js'
import { usedEventTypes } from '../../src/ari/translate.js'
import { FakeAsterisk, type Station } from '../simulation/fake-asterisk.js'
import { Wire } from '../simulation/fake-link.js'
import { Process, RealTime } from '../simulation/timeline.js'
import { limitMs, up, World } from './world.js'

/** A call that came in on a phone. */
export interface Ring {
  answer(): Promise<void>
  /** With a SIP status. */
  reject(status: number): Promise<void>
  hangup(): Promise<void>
  /** Resolves once the other side ended it. */
  readonly ended: Promise<unknown>
}

export interface Ground {
  readonly app: string
  /** Up. */
  port(): Promise<AriPort>
  /** A registered phone; resolves to the next call that comes in on it. */
  desk(user: string): Promise<() => Promise<Ring>>
  /** Whoever is called by any number on the operator's trunk; resolves to the next call out. */
  outside(): Promise<() => Promise<Ring>>
  /** A caller on the operator's trunk. */
  call(): Promise<{ hangup(): Promise<unknown> }>
  clear(): Promise<void>
  stop(): Promise<void>
}

export type Kind = 'ws' | 'http' | 'fake'

export const grounds = async (): Promise<Readonly<Record<Kind, Ground>>> => {
  const world = await World.start()
  return { ws: real(world, 'ws'), http: real(world, 'http'), fake: new FakeGround() }
}

const real = (world: World, transport: 'ws' | 'http'): Ground => ({
  app: world.asterisk.app,
  port: async () => {
    const port = world.port(transport)
    await up(port)
    return port
  },
  desk: async (user) => ringsOf(await world.desk(user)),
  outside: async () => ringsOf(await world.outside()),
  call: () => world.call(),
  clear: () => world.clear(),
  stop: () => world.stop(),
})

const ringsOf = (phone: Phone) => async (): Promise<Ring> => {
  const call = await phone.nextRing({ withinMs: limitMs })
  return {
    answer: async () => void (await call.answer()),
    reject: async (status) => void (await call.reject(status)),
    hangup: async () => void (await call.hangup()),
    ended: call.ended,
  }
}

/** Q.850 causes that Asterisk makes of SIP's refusals. */
const causes: Readonly<Record<number, number>> = { 486: 17, 603: 21, 480: 19, 404: 1, 503: 34, 488: 58 }

class FakeGround implements Ground {
  readonly app = 'decroche'
  readonly #time = new RealTime()
  #pbx = this.#make()
  #ports: AriPort[] = []

  async port(): Promise<AriPort> {
    const wire = new Wire(this.#time, this.#pbx, { next: Math.random }, true, new Process('test'))
    const options = { url: '', user: '', password: '', app: this.app, eventTypes: usedEventTypes, observer: silentObserver, timing: defaultTiming, inFlightMax: defaultInFlightMax }
    const port = new SupervisedPort(options, wire.open)
    this.#ports.push(port)
    await up(port)
    return port
  }

  async desk(user: string): Promise<() => Promise<Ring>> {
    const phone = new FakePhone(this.#pbx)
    this.#pbx.endpoints.set(user, phone)
    return () => phone.next()
  }

  async outside(): Promise<() => Promise<Ring>> {
    const phone = new FakePhone(this.#pbx)
    this.#pbx.outside = phone
    return () => phone.next()
  }

  async call(): Promise<{ hangup(): Promise<unknown> }> {
    const pbx = this.#pbx
    const { id } = pbx.incoming('operator', '15', '0199000101')
    return { hangup: async () => pbx.hangUp(id) }
  }

  async clear(): Promise<void> {
    await Promise.all(this.#ports.splice(0).map((port) => port.stop()))
    this.#pbx.process.dead = true
    this.#pbx = this.#make()
  }

  async stop(): Promise<void> {}

  #make(): FakeAsterisk {
    const pbx = new FakeAsterisk({ time: this.#time, app: this.app, epochMs: performance.timeOrigin, random: { next: Math.random } })
    for (let i = 1; i <= 5; i++) pbx.endpoints.set(`arm0${i}`, null)
    return pbx
  }
}

class FakePhone implements Station {
  readonly #rings: Ring[] = []
  readonly #stops = new Map<string, () => void>()

  constructor(private readonly pbx: FakeAsterisk) {}

  invited(leg: string): void {
    const { pbx } = this
    pbx.ringing(leg)
    const ended = new Promise<void>((resolve) => this.#stops.set(leg, resolve))
    this.#rings.push({
      answer: async () => void pbx.answered(leg),
      reject: async (status) => pbx.refused(leg, causes[status] ?? 0),
      hangup: async () => pbx.hangUp(leg),
      ended,
    })
  }

  stopped(leg: string): void {
    this.#stops.get(leg)?.()
  }

  async next(): Promise<Ring> {
    await expect.poll(() => this.#rings.length, { timeout: limitMs }).toBeGreaterThan(0)
    return this.#rings.shift() as Ring
  }
}
