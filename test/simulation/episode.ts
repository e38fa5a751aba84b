/**
 * One run of one seed: faults at random for a while, then everything heals and everybody must be served.
 *
 *   rough    callers come, people work, things go wrong. What must always hold is looked at all the time.
 *   healing  nothing fails any more, nobody new calls, everybody is at work. Within `healMsMax` no call is left: each caller was served
 *            or has ended.
 *   rest     a little later nothing is left of any call, at the PBX, in the room or unwritten.
 */
import type { Fact } from '../../src/routing/facts.js'
import { faultsOf } from '../../src/routing/invariants.js'
import { orderFaults } from '../routing/checks.js'
import { everything, rulebook } from '../routing/sample-rules.js'
import { factInWords } from '../routing/words.js'
import { epochMs, settled, takeOver } from './ambient.js'
import { Callers } from './callers.js'
import { app, Engines, sas, type Running } from './engines.js'
import { FakeAsterisk } from './fake-asterisk.js'
import { FakeRedis } from './fake-redis.js'
import { Fallback } from './fallback.js'
import { Faults } from './faults.js'
import { JournalJudge } from './journal-judge.js'
import { PbxJudge } from './pbx-judge.js'
import { Floor, Shifts } from './people.js'
import { Random } from './random.js'
import { Timeline } from './timeline.js'
import { Trace } from './trace.js'
import { keysOf } from '../../src/redis/keys.js'

/** How long after everything healed the last call may take to end. */
export const healMsMax = 180_000
/** How long it may take an engine to decide, once everything is well. */
const takeoverMsMax = 8_000
const restMs = 90_000
/** How often the disk is full, and for how long. */
const diskEveryMs = 23_000
const diskFullMs = 1_500

export interface Verdict {
  readonly seed: number
  readonly events: number
  readonly calls: number
  readonly decisions: number
  readonly simulatedMs: number
  /** When the last call ended, after everything healed. */
  readonly healedMs: number
  /** How often each fault happened, engines ended, and so on. */
  readonly counts: ReadonlyMap<string, number>
  readonly hash: string
  /** What went wrong; null when nothing did. */
  readonly violation: string | null
  readonly trace: readonly string[]
}

export interface EpisodeOptions {
  readonly seed: number
  /** How long things go wrong. */
  readonly roughMs: number
  readonly onLine?: (line: string) => void
}

export const play = (options: EpisodeOptions): Promise<Verdict> => new Episode(options).play()

class Episode {
  readonly #random: Random
  readonly #timeline = new Timeline()
  readonly #trace: Trace
  readonly #pbx: FakeAsterisk
  readonly #redis: FakeRedis
  readonly #engines: Engines
  readonly #floor: Floor
  readonly #shifts: Shifts
  readonly #callers: Callers
  readonly #fallback: Fallback
  readonly #faults: Faults
  readonly #judge: PbxJudge
  readonly #journal: JournalJudge
  readonly #counts = new Map<string, number>()
  readonly #options: EpisodeOptions
  readonly #isRecorded: boolean
  /** Redis lost something since it had the whole room. */
  #redisForgot = false
  #decisions = 0
  #healedMs = 0
  #violation: string | null = null

