/** Guests of a conversation: what becomes of them and of a caller who waits apart, when somebody else acts. What is asked about them is in `conference`. */
import type { GoneCause } from './events.js'
import { playMusic } from './pickup.js'
import { callerOf, type Call, type Guest, type Talking } from './room.js'
import type { Turn } from './turn.js'

/** Guests who are on the line. */
export const present = ({ guests }: Talking): Guest[] => guests.filter(({ phase }) => phase === 'there')

/** A guest is off the line, or is called no more. @param gone their channel has ended */
export function removeGuest(turn: Turn, call: Call, state: Talking, guest: Guest, why: GoneCause | 'dismissed', gone: boolean): void {
  state.guests = state.guests.filter((other) => other !== guest)
  turn.touchCall(call)
  if (!gone) turn.hangUp(guest.leg)
  turn.note({ type: 'guest-left', call: call.id, guest: guest.leg, why, talkMs: guest.phase === 'there' ? turn.at - guest.since : 0 })
}

/** All of them: the conversation is over, or goes elsewhere. */
export function dismissGuests(turn: Turn, call: Call, state: Talking): void {
  for (const guest of state.guests) removeGuest(turn, call, state, guest, 'dismissed', false)
}

/** From here on the others talk among themselves, and the caller hears music. */
export function holdCaller(turn: Turn, call: Call, state: Talking): void {
  const { bridge } = state
  state.bridge = turn.bridgeName(call)
  state.callerHeld = true
  turn.do({ type: 'dissolve', bridge })
  playMusic(turn, call)
  turn.do({ type: 'join', bridge: state.bridge, channels: [...state.parties, ...present(state)].map(({ leg }) => leg) })
}

/** The caller is with the others again. */
export function fetchCaller(turn: Turn, call: Call, state: Talking): void {
  if (!state.callerHeld) return
  state.callerHeld = false
  turn.touchCall(call)
  turn.do({ type: 'add', bridge: state.bridge, channel: callerOf(call) })
}
