/**
 * A day of a SAS, played on the room itself: callers who come, wait, talk, are sorted and hang up, and people who pick up or do not. What was
 * done with each caller is written down by whoever did it, and by what the PBX connected; no fact is looked at. Facts are kept beside.
 */
import { loadConfig } from '../../../src/config/load.js'
import { Timetable } from '../../../src/config/timetable.js'
import type { Fact } from '../../../src/routing/facts.js'
import { nextDeadline } from '../../../src/routing/step.js'
import { carryOut } from '../../routing/script.js'
import { World, type Asked } from '../../routing/world.js'
import { Random } from '../../simulation/random.js'

/** Noon of a Friday, in Paris: SAS hours until 20:00, then PDSA and another month at midnight, and neither on Saturday from 8:00 to noon. */
export const START = Date.UTC(2026, 6, 31, 10)
export const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

export interface Talk {
  readonly agent: string
  readonly position: string
  readonly from: number
  to: number | null
}

/** What was done with one caller. */
export interface Caller {
  readonly id: string
  readonly number: string
  readonly arrivedAt: number
  answeredAt: number | null
  leftAt: number | null
  /** The fallback had them: they were served there, by a phone of N1 or by a neighbour, or gave up. */
  served: 'n1' | 'neighbour' | null
  /** Where they were last sent to, or answered; N1 aside. */
  filiere: string | null
  readonly talks: Talk[]
}

/** Position at which each queue of SAS 67 is served. */
const positions: Readonly<Record<string, string>> = { n1: 'n1', amu: 'amu', 'mg-osnp': 'mg', 'mg-mrg': 'mg' }

export class Day {
  readonly callers: Caller[] = []
  readonly facts: Fact[] = []
  readonly config = loadConfig('config/sas-67.yaml')
  readonly #timetable = new Timetable(this.config)
  readonly #random = new Random(67)
  readonly #world: World
  readonly #byId = new Map<string, Caller>()
  /** What is still to happen, in order. */
  readonly #agenda: { readonly at: number; readonly act: () => void }[] = []
  readonly #talks = new Map<string, Talk>()
  #edge: number

