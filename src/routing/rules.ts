/**
 * What the core needs to know of one SAS at one moment: plain data, compiled from the configuration, replaced as a whole. The
 * core knows no calendar: an edge of one, a new file and a supervisor's override all come as new rules. Everything is in
 * milliseconds.
 */

/** Order classes, most pressing first. A 15 caller who is not sorted yet is presumed P1, a 116-117 caller P2. */
export type CallClass = 'SIS' | 'P0' | 'P1' | 'P2'
export type Priority = 'P0' | 'P1' | 'P2'
/** ARM, MRU, OSNP, MRG, or one that the SAS names for a filière of its own (R-N2-5). */
export type Role = string
export type Handover = 'warm' | 'direct'
/** `n1`, or the id of a filière. Both are places where people sit and queues are served. */
export type Position = string
export type QueueId = string

export const N1 = 'n1'

/**
 * The reserved name of everything a canary needs: the trunk and the number that it calls on, the queue and the position that it enters, the
 * person who picks it up. To the core it is a call like any other; nobody is sent there, and it counts as no call of the public.
 */
export const CANARY = 'canary'

/**
 * How a queue finds who takes a call: `longest-idle` rings one person, `ring-all` everybody who is free, `by-hand` nobody until
 * somebody picks a caller from the list.
 */
export type QueueMode = 'longest-idle' | 'ring-all' | 'by-hand'

export interface QueueRules {
  readonly id: QueueId
  /** Who may serve it: any of these roles with all of these skills, while they sit at this position. */
  readonly position: Position
  readonly roles: readonly Role[]
  readonly skills: readonly string[]
  /** By its hours. Nobody is sent to a queue that is closed, see `Rules.routes`. */
  readonly open: boolean
  readonly mode: QueueMode
  readonly ringMs: number
  readonly asideMs: number
  readonly wrapUpMs: number
  /** A wait longer than this is escalated: people of the right role at `reinforcedBy` join in. Repeats. */
  readonly escalateMs: Readonly<Record<CallClass, number>>
  readonly reinforcedBy: readonly Position[]
  /** A transfer nobody took within this returns: to its sender, where the filière says, or to the head of N1. */
  readonly returnMs: Readonly<Record<CallClass, number>>
  /** A caller who waits here is re-checked this often (R-N2-3); 0 for never. */
  readonly recheckMs: Readonly<Record<CallClass, number>>
  /** Between two announcements of the position in the line; 0 for none. */
  readonly positionMs: number
}

export interface EntryRules {
  readonly queue: QueueId
  readonly class: CallClass
  readonly wait: 'music' | 'ringing'
  readonly greeting: string | null
  /** Where P0, P1 and P2 go for a caller of this number: N2 may be by département (R-IN-3). */
  readonly orientation: Readonly<Record<Priority, Position>>
}

/** A care stream of N2. */
export interface FiliereRules {
  /** Its queues in order of pickup, open or not. */
  readonly stages: readonly QueueId[]
  readonly handover: Handover
  /** Where its callers go who leave its field, or whom nobody took; null for the sender or N1. */
  readonly returnsTo: Position | null
}

/** At least so many people of a role must be signed in, or supervisors are alarmed (R-N2-1, R-N2-2). */
export interface StaffingGuard {
  readonly id: string
  /** What supervisors read. */
  readonly label: string
  readonly role: Role
  /** Where they sit; anywhere for null. */
  readonly position: Position | null
  readonly min: number
}

/**
 * What a code dialled on a phone means. `switch` goes from AMU to MG or back; `next` to the filière's next stage; `return` along
 * the filière's return path; `park` puts the caller on music; `callback`: the caller agreed to be called back; `pause` follows the
 * call; `to:` to a filière or
 * stage by name; `leave` ends a warm handover.
 */
export type DtmfAction = Priority | 'switch' | 'next' | 'return' | 'park' | 'leave' | 'callback' | 'pause' | `to:${string}`

/** What a code means that a phone dials by itself, in no call. `pause` is for the first of the SAS's reasons. */
export type DeskAction = 'sign-in' | 'ready' | 'pause' | 'sign-out'

export interface Person {
  readonly id: string
  readonly roles: readonly Role[]
  readonly skills: readonly string[]
  readonly phone: string
  /** Where this person sits on signing in. */
  readonly home: Position
  /** Signed in from the first. */
  readonly always: boolean
}

/**
 * `open` and `close` a filière or queue, whatever its hours; `to-n1` brings the calls of a number to N1; `give` puts a rule of giving calls
 * to neighbours in force without its conditions, `keep` puts it out of force; `refuse` takes none of a neighbour's calls.
 */
export type OverrideKind = 'open' | 'close' | 'to-n1' | 'give' | 'keep' | 'refuse'

/** What a supervisor sets aside for a while. */
export interface Override {
  readonly kind: OverrideKind
  /** A filière or queue; for `to-n1`, `trunk/number` of an entry; for `give` and `keep` a rule's id, for `refuse` a neighbour's. */
  readonly target: string
  /** ms since the epoch. */
  readonly since: number
  readonly until: number
  /** Who asked for it. */
  readonly by: string
}

export interface LineRules {
  readonly channels: number
  /** The last of them, kept for emergency numbers (R-IN-5). */
  readonly reserved: number
}

