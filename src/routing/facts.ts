/**
 * What the journal records: every decision with its reason, in order. Reports, replay and "why did this call wait?"
 * read nothing else. No fact carries a phone number, a name or a place.
 */
import type { AgentId, CallId, GoneCause, LegId, ListenMode, LocationResult, PickReason, Refusal, ReservationRefusal } from './events.js'
import type { CallClass, Handover, NeighbourId, OverrideKind, Position, Priority, QueueId, Role, RulesReason } from './rules.js'

/** The one way a call ends (R-QS-1). */
export type Outcome =
  | 'answered'
  | 'abandoned'
  | 'neighbour'
  | 'fallback'
  /** An agent made the call: no indicator counts it. */
  | 'outgoing'
  /** A neighbour gave the call, and nobody here had the caller: it counts there. */
  | 'returned'

/** Why an agent was chosen. */
export type Choice =
  /** The person who sent the call away gets it back. */
  | { rule: 'sender' }
  /** Longest idle of so many free people. */
  | { rule: 'longest-idle'; free: number }
  /** Named by whoever sends the call. */
  | { rule: 'named' }
  /** One of so many who were rung at once. */
  | { rule: 'ring-all'; free: number }
  /** Chose the caller before so many who came earlier. */
  | { rule: 'picked'; ahead: number; reason: PickReason | null }
  /** Chose the caller for a word, who was due for it (R-N2-3). */
  | { rule: 'recheck' }
  /** Makes the call, or has it made. */
  | { rule: 'outgoing' }

export type MissReason = 'no-answer' | 'busy' | 'refused' | 'unreachable' | 'failed' | 'withdrawn' | 'not-connected'
export type QueuedReason =
  | 'arrival'
  | 'transfer'
  | 'transfer-returned'
  | 'agent-lost'
  /** So did the line of somebody outside, with whom an agent had left the caller. */
  | 'guest-lost'
  /** Waited at N2 for as long as it may, and goes on to N1. */
  | 'nobody-came'
  /** The rules no longer have the queue it was in. */
  | 'queue-closed'
  /** The fallback gave the caller back. */
  | 'back-from-fallback'
  /** Parked for as long as may be. */
  | 'parked-too-long'
  /** Parked by somebody who left. */
  | 'owner-left'
  /** Back at their place, after a word. */
  | 'rechecked'
  /** By a supervisor. */
  | 'moved'
  /** Hung up, and to be called back. */
  | 'to-call-back'
  /** Called in vain a while ago, and to be called again. */
  | 'call-again'
  /** Called in vain as often as may be: an ARM tries last. */
  | 'callback-unreached'
export type EndReason =
  | 'caller-left'
  /** The SAS that gave the call had it all along, whoever picked up here. */
  | 'kept-there'
  | 'agent-ended'
  /** An agent had left the caller with somebody outside, who hung up. */
  | 'guest-ended'
  /** The caller's channel was gone when the engine came back. */
  | 'gone-meanwhile'
  /** Hung up before any engine was told of the call, as the fallback's record says. */
  | 'left-unseen'
  /** As the fallback's record says. */
  | 'over-at-fallback'
  /** Agreed to be called back, and answered no call. */
  | 'callback-unreached'
  | 'callback-withdrawn'
  /** Of an agent's own call: whom it was for was not reached. */
  | 'not-reached'
  /** The agent did not pick up for it, or hung up before anybody was reached. */
  | 'not-made'
  /** Given to the fallback, whose record does not know the call or cannot be read. */
  | 'no-news-of-fallback'
/** `unpromised`: no such reservation, or of long ago; `replayed`: its call came already. */
export type GiftRefusal = 'unpromised' | 'replayed' | 'expired' | 'other-neighbour' | ReservationRefusal
/** `no-engine`: nobody looked after the caller, so the dialplan took them. */
export type FallbackReason = 'queue-full' | 'no-engine'

/** Why a rule of giving is in force; `asked` for one that is planned, standing, or switched on. */
export type GivingReason = 'oldest-wait' | 'expected-wait' | 'unstaffed' | 'lines' | 'asked'

/** Why a caller who was offered to a neighbour stayed here. `here-first`: somebody here picked up. */
export type StayedReason = ReservationRefusal | GoneCause | 'too-long' | 'here-first' | 'ended' | 'not-connected' | 'recalled'

