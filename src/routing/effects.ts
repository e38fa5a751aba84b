/**
 * What the core asks of the PBX. Performed in order, after the commit of the decision that asked for them.
 * The core names every leg, bridge and sound itself, so an effect done twice is recognised and one never done is seen.
 */
import type { BridgeId, CallerLocation, CallId, ChannelId, Given, LegId, ReservationAsk } from './events.js'
import type { NeighbourId } from './rules.js'

export type SoundId = string

/** Added to the PBX's own timeout of a ring or call, ms: that one only serves when no engine is there to end it. */
export const lastResortMs = 5_000

export type Effect =
  /** Answer the caller's channel (SIP 200). */
  | { type: 'answer'; channel: ChannelId }
  /** Music on hold on a channel that is in no bridge. */
  | { type: 'music'; channel: ChannelId }
  /** Play sounds to a caller who waits, then music again. `hush` cuts it short: a sound never delays a pickup. */
  | { type: 'say'; channel: ChannelId; sound: SoundId; media: readonly string[] }
  | { type: 'hush'; sound: SoundId }
  /**
   * Ring a phone: a new channel named `leg`. `caller` is whose codec is offered first, if they are there; `shown` their number for
   * the phone's display, `location` where they are, if known.
   */
  | { type: 'ring'; leg: LegId; phone: string; caller: ChannelId | null; shown: string | null; location?: CallerLocation; timeoutMs: number }
  /**
   * Call a number outside on a trunk: a new channel named `leg`. `shown` is the number that whoever is called sees. Of a caller who is
   * called back, `calledAs` is the number they had dialled: the fallback may have them once they answered.
   */
  | { type: 'dial'; leg: LegId; trunk: string; number: string; call: CallId; shown: string | null; timeoutMs: number; calledAs?: string }
  /** Give a caller to another SAS: a new channel named `leg`, whose INVITE says what there is to say. */
  | { type: 'give'; leg: LegId; trunk: string; number: string; caller: ChannelId; shown: string | null; location: CallerLocation | null; given: Given; timeoutMs: number }
  /** A call that another SAS gives is not taken: it stays there. */
  | { type: 'refuse'; channel: ChannelId }
  /** Ask a neighbour for a place, and give it up. Performed by who speaks to neighbours, not by the PBX. */
  | { type: 'reserve'; leg: LegId; neighbour: NeighbourId; ask: ReservationAsk }
  | { type: 'give-up'; neighbour: NeighbourId; reservation: string }
  /** An agent hears that somebody is being called, until bridged. */
  | { type: 'ringback'; channel: LegId }
  /** Make a bridge and put these channels in it. */
  | { type: 'join'; bridge: BridgeId; channels: readonly ChannelId[] }
  /** Put one more channel into a conversation. */
  | { type: 'add'; bridge: BridgeId; channel: ChannelId }
  /** End a bridge; channels in it are alone again until the effects that follow. */
  | { type: 'dissolve'; bridge: BridgeId }
  /** A new channel named `ear` hears a leg and whom it hears; what is said into it, for a whisper, that leg alone hears. */
  | { type: 'listen'; ear: LegId; on: LegId; whisper: boolean }
  /** A new channel named `recorder` writes down what is said and heard on `channel`, until that ends: behind what was written of it before. */
  | { type: 'record'; recorder: LegId; channel: ChannelId }
  /** What is said meanwhile is not written down. */
  | { type: 'pause-recording'; recorder: LegId; paused: boolean }
  | { type: 'end-recording'; recorder: LegId }
  /** `elsewhere`: who rings there is told that the call is served here, and counts here. */
  | { type: 'hang-up'; channel: ChannelId; elsewhere?: true }
  /** A short tone heard by one agent alone: a code was understood (`accepted`) or not. */
  | { type: 'beep'; channel: LegId; accepted: boolean }
  /** A phone that dialled a code hears whether it was understood, and is free again. */
  | { type: 'confirm'; channel: ChannelId; accepted: boolean }
  /** Give the caller back to the dialplan's fallback. */
  | { type: 'hand-back'; channel: CallId }
