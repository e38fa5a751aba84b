/**
 * Two-phase pickup: offered → ringing (→ dialling) → connecting → taken.
 *
 *   ringing     entered by an offer; left by the phone's answer (→ connecting), or by anything that ends the leg, the
 *               patience (`until`) or the caller.
 *   dialling    the phone was picked up for a caller who is to be called back (R-N2-3), and they are called; left by their answer
 *               (→ connecting), or by anything that ends either side.
 *   connecting  the phone was picked up and the bridge was asked for; left when the PBX has confirmed caller and agent in
 *               it (→ taken), or by failure or `connectMs`.
 *
 * Until `take`, the caller keeps the same ticket: rank and clock. Whatever fails puts them where they were.
 */
import { lastResortMs } from './effects.js'
import type { LegId } from './events.js'
import type { Choice, MissReason } from './facts.js'
import { becomeReady, endWork, goesAfterCall, setAside, setState } from './people.js'
import { callerOf, drmIdOf, isFree, isGoingOut, type Agent, type Call, type Callback, type Offer, type Ticket } from './room.js'
import { N1, wayTo, type QueueId } from './rules.js'
import type { Turn } from './turn.js'

export function offerTo(turn: Turn, call: Call, agent: Agent, why: Choice): void {
  const ticket = call.state.ticket
  if (!ticket || !isFree(agent)) throw new Error(`offer of ${call.id} to ${agent.id} who is ${agent.state.kind}`)
  const { ringMs } = turn.room.queue(ticket.queue).rules
  const leg = turn.legName(call)
  ticket.offers.push({
    leg,
    agent: agent.id,
    rule: why.rule,
    since: turn.at,
    phase: 'ringing',
    bridge: null,
    joined: { caller: false, leg: false },
    until: turn.at + ringMs,
  })
  setState(turn, agent, { kind: 'offered', since: turn.at, call: call.id, leg, idleSince: agent.state.since })
  const location = call.location === null ? {} : { location: call.location }
  turn.do({ type: 'ring', leg, phone: agent.phone, caller: call.channel, shown: call.caller, ...location, timeoutMs: ringMs + lastResortMs })
  turn.note({ type: 'offered', call: call.id, queue: ticket.queue, agent: agent.id, leg, why })
}

export function legRinging(turn: Turn, leg: LegId): void {
  if (dialledBy(turn, leg)) return
  const found = findOffer(turn, leg)
  if (!found || found.offer.phase !== 'ringing') return turn.ignore('leg-ringing', 'stale-leg')
  turn.note({ type: 'ringing', call: found.call.id, leg, sinceArrivalMs: turn.at - found.call.arrivedAt })
}

export function legAnswered(turn: Turn, leg: LegId): void {
  const dialled = dialledBy(turn, leg)
  if (dialled) return callerAnswered(turn, dialled)
  const found = findOffer(turn, leg)
  if (!found || found.offer.phase !== 'ringing') {
    turn.ignore('leg-answered', 'stale-leg')
    if (!turn.room.dismissed.has(leg) && !turn.room.callOfLeg(leg)) turn.hangUp(leg)
    return
  }
  connect(turn, found.call, found.offer)
}

/** Asks for the bridge: a new one with the caller, or the conversation a warm transfer is waiting in. A caller who is gone is called first. */
export function connect(turn: Turn, call: Call, offer: Offer): void {
  const ticket = ticketWith(call)
  for (const other of [...ticket.offers]) if (other !== offer) withdrawOffer(turn, call, other)
  turn.touchCall(call)
  if (call.channel === null) return dialCaller(turn, call, offer)
  offer.phase = 'connecting'
  offer.until = turn.at + turn.room.rules.connectMs
  if (call.state.kind === 'talking') {
    offer.bridge = call.state.bridge
    offer.joined = { caller: true, leg: false }
    turn.do({ type: 'add', bridge: call.state.bridge, channel: offer.leg })
    return
  }
  offer.bridge = turn.bridgeName(call)
  offer.joined = { caller: false, leg: false }
  hush(turn, call)
  if (!call.answered) {
    call.answered = true
    turn.do({ type: 'answer', channel: call.channel })
  }
  turn.do({ type: 'join', bridge: offer.bridge, channels: [call.channel, offer.leg] })
}

