/** How it goes with the programs outside that are told of calls. */
export interface DeadDelivery {
  /** Of the event, as in `webhook-id`. */
  readonly id: string
  readonly event: string
  /** When it happened, ms since the epoch. */
  readonly at: number
  readonly attempts: number
  readonly why: string
}

export interface LinkView {
  readonly id: string
  /** Since this engine has the room; null for not yet. */
  readonly lastSuccessAt: number | null
  readonly failuresInARow: number
  /** Events not delivered yet, and not given up. */
  readonly undelivered: number
  /** Since the oldest of them happened; null when there is none. */
  readonly oldestUndeliveredMs: number | null
  /** Given up, and still kept. */
  readonly dead: number
  /** The latest of these. */
  readonly lastDead: readonly DeadDelivery[]
}

export interface LinksView {
  readonly at: number
  /** Whether events are being made into deliveries; if not, they wait in the journal. */
  readonly following: boolean
  readonly links: readonly LinkView[]
}
