/**
 * Several rooms that help each other, each with its own PBX and clock, and what lies between them: questions over one network, calls
 * over another, either of which may be cut. Every caller is followed from the SAS they dialled to wherever they are given.
 */
import { stateForNeighbour } from '../../src/routing/receiving.js'
import type { NeighbourId, NeighbourRules, Rules } from '../../src/routing/rules.js'
import type { Call } from '../../src/routing/room.js'
import { sampleRules } from './sample-rules.js'
import { Broken, World } from './world.js'

/** A call given: the leg on one side, the caller on the other. */
interface Couple {
  readonly from: string
  readonly leg: string
  readonly to: string
  readonly call: string
  /** The ends of the two sides do not reach each other until then. */
  cutSince: number | null
}

interface Seat {
  readonly world: World
  /** By how much its clock is ahead, ms. */
  readonly skewMs: number
  /** When each neighbour was last heard. */
  readonly heard: Map<string, number>
}

const publishMs = 1_000
const downMs = 5_000
/** A side that hears nothing of the other ends. */
const silentMs = 8_000
const sliceMs = 250

/** N1 gives once somebody has waited for `oldestWaitMs`, to all others in turn; every one takes two of each at once. */
const rulesOf = (sas: string, others: readonly string[], reserves: boolean): Rules => {
  const neighbours = new Map<NeighbourId, NeighbourRules>(
    others.map((id) => [id, { id, trunk: `from-${id}`, number: '15', ringMs: 30_000, reserves, receive: { atOnce: 2, keepFree: 0, ownWaitMsMax: 60_000, classes: ['P0', 'P1', 'P2'], positions: ['n1'] } }]),
  )
  const giving = { id: 'surge', to: others, always: false, oldestWaitMs: 5_000, expectedWaitMs: null, unstaffed: true, linesPercent: null, calmMs: 5_000, position: 'n1', classes: ['P1', 'P2'] as const, entries: null, share: 100, atOnce: 3 }
  const entry = { queue: 'n1', class: 'P1', wait: 'ringing', greeting: null, orientation: sampleRules.orientation } as const
  const entries = new Map([...sampleRules.entries, ...others.map((id) => [`from-${id}/15`, entry] as const)])
  return { ...sampleRules, sas, entries, neighbours, giving: [{ ...giving, classes: [...giving.classes] }], givingIds: new Set([giving.id]) }
}

export class Rooms {
  at = 0
  readonly seats: ReadonlyMap<string, Seat>
  readonly couples: Couple[] = []
  /** Cut for questions or calls: `a>b`, one way. */
  readonly cutLinks = new Set<string>()
  readonly cutLines = new Set<string>()
  /** By origin: SASs that had the caller, in order. */
  readonly visits = new Map<string, string[]>()
  readonly #origin = new Map<string, string>()
  #names = 0

  constructor(names: readonly string[], reserves = true, skewMs: (index: number) => number = () => 0) {
    this.seats = new Map(
      names.map((name, index) => {
        const world = new World(rulesOf(name, names.filter((other) => other !== name), reserves))
        world.at += skewMs(index)
        return [name, { world, skewMs: skewMs(index), heard: new Map() }]
      }),
    )
  }

  world(name: string): World {
    const seat = this.seats.get(name)
    if (!seat) throw new Error(`no room ${name}`)
    return seat.world
  }

  /** A caller of the public dials 15 there. @returns their origin */
  dials(name: string): string {
    const call = `${name.toUpperCase()}${++this.#names}`
    this.#origin.set(`${name}/${call}`, call)
    this.visits.set(call, [name])
    this.world(name).pbx.callerArrives({ call, trunk: 'operator', number: '15', caller: null, arrivedAt: this.world(name).at })
    return call
  }

  /** Time passes everywhere; whatever is said reaches whom it is said to. */
  wait(ms: number): void {
    for (let left = ms; left > 0; left -= sliceMs) {
      this.at += sliceMs
      for (const { world } of this.seats.values()) world.wait(sliceMs)
      if (this.at % publishMs === 0) this.#publish()
      this.pump()
    }
  }

  /** Until nothing is left to be told. */
  pump(): void {
    for (let round = 0; round < 50; round++) {
      let moved = false
      for (const name of this.seats.keys()) moved = this.#pumpOne(name) || moved
      moved = this.#tie() || moved
      if (!moved) return this.#check()
    }
    throw new Broken('the rooms never come to rest')
  }

