/** Whose sound each channel of the room carries, as far as it may be told: by which trunk callers came, and at which site people sit. */
import type { ChannelId } from '../routing/events.js'
import type { Call } from '../routing/room.js'
import { CANARY } from '../routing/rules.js'
import type { Sites } from './room-view.js'

/** People who are at the SAS itself. */
const ownSite = 'sas'

export interface SoundPlace {
  /** Empty for somebody of the SAS. */
  readonly trunk: string
  /** Empty for a caller. */
  readonly site: string
}

/** Of the calls in which there is sound to lose: answered callers, and people who talk. The canary has none. */
export function soundSources(calls: Iterable<Call>, sites: Sites): Map<ChannelId, SoundPlace> {
  const sources = new Map<ChannelId, SoundPlace>()
  for (const { channel, answered, trunk, state } of calls) {
    if (trunk === CANARY) continue
    if (channel !== null && answered) sources.set(channel, { trunk, site: '' })
    if (state.kind !== 'talking') continue
    for (const { agent, leg } of state.parties) sources.set(leg, { trunk: '', site: sites[agent] ?? ownSite })
  }
  return sources
}
