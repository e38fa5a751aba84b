/** The sip.js transport over a wire that is already open. */
import { randomBytes } from 'node:crypto'
import { EmitterImpl, TransportState, type Core, type Transport } from 'sip.js'
import { monotonicNs } from './clock.js'
import { nextHop, requestUri, stampSource, withMarkedBranch, withoutMarkedBranch, withRequestUri } from './sip-text.js'
import type { SipWire } from './wire.js'

export interface WireTransportOptions {
  readonly wire: SipWire
  /** User part of this phone's Contact: sip.js refuses requests for any other. */
  readonly contactUser: string
  /** Told of every request before sip.js sees it: when it came, and for which URI. */
  readonly onRequest: (arrival: { uri: string; atNs: bigint }) => void
}

export class WireTransport implements Transport {
  readonly protocol: string
  readonly stateChange = new EmitterImpl<TransportState>()
  onConnect: (() => void) | undefined
  onDisconnect: ((error?: Error) => void) | undefined
  onMessage: ((message: string) => void) | undefined
  private current = TransportState.Disconnected
  private readonly mark = randomBytes(8).toString('hex')

  constructor(
    _logger: Core.Logger,
    private readonly options: WireTransportOptions,
  ) {
    this.protocol = options.wire.protocol.toUpperCase()
  }

  get state(): TransportState {
    return this.current
  }

  isConnected(): boolean {
    return this.current === TransportState.Connected
  }

  connect(): Promise<void> {
    if (this.isConnected()) return Promise.resolve()
    this.enter(TransportState.Connecting)
    this.options.wire.onMessage = (text, head, from) => {
      this.deliver(head.status === undefined ? stampSource(text, from) : withoutMarkedBranch(text, this.mark))
    }
    this.enter(TransportState.Connected)
    this.onConnect?.()
    return Promise.resolve()
  }

  disconnect(): Promise<void> {
    if (this.current === TransportState.Disconnected) return Promise.resolve()
    this.options.wire.onMessage = undefined
    this.enter(TransportState.Disconnecting)
    this.enter(TransportState.Disconnected)
    this.onDisconnect?.()
    return Promise.resolve()
  }

  dispose(): Promise<void> {
    return this.disconnect()
  }

  async send(message: string): Promise<void> {
    if (!this.isConnected()) throw new Error('the phone is stopped')
    const marked = requestUri(message) === undefined ? message : withMarkedBranch(message, this.mark)
    await this.options.wire.send(marked, nextHop(message))
  }

  private deliver(text: string): void {
    const atNs = monotonicNs()
    const uri = requestUri(text)
    if (uri === undefined) {
      this.onMessage?.(text)
      return
    }
    this.options.onRequest({ uri, atNs })
    // A trunk peer is called by many numbers; all of them are this one phone.
    const user = /^sips?:(?:([^@;?]*)@)?/i.exec(uri)?.[1] ?? ''
    const own = user === this.options.contactUser
    this.onMessage?.(own ? text : withRequestUri(text, `sip:${this.options.contactUser}@${this.options.wire.local.host}`))
  }

  private enter(state: TransportState): void {
    this.current = state
    this.stateChange.emit(state)
  }
}
