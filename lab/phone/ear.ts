/** What a phone hears on one call: which tones, music or nothing, since when and with which gaps. */
import { monotonicMs, msOf } from './clock.js'
import { Continuity, frameMs } from './continuity.js'
import { frameSamples } from './g711.js'
import { readEvent, type RtpPacket } from './rtp.js'
import type { G711 } from './sdp.js'
import { assertTone, listen, type FrameSound } from './tones.js'

/** A tone in Hz, or any other sound (music, speech, ringback). */
export type Heard = number | 'sound'

/** Something heard without a break; times in ms of the monotonic clock, as a phone would play it. */
export interface HeardSpan {
  readonly what: Heard
  readonly fromMs: number
  readonly toMs: number
}

export interface Within {
  /** How long to wait at most, in ms. 5000 by default. */
  readonly withinMs?: number
}

/** Thrown when a sound that was waited for did not come; the message tells what was heard instead. */
export class NotHeard extends Error {
  override readonly name = 'NotHeard'
}

/** This many frames in a row make a sound certain: 100 ms. */
const certainFrames = 5
/** Shorter than this is a click, and a pause shorter than this no pause. */
const spanFramesMin = 3
const pauseMsMax = 60
const spansMax = 10_000

/** A telephone event: audible, and nobody's voice. */
const digitSound: FrameSound = { kind: 'tones', tones: [] }

interface Run {
  readonly fromMs: number
  lastMs: number
  frames: number
}

interface Waiter {
  readonly wanted: (sound: FrameSound | undefined) => boolean
  readonly frames: number
  readonly heard: () => void
  readonly failed: (error: Error) => void
  row: number
}

export class Ear {
  /** Audio packets received. */
  packets = 0
  /** Packets that did not come from where the call's audio comes from, or that are no RTP. */
  strays = 0
  /** Digits received as telephone events (RFC 4733). */
  digits = ''
  /** Called with each digit when its event ends. */
  onDigit: ((digit: string) => void) | undefined
  private readonly startMs = monotonicMs()
  private readonly continuity = new Continuity(this.startMs, (atMs, sound) => this.follow(sound, atMs))
  private readonly runs = new Map<Heard, Run>()
  private readonly spans: HeardSpan[] = []
  private readonly waiters = new Set<Waiter>()
  private lastFrame: { readonly payload: Uint8Array; readonly sound: FrameSound; readonly settled: boolean } | undefined
  private partial: Buffer = Buffer.alloc(0)
  private lastAudibleMs: number | undefined
  private eventTimestamp: number | undefined
  private closedMs: number | undefined

  /** An ear that does not listen only counts packets and digits. */
  constructor(readonly listening: boolean) {}

  /** Resolves once this tone is heard for 100 ms from now on, alone or with others. Rejects with {@link NotHeard}. */
  hears(hz: number, { withinMs = 5000 }: Within = {}): Promise<void> {
    assertTone(hz)
    return this.wait(`${hz} Hz`, (sound) => sound?.tones.includes(hz) ?? false, certainFrames, withinMs)
  }

  /** Resolves once something that is no steady tone is heard for 100 ms from now on: music, speech. */
  hearsMusic({ withinMs = 5000 }: Within = {}): Promise<void> {
    return this.wait('music', (sound) => sound?.kind === 'sound', certainFrames, withinMs)
  }

  /** Resolves once this tone has been absent for 100 ms of frames that did arrive. */
  losesTone(hz: number, { withinMs = 5000 }: Within = {}): Promise<void> {
    assertTone(hz)
    return this.wait(`no ${hz} Hz`, (sound) => !(sound?.tones.includes(hz) ?? false), certainFrames, withinMs)
  }

  /** The tones and sounds that can be heard at this moment. */
  hearsNow(): Heard[] {
    this.continuity.flush()
    const nowMs = monotonicMs()
    const now = [...this.runs].filter(([, run]) => run.frames >= spanFramesMin && nowMs - run.lastMs <= pauseMsMax)
    return now.map(([what]) => what)
  }

  /** For how long nothing has been heard, in ms; since the beginning of the call when nothing ever was. */
  silentForMs(): number {
    return Math.max(0, (this.closedMs ?? monotonicMs()) - (this.lastAudibleMs ?? this.startMs))
  }

  /**
   * Longest time in which neither tone nor music was heard, in ms. Counted from `fromNs` (by default from the first
   * sound; from the call's beginning if there was none) to `toNs` (by default to the end of the call, or now).
   */
  longestGapMs({ fromNs, toNs }: { fromNs?: bigint; toNs?: bigint } = {}): number {
    const toMs = toNs === undefined ? (this.closedMs ?? monotonicMs()) : msOf(toNs)
    return this.continuity.longestGapMs(toMs, fromNs === undefined ? undefined : msOf(fromNs))
  }

