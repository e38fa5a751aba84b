/** What the live feed says, as the pages read it. Durations (`…Ms`) are as of the message's `at`, the engine's clock. */
import type { Right } from '../../auth/principal.js'
import type { SasView } from '../../feed/feed.js'
import type { Fact } from '../../routing/facts.js'
import type { KnownCallView } from '../../status/known-call.js'
import type { AgentView, QueueView, TrunkView } from '../../status/room-view.js'
import type { SupervisionView } from '../../status/supervision.js'

/** A call; what identifies the caller is null for those who may not know it. */
export type SeenCall = KnownCallView

/** Who is signed in. */
export interface You {
  readonly id: string
  /** The person of the room whom they are. */
  readonly agent: string | null
  readonly rights: readonly Right[]
}

export type { SasView }

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

/** Why the engine closed the feed, where trying again would not help as it is (RFC 6455 codes of our own). */
export const closeCodes = { unauthorized: 4401, forbidden: 4403 } as const
