/**
 * What must never be seen at the PBX, whoever asked for it:
 *
 *   - no phone has two legs of the engine at once, but for the moment between a hang-up and its effect;
 *   - no caller is hung up by the system, unless an agent ended their conversation;
 *   - no conversation is cut by the system, unless a decision says why (`left`, `ended`, a guest consulted) and is right about it;
 *   - an engine asks for nothing once a later one decides;
 *   - a caller who talks to an agent is recorded, where all are to be, and one who talks to nobody is not, but for a moment;
 *   - an answered caller hears somebody, a sound or music, but for a moment.
 *
 * Excused, each by name: what a request lost on the way would have ended (`spoiled`), and calls whose memory died (`forgotten`).
 */
import type { OperationName } from '../../src/ari/port.js'
import { carriesTone } from '../../src/ari/translate.js'
import type { Fact } from '../../src/routing/facts.js'
import type { Engines, Running } from './engines.js'
import type { FakeAsterisk, FakeChannel } from './fake-asterisk.js'
import type { Process, Timeline } from './timeline.js'

/** How long two legs of one phone may live side by side, and a conversation be apart, while an engine is at work. */
const overlapMs = 3_000
const apartMs = 3_000
/** How long an answered caller may hear nothing while an engine is at work. */
const silenceMs = 4_000
/** How long the same may be recorded, or not, against the rules. */
const wronglyMs = 4_000
const lookMs = 250
/** How long the word of a successor may be on its way. */
const toldMs = 5

const harmless: ReadonlySet<OperationName> = new Set(['asterisk.getInfo', 'asterisk.setGlobalVar', 'channels.get', 'applications.filter', 'applications.get', 'channels.list', 'bridges.list', 'endpoints.listByTech'])

/** The call a leg was rung for, by its name. */
export const callOf = (leg: string): string => leg.split('-')[1] ?? ''

export class PbxJudge {
  /** Callers whose agent hung up. */
  readonly #endedByAgent = new Set<string>()
  /** Legs that a decision has taken off the line. */
  readonly #released = new Set<string>()
  /** Channels concerned by a request that never arrived. */
  readonly #spoiled = new Set<string>()
  /** Calls of which the memory was lost with an engine. */
  readonly #forgotten = new Set<string>()
  readonly #agentOf = new Map<string, string>()
  readonly #silentMs = new Map<string, number>()
  readonly #wrongMs = new Map<string, number>()
  /** Calls whose recording failed: nobody tries again. */
  readonly #unwritten = new Set<string>()
  #areRecorded = false
  /** When each engine was first seen to decide. */
  readonly #activeSince = new Map<Process, number>()
  /** Requests of engines that had a successor, and what is wrong with them. */
  readonly #late = new WeakMap<object, string>()
  /** Legs that were asked to end. */
  readonly #cut = new Set<string>()

  constructor(
    private readonly timeline: Timeline,
    private readonly parts: () => { pbx: FakeAsterisk; engines: Engines },
    private readonly fault: (text: string) => void,
  ) {}

  /** @param areRecorded whether every conversation is to be */
  begin(areRecorded: boolean): void {
    this.#areRecorded = areRecorded
    this.timeline.post(null, lookMs, () => {
      this.#listen()
      this.begin(areRecorded)
    })
  }

  // What is seen.

  hungUpByAgent(leg: string): void {
    this.#endedByAgent.add(callOf(leg))
  }

  forgotten(calls: Iterable<string>): void {
    for (const call of calls) this.#forgotten.add(call)
  }

  isForgotten(call: string): boolean {
    return this.#forgotten.has(call)
  }

  becameActive(running: Running): void {
    this.#activeSince.set(running.process, this.timeline.now)
  }

  /** What an engine that has been told of its successor asks for must not be done; it may ask into a dead wire. */
  sent(process: Process, operation: OperationName, params: Readonly<Record<string, unknown>>): void {
    // A channel that carries a tone to one agent is its engine's own; nobody else would end it.
    if (harmless.has(operation) || Object.values(params).some((value) => typeof value === 'string' && (carriesTone(value) || value.startsWith('Local/')))) return
    const successor = this.#successorOf(process)
    if (successor) this.#late.set(params, `${process.name} asks for ${operation} while ${successor} decides`)
  }