  /** Who and what was audible when, in order of beginning. Spans of less than 60 ms are left out. */
  heardTones(): HeardSpan[] {
    this.continuity.flush()
    const open = [...this.runs].filter(([, run]) => run.frames >= spanFramesMin).map(([what, run]) => spanOf(what, run))
    return [...this.spans, ...open].sort((a, b) => a.fromMs - b.fromMs)
  }

  /** Takes an audio packet. */
  audio(packet: RtpPacket, codec: G711): void {
    this.packets += 1
    if (!this.listening) return
    const whole = this.partial.length === 0 && packet.payload.length === frameSamples
    const data = whole ? packet.payload : Buffer.concat([this.partial, packet.payload])
    const early = this.partial.length
    for (let at = 0; at + frameSamples <= data.length; at += frameSamples) {
      this.frame(packet.source, packet.timestamp + at - early, codec, data.subarray(at, at + frameSamples))
    }
    this.partial = whole ? this.partial : Buffer.from(data.subarray(data.length - (data.length % frameSamples)))
  }

  /** Takes a telephone event packet: counts its digit once, when it ends. */
  event(packet: RtpPacket): void {
    const event = readEvent(packet.payload)
    if (event === undefined) return
    const nowMs = monotonicMs()
    // A digit is heard where the tone was: it is no gap.
    this.continuity.frame(nowMs, packet.source, packet.timestamp + event.duration - frameSamples, digitSound)
    this.lastAudibleMs = nowMs
    if (!event.end || packet.timestamp === this.eventTimestamp) return
    this.eventTimestamp = packet.timestamp
    this.digits += event.digit
    this.onDigit?.(event.digit)
  }

  /** The call is over: times stop here, whoever still waits is told. */
  close(): void {
    if (this.closedMs !== undefined) return
    this.closedMs = monotonicMs()
    for (const waiter of [...this.waiters]) waiter.failed(new Error('the call ended'))
  }

  private frame(source: number, timestamp: number, codec: G711, payload: Uint8Array): void {
    const nowMs = monotonicMs()
    const before = this.lastFrame
    // The same bytes twice, as a steady tone sends them, need to be listened to only once.
    const known = before?.settled === true && Buffer.compare(payload, before.payload) === 0
    const sound = known ? before.sound : listen(codec, payload, before?.payload)
    this.lastFrame = { payload, sound, settled: known || sound.kind !== 'sound' }
    if (sound.kind !== 'silence') this.lastAudibleMs = nowMs
    this.continuity.frame(nowMs, source, timestamp, sound)
    for (const waiter of [...this.waiters]) {
      waiter.row = waiter.wanted(sound) ? waiter.row + 1 : 0
      if (waiter.row >= waiter.frames) waiter.heard()
    }
  }

  private follow(sound: FrameSound, atMs: number): void {
    if (sound.kind === 'sound') this.extend('sound', atMs)
    else for (const hz of sound.tones) this.extend(hz, atMs)
    for (const [what, run] of this.runs) {
      if (atMs - run.lastMs <= pauseMsMax) continue
      this.runs.delete(what)
      this.keep(what, run)
    }
  }

  private extend(what: Heard, atMs: number): void {
    const run = this.runs.get(what)
    if (run !== undefined && atMs - run.lastMs <= pauseMsMax) {
      run.lastMs = atMs
      run.frames += 1
      return
    }
    if (run !== undefined) this.keep(what, run)
    this.runs.set(what, { fromMs: atMs, lastMs: atMs, frames: 1 })
  }

  private keep(what: Heard, run: Run): void {
    if (run.frames >= spanFramesMin && this.spans.length < spansMax) this.spans.push(spanOf(what, run))
  }

  private wait(what: string, wanted: Waiter['wanted'], frames: number, withinMs: number): Promise<void> {
    if (!this.listening) return Promise.reject(new Error('this phone has no ear: start it with media "tone"'))
    if (this.closedMs !== undefined) return Promise.reject(new NotHeard(`${what} was not heard: the call is over`))
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        this.waiters.delete(waiter)
        settle()
      }
      const fail = (why: string) => finish(() => reject(new NotHeard(`${what} was not heard: ${why}; ${this.account()}`)))
      const waiter: Waiter = { wanted, frames, row: 0, heard: () => finish(resolve), failed: (error) => fail(error.message) }
      const timer = setTimeout(() => fail(`${withinMs} ms went by`), withinMs)
      this.waiters.add(waiter)
    })
  }

  private account(): string {
    const spans = this.heardTones().slice(-5)
    const at = (ms: number) => Math.round(ms - this.startMs)
    const told = spans.map(({ what, fromMs, toMs }) => `${what} at ${at(fromMs)}-${at(toMs)} ms`)
    return `${this.packets} packets, last heard: ${told.length === 0 ? 'nothing' : told.join(', ')}`
  }
}

function spanOf(what: Heard, run: Run): HeardSpan {
  return { what, fromMs: run.fromMs, toMs: run.lastMs + frameMs }
}