function dialCaller(turn: Turn, call: Call, offer: Offer): void {
  const callback = agreed(call)
  const way = wayTo(turn.room.rules.outbound, call.outgoing?.entry ?? call.caller)
  offer.phase = 'dialling'
  // Not by the rules of now: called in vain, then.
  offer.until = turn.at
  if (!way) return
  const { shown, ringMs } = way.outbound
  const leg = turn.callerName(call)
  callback.leg = leg
  offer.until = turn.at + ringMs
  turn.do({ type: 'ringback', channel: offer.leg })
  turn.do({ type: 'dial', leg, trunk: way.trunk, number: way.number, call: call.id, shown, timeoutMs: ringMs + lastResortMs, calledAs: call.number })
  if (!call.outgoing) turn.note({ type: 'called-back', call: call.id, agent: offer.agent, leg, attempt: callback.attempts + 1 })
}

/** The call in which this leg is the caller being called back. */
export function dialledBy(turn: Turn, leg: LegId): Call | null {
  const call = turn.room.callOfLeg(leg)
  return call?.callback?.leg === leg ? call : null
}

/** The caller is there again. */
export function callerAnswered(turn: Turn, call: Call): void {
  const callback = agreed(call)
  const offer = diallingOffer(call)
  call.channel = callback.leg
  // The fallback counts the visits of each channel.
  call.visit = 0
  call.answered = true
  callback.leg = null
  turn.touchCall(call)
  if (offer) connect(turn, call, offer)
}

export const diallingOffer = (call: Call): Offer | undefined => call.state.ticket?.offers.find(({ phase }) => phase === 'dialling')

export function agreed(call: Call): Callback {
  if (call.callback === null) throw new Error(`the caller of ${call.id} agreed to nothing`)
  return call.callback
}

export function joined(turn: Turn, bridge: string, channel: string): void {
  const call = turn.room.calls.get(channel) ?? turn.room.callOfLeg(channel)
  const offer = call?.state.ticket?.offers.find((candidate) => candidate.bridge === bridge)
  if (!call || !offer) {
    // The others of a conversation being put back together, or a bridge that was given up: nothing hangs on it.
    if (call?.state.kind !== 'talking' || (call.state.bridge !== bridge && !call.state.listeners.some((one) => one.bridge === bridge))) turn.ignore('joined', 'stale-bridge')
    return
  }
  if (channel === call.channel) offer.joined.caller = true
  else if (channel === offer.leg) offer.joined.leg = true
  else return
  turn.touchCall(call)
  if (offer.joined.caller && offer.joined.leg) take(turn, call, offer)
}

/**
 * The bridge is confirmed: the agent is with the caller. First pickup opens the DRM (R-N1-2). For a word only, the caller keeps
 * their place, and may be sorted again.
 */
function take(turn: Turn, call: Call, offer: Offer): void {
  const ticket = ticketWith(call)
  const agent = turn.agent(offer.agent)
  const { parties: others, guests, listeners } = call.state.kind === 'talking' ? call.state : { parties: [], guests: [], listeners: [] }
  const queue = servedQueue(ticket, offer)
  const party = { agent: agent.id, leg: offer.leg, since: turn.at, queue }
  const first = call.pickedUpAt === null
  const recheck = offer.rule === 'recheck'
  const place = recheck ? { ...ticket, offers: [] } : null
  call.state = { kind: 'talking', bridge: offer.bridge as string, parties: [...others, party], guests, listeners, callerHeld: false, ticket: null, place }
  call.reopened ||= recheck
  call.sound = null
  // Whom an agent called is on a call like any other.
  if (call.outgoing && first) call.callback = null
  if (call.callback && !recheck && (call.channel !== call.id || call.callback.by !== agent.id))
    Object.assign(call.callback, { reached: true, attempts: 0, last: false })
  turn.touchCall(call)
  setState(turn, agent, { kind: 'talking', since: turn.at, call: call.id, leg: offer.leg })
  const waitMs = turn.at - (first ? call.arrivedAt : ticket.since)
  const why = recheck ? 'recheck' : ticket.heldUntil !== null ? 'parked' : offer.rule === 'outgoing' ? 'outgoing' : null
  const { position, roles } = turn.room.queue(queue).rules
  const role = roles.find((one) => agent.roles.includes(one)) ?? agent.roles[0] ?? ''
  turn.note({ type: 'picked-up', call: call.id, queue, position, agent: agent.id, role, first, waitMs, ...(why ? { why } : ticket.expectedMs !== null && { expectedMs: ticket.expectedMs }) })
  if (first) {
    call.pickedUpAt = turn.at
    openDrm(turn, call, agent)
  }
  if (ticket.sender !== null && !ticket.returned && !recheck) {
    const { sender: from, since } = ticket
    turn.note({ type: 'transfer-taken', call: call.id, from, by: agent.id, queue, waitMs: turn.at - since })
  }
}

