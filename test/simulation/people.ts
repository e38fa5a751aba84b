/**
 * Those who answer: a phone each, and what they do with it. They pick up or do not, dial codes, ask for things by HTTP, hang up, and
 * now and then their cable is pulled.
 */
import { listenModes, pickReasons, type AgentCommand, type WithoutTime } from '../../src/routing/events.js'
import { serves, type Agent, type Call } from '../../src/routing/room.js'
import { N1, type Priority, type Rules } from '../../src/routing/rules.js'
import type { Running } from './engines.js'
import type { FakeAsterisk, Station } from './fake-asterisk.js'
import type { Random } from './random.js'
import type { Time } from './timeline.js'

/** Asterisk gives a call up when no more RTP comes. */
const rtpTimeoutMs = 5_000

export interface FloorOptions {
  readonly time: Time
  readonly random: Random
  readonly pbx: FakeAsterisk
  readonly rules: Rules
  readonly active: () => Running | null
  readonly say: (who: string, what: string) => void
  /** A person ended a leg that was picked up, on purpose. */
  readonly onHangUp: (leg: string) => void
}

export class Floor {
  readonly people: readonly Person[]
  /** Nothing goes wrong any more, and everybody works. */
  healed = false

  constructor(readonly options: FloorOptions) {
    this.people = options.rules.people.map(({ id, phone }) => new Person(this, id, phone))
    this.registerAll()
  }

  registerAll(): void {
    for (const person of this.people) person.register()
  }

  /** Whether the person's phone is still and can be rung. */
  free(): Person[] {
    return this.people.filter((person) => person.reachable && person.leg === null)
  }

  /** Asks the engine that decides, if there is one. */
  ask(command: WithoutTime<AgentCommand>): void {
    const running = this.options.active()
    if (!running) return
    const { time, random, say } = this.options
    say(command.agent, `asks to ${command.type}${'call' in command ? ` ${command.call}` : ''}`)
    time.post(running.process, random.between(0.2, 2), () => void running.engine.submit(command))
  }
}

const codes = ['*0', '*1', '*2', '*3', '*7', '*9', '*1', '*2', '5', '*']

export class Person implements Station {
  /** The leg on the phone. */
  leg: string | null = null
  /** Picked up. */
  up = false
  reachable = true
  #acts = 0

  constructor(
    private readonly floor: Floor,
    readonly id: string,
    readonly phone: string,
  ) {}

  register(): void {
    const { pbx } = this.floor.options
    this.reachable = true
    pbx.endpoints.set(this.phone, this)
    pbx.endpoints.set(`${this.phone}-web`, null)
  }

  invited(leg: string): void {
    const { random } = this.floor.options
    if (!this.reachable) return
    if (this.leg !== null) return this.#sip((pbx) => pbx.refused(leg, 17))
    this.leg = leg
    this.up = false
    const fate = this.floor.healed ? 0 : random.next()
    if (fate > 0.94) return this.#refuse(leg, random.between(1, 30), random.pick([17, 34, 1, 58]))
    this.#sip((pbx) => pbx.ringing(leg))
    if (fate < 0.8) this.#after(random.between(300, this.floor.healed ? 2_000 : 7_000), () => this.#pickUp(leg))
    else if (fate < 0.87) this.#refuse(leg, random.between(500, 5_000), 21)
  }

  stopped(leg: string): void {
    if (this.leg !== leg) return
    this.leg = null
    this.up = false
  }

  /** The fallback rings, by itself. @returns false when the phone is not free */
  takenByFallback(name: string): boolean {
    if (!this.reachable || this.leg !== null) return false
    this.leg = name
    this.up = true
    return true
  }

  /** Pulls the cable: nothing is said to anybody. */
  vanish(forMs: number): void {
    const { pbx } = this.floor.options
    const { leg, up } = this
    this.floor.options.say(this.id, 'vanishes')
    this.reachable = false
    this.leg = null
    this.up = false
    if (leg !== null && up) this.#after(rtpTimeoutMs, () => this.#sip((asterisk) => asterisk.rtpTimeout(leg)))
    if (this.floor.options.random.chance(0.3)) pbx.endpoints.set(this.phone, null)
    this.#after(forMs, () => this.register())
  }

