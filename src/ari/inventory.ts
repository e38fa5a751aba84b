import type { PbxEvent } from '../routing/events.js'
import { pause } from '../pause.js'
import { phoneOf } from '../sip-endpoints.js'
import type { Channel } from './generated.js'
import { AriError, type AriPort } from './port.js'
import { askForQuiet, writingOf } from './requests.js'
import { arrivalOf, carriesTone, isLeaving, isOurs, isRecorder } from './translate.js'

/** What the PBX lists. What the fallback did is not the PBX's to say. */
export type Listed = Omit<Extract<PbxEvent, { type: 'inventory' }>, 'fallback'>

export interface Found {
  readonly inventory: Listed
  /** Channels left from a tone, or from a recording that is over, which nobody will end any more. */
  readonly leftovers: readonly string[]
  /** Recorders of which Asterisk knows, and which do not write yet. */
  readonly notBegun: readonly string[]
}

/** How long an engine that joins waits for the fallback to ring nobody: half a second. */
const quietLooksMax = 50
const quietLookMs = 10

/**
 * From now on callers are this engine's to serve: the fallback gives back those it rings for, so that no phone is rung by both.
 * Only asked for: a PBX whose fallback does not know of it serves on its own for a moment longer. Never rejects.
 */
export async function quietFallback(port: AriPort, at: number, signal: AbortSignal): Promise<void> {
  const channelId = `quiet-${at}-${process.pid}`
  const { operation, params } = askForQuiet(channelId)
  const done = (answer: Promise<unknown>): Promise<boolean> => answer.then(() => true, () => false)
  if (!(await done(port.call(operation, params)))) return
  for (let looks = 0; looks < quietLooksMax; looks++) {
    if (!(await done(port.call('channels.get', { channelId })))) return
    await pause(quietLookMs, signal)
  }
}

/** Channels and bridges of the application, and what goes on beside it. Three requests, sent at once, and one for each recorder. @throws AriError */
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
  // A caller who hung up is listed for a moment longer, while the dialplan notes it: not elsewhere, gone.
  const others = allChannels.filter((channel) => !ours.has(channel.id) && !isLeaving(channel))
  const channels = own.filter(({ id }) => !carriesTone(id) && !isRecorder(id))
  const recorders = await Promise.all(own.filter(({ id }) => isRecorder(id)).map(async ({ id }) => ({ recorder: id, state: await stateOf(port, id) })))
  const bridges = allBridges.filter(({ id }) => ownBridges.has(id))
  const bridgeOf = new Map(bridges.flatMap((bridge) => bridge.channels.map((channel) => [channel, bridge.id] as const)))
  return {
    inventory: {
      type: 'inventory',
      at,
      channels: channels.map(({ id, state }) => ({ id, up: state === 'Up', bridge: bridgeOf.get(id) ?? null })),
      bridges: bridges.map(({ id }) => id),
      recorders: recorders.flatMap(({ recorder, state }) => (state === null ? [] : { recorder, paused: state === 'paused' })),
      arrivals: channels.flatMap((channel) => arrivalOf(channel, app, at) ?? []),
      elsewhere: others.map(({ id }) => id),
      engaged: [...new Set(others.flatMap((channel) => engagedPhone(channel) ?? []))],
    },
    notBegun: recorders.flatMap(({ recorder, state }) => (state === 'queued' ? recorder : [])),
    leftovers: [...own.map(({ id }) => id).filter(carriesTone), ...recorders.flatMap(({ recorder, state }) => (state === null ? recorder : []))],
  }
}

/** What a recorder does; null when it writes nothing, and never will. */
async function stateOf(port: AriPort, recorder: string): Promise<string | null> {
  try {
    const { state, target_uri: target } = await port.call('recordings.getLive', writingOf(recorder))
    return target === `channel:${recorder}` ? state : null
  } catch (error) {
    if (error instanceof AriError && error.status === 404) return null
    throw error
  }
}

/** The phone on which a channel that is none of ours is up or rings; null when it is no phone's. */
function engagedPhone({ id, name }: Channel): string | null {
  const [, endpoint] = /^PJSIP\/(.+)-[0-9a-f]{8}$/.exec(name) ?? []
  return endpoint === undefined || isOurs(id) ? null : phoneOf(endpoint)
}
