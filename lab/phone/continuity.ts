/**
 * When a phone would play each frame it receives, and how long it would play nothing at all.
 *
 * A frame is heard when a phone would play it: at its RTP timestamp, after the delay with which its stream arrives. The
 * delay of a frame is the smallest among itself and the next few: when this process stalls, or the network does, packets
 * come late and then in a burst, the smallest delay stays what it was and nothing was missed; when the sender stopped,
 * the delay of all that follows grows by as much, and that is a gap.
 */

import type { FrameSound } from './tones.js'

/** Looking ahead this many frames tells a stall from a gap: stalls up to 200 ms are absorbed, as by a jitter buffer. */
const lookAheadFrames = 10
/** Length of a frame. */
export const frameMs = 20
/** Changes of delay below this are jitter. */
const jitterMs = 20
/** Silences below this are not kept. */
const gapMsMin = 40
const gapsMax = 10_000

interface Frame {
  readonly mediaMs: number
  readonly offsetMs: number
  readonly sound: FrameSound
}

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export class Continuity {
  private readonly gaps: Span[] = []
  private window: Frame[] = []
  private source: number | undefined
  private timestamp = 0
  private mediaMs = 0
  private delayMs: number | undefined
  private firstMs: number | undefined
  private lastEndMs: number | undefined

  /** `onPlay` is told of each frame in order, once the frames that follow it have come. */
  constructor(
    private readonly startMs: number,
    private readonly onPlay: (atMs: number, sound: FrameSound) => void = () => undefined,
  ) {}

  /** Takes one 20 ms frame; `timestamp` in RTP samples of 125 µs, `arrivalMs` on the monotonic clock. */
  frame(arrivalMs: number, source: number, timestamp: number, sound: FrameSound): void {
    const stepSamples = (timestamp - this.timestamp) | 0
    const jumpedBack = stepSamples < -800
    if (source !== this.source || jumpedBack) {
      this.flush()
      this.delayMs = undefined
      this.source = source
      this.mediaMs = 0
    } else {
      this.mediaMs += stepSamples / 8
    }
    this.timestamp = timestamp
    const offsetMs = arrivalMs - this.mediaMs
    const lowest = this.lowestOffset()
    // Timestamps that ran ahead of the time: another clock from here on.
    if (lowest !== undefined && offsetMs < lowest - 60) this.flush()
    this.window.push({ mediaMs: this.mediaMs, offsetMs, sound })
    if (this.window.length > lookAheadFrames) this.play()
  }

  /** Plays what is still held back. */
  flush(): void {
    while (this.window.length > 0) this.play()
  }

  /**
   * Longest time without any sound between two moments of the monotonic clock. `fromMs` is by default the first sound
   * heard, or the beginning if there was none.
   */
  longestGapMs(toMs: number, fromMs?: number): number {
    this.flush()
    const from = fromMs ?? this.firstMs ?? this.startMs
    const first = this.firstMs ?? Infinity
    const open: Span[] = [
      { fromMs: from, toMs: Math.min(first, toMs) },
      ...(this.lastEndMs === undefined ? [] : [{ fromMs: this.lastEndMs, toMs }]),
    ]
    const lengths = [...this.gaps, ...open].map((gap) => Math.min(gap.toMs, toMs) - Math.max(gap.fromMs, from))
    return Math.max(0, ...lengths)
  }


  private play(): void {
    const lowest = this.lowestOffset()
    const frame = this.window.shift()
    if (frame === undefined || lowest === undefined) return
    const shiftMs = lowest - (this.delayMs ?? Infinity)
    if (this.delayMs === undefined || shiftMs < 0 || shiftMs > jitterMs) this.delayMs = lowest
    const atMs = this.delayMs + frame.mediaMs
    if (frame.sound.kind !== 'silence') this.heard(atMs)
    this.onPlay(atMs, frame.sound)
  }

  private heard(atMs: number): void {
    if (this.lastEndMs !== undefined && atMs - this.lastEndMs >= gapMsMin && this.gaps.length < gapsMax) {
      this.gaps.push({ fromMs: this.lastEndMs, toMs: atMs })
    }
    this.firstMs ??= atMs
    this.lastEndMs = Math.max(this.lastEndMs ?? -Infinity, atMs + frameMs)
  }

  private lowestOffset(): number | undefined {
    let lowest: number | undefined
    for (const { offsetMs } of this.window) {
      if (lowest === undefined || offsetMs < lowest) lowest = offsetMs
    }
    return lowest
  }
}