/** How the switchboard calls out. */
export interface OutboundRules {
  readonly trunk: string
  /** Numbers that may be dialled: digits and `+` as they are, `X` for any digit. Nothing else is, whoever asks. */
  readonly numbers: readonly string[]
  /** Shown to whoever is called; null for what the trunk shows by itself. */
  readonly shown: string | null
  readonly ringMs: number
  /** Who is often called, by name: CODIS, an ambulance firm, a poison centre. */
  readonly directory: ReadonlyMap<string, { readonly trunk: string; readonly number: string }>
  /** Of callers who agreed to be called back: how often they are tried before an ARM tries last, and how long after one another. */
  readonly callbackAttempts: number
  readonly callbackRetryMs: number
}

/** How somebody outside is reached. */
export interface Way {
  readonly outbound: OutboundRules
  /** The directory's name for them; null for a number. */
  readonly entry: string | null
  readonly trunk: string
  readonly number: string
}

/** @param to a name of the directory, or a number; null is returned for what may not be dialled, whoever asks */
export function wayTo(outbound: OutboundRules | null, to: string | null): Way | null {
  if (outbound === null || to === null) return null
  const known = outbound.directory.get(to)
  if (known) return { outbound, entry: to, ...known }
  return isAllowed(outbound, to) ? { outbound, entry: null, trunk: outbound.trunk, number: to } : null
}

const isAllowed = ({ numbers }: OutboundRules, number: string): boolean =>
  numbers.some((pattern) => pattern.length === number.length && [...pattern].every((sign, at) => sign === number[at] || (sign === 'X' && /\d/.test(number[at] ?? ''))))

export type NeighbourId = string

/** Another SAS with which this one helps itself (R-MA-1 to R-MA-3). */
export interface NeighbourRules {
  readonly id: NeighbourId
  readonly trunk: string
  /** Dialled there. */
  readonly number: string
  /** How long a caller is offered to it. */
  readonly ringMs: number
  /** Whether it is asked before a call is sent, and asks; without, SIP alone carries what there is to say. */
  readonly reserves: boolean
  /** What of its calls is taken; null for none. */
  readonly receive: ReceiveRules | null
}

export interface ReceiveRules {
  /** Calls of that neighbour here at any time, with those promised. */
  readonly atOnce: number
  /** So many people of the queue stay free for one's own callers. */
  readonly keepFree: number
  /** None is taken while one's own oldest caller waits for longer. */
  readonly ownWaitMsMax: number
  readonly classes: readonly CallClass[]
  readonly positions: readonly Position[]
}

/** When which calls are given to which neighbours. In force as compiled: its hours are open, and nobody switched it off. */
export interface GivingRules {
  readonly id: string
  /** In the order in which they are asked. */
  readonly to: readonly NeighbourId[]
  /** In force with no condition: planned, standing, or switched on. */
  readonly always: boolean
  /** Any of these begins it. */
  readonly oldestWaitMs: number | null
  readonly expectedWaitMs: number | null
  readonly unstaffed: boolean
  readonly linesPercent: number | null
  /** It ends once none of them held for so long. */
  readonly calmMs: number
  /** Of one queue's callers, which. */
  readonly position: Position
  readonly classes: readonly CallClass[]
  /** `trunk/number` of entries; null for all. */
  readonly entries: ReadonlySet<string> | null
  /** Of those, in percent. */
  readonly share: number
  /** So many callers at once, with those who talk. */
  readonly atOnce: number
}

/** Conversations that are recorded (R-TO-3): of these trunks, with agents at these positions, of these classes; null for all. */
export interface RecordingRules {
  readonly trunks: readonly string[] | null
  readonly positions: readonly Position[] | null
  readonly classes: readonly CallClass[] | null
}

/** Why other rules are in force. */
export type RulesReason = 'hours' | 'override' | 'new-file'

export interface Rules {
  readonly sas: string
  /** When others come into force: the next edge of a calendar or end of an override; null for never. */
  readonly until: number | null
  readonly people: readonly Person[]
  readonly queues: ReadonlyMap<QueueId, QueueRules>
  readonly filieres: ReadonlyMap<Position, FiliereRules>
  /** Where a call for this filière or queue goes now: always to a queue that is open. Says it of every filière and queue. */
  readonly routes: ReadonlyMap<Position | QueueId, QueueId>
  /** In force now. */
  readonly staffing: readonly StaffingGuard[]
  /** By `trunk/number`. */
  readonly entries: ReadonlyMap<string, EntryRules>
  /** For numbers that the entries do not name. */
  readonly orientation: Readonly<Record<Priority, Position>>
  /** How long a call of this class gives way to more pressing ones that come after it: the starvation bound. */
  readonly yieldMs: Readonly<Record<CallClass, number>>
  /** Null for a SAS that calls nobody. */
  readonly outbound: OutboundRules | null
  readonly neighbours: ReadonlyMap<NeighbourId, NeighbourRules>
  /** In force now, in the order in which they are looked at. */
  readonly giving: readonly GivingRules[]
  /** Every rule of giving by its id, in force or not. */
  readonly givingIds: ReadonlySet<string>
  /** Any of them makes a conversation recorded; none is without. */
  readonly recording: readonly RecordingRules[]
  /** By trunk. */
  readonly lines: ReadonlyMap<string, LineRules>
  readonly dtmf: ReadonlyMap<string, DtmfAction>
  readonly deskCodes: ReadonlyMap<string, DeskAction>
  readonly pauseReasons: readonly string[]
  /** From a phone's answer to the bridge's confirmation; past it the pickup has failed. */
  readonly connectMs: number
  /** Longest pause between two digits of one code. */
  readonly dtmfGapMs: number
  /** How long a caller may be parked. */
  readonly parkMs: number
  readonly queueLengthMax: number
}