export type Fact =
  /** Calls are given from now on, and no more. */
  | { type: 'giving-began'; at: number; rule: string; why: GivingReason }
  | { type: 'giving-ended'; at: number; rule: string; forMs: number }
  | { type: 'neighbour-seen'; at: number; neighbour: NeighbourId; up: boolean }
  /** The caller is offered to a neighbour, and keeps the place. */
  | { type: 'offered-away'; at: number; call: CallId; neighbour: NeighbourId; rule: string; leg: LegId }
  | { type: 'stayed'; at: number; call: CallId; neighbour: NeighbourId; leg: LegId; why: StayedReason }
  /** Somebody there has the caller. `waitMs` from t0. */
  | { type: 'given'; at: number; call: CallId; neighbour: NeighbourId; rule: string; leg: LegId; waitMs: number }
  /** ReservedPlace to a neighbour, or not. */
  | { type: 'reservation'; at: number; neighbour: NeighbourId; why: ReservationRefusal | null }
  /** A call of a neighbour's that was not promised: refused, and for the audit. */
  | { type: 'gift-refused'; at: number; call: CallId; neighbour: NeighbourId; why: GiftRefusal }
  /** A neighbour's call is here; presented there, and counted here once somebody picks up. `arrivedAt` is t0. */
  | { type: 'received'; at: number; call: CallId; from: NeighbourId; trunk: string; number: string; class: CallClass; arrivedAt: number }
  | { type: 'presented'; at: number; call: CallId; trunk: string; number: string; class: CallClass; arrivedAt: number }
  /** An agent's own call begins, asked for by `by`. `entry`: the directory's name for whom they call; null for a number. */
  | { type: 'called-out'; at: number; call: CallId; agent: AgentId; by: string; trunk: string; entry: string | null; drm: string | null }
  | { type: 'not-reached'; at: number; call: CallId; agent: AgentId; why: GoneCause }
  | { type: 'queued'; at: number; call: CallId; queue: QueueId; class: CallClass; why: QueuedReason; waiting: number }
  | { type: 'offered'; at: number; call: CallId; queue: QueueId; agent: AgentId; leg: LegId; why: Choice }
  | { type: 'ringing'; at: number; call: CallId; leg: LegId; sinceArrivalMs: number }
  | { type: 'missed'; at: number; call: CallId; queue: QueueId; agent: AgentId; leg: LegId; why: MissReason }
  /**
   * An agent is on the line, bridge confirmed. `waitMs` runs from t0 when `first`, else from the entry into the queue in which the
   * caller stood. With `why`, that wait is not over, or was none: the caller had a word, was parked, or was called by the agent.
   * `expectedMs`: of the same wait, what it could be expected to be as it began. `role` and `position`: which of their roles the queue wants, and where it is served.
   */
  | { type: 'picked-up'; at: number; call: CallId; queue: QueueId; position: Position; agent: AgentId; role: Role; first: boolean; waitMs: number; expectedMs?: number; why?: 'recheck' | 'parked' | 'outgoing' }
  /** Should they hang up before they are served, the caller is called back: `to` is where they wait if they were sent nowhere. */
  | { type: 'callback-agreed'; at: number; call: CallId; agent: AgentId; to: Position }
  /** The caller hung up and keeps the place in the queue, to be called back. */
  | { type: 'caller-away'; at: number; call: CallId; queue: QueueId }
  /** The caller is called back, now that `agent` has picked up. `attempt` counts from 1. */
  | { type: 'called-back'; at: number; call: CallId; agent: AgentId; leg: LegId; attempt: number }
  /** A supervisor asked to; `mode` as they asked. */
  | { type: 'listening-began'; at: number; call: CallId; agent: AgentId; leg: LegId; mode: ListenMode }
  | { type: 'listening-ended'; at: number; call: CallId; agent: AgentId; forMs: number }
  | { type: 'supervisor-joined'; at: number; call: CallId; agent: AgentId }
  /** The conversation is written down, with pauses while the caller talks to nobody who is to be recorded. */
  | { type: 'recording-began'; at: number; call: CallId }
  | { type: 'recording-ended'; at: number; call: CallId; forMs: number }
  /** The call goes on. `cut-short`: it ended before the call did, as on a full disk. */
  | { type: 'recording-failed'; at: number; call: CallId; why: 'refused' | 'cut-short' }
  | { type: 'call-moved'; at: number; call: CallId; from: QueueId; to: QueueId; by: string }
  /** `entry`: the directory's name for them; null for a number. */
  | { type: 'guest-called'; at: number; call: CallId; agent: AgentId; guest: LegId; entry: string | null; aside: boolean }
  /** `held`: the agent talks to them first, and the caller hears music. */
  | { type: 'guest-joined'; at: number; call: CallId; guest: LegId; waitMs: number; held: boolean }
  | { type: 'guest-left'; at: number; call: CallId; guest: LegId; why: GoneCause | 'dismissed'; talkMs: number }
  /** Consulted without the caller, the guest talks to them now. */
  | { type: 'caller-fetched'; at: number; call: CallId; agent: AgentId }
  /** They called again, or need nothing any more. */
  | { type: 'callback-withdrawn'; at: number; call: CallId; agent: AgentId }
  /** `attempt`: how many count now. `next`: called again later, then by an ARM, or no more. */
  | { type: 'callback-missed'; at: number; call: CallId; attempt: number; why: GoneCause; next: 'again' | 'n1' | 'none' }
  | { type: 'drm-opened'; at: number; call: CallId; drm: string; agent: AgentId }
  | { type: 'caller-named'; at: number; call: CallId; drm: string; agent: AgentId }
  /** `first`: not sorted before. `sincePickupMs` runs from the first pickup of all. */
  | { type: 'qualified'; at: number; call: CallId; agent: AgentId; priority: Priority; first: boolean; sincePickupMs: number }
  | { type: 'position-changed'; at: number; agent: AgentId; from: Position; to: Position; why: 'sign-in' | 'moved' | 'P0' | 'P0-over' }
  | { type: 'transfer-started'; at: number; call: CallId; agent: AgentId; to: QueueId; position: Position; handover: Handover }
  | { type: 'transfer-taken'; at: number; call: CallId; from: AgentId; by: AgentId; queue: QueueId; waitMs: number }
  | { type: 'transfer-returned'; at: number; call: CallId; from: QueueId; to: AgentId; why: 'nobody' | 'taken-back' }
  | { type: 'left'; at: number; call: CallId; agent: AgentId; talkMs: number; why: 'left' | 'hung-up' | 'lost' }
  | { type: 'parked'; at: number; call: CallId; queue: QueueId; agent: AgentId; forMs: number }
  /** Has waited so long that somebody should have a word with the caller (R-N2-3), for the `times`th time since the last word. */
  | { type: 'recheck-due'; at: number; call: CallId; queue: QueueId; waitMs: number; times: number }
  | { type: 'escalated'; at: number; call: CallId; queue: QueueId; waitMs: number; times: number }
  | { type: 'agent-state'; at: number; agent: AgentId; state: string; why: string | null }
  | { type: 'to-fallback'; at: number; call: CallId; why: FallbackReason }
  /** What was made of the location that came with the call; never the place itself. */
  | { type: 'caller-located'; at: number; call: CallId; result: LocationResult }
  /** Refused by the PBX at `refusedAt`: the trunk had no channel left for the number (R-IN-5). Never a call of the room's. Told once there is an engine. */
  | { type: 'turned-away'; at: number; call: CallId; trunk: string; number: string; refusedAt: number }
  /** An N1 phone was rung and picked up by the fallback; `waitMs` runs from t0. Told once the call is over. */
  | { type: 'served-by-fallback'; at: number; call: CallId; agent: AgentId | null; waitMs: number }
  | { type: 'ended'; at: number; call: CallId; outcome: Outcome; why: EndReason; sinceArrivalMs: number; stage: 'n1' | 'n2'; waiting: boolean }
  /** A call or an agent that the room does not know is null: what stands there is a client's text, and could be anything. */
  | { type: 'refused'; at: number; command: string; call: CallId | null; agent: AgentId | null; why: Refusal }
  /** An event that no longer means anything: a stale leg, a call already over. */
  | { type: 'ignored'; at: number; event: string; why: string }
  /** `what`: paths in the file that differ, for a new one. */
  | { type: 'rules-changed'; at: number; why: RulesReason; by: string | null; what: readonly string[] }
  | { type: 'override-set'; at: number; kind: OverrideKind; target: string; until: number; by: string }
  /** Its end had come, its target is no more, or somebody ended it. */
  | { type: 'override-ended'; at: number; target: string; by: string | null }
  /** A staffing guard is broken: an alarm until it is `staffed-again`. */
  | { type: 'understaffed'; at: number; guard: string; role: Role; present: number; min: number }
  | { type: 'staffed-again'; at: number; guard: string; afterMs: number }
  | { type: 'reconciled'; at: number; callsKept: number; callsGone: number; legsDropped: number }
