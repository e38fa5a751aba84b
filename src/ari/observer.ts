import type { Operations } from './generated.js'

export type RequestOutcome = 'ok' | 'refused' | 'timeout' | 'disconnected' | 'overloaded'

/** What the port and the layer above it let others count. Every label is bounded; none carries a number or a name. */
export interface Observer {
  /** A request has its answer, or will have none. `status` is the HTTP status where there was one. */
  requestDone(operation: keyof Operations, ms: number, outcome: RequestOutcome, status?: number): void
  eventReceived(type: string): void
  /** A type not known to this release, or `malformed`. */
  unknownEvent(type: string): void
  connected(ms: number): void
  disconnected(reason: string): void
  /** An effect that could not be performed; `normal` when what it wanted was so already (hanging up a dead channel). */
  effectFailed(effect: string, why: RequestOutcome, normal: boolean): void
}

export const silentObserver: Observer = {
  requestDone: () => {},
  eventReceived: () => {},
  unknownEvent: () => {},
  connected: () => {},
  disconnected: () => {},
  effectFailed: () => {},
}