  #publish(): void {
    for (const [name, { world, heard }] of this.seats) {
      if (world.away) continue
      for (const [other, { world: there }] of this.seats) {
        if (other === name) continue
        if (!there.away && !this.cutLinks.has(`${other}>${name}`)) {
          heard.set(other, this.at)
          world.decide({ type: 'neighbour-state', neighbour: other, state: stateForNeighbour(there.room, name, there.at) })
        } else if ((heard.get(other) ?? 0) + downMs <= this.at) world.decide({ type: 'neighbour-state', neighbour: other, state: null })
      }
    }
  }

  #pumpOne(name: string): boolean {
    const { world } = this.seats.get(name) as Seat
    world.settle()
    let moved = false
    for (const { leg, neighbour, ask } of world.pbx.asked.splice(0)) {
      moved = true
      const there = this.world(neighbour)
      if (world.away || there.away || this.cutLinks.has(`${name}>${neighbour}`)) continue
      const id = `R${++this.#names}`
      const { facts } = there.decide({ type: 'reservation-asked', neighbour: name, id, ask })
      const why = facts.flatMap((fact) => (fact.type === 'reservation' ? [fact.why] : [])).at(-1) ?? null
      // The answer is lost on its way, perhaps.
      if (!this.cutLinks.has(`${neighbour}>${name}`)) world.decide({ type: 'reserved', leg, neighbour, reservation: why === null ? id : null, why })
    }
    for (const { neighbour, reservation } of world.pbx.givenUp.splice(0)) if (!this.world(neighbour).away) this.world(neighbour).decide({ type: 'reservation-dropped', neighbour: name, id: reservation })
    for (const gift of world.pbx.gifts.splice(0)) {
      moved = true
      const channel = world.pbx.channels.get(gift.leg)
      if (!channel) continue
      const to = [...world.room.rules.neighbours.values()].find(({ trunk }) => trunk === gift.trunk)?.id ?? ''
      if (this.#isCut(name, to) || this.world(to).away) {
        // Nobody answers; without an engine there, its dialplan refuses.
        world.pbx.ends(channel, 'unreachable')
        continue
      }
      const call = `${to.toUpperCase()}${++this.#names}`
      const origin = this.#origin.get(`${name}/${channel.call}`) ?? channel.call
      this.#origin.set(`${to}/${call}`, origin)
      this.visits.get(origin)?.push(to)
      this.couples.push({ from: name, leg: gift.leg, to, call, cutSince: null })
      const there = this.world(to)
      there.pbx.callerArrives({ call, trunk: `from-${name}`, number: '15', caller: null, arrivedAt: there.at, given: gift.given })
    }
    return moved
  }

  #isCut(one: string, other: string): boolean {
    return this.cutLines.has(`${one}>${other}`) || this.cutLines.has(`${other}>${one}`)
  }

  /** What happens to one side of a call happens to the other. */
  #tie(): boolean {
    let moved = false
    for (const couple of [...this.couples]) {
      const [here, there] = [this.world(couple.from).pbx, this.world(couple.to).pbx]
      const [leg, caller] = [here.channels.get(couple.leg), there.channels.get(couple.call)]
      if (!leg && !caller) {
        this.couples.splice(this.couples.indexOf(couple), 1)
        continue
      }
      if (this.#isCut(couple.from, couple.to)) {
        couple.cutSince ??= this.at
        if (this.at - couple.cutSince < silentMs) continue
        // Neither hears the other any more.
        if (leg) here.ends(leg, 'failed')
        if (caller) there.ends(caller, 'failed')
        moved = true
        continue
      }
      couple.cutSince = null
      if (leg && caller) {
        if (!caller.up || leg.up) continue
        here.answers(leg)
      } else if (leg) here.ends(leg, leg.up ? 'normal' : 'refused')
      else if (caller) there.ends(caller, here.keptHere.has(couple.leg) ? 'elsewhere' : 'normal')
      moved = true
    }
    return moved
  }

  /** Who talks to a caller, by the SAS that they are at. */
  talkingTo(origin: string): string[] {
    return [...this.seats].flatMap(([name, { world }]) => [...world.room.calls.values()].filter((call) => this.#origin.get(`${name}/${call.id}`) === origin && withAgent(call)).map(() => name))
  }

  #check(): void {
    for (const [origin, visited] of this.visits) if (new Set(visited).size < visited.length) throw new Broken(`${origin} visits ${visited.join(' → ')}`)
    if (this.cutLines.size > 0 || [...this.seats.values()].some(({ world }) => world.away)) return
    const origins = new Map<string, string[]>()
    for (const [name, { world }] of this.seats)
      for (const call of world.room.calls.values()) {
        const origin = this.#origin.get(`${name}/${call.id}`)
        // Whom an engine that was cut off has not heard of yet.
        if (origin !== undefined && withAgent(call) && !this.couples.some(({ cutSince }) => cutSince !== null)) origins.set(origin, [...(origins.get(origin) ?? []), name])
      }
    for (const [origin, names] of origins) if (names.length > 1) throw new Broken(`${origin} talks at ${names.join(' and ')}`)
  }

  /** Whoever calls, or is a leg of a call, anywhere. */
  get left(): string[] {
    return [...this.seats].flatMap(([name, { world }]) => [...world.room.calls.keys(), ...world.pbx.channels.keys()].map((id) => `${name}/${id}`))
  }
}

const withAgent = ({ state }: Call): boolean => state.kind === 'talking' && state.parties.length > 0
