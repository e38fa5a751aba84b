/** A room from its rules and its memory, and what new rules do to it. */
import type { Event } from './events.js'
import { Room } from './live-room.js'
import { expireOverrides } from './overrides.js'
import type { Agent, AgentState, Call, Party } from './room.js'
import { N1, type Override, type Person, type Rules } from './rules.js'
import { endWork, fits, setState } from './people.js'
import { watchStaffing } from './staffing.js'
import { announceLater, endTransfer, movedTicket, newTicket } from './transfers.js'
import { Turn } from './turn.js'

/** What the memory holds of a room; both empty for a first start. */
export interface Memory {
  readonly calls: Iterable<Call>
  readonly agents: Iterable<Agent>
  /** How far the fallback's record was read. */
  readonly fallbackMark?: string | null
  /** Calls that ended lately: should their callers still be there, they are hung up. */
  readonly over?: Iterable<string>
  readonly overrides?: Iterable<Override>
}

/**
 * The room as the memory left it, under these rules. People not in the rules are forgotten unless a call holds them. What had
 * to change for that is told and written with the first decision.
 * @param at milliseconds, for people seen for the first time
 * @param epoch of the lease; greater than every earlier one
 */
export function createRoom(rules: Rules, epoch: number, at: number, memory: Memory = { calls: [], agents: [] }): Room {
  const room = new Room(rules, epoch)
  for (const agent of memory.agents) room.agents.set(agent.id, agent)
  for (const call of memory.calls) room.calls.set(call.id, call)
  room.fallbackMark = memory.fallbackMark ?? null
  for (const id of memory.over ?? []) room.rememberOver(id)
  for (const override of memory.overrides ?? []) room.overrides.set(override.target, override)
  const turn = new Turn(room, at)
  fitRecords(turn)
  expireOverrides(turn)
  room.replaceRules(rules)
  turn.rulesReplaced = true
  watchStaffing(turn)
  room.unsaid = turn
  return room
}

/** New rules between two decisions: calls keep their promises (rank, clock, people on the line). */
export function applyRules(turn: Turn, { rules, why, by, what = [] }: Extract<Event, { type: 'rules' }>): void {
  turn.room.replaceRules(rules, () => fitRecords(turn))
  turn.note({ type: 'rules-changed', why, by, what })
  turn.rulesReplaced = true
  expireOverrides(turn)
  for (const queue of turn.room.queues()) turn.open.add(queue.rules.id)
}

/** The same before the room has joined: told and written with the next decision, which mends what concerns the PBX. */
export function renewRules(room: Room, event: Extract<Event, { type: 'rules' }>): void {
  const turn = new Turn(room, event.at)
  if (room.unsaid) turn.takeUp(room.unsaid)
  applyRules(turn, event)
  watchStaffing(turn)
  room.unsaid = turn
}

function fitRecords(turn: Turn): void {
  fitPeople(turn)
  agree(turn)
  fitLines(turn)
}

function fitPeople(turn: Turn): void {
  const { room } = turn
  const { rules } = room
  const wanted = new Map(rules.people.map((person) => [person.id, person]))
  for (const agent of [...room.agents.values()]) {
    const person = wanted.get(agent.id)
    if (person) refit(turn, agent, person)
    // Whoever is on a call leaves after it, unless another file names them again by then.
    else if (agent.state.kind !== 'talking' && agent.state.kind !== 'offered') {
      room.forgetAgent(agent.id)
      turn.agents.add(agent.id)
    }
  }
  for (const person of rules.people) if (!room.agents.has(person.id)) enrol(turn, person)
}

/**
 * Calls and people say the same of each other. They are written together but read one by one: a record that could not be read
 * (another version's, or damaged) is missing, while those it belongs with are there. Who is on a call is for the call to say.
 */