  /** Who decides instead of this engine, and the PBX could tell it so. */
  #successorOf(process: Process): string | null {
    const { engines } = this.parts()
    const own = engines.all().find((running) => running.process === process)
    if (!own || own.wire.trouble.silentDown) return null
    // By HTTP, answers come by other sockets than the word of a successor: what waited for one may go out first.
    if (!own.wire.ordered && process.thawedAt === this.timeline.now) return null
    const toldWithinMs = own.wire.trouble.slowMs + toldMs
    const epoch = own.engine.room?.epoch ?? 0
    const later = engines.all().find((other) => {
      const since = this.#activeSince.get(other.process)
      return since !== undefined && since + toldWithinMs < this.timeline.now && (other.engine.room?.epoch ?? 0) > epoch
    })
    return later?.process.name ?? null
  }

  lost(operation: OperationName, params: Readonly<Record<string, unknown>>): void {
    if (harmless.has(operation)) return
    for (const value of Object.values(params).flat()) if (typeof value === 'string') this.#spoiled.add(value)
  }

  done(by: object | null, operation: OperationName, params: Readonly<Record<string, unknown>>, failed: boolean): void {
    const late = this.#late.get(params)
    // Whoever has the application was told of nobody: they connected last.
    if (by !== this.parts().pbx.listener) {
      if (late !== undefined && !failed) this.fault(late)
      // Asked for in good faith, and carried out among what a successor asks for.
      this.lost(operation, params)
    }
    if (operation === 'channels.originateWithId' && !failed) this.#rung(String(params.channelId), String(params.endpoint))
  }

  gone(channel: FakeChannel, why: 'asked' | 'hung-up' | 'lost' | 'unanswered'): void {
    if (why !== 'asked') return
    if (channel.kind === 'caller' && !this.#endedByAgent.has(channel.id)) this.fault(`caller ${channel.id} is hung up, and no agent ended the conversation`)
  }

  left(channel: FakeChannel, bridge: string): void {
    const { pbx } = this.parts()
    for (const id of pbx.bridges.get(bridge) ?? []) {
      const other = pbx.channels.get(id)
      if (!other || other.kind === channel.kind) continue
      const [caller, leg] = channel.kind === 'caller' ? [channel, other] : [other, channel]
      if (leg.kind === 'leg' && caller.kind === 'caller') this.#parted(caller, leg)
    }
  }

  /** A decision of some engine. */
  fact(fact: Fact): void {
    switch (fact.type) {
      case 'offered':
        this.#agentOf.set(fact.leg, fact.agent)
        return
      case 'left':
        if (fact.why === 'lost') this.#mustBeGone(fact.call, fact.agent)
        this.#release(fact.call, fact.agent)
        return
      case 'missed':
        this.#released.add(fact.leg)
        return
      case 'listening-began':
        this.#agentOf.set(fact.leg, fact.agent)
        return
      case 'listening-ended':
        this.#release(fact.call, fact.agent)
        return
      case 'guest-left':
        this.#released.add(fact.guest)
        return
      case 'guest-joined':
        // A consultation parts them, and puts them together again.
        if (fact.held) for (const leg of this.#agentOf.keys()) if (callOf(leg) === fact.call) this.#released.add(leg)
        return
      case 'recording-failed':
        this.#unwritten.add(fact.call)
        return
      case 'ended':
        this.#ended(fact)
        return
      default:
    }
  }

  // What is concluded.

  #legsOf(call: string, agent: string): string[] {
    return [...this.#agentOf].flatMap(([leg, one]) => (one === agent && callOf(leg) === call ? [leg] : []))
  }

  #release(call: string, agent: string): void {
    for (const leg of this.#legsOf(call, agent)) this.#released.add(leg)
  }

  #mustBeGone(call: string, agent: string): void {
    const { pbx } = this.parts()
    if (this.#forgotten.has(call)) return
    for (const leg of this.#legsOf(call, agent)) {
      const channel = pbx.channels.get(leg)
      if (channel && channel.state === 'Up' && channel.bridge !== null && !this.#released.has(leg)) this.fault(`${agent} is said to have lost ${call}, and ${leg} is there`)
    }
  }

  #ended(fact: Extract<Fact, { type: 'ended' }>): void {
    const { pbx } = this.parts()
    for (const [leg] of this.#agentOf) {
      if (callOf(leg) !== fact.call) continue
      this.#released.add(leg)
      this.#agentOf.delete(leg)
    }
    const left = fact.why === 'caller-left' || fact.why === 'gone-meanwhile'
    if (left && pbx.channels.get(fact.call)?.inStasis) this.fault(`${fact.call} is said to have gone (${fact.why}), and is there`)
  }

  #rung(leg: string, endpoint: string): void {
    // A number outside takes as many calls as it likes.
    if (endpoint.includes('@')) return
    const { pbx } = this.parts()
    const phone = endpoint.slice(endpoint.indexOf('/') + 1)
    for (const other of pbx.channels.values())
      if (other.endpoint === phone && other.id !== leg) this.#later(overlapMs, () => this.#bothThere(leg, other, phone))
  }

  #bothThere(leg: string, other: FakeChannel, phone: string): void {
    const { pbx } = this.parts()
    if (!pbx.channels.has(leg) || pbx.channels.get(other.id) !== other) return
    if (this.#spoiled.has(leg) || this.#spoiled.has(other.id)) return
    this.fault(`${phone} is rung by ${leg} while ${other.id} is there (${other.state})`)
  }

  #parted(caller: FakeChannel, leg: FakeChannel): void {
    if (this.#released.has(leg.id) || this.#forgotten.has(caller.id)) return
    this.#later(apartMs, () => {
      const { pbx } = this.parts()
      if (pbx.channels.get(caller.id) !== caller || this.#released.has(leg.id) || this.#forgotten.has(caller.id) || this.#spoiled.has(leg.id) || this.#spoiled.has(caller.id)) return
      const there = pbx.channels.get(leg.id)
      if (there === leg && leg.bridge !== null && leg.bridge === caller.bridge) return
      if (there !== leg && !this.#cut.has(leg.id)) return
      this.fault(`the conversation of ${caller.id} with ${leg.id} was cut`)
    })
  }

  asked(channel: FakeChannel): void {
    if (channel.kind === 'leg') this.#cut.add(channel.id)
  }

  /** Judges after `ms` in which an engine was at work and Asterisk was not frozen. */
  #later(ms: number, judge: () => void): void {
    const step = (left: number): void =>
      void this.timeline.post(null, lookMs, () => {
        const next = this.#atWork() ? left - lookMs : ms
        if (next <= 0) judge()
        else step(next)
      })
    step(ms)
  }

  #atWork(): boolean {
    const { engines, pbx } = this.parts()
    const active = engines.active()
    if (!active || pbx.process.frozen) return false
    const { trouble } = active.wire
    return !trouble.silentUp && !trouble.silentDown
  }

  #listen(): void {
    const { pbx, engines } = this.parts()
    if (!this.#atWork()) return
    // By HTTP, what concerns a caller waits for the answers before it: each one lost costs a deadline.
    if ((engines.active()?.wire.trouble.lostAnswers ?? 0) > 0) return this.#silentMs.clear()
    for (const channel of pbx.channels.values()) {
      if (channel.kind !== 'caller' || !channel.inStasis) continue
      if (this.#areRecorded) this.#lookAtRecording(channel)
      if (pbx.hears(channel) !== 'nothing' || this.#spoiled.has(channel.id)) {
        this.#silentMs.delete(channel.id)
        continue
      }
      const silentMs = (this.#silentMs.get(channel.id) ?? 0) + lookMs
      this.#silentMs.set(channel.id, silentMs)
      if (silentMs === silenceMs) this.fault(`caller ${channel.id} hears nothing for ${silenceMs} ms`)
    }
  }

  #lookAtRecording(caller: FakeChannel): void {
    const { pbx } = this.parts()
    const talks = caller.bridge !== null && [...(pbx.bridges.get(caller.bridge) ?? [])].some((id) => pbx.channels.get(id)?.endpoint?.includes('@') === false)
    const written = pbx.recordings.get(caller.id)
    const right = talks === (written !== undefined && !written.paused)
    if (right || this.#unwritten.has(caller.id) || this.#spoiled.has(caller.id) || this.#forgotten.has(caller.id) || (written && this.#spoiled.has(written.recorder))) return void this.#wrongMs.delete(caller.id)
    const wrongMs = (this.#wrongMs.get(caller.id) ?? 0) + lookMs
    this.#wrongMs.set(caller.id, wrongMs)
    if (wrongMs === wronglyMs) this.fault(`${caller.id} talks to ${talks ? 'somebody' : 'nobody'} and is ${written ? (written.paused ? 'paused' : 'recorded') : 'not recorded'}`)
  }
}
