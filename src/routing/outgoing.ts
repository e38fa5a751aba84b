/**
 * Calls that agents make: their own phone rings first, then whoever they call is dialled, then both are put through. It is the way of a
 * callback that nobody waits for: whatever fails ends the call. Once through, it is a call like any other, and no indicator counts it.
 */
import { endCall } from './ending.js'
import type { AgentId, Command, GoneCause, Refusal } from './events.js'
import { becomeReady } from './people.js'
import { offerTo } from './pickup.js'
import { isGoingOut, serves, type Agent, type AgentState, type Call } from './room.js'
import { N1, wayTo, type Way } from './rules.js'
import { ticketFor } from './transfers.js'
import type { Turn } from './turn.js'

/** Stands for the number dialled, of a call that nobody dialled from outside. */
export const outgoingNumber = 'out'

const mayCall: ReadonlySet<AgentState['kind']> = new Set(['ready', 'wrap-up', 'paused', 'aside'])

/** The agent's phone rings. Whoever is on a pause goes back to it afterwards. */
export function callOut(turn: Turn, { agent: id, call, to, by, drm }: Extract<Command, { type: 'call-out' }>): Refusal | null {
  const { room } = turn
  const agent = room.agents.get(id)
  if (!agent) return 'unknown-agent'
  if (agent.state.kind === 'signed-out') return 'not-signed-in'
  if (!mayCall.has(agent.state.kind) || agent.engaged) return 'not-free'
  const way = wayTo(room.rules.outbound, to)
  if (!way) return 'not-dialable'
  if (!hasLineLeft(turn, way)) return 'no-line-left'
  if (room.calls.has(call) || room.isOver(call)) return 'already-rung'
  const made = outgoingCall(turn, agent, call, way, drm ?? null)
  room.calls.set(call, made)
  turn.touchCall(made)
  turn.note({ type: 'called-out', call, agent: id, by, trunk: way.trunk, entry: way.entry, drm: drm ?? null })
  if (agent.state.kind === 'paused') agent.afterCall ??= { kind: 'pause', reason: agent.state.reason }
  if (agent.state.kind !== 'ready') becomeReady(turn, agent)
  offerTo(turn, made, agent, { rule: 'outgoing' })
  return null
}

/** The last channels of a trunk are for those who dial an emergency number (R-IN-5): an agent may call a little later. */
function hasLineLeft({ room }: Turn, { trunk }: Way): boolean {
  const line = room.rules.lines.get(trunk)
  return !line || room.channelsOn(trunk) < line.channels - line.reserved
}

function outgoingCall(turn: Turn, agent: Agent, id: string, { entry, trunk, number }: Way, drm: string | null): Call {
  const queue = [...turn.room.rules.queues.values()].find((one) => one.open && serves(one, agent, agent.position))?.id ?? N1
  const ofCaller = { arrivedAt: turn.at, entryClass: 'P1', orientation: null } as const
  return {
    ...ofCaller,
    id,
    channel: null,
    trunk,
    number: outgoingNumber,
    caller: number,
    location: null,
    answered: false,
    pickedUpAt: null,
    drm: null,
    reopened: false,
    callback: { by: agent.id, at: turn.at, to: queue, attempts: 0, last: true, leg: null, reached: false },
    outgoing: { by: agent.id, entry, drm },
    received: null,
    away: null,
    offeredTo: [],
    givenTo: null,
    recorder: null,
    // It never waits, so nothing comes of waiting.
    state: { kind: 'seeking', ticket: { ...ticketFor(turn, ofCaller, queue, 'arrival', {}), escalateAt: Number.MAX_SAFE_INTEGER } },
    visit: 0,
    names: 0,
    sound: null,
  }
}

/** They were busy, did not answer, or there was no line. */
export function notReached(turn: Turn, call: Call, agent: AgentId, why: GoneCause): void {
  turn.note({ type: 'not-reached', call: call.id, agent, why })
  endCall(turn, call, 'outgoing', 'not-reached', { gone: call.id, waiting: false })
}

/** An agent's own call ends when their phone rings no more: nobody waits in it. */
export function endUnmade(turn: Turn): void {
  for (const id of turn.calls) {
    const call = turn.room.calls.get(id)
    if (call?.state.kind !== 'seeking' || !isGoingOut(call) || call.state.ticket.offers.length > 0) continue
    endCall(turn, call, 'outgoing', 'not-made', { gone: call.id, waiting: false })
  }
}
