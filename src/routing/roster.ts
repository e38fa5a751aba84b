/** A room from its rules and its memory, and what new rules do to it. */
import { Room } from './live-room.js'
import type { Agent, Call } from './room.js'
import { N1, type Person, type Rules } from './rules.js'
import { fits } from './people.js'
import { announceLater, endTransfer, newTicket } from './transfers.js'
import { Turn } from './turn.js'

/** What the memory holds of a room; both empty for a first start. */
export interface Memory {
  readonly calls: Iterable<Call>
  readonly agents: Iterable<Agent>
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
  const turn = new Turn(room, at)
  fitRecords(turn)
  room.replaceRules(rules)
  room.unsaid = { facts: turn.facts, calls: turn.calls, agents: turn.agents }
  return room
}

/** New rules between two decisions: calls keep their promises (rank, clock, people on the line). */
export function applyRules(turn: Turn, rules: Rules): void {
  turn.room.replaceRules(rules, () => fitRecords(turn))
  turn.note({ type: 'rules-changed' })
  for (const queue of turn.room.queues()) turn.open.add(queue.rules.id)
}

function fitRecords(turn: Turn): void {
  const { room } = turn
  const { rules } = room
  const wanted = new Map(rules.people.map((person) => [person.id, person]))
  for (const agent of [...room.agents.values()]) {
    const person = wanted.get(agent.id)
    if (person) refit(turn, agent, person)
    else if (agent.state.kind === 'talking' || agent.state.kind === 'offered') agent.afterCall = { kind: 'sign-out' }
    else {
      room.forgetAgent(agent.id)
      turn.agents.add(agent.id)
    }
  }
  for (const person of rules.people) if (!room.agents.has(person.id)) enrol(turn, person)
  for (const call of room.calls.values()) {
    const ticket = call.state.ticket
    if (!ticket || rules.queues.has(ticket.queue)) continue
    if (call.state.kind === 'talking') {
      endTransfer(turn, call, 'nobody')
      continue
    }
    const moved = newTicket(turn, call, N1, 'queue-closed', { since: ticket.since, head: true })
    moved.offers.push(...ticket.offers)
    call.state.ticket = moved
    announceLater(turn, call, moved)
    turn.touchCall(call)
  }
}

function enrol(turn: Turn, person: Person): void {
  const agent: Agent = {
    ...person,
    position: person.home,
    awayFrom: null,
    state: { kind: 'signed-out', since: turn.at },
    afterCall: null,
    keys: null,
  }
  turn.room.agents.set(person.id, agent)
  turn.touchAgent(agent)
}

function refit(turn: Turn, agent: Agent, person: Person): void {
  const next = { ...agent, ...person }
  if (!fits(turn.room.rules, next, next.position)) next.position = person.home
  if (next.awayFrom !== null && !fits(turn.room.rules, next, next.awayFrom)) next.awayFrom = person.home
  turn.room.agents.set(agent.id, next)
  turn.touchAgent(next)
}
