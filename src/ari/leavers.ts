/**
 * Callers who left the application. Asterisk says that they left, not whether they are gone or alive in the dialplan (measured);
 * on a hang-up two events come within a millisecond, in no sure order. So whoever left without a word of a hang-up is looked up.
 *
 *   out   entered by StasisEnd; left by the word of a hang-up, by a return, or by what Asterisk answers: nowhere (gone), in the
 *         dialplan's fallback (left), or in the application all the same (an event told twice).
 */
import { pause } from '../pause.js'
import type { ChannelId } from '../routing/events.js'
import { AriError, type AriPort } from './port.js'
import { isWithFallback } from './translate.js'

/** Between two looks: to their end or to the fallback, both take Asterisk a moment. */
const lookMs = 10
/** Two seconds. */
const looksMax = 200

export interface LeaversOptions {
  readonly port: AriPort
  readonly app: string
  /** Whether the end of this caller was told meanwhile. */
  readonly isOver: (channel: ChannelId) => boolean
  readonly onFound: (channel: ChannelId, where: 'gone' | 'fallback') => void
}

export class Leavers {
  readonly #options: LeaversOptions
  readonly #out = new Set<ChannelId>()
  readonly #end = new AbortController()

  constructor(options: LeaversOptions) {
    this.#options = options
  }

  async follow(channel: ChannelId): Promise<void> {
    this.#out.add(channel)
    for (let looks = 0; this.#out.has(channel) && !this.#options.isOver(channel); looks++) {
      const where = await this.#whereIs(channel, looks >= looksMax)
      if (!this.#out.has(channel) || this.#options.isOver(channel)) break
      if (where === 'on-its-way') {
        await pause(lookMs, this.#end.signal)
        continue
      }
      // Where the connection was lost, the next list of what exists tells.
      if (where === 'gone' || where === 'fallback') this.#options.onFound(channel, where)
      break
    }
    this.#out.delete(channel)
  }

  /** Announced again. */
  isBack(channel: ChannelId): void {
    this.#out.delete(channel)
  }

  /** What exists was listed anew. */
  forget(): void {
    this.#out.clear()
  }

  stop(): void {
    this.#end.abort()
    this.#out.clear()
  }

  async #whereIs(channelId: ChannelId, last: boolean): Promise<'fallback' | 'gone' | 'on-its-way' | 'application' | 'unknown'> {
    const { port, app } = this.#options
    try {
      if (isWithFallback(await port.call('channels.get', { channelId }))) return 'fallback'
      if (!last) return 'on-its-way'
      const { channel_ids: ids } = await port.call('applications.get', { applicationName: app })
      return ids.includes(channelId) ? 'application' : 'gone'
    } catch (error) {
      if (!(error instanceof AriError)) throw error
      if (error.kind === 'disconnected') return 'unknown'
      return error.status === 404 || last ? 'gone' : 'on-its-way'
    }
  }
}
