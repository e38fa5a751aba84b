/** What each effect asks of Asterisk: as few requests as do it, in an order that leaves the caller no gap. */
import { headerFor } from '../location/header.js'
import { isOutside } from '../sip-endpoints.js'
import type { Effect } from '../routing/effects.js'
import { recordedBy } from '../routing/turn.js'
import { headersOf } from './given-header.js'
import { fallback, legArgument, recordArgument, toneArgument, tonePrefix } from './translate.js'
import type { OperationName, Params } from './port.js'

export type Step = {
  readonly [O in OperationName]: { readonly operation: O; readonly params: Params<O> }
}[OperationName]

/** What an agent hears after dialling a code. Never `tone:`, which has no end (measured). */
const tones = { accepted: 'sound:beep', refused: 'sound:beeperr' } as const

/** Without `dtmf_events`, two phones' RTP goes past Asterisk's core, and the codes an agent dials are never told (measured). */
const conversation = 'mixing,dtmf_events'

export function stepsOf(effect: Effect, app: string): readonly Step[] {
  switch (effect.type) {
    case 'answer':
      return [{ operation: 'channels.answer', params: { channelId: effect.channel } }]
    case 'music':
      return [startMusic(effect.channel)]
    case 'say':
      // A sound ends the music; started right behind, music waits in Asterisk until the sound is over (measured).
      return [play(effect.channel, effect.sound, effect.media), startMusic(effect.channel)]
    case 'hush':
      return [hush(effect.sound)]
    case 'ring':
      return [ring(effect, app)]
    case 'dial':
      return [dial(effect, app)]
    case 'give':
      return [give(effect, app)]
    case 'refuse':
      return [refuse(effect.channel)]
    case 'reserve':
    case 'give-up':
      throw new Error(`${effect.type} is nothing for a PBX`)
    case 'ringback':
      return [startMusic(effect.channel, ringbackClass)]
    case 'listen':
      return [listen(effect, app)]
    case 'join':
      return [
        { operation: 'bridges.createWithId', params: { bridgeId: effect.bridge, type: conversation } },
        addTo(effect.bridge, effect.channels),
      ]
    case 'add':
      return [addTo(effect.bridge, effect.channel)]
    case 'dissolve':
      return [{ operation: 'bridges.destroy', params: { bridgeId: effect.bridge } }]
    case 'record':
      return [hear(effect, app)]
    case 'pause-recording':
      return [pauseWriting(effect.recorder, effect.paused)]
    case 'end-recording':
      return [hangUp(effect.recorder)]
    case 'hang-up':
      return [hangUp(effect.channel, effect.elsewhere)]
    case 'beep':
      return [whisperTo(effect, app)]
    case 'confirm':
      return [confirm(effect)]
    case 'hand-back':
      return [handBack(effect.channel)]
    default:
      return assertNever(effect)
  }
}

/**
 * The same effects, with each ring before what callers are to hear: neither needs the other, and an engine that has just taken
 * over a full line starts music for everybody in it before anybody is rung otherwise. The order of anything else is kept.
 */
export function ringFirst(effects: readonly Effect[]): readonly Effect[] {
  const ordered: Effect[] = []
  for (const effect of effects) {
    let place = ordered.length
    if (effect.type === 'ring') while (place > 0 && isHeard(ordered[place - 1])) place -= 1
    ordered.splice(place, 0, effect)
  }
  return ordered
}

/**
 * Digits stay with the engine: a caller is not to hear an agent's codes, and a far end that echoes telephone events
 * (RFC 4733) must not send them round for ever (measured).
 */
const addTo = (bridgeId: string, channel: string | readonly string[]): Step => ({
  operation: 'bridges.addChannel',
  params: { bridgeId, channel, absorbDTMF: true },
})

const isHeard = (effect: Effect | undefined): boolean =>
  effect !== undefined && (effect.type === 'answer' || effect.type === 'music' || effect.type === 'say' || effect.type === 'hush')

/** The class of asterisk/musiconhold.conf that sounds like a phone that rings elsewhere. */
const ringbackClass = 'ringback'

export const startMusic = (channelId: string, mohClass?: string): Step => ({
  operation: 'channels.startMoh',
  params: { channelId, ...(mohClass !== undefined && { mohClass }) },
})

export const stopMusic = (channelId: string): Step => ({ operation: 'channels.stopMoh', params: { channelId } })

export const hush = (playbackId: string): Step => ({ operation: 'playbacks.stop', params: { playbackId } })

const confirm = ({ channel, accepted }: Extract<Effect, { type: 'confirm' }>): Step => ({
  operation: 'channels.continueInDialplan',
  params: { channelId: channel, context: 'phones', extension: accepted ? 'understood' : 'refused', priority: 1 },
})

const handBack = (channelId: string): Step => ({
  operation: 'channels.continueInDialplan',
  params: { channelId, context: fallback.context, extension: fallback.queueFull, priority: 1 },
})

/**
 * A channel that speaks to one leg alone, over the conversation. Played on the leg itself, a sound interrupts it both ways, and
 * now and then leaves the leg stuck for ever when its bridge ends in that millisecond (measured).
 */
const whisperTo = ({ channel, accepted }: Extract<Effect, { type: 'beep' }>, app: string): Step => ({
  operation: 'channels.snoopChannelWithId',
  params: {
    channelId: channel,
    snoopId: `${tonePrefix}${channel}-${(tonesMade += 1)}-${process.pid}`,
    spy: 'none',
    whisper: 'out',
    app,
    appArgs: `${toneArgument},${accepted ? 'accepted' : 'refused'}`,
  },
})

