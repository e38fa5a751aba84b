/**
 * The one decision function. Takes an event, changes the room in place, and says what changed, what to ask of the PBX, and
 * why. Deterministic: same room, same event, same outcome. Cost grows with the logarithm of what waits.
 */
import { locateCaller } from './arrival.js'
import { agreeToCallback, withdrawCallback } from './callback.js'
import { arrive, callDue, channelGone, channelLeft } from './calls.js'
import { bringIn, dismiss, guestAnswered, guestOf, invite } from './conference.js'
import { dispatch } from './dispatch.js'
import type { Effect } from './effects.js'
import type { AgentId, CallId, Command, Event, LegId, Refusal } from './events.js'
import type { Fact } from './facts.js'
import { readNews } from './fallback.js'
import { assertSound } from './invariants.js'
import { deskCode, keyPressed } from './keys.js'
import { ownerOf, type Room } from './live-room.js'
import { personDue, phoneEngaged, phoneReachable } from './people.js'
import { listen, listenerAnswered, listenerOf } from './listening.js'
import { callOut, endUnmade } from './outgoing.js'
import { park, releaseOfAbsent } from './parking.js'
import { awayAnswered, awayBy, awayJoined, give, neighbourState, reserved } from './giving.js'
import { pick } from './picking.js'
import { joined, legAnswered, legRinging } from './pickup.js'
import { reservationAsked, reservationDropped } from './receiving.js'
import { reconcile } from './reconcile.js'
import { record, recordingBegan, recordingOver, recordingRefused } from './recording.js'
import { endOverride, setOverride } from './overrides.js'
import { applyRules } from './roster.js'
import type { Agent, Call } from './room.js'
import { move, pause, ready, signIn, signOut } from './shifts.js'
import { conversationOf, giveBack, leave, moveCall, passOn, qualify, takeBack, transfer } from './transfers.js'
import { watchStaffing } from './staffing.js'
import { CANARY, type Override } from './rules.js'
import { Turn } from './turn.js'

export interface Outcome {
  /** Records to write; null for a call that left the room. */
  readonly calls: ReadonlyMap<CallId, Call | null>
  /** Records to write; null for people the rules no longer name. */
  readonly agents: ReadonlyMap<AgentId, Agent | null>
  /** To be performed in order, after the commit. */
  readonly effects: readonly Effect[]
  readonly facts: readonly Fact[]
  /** How far the fallback's record is read now; null when that did not change. */
  readonly fallbackMark: string | null
  /** All that are in force, to be written; null when they did not change. */
  readonly overrides: readonly Override[] | null
  /** Why a command was not carried out; nothing changed then. */
  readonly refusal: Refusal | null
}

/** One thing that is due leads to another, and to a third at most. */
const roundsMax = 3

/** @throws when the room is no longer sound: a programmer's error, never bad input. */
export function step(room: Room, event: Event): Outcome {
  const turn = new Turn(room, event.at)
  const markBefore = room.fallbackMark
  if (room.unsaid) turn.takeUp(room.unsaid)
  room.unsaid = null
  const refusal = handle(turn, event)
  if (refusal) {
    const call = 'call' in event && typeof event.call === 'string' && room.calls.has(event.call) ? event.call : null
    const agent = 'agent' in event && room.agents.has(event.agent) ? event.agent : null
    turn.note({ type: 'refused', command: event.type, call, agent, why: refusal })
  }
  // What fell due is looked at after the event itself: a phone picked up at the last millisecond counts.
  turn.settle()
  // And what that makes due: a place from before, whose next moment has passed meanwhile.
  for (let round = 0; round < roundsMax && tick(turn); round++) turn.settle()
  releaseOfAbsent(turn)
  endUnmade(turn)
  dispatch(turn)
  give(turn)
  record(turn)
  watchStaffing(turn)
  assertSound(turn)
  return {
    calls: new Map([...turn.calls].map((id) => [id, room.calls.get(id) ?? null])),
    agents: new Map([...turn.agents].map((id) => [id, room.agents.get(id) ?? null])),
    effects: turn.effects,
    facts: turn.facts,
    fallbackMark: room.fallbackMark === markBefore ? null : room.fallbackMark,
    overrides: turn.overridesTouched ? [...room.overrides.values()] : null,
    refusal,
  }
}

/** When the room next wants a `tick`, or other rules: see `Rules.until`; null when nothing waits for time. */
export const nextDeadline = ({ deadlines, rules: { until } }: Room): number | null => {
  const next = deadlines.next()
  return until === null || (next !== null && next <= until) ? next : until
}

