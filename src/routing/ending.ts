/** Every call leaves the room here, with exactly one outcome. */
import type { ChannelId } from './events.js'
import type { EndReason, Outcome } from './facts.js'
import { endWork } from './people.js'
import { withdrawOffer } from './pickup.js'
import type { Call } from './room.js'
import { N1 } from './rules.js'
import type { Turn } from './turn.js'

/** The caller is gone: whoever was picked up once was answered, whatever they waited for then. */
export function callerGone(turn: Turn, call: Call, why: EndReason): void {
  endCall(turn, call, call.pickedUpAt === null ? 'abandoned' : 'answered', why, { gone: call.id })
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
  for (const offer of [...(call.state.ticket?.offers ?? [])]) withdrawOffer(turn, call, offer, { callerGone: true })
  if (call.state.kind === 'talking') {
    for (const party of call.state.parties) {
      turn.note({ type: 'left', call: call.id, agent: party.agent, talkMs: turn.at - party.since, why: 'hung-up' })
      if (party.leg !== gone) turn.hangUp(party.leg)
      endWork(turn, turn.agent(party.agent), call.id, party.queue)
    }
    turn.do({ type: 'dissolve', bridge: call.state.bridge })
  }
  if (call.id !== gone) turn.hangUp(call.id)
  turn.note({ type: 'ended', call: call.id, outcome, why, sinceArrivalMs: Math.max(0, at - call.arrivedAt), stage, waiting })
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
      return state.ticket?.queue ?? state.parties[0]?.queue
    case 'fallback':
      return state.place?.queue ?? N1
  }
}