/** Both sides of a leg, and into it what is whispered. */
const listen = ({ ear, on, whisper }: Extract<Effect, { type: 'listen' }>, app: string): Step => ({
  operation: 'channels.snoopChannelWithId',
  params: { channelId: on, snoopId: ear, spy: 'both', whisper: whisper ? 'out' : 'none', app, appArgs: `${legArgument},${ear}` },
})

/** Both sides of the caller's channel. */
const hear = ({ recorder, channel }: Extract<Effect, { type: 'record' }>, app: string): Step => ({
  operation: 'channels.snoopChannelWithId',
  params: { channelId: channel, snoopId: recorder, spy: 'both', whisper: 'none', app, appArgs: recordArgument },
})

/** Of the file, and of what Asterisk writes to it: one for each channel of a caller's, so that nothing is written twice (409). */
const recordingName = (recorder: string): string => recordedBy(recorder) ?? recorder

/** Once the recorder is there. The format needs no encoder: what a recorder hears is linear already. */
export const write = (recorder: string): Step => ({
  operation: 'channels.record',
  params: { channelId: recorder, name: recordingName(recorder), format: 'wav', ifExists: 'append', maxDurationSeconds: 0 },
})

/** Asterisk takes it as done when it is so already. */
export const pauseWriting = (recorder: string, paused: boolean): Step => ({
  operation: paused ? 'recordings.pause' : 'recordings.unpause',
  params: { recordingName: recordingName(recorder) },
})

export const writingOf = (recorder: string): Params<'recordings.getLive'> => ({ recordingName: recordingName(recorder) })

let tonesMade = 0

/** Plays it, once its channel is there; the sound's id is the channel's. */
export const playTone = (channelId: string, accepted: boolean): Step =>
  play(channelId, channelId, [accepted ? tones.accepted : tones.refused])

/** Of a call that is served elsewhere, SIP says so in Reason (RFC 3326). */
export const hangUp = (channelId: string, elsewhere = false): Step => ({ operation: 'channels.hangup', params: { channelId, ...(elsewhere && { reason_code: '26' }) } })

const play = (channelId: string, playbackId: string, media: readonly string[]): Step => ({
  operation: 'channels.playWithId',
  params: { channelId, playbackId, media },
})

function ring({ leg, phone, caller, shown, location, timeoutMs }: Extract<Effect, { type: 'ring' }>, app: string): Step {
  // A platform outside is told where callers are by nobody.
  const geolocation = location && !isOutside(phone) ? headerFor(location) : null
  return {
    operation: 'channels.originateWithId',
    params: {
      channelId: leg,
      endpoint: `PJSIP/${phone}`,
      app,
      appArgs: `${legArgument},${leg}`,
      timeout: Math.ceil(timeoutMs / 1_000),
      // Offers the caller's codec first, so that nothing is transcoded.
      ...(caller !== null && { originator: caller }),
      ...(shown !== null && { callerId: shown }),
      ...(geolocation !== null && { variables: { 'PJSIP_HEADER(add,Geolocation)': geolocation } }),
    },
  }
}

const dial = ({ leg, trunk, number, shown, timeoutMs, calledAs }: Extract<Effect, { type: 'dial' }>, app: string): Step => ({
  operation: 'channels.originateWithId',
  params: {
    channelId: leg,
    endpoint: `PJSIP/${number}@${trunk}`,
    app,
    appArgs: `${legArgument},${leg}`,
    timeout: Math.ceil(timeoutMs / 1_000),
    ...(shown !== null && { callerId: shown }),
    // What the dialplan's fallback knows of a caller, see asterisk/extensions.conf.
    ...(calledAs !== undefined && { variables: { FALLBACK_PRIORITY: '0', FALLBACK_TRUNK: trunk, FALLBACK_DIALLED: calledAs } }),
  },
})

/** Rings there until somebody picks up: this caller hears what they heard before. */
const give = ({ leg, trunk, number, caller, shown, location, given, timeoutMs }: Extract<Effect, { type: 'give' }>, app: string): Step => {
  const geolocation = location && headerFor(location)
  const headers = { ...headersOf(given, number), ...(geolocation && { Geolocation: geolocation }) }
  return {
    operation: 'channels.originateWithId',
    params: {
      channelId: leg,
      endpoint: `PJSIP/${number}@${trunk}`,
      app,
      appArgs: `${legArgument},${leg}`,
      timeout: Math.ceil(timeoutMs / 1_000),
      originator: caller,
      ...(shown !== null && { callerId: shown }),
      variables: Object.fromEntries(Object.entries(headers).map(([name, value]) => [`PJSIP_HEADER(add,${name})`, value])),
    },
  }
}

/** 403 for whoever sent it. */
const refuse = (channelId: string): Step => ({ operation: 'channels.hangup', params: { channelId, reason_code: '21' } })

/** Ends by itself once the fallback rings nobody any more: see asterisk/extensions.conf. */
export const askForQuiet = (channelId: string): Step => ({
  operation: 'channels.originateWithId',
  params: { channelId, endpoint: 'Local/s@engine-joins/n', context: 'watchdog-idle', extension: 's', priority: 1, timeout: 5 },
})

/** The variable that the dialplan's watchdog looks at: as long as it changes, there is an engine at work. */
export const beat = (value: string): Step => ({ operation: 'asterisk.setGlobalVar', params: { variable: 'ENGINE_BEAT', value } })

function assertNever(value: never): never {
  throw new Error(`unhandled ${JSON.stringify(value)}`)
}
