/**
 * A room, the PBX it runs on and a clock, driven by hand. Every decision is judged; the first fault throws.
 *
 * Between the core and the PBX lie two queues: what the PBX reported and the core has not heard (`pbx.pending`), and what the
 * core decided and the PBX has not done (`undone`). Normally both are emptied at once; `holdReports` and `holdEffects` let
 * the two sides drift apart as they do when a machine is slow.
 */
import type { Effect } from '../../src/routing/effects.js'
import type { Command, Event, WithoutTime } from '../../src/routing/events.js'
import type { Room } from '../../src/routing/live-room.js'
import { createRoom } from '../../src/routing/roster.js'
import type { Rules } from '../../src/routing/rules.js'
import { nextDeadline, step, type Outcome } from '../../src/routing/step.js'
import { derivedFaults, earnedIn, faultsAfter, remembered } from './checks.js'
import { Ledger } from './ledger.js'
import { PbxModel, type Report } from './pbx-model.js'
import { everything } from './sample-rules.js'

/** A Sunday noon; any fixed instant does. */
export const noon = Date.UTC(2026, 0, 4, 11)

export class Broken extends Error {}

export type Asked = WithoutTime<Command>

export class World {
  at = noon
  room: Room
  readonly pbx = new PbxModel()
  ledger = new Ledger()
  /** What the memory holds since it fell silent: the records, and the journal's sums. */
  #silent: { readonly memory: string; readonly ledger: Ledger } | null = null
  /** What the engine began with. */
  #loaded = '{"calls":[],"agents":[],"fallbackMark":"0"}'
  holdReports = false
  holdEffects = false
  /** The engine is not there, or not connected to the PBX. */
  away = false
  /** Whether every decision is compared with a room made anew from the records, or every fourth. */
  thorough = false
  /** Some report was delivered more than once. */
  repeated = false
  #decisions = 0
  /** Called with every decision, for whoever writes it down. */
  onOutcome: (event: Event, outcome: Outcome) => void = () => {}
  readonly #undone: Effect[] = []
  /** The last reports delivered, for those that come twice. */
  readonly delivered: Report[] = []

