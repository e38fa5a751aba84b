/** The far end of a canary, at the PBX that calls itself: see `canary` in asterisk/extensions.conf. */
import { CANARY } from '../routing/rules.js'
import type { AriPort } from './port.js'

export interface CanaryLine {
  /** Calls under this id. @throws AriError when the PBX does not */
  dial(id: string): Promise<void>
  /** Whether both ends of that call, which is over, heard each other. @throws AriError when the PBX does not say */
  wasHeard(id: string): Promise<boolean>
  /** Never rejects: the PBX ends the call by itself after 15 s. */
  hangUp(id: string): Promise<void>
}

/** Until the PBX itself gives up a call that nobody answers. */
const timeoutSeconds = 10

export const canaryLine = (port: AriPort): CanaryLine => ({
  async dial(id) {
    await port.call('channels.originateWithId', { channelId: id, endpoint: `PJSIP/${CANARY}@${CANARY}`, context: CANARY, extension: 's', priority: 1, timeout: timeoutSeconds })
  },
  async wasHeard(id) {
    const { value } = await port.call('asterisk.getGlobalVar', { variable: 'CANARY_HEARD' })
    return value === id
  },
  async hangUp(channelId) {
    await port.call('channels.hangup', { channelId }).catch(() => {})
  },
})