  #pickUp(leg: string): void {
    if (this.leg !== leg || !this.reachable) return
    this.up = true
    this.#acts = 0
    this.#sip((pbx) => {
      pbx.answered(leg)
    })
    this.#actLater(leg)
  }

  #refuse(leg: string, afterMs: number, cause: number): void {
    this.#after(afterMs, () => {
      if (this.leg !== leg || this.up) return
      this.leg = null
      this.#sip((pbx) => pbx.refused(leg, cause))
    })
  }

  #hangUp(leg: string): void {
    this.leg = null
    this.up = false
    this.floor.options.say(this.id, `hangs up ${leg}`)
    this.floor.options.onHangUp(leg)
    this.#sip((pbx) => pbx.hangUp(leg))
  }

  #actLater(leg: string): void {
    const { random } = this.floor.options
    this.#after(random.between(700, 6_000), () => {
      if (this.leg !== leg || !this.up) return
      this.#act(leg)
      if (this.leg === leg) this.#actLater(leg)
    })
  }

  #act(leg: string): void {
    const { random } = this.floor.options
    const what = random.next()
    if (this.floor.healed || ++this.#acts > 6 || what < 0.4) return this.#hangUp(leg)
    if (what < 0.7) return this.#press(leg, random.pick(codes))
    if (what < 0.97) return this.#ask()
    this.vanish(random.between(3_000, 20_000))
  }

  #press(leg: string, code: string): void {
    const { random } = this.floor.options
    this.floor.options.say(this.id, `presses ${code} on ${leg}`)
    let afterMs = 0
    for (const digit of code) this.#after((afterMs += random.between(80, 300)), () => this.#sip((pbx) => pbx.dtmf(leg, digit)))
  }

  /** What the pages offer somebody on a call. */
  #ask(): void {
    const { random, active } = this.floor.options
    const room = active()?.engine.room
    const state = room?.agents.get(this.id)?.state
    if (state?.kind !== 'talking') return
    const about = { agent: this.id, call: state.call }
    switch (random.below(12)) {
      case 0:
      case 1:
        return this.floor.ask({ type: 'qualify', ...about, priority: random.pick<Priority>(['P0', 'P1', 'P2']) })
      case 2:
      case 3:
        return this.floor.ask({ type: 'transfer', ...about, to: random.pick(['amu', 'mg', 'mg-mrg', 'n1']), ...(random.chance(0.5) && { handover: random.pick(['warm', 'direct'] as const) }) })
      case 4:
        return this.floor.ask({ type: 'leave', ...about })
      case 5:
        return this.floor.ask({ type: 'park', ...about })
      case 6:
        return this.floor.ask({ type: 'callback', ...about })
      case 10:
        return this.floor.ask({ type: 'withdraw-callback', ...about })
      case 7:
        return this.floor.ask({ type: 'invite', ...about, to: random.pick(['codis', '0199000001']), ...(random.chance(0.6) && { aside: true }) })
      case 8:
        return this.floor.ask({ type: 'bring-in', ...about })
      case 9: {
        const state = room?.calls.get(about.call)?.state
        const [guest] = state?.kind === 'talking' ? state.guests : []
        return this.floor.ask({ type: 'dismiss', ...about, guest: guest?.leg ?? 'nobody' })
      }
      default:
        return this.floor.ask(random.chance(0.5) ? { type: 'take-back', ...about } : { type: 'name-caller', ...about, name: 'Untel' })
    }
  }

  #after(ms: number, run: () => void): void {
    this.floor.options.time.post(null, ms, run)
  }

  /** A SIP message on its way to Asterisk. */
  #sip(arrive: (pbx: FakeAsterisk) => void): void {
    const { time, pbx, random } = this.floor.options
    time.post(pbx.process, random.between(0.2, 1.5), () => arrive(pbx))
  }
}