  constructor(rules: Rules, at = noon) {
    this.at = at
    this.room = createRoom(rules, 1, this.at, remembered(this.#loaded))
    this.pbx.now = () => this.at
  }

  /** One decision: judged, written down, performed. `stale` when the event is untrue by now. */
  decide(event: WithoutTime<Event>, stale = false): Outcome {
    const before = earnedIn(this.room)
    const timed = { ...event, at: this.at } as Event
    const outcome = step(this.room, timed)
    this.onOutcome(timed, outcome)
    for (const fact of outcome.facts) this.ledger.read(fact)
    this.pbx.judge(outcome.effects, stale || this.pbx.blind)
    this.#undone.push(...outcome.effects)
    if (!this.holdEffects) this.performAll()
    this.#check(faultsAfter(this.room, this.at, before, outcome))
    if (this.thorough || this.#decisions++ % 4 === 0) this.#check(derivedFaults(this.room, this.at))
    return outcome
  }

  ask(command: Asked): Outcome {
    if (this.away) this.reconnect()
    return this.decide(command)
  }

  performAll(): void {
    for (const effect of this.#undone.splice(0)) this.pbx.perform(effect)
  }

  /** Tells the core everything that happened, and what comes of it. */
  settle(): void {
    if (this.away || this.holdReports) return
    for (let told = 0; this.pbx.pending.length > 0; told++) {
      if (told > 1_000) throw new Broken('the room and the PBX do not come to rest')
      this.deliver(0)
    }
    this.readRecord()
    if (this.holdEffects) return
    this.#check(this.pbx.unheard())
    if (this.room.rules.recording.includes(everything)) this.#check(this.pbx.unrecorded())
  }

  /** What the fallback wrote down since. */
  readRecord(): void {
    const news = this.pbx.news(this.room.fallbackMark)
    if (news.entries.length > 0) this.decide({ type: 'fallback-news', news }, true)
  }

  deliver(index: number): void {
    const [report] = this.pbx.pending.splice(index, 1)
    if (!report) return
    this.pbx.told(report)
    this.delivered.push(report)
    if (this.delivered.length > 8) this.delivered.shift()
    this.decide(report)
  }

  /** The report at `index` never arrives. */
  lose(index: number): Report | undefined {
    const [report] = this.pbx.pending.splice(index, 1)
    if (report) this.pbx.blind = true
    return report
  }

  /** Time passes; every deadline on the way is served when it comes. */
  wait(ms: number): void {
    const until = this.at + ms
    for (let ticks = 0; !this.away; ticks++) {
      const due = nextDeadline(this.room)
      if (due === null || due > until) break
      if (ticks > 10_000) throw new Broken('a deadline is never served')
      this.at = Math.max(this.at, due)
      this.decide({ type: 'tick' })
      const next = nextDeadline(this.room)
      if (next !== null && next <= this.at) throw new Broken(`a deadline of ${this.at} is still due after its tick`)
      this.settle()
    }
    this.at = until
  }

  /** Time passes and the engine is too busy to look at its clock. */
  stall(ms: number): void {
    this.at += ms
  }

  /** The connection to the PBX breaks. */
  disconnect(): void {
    this.away = true
    this.#cut()
  }

  /** The memory takes nothing more, until `memoryBack` or the next engine. */
  memorySilent(): void {
    this.#silent ??= { memory: this.#memory(), ledger: this.ledger.copy() }
  }

  /** The memory was written anew. */
  memoryBack(): void {
    this.#silent = null
  }

  /**
   * The engine dies. The memory holds its last decision, whose effects may not have been performed, or what it held when it
   * fell silent.
   */
  crash(): void {
    this.disconnect()
    this.#loaded = this.#silent?.memory ?? this.#memory()
    this.#check(derivedFaults(this.room, this.at, remembered(this.#memory())))
    if (this.#silent) this.ledger = this.#silent.ledger
    this.#silent = null
    this.pbx.forgetDecisions()
    this.room = createRoom(this.room.rules, this.room.epoch + 1, this.at, remembered(this.#loaded))
  }

  /** The records as written with the last decision: none was, and they are what they were, before an engine's first. */
  #memory(): string {
    return this.room.unsaid ? this.#loaded : JSON.stringify({ calls: [...this.room.calls.values()], agents: [...this.room.agents.values()], fallbackMark: this.room.fallbackMark, over: this.ledger.over })
  }

  #cut(): void {
    this.delivered.length = 0
    this.#undone.length = 0
    this.pbx.pending.length = 0
    this.pbx.blind = true
    this.holdReports = false
    this.holdEffects = false
  }

  /** Connected again: what exists, then what was reported between (`overlap` last reports). */
  reconnect(overlap = 0): void {
    const held = overlap > 0 ? this.pbx.pending.slice(-overlap) : []
    this.pbx.pending.length = 0
    this.away = false
    // Connecting takes a while, so nothing decided before bears the same time.
    this.at += 1
    const listed = this.pbx.inventory(this.room.fallbackMark)
    for (const { call } of listed.arrivals) if ((this.room.calls.get(call)?.state.kind ?? 'fallback') === 'fallback') this.pbx.comesAgain(call)
    this.decide({ type: 'inventory', ...listed }, true)
    this.pbx.blind = false
    for (const report of held) {
      this.pbx.told(report)
      this.decide(report, true)
    }
    this.settle()
  }

  /** @throws Broken when anything is wrong, with all that is. */
  #check(faults: readonly string[]): void {
    const all = [...faults, ...this.pbx.faults, ...this.ledger.faults]
    if (all.length > 0) throw new Broken(all.join('\n'))
  }

  /** Whoever has a phone that rings or is picked up. */
  legs(): string[] {
    return [...this.pbx.channels.values()].filter((channel) => channel.kind === 'leg').map(({ id }) => id)
  }
}
