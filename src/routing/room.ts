/**
 * The room: every call, every person, as plain records. Handlers change records; `Room.settle` derives every index
 * (lines, free people, legs, deadlines) from the records it is told were touched, so nothing is kept in two places by hand
 * and a room loaded from memory is the same room.
 *
 * A call is always in exactly one state:
 *   seeking   nobody is with the caller; its ticket stands in a line. With an offer it rings somebody, without it waits. A ticket
 *             with `heldUntil` is parked: in no line until then. A caller who agreed to be called back may be gone meanwhile.
 *   talking   at least one agent is with the caller, or a guest with whom one left them. A ticket here is a warm transfer still looking for its taker.
 *   fallback  the dialplan's fallback has the caller, see `fallback`: nobody here can ring for them or hang them up.
 * and leaves the room when it ends. A person is always in exactly one state, see `AgentState`.
 */
import type { AgentId, BridgeId, CallerLocation, CallId, ChannelId, LegId, ListenMode, NeighbourState, ReservationAsk } from './events.js'
import type { Choice } from './facts.js'
import type { CallClass, NeighbourId, Position, Priority, QueueId, Role } from './rules.js'

/** One attempt to ring one person. Its id is the leg's, so anything said about an older attempt is recognised as stale. */
export interface Offer {
  readonly leg: LegId
  readonly agent: AgentId
  /** Why this person. */
  readonly rule: Choice['rule']
  readonly since: number
  /**
   * `ringing` until the phone is picked up; `connecting` until the bridge confirms (two-phase pickup). Between the two, `dialling`
   * until a caller who is to be called back answers.
   */
  phase: 'ringing' | 'dialling' | 'connecting'
  /** The bridge being confirmed; null before. */
  bridge: BridgeId | null
  /** In `connecting`: who has been seen in the bridge. */
  joined: { caller: boolean; leg: boolean }
  /** End of this phase's patience. */
  until: number
}

/** A place in a line, or kept out of it while the caller is parked. The same ticket, with its rank and clock, survives every failed attempt. */
export interface Ticket {
  readonly queue: QueueId
  readonly class: CallClass
  /** Entry into this queue; t0 for an arrival. */
  readonly since: number
  /** How long they could expect to wait as they entered, ms; null when it could not be said. What came of it is told at the pickup. */
  readonly expectedMs: number | null
  /** Order in the line, least first: `since` plus what the class yields (see waiting-line). */
  readonly rank: number
  /** Who sent the call here. */
  readonly sender: AgentId | null
  /** Whether `sender` is to be asked first, because the call comes back. */
  readonly returned: boolean
  /** When a transfer comes back; null for calls that have nowhere to return to. */
  readonly returnAt: number | null
  escalateAt: number
  escalations: number
  /** Next announcement of the position; null for never. */
  positionAt: number | null
  /** When the caller is next due for a word (R-N2-3); null for never. */
  recheckAt: number | null
  /** How often they came due since somebody had a word with them. */
  rechecksDue: number
  /**
   * Parked until then by `sender`, who is to take them back; or not to be called again before then. Null for a ticket that stands
   * in line.
   */
  heldUntil: number | null
  offers: Offer[]
}

/** An agent on the line with the caller. */
export interface Party {
  readonly agent: AgentId
  readonly leg: LegId
  readonly since: number
  /** The queue this agent answered for. */
  readonly queue: QueueId
}

/** Somebody outside whom an agent called into the conversation (R-IN-4, R-N2-8). */
export interface Guest {
  readonly leg: LegId
  /** By which name the directory knows them; null for a number that the agent gave. */
  readonly entry: string | null
  readonly trunk: string
  /** Personal data, unless it is the directory's. */
  readonly number: string
  readonly by: AgentId
  /** The agent talks to them first, without the caller. */
  readonly aside: boolean
  /** Called since; once there, on the line since. */
  since: number
  phase: 'ringing' | 'there'
  /** End of the ringing; null once there. */
  until: number | null
}

/** A supervisor who listens in, or is about to join (R-N2-9). */
export interface Listener {
  readonly agent: AgentId
  readonly leg: LegId
  readonly mode: ListenMode
  readonly since: number
  /** End of the ringing; null once picked up. */
  until: number | null
  /** The channel that hears the agent's leg; null before. */
  ear: LegId | null
  /** Where supervisor and ear are; null before. */
  bridge: BridgeId | null
}

export type CallState = { kind: 'seeking'; ticket: Ticket } | Talking | FallbackState