/** Comings and goings: people sign in and out, pause, move. */
export class Shifts {
  constructor(
    private readonly floor: Floor,
    private readonly random: Random,
  ) {}

  begin(): void {
    for (const { id } of this.floor.people) if (this.random.chance(0.85)) this.#after(this.random.between(500, 6_000), () => this.floor.ask({ type: 'sign-in', agent: id }))
    this.#next()
    this.#nextLook()
  }

  /** Everybody works, at their own place, and takes whom nobody else would. */
  allAtWork(): void {
    const { rules, active } = this.floor.options
    const room = active()?.engine.room
    for (const { id, home } of rules.people) {
      const agent = room?.agents.get(id)
      if (!agent) continue
      if (agent.state.kind === 'signed-out') this.floor.ask({ type: 'sign-in', agent: id })
      else if (agent.state.kind === 'paused' || agent.afterCall) this.floor.ask({ type: 'ready', agent: id })
      if (agent.position !== home && agent.awayFrom === null && agent.state.kind !== 'signed-out') this.floor.ask({ type: 'move', agent: id, position: home })
    }
    for (const agent of this.#free()) {
      const call = this.#within(agent).find(({ state }) => state.ticket?.offers.length === 0)
      if (call) this.floor.ask({ type: 'pick', agent: agent.id, call: call.id, reason: 'other' })
    }
  }

  /** Somebody free looks at the list, and may pick a caller. */
  #nextLook(): void {
    this.#after(this.random.untilNext(1_500), () => {
      if (this.floor.healed) return
      this.#nextLook()
      const free = this.#free()
      if (free.length === 0) return
      const agent = this.random.pick(free)
      const calls = this.random.chance(0.9) ? this.#within(agent) : this.#calls()
      const talking = calls.find(({ state }) => state.kind === 'talking')
      if (talking && this.random.chance(0.4)) return this.floor.ask({ type: 'listen', agent: agent.id, call: talking.id, mode: this.random.pick(listenModes) })
      if (calls.length > 0) this.floor.ask({ type: 'pick', agent: agent.id, call: this.random.pick(calls).id, ...(this.random.chance(0.5) && { reason: this.random.pick(pickReasons) }) })
    })
  }

  #calls(): Call[] {
    return [...(this.floor.options.active()?.engine.room?.calls.values() ?? [])]
  }

  #free(): Agent[] {
    return [...(this.floor.options.active()?.engine.room?.agents.values() ?? [])].filter(({ state }) => state.kind === 'ready' || state.kind === 'wrap-up')
  }

  /** Callers of their own, of a line they serve, or due for a word. */
  #within(agent: Agent): Call[] {
    const { queues } = this.floor.options.rules
    const isServed = (id: string): boolean => {
      const queue = queues.get(id)
      return queue !== undefined && serves(queue, agent, agent.position)
    }
    return this.#calls().filter(({ state: { ticket } }) => ticket && (ticket.sender === agent.id || isServed(ticket.queue) || (ticket.rechecksDue > 0 && isServed(N1))))
  }

  #next(): void {
    this.#after(this.random.untilNext(4_000), () => {
      if (this.floor.healed) return
      this.#change(this.random.pick(this.floor.people).id)
      this.#next()
    })
  }

  #change(agent: string): void {
    const what = this.random.next()
    if (what < 0.45) this.floor.ask({ type: 'sign-in', agent })
    else if (what < 0.7) this.floor.ask({ type: 'ready', agent })
    else if (what < 0.8) this.floor.ask({ type: 'pause', agent, reason: this.random.pick(this.floor.options.rules.pauseReasons) })
    else if (what < 0.88) this.floor.ask({ type: 'sign-out', agent })
    else this.floor.ask({ type: 'move', agent, position: this.random.pick(['n1', 'amu', 'mg']) })
  }

  #after(ms: number, run: () => void): void {
    this.floor.options.time.post(null, ms, run)
  }
}
