/**
 * Random histories of a room. A history is the rules and people at first and a list of numbers; each number picks one line of the scenario language that can happen in
 * the world as it then is, so that a shorter list is still a history and a failing one can be read, and kept as a scenario.
 * At its end everything heals, and every call must end within a bounded number of steps.
 */
import fc from 'fast-check'
import { nextDeadline } from '../../src/routing/step.js'
import type { Call, Party } from '../../src/routing/room.js'
import type { Channel } from './pbx-model.js'
import { callOfChannel, recordedBy } from '../../src/routing/turn.js'
import { rulebook, sampleRules } from './sample-rules.js'
import { carryOut, legOf } from './script.js'
import { Broken, World } from './world.js'

export interface History {
  /** One bit a person: who signs in before anything happens. */
  readonly present: number
  /** Which rules the room begins with. */
  readonly rules: number
  readonly choices: readonly number[]
}

/** Writes a line of one kind; `a` and `b` choose its words. Null when nothing of the kind can happen now. */
type Writer = (world: World, a: number, b: number) => string | null

const pick = <T>(from: readonly T[], a: number): T | undefined => from[a % from.length]
const people = sampleRules.people.map(({ id }) => id)
const agentNames = [...people, 'nobody']
const entries = [...sampleRules.entries.keys()].map((key) => key.split('/') as [string, string])
const positions = ['n1', 'amu', 'mg', 'amu', 'n1', 'cuisine']
const targets = ['amu', 'mg', 'mg-mrg', 'mg-osnp', 'n1', 'amu', 'mg', 'nulle-part', 'osnp01', 'mru01', 'arm02', 'mrg01']
const priorities = ['P0', 'P1', 'P2', 'P1', 'P2']
const codes = ['*0', '*1', '*2', '*3', '*9', '*7', '*1', '*2', '*8']
const digits = ['*', '0', '1', '5', '#', '3']
const failures = ['busy', 'refused', 'no-answer', 'unreachable', 'failed']
const reasons = ['repas', 'pause', 'sieste']

const legs = (world: World, up: boolean): Channel[] =>
  [...world.pbx.channels.values()].filter((channel) => channel.kind === 'leg' && channel.up === up)
const strandedCallers = (world: World, elsewhere: boolean): Channel[] =>
  callers(world).filter((channel) => channel.elsewhere === elsewhere && (elsewhere || alone(world, channel)))
/** In no bridge, or in one with nobody else. */
const alone = ({ pbx }: World, { bridge }: Channel): boolean => bridge === null || (pbx.bridges.get(bridge)?.size ?? 0) < 2
const callers = (world: World): Channel[] => [...world.pbx.channels.values()].filter((channel) => channel.kind === 'caller' || (channel.kind === 'called' && channel.up))
/** Callers who are called back. */
const called = (world: World, up: boolean): Channel[] => [...world.pbx.channels.values()].filter((channel) => channel.kind === 'called' && channel.up === up)
const guests = (world: World, up: boolean): Channel[] => [...world.pbx.channels.values()].filter((channel) => channel.kind === 'guest' && channel.up === up)
/** Channels to a neighbour. */
const away = (world: World, up: boolean): Channel[] => [...world.pbx.channels.values()].filter((channel) => channel.kind === 'away' && channel.up === up)
const talks = (world: World): { call: Call; party: Party }[] =>
  [...world.room.calls.values()].flatMap((call) => (call.state.kind === 'talking' ? call.state.parties.map((party) => ({ call, party })) : []))

const someLeg = (world: World, up: boolean, a: number, line: (phone: string) => string): string | null => {
  const leg = pick(legs(world, up), a)
  return leg?.phone ? line(leg.phone) : null
}

/** About somebody on a call: mostly the right person and the right call, now and then the wrong ones. */
const onCall = (world: World, a: number, line: (agent: string, call: string) => string): string | null => {
  const known = [...world.room.calls.keys()]
  if (a >= 56) return line(pick(agentNames, a) as string, pick([...known, 'ZZ'], a) as string)
  const talk = pick(talks(world), a)
  return talk ? line(talk.party.agent, talk.call.id) : null
}

/** Calls are named A to Z, then A1 to Z1 and so on. */
const nextName = (world: World): string => {
  const count = world.pbx.arrivals.size
  return String.fromCharCode(65 + (count % 26)) + (count < 26 ? '' : Math.floor(count / 26))
}

const arrival: Writer = (world, a) => {
  const [trunk, number] = pick(entries, a) as [string, string]
  return `${nextName(world)} dials ${number} on ${trunk}`
}

