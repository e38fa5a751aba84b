/**
 * The language of scenarios and of histories: one line, one thing that happens.
 *
 *   A dials 15 on operator        A hangs up                A presses 5
 *   arm01 rings                   arm01 answers             arm01 phone busy      (or refused, no-answer, unreachable, failed)
 *   arm01 hangs up                arm01 drops               arm01 presses *1
 *   arm01 signs in [at amu]       arm01 signs out           arm01 is ready        arm01 pauses repas     arm01 moves to amu
 *   arm01 qualifies A P1          arm01 names A             arm01 leaves A        arm01 takes A back
 *   arm01 transfers A to mg [warm|direct]                   arm01 passes A on         arm01 gives A back
 *   arm01 picks A [worse]         arm01 parks A             arm01 calls A back later
 *   arm01 withdraws A
 *   arm01 makes A to codis      (a call of their own; picked up as by one called back)
 *   A picks up                    A phone no-answer         (called back)
 *   arm01 invites codis to A [aside]                        arm01 brings A in         arm01 dismisses the guest of A
 *   arm05 listens to A            arm05 whispers to A       arm05 joins A
 *   arm05 dials *11               (the phone by itself)
 *   supervisor moves A to mg
 *   A guest answers               A guest hangs up          A guest phone busy
 *   wait 30s                      wait 250ms                wait until due        wait just before due   stall 10s
 *   hold reports                  hold effects              go on
 *   report 1 first                report 1 lost             report 1 again
 *   A dials 15 on operator to the fallback                  A falls back          A returns
 *   fallback serves A             neighbour serves A
 *   A recording fails
 *   arm01 is engaged              arm01 is disengaged
 *   voisin has 2 free [of 3, wait 20s]                      voisin is down            (a neighbour SAS tells of itself)
 *   voisin promises               voisin refuses busy       A there answers           A there hangs up          A there phone busy
 *   voisin asks R1 for n1 P2 [or wait]                      voisin drops R1
 *   A dials 15 on neighbour given R1 after 40s by voisin [as P2]
 *   disconnect                    crash                     reconnect             reconnect overlap 2
 *   phone arm01 is back           rules hurried             memory silent         memory back
 */
import type { Given, GoneCause, PickReason, ReservationRefusal } from '../../src/routing/events.js'
import { outgoingNumber } from '../../src/routing/outgoing.js'
import { nextDeadline } from '../../src/routing/step.js'
import type { CallClass, Handover, Priority } from '../../src/routing/rules.js'
import { callOfChannel } from '../../src/routing/turn.js'
import type { Channel } from './pbx-model.js'
import { rulebook } from './sample-rules.js'
import type { World } from './world.js'

/** The line says something that cannot happen here: the script is wrong, not the core. */
export class ScriptError extends Error {}

const causes: readonly string[] = ['normal', 'busy', 'refused', 'no-answer', 'unreachable', 'failed'] satisfies GoneCause[]

/** Carries out one line. @throws ScriptError when the line means nothing here, Broken when the core is wrong. */
export function carryOut(world: World, line: string): void {
  const words = line.trim().split(/\s+/)
  const [who = '', verb = ''] = words
  const known = machine(world, words) || (isCall(who) ? caller(world, who, verb, words) : person(world, who, verb, words))
  if (!known) throw new ScriptError(`nobody understands: ${line}`)
  world.settle()
}

const isCall = (word: string): boolean => /^[A-Z]+\d*$/.test(word)

function machine(world: World, words: readonly string[]): boolean {
  const [what = '', first = '', second = ''] = words
  switch (what) {
    case 'wait':
      return done(world.wait(waitMs(world, words.slice(1).join(' '))))
    case 'stall':
      return done(world.stall(duration(first)))
    case 'hold':
      return done(first === 'reports' ? (world.holdReports = true) : (world.holdEffects = true))
    case 'go':
      return done(goOn(world))
    case 'report':
      return done(report(world, Number(first) - 1, second))
    case 'disconnect':
      return done(world.disconnect())
    case 'crash':
      return done(world.crash())
    case 'reconnect':
      return done(world.reconnect(Number(second || 0)))
    case 'memory':
      return done(first === 'silent' ? world.memorySilent() : world.memoryBack())
    case 'fallback':
    case 'neighbour':
      return done(world.pbx.servedElsewhere([...world.pbx.channels.values()].find((one) => one.elsewhere && callOfChannel(one.id) === second) ?? fail(`${second} is not there`), what === 'fallback' ? 'n1' : 'neighbour'))
    case 'supervisor':
      return done(world.ask({ type: 'move-call', call: second, to: words[4] ?? '', by: 'sup01' }))
    case 'voisin':
      return neighbour(world, words)
    case 'phone':
      return done(world.decide({ type: 'phone-reachable', phone: first, reachable: true }))
    case 'rules':
      return done(world.decide({ type: 'rules', rules: rulebook[first] ?? fail(`no rules ${first}`), why: 'new-file', by: null }))
    default:
      return false
  }
}

