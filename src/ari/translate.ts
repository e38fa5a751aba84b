/**
 * From ARI events to the words of the core. Callers enter with `Stasis(app,call,TRUNK,NUMBER,[VISIT],[located],[GIVEN,HISTORY])`, agents' legs are originated
 * with the arguments `leg,LEG` under channel id LEG.
 *
 * A channel's end is told up to three times (ChannelHangupRequest, StasisEnd, ChannelDestroyed, within 1 ms on a BYE); which
 * come depends on how it ended, so the first one counts and the others are dropped.
 */
import type { AriEvent, Channel, LiveRecording } from './generated.js'
import type { Arrival, GoneCause, PbxEvent } from '../routing/events.js'
import { readGiven } from './given-header.js'
import { callOfChannel, isLegName, recordedBy } from '../routing/turn.js'
import { phoneOf } from '../sip-endpoints.js'

/** All that is asked of Asterisk; the rest is filtered at the source. */
export const usedEventTypes = [
  'StasisStart',
  'StasisEnd',
  'ChannelStateChange',
  'ChannelHangupRequest',
  'ChannelDestroyed',
  'ChannelEnteredBridge',
  'ChannelDtmfReceived',
  'PlaybackFinished',
  'RecordingStarted',
  'RecordingFinished',
  'RecordingFailed',
] as const satisfies readonly AriEvent['type'][]

export const callArgument = 'call'
export const legArgument = 'leg'
export const deskArgument = 'desk'
export const locatedArgument = 'located'
export const toneArgument = 'tone'
export const recordArgument = 'record'

/** Channels that only carry a tone to an agent have ids of this form; the core never hears of them. */
export const tonePrefix = 'tone-'

export const carriesTone = (channel: string): boolean => channel.startsWith(tonePrefix)

/** Of channels that record a caller the core hears by what they write, not by how they come and go. */
export const isRecorder = (channel: string): boolean => recordedBy(channel) !== null

/** A leg, a tone or a recorder that an engine made. */
export const isOurs = (channel: string): boolean => isLegName(channel) || carriesTone(channel) || isRecorder(channel)

/** ITU-T Q.850 causes, as Asterisk derives them from SIP (0 and 127: no cause, or a CANCEL). */
const causes: Readonly<Record<number, GoneCause>> = {
  0: 'normal',
  16: 'normal',
  31: 'normal',
  127: 'normal',
  26: 'elsewhere',
  17: 'busy',
  21: 'refused',
  18: 'no-answer',
  19: 'no-answer',
  1: 'unreachable',
  2: 'unreachable',
  3: 'unreachable',
  20: 'unreachable',
  22: 'unreachable',
  27: 'unreachable',
  28: 'unreachable',
  34: 'unreachable',
  38: 'unreachable',
}

/** Everything not listed (44: no more RTP, 58: no codec in common, …) is `failed`. */
export const goneCause = (q850: number | undefined): GoneCause =>
  q850 === undefined ? 'normal' : (causes[q850] ?? 'failed')

/**
 * A soft hangup request is nobody's wish to end a call: the device went silent, Asterisk is shutting down, or somebody asked for it by
 * ARI or at the console. What this engine asked for itself the core expects; what an earlier one did must not cost the caller their call.
 */
const endedByNobody: GoneCause = 'failed'

export type Translation =
  | PbxEvent
  /** Somebody put a channel in the application that is neither a caller nor a leg of ours. */
  | { type: 'stranger'; channel: string }
  /** A caller left the application: gone, or alive in the dialplan. The event does not tell which (measured). */
  | { type: 'caller-out'; channel: string }
  | { type: 'sound-over'; sound: string }
  | { type: 'tone-ready'; channel: string; accepted: boolean }
  | { type: 'recorder-ready'; recorder: string }
  /** An event without what its type promises. */
  | { type: 'malformed' }
  | null

/** Forgets the oldest beyond this: an end is told again within milliseconds, not after thousands of others. */
const endedMax = 4_096

export class Translator {
  readonly #ended = new Set<string>()

  /** What the event means for the room; null when nothing. @param at milliseconds since the epoch */
  translate(event: AriEvent, at: number): Translation {
    try {
      return this.#read(event, at)
    } catch {
      return { type: 'malformed' }
    }
  }

  /** The end of a channel, whoever tells it; null when it was told already. */
  end(channel: string, cause: GoneCause, at: number): Extract<PbxEvent, { type: 'channel-gone' }> | null {
    if (carriesTone(channel) || isRecorder(channel) || this.#ended.has(channel)) return null
    this.#ended.add(channel)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= endedMax) break
      this.#ended.delete(oldest)
    }
    return { type: 'channel-gone', at, channel, cause }
  }