/** Mostly a caller whom somebody free may pick, now and then any call and anybody. */
const picking = (due: boolean): Writer => ({ room }, a, b) => {
  const reason = ['', ' worse', ' other'][(a + b) % 3]
  if (b >= 56) return wrap(pick([...room.calls.keys(), 'ZZ'], a), (call) => `${pick(agentNames, b)} picks ${call}${reason}`)
  const pairs = [...room.agents.values()]
    .filter(({ state }) => state.kind === 'ready' || state.kind === 'wrap-up')
    .flatMap(({ id, position }) => [...room.calls.values()].filter(({ state: { ticket } }) => ticket?.offers.length === 0 && (due ? ticket.rechecksDue > 0 && position === 'n1' : room.queue(ticket.queue).rules.position === position)).map((call) => `${id} picks ${call.id}${reason}`))
  return pick(pairs, a) ?? null
}

/** Kinds with their weights. The first is the most harmless: shrinking goes there. */
const kinds: readonly (readonly [number, Writer])[] = [
  [2, (_, a) => `wait ${a * 10}ms`],
  [14, arrival],
  [5, (world, a) => wrap(pick(callers(world), a), ({ call }) => `${call} hangs up`)],
  [2, (world, a) => someLeg(world, false, a, (phone) => `${phone} rings`)],
  [28, (world, a) => someLeg(world, false, a, (phone) => `${phone} answers`)],
  [4, (world, a, b) => someLeg(world, false, a, (phone) => `${phone} phone ${pick(failures, b)}`)],
  [5, (world, a) => someLeg(world, true, a, (phone) => `${phone} hangs up`)],
  [3, (world, a) => someLeg(world, true, a, (phone) => `${phone} drops`)],
  [5, (world, a, b) => someLeg(world, true, a, (phone) => `${phone} presses ${pick(codes, b)}`)],
  [2, (world, a, b) => wrap(pick([...world.pbx.channels.values()].filter(({ kind }) => kind !== 'called' && kind !== 'guest' && kind !== 'ear' && kind !== 'away'), a), ({ id, phone }) => `${phone ?? id} presses ${pick(digits, b)}`)],
  [12, (_, a) => `${pick(agentNames, a)} signs in`],
  [2, (_, a, b) => `${pick(people, a)} signs in at ${pick(positions, b)}`],
  [2, (_, a) => `${pick(agentNames, a)} signs out`],
  [4, (_, a) => `${pick(agentNames, a)} is ready`],
  [2, (_, a, b) => `${pick(agentNames, a)} pauses ${pick(reasons, b)}`],
  [3, (_, a, b) => `${pick(agentNames, a)} moves to ${pick(positions, b)}`],
  [16, (world, a, b) => onCall(world, a, (agent, call) => `${agent} qualifies ${call} ${pick(priorities, b)}`)],
  [1, (world, a) => onCall(world, a, (agent, call) => `${agent} names ${call}`)],
  [9, (world, a, b) => onCall(world, a, (agent, call) => `${agent} transfers ${call} to ${pick(targets, b)}${b < 40 ? '' : b < 52 ? ' warm' : ' direct'}`)],
  [3, (world, a) => onCall(world, a, (agent, call) => `${agent} leaves ${call}`)],
  [2, (world, a) => onCall(world, a, (agent, call) => `${agent} takes ${call} back`)],
  [2, (world, a, b) => wrap(pick([...world.room.calls.keys(), 'ZZ'], a), (call) => `${pick(people, b)} withdraws ${call}`)],
  [5, (world, a, b) => wrap(pick([...world.room.calls.keys(), 'ZZ'], a), (call) => `${pick(people, b)} ${['listens to', 'whispers to', 'joins'][a % 3]} ${call}`)],
  [4, (world, a, b) => wrap(pick([...world.room.calls.keys(), 'ZZ'], a), (call) => `supervisor moves ${call} to ${pick(targets, b)}`)],
  [4, (world, a) => onCall(world, a, (agent, call) => `${agent} parks ${call}`)],
  [6, (world, a, b) => onCall(world, a, (agent, call) => `${agent} invites ${pick(['codis', '0199000001', 'codis', '0890000001'], b)} to ${call}${b % 3 ? ' aside' : ''}`)],
  [8, (world, a) => wrap(pick(guests(world, false), a), ({ call }) => `${call} guest answers`)],
  [3, (world, a, b) => wrap(pick(guests(world, b % 2 === 0), a), ({ call }) => `${call} guest ${b % 3 ? 'hangs up' : `phone ${pick(failures, b)}`}`)],
  [3, (world, a) => onCall(world, a, (agent, call) => `${agent} brings ${call} in`)],
  [2, (world, a) => onCall(world, a, (agent, call) => `${agent} dismisses the guest of ${call}`)],
  [6, (world, a) => onCall(world, a, (agent, call) => `${agent} calls ${call} back later`)],
  [10, (world, a) => wrap(pick(called(world, false), a), ({ call }) => `${call} picks up`)],
  [3, (world, a, b) => wrap(pick(called(world, false), a), ({ call }) => `${call} phone ${pick(failures, b)}`)],
  [2, (world, a) => wrap(pick(called(world, true), a), ({ call }) => `${call} hangs up`)],
  [4, (world, a, b) => `${pick(people, a)} makes ${nextName(world)} to ${pick(['codis', '0199000001', '0890000001'], b)}`],
  [6, (_, a, b) => `voisin has ${a % 4} free of ${(a % 4) + (b % 2)}, wait ${b}s`],
  [1, () => 'voisin is down'],
  [8, ({ pbx }, a) => (pbx.asked.length === 0 ? null : a % 4 > 0 ? 'voisin promises' : 'voisin refuses busy')],
  [8, (world, a) => wrap(pick(away(world, false), a), ({ call }) => `${call} there answers`)],
  [3, (world, a, b) => wrap(pick(away(world, a % 2 === 0), a), ({ call }) => `${call} there ${b % 2 ? 'hangs up' : `phone ${pick(failures, b)}`}`)],
  [4, (_, a, b) => `voisin asks R${a % 8} for ${pick(['n1', 'mg', 'cuisine'], b)} ${pick(['P1', 'P2', 'P0'], a)}`],
  [1, (_, a) => `voisin drops R${a % 8}`],
  [5, (world, a, b) => `${nextName(world)} dials 15 on neighbour given R${a % 8} after ${b}s by ${b < 48 ? 'voisin' : 'voisin+demo'}`],
  [6, picking(false)],
  [5, picking(true)],
  [7, (world) => (nextDeadline(world.room) === null ? null : 'wait until due')],
  [2, (world) => (nextDeadline(world.room) === null ? null : 'wait just before due')],
  [3, (_, a) => `wait ${a}s`],
  [1, (_, a) => `stall ${a}s`],
  [2, () => 'hold reports'],
  [2, () => 'hold effects'],
  [4, (world) => (world.holdReports || world.holdEffects ? 'go on' : null)],
  [5, (world, a) => wrap(earliest(world, a), (index) => `report ${index + 1} first`)],
  [1, (world, a) => wrap(earliest(world, a), (index) => `report ${index + 1} lost`)],
  [1, (world, a) => wrap(pick([...world.delivered.keys()], a), (index) => `report ${index + 1} again`)],
  [1, () => 'disconnect'],
  [1, () => 'crash'],
  [1, (_, a) => (a < 48 ? 'memory silent' : 'memory back')],
  [2, (world, a) => (world.away ? `reconnect overlap ${a % 4}` : null)],
  [1, (_, a) => `phone ${pick(people, a)} is back`],
  [1, (world, a) => `${arrival(world, a, 0)} to the fallback`],
  [1, (world, a) => wrap(pick(strandedCallers(world, false), a), ({ call }) => `${call} falls back`)],
  [2, (world, a) => wrap(pick(strandedCallers(world, true), a), ({ call }) => `${call} returns`)],
  [2, (world, a, b) => wrap(pick(strandedCallers(world, true), a), ({ call }) => `${b % 2 ? 'fallback' : 'neighbour'} serves ${call}`)],
  [1, (_, a, b) => `${pick(people, a)} is ${b % 2 ? 'engaged' : 'disengaged'}`],
  [2, ({ pbx }, a) => wrap(pick([...pbx.recorders.values()], a), ({ channel }) => `${callOfChannel(channel)} recording fails`)],
  [1, (_, a) => `rules ${pick(Object.keys(rulebook), a)}`],
]