function neighbour(world: World, [id = '', verb = '', third = '', , fifth = '', sixth = '', , eighth]: readonly string[]): boolean {
  const { pbx } = world
  switch (verb) {
    case 'has': {
      const free = Number(third)
      const staffed = fifth === 'of' ? Number.parseInt(sixth, 10) : free
      const position = { open: true, free, staffed, waiting: 0, expectedWaitMs: eighth === undefined ? (free > 0 ? 0 : null) : duration(eighth) }
      return done(world.decide({ type: 'neighbour-state', neighbour: id, state: { positions: { n1: position, mg: position, amu: position } } }))
    }
    case 'is':
      return done(world.decide({ type: 'neighbour-state', neighbour: id, state: null }))
    case 'promises':
    case 'refuses': {
      const { leg } = pbx.asked.shift() ?? fail(`${id} was not asked`)
      const answer = verb === 'promises' ? { reservation: `P${leg}`, why: null } : { reservation: null, why: third as ReservationRefusal }
      return done(world.decide({ type: 'reserved', leg, neighbour: id, ...answer }))
    }
    case 'asks':
      return done(world.decide({ type: 'reservation-asked', neighbour: id, id: third, ask: { position: fifth, class: sixth as CallClass, visited: [id], mayWait: eighth === 'wait' } }))
    case 'drops':
      return done(world.decide({ type: 'reservation-dropped', neighbour: id, id: third }))
    default:
      return false
  }
}

function waitMs(world: World, how: string): number {
  if (!how.endsWith('due')) return duration(how)
  const due = nextDeadline(world.room) ?? world.at
  return Math.max(0, due - world.at - (how === 'until due' ? 0 : 1))
}

function duration(text: string): number {
  const [, number, unit] = /^([\d.]+)(ms|s|min)$/.exec(text) ?? fail(`no duration: ${text}`)
  return Math.round(Number(number) * (unit === 'ms' ? 1 : unit === 's' ? 1_000 : 60_000))
}

function goOn(world: World): void {
  world.holdReports = false
  world.holdEffects = false
  world.performAll()
}

function report(world: World, index: number, how: string): void {
  const { pending } = world.pbx
  if (how === 'again') {
    world.repeated = true
    const old = world.delivered[index] ?? fail('nothing was reported')
    if (old.type === 'call-arrived') world.pbx.comesAgain(old.channel ?? old.call)
    // Asterisk is asked where the caller is before that is told.
    if (old.type === 'channel-left' && !world.pbx.channels.get(old.channel)?.elsewhere) return
    return void world.decide(old, true)
  }
  if (!pending[index]) fail('no such report')
  if (how === 'lost') world.lose(index)
  else world.deliver(index)
}

function caller(world: World, call: string, verb: string, words: readonly string[]): boolean {
  const { pbx } = world
  const channel = (): Channel => pbx.channels.get(call) ?? fail(`${call} is not there`)
  const here = (): Channel => pbx.channels.get(call) ?? called()
  const guest = (): Channel => [...pbx.channels.values()].find((one) => one.kind === 'guest' && one.call === call) ?? fail(`${call} has no guest`)
  const called = (): Channel => [...pbx.channels.values()].find((one) => one.kind === 'called' && one.call === call) ?? fail(`${call} is not called`)
  switch (verb) {
    case 'dials': {
      const [, , number = '', , trunk = ''] = words
      const arrival = { call, trunk, number, caller: '0123456789', arrivedAt: world.at }
      if (words[5] === 'given') {
        const [, , , , , , reservation = '', , after = '0s', , by = '', , kind = 'P2'] = words
        const given: Given = { reservation, visited: by.split('+'), waitedMs: duration(after), class: kind as CallClass, drm: null }
        return done(pbx.callerArrives({ ...arrival, given }))
      }
      return done(words.at(-1) === 'fallback' ? pbx.arrivesAtFallback(arrival, world.at) : pbx.callerArrives(arrival))
    }
    case 'hangs':
      return done(pbx.ends(here(), 'normal'))
    case 'picks':
      return done(pbx.answers(called()))
    case 'guest':
      if (words[2] === 'answers') return done(pbx.answers([...pbx.channels.values()].find((one) => one.kind === 'guest' && one.call === call && !one.up) ?? fail(`no guest of ${call} is called`)))
      return done(pbx.ends(guest(), causes.includes(words[3] ?? '') ? (words[3] as GoneCause) : 'normal'))
    case 'there': {
      const away = [...pbx.channels.values()].find((one) => one.kind === 'away' && one.call === call) ?? fail(`${call} is offered to nobody`)
      if (words[2] === 'answers') return done(away.up ? fail(`${call} is there already`) : pbx.answers(away))
      return done(pbx.ends(away, causes.includes(words[3] ?? '') ? (words[3] as GoneCause) : 'normal'))
    }
    case 'recording':
      return done(pbx.recordingFails(call) || fail(`${call} is not recorded`))
    case 'phone':
      return done(pbx.ends(called(), causes.includes(words[2] ?? '') ? (words[2] as GoneCause) : fail(`no cause ${words[2]}`)))
    case 'falls':
      return done(here().elsewhere ? fail(`${call} is there already`) : pbx.fallsBack(here()))
    case 'returns':
      return done(here().elsewhere ? pbx.returns(here()) : fail(`${call} is not with the fallback`))
    case 'presses':
      return done(press(world, channel(), words[2] ?? ''))
    default:
      return false
  }
}

