/** What must hold after every decision, seen from outside the core. */
import { faultsOf } from '../../src/routing/invariants.js'
import type { Room } from '../../src/routing/live-room.js'
import { givingKey, hasRoleFor, isFree, type Agent, type Call } from '../../src/routing/room.js'
import { fits } from '../../src/routing/people.js'
import { createRoom, type Memory } from '../../src/routing/roster.js'
import type { Outcome } from '../../src/routing/step.js'

/** What a decision must not take from anybody: the rank and clock of calls, the idleness of people who are rung. */
export interface Earned {
  readonly tickets: ReadonlyMap<string, Place>
  /** Kept for those with whom somebody has a word. */
  readonly places: ReadonlyMap<string, Place>
  readonly idleSince: ReadonlyMap<string, number>
}

interface Place {
  readonly queue: string
  readonly rank: number
  readonly since: number
}

export function earnedIn(room: Room): Earned {
  const tickets = new Map<string, Place>()
  const places = new Map<string, Place>()
  const idleSince = new Map<string, number>()
  for (const { id, state } of room.calls.values()) {
    if (state.kind === 'talking' && state.place) {
      const { queue, rank, since } = state.place
      places.set(id, { queue, rank, since })
    }
    if (!state.ticket) continue
    const { queue, rank, since, offers } = state.ticket
    tickets.set(id, { queue, rank, since })
    for (const { agent } of offers) {
      const offered = room.agents.get(agent)?.state
      if (offered?.kind === 'offered') idleSince.set(agent, offered.idleSince)
    }
  }
  return { tickets, places, idleSince }
}

export const faultsAfter = (room: Room, at: number, before: Earned, outcome: Outcome): string[] => [
  ...faultsOf(room, at),
  ...peopleFaults(room),
  ...rankFaults(room, before, outcome),
  ...placeFaults(room, before, outcome),
  ...orderFaults(room, outcome),
  ...recordFaults(room, outcome),
]

/** The records from JSON, as the memory keeps them. */
export const remembered = (json: string): Memory => JSON.parse(json) as { calls: Call[]; agents: Agent[]; fallbackMark?: string | null; over?: string[] }

/** The indexes kept while the room lives are those its records give anew. */
export function derivedFaults(room: Room, at: number, memory: Memory = recordsOf(room)): string[] {
  const anew = createRoom(room.rules, room.epoch, at, memory)
  const faults: string[] = []
  for (const queue of room.queues()) {
    const other = anew.queue(queue.rules.id)
    same(faults, `line ${queue.rules.id}`, ids(queue.line), ids(other.line))
    same(faults, `free of ${queue.rules.id}`, sorted(queue.free), sorted(other.free))
    same(faults, `reserve of ${queue.rules.id}`, sorted(queue.reserve), sorted(other.reserve))
    if (queue.escalated !== other.escalated) faults.push(`line ${queue.rules.id} counts ${queue.escalated} escalated, anew ${other.escalated}`)
  }
  // Rules of giving are looked at with the next decision.
  const ownDeadlines = ({ deadlines, rules: { giving } }: Room): number => deadlines.size - giving.filter(({ id }) => deadlines.at(givingKey(id)) !== null).length
  if (ownDeadlines(room) !== ownDeadlines(anew)) faults.push(`${room.deadlines.size} deadlines, anew ${anew.deadlines.size}`)
  for (const key of [...room.calls.keys(), ...[...room.agents.keys()].map((id) => `@${id}`)])
    if (room.deadlines.at(key) !== anew.deadlines.at(key)) faults.push(`deadline of ${key} ${room.deadlines.at(key)}, anew ${anew.deadlines.at(key)}`)
  for (const call of room.calls.values()) {
    const legs = [...(call.state.ticket?.offers ?? []), ...(call.state.kind === 'talking' ? call.state.parties : [])]
    for (const { leg } of legs) if (anew.callOfLeg(leg)?.id !== call.id) faults.push(`anew, ${leg} leads nowhere`)
  }
  return faults
}

/** Records as they are: what fitting may change in them is copied first. */
const recordsOf = (room: Room): Memory => ({
  calls: room.calls.values(),
  agents: [...room.agents.values()].map((agent) => ({ ...agent })),
})

/** People sit where they can work, and only those the rules name, or whose call is not over. */
function peopleFaults(room: Room): string[] {
  const faults: string[] = []
  const named = new Set(room.rules.people.map(({ id }) => id))
  for (const agent of room.agents.values()) {
    if (named.has(agent.id)) {
      if (!fits(room.rules, agent, agent.position)) faults.push(`${agent.id} sits at ${agent.position} and can do nothing there`)
    } else if (agent.state.kind !== 'talking' && agent.state.kind !== 'offered') faults.push(`${agent.id} stays and is named by no rule`)
  }
  for (const { id, state } of room.calls.values())
    if (state.kind === 'talking' && state.ticket?.sender === null) faults.push(`${id} was sent by nobody and somebody talks to it`)
  return faults
}