function agree(turn: Turn): void {
  const { room } = turn
  const held = new Set<string>()
  const hold = (id: string, state: Extract<AgentState, { kind: 'talking' | 'offered' }>): boolean => {
    const agent = room.agents.get(id)
    if (!agent || held.has(id)) return false
    held.add(id)
    if (agent.state.kind !== state.kind || agent.state.call !== state.call || agent.state.leg !== state.leg) setState(turn, agent, state)
    return true
  }
  for (const call of room.calls.values()) {
    const { ticket } = call.state
    const { id } = call
    if (call.state.kind === 'talking') {
      const parties = call.state.parties.filter(({ agent, leg, since }) => hold(agent, { kind: 'talking', since, call: id, leg }))
      const listeners = call.state.listeners.filter(({ agent, leg, since }) => hold(agent, { kind: 'talking', since, call: id, leg }))
      if (listeners.length < call.state.listeners.length) {
        call.state.listeners = listeners
        turn.touchCall(call)
      }
      if (parties.length < call.state.parties.length) keepParties(turn, call, parties)
    }
    const offers = ticket?.offers.filter(({ agent, leg, since }) => hold(agent, { kind: 'offered', since, call: id, leg, idleSince: since }))
    if (!ticket || !offers || offers.length === ticket.offers.length) continue
    ticket.offers = offers
    if (call.callback && !offers.some(({ phase }) => phase === 'dialling')) call.callback.leg = null
    turn.touchCall(call)
  }
  for (const agent of room.agents.values())
    if ((agent.state.kind === 'talking' || agent.state.kind === 'offered') && !held.has(agent.id)) endWork(turn, agent, agent.state.call, agent.position)
}

/** Those of whom nothing is known are off the line; a caller left alone goes to the head of a line. */
function keepParties(turn: Turn, call: Call, parties: Party[]): void {
  if (call.state.kind !== 'talking') throw new Error(`call ${call.id} has no parties`)
  turn.touchCall(call)
  for (const { agent, since } of call.state.parties.filter((party) => !parties.includes(party)))
    turn.note({ type: 'left', call: call.id, agent, talkMs: turn.at - since, why: 'lost' })
  if (parties.length > 0) {
    call.state = { ...call.state, parties }
    return
  }
  const [last] = call.state.parties
  const ticket = call.state.ticket ?? call.state.place ?? newTicket(turn, call, last?.queue ?? N1, 'agent-lost', { since: call.arrivedAt, head: true })
  call.state = { kind: 'seeking', ticket }
}

/**
 * Nobody waits in a queue that closed or is no more. Where another answers in its place callers go on there with their rank and
 * clock. Where none does but N1, a warm transfer is off: its sender is there. Whoever waits for what is no more goes to the head of N1.
 */
function fitLines(turn: Turn): void {
  const { room } = turn
  const { routes } = room.rules
  for (const call of room.calls.values()) {
    fitPlace(turn, call)
    const ticket = call.state.ticket
    if (!ticket) continue
    const to = routes.get(ticket.queue)
    if (to === ticket.queue) continue
    if ((to === undefined || to === N1) && call.state.kind === 'talking') {
      endTransfer(turn, call, 'nobody')
      continue
    }
    const moved = movedTicket(turn, call, ticket, 'queue-closed')
    call.state.ticket = moved
    if (call.state.kind === 'seeking') announceLater(turn, call, moved)
    turn.touchCall(call)
  }
}

/** The place kept for a caller who has a word meanwhile moves with its line, and is gone with it. */
function fitPlace(turn: Turn, { id, state }: Call): void {
  if (state.kind !== 'talking' || !state.place) return
  const queue = turn.room.rules.routes.get(state.place.queue)
  if (queue === state.place.queue) return
  state.place = queue === undefined ? null : { ...state.place, queue }
  turn.calls.add(id)
}

function enrol(turn: Turn, person: Person): void {
  const { always, ...known } = person
  const agent: Agent = {
    ...known,
    position: person.home,
    awayFrom: null,
    engaged: false,
    state: { kind: always ? 'ready' : 'signed-out', since: turn.at },
    afterCall: null,
    keys: null,
  }
  turn.room.agents.set(person.id, agent)
  turn.touchAgent(agent)
}

function refit(turn: Turn, agent: Agent, person: Person): void {
  // Of another phone, the next list of what exists tells.
  const { always: _, ...known } = person
  const next = { ...agent, ...known, engaged: agent.engaged && agent.phone === person.phone }
  if (!fits(turn.room.rules, next, next.position)) next.position = person.home
  if (next.awayFrom !== null && !fits(turn.room.rules, next, next.awayFrom)) next.awayFrom = person.home
  turn.room.agents.set(agent.id, next)
  turn.touchAgent(next)
}
