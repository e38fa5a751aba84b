/**
 * The room with its indexes. Records (calls, agents) are the truth; lines, free people, legs and deadlines are derived
 * from them by `reindexCall` and `reindexAgent`, which the turn calls for every record it touched. No handler keeps an
 * index by hand, and a room rebuilt from its records is the same room.
 */
import { Deadlines } from './deadlines.js'
import type { AgentId, CallId, ChannelId, LegId } from './events.js'
import type { Fact } from './facts.js'
import { givingKey, hasRoleFor, isFree, standing, type Agent, type Away, type Call, type InForce, type NeighbourView, type ReservedPlace, type Standing, type Ticket } from './room.js'
import type { NeighbourId, Override, QueueId, QueueRules, Rules } from './rules.js'
import { WaitingLine } from './waiting-line.js'

/** How many calls that ended are remembered. */
const overMax = 1_000

interface IndexedCall {
  readonly queue: QueueId | null
  readonly stands: Standing | null
  readonly rank: number
  readonly since: number
  readonly escalated: boolean
  readonly away: boolean
  readonly legs: readonly LegId[]
  /** Line on which the caller is. */
  readonly trunk: string | null
  /** Neighbour to which the caller is offered, or with which they are. */
  readonly givenTo: NeighbourId | null
  readonly receivedFrom: NeighbourId | null
}

const nowhere: IndexedCall = { queue: null, stands: null, rank: 0, since: 0, escalated: false, away: false, legs: [], trunk: null, givenTo: null, receivedFrom: null }

/** One queue as the dispatcher sees it. */
export class QueueIndex {
  readonly line = new WaitingLine()
  /** Calls that ring at everybody: whoever becomes free may join in. */
  readonly ringing = new Set<CallId>()
  /** Parked calls, and those called in vain a moment ago. */
  readonly held = new Set<CallId>()
  /** People who serve the queue and are free. */
  readonly free = new Set<Agent>()
  /** Free people who serve it once a wait has been escalated. */
  readonly reserve = new Set<Agent>()
  /** When each of those in line began to wait whom no neighbour gave; the earliest is at hand. */
  readonly ownWaits = new Deadlines()
  /** Waiting calls that were escalated. */
  escalated = 0
  /** Of those in line, how many are gone and to be called back. */
  away = 0
  constructor(readonly rules: QueueRules) {}

  /** Who may be rung, for a call that was escalated or for any. */
  able(escalated: boolean): Agent[] {
    return escalated ? [...this.free, ...this.reserve] : [...this.free]
  }

  /** Callers in line who are on the line. */
  get present(): number {
    return this.line.length - this.away
  }

  /** Enters or leaves the place where a call stands. */
  place(id: CallId, { stands, rank, since, escalated, away, receivedFrom }: IndexedCall, enters: boolean): void {
    if (stands === 'line') {
      this.ownWaits.set(id, enters && receivedFrom === null ? since : null)
      if (enters) this.line.add({ id, rank })
      else this.line.remove({ id, rank })
      if (escalated) this.escalated += enters ? 1 : -1
      if (away) this.away += enters ? 1 : -1
    } else if (stands !== null) {
      if (enters) this[stands].add(id)
      else this[stands].delete(id)
    }
  }
}

export class Room {
  readonly calls = new Map<CallId, Call>()
  readonly agents = new Map<AgentId, Agent>()
  readonly deadlines = new Deadlines()
  /** Channels the core itself ended: their end is expected, and forgotten once seen. */
  readonly dismissed = new Set<ChannelId>()
  rules: Rules
  /** What supervisors set aside for a while, by target. */
  readonly overrides = new Map<string, Override>()
  /** Staffing guards that are broken, and since when. */
  readonly understaffed = new Map<string, number>()
  /** Since when recordings fail; null once one was made to its end. Not remembered: the next call tells. */
  recordingFailsSince: number | null = null
  /** What neighbours say of themselves, and which rules give to them. */
  readonly neighbours = new Map<NeighbourId, NeighbourView>()
  readonly giving = new Map<string, InForce>()
  /** Neighbours that refused a moment ago, and when they may be asked again. */
  readonly notBefore = new Map<NeighbourId, number>()
  /** ReservedPlace to neighbours, by id. */
  readonly promised = new Map<string, ReservedPlace>()
  /** How long a call of each queue keeps somebody, ms, on the mean of late. */
  readonly handling = new Map<QueueId, number>()
  /** How far the fallback's record was read. */
  fallbackMark: string | null = null
  /** What was decided while the room was made from its memory: part of the first decision. */
  unsaid: { readonly facts: readonly Fact[]; readonly calls: ReadonlySet<CallId>; readonly agents: ReadonlySet<AgentId>; readonly overridesTouched: boolean } | null = null
  /** Calls that ended lately, and the last visit of which what is still said is old. */
  readonly #over = new Map<CallId, number>()
  #queues = new Map<QueueId, QueueIndex>()
  readonly #indexed = new Map<CallId, IndexedCall>()
  readonly #legs = new Map<LegId, CallId>()
  readonly #freeIn = new Map<AgentId, readonly Set<Agent>[]>()
  readonly #lines = new Map<string, Set<CallId>>()
  readonly #given = new Map<NeighbourId, Set<CallId>>()
  readonly #received = new Map<NeighbourId, Set<CallId>>()

