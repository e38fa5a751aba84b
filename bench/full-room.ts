/** A room in which everybody talks and so many callers wait: what the cost of a decision is measured in. */
import type { Event, WithoutTime } from '../src/routing/events.js'
import type { Room } from '../src/routing/live-room.js'
import { createRoom } from '../src/routing/roster.js'
import type { Rules } from '../src/routing/rules.js'
import { step, type Outcome } from '../src/routing/step.js'

/** Everybody in the room. */
const agents = 30

const always = (ms: number) => ({ SIS: ms, P0: ms, P1: ms, P2: ms })
const orientation = { P0: 'amu', P1: 'amu', P2: 'mg' } as const

export const rules: Rules = {
  sas: 'bench',
  until: null,
  people: Array.from({ length: agents }, (_, index) => ({ id: `arm${index}`, roles: ['ARM'], skills: [], phone: `arm${index}`, home: 'n1', always: false })),
  queues: new Map([
    [
      'n1',
      {
        id: 'n1',
        position: 'n1',
        roles: ['ARM'],
        skills: [],
        open: true,
        mode: 'longest-idle',
        ringMs: 12_000,
        asideMs: 15_000,
        wrapUpMs: 0,
        escalateMs: always(3_600_000),
        reinforcedBy: [],
        returnMs: always(60_000),
        recheckMs: always(0),
        positionMs: 0,
      },
    ],
  ]),
  filieres: new Map(),
  routes: new Map([['n1', 'n1']]),
  staffing: [],
  entries: new Map([
    ['operator/15', { queue: 'n1', class: 'P1', wait: 'music', greeting: null, orientation }],
    ['operator/116117', { queue: 'n1', class: 'P2', wait: 'music', greeting: null, orientation }],
  ]),
  orientation,
  yieldMs: { SIS: 0, P0: 0, P1: 60_000, P2: 300_000 },
  neighbours: new Map(),
  giving: [],
  givingIds: new Set(),
  recording: [],
  lines: new Map(),
  dtmf: new Map(),
  deskCodes: new Map(),
  pauseReasons: [],
  connectMs: 3_000,
  dtmfGapMs: 3_000,
  outbound: null,
    parkMs: 180_000,
  queueLengthMax: 1_000_000,
}

export class FullRoom {
  readonly room: Room
  #at = 1_700_000_000_000
  #calls = 0
  decisions = 0
  /** Called with every decision once the room is full. */
  onOutcome: (outcome: Outcome) => void = () => {}

  constructor(readonly waiting: number) {
    this.room = createRoom(rules, 1, this.#at)
    for (const { id } of rules.people) this.#decide({ type: 'sign-in', agent: id })
    for (let call = 0; call < agents; call++) this.#pickUp(this.#arrive())
    for (let call = 0; call < waiting; call++) this.#arrive()
  }

  get at(): number {
    return this.#at
  }

  /** The life of one call: it arrives, somebody becomes free, the first in line is rung, picks up and is confirmed. */
  cycle(): void {
    this.#arrive()
    const busy = this.room.agents.get(`arm${this.#calls % agents}`)
    if (busy?.state.kind !== 'talking') throw new Error('somebody does nothing')
    const { call, leg } = busy.state
    const freed = this.#decide({ type: 'channel-gone', channel: leg, cause: 'normal' })
    this.#decide({ type: 'channel-gone', channel: call, cause: 'normal' })
    this.#pickUp(freed)
  }

  #arrive(): Outcome {
    const call = `c${this.#calls++}`
    const number = this.#calls % 4 === 0 ? '116117' : '15'
    return this.#decide({ type: 'call-arrived', call, trunk: 'operator', number, caller: null, arrivedAt: this.#at, answered: false })
  }

  #pickUp(offered: Outcome): void {
    const ring = offered.effects.find((effect) => effect.type === 'ring')
    if (!ring) throw new Error('nobody is rung')
    const join = this.#decide({ type: 'leg-answered', leg: ring.leg }).effects.find((effect) => effect.type === 'join')
    if (!join) throw new Error('nobody is joined')
    for (const channel of join.channels) this.#decide({ type: 'joined', bridge: join.bridge, channel })
  }

  #decide(event: WithoutTime<Event>): Outcome {
    this.decisions++
    const outcome = step(this.room, { ...event, at: (this.#at += 5) } as Event)
    this.onOutcome(outcome)
    return outcome
  }
}