  #out(channel: string, at: number): Translation {
    if (isOurs(channel)) return this.end(channel, 'normal', at)
    return this.#ended.has(channel) ? null : { type: 'caller-out', channel }
  }

  /** Tells ends again: what was told while nobody could take it is not known. */
  forgetEnds(): void {
    this.#ended.clear()
  }

  /** Whether the end of this channel was told lately. */
  isOver(channel: string): boolean {
    return this.#ended.has(channel)
  }

  #read(event: AriEvent, at: number): Translation {
    switch (event.type) {
      case 'StasisStart':
        this.#ended.delete(event.channel.id)
        // No caller, whatever becomes of it.
        if (event.args[0] === deskArgument) this.#ended.add(event.channel.id)
        return started(event.channel, event.args, at)
      case 'ChannelStateChange':
        // Only legs ring: a caller's channel is in state Ring.
        return event.channel.state === 'Ringing' ? { type: 'leg-ringing', at, leg: id(event.channel) } : null
      case 'ChannelEnteredBridge':
        if (!event.channel) return { type: 'malformed' }
        return { type: 'joined', at, bridge: text(event.bridge.id), channel: id(event.channel) }
      case 'ChannelDtmfReceived':
        return { type: 'dtmf', at, channel: id(event.channel), digit: text(event.digit) }
      case 'ChannelHangupRequest':
        return this.end(id(event.channel), event.soft ? endedByNobody : goneCause(event.cause), at)
      case 'StasisEnd':
        return this.#out(id(event.channel), at)
      case 'ChannelDestroyed':
        return this.end(id(event.channel), goneCause(event.cause), at)
      case 'PlaybackFinished':
        return { type: 'sound-over', sound: text(event.playback.id) }
      case 'RecordingStarted':
        return ofRecorder(event.recording, (recorder) => ({ type: 'recording-began', at, recorder }))
      case 'RecordingFinished':
        return ofRecorder(event.recording, (recorder) => ({ type: 'recording-over', at, recorder, durationMs: 1_000 * (event.recording.duration ?? 0) }))
      case 'RecordingFailed':
        return ofRecorder(event.recording, (recorder) => ({ type: 'recording-refused', at, recorder }))
      default:
        return null
    }
  }
}

/** Null for what is recorded by anybody else. */
function ofRecorder({ target_uri: target }: LiveRecording, told: (recorder: string) => PbxEvent): PbxEvent | null {
  const recorder = target.replace(/^channel:/, '')
  return isRecorder(recorder) ? told(recorder) : null
}

/** The arrival of a caller found in the application, from the dialplan call that put them there; null for any other channel. */
export function arrivalOf(channel: Channel, app: string, at: number): Arrival | null {
  const { app_name: name, app_data: data = '' } = channel.dialplan as { app_name?: string; app_data?: string }
  const [inApp, role, ...rest] = data.split(',')
  return name === 'Stasis' && inApp === app && role === callArgument ? arrived(channel, rest, at) : null
}

function started(channel: Channel, args: readonly string[], at: number): Translation {
  const [role, ...rest] = args
  if (role === toneArgument && carriesTone(id(channel)))
    return { type: 'tone-ready', channel: id(channel), accepted: rest[0] === 'accepted' }
  if (role === recordArgument && isRecorder(id(channel))) return { type: 'recorder-ready', recorder: id(channel) }
  if (role === legArgument && rest[0] === channel.id) return { type: 'leg-answered', at, leg: id(channel) }
  const [endpoint, code] = rest
  if (role === deskArgument && endpoint && code) return { type: 'desk-code', at, channel: id(channel), phone: phoneOf(endpoint), code }
  const arrival = role === callArgument ? arrived(channel, rest, at) : null
  return arrival ? { type: 'call-arrived', at, ...arrival } : { type: 'stranger', channel: id(channel) }
}

function arrived(channel: Channel, [trunk, number, visit, located, call = '', history = '']: readonly string[], at: number): Arrival | null {
  if (!trunk || !number) return null
  const given = readGiven(decoded(call), decoded(history))
  const arrivedAt = Date.parse(channel.creationtime)
  return {
    call: callOfChannel(id(channel)),
    ...(callOfChannel(id(channel)) !== id(channel) && { channel: id(channel) }),
    trunk,
    number,
    caller: callerNumber(channel.caller?.number),
    // t0: Asterisk makes the channel on reading the INVITE.
    arrivedAt: Number.isNaN(arrivedAt) ? at : arrivedAt,
    answered: channel.state === 'Up',
    ...(visit !== undefined && /^\d{1,9}$/.test(visit) && { visit: Number(visit) }),
    ...(located === locatedArgument && { located: true as const }),
    ...(given && { given }),
  }
}

/** Headers come through the dialplan's URIENCODE: no comma of theirs is one of its own. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return 'unreadable'
  }
}

/** Where callers go on in the dialplan when they leave the application alive; see asterisk/extensions.conf. */
export const fallback = { context: 'fallback', queueFull: 'queue-full', engineBack: 'engine-back' } as const

/** Whether the dialplan's fallback has the caller. Whom it gave back stands in its context too, elsewhere in it. */
export function isWithFallback({ dialplan }: Channel): boolean {
  const { context, exten } = dialplan as { context?: string; exten?: string }
  return context === fallback.context && exten !== fallback.engineBack
}

/**
 * Whether a caller is in the dialplan between the trunk, the application and the end. Whom the application had is there after a
 * hang-up only; whoever just came is announced, or taken by the fallback, within a second.
 */
export function isLeaving({ dialplan }: Channel): boolean {
  const { context = '', exten } = dialplan as { context?: string; exten?: string }
  // Elsewhere in `unseen` are those whom the fallback gives back.
  return context.startsWith('trunk-') || (context === 'unseen' && exten === 'left')
}

/** What a phone can display and dial; SIP lets anything be written there. Null when withheld from us too (R-IN-2). */
function callerNumber(shown: string | undefined): string | null {
  return shown !== undefined && /^\+?[0-9*#]{1,32}$/.test(shown) ? shown : null
}

const id = (channel: Channel): string => text(channel.id)

function text(value: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError('no text')
  return value
}
