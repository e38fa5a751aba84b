/**
 * What the core needs to know of one SAS: plain data, compiled from the configuration, replaced as a whole.
 * Everything is in milliseconds.
 */

/** Order classes, most pressing first. A 15 caller who is not sorted yet is presumed P1, a 116-117 caller P2. */
export type CallClass = 'SIS' | 'P0' | 'P1' | 'P2'
export type Priority = 'P0' | 'P1' | 'P2'
export type Role = 'ARM' | 'MRU' | 'OSNP' | 'MRG'
export type Handover = 'warm' | 'direct'
/** `n1`, or the id of a filière. Both are places where people sit and queues are served. */
export type Position = string
export type QueueId = string

export const N1 = 'n1'

export interface QueueRules {
  readonly id: QueueId
  /** Who may serve it: these roles, while they sit at this position. */
  readonly position: Position
  readonly roles: readonly Role[]
  readonly mode: 'longest-idle'
  readonly ringMs: number
  readonly asideMs: number
  readonly wrapUpMs: number
  /** A wait longer than this is escalated: people of the right role at `reinforcedBy` join in. Repeats. */
  readonly escalateMs: number
  readonly reinforcedBy: readonly Position[]
  /** A transfer nobody took within this returns to its sender or to the head of N1. */
  readonly returnMs: number
  /** Between two announcements of the position in the line; 0 for none. */
  readonly positionMs: number
}

export interface EntryRules {
  readonly queue: QueueId
  readonly class: CallClass
  readonly wait: 'music' | 'ringing'
  readonly greeting: string | null
}

/** What a code dialled on a phone means. `switch` goes from AMU to MG or back; `leave` ends a warm handover. */
export type DtmfAction = Priority | 'switch' | 'leave'

export interface Person {
  readonly id: string
  readonly roles: readonly Role[]
  readonly phone: string
  /** Where this person sits on signing in. */
  readonly home: Position
}

export interface Rules {
  readonly sas: string
  readonly people: readonly Person[]
  readonly queues: ReadonlyMap<QueueId, QueueRules>
  /** Stages of each filière in order of pickup. */
  readonly filieres: ReadonlyMap<Position, { readonly stages: readonly QueueId[]; readonly handover: Handover }>
  /** By `trunk/number`. */
  readonly entries: ReadonlyMap<string, EntryRules>
  readonly orientation: Readonly<Record<Priority, Position>>
  /** How long a call of this class gives way to more pressing ones that come after it: the starvation bound. */
  readonly yieldMs: Readonly<Record<CallClass, number>>
  readonly dtmf: ReadonlyMap<string, DtmfAction>
  readonly pauseReasons: readonly string[]
  /** From a phone's answer to the bridge's confirmation; past it the pickup has failed. */
  readonly connectMs: number
  /** Longest pause between two digits of one code. */
  readonly dtmfGapMs: number
  readonly queueLengthMax: number
}