const wrap = <T>(value: T | undefined, line: (value: T) => string): string | null => (value === undefined ? null : line(value))

/** Reports of one channel keep their order; those of different channels may overtake one another. */
function earliest(world: World, a: number): number | undefined {
  const seen = new Set<string>()
  const firsts: number[] = []
  for (const [index, report] of world.pbx.pending.entries()) {
    // A caller's end is told before that of their recording.
    const about = 'recorder' in report ? recordedBy(report.recorder) ?? '' : 'channel' in report ? report.channel : 'leg' in report ? report.leg : 'call' in report ? report.call : ''
    if (!seen.has(about)) firsts.push(index)
    seen.add(about)
  }
  return pick(firsts, a)
}

const byWeight: readonly Writer[] = kinds.flatMap(([weight, writer]) => new Array<Writer>(weight).fill(writer))

/** The line a number stands for, in the world as it is. */
export function lineOf(world: World, choice: number): string | null {
  const writer = byWeight[choice % byWeight.length] as Writer
  const rest = Math.floor(choice / byWeight.length)
  return writer(world, rest % 64, Math.floor(rest / 64) % 64)
}

/** While the engine is away only the world moves on; anything said to the engine waits for it to be back. */
const needsEngine = (line: string): boolean => / (signs|is|pauses|moves|qualifies|names|transfers|leaves|takes|picks(?! up)|parks|calls|invites|brings|dismisses|listens|whispers|joins|withdraws|makes) |is (dis)?engaged|^(wait|rules|report|phone|hold|supervisor|voisin)/.test(line)