  constructor(options: EpisodeOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.#trace = new Trace(options.onLine)
    const timeline = this.#timeline
    const random = this.#random
    const say = (who: string, what: string): void => this.#say(who, what)
    const chosen = rulebook[random.pick(['sample', 'hurried', 'impatient', 'together', 'byHand'])] ?? failed('no rules')
    // Told by the seed, so that nothing else of a run depends on it.
    this.#isRecorded = options.seed % 2 === 1
    const rules = this.#isRecorded ? { ...chosen, recording: [everything] } : chosen
    const parts = { pbx: () => this.#pbx, engines: () => this.#engines, floor: () => this.#floor }
    this.#judge = new PbxJudge(timeline, () => ({ pbx: this.#pbx, engines: this.#engines }), (text) => this.#fault(text))
    this.#journal = new JournalJudge((text) => this.#fault(text))
    this.#fallback = new Fallback(timeline, epochMs, random, () => ({ pbx: parts.pbx(), floor: parts.floor() }), say)
    this.#pbx = new FakeAsterisk({
      time: timeline,
      app,
      epochMs,
      random,
      fallback: this.#fallback,
      watch: {
        done: (by, operation, params, error) => {
          say('asterisk', `${error ? `${error.status} to ` : ''}${inWords(operation, params)}`)
          this.#judge.done(by, operation, params, error !== null)
        },
        gone: (channel, why) => {
          say(channel.kind === 'tone' ? 'tone' : channel.id, `is gone: ${why}`)
          if (channel.kind === 'caller' && why !== 'lost') this.#journal.gone(channel.id)
          if (why === 'asked') this.#judge.asked(channel)
          this.#judge.gone(channel, why)
        },
        entered: (channel, bridge) => say(channel.id, `is in ${bridge}`),
        left: (channel, bridge) => this.#judge.left(channel, bridge),
      },
    })
    this.#redis = new FakeRedis(timeline, epochMs)
    this.#redis.onAppended = (json, epoch) => this.#journal.appended(json, epoch)
    this.#redis.onLost = (json) => this.#journal.lost(json)
    this.#engines = new Engines({
      timeline,
      random,
      pbx: this.#pbx,
      redis: this.#redis,
      rules,
      fallback: this.#fallback,
      ordered: random.chance(0.7),
      watch: {
        sent: (process, operation, params) => {
          this.#judge.sent(process, operation, params)
          this.#spring('requests', process.name)
        },
        lost: (process, operation, params) => {
          say(process.name, `loses ${inWords(operation, params)}`)
          this.#judge.lost(operation, params)
        },
        told: (process, event) => say(process.name, `hears ${event.type} ${'channel' in event && event.channel && !event.channel.id.startsWith('tone') ? event.channel.id : ''}`),
      },
      onStart: (running) => this.#observe(running),
      onEnd: (running, why) => this.#ended(running, why),
      onRedis: (running, command, result) => {
        if (command !== 'renewLease') say(running.process.name, `redis did ${command}: ${Array.isArray(result) ? String(result[0]) : typeof result === 'object' ? 'records' : String(result)}`)
        if (command === 'replaceRoom' && result === 1) this.#redisForgot = false
        if (command === 'commitRoom') this.#spring('commits', running.process.name)
      },
    })
    const floorOptions = { time: timeline, random, pbx: this.#pbx, rules, active: () => this.#engines.active(), say, onHangUp: (leg: string) => this.#judge.hungUpByAgent(leg) }
    this.#floor = new Floor(floorOptions)
    this.#shifts = new Shifts(this.#floor, random)
    this.#callers = new Callers({ time: timeline, random, pbx: this.#pbx, rules, everyMs: random.between(700, 4_000), patienceMs: random.between(15_000, 90_000), say, onHangUp: (leg) => this.#judge.hungUpByAgent(leg) })
    this.#faults = new Faults({
      timeline,
      random,
      pbx: this.#pbx,
      redis: this.#redis,
      engines: this.#engines,
      rules,
      floor: this.#floor,
      everyMs: random.between(1_000, 15_000),
      say: (what) => say('FAULT', what),
      count: (kind) => this.#count(kind),
      fallback: this.#fallback,
      onForgetting: () => (this.#redisForgot = true),
    })
  }

  async play(): Promise<Verdict> {
    const giveBack = takeOver(this.#timeline, this.#random)
    try {
      await this.#playRough()
      await this.#heal()
      await this.#rest()
    } finally {
      giveBack()
    }
    return {
      seed: this.#options.seed,
      events: this.#timeline.happened,
      calls: this.#callers.count,
      decisions: this.#decisions,
      simulatedMs: this.#timeline.now,
      healedMs: this.#healedMs,
      counts: this.#counts,
      hash: this.#trace.hash,
      violation: this.#violation,
      trace: this.#trace.tail,
    }
  }

  async #playRough(): Promise<void> {
    this.#judge.begin(this.#isRecorded)
    if (this.#isRecorded) this.#fillDisk()
    this.#fallback.begin()
    this.#engines.startAll()
    this.#shifts.begin()
    this.#callers.begin()
    await this.#until(5_000)
    this.#faults.begin()
    await this.#until(this.#options.roughMs)
  }

  /** Now and then the recordings' disk is full for a while. */
  #fillDisk(): void {
    const full = (is: boolean): void => {
      this.#say('FAULT', `the disk is ${is ? 'full' : 'free'}`)
      this.#pbx.diskFull = is
    }
    this.#timeline.post(null, diskEveryMs, () => {
      full(true)
      this.#timeline.post(null, diskFullMs, () => full(false))
      this.#fillDisk()
    })
  }

  async #heal(): Promise<void> {
    this.#say('HEAL', 'nothing goes wrong any more')
    this.#faults.heal()
    this.#floor.healed = true
    this.#callers.patient = true
    const healedAt = this.#timeline.now
    await this.#until(healedAt + takeoverMsMax)
    if (!this.#engines.active()) this.#fault(`no engine decides ${takeoverMsMax} ms after everything healed`)
    while (this.#violation === null) {
      const called = [...(this.#engines.active()?.engine.room?.calls.values() ?? [])].filter(({ id, channel }) => channel !== id)
      const left = [...[...this.#pbx.channels.values()].filter(({ kind }) => kind === 'caller'), ...called]
      if (left.length === 0) break
      if (this.#timeline.now > healedAt + healMsMax) return this.#fault(`${left.map(({ id }) => id).join(' ')} still there ${healMsMax} ms after everything healed`)
      this.#shifts.allAtWork()
      await this.#until(this.#timeline.now + 1_000)
    }
    this.#healedMs = this.#timeline.now - healedAt
  }

  /** A room without calls keeps nothing of them. */
  async #rest(): Promise<void> {
    await this.#until(this.#timeline.now + restMs)
    if (this.#violation !== null) return
    const running = this.#engines.active()
    const room = running?.engine.room
    if (!room) return this.#fault('no engine decides at rest')
    for (const { id } of this.#pbx.channels.values()) this.#fault(`${id} is left at the PBX`)
    for (const [id, channels] of this.#pbx.bridges) if (channels.size > 0) this.#fault(`${id} is left at the PBX`)
    for (const id of room.calls.keys()) this.#fault(`${id} is left in the room`)
    for (const { id, state } of room.agents.values()) if (state.kind === 'talking' || state.kind === 'offered') this.#fault(`${id} is left ${state.kind}`)
    if (running.engine.degraded) this.#fault('Redis does not have the whole room at rest')
    if (running.store.backlog.facts > 0) this.#fault(`${running.store.backlog.facts} facts are not written at rest`)
    this.#compareMemory(running)
    this.#journal.conclude(String(room.epoch), (call) => this.#judge.isForgotten(call))
  }

  /** Redis has the room as it is. */
  #compareMemory(running: Running): void {
    const changed = this.#differing(running)
    if (changed.length > 0) this.#fault(`Redis has other records of ${changed.join(' ')}`)
  }

  /** Calls and people whose record in Redis is not the one of this engine's room. */
  #differing({ engine }: Running): string[] {
    const { room } = engine
    if (!room) return []
    const keys = keysOf(sas)
    const changed: string[] = []
    for (const [stored, live] of [[this.#redis.hash(keys.calls), room.calls], [this.#redis.hash(keys.agents), room.agents]] as const) {
      for (const [id, record] of live) if (stored.get(id) !== JSON.stringify(record)) changed.push(id)
      for (const id of stored.keys()) if (!live.has(id)) changed.push(id)
    }
    return changed
  }

  // The loop.

  #until(end: number): Promise<void> {
    return new Promise((resolve) => {
      const turn = (): void => {
        const timeline = this.#timeline
        for (;;) {
          timeline.current = null
          const next = this.#violation === null ? timeline.next(end) : null
          if (!next) {
            timeline.now = Math.max(timeline.now, end)
            return resolve()
          }
          timeline.current = next.owner
          this.#run(next.run)
          // Only an engine has promises that go on.
          if (next.owner && next.owner !== this.#pbx.process && next.owner !== this.#redis.process) return void settled(turn)
        }
      }
      turn()
    })
  }

  #run(what: () => void): void {
    try {
      what()
    } catch (error) {
      this.#fault(`thrown: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }

  // What engines do.

  #observe(running: Running): void {
    const { engine, process, now, store } = running
    const say = (what: string): void => this.#say(process.name, what)
    engine.on('state', (state) => {
      say(state)
      if (state === 'active') this.#judge.becameActive(running)
    })
    engine.on('loaded', () => this.#takenOver(running))
    engine.on('degraded', (on) => {
      say(on ? 'is degraded' : 'is well')
      if (on) this.#count('degraded')
    })
    engine.on('problem', (what, error) => {
      say(`problem: ${what}: ${String(error)}`)
      if (what === 'perform') this.#fault(`effects fail: ${String(error)}`)
    })
    store.events.on('corrupt', ({ kind, id, why }) => this.#fault(`the record ${kind}/${id} cannot be read: ${why}`))
    engine.on('decided', (type) => {
      this.#decisions++
      const { room } = engine
      if (!room) return
      say(`decides on ${type}`)
      for (const fault of faultsOf(room, now())) this.#fault(fault)
    })
    engine.on('fact', (fact) => this.#fact(running, fact))
  }

  #fact({ engine, process }: Running, fact: Fact): void {
    const { room } = engine
    if (!room) return
    this.#say(process.name, `> ${factInWords(fact)}`)
    if (fact.type === 'offered') for (const fault of orderFaults(room, { facts: [fact] })) this.#fault(fault)
    this.#journal.decided(String(room.epoch), fact)
    this.#judge.fact(fact)
  }

  /** What Redis had lost, and nobody had written again, is lost; so is what an engine that was passed over alone knew. */
  #takenOver(running: Running): void {
    this.#count('takeovers')
    for (const other of this.#engines.all()) if (other !== running) this.#forget(other)
    if (this.#redisForgot) this.#judge.forgotten(this.#pbx.channels.keys())
    this.#redisForgot = false
  }

  #ended(running: Running, why: string): void {
    this.#say(running.process.name, `ends: ${why}`)
    this.#count(why)
    if (why === 'unsound-room') this.#fault(`unsound room: ${String(running.engine.lastEvents().at(-1))}`)
    this.#forget(running)
  }

  /** What this engine knew and a Redis that it could not write to did not is lost with it. */
  #forget(running: Running): void {
    if (!running.engine.degraded && running.store.up && !this.#redisForgot) return
    this.#judge.forgotten(this.#differing(running).flatMap((id) => this.#callsOf(running, id)))
    this.#judge.forgotten(this.#journal.unwritten(String(running.engine.room?.epoch)))
  }

  /** A person's record stands for the call they are on. */
  #callsOf({ engine }: Running, id: string): string[] {
    const state = engine.room?.agents.get(id)?.state
    return state ? (state.kind === 'talking' || state.kind === 'offered' ? [state.call] : []) : [id]
  }

  /** An engine is killed where it hurts. */
  #spring(trap: 'commits' | 'requests', process: string): void {
    const { traps } = this.#faults
    if (traps[trap] === 0 || --traps[trap] > 0) return
    const running = this.#engines.all().find((one) => one.process.name === process)
    if (!running) return
    this.#say('FAULT', `${process} dies`)
    this.#engines.kill(running)
  }

  #say(who: string, what: string): void {
    this.#trace.add(this.#timeline.now, who, what)
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  #fault(text: string): void {
    this.#say('VIOLATION', text)
    this.#violation ??= text
  }
}

const inWords = (operation: string, params: Readonly<Record<string, unknown>>): string =>
  `${operation} ${Object.values(params)
    .filter((value) => typeof value === 'string' && !value.startsWith('tone-'))
    .join(' ')}`

function failed(why: string): never {
  throw new Error(why)
}
