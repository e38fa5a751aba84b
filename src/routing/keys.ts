/** Codes dialled on any desk phone: in a call P0, P1, P2, on to another filière or stage, park, leave; in none, what its person does. */
import { agreeToCallback } from './callback.js'
import type { PbxEvent, Refusal } from './events.js'
import { park } from './parking.js'
import type { Agent, Call, Party } from './room.js'
import type { DeskAction, DtmfAction } from './rules.js'
import { pause, ready, signIn, signOut } from './shifts.js'
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

/** A code dialled by a phone in no call: it says what its person does. */
export function deskCode(turn: Turn, { channel, phone, code }: Extract<PbxEvent, { type: 'desk-code' }>): void {
  const agent = turn.room.agentAt(phone)
  const action = turn.room.rules.deskCodes.get(code)
  const refusal = !agent ? 'unknown-agent' : action === undefined ? 'unknown-target' : stateSaid(turn, agent, action)
  if (refusal) turn.note({ type: 'refused', command: action ?? 'desk-code', call: null, agent: agent?.id ?? null, why: refusal })
  turn.do({ type: 'confirm', channel, accepted: refusal === null })
}

function stateSaid(turn: Turn, { id: agent }: Agent, action: DeskAction): Refusal | null {
  const who = { at: turn.at, agent }
  switch (action) {
    case 'sign-in':
      return signIn(turn, { type: 'sign-in', ...who })
    case 'ready':
      return ready(turn, { type: 'ready', ...who })
    case 'pause':
      return pause(turn, { type: 'pause', ...who, reason: turn.room.rules.pauseReasons[0] ?? '' })
    case 'sign-out':
      return signOut(turn, { type: 'sign-out', ...who })
  }
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
    case 'pause':
      return stateSaid(turn, agent, 'pause')
    case 'leave':
      return leave(turn, { type: 'leave', ...who })
    default:
      return transfer(turn, { type: 'transfer', ...who, to: action.slice('to:'.length) })
  }
}

const stillOnLine = (call: Call, party: Party): boolean =>
  call.state.kind === 'talking' && call.state.parties.includes(party)
