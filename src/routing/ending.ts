/** Every call leaves the room here, with exactly one outcome. */
import type { ChannelId } from './events.js'
import type { EndReason, Outcome } from './facts.js'
import { stay } from './giving.js'
import { dismissGuests } from './guests.js'
import { dismissListeners } from './listening.js'
import { endWork } from './people.js'
import { withdrawOffer } from './pickup.js'
import type { Call, Talking } from './room.js'
import { N1 } from './rules.js'
import type { Turn } from './turn.js'

/** Everybody is off the line, and the conversation's bridge ended. @param gone a leg that has ended already */
export function dismissParties(turn: Turn, call: Call, state: Talking, why: 'hung-up' | 'lost', gone?: ChannelId): void {
  const { parties, bridge } = state
  dismissGuests(turn, call, state)
  dismissListeners(turn, call, state)
  for (const { agent, leg, since, queue } of parties) {
    turn.note({ type: 'left', call: call.id, agent, talkMs: turn.at - since, why })
    if (leg !== gone) turn.hangUp(leg)
    endWork(turn, turn.agent(agent), call.id, queue)
  }
  turn.do({ type: 'dissolve', bridge })
}

/**
 * @param at when it ended, if that was before it was known here
 * @param waiting whether the caller was with nobody; by default, whether they sought somebody
 * @param gone the channel whose end ended the call
 * @param sure false for a caller who may still be with the fallback, and come back
 */
export function endCall(
  turn: Turn,
  call: Call,
  outcome: Outcome,
  why: EndReason,
  { gone, at = turn.at, waiting = call.state.kind === 'seeking', sure = true }: { gone: ChannelId; at?: number; waiting?: boolean; sure?: boolean },
): void {
  const stage = stageOf(call)
  turn.touchCall(call)
  turn.room.close(call, sure)
  stay(turn, call, 'ended', false)
  for (const offer of [...(call.state.ticket?.offers ?? [])]) withdrawOffer(turn, call, offer, { callerGone: true })
  if (call.state.kind === 'talking') dismissParties(turn, call, call.state, 'hung-up', gone)
  if (call.channel !== null && call.channel !== gone) turn.hangUp(call.channel)
  turn.note({ type: 'ended', call: call.id, outcome: outcomeOf(call, outcome), why, sinceArrivalMs: Math.max(0, at - call.arrivedAt), stage, waiting })
}

/** Of a call that nobody here answered, whoever it was with counts it. */
function outcomeOf({ outgoing, received, givenTo, pickedUpAt }: Call, outcome: Outcome): Outcome {
  if (outgoing) return 'outgoing'
  if (pickedUpAt !== null) return outcome
  return givenTo ? 'neighbour' : received ? 'returned' : outcome
}

/** The level that had the call at its end: N2 once it was sorted, or where it entered. */
function stageOf(call: Call): 'n1' | 'n2' {
  return call.orientation === null && queueOf(call) === N1 ? 'n1' : 'n2'
}

function queueOf({ state }: Call): string | undefined {
  switch (state.kind) {
    case 'seeking':
      return state.ticket.queue
    case 'talking':
      return state.ticket?.queue ?? state.parties[0]?.queue ?? N1
    case 'fallback':
      return state.place?.queue ?? N1
  }
}
