/**
 * A supervisor listens to a conversation, whispers to its agent, or joins it (R-N2-9). Their phone rings; once picked up, an ear is put
 * on the agent's leg, which hears both sides, and for a whisper speaks to the agent alone. Whoever joins is a party like any other.
 *
 *   ringing  entered by `listen`; left by their answer, or by anything that ends the leg, `until`, or the conversation.
 *   there    listening; left by hanging up, or with the agent who is listened to.
 */
import { lastResortMs } from './effects.js'
import type { Command, LegId, Refusal } from './events.js'
import { endWork, setState } from './people.js'
import type { Call, Listener, Talking } from './room.js'
import { N1 } from './rules.js'
import type { Turn } from './turn.js'

const listenersMax = 2
/** How long the supervisor's phone rings. */
const ringMs = 20_000

export function listen(turn: Turn, { agent: id, call: callId, mode }: Extract<Command, { type: 'listen' }>): Refusal | null {
  const agent = turn.room.agents.get(id)
  if (!agent) return 'unknown-agent'
  const call = turn.room.calls.get(callId)
  if (!call) return 'unknown-call'
  const { state } = agent
  if (state.kind === 'signed-out') return 'not-signed-in'
  if ((state.kind !== 'ready' && state.kind !== 'paused' && state.kind !== 'wrap-up') || agent.engaged) return 'not-free'
  if (call.state.kind !== 'talking' || call.state.parties.length === 0) return 'nobody-on-line'
  if (call.state.listeners.length >= listenersMax) return 'conference-full'
  const leg = turn.legName(call)
  call.state.listeners.push({ agent: id, leg, mode, since: turn.at, until: turn.at + ringMs, ear: null, bridge: null })
  turn.touchCall(call)
  // Whoever was in a pause is in it again afterwards.
  if (state.kind === 'paused') agent.afterCall = { kind: 'pause', reason: state.reason }
  setState(turn, agent, { kind: 'talking', since: turn.at, call: callId, leg })
  turn.do({ type: 'ring', leg, phone: agent.phone, caller: call.channel, shown: call.caller, timeoutMs: ringMs + lastResortMs })
  turn.note({ type: 'listening-began', call: callId, agent: id, leg, mode })
  return null
}

interface Found {
  readonly call: Call
  readonly state: Talking
  readonly listener: Listener
}

/** Whose phone, or whose ear, this is. */
export function listenerOf(turn: Turn, leg: LegId): Found | null {
  const call = turn.room.callOfLeg(leg)
  if (call?.state.kind !== 'talking') return null
  const listener = call.state.listeners.find((one) => one.leg === leg || one.ear === leg)
  return listener ? { call, state: call.state, listener } : null
}

/** The supervisor picked up, or the ear is ready. */
export function listenerAnswered(turn: Turn, { call, state, listener }: Found, leg: LegId): void {
  turn.touchCall(call)
  const [heard] = state.parties
  if (leg === listener.ear) {
    if (listener.bridge !== null) return
    listener.bridge = turn.bridgeName(call)
    turn.do({ type: 'join', bridge: listener.bridge, channels: [listener.leg, leg] })
  } else if (listener.mode === 'join') {
    state.listeners = state.listeners.filter((other) => other !== listener)
    state.parties.push({ agent: listener.agent, leg, since: turn.at, queue: heard?.queue ?? N1 })
    turn.do({ type: 'add', bridge: state.bridge, channel: leg })
    turn.note({ type: 'supervisor-joined', call: call.id, agent: listener.agent })
  } else if (listener.ear === null && heard) {
    listener.until = null
    listener.ear = turn.legName(call)
    turn.do({ type: 'listen', ear: listener.ear, on: heard.leg, whisper: listener.mode === 'whisper' })
  }
}

/** @param gone the channel that has ended: the supervisor's or the ear; null for none */
export function endListening(turn: Turn, { call, state, listener }: Found, gone: LegId | null): void {
  const { agent, leg, ear, bridge, since } = listener
  state.listeners = state.listeners.filter((other) => other !== listener)
  turn.touchCall(call)
  for (const channel of [leg, ear]) if (channel !== null && channel !== gone) turn.hangUp(channel)
  if (bridge !== null) turn.do({ type: 'dissolve', bridge })
  turn.note({ type: 'listening-ended', call: call.id, agent, forMs: turn.at - since })
  endWork(turn, turn.agent(agent), call.id, '')
}

/** There is no conversation to listen to any more. */
export function dismissListeners(turn: Turn, call: Call, state: Talking): void {
  for (const listener of state.listeners) endListening(turn, { call, state, listener }, null)
}

/** Phones that were not picked up. */
export function listenersDue(turn: Turn, call: Call, state: Talking): void {
  for (const listener of state.listeners) if (listener.until !== null && listener.until <= turn.at) endListening(turn, { call, state, listener }, null)
}
