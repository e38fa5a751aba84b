import type { PbxEvent } from '../routing/events.js'
import type { AriPort } from './port.js'
import { arrivalOf, carriesTone } from './translate.js'

export type Inventory = Extract<PbxEvent, { type: 'inventory' }>

export interface Found {
  readonly inventory: Inventory
  /** Channels left from a tone that nobody will end any more. */
  readonly tones: readonly string[]
}

/** Channels and bridges of the application. Three requests, sent at once. @throws AriError */
export async function takeInventory(port: AriPort, app: string, now: () => number): Promise<Found> {
  const [application, allChannels, allBridges] = await Promise.all([
    port.call('applications.get', { applicationName: app }),
    port.call('channels.list', {}),
    port.call('bridges.list', {}),
  ])
  const at = now()
  const ours = new Set(application.channel_ids)
  const ownBridges = new Set(application.bridge_ids)
  const own = allChannels.filter(({ id }) => ours.has(id))
  const channels = own.filter(({ id }) => !carriesTone(id))
  const bridges = allBridges.filter(({ id }) => ownBridges.has(id))
  const bridgeOf = new Map(bridges.flatMap((bridge) => bridge.channels.map((channel) => [channel, bridge.id] as const)))
  return {
    inventory: {
      type: 'inventory',
      at,
      channels: channels.map(({ id, state }) => ({ id, up: state === 'Up', bridge: bridgeOf.get(id) ?? null })),
      bridges: bridges.map(({ id }) => id),
      arrivals: channels.flatMap((channel) => arrivalOf(channel, app, at) ?? []),
    },
    tones: own.map(({ id }) => id).filter(carriesTone),
  }
}