/** Of `length` choices at most; most are shorter. */
export const histories = (length: number): fc.Arbitrary<History> =>
  fc.record({
    present: fc.nat(2 ** people.length - 1),
    rules: fc.nat(Object.keys(rulebook).length - 1),
    choices: fc.array(fc.nat(byWeight.length * 64 * 64 - 1), { maxLength: length, size: 'max' }),
  })

/**
 * Plays one history and heals the room.
 * @param onLine called with every line before it is carried out
 * @throws Broken or an error of the core
 */
export function play(history: History, onLine: (line: string, world: World) => void = () => {}): World {
  const world = new World(sampleRules)
  const carry = (line: string): void => {
    onLine(line, world)
    carryOut(world, line)
  }
  carry(`rules ${Object.keys(rulebook)[history.rules]}`)
  for (const [index, agent] of people.entries()) if ((history.present >> index) & 1) carry(`${agent} signs in`)
  for (const choice of history.choices) {
    let line = lineOf(world, choice)
    if (line !== null && world.away && needsEngine(line)) {
      carry('reconnect')
      line = lineOf(world, choice)
    }
    if (line !== null) carry(line)
  }
  heal(world, carry)
  return world
}

/** Nothing fails any more, everybody is at work, and whoever talks hangs up: every call must end. */
function heal(world: World, carry: (line: string) => void): void {
  carry('go on')
  if (!world.away) carry('disconnect')
  carry('reconnect')
  carry('rules sample')
  for (const { id, home } of sampleRules.people) {
    if (world.room.agents.get(id)?.engaged) carry(`${id} is disengaged`)
    const agent = world.room.agents.get(id)
    if (agent?.state.kind === 'signed-out') carry(`${id} signs in`)
    else if (agent?.state.kind !== 'ready' || agent.afterCall) carry(`${id} is ready`)
    if (agent?.position !== home || agent.awayFrom) carry(`${id} moves to ${home}`)
  }
  const roundsMax = 20 + 4 * world.room.calls.size
  // Also those of whom the core heard nothing for so long that their calls are over.
  const withFallback = (): Channel[] => strandedCallers(world, true)
  for (let round = 0; world.room.calls.size + withFallback().length > 0; round++) {
    if (round > roundsMax) throw new Broken(`calls never end: ${[...world.room.calls.keys()].join(' ')}`)
    for (const { call } of withFallback()) carry(`fallback serves ${call}`)
    for (const { call } of called(world, false)) carry(`${call} picks up`)
    for (const { call } of [...away(world, true), ...away(world, false)]) if (away(world, true).length + away(world, false).length > 0) carry(`${call} there hangs up`)
    for (const { call } of [...guests(world, true), ...guests(world, false)]) if (guests(world, true).length + guests(world, false).length > 0) carry(`${call} guest hangs up`)
    for (const phone of people) if (legOf(world, phone)?.up === false) carry(`${phone} answers`)
    for (const { party } of talks(world)) if (legOf(world, party.agent)) carry(`${party.agent} hangs up`)
    if (world.room.calls.size > 0) carry('wait until due')
  }
  atRest(world, carry)
}

/** A room without calls keeps nothing of them. */
function atRest(world: World, carry: (line: string) => void): void {
  carry('wait 10min')
  const left = [
    ...[...world.pbx.channels.keys()].map((id) => `${id} is left at the PBX`),
    ...[...world.pbx.bridges.keys()].map((id) => `${id} is left at the PBX`),
    ...[...world.ledger.open].map((id) => `${id} never ended`),
    ...[...world.ledger.offers.keys()].map((id) => `${id} was neither missed nor picked up`),
    ...[...world.ledger.talks].map((id) => `${id} was never left`),
    ...(nextDeadline(world.room) === null ? [] : ['a deadline is left']),
    // A channel hung up on the word of an old report has no end to be told.
    ...(world.repeated ? [] : [...world.room.dismissed].map((id) => `the end of ${id} is still expected`)),
  ]
  if (left.length > 0) throw new Broken(left.join('\n'))
}
