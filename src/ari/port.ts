/**
 * One port to Asterisk's REST interface (ARI), whatever carries it.
 *
 *   down   no connection, or one that is not ready; calls are refused at once as `disconnected`.
 *   up     the event stream is open, Asterisk's version is known and only the event types in use are sent.
 *   ended  stopped, or fenced because another program took the application (`replaced`). Never comes back.
 *
 * A port goes down and up for as long as it is not ended; it never gives up.
 */
import type { EventEmitter } from 'node:events'
import type { AriEvent, Operations } from './generated.js'
import type { Observer } from './observer.js'

export type OperationName = keyof Operations
export type Params<O extends OperationName> = Operations[O]['params']
export type Result<O extends OperationName> = Operations[O]['result']

/**
 * `refused` Asterisk said no (`status` is its HTTP status) · `timeout` no answer by the deadline: it may have been carried
 * out or not · `disconnected` the connection is, or was, lost · `overloaded` too many requests in flight: not sent.
 */
export type AriErrorKind = 'refused' | 'timeout' | 'disconnected' | 'overloaded'

export class AriError extends Error {
  override readonly name = 'AriError'
  readonly kind: AriErrorKind
  readonly operation: OperationName
  /** HTTP status; only when refused. */
  readonly status: number | undefined

  constructor(kind: AriErrorKind, operation: OperationName, status?: number, reason?: string) {
    super(`${operation} ${kind}${status === undefined ? '' : ` ${status}`}${reason ? `: ${reason}` : ''}`)
    this.kind = kind
    this.operation = operation
    this.status = status
  }
}

export interface PortEvents {
  event: [AriEvent]
  /** Connected, filter set. Nothing that happened while down is told again: take an inventory. */
  up: [AsteriskVersion]
  down: [reason: string]
  /** Another program took the application: this one is fenced and must not act any more. */
  replaced: []
  /** Counted, never thrown: a type that this release does not know, or `malformed`. */
  'unknown-event': [type: string]
}

export interface AsteriskVersion {
  /** As Asterisk tells it, packaging suffix included. */
  readonly text: string
}

export interface AriPort extends EventEmitter<PortEvents> {
  /** Requests sent one after another are carried out in that order, so they may be sent without waiting for answers. */
  readonly ordered: boolean
  readonly isUp: boolean
  /** Since anything at all was heard on the connection of events, ms; while up, not much more than `pingMs` unless it is dead. */
  readonly silentForMs: number
  /** Begins to connect and returns; `up` says when it is there. */
  start(): Promise<void>
  /** Ends the port; requests in flight are rejected as `disconnected`. */
  stop(): Promise<void>
  /** @throws AriError, after `deadlineMs` at the latest. */
  call<O extends OperationName>(operation: O, params: Params<O>): Promise<Result<O>>
}

export interface PortOptions {
  /** Root of Asterisk's HTTP server, `http://host:8088`. */
  readonly url: string
  readonly user: string
  readonly password: string
  readonly app: string
  /** Event types Asterisk may send; others are filtered at the source. */
  readonly eventTypes: readonly AriEvent['type'][]
  readonly observer: Observer
  readonly timing: PortTiming
  /** Requests without an answer yet, beyond which new ones are refused as `overloaded`. */
  readonly inFlightMax: number
}

export interface PortTiming {
  /** From a request to its answer. */
  readonly deadlineMs: number
  readonly pingMs: number
  /** Silence after which a connection counts as dead. */
  readonly deadMs: number
  readonly backoffMinMs: number
  readonly backoffMaxMs: number
}

export const defaultTiming: PortTiming = {
  deadlineMs: 2_000,
  pingMs: 1_000,
  deadMs: 3_000,
  backoffMinMs: 50,
  backoffMaxMs: 2_000,
}

export const defaultInFlightMax = 5_000