/** One that was opened at the neighbour which gave the call goes on. */
function openDrm(turn: Turn, call: Call, { id }: Agent): void {
  call.drm ??= { id: drmIdOf(turn.room.rules.sas, call.id), openedAt: turn.at, callerName: null }
  turn.note({ type: 'drm-opened', call: call.id, drm: call.drm.id, agent: id })
}

/**
 * The attempt failed on the agent's side: they are left out for a while, the caller keeps their rank. Whoever hangs up before their
 * own call is through misses nothing.
 */
export function missOffer(turn: Turn, call: Call, offer: Offer, why: MissReason, legGone: boolean): void {
  if (isGoingOut(call) && changedMind.has(why)) return withdrawOffer(turn, call, offer, { legGone })
  const queue = servedQueue(ticketWith(call), offer)
  dropOffer(turn, call, offer, legGone)
  turn.note({ type: 'missed', call: call.id, queue, agent: offer.agent, leg: offer.leg, why })
  const agent = turn.agent(offer.agent)
  if (goesAfterCall(turn.room.rules, agent)) endWork(turn, agent, call.id, queue)
  else setAside(turn, agent, turn.room.queue(queue).rules, why)
}

/** The attempt is called off, not missed: the person is free as before, with their idleness. */
export function withdrawOffer(turn: Turn, call: Call, offer: Offer, { legGone = false, callerGone = false } = {}): void {
  const queue = servedQueue(ticketWith(call), offer)
  dropOffer(turn, call, offer, legGone, callerGone)
  turn.note({ type: 'missed', call: call.id, queue, agent: offer.agent, leg: offer.leg, why: 'withdrawn' })
  const agent = turn.agent(offer.agent)
  if (goesAfterCall(turn.room.rules, agent)) endWork(turn, agent, call.id, queue)
  else if (agent.state.kind === 'offered') becomeReady(turn, agent, agent.state.idleSince)
}

const changedMind: ReadonlySet<MissReason> = new Set(['refused', 'not-connected'])

function dropOffer(turn: Turn, call: Call, offer: Offer, legGone: boolean, callerGone = false): void {
  const ticket = ticketWith(call)
  ticket.offers = ticket.offers.filter((candidate) => candidate !== offer)
  turn.touchCall(call)
  if (!legGone) turn.hangUp(offer.leg)
  if (offer.phase === 'dialling' && call.callback?.leg) {
    turn.hangUp(call.callback.leg)
    call.callback.leg = null
  }
  if (offer.phase === 'connecting' && call.state.kind === 'seeking' && offer.bridge !== null) {
    turn.do({ type: 'dissolve', bridge: offer.bridge })
    if (!callerGone) playMusic(turn, call)
  }
}

/** The caller hears music from here on. A caller still hearing the network's ringing keeps it. */
export function playMusic(turn: Turn, call: Call): void {
  if (call.answered) turn.do({ type: 'music', channel: callerOf(call) })
}

/** Cuts what is being said to the caller: a sound never delays a pickup. */
export function hush(turn: Turn, call: Call): void {
  if (call.sound === null) return
  turn.do({ type: 'hush', sound: call.sound })
  call.sound = null
  turn.touchCall(call)
}

export function findOffer(turn: Turn, leg: LegId): { call: Call; offer: Offer } | null {
  const call = turn.room.callOfLeg(leg)
  const offer = call?.state.ticket?.offers.find((candidate) => candidate.leg === leg)
  return call && offer ? { call, offer } : null
}

/** The queue this person answers for: a word with a caller of N2 is work of N1. */
const servedQueue = ({ queue }: Ticket, { rule }: Offer): QueueId => (rule === 'recheck' ? N1 : queue)

function ticketWith(call: Call): Ticket {
  const ticket = call.state.ticket
  if (!ticket) throw new Error(`call ${call.id} seeks nobody`)
  return ticket
}