  /** `epoch` is the lease's: names given to legs and bridges never repeat across engines. */
  constructor(rules: Rules, readonly epoch: number) {
    this.rules = rules
    for (const queue of rules.queues.values()) this.#queues.set(queue.id, new QueueIndex(queue))
  }

  /** Replaces the rules, lets `fit` bring the records in line with them, and derives every index anew. */
  replaceRules(rules: Rules, fit: () => void = () => {}): void {
    for (const { id } of this.rules.giving) this.deadlines.set(givingKey(id), null)
    this.rules = rules
    this.#queues = new Map([...rules.queues.values()].map((queue) => [queue.id, new QueueIndex(queue)]))
    this.#indexed.clear()
    this.#freeIn.clear()
    this.#legs.clear()
    for (const index of [this.#lines, this.#given, this.#received]) index.clear()
    fit()
    for (const id of this.calls.keys()) this.reindexCall(id)
    for (const id of this.agents.keys()) this.reindexAgent(id)
  }

  /** @param sure false for a caller who may still be with the fallback, and come back */
  close({ id, visit }: Call, sure: boolean): void {
    this.calls.delete(id)
    this.rememberOver(id, sure ? Infinity : visit)
  }

  /** @param visit the last one of which what is still said is old */
  rememberOver(id: CallId, visit = Infinity): void {
    this.#over.set(id, visit)
    for (const oldest of this.#over.keys()) {
      if (this.#over.size <= overMax) break
      this.#over.delete(oldest)
    }
  }

  /** Whether the call is known to have ended, and has not come back from the fallback since. */
  isOver(id: CallId, visit = 0): boolean {
    return visit <= (this.#over.get(id) ?? -1)
  }

  queue(id: QueueId): QueueIndex {
    const queue = this.#queues.get(id)
    if (!queue) throw new Error(`no queue ${id}`)
    return queue
  }

  hasQueue(id: QueueId): boolean {
    return this.#queues.has(id)
  }

  queues(): IterableIterator<QueueIndex> {
    return this.#queues.values()
  }

  /** The call whose caller has this channel now. */
  callOfCaller(channel: ChannelId): Call | undefined {
    const call = this.calls.get(channel) ?? this.callOfLeg(channel)
    return call?.channel === channel ? call : undefined
  }

  callOfLeg(leg: LegId): Call | undefined {
    const id = this.#legs.get(leg)
    return id === undefined ? undefined : this.calls.get(id)
  }

  /** Callers on this line. */
  callsOn(trunk: string): number {
    return this.#lines.get(trunk)?.size ?? 0
  }

  /** Channels of this trunk that are taken, as far as the room knows: by callers, by whom an agent calls, and by guests. */
  channelsOn(trunk: string): number {
    let taken = 0
    for (const { trunk: line, channel, outgoing, callback, state } of this.calls.values()) {
      // Who hung up to be called back has none until they are.
      if (line === trunk && (channel !== null || outgoing !== null || (callback !== null && callback.leg !== null))) taken++
      if (state.kind === 'talking') taken += state.guests.filter((guest) => guest.trunk === trunk).length
    }
    return taken
  }

  /** Callers who are offered to this neighbour, or with it. */
  givenTo(neighbour: NeighbourId): ReadonlySet<CallId> {
    return this.#given.get(neighbour) ?? none
  }

  /** Callers whom this neighbour gave. */
  receivedFrom(neighbour: NeighbourId): ReadonlySet<CallId> {
    return this.#received.get(neighbour) ?? none
  }

  agentAt(phone: string): Agent | undefined {
    return [...this.agents.values()].find((agent) => agent.phone === phone)
  }

  forgetAgent(id: AgentId): void {
    const agent = this.agents.get(id)
    if (agent) for (const set of this.#freeIn.get(id) ?? []) set.delete(agent)
    this.#freeIn.delete(id)
    this.deadlines.set(agentKey(id), null)
    this.agents.delete(id)
  }

  /** @returns the queues in which somebody else may be served now: the call began to wait there, or left the front. */
  reindexCall(id: CallId): QueueId[] {
    const changed: QueueId[] = []
    const call = this.calls.get(id)
    const old = this.#indexed.get(id) ?? nowhere
    const now = call ? indexOf(call) : nowhere
    const moved =
      old.queue !== now.queue || old.stands !== now.stands || old.rank !== now.rank || old.since !== now.since || old.escalated !== now.escalated || old.away !== now.away
    if (moved) {
      if (old.queue !== null) {
        const queue = this.queue(old.queue)
        if (queue.line.first()?.id === id) changed.push(old.queue)
        queue.place(id, old, false)
      }
      if (now.queue !== null) {
        this.queue(now.queue).place(id, now, true)
        changed.push(now.queue)
      }
    }
    for (const leg of old.legs) if (!now.legs.includes(leg)) this.#legs.delete(leg)
    for (const leg of now.legs) this.#legs.set(leg, id)
    file(this.#lines, old.trunk, now.trunk, id)
    file(this.#given, old.givenTo, now.givenTo, id)
    file(this.#received, old.receivedFrom, now.receivedFrom, id)
    if (call) this.#indexed.set(id, now)
    else this.#indexed.delete(id)
    this.deadlines.set(id, call ? callDeadline(call) : null)
    return changed
  }

  /** @returns the queues in which the person is free, or awaited by the first in line. */
  reindexAgent(id: AgentId): QueueId[] {
    const agent = this.agents.get(id)
    if (agent) for (const set of this.#freeIn.get(id) ?? []) set.delete(agent)
    this.deadlines.set(agentKey(id), agent ? agentDeadline(agent) : null)
    const sets: Set<Agent>[] = []
    const queues: QueueId[] = []
    if (isFree(agent)) {
      for (const queue of this.#queues.values()) {
        if (this.#awaited(queue, id)) queues.push(queue.rules.id)
        if (!hasRoleFor(queue.rules, agent)) continue
        const sitsHere = queue.rules.position === agent.position
        if (!sitsHere && !queue.rules.reinforcedBy.includes(agent.position)) continue
        const set = sitsHere ? queue.free : queue.reserve
        set.add(agent)
        sets.push(set)
        queues.push(queue.rules.id)
      }
    }
    this.#freeIn.set(id, sets)
    return queues
  }

  /** The first in line came back, and is to be theirs. */
  #awaited({ line }: QueueIndex, id: AgentId): boolean {
    const ticket = this.calls.get(line.first()?.id ?? '')?.state.ticket
    return ticket?.returned === true && ticket.sender === id
  }
}

const none: ReadonlySet<CallId> = new Set()

/** Moves a call from one heading to another. */
function file(index: Map<string, Set<CallId>>, from: string | null, to: string | null, id: CallId): void {
  if (from === to) return
  if (from !== null) index.get(from)?.delete(id)
  if (to === null) return
  const set = index.get(to)
  if (set) set.add(id)
  else index.set(to, new Set([id]))
}

const agentKey = (id: AgentId): string => `@${id}`

/** Whose deadline a key of `Room.deadlines` is. */
export const ownerOf = (key: string): { agent: AgentId } | { call: CallId } | { rule: string } =>
  key.startsWith('@') ? { agent: key.slice(1) } : key.startsWith('#') ? { rule: key.slice(1) } : { call: key }

function indexOf(call: Call): IndexedCall {
  const ticket = call.state.ticket
  const legs = (ticket?.offers ?? []).map((offer) => offer.leg)
  if (call.state.kind === 'talking') legs.push(...[...call.state.parties, ...call.state.guests, ...call.state.listeners].map(({ leg }) => leg), ...call.state.listeners.flatMap(({ ear }) => ear ?? []))
  if (call.callback?.leg) legs.push(call.callback.leg)
  if (call.away) legs.push(call.away.leg)
  if (call.channel !== null && call.channel !== call.id) legs.push(call.channel)
  const stands = ticket && standing(ticket, call.away)
  const elsewhere = { trunk: call.channel === null ? null : call.trunk, givenTo: call.away?.neighbour ?? call.givenTo, receivedFrom: call.received?.from ?? null }
  if (!ticket || stands === null) return { ...nowhere, ...elsewhere, legs }
  return { ...elsewhere, queue: ticket.queue, stands, rank: ticket.rank, since: ticket.since, escalated: ticket.escalations > 0, away: call.channel === null, legs }
}

/** The next time something must happen to this call by itself; null only while somebody simply talks. */
function callDeadline(call: Call): number | null {
  if (call.state.kind === 'fallback') return call.state.until
  const { ticket } = call.state
  const rings = call.state.kind === 'talking' ? [...call.state.guests, ...call.state.listeners].flatMap(({ until }) => until ?? []) : []
  const times = [...(ticket ? ticketDeadlines(ticket, call.away) : []), ...rings, ...(call.away ? [call.away.until] : [])]
  return times.length > 0 ? Math.min(...times) : null
}

function ticketDeadlines(ticket: Ticket, away: Away | null): number[] {
  const rings = ticket.offers.map((offer) => offer.until)
  if (ticket.heldUntil !== null) return [ticket.heldUntil, ...rings]
  const times = [ticket.escalateAt, ticket.recheckAt ?? Infinity, ...rings]
  if (rings.length === 0 && away?.phase !== 'connecting') times.push(ticket.returnAt ?? Infinity, ticket.positionAt ?? Infinity)
  return times
}

function agentDeadline(agent: Agent): number | null {
  return agent.state.kind === 'aside' || agent.state.kind === 'wrap-up' ? agent.state.until : null
}
