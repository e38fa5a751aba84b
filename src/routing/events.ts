/**
 * Everything that can happen to a room. Time and identifiers come with the event; the core has no other source of either.
 * `at` is wall-clock milliseconds since the epoch, as read by the engine when the event came in.
 */
import type { CallClass, Handover, NeighbourId, OverrideKind, Position, Priority, Rules, RulesReason } from './rules.js'

export type CallId = string
export type AgentId = string
export type LegId = string
export type BridgeId = string
/** A caller's channel, named as the call until they are called back, or a leg of ours. */
export type ChannelId = CallId | LegId

/** Why a leg is no more, in words of the field; the port translates Q.850 causes (ITU-T Q.850). `elsewhere`: the call is served there. */
export type GoneCause = 'normal' | 'elsewhere' | 'busy' | 'refused' | 'no-answer' | 'unreachable' | 'failed'

/** A caller in the switchboard. `arrivedAt` is t0, when the PBX received the INVITE; `answered` whether it is already `Up`. */
export interface Arrival {
  readonly call: CallId
  /** When it is not named as the call: a caller who was called back, and whom the fallback had. */
  readonly channel?: ChannelId
  readonly trunk: string
  readonly number: string
  readonly caller: string | null
  readonly arrivedAt: number
  readonly answered: boolean
  /** How often the fallback gave the caller back before; 0 when absent. Tells a return from an announcement told twice. */
  readonly visit?: number
  /** The INVITE says something of where the caller is: `caller-located` follows. */
  readonly located?: true
  /** Another SAS gives the call. */
  readonly given?: Given
}

/** What an INVITE of another SAS says of the call it gives. Durations rather than times: two clocks need not agree. */
export interface Given {
  /** What was promised for it; null where SIP is all there is. */
  readonly reservation: string | null
  /** Ids of the SASs that had the caller, the first one first. */
  readonly visited: readonly string[]
  /** Since t0. */
  readonly waitedMs: number
  readonly class: CallClass
  readonly drm: string | null
}

/** A neighbour's word of itself. */
export interface NeighbourState {
  readonly positions: Readonly<Record<Position, PositionState>>
}

export interface PositionState {
  /** Takes calls of ours at all. */
  readonly open: boolean
  /** People who are free. */
  readonly free: number
  /** People at work. */
  readonly staffed: number
  readonly waiting: number
  /** Of a caller who came now; null when it cannot be said. */
  readonly expectedWaitMs: number | null
}

export type ReservationRefusal = 'unknown-neighbour' | 'not-taken' | 'refused' | 'loop' | 'full' | 'busy' | 'unreachable'

/** What is asked of a neighbour before a call is sent there. */
export interface ReservationAsk {
  readonly position: Position
  readonly class: CallClass
  readonly visited: readonly string[]
  /** The caller may wait there too: nobody here can be expected sooner. */
  readonly mayWait: boolean
}

/** Told by the neighbours. */
export type NeighbourEvent =
  /** Null: silent for too long. */
  | { type: 'neighbour-state'; at: number; neighbour: NeighbourId; state: NeighbourState | null }
  /** An answer to the effect `reserve`. */
  | { type: 'reserved'; at: number; leg: LegId; neighbour: NeighbourId; reservation: string | null; why: ReservationRefusal | null }
  /** A neighbour asks, under an id that nobody guesses. */
  | { type: 'reservation-asked'; at: number; neighbour: NeighbourId; id: string; ask: ReservationAsk }
  | { type: 'reservation-dropped'; at: number; neighbour: NeighbourId; id: string }

/** Where a caller is, as the network says: personal data, kept with the call and forgotten with it. */
export interface CallerLocation {
  /** In the call itself, or at an address that it names (RFC 6442). */
  readonly source: 'by-value' | 'by-reference'
  /** WGS 84, degrees. */
  readonly point: { readonly lat: number; readonly lon: number } | null
  /** The caller is within so many metres of the point; null when it is not said. */
  readonly radiusM: number | null
  /** Fields of a civic address by their names in RFC 4119 and RFC 5139. */
  readonly civic: Readonly<Record<string, string>> | null
  /** How it was determined, such as `GPS` or `Cell` (RFC 4119). */
  readonly method: string | null
  /** The address at which it can be asked for. */
  readonly reference: string | null
}

/**
 * What was made of the location that came with a call. `value` and `looked-up` are places, `reference` an address alone;
 * all others say why there is none.
 */
