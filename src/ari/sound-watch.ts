/**
 * How well sound arrives at the PBX, by asking Asterisk for one channel's RTP after another. One question at a time, and few a second,
 * so that whatever is decided meanwhile waits for at most one short answer.
 */
import type { ChannelId } from '../routing/events.js'
import type { SoundPlace } from '../status/sound-sources.js'
import type { AriPort, Result } from './port.js'

/** Since the look at the same channel before. */
export interface SoundSample extends SoundPlace {
  readonly received: number
  readonly lost: number
  readonly jitterSeconds: number
  /** Null until both ends told of it by RTCP. */
  readonly roundTripSeconds: number | null
}

export interface SoundWatchOptions {
  readonly port: AriPort
  /** Between two questions. */
  readonly everyMs: number
  /** The channels there are now. */
  readonly channels: () => ReadonlyMap<ChannelId, SoundPlace>
  readonly onSample: (sample: SoundSample) => void
}

interface Seen {
  readonly received: number
  readonly lost: number
}

export class SoundWatch {
  readonly #seen = new Map<ChannelId, Seen>()
  /** Still to be asked for in this round. */
  #round: ChannelId[] = []
  #asking = false
  #timer: NodeJS.Timeout | null = null

  constructor(private readonly options: SoundWatchOptions) {}

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), this.options.everyMs).unref()
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Asks for one channel. Never rejects: a question that fails is counted by the port. */
  async look(): Promise<void> {
    const { port, channels, onSample } = this.options
    if (this.#asking || !port.isUp) return
    const known = channels()
    const channel = this.#next(known)
    const source = channel === undefined ? undefined : known.get(channel)
    if (channel === undefined || source === undefined) return
    this.#asking = true
    const told = await port.call('channels.rtpstatistics', { channelId: channel }).catch(() => null)
    this.#asking = false
    if (told) onSample({ ...source, ...this.#since(channel, told) })
  }

  #next(known: ReadonlyMap<ChannelId, SoundPlace>): ChannelId | undefined {
    if (this.#round.length === 0) {
      this.#round = [...known.keys()]
      for (const channel of this.#seen.keys()) if (!known.has(channel)) this.#seen.delete(channel)
    }
    for (let channel = this.#round.shift(); channel !== undefined; channel = this.#round.shift()) if (known.has(channel)) return channel
    return undefined
  }

  /** Asterisk names by who tells: `rxploss` is what it lost of what was sent to it, `txjitter` the jitter it reports of that (measured). */
  #since(channel: ChannelId, { rxcount, rxploss, txjitter = 0, rtt = 0 }: Result<'channels.rtpstatistics'>): Omit<SoundSample, keyof SoundPlace> {
    const before = this.#seen.get(channel) ?? { received: 0, lost: 0 }
    // Packets that came twice make the loss negative, and Asterisk tells it in 32 bits without a sign.
    const lostNow = Math.max(before.lost, rxploss | 0)
    this.#seen.set(channel, { received: rxcount, lost: lostNow })
    return { received: Math.max(0, rxcount - before.received), lost: lostNow - before.lost, jitterSeconds: txjitter, roundTripSeconds: rtt > 0 ? rtt : null }
  }
}
