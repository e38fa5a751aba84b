/**
 * The room as people look at it: queues, calls and agents with their situations and waits. One view for the API, the
 * metrics and the status command, whether the records come from the live room or from Redis.
 */
import { isGoingOut, situation, type Agent, type AgentState, type Call, type Situation } from '../routing/room.js'
import { CANARY, type CallClass, type Priority } from '../routing/rules.js'
import { RoomTally, elapsed, type QueueName, type QueueView, type TrunkSize, type TrunkView } from './room-tally.js'

export type { QueueName, QueueView, TrunkSize, TrunkView }

/** Where people work who are not at the SAS, by person (R-N2-6). */
export type Sites = Readonly<Record<string, string>>

export interface RoomRecords {
  readonly calls: Iterable<Call>
  readonly agents: Iterable<Agent>
  /** In the order in which they are shown. */
  readonly queues: Iterable<QueueName>
  readonly trunks: Iterable<TrunkSize>
  readonly sites: Sites
}

export interface CallView {
  readonly id: string
  readonly situation: Situation
  readonly class: CallClass
  readonly priority: Priority | null
  readonly trunk: string
  readonly number: string
  readonly arrivedAt: number
  readonly sinceArrivalMs: number
  readonly pickedUpAt: number | null
  readonly drm: string | null
  /** Where the call waits, rings, is parked or is being sent; null when it is only talked with. */
  readonly queue: string | null
  /** In that queue, or parked. */
  readonly waitMs: number | null
  /** Somebody at N1 should have a word with the caller, who waits (R-N2-3). */
  readonly recheckDue: boolean
  readonly parked: { readonly by: string; readonly until: number } | null
  /** The caller agreed to be called back: who noted it, calls in vain so far, the next one not before a moment, and whether they are being called. */
  readonly callback: { readonly by: string; readonly attempts: number; readonly notBefore: number | null; readonly dialling: boolean } | null
  /** Other SASs: which gave the call, is offered it while the caller waits here, or has the caller. */
  readonly received: string | null
  readonly offered: string | null
  readonly given: string | null
  /** An agent made the call: who, and whom the directory calls by that name; null for a number. Null for a caller of ours. */
  readonly outgoing: { readonly by: string; readonly entry: string | null; readonly drm: string | null } | null
  readonly ringing: readonly string[]
  readonly with: readonly { readonly agent: string; readonly queue: string; readonly sinceMs: number }[]
  /** People outside whom an agent called in: by the directory's name, or null for a number. */
  readonly guests: readonly GuestView[]
  /** The caller hears music while an agent consults a guest. */
  readonly held: boolean
  /** Supervisors who listen in. */
  readonly listeners: readonly string[]
}

export interface GuestView {
  readonly guest: string
  readonly entry: string | null
  readonly by: string
  readonly phase: 'ringing' | 'there'
  readonly sinceMs: number
}

export interface AgentView {
  readonly id: string
  readonly roles: readonly string[]
  readonly skills: readonly string[]
  readonly phone: string
  readonly position: string
  /** Null at the SAS itself. */
  readonly site: string | null
  readonly awayFrom: string | null
  readonly state: AgentState['kind']
  readonly sinceMs: number
  /** When being set aside or wrapping up ends by itself, ms since the epoch. */
  readonly until: number | null
  /** Why set aside or paused. */
  readonly reason: string | null
  readonly call: string | null
  /** The phone is in use for a call that is none of ours. */
  readonly engaged: boolean
  /** What follows the call in progress. */
  readonly afterCall: 'pause' | 'sign-out' | null
}

export interface RoomView {
  readonly at: number
  readonly queues: readonly QueueView[]
  readonly calls: readonly CallView[]
  readonly agents: readonly AgentView[]
  readonly trunks: readonly TrunkView[]
}

/** `now` in milliseconds since the epoch. Calls come oldest first, agents by id; without the canary. @param tally where queues and trunks are counted already */
export const viewRoom = ({ calls, agents, queues, trunks, sites }: RoomRecords, now: number, tally: RoomTally | null = null): RoomView => {
  const [allCalls, allAgents] = [[...calls].filter(({ trunk }) => trunk !== CANARY), [...agents].filter(({ id }) => id !== CANARY)]
  const counted = tally ?? RoomTally.of(allCalls, allAgents, queues, trunks)
  return {
    at: now,
    queues: counted.queues(now),
    calls: allCalls.map((call) => viewCall(call, now)).sort((a, b) => a.arrivedAt - b.arrivedAt),
    agents: allAgents.map((agent) => viewAgent(agent, sites, now)).sort((a, b) => a.id.localeCompare(b.id)),
    trunks: counted.trunks(),
  }
}

export const viewCall = (call: Call, now: number): CallView => {
  const { ticket } = call.state
  // Nobody waits in a call that an agent makes.
  const place = isGoingOut(call) ? null : ticket
  const { parties, guests } = call.state.kind === 'talking' ? call.state : { parties: [], guests: [] }
  return {
    id: call.id,
    situation: situation(call),
    class: ticket?.class ?? call.entryClass,
    priority: call.orientation?.priority ?? null,
    trunk: call.trunk,
    number: call.number,
    arrivedAt: call.arrivedAt,
    sinceArrivalMs: elapsed(call.arrivedAt, now),
    pickedUpAt: call.pickedUpAt,
    drm: call.drm?.id ?? null,
    queue: place?.queue ?? null,
    waitMs: place === null ? null : elapsed(place.since, now),
    recheckDue: call.state.kind === 'seeking' && call.state.ticket.rechecksDue > 0,
    parked: ticket === null || ticket.heldUntil === null || call.channel === null ? null : { by: ticket.sender ?? '', until: ticket.heldUntil },
    callback: isGoingOut(call) ? null : viewCallback(call),
    received: call.received?.from ?? null,
    offered: call.away?.neighbour ?? null,
    given: call.givenTo,
    outgoing: call.outgoing,
    ringing: ticket?.offers.map((offer) => offer.agent) ?? [],
    with: parties.map(({ agent, queue, since }) => ({ agent, queue, sinceMs: elapsed(since, now) })),
    guests: guests.map(({ leg, entry, by, phase, since }) => ({ guest: leg, entry, by, phase, sinceMs: elapsed(since, now) })),
    listeners: call.state.kind === 'talking' ? call.state.listeners.map(({ agent }) => agent) : [],
    held: call.state.kind === 'talking' && call.state.callerHeld,
  }
}

const viewCallback = ({ callback, channel, state: { ticket } }: Call): CallView['callback'] => {
  if (callback === null) return null
  const { by, attempts, leg } = callback
  return { by, attempts, notBefore: channel === null ? (ticket?.heldUntil ?? null) : null, dialling: leg !== null }
}

export const viewAgent = (agent: Agent, sites: Sites, now: number): AgentView => ({
  id: agent.id,
  roles: agent.roles,
  skills: agent.skills,
  phone: agent.phone,
  position: agent.position,
  site: sites[agent.id] ?? null,
  awayFrom: agent.awayFrom,
  state: agent.state.kind,
  sinceMs: elapsed(agent.state.since, now),
  until: 'until' in agent.state ? agent.state.until : null,
  reason: 'reason' in agent.state ? agent.state.reason : null,
  engaged: agent.engaged,
  call: 'call' in agent.state ? agent.state.call : null,
  afterCall: agent.afterCall?.kind ?? null,
})