/** With whom the caller talks: agents, or guests with whom an agent left them. */
export interface Talking {
  readonly kind: 'talking'
  /** The caller is in it, unless held. */
  bridge: BridgeId
  parties: Party[]
  guests: Guest[]
  listeners: Listener[]
  /** The caller hears music while an agent consults a guest. */
  callerHeld: boolean
  ticket: Ticket | null
  /** The place that waits for a caller with whom somebody at N1 has a word; null when there is none to go back to. */
  place: Ticket | null
}

/** The caller is with the dialplan's fallback. */
export interface FallbackState {
  readonly kind: 'fallback'
  readonly since: number
  /** The caller's channel is known to have left the application. */
  left: boolean
  /** Where the caller stood, for their return; null for one who never had a place. */
  readonly place: Ticket | null
  /** Without news of the caller by then, the call ends. */
  until: number
  readonly ticket: null
}

export interface Drm {
  readonly id: string
  readonly openedAt: number
  callerName: string | null
}

/**
 * A caller offered to a neighbour, while they keep their place here and may be served here: whoever picks up first has them.
 *
 *   reserving    the neighbour was asked; left by its answer, or `until`.
 *   ringing      the call is there; left by its end, or by somebody there who picks up (→ connecting), or `until`.
 *   connecting   as in a pickup: left when caller and neighbour are confirmed in the bridge (→ given), or by failure.
 */
export interface Away {
  readonly neighbour: NeighbourId
  /** The rule that gives them. */
  readonly rule: string
  readonly leg: LegId
  readonly since: number
  phase: 'reserving' | 'ringing' | 'connecting'
  reservation: string | null
  bridge: BridgeId | null
  joined: { caller: boolean; leg: boolean }
  until: number
}

/** What is known of a neighbour, and of the rules that give to it. Not remembered: the next engine hears and sees for itself. */
export interface NeighbourView {
  /** Null while it is silent. */
  readonly state: NeighbourState | null
  /** When it said so. */
  readonly at: number
}

/** A rule in force. */
export interface InForce {
  readonly since: number
  /** None of its conditions has held since; null while one does. */
  calmSince: number | null
}

/** Under which a rule's next moment stands among the deadlines. */
export const givingKey = (rule: string): string => `#${rule}`

/** A place that a neighbour was promised. */
export interface ReservedPlace {
  readonly neighbour: NeighbourId
  readonly ask: ReservationAsk
  readonly until: number
  /** Kept, or given up. */
  used: boolean
}

/** The call came from another SAS. */
export interface Received {
  readonly from: NeighbourId
  readonly reservation: string | null
  /** SASs that had the caller before this one. */
  readonly visited: readonly string[]
}

/**
 * The caller agreed to be called back (R-N2-3): hanging up, they keep their place. Of a call that an agent makes, whom to dial once that
 * agent has picked up: it is gone as soon as they talk.
 */
export interface Callback {
  readonly by: AgentId
  readonly at: number
  /** Where they wait if they hang up before they were sent anywhere. */
  readonly to: Position
  /** How often they were called in vain. */
  attempts: number
  /** It is for an ARM to try now, for the last time. */
  last: boolean
  /** Being called. */
  leg: LegId | null
  /** Somebody else than who noted it has spoken to them since: hanging up in conversation now ends the call. */
  reached: boolean
}

/**
 * A channel of the PBX that writes down what a caller says and hears (R-TO-3). It ends with the caller's channel. `failed`: it could not,
 * and nobody tries again on that channel.
 */
export interface Recorder {
  readonly channel: LegId
  state: 'running' | 'paused' | 'failed'
}

export interface Orientation {
  readonly priority: Priority
  readonly at: number
  readonly by: AgentId
}

export interface Call {
  readonly id: CallId
  /** The caller's: named as the call until they are called back; null while they are gone. */
  channel: ChannelId | null
  readonly trunk: string
  /** The number dialled. */
  readonly number: string
  /** The caller's number (personal data: never in facts, logs or metrics). */
  caller: string | null
  /** Where the caller is (personal data, as above); null when it is not known. */
  location: CallerLocation | null
  /** t0: the PBX received the INVITE. */
  arrivedAt: number
  readonly entryClass: CallClass
  /** The caller's channel is answered, so music can be heard. */
  answered: boolean
  /** First agent on the line. */
  pickedUpAt: number | null
  drm: Drm | null
  orientation: Orientation | null
  /** The orientation may be given again: the call came back to N1. */
  reopened: boolean
  callback: Callback | null
  /** Set for a call that an agent makes: whom the directory calls by that name, or null for a number; and the record it is about. */
  readonly outgoing: { readonly by: AgentId; readonly entry: string | null; readonly drm: string | null } | null
  readonly received: Received | null
  away: Away | null
  /** Neighbours that had the caller, in vain or not: none has them twice. */
  offeredTo: readonly NeighbourId[]
  /** With whom the caller is now, or was at the end. */
  givenTo: NeighbourId | null
  recorder: Recorder | null
  state: CallState
  /** The caller's latest entry into the application, see `Arrival.visit`. */
  visit: number
  /** How many legs, bridges and sounds were named for this call. */
  names: number
  /** The sound being played to the caller. */
  sound: string | null
}