export type LocationResult =
  | 'value'
  | 'reference'
  | 'looked-up'
  | 'lookup-failed'
  | 'too-large'
  | 'hostile'
  | 'malformed'
  | 'unsupported'
  | 'none'

/** Seen at the PBX. */
export type PbxEvent =
  /** A caller entered the switchboard. */
  | ({ type: 'call-arrived'; at: number } & Arrival)
  /** Told after the arrival, which never waits for it; again when an address was asked. */
  | { type: 'caller-located'; at: number; call: CallId; result: LocationResult; location: CallerLocation | null }
  | { type: 'leg-ringing'; at: number; leg: LegId }
  | { type: 'leg-answered'; at: number; leg: LegId }
  | { type: 'joined'; at: number; bridge: BridgeId; channel: ChannelId }
  | { type: 'channel-gone'; at: number; channel: ChannelId; cause: GoneCause }
  /** A caller's channel left the application for the fallback, alive. */
  | { type: 'channel-left'; at: number; channel: ChannelId }
  | { type: 'dtmf'; at: number; channel: ChannelId; digit: string }
  /** A phone dialled a code by itself; the channel is to be told what came of it. */
  | { type: 'desk-code'; at: number; channel: ChannelId; phone: string; code: string }
  | { type: 'phone-reachable'; at: number; phone: string; reachable: boolean }
  /** The phone began or ended a call that is none of ours. */
  | { type: 'phone-engaged'; at: number; phone: string; engaged: boolean }
  | { type: 'recording-began'; at: number; recorder: LegId }
  /** What was written is whole, as far as the PBX knows: of a disk that is full it says no more than that it is over. */
  | { type: 'recording-over'; at: number; recorder: LegId; durationMs: number }
  | { type: 'recording-refused'; at: number; recorder: LegId }
  | ({ type: 'inventory'; at: number } & Inventory)
  | { type: 'fallback-news'; at: number; news: FallbackNews }

/** What exists at the PBX, listed on every (re)connection, and every caller in it. Asterisk wins on what exists. */
export interface Inventory {
  readonly channels: readonly PbxChannel[]
  readonly bridges: readonly BridgeId[]
  /** Those that write. */
  readonly recorders: readonly { readonly recorder: LegId; readonly paused: boolean }[]
  readonly arrivals: readonly Arrival[]
  /** Channels alive at the PBX and not in its application: callers whom the fallback has, among others. */
  readonly elsewhere: readonly ChannelId[]
  /** Phones in use for calls that are none of ours. */
  readonly engaged: readonly string[]
  /** What the fallback did since it was last read; read after all else was listed, so that whoever is in no list is in here. */
  readonly fallback: FallbackNews
}

/** What the fallback's record says from one reading to the next. */
export interface FallbackNews {
  readonly entries: readonly FallbackEntry[]
  /** Where the next reading begins; kept with the room, so that nothing is read twice. Null when there is no record. */
  readonly mark: string | null
}

/** One line of the fallback's record. */
export interface FallbackEntry {
  readonly call: CallId
  readonly trunk: string
  readonly number: string
  /** When, ms since the epoch. */
  readonly at: number
  /**
   * The last two are no callers of the fallback. `unseen`: given to an engine, and gone before one can have heard of them for
   * sure. `refused`: the trunk had no channel left for the number.
   */
  readonly event: 'arrived' | 'returned' | 'ended' | 'unseen' | 'refused'
  /** Who answered, when it ended: an N1 phone, the neighbour, or nobody before the caller left. */
  readonly result: 'n1' | 'neighbour' | 'abandoned' | null
  /** When they answered, ms since the epoch. */
  readonly answeredAt: number | null
  /** The phone that answered. */
  readonly phone: string | null
  /** When a caller who `arrived` or went `unseen` had come: their t0, ms since the epoch. Earlier versions did not tell it of `arrived`. */
  readonly cameAt?: number
}

export interface PbxChannel {
  readonly id: ChannelId
  /** The channel is answered (Asterisk state `Up`). */
  readonly up: boolean
  readonly bridge: BridgeId | null
}

/** Why somebody picks a caller whose turn it is not. `other` stands for words of their own, which are kept nowhere. */
export const pickReasons = ['known-patient', 'worse', 'callback', 'other'] as const
export type PickReason = (typeof pickReasons)[number]

/** `whisper` is heard by the agent alone, `join` by everybody. */
export const listenModes = ['listen', 'whisper', 'join'] as const
export type ListenMode = (typeof listenModes)[number]

