/** Codes dialled on any desk phone during a call: P0, P1, P2, on to another filière or stage, park, leave. */
import { agreeToCallback } from './callback.js'
import type { Refusal } from './events.js'
import { park } from './parking.js'
import type { Agent, Call, Party } from './room.js'
import type { DtmfAction } from './rules.js'
import { giveBack, leave, passOn, qualify, switchTarget, transfer } from './transfers.js'
import type { Turn } from './turn.js'

/** One digit heard on a channel. Digits of callers and of phones that talk to nobody mean nothing. */
export function keyPressed(turn: Turn, channel: string, digit: string): void {
  const call = turn.room.callOfLeg(channel)
  const party = call?.state.kind === 'talking' ? call.state.parties.find((one) => one.leg === channel) : undefined
  if (!call || !party) return
  const agent = turn.agent(party.agent)
  const digits = collect(turn, agent, digit)
  const { dtmf } = turn.room.rules
  const action = dtmf.get(digits)
  if (action === undefined) {
    if ([...dtmf.keys()].some((code) => code.startsWith(digits))) return
    agent.keys = null
    return
  }
  agent.keys = null
  const refusal = carryOut(turn, agent, call, action)
  if (refusal) turn.note({ type: 'refused', command: action, call: call.id, agent: agent.id, why: refusal })
  if (stillOnLine(call, party)) turn.do({ type: 'beep', channel: party.leg, accepted: refusal === null })
}

/** A code may begin anywhere: a wrong start is forgotten as soon as a digit begins a code again. */
function collect(turn: Turn, agent: Agent, digit: string): string {
  const { dtmf, dtmfGapMs } = turn.room.rules
  const kept = agent.keys && turn.at - agent.keys.at <= dtmfGapMs ? agent.keys.digits : ''
  const codes = [...dtmf.keys()]
  const digits = codes.some((code) => code.startsWith(kept + digit)) ? kept + digit : digit
  agent.keys = { digits, at: turn.at }
  turn.touchAgent(agent)
  return digits
}

function carryOut(turn: Turn, agent: Agent, call: Call, action: DtmfAction): Refusal | null {
  const who = { at: turn.at, agent: agent.id, call: call.id }
  switch (action) {
    case 'P0':
    case 'P1':
    case 'P2':
      return qualify(turn, { type: 'qualify', ...who, priority: action })
    case 'switch':
      return transfer(turn, { type: 'transfer', ...who, to: switchTarget(turn.room.rules, call, agent.position) })
    case 'next':
      return passOn(turn, who)
    case 'return':
      return giveBack(turn, who)
    case 'park':
      return park(turn, who)
    case 'callback':
      return agreeToCallback(turn, who)
    case 'leave':
      return leave(turn, { type: 'leave', ...who })
    default:
      return transfer(turn, { type: 'transfer', ...who, to: action.slice('to:'.length) })
  }
}

const stillOnLine = (call: Call, party: Party): boolean =>
  call.state.kind === 'talking' && call.state.parties.includes(party)