export type AgentState =
  | { kind: 'signed-out'; since: number }
  /** Free. `since` orders people by idleness. */
  | { kind: 'ready'; since: number }
  | { kind: 'paused'; since: number; reason: string }
  /** Left out for a while after a missed ring. */
  | { kind: 'aside'; since: number; reason: string; until: number }
  /** A phone rings. `idleSince` comes back if the offer is withdrawn. */
  | { kind: 'offered'; since: number; call: CallId; leg: LegId; idleSince: number }
  | { kind: 'talking'; since: number; call: CallId; leg: LegId }
  | { kind: 'wrap-up'; since: number; until: number; call: CallId }

export interface Agent {
  readonly id: AgentId
  readonly roles: readonly Role[]
  readonly skills: readonly string[]
  readonly phone: string
  /** Where this person sits on signing in. */
  readonly home: Position
  position: Position
  /** Where they go back to once the P0 that took them away is over; null when not away (R-N1-4). */
  awayFrom: Position | null
  /** The phone is in use for a call that is none of ours (the fallback's, an echo test): it is not rung meanwhile. */
  engaged: boolean
  state: AgentState
  /** What happens after the current call: asked for while talking. */
  afterCall: { kind: 'pause'; reason: string } | { kind: 'sign-out' } | null
  /** Digits of a code being dialled, and when the last one came. */
  keys: { digits: string; at: number } | null
}

/** May be rung. */
export const isFree = (agent: Agent | undefined): agent is Agent => agent?.state.kind === 'ready' && !agent.engaged

/** The offer or party state in words: what the invariants, the status command and the API call the caller's situation. */
export const situations = ['waiting', 'ringing', 'parked', 'talking', 'fallback', 'to-call-back'] as const
export type Situation = (typeof situations)[number]

export const situation = ({ state, channel }: Call): Situation => {
  if (state.kind !== 'seeking') return state.kind
  if (state.ticket.offers.length > 0) return 'ringing'
  if (channel === null) return 'to-call-back'
  return state.ticket.heldUntil === null ? 'waiting' : 'parked'
}

/**
 * Where a ticket stands in its queue: in the `line`, where somebody is sought for it; or `ringing` at everybody, where whoever
 * becomes free may join in; or `held`, parked or called in vain. Null while it is one person's to pick up, or a neighbour's
 * who did.
 */
export type Standing = 'line' | 'ringing' | 'held'

export const standing = ({ offers, heldUntil }: Ticket, away: Away | null): Standing | null => {
  if (away?.phase === 'connecting') return null
  if (offers.length === 0) return heldUntil === null ? 'line' : 'held'
  return offers.every(({ rule, phase }) => rule === 'ring-all' && phase === 'ringing') ? 'ringing' : null
}

/** An agent's own call while nobody was reached yet: it ends with whatever fails, for nobody waits in it. */
export const isGoingOut = ({ outgoing, pickedUpAt }: Pick<Call, 'outgoing' | 'pickedUpAt'>): boolean => outgoing !== null && pickedUpAt === null

/** The channel of a caller who is there. @throws Error for one who is gone and to be called back: a programmer's error */
export const callerOf = ({ id, channel }: Call): ChannelId => {
  if (channel === null) throw new Error(`the caller of ${id} is gone`)
  return channel
}

/** The number of a call's DRM, for as long as the record is kept. */
export const drmIdOf = (sas: string, call: CallId): string => `${sas}-${call}`

/** Nobody joins in for a caller who should have gone back by now: that waits for the end of the ringing. */
export const mayJoin = ({ returnAt }: Ticket, at: number): boolean => returnAt === null || returnAt > at

interface Able {
  readonly roles: readonly string[]
  readonly skills: readonly string[]
}

/** Whether this person's roles and skills let them serve the queue, wherever they sit. */
export const hasRoleFor = (queue: Able, person: Able): boolean =>
  queue.roles.some((role) => person.roles.includes(role)) && queue.skills.every((skill) => person.skills.includes(skill))

/** Whether this person serves the queue when they sit at that position. */
export const serves = (queue: Able & { readonly position: string }, person: Able, position: string): boolean =>
  position === queue.position && hasRoleFor(queue, person)

/** Not there for anybody: signed out or on a pause. */
export const isAway = ({ state }: Pick<Agent, 'state'>): boolean => state.kind === 'signed-out' || state.kind === 'paused'