/** Said by a person, through HTTP or a phone's keys. Refused with a code when it makes no sense. */
export type Command = AgentCommand | SupervisorCommand

export type AgentCommand =
  | { type: 'sign-in'; at: number; agent: AgentId; position?: Position }
  | { type: 'sign-out'; at: number; agent: AgentId }
  | { type: 'ready'; at: number; agent: AgentId }
  | { type: 'pause'; at: number; agent: AgentId; reason: string }
  | { type: 'move'; at: number; agent: AgentId; position: Position }
  | { type: 'qualify'; at: number; agent: AgentId; call: CallId; priority: Priority }
  | { type: 'name-caller'; at: number; agent: AgentId; call: CallId; name: string }
  /** `to` is a filière, one of its stages, or somebody who is free. */
  | { type: 'transfer'; at: number; agent: AgentId; call: CallId; to: string; handover?: Handover }
  /** Leaves the caller with the others on the line, or with the queue already sought. */
  | { type: 'leave'; at: number; agent: AgentId; call: CallId }
  /** Gives up a warm transfer that nobody has taken yet. */
  | { type: 'take-back'; at: number; agent: AgentId; call: CallId }
  /** To the next stage of the filière. */
  | { type: 'pass-on'; at: number; agent: AgentId; call: CallId }
  /** Along the filière's return path. */
  | { type: 'give-back'; at: number; agent: AgentId; call: CallId }
  /** Chooses a caller who waits, is parked or is due for a word. */
  | { type: 'pick'; at: number; agent: AgentId; call: CallId; reason?: PickReason }
  /** Puts the caller on music, to be taken back by `pick`. */
  | { type: 'park'; at: number; agent: AgentId; call: CallId }
  /** The caller agreed to be called back, should they hang up before they were served (R-N2-3). */
  | { type: 'callback'; at: number; agent: AgentId; call: CallId }
  /** They are not to be called back. */
  | { type: 'withdraw-callback'; at: number; agent: AgentId; call: CallId }
  /** Calls somebody into the conversation: `to` is a name of the directory or a number. `aside`: to talk to them first. */
  | { type: 'invite'; at: number; agent: AgentId; call: CallId; to: string; aside?: boolean }
  /** The caller joins agent and guest. */
  | { type: 'bring-in'; at: number; agent: AgentId; call: CallId }
  | { type: 'dismiss'; at: number; agent: AgentId; call: CallId; guest: LegId }
  /**
   * Calls somebody outside: the agent's phone rings, then theirs. `call` is the new call's; `to` a name of the directory or a number; `by`
   * who asks; `drm` the record that it is about.
   */
  | { type: 'call-out'; at: number; agent: AgentId; call: CallId; to: string; by: string; drm?: string }
  /** A supervisor's phone rings, to listen to a conversation. */
  | { type: 'listen'; at: number; agent: AgentId; call: CallId; mode: ListenMode }

export type SupervisorCommand =
  /** Sets hours or an entry aside until a moment; `by` says who, for the journal. */
  | { type: 'override'; at: number; kind: OverrideKind; target: string; until: number; by: string }
  | { type: 'end-override'; at: number; target: string; by: string }
  /** A caller who is with nobody waits at `to` from now on, by the clock they had. */
  | { type: 'move-call'; at: number; call: CallId; to: string; by: string }

export type Event =
  | PbxEvent
  | NeighbourEvent
  | Command
  | { type: 'tick'; at: number }
  /** Others are in force: by the calendar, by a supervisor's override, or by a new file of somebody's. */
  | { type: 'rules'; at: number; rules: Rules; why: RulesReason; by: string | null; what?: readonly string[] }

/** Before its time is known. */
export type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

export type Refusal =
  | 'unknown-agent'
  | 'unknown-call'
  | 'unknown-position'
  | 'unknown-pause-reason'
  | 'not-signed-in'
  | 'not-qualified-for-position'
  | 'not-on-call'
  | 'already-qualified'
  | 'transfer-pending'
  | 'no-transfer-pending'
  | 'caller-would-be-alone'
  | 'unknown-target'
  | 'bad-end'
  | 'no-next-stage'
  | 'no-return-path'
  | 'not-free'
  | 'not-waiting'
  | 'already-rung'
  | 'not-serving-queue'
  | 'reason-required'
  | 'others-on-call'
  | 'has-a-place'
  | 'not-dialable'
  | 'no-line-left'
  | 'conference-full'
  | 'no-consultation'
  | 'nobody-on-line'
  | 'no-callback'
