/** What the live feed says, as the pages read it. Durations (`…Ms`) are as of the message's `at`, the engine's clock. */
import type { CallerLocation } from '../../routing/events.js'
import type { Fact } from '../../routing/facts.js'
import type { AgentView, CallView, QueueView, TrunkView } from '../../status/room-view.js'
import type { SupervisionView } from '../../status/supervision.js'

/** A call; what identifies the caller is there for those who may know it. */
export interface SeenCall extends CallView {
  readonly caller?: string | null
  readonly callerName?: string | null
  readonly location?: CallerLocation | null
  /** Calls from the same number in the last 24 hours, where the engine counts them. */
  readonly visits?: number | null
}

export type Right = 'agent' | 'supervisor' | 'admin' | 'neighbour' | 'lrm'

/** Who is signed in. */
export interface You {
  readonly id: string
  /** The person of the room whom they are. */
  readonly agent: string | null
  readonly rights: readonly Right[]
}

/** What of the SAS's file the pages need. */
export interface SasView {
  readonly id: string
  readonly name: string
  readonly positions: readonly { readonly id: string; readonly label: string }[]
  readonly queues: readonly { readonly id: string; readonly position: string }[]
  readonly pauseReasons: readonly string[]
  readonly quality: { readonly answerMs: number }
  /** Outside numbers by name, for a third party. */
  readonly directory?: readonly { readonly id: string; readonly label: string }[]
  readonly entries?: readonly { readonly trunk: string; readonly number: string; readonly departement?: string | null }[]
}

export interface Snapshot {
  readonly type: 'snapshot'
  readonly feed: string
  readonly seq: number
  readonly at: number
  readonly room: {
    readonly queues: readonly QueueView[]
    readonly calls: readonly SeenCall[]
    readonly agents: readonly AgentView[]
    readonly trunks: readonly TrunkView[]
  }
  readonly supervision: SupervisionView | null
  readonly sas: SasView
  readonly you: You
}

export interface Change {
  readonly type: 'change'
  readonly seq: number
  readonly at: number
  readonly calls: readonly SeenCall[]
  readonly ended: readonly string[]
  readonly agents: readonly AgentView[]
  readonly queues: readonly QueueView[]
  readonly trunks: readonly TrunkView[]
  readonly supervision?: SupervisionView | null
  readonly facts: readonly Fact[]
}

export interface Resumed {
  readonly type: 'resumed'
  readonly feed: string
  readonly seq: number
}

export type FeedMessage = Snapshot | Change | Resumed

/** Why the engine closed the feed (RFC 6455 codes of our own, and 1013). */
export const closeCodes = { malformed: 4400, unauthorized: 4401, forbidden: 4403, helloTooLate: 4408, standby: 1013 } as const