  constructor(private readonly count: number) {
    const rules = this.#timetable.rulesAt(START)
    this.#edge = rules.until ?? Infinity
    this.#world = new World(rules, START)
    this.#world.onOutcome = (event, { facts, effects }) => {
      this.facts.push(...facts)
      for (const effect of effects) {
        if (effect.type === 'ring') this.#at(event.at + this.#random.between(500, 9_000), () => this.#pickUp(effect.leg, effect.phone))
        if (effect.type === 'dial') this.#at(event.at + 4_000, () => this.#reach(effect.leg, effect.call))
      }
    }
  }

  play(): void {
    for (const { id } of this.config.people) this.#line(`${id} signs in`)
    for (let index = 0; index < this.count; index++) this.#at(START + this.#random.between(1_000, DAY_MS - 1_000), () => this.#arrive(`C${index}`))
    for (let hour = 1; hour < 24; hour += 3) {
      this.#at(START + hour * HOUR_MS, () => this.#callOut(`OUT${hour}`))
      this.#at(START + hour * HOUR_MS + 60_000, () => this.#canary(`CANARY${hour}`))
    }
    for (let next = this.#agenda[0]; next !== undefined; next = this.#agenda[0]) {
      const until = Math.min(next.at, nextDeadline(this.#world.room) ?? Infinity)
      if (until >= this.#edge) this.#changeHours()
      else this.#world.wait(Math.max(0, until - this.#world.at))
      this.#look()
      while ((this.#agenda[0]?.at ?? Infinity) <= this.#world.at) this.#agenda.shift()?.act()
    }
  }

  #changeHours(): void {
    this.#world.wait(this.#edge - 1 - this.#world.at)
    this.#world.stall(1)
    const rules = this.#timetable.rulesAt(this.#world.at)
    this.#edge = rules.until ?? Infinity
    this.#world.decide({ type: 'rules', rules, why: 'hours', by: null })
    this.#world.settle()
  }

  #at(at: number, act: () => void): void {
    const due = { at: Math.round(at), act }
    const place = this.#agenda.findIndex((other) => other.at > due.at)
    this.#agenda.splice(place < 0 ? this.#agenda.length : place, 0, due)
  }

  #after(fromMs: number, toMs: number, act: () => void): void {
    this.#at(this.#world.at + this.#random.between(fromMs, toMs), act)
  }

  #line(line: string): void {
    carryOut(this.#world, line)
    this.#look()
  }

  #ask(command: Asked): void {
    const { facts } = this.#world.ask(command)
    this.#world.settle()
    this.#look()
    const refused = facts.find(({ type }) => type === 'refused')
    if (refused) throw new Error(`the day asks for what cannot be: ${JSON.stringify(refused)}`)
  }

  #arrive(id: string): void {
    const number = this.#random.pick(['15', '15', '15', '116117', '116117', '1801', '1802', '1803', '1902'])
    const trunk = number.startsWith('18') ? 'fire' : number.startsWith('19') ? 'ambulance' : 'operator'
    const caller: Caller = { id, number, arrivedAt: this.#world.at, answeredAt: null, leftAt: null, served: null, filiere: null, talks: [] }
    this.callers.push(caller)
    this.#byId.set(id, caller)
    if (this.#random.chance(0.02)) return this.#toFallback(caller, trunk)
    this.#line(`${id} dials ${number} on ${trunk}`)
    this.#after(5_000, 150_000, () => caller.answeredAt === null && this.#hangUp(caller))
  }

  #toFallback(caller: Caller, trunk: string): void {
    this.#line(`${caller.id} dials ${caller.number} on ${trunk} to the fallback`)
    this.#after(5_000, 90_000, () => {
      if (this.#random.chance(0.3)) return this.#hangUp(caller)
      caller.served = this.#random.pick(['n1', 'neighbour'])
      this.#line(`${caller.served === 'n1' ? 'fallback' : 'neighbour'} serves ${caller.id}`)
      caller.leftAt = this.#world.at
      if (caller.served === 'n1') caller.answeredAt = this.#world.at
    })
  }

  #hangUp(caller: Caller): void {
    if (caller.leftAt !== null) return
    caller.leftAt = this.#world.at
    this.#line(`${caller.id} hangs up`)
  }

  /** Nobody, now and then. */
  #pickUp(leg: string, phone: string): void {
    const channel = this.#world.pbx.channels.get(leg)
    if (channel && !channel.up && this.#random.chance(0.93)) this.#line(`${phone} answers`)
  }

  /** An agent's own call: nobody of the public. */
  #callOut(id: string): void {
    if (this.#world.room.agents.get('arm01')?.state.kind === 'ready') this.#line(`arm01 makes ${id} to codis`)
  }

  #reach(leg: string, id: string): void {
    if (!this.#world.pbx.channels.has(leg)) return
    this.#line(`${id} picks up`)
    this.#after(10_000, 60_000, () => this.#world.pbx.channels.has(leg) && this.#line(`${id} hangs up`))
  }

  #canary(id: string): void {
    this.#line(`${id} dials 15 on canary`)
    this.#after(20_000, 40_000, () => this.#world.pbx.channels.has(id) && this.#line(`${id} hangs up`))
  }

  /** Who talks to whom, as the PBX has connected them. */
  #look(): void {
    const { channels, bridges } = this.#world.pbx
    for (const [leg, talk] of this.#talks) {
      if (channels.get(leg)?.bridge) continue
      talk.to = this.#world.at
      this.#talks.delete(leg)
    }
    for (const { id: leg, kind, phone, bridge } of channels.values()) {
      if (kind !== 'leg' || phone === null || bridge === null || this.#talks.has(leg)) continue
      const caller = [...(bridges.get(bridge) ?? [])].flatMap((id) => this.#byId.get(id) ?? [])[0]
      if (caller) this.#begin(caller, leg, phone)
    }
    for (const caller of this.#byId.values()) {
      if (channels.has(caller.id)) continue
      caller.leftAt ??= this.#world.at
      this.#byId.delete(caller.id)
    }
  }

  #begin(caller: Caller, leg: string, agent: string): void {
    const state = this.#world.room.calls.get(caller.id)?.state
    const queue = state?.kind === 'talking' ? state.parties.find((party) => party.leg === leg)?.queue : undefined
    const talk: Talk = { agent, position: positions[queue ?? ''] ?? 'nowhere', from: this.#world.at, to: null }
    this.#talks.set(leg, talk)
    caller.answeredAt ??= this.#world.at
    caller.talks.push(talk)
    if (talk.position !== 'n1') caller.filiere = talk.position
    if (talk.position === 'n1') this.#after(8_000, 60_000, () => talk.to === null && this.#sort(caller, talk))
    else this.#after(30_000, 240_000, () => talk.to === null && this.#goOn(caller, talk))
  }

  /** An ARM of N1 says where the caller is to go, and they go; or hangs up with them. */
  #sort(caller: Caller, talk: Talk): void {
    const said = this.#random.pick(['P0', 'P1', 'P1', 'P2', 'P2', 'P2', null] as const)
    if (said === null || caller.filiere !== null) return this.#end(caller, talk)
    this.#ask({ type: 'qualify', agent: talk.agent, call: caller.id, priority: said })
    caller.filiere = said === 'P2' && this.#isMgOpen() ? 'mg' : 'amu'
    if (said === 'P0') return this.#after(60_000, 200_000, () => talk.to === null && this.#end(caller, talk))
    this.#after(30_000, 400_000, () => this.#isWaiting(caller, talk) && this.#hangUp(caller))
  }

  /** At N2: on to the physician, over to the other filière, or the end. */
  #goOn(caller: Caller, talk: Talk): void {
    const state = this.#world.room.calls.get(caller.id)?.state
    if (state?.kind !== 'talking' || state.ticket !== null) return this.#hangUp(caller)
    const isOsnp = talk.agent.startsWith('osnp')
    if (isOsnp && this.#random.chance(0.5)) {
      this.#ask({ type: 'pass-on', agent: talk.agent, call: caller.id })
    } else if (this.#random.chance(0.15) && this.#isMgOpen()) {
      const to = talk.position === 'amu' ? 'mg' : 'amu'
      this.#ask({ type: 'transfer', agent: talk.agent, call: caller.id, to })
      caller.filiere = to
    } else return this.#end(caller, talk)
    this.#after(30_000, 400_000, () => this.#isWaiting(caller, talk) && this.#hangUp(caller))
  }

  /** Nobody has taken the caller on from this talk: they wait, or are still with whom they were with. */
  #isWaiting({ talks, leftAt }: Caller, talk: Talk): boolean {
    return leftAt === null && talks.at(-1) === talk
  }

  #end(caller: Caller, { agent }: Talk): void {
    if (this.#random.chance(0.6)) return this.#hangUp(caller)
    this.#line(`${agent} hangs up`)
    this.#after(60_000, 120_000, () => this.#hangUp(caller))
  }

  /** Between 8:00 and noon on Saturday, AMU answers for MG. */
  #isMgOpen(): boolean {
    return this.#world.at < START + 20 * HOUR_MS
  }
}