/** Whoever had a word stands where they stood. */
function placeFaults(room: Room, { places }: Earned, { facts }: Outcome): string[] {
  return facts.flatMap((fact) => {
    if (fact.type !== 'queued' || fact.why !== 'rechecked') return []
    const was = places.get(fact.call)
    const ticket = room.calls.get(fact.call)?.state.ticket
    // Gone on by now: due to return, or the caller hung up.
    if (!ticket || facts.some((other) => other.type === 'queued' && other.call === fact.call && other.why !== 'rechecked')) return []
    return was && was.rank === ticket.rank && was.since === ticket.since && was.queue === ticket.queue ? [] : [`${fact.call} lost its place by a word`]
  })
}

/** A missed offer leaves the caller their rank and their clock, and one called off leaves the person their idleness. */
function rankFaults(room: Room, before: Earned, { facts }: Outcome): string[] {
  const faults: string[] = []
  for (const fact of facts) {
    if (fact.type !== 'missed') continue
    const state = room.agents.get(fact.agent)?.state
    const idle = state?.kind === 'ready' ? state.since : state?.kind === 'offered' ? state.idleSince : undefined
    if (fact.why === 'withdrawn' && idle !== undefined && idle !== before.idleSince.get(fact.agent)) faults.push(`${fact.agent} lost their idleness`)
    if (facts.some((other) => other.type === 'queued' && other.call === fact.call)) continue
    const was = before.tickets.get(fact.call)
    const ticket = room.calls.get(fact.call)?.state.ticket
    if (was && ticket && (was.rank !== ticket.rank || was.since !== ticket.since || was.queue !== ticket.queue))
      faults.push(`${fact.call} lost its rank by a missed offer`)
  }
  return faults
}

/**
 * Whoever is offered was the first of the line, and offered to the longest idle. A queue that is served by hand has no such order,
 * and somebody of another position helps those whose wait was escalated, whoever stands before them.
 */
export function orderFaults(room: Room, { facts }: Pick<Outcome, 'facts'>): string[] {
  const faults: string[] = []
  for (const fact of facts) {
    if (fact.type !== 'offered') continue
    const ticket = room.calls.get(fact.call)?.state.ticket
    const queue = room.queue(fact.queue)
    const first = queue.line.first()
    const agent = room.agents.get(fact.agent) as Agent
    const { state } = agent
    const { rule } = fact.why
    if ((rule === 'longest-idle' || rule === 'ring-all') && rule !== queue.rules.mode) faults.push(`${fact.agent} was rung by ${rule} at ${fact.queue}, served ${queue.rules.mode}`)
    if (fact.why.rule === 'picked' && fact.why.ahead > 0 && fact.why.reason === null && !(ticket?.returned && ticket.sender === agent.id))
      faults.push(`${agent.id} picked ${fact.call} before others for no reason`)
    // A call that comes back goes to its sender at once, if free.
    if ((rule !== 'longest-idle' && rule !== 'ring-all') || state.kind !== 'offered' || !ticket) continue
    const helps = agent.position !== queue.rules.position
    if (first && first.rank < ticket.rank && !(helps && rule === 'ring-all')) faults.push(`${fact.call} was offered before ${first.id}`)
    for (const { rules, line } of room.queues()) {
      const other = line.first()
      if (!other || other.rank >= ticket.rank || rules.mode === 'by-hand') continue
      if (rules.position === agent.position && hasRoleFor(rules, agent))
        faults.push(`${agent.id} was rung for ${fact.call} before ${other.id} of ${rules.id}`)
    }
    for (const other of rule === 'longest-idle' ? queue.free : [])
      if (isFree(other) && other.state.kind === 'ready' && other.state.since < state.idleSince) faults.push(`${fact.agent} was rung before ${other.id}, idle for longer`)
  }
  return faults
}

/** What is to be written is what is there. */
function recordFaults(room: Room, outcome: Outcome): string[] {
  const faults: string[] = []
  for (const [id, call] of outcome.calls) if ((room.calls.get(id) ?? null) !== call) faults.push(`the record of ${id} is not the room's`)
  for (const [id, agent] of outcome.agents) if ((room.agents.get(id) ?? null) !== agent) faults.push(`the record of ${id} is not the room's`)
  return faults
}

const ids = (line: Iterable<{ id: string }>): string[] => [...line].map(({ id }) => id)
const sorted = (people: Iterable<{ id: string }>): string[] => ids(people).sort()

function same(faults: string[], what: string, live: readonly string[], anew: readonly string[]): void {
  if (live.length !== anew.length || live.some((id, index) => id !== anew[index])) faults.push(`${what} is ${live.join(' ')}, anew ${anew.join(' ')}`)
}
