/** The part of ari-client 2.2.0 that is used. Members with an underscore are its insides: see `supervise` in ari-client.ts. */
declare module 'ari-client' {
  import type { EventEmitter } from 'node:events'
  import type { WebSocket } from 'ws'

  export interface SwaggerFailure {
    status?: number
    data?: unknown
  }

  export type SwaggerOperation = (
    args: object,
    succeeded: (response: unknown) => void,
    failed: (failure: SwaggerFailure) => void,
  ) => void

  export interface Client extends EventEmitter {
    start(app: string): PromiseLike<void>
    ping(): void
    _ws?: WebSocket
    _wsClosed?: boolean
    _swagger: { apis: Readonly<Record<string, { operations: Readonly<Record<string, unknown>> }>> }
  }

  const ari: { connect(url: string, user: string, password: string): PromiseLike<Client> }
  export default ari
}
