import type { OperationName, Params, PortOptions, Result } from './port.js'

/** One connection to Asterisk, from opened to lost. Supervised by the port, which alone decides when to open another. */
export interface Link {
  readonly ordered: boolean
  /** @throws AriError `refused`; deadlines are the port's. */
  send<O extends OperationName>(operation: O, params: Params<O>): Promise<Result<O>>
  ping(): void
  /** Ends at once and for good, waiting for nobody; nothing is told afterwards. */
  destroy(): void
}

/** Told by a link while it lives. */
export interface LinkListener {
  /** Anything at all came in: the other side is alive. */
  heard(): void
  /** A message that claims to be an event, as parsed from JSON. */
  event(message: unknown): void
  malformed(): void
  lost(reason: string): void
}

/**
 * Opens a connection with its event stream.
 * @throws Error when it cannot; gives up and frees everything when `signal` aborts.
 */
export type OpenLink = (options: PortOptions, listener: LinkListener, signal: AbortSignal) => Promise<Link>
