import { openAriClient } from './ari-client.js'
import { versionOf } from './http.js'
import type { OpenLink } from './link.js'
import { type AriPort, defaultInFlightMax, defaultTiming, type PortOptions, type PortTiming } from './port.js'
import { openRestOverWebSocket } from './rest-over-websocket.js'
import { SupervisedPort } from './supervised-port.js'
import { usedEventTypes } from './translate.js'

/** `ws` REST over WebSocket · `http` ari-client · `auto` by the version Asterisk tells, asked again on each connection. */
export type Transport = 'ws' | 'http' | 'auto'

export type CreatePortOptions = Omit<PortOptions, 'timing' | 'inFlightMax' | 'eventTypes'> & {
  readonly transport: Transport
  readonly timing?: Partial<PortTiming>
  readonly inFlightMax?: number
  /** Those the layer above uses, unless others are wanted. */
  readonly eventTypes?: PortOptions['eventTypes']
}

/** A port that is not started yet. */
export function createPort(options: CreatePortOptions): AriPort {
  const { transport, timing, inFlightMax = defaultInFlightMax, eventTypes = usedEventTypes, ...rest } = options
  return new SupervisedPort(
    { ...rest, inFlightMax, eventTypes, timing: { ...defaultTiming, ...timing } },
    openers[transport],
  )
}

const openBest: OpenLink = async (options, listener, signal) => {
  const open = speaksRestOverWebSocket(await versionOf(options, signal)) ? openRestOverWebSocket : openAriClient
  return open(options, listener, signal)
}

const openers: Readonly<Record<Transport, OpenLink>> = {
  ws: openRestOverWebSocket,
  http: openAriClient,
  auto: openBest,
}

/** From 22.4.0, 21.9.0 and 20.14.0 on, and every later major version. */
export function speaksRestOverWebSocket(version: string): boolean {
  const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? []
  const since = { 20: 14, 21: 9, 22: 4 }[major]
  return since === undefined ? major > 22 : minor >= since
}