function press(world: World, channel: Channel, digits: string): void {
  for (const digit of digits) world.pbx.dials(channel, digit)
}

function person(world: World, agent: string, verb: string, words: readonly string[]): boolean {
  const { pbx } = world
  const leg = (): Channel => legOf(world, agent) ?? fail(`the phone of ${agent} is still`)
  const third = words[2] ?? ''
  switch (verb) {
    case 'rings':
      return done(pbx.rings(leg()))
    case 'answers':
      return done(pbx.answers(leg()))
    case 'phone':
      return done(pbx.ends(leg(), causes.includes(third) ? (third as GoneCause) : fail(`no cause ${third}`)))
    case 'hangs':
      return done(pbx.ends(leg(), 'normal'))
    case 'drops':
      return done(pbx.ends(leg(), 'failed'))
    case 'presses':
      return done(press(world, leg(), third))
    default:
      return asks(world, agent, verb, words)
  }
}

function asks(world: World, agent: string, verb: string, words: readonly string[]): boolean {
  const [, , third = '', fourth = '', fifth = '', sixth] = words
  switch (verb) {
    case 'signs':
      if (third === 'out') return done(world.ask({ type: 'sign-out', agent }))
      return done(world.ask({ type: 'sign-in', agent, ...(fifth && { position: fifth }) }))
    case 'is':
      if (third.endsWith('engaged')) return done(world.decide({ type: 'phone-engaged', phone: agent, engaged: third === 'engaged' }))
      return done(world.ask({ type: 'ready', agent }))
    case 'pauses':
      return done(world.ask({ type: 'pause', agent, reason: third }))
    case 'moves':
      return done(world.ask({ type: 'move', agent, position: fourth }))
    case 'qualifies':
      return done(world.ask({ type: 'qualify', agent, call: third, priority: fourth as Priority }))
    case 'names':
      return done(world.ask({ type: 'name-caller', agent, call: third, name: 'Untel' }))
    case 'transfers':
      return done(world.ask({ type: 'transfer', agent, call: third, to: fifth, ...(sixth && { handover: sixth as Handover }) }))
    case 'leaves':
      return done(world.ask({ type: 'leave', agent, call: third }))
    case 'takes':
      return done(world.ask({ type: 'take-back', agent, call: third }))
    case 'picks':
      return done(world.ask({ type: 'pick', agent, call: third, ...(fourth && { reason: fourth as PickReason }) }))
    case 'calls':
      return done(world.ask({ type: 'callback', agent, call: third }))
    case 'listens':
    case 'whispers':
      return done(world.ask({ type: 'listen', agent, call: fourth, mode: verb === 'listens' ? 'listen' : 'whisper' }))
    case 'joins':
      return done(world.ask({ type: 'listen', agent, call: third, mode: 'join' }))
    case 'makes':
      world.pbx.arrivals.set(third, { call: third, trunk: 'operator', number: outgoingNumber, caller: null, arrivedAt: world.at })
      return done(world.ask({ type: 'call-out', agent, call: third, to: fifth, by: agent }))
    case 'withdraws':
      return done(world.ask({ type: 'withdraw-callback', agent, call: third }))
    case 'dials':
      return done(world.decide({ type: 'desk-code', channel: `D-${agent}`, phone: agent, code: third }))
    case 'invites':
      return done(world.ask({ type: 'invite', agent, call: fifth, to: third, ...(sixth === 'aside' && { aside: true }) }))
    case 'brings':
      return done(world.ask({ type: 'bring-in', agent, call: third }))
    case 'dismisses':
      return done(world.ask({ type: 'dismiss', agent, call: words[5] ?? '', guest: guestLeg(world, words[5] ?? '') }))
    case 'parks':
      return done(world.ask({ type: 'park', agent, call: third }))
    case 'passes':
      return done(world.ask({ type: 'pass-on', agent, call: third }))
    case 'gives':
      return done(world.ask({ type: 'give-back', agent, call: third }))
    default:
      return false
  }
}

const guestLeg = ({ pbx }: World, call: string): string => [...pbx.channels.values()].find((one) => one.kind === 'guest' && one.call === call)?.id ?? 'nobody'

/** The leg on somebody's phone; the latest, should there be more. */
export const legOf = (world: World, phone: string): Channel | undefined =>
  [...world.pbx.channels.values()].findLast((channel) => channel.phone === phone)

const done = (_: unknown): true => true

function fail(why: string): never {
  throw new ScriptError(why)
}