function handle(turn: Turn, event: Event): Refusal | null {
  switch (event.type) {
    case 'call-arrived':
      return done(arrive(turn, event))
    case 'caller-located':
      return done(locateCaller(turn, event))
    case 'leg-ringing':
      return done(guestOf(turn, event.leg) ?? listenerOf(turn, event.leg) ?? awayBy(turn, event.leg) ? undefined : legRinging(turn, event.leg))
    case 'leg-answered':
      return done(answered(turn, event.leg))
    case 'joined':
      return done(awayJoined(turn, event) ? undefined : joined(turn, event.bridge, event.channel))
    case 'channel-gone':
      return done(channelGone(turn, event.channel, event.cause))
    case 'channel-left':
      return done(channelLeft(turn, event.channel))
    case 'dtmf':
      return done(keyPressed(turn, event.channel, event.digit))
    case 'desk-code':
      return done(deskCode(turn, event))
    case 'phone-reachable':
      return done(event.reachable ? phoneReachable(turn, event.phone) : undefined)
    case 'phone-engaged':
      return done(phoneEngaged(turn, event.phone, event.engaged))
    case 'neighbour-state':
      return done(neighbourState(turn, event))
    case 'reserved':
      return done(reserved(turn, event))
    case 'reservation-asked':
      return done(reservationAsked(turn, event))
    case 'reservation-dropped':
      return done(reservationDropped(turn, event))
    case 'fallback-news':
      return done(readNews(turn, event.news, true))
    case 'recording-began':
      return done(recordingBegan(turn, event))
    case 'recording-over':
      return done(recordingOver(turn, event))
    case 'recording-refused':
      return done(recordingRefused(turn, event))
    case 'inventory':
      return done(reconcile(turn, event))
    case 'tick':
      return null
    case 'rules':
      return done(applyRules(turn, event))
    default:
      return command(turn, event)
  }
}

function command(turn: Turn, event: Command): Refusal | null {
  // Who picks up there is no person.
  if (('to' in event && event.to === CANARY) || ('target' in event && event.target === CANARY)) return 'unknown-target'
  switch (event.type) {
    case 'sign-in':
      return signIn(turn, event)
    case 'sign-out':
      return signOut(turn, event)
    case 'ready':
      return ready(turn, event)
    case 'pause':
      return pause(turn, event)
    case 'move':
      return move(turn, event)
    case 'qualify':
      return qualify(turn, event)
    case 'name-caller':
      return nameCaller(turn, event)
    case 'transfer':
      return transfer(turn, event)
    case 'leave':
      return leave(turn, event)
    case 'take-back':
      return takeBack(turn, event)
    case 'pass-on':
      return passOn(turn, event)
    case 'give-back':
      return giveBack(turn, event)
    case 'override':
      return setOverride(turn, event)
    case 'end-override':
      return endOverride(turn, event)
    case 'listen':
      return listen(turn, event)
    case 'move-call':
      return moveCall(turn, event)
    case 'pick':
      return pick(turn, event)
    case 'park':
      return park(turn, event)
    case 'callback':
      return agreeToCallback(turn, event)
    case 'withdraw-callback':
      return withdrawCallback(turn, event)
    case 'invite':
      return invite(turn, event)
    case 'bring-in':
      return bringIn(turn, event)
    case 'dismiss':
      return dismiss(turn, event)
    case 'call-out':
      return callOut(turn, event)
    default:
      return assertNever(event)
  }
}

function answered(turn: Turn, leg: LegId): void {
  const guest = guestOf(turn, leg)
  const listening = listenerOf(turn, leg)
  const away = awayBy(turn, leg)
  if (away) awayAnswered(turn, away)
  else if (guest) guestAnswered(turn, guest)
  else if (listening) listenerAnswered(turn, listening, leg)
  else legAnswered(turn, leg)
}

/** @returns whether anything was due */
function tick(turn: Turn): boolean {
  const due = turn.room.deadlines.due(turn.at)
  for (const key of due) {
    const owner = ownerOf(key)
    if ('agent' in owner) personDue(turn, turn.agent(owner.agent))
    else if ('call' in owner) {
      const call = turn.room.calls.get(owner.call)
      if (call) callDue(turn, call)
    } else turn.room.deadlines.set(key, null)
  }
  return due.length > 0
}

function nameCaller(turn: Turn, event: Extract<Command, { type: 'name-caller' }>): Refusal | null {
  const found = conversationOf(turn, event.agent, event.call)
  if (typeof found === 'string') return found
  const { call } = found
  if (!call.drm) return 'unknown-call'
  call.drm.callerName = event.name
  turn.touchCall(call)
  turn.note({ type: 'caller-named', call: call.id, drm: call.drm.id, agent: event.agent })
  return null
}

const done = (_: void): null => null

function assertNever(value: never): never {
  throw new Error(`unhandled ${JSON.stringify(value)}`)
}
