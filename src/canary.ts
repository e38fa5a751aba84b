/**
 * A call of the SAS to itself, again and again, that proves the whole chain: SIP, dialplan, decision, commit, ring, bridge and sound.
 *
 *   dial      the PBX was asked to call itself
 *   arrival   the room has the call
 *   ringing   the robot's phone rings
 *   pickup    the robot is on the line, the bridge confirmed
 *   sound     both ends heard each other
 *   end       the caller hung up, and the call is over
 * A canary that fails is told by the step that did not come.
 */
import { randomUUID } from 'node:crypto'
import type { CanaryLine } from './ari/canary-line.js'
import type { CallId } from './routing/events.js'
import { pause } from './pause.js'
import type { Fact } from './routing/facts.js'
import { CANARY } from './routing/rules.js'

export const canarySteps = ['dial', 'arrival', 'ringing', 'pickup', 'sound', 'end'] as const
export type CanaryStep = (typeof canarySteps)[number]

/** `failedAt` null: it passed. `answerMs` from the INVITE asked for to the pickup; null without one. */
export interface CanaryResult {
  readonly failedAt: CanaryStep | null
  readonly answerMs: number | null
  readonly error?: unknown
}

export interface CanaryOptions {
  readonly line: CanaryLine
  /** Between the end of one and the next; null for none. */
  readonly everyMs: () => number | null
  /** Milliseconds since the epoch, as facts are told. */
  readonly now: () => number
  readonly onResult: (result: CanaryResult) => void
  /** It was looked, and none is wanted. */
  readonly onNone: () => void
  /** From the call until it must be over. */
  readonly withinMs?: number
}

/** Where none is wanted, until it is looked whether one is now. */
const idleMs = 60_000

export class Canary {
  #flight: Flight | null = null

  constructor(private readonly options: CanaryOptions) {}

  /** Until told to end; the first comes after one period. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs, onResult, onNone } = this.options
    while (!signal.aborted) {
      const waitMs = everyMs()
      if (waitMs === null) onNone()
      await pause(waitMs ?? idleMs, signal)
      if (waitMs === null || signal.aborted) continue
      const result = await this.#fly(signal)
      if (!signal.aborted) onResult(result)
    }
  }

  /** Facts come in the order of the journal. */
  follow(fact: Fact): void {
    this.#flight?.follow(fact)
  }

  async #fly(signal: AbortSignal): Promise<CanaryResult> {
    const { line, now, withinMs = 10_000 } = this.options
    const id = `canary-${randomUUID()}`
    const flight = new Flight(now())
    this.#flight = flight
    try {
      await line.dial(id)
      flight.dialled()
      await flight.landed(withinMs, signal)
      if (!flight.isOver) await line.hangUp(id)
      const isHeard = flight.isOver && flight.awaited === 'sound' && (await line.wasHeard(id))
      return { failedAt: isHeard ? null : flight.failedAt, answerMs: flight.answerMs }
    } catch (error) {
      return { failedAt: flight.failedAt, answerMs: flight.answerMs, error }
    } finally {
      this.#flight = null
    }
  }
}

/** What each fact of the call leaves to wait for. */
const nextAfter: Partial<Record<Fact['type'], CanaryStep>> = { presented: 'ringing', ringing: 'pickup', 'picked-up': 'sound' }

class Flight {
  awaited: CanaryStep = 'dial'
  answerMs: number | null = null
  isOver = false
  #call: CallId | null = null
  readonly #end = new AbortController()

  constructor(readonly since: number) {}

  get failedAt(): CanaryStep {
    return this.awaited === 'sound' && !this.isOver ? 'end' : this.awaited
  }

  /** The room may have heard of it before. */
  dialled(): void {
    if (this.awaited === 'dial') this.awaited = 'arrival'
  }

  follow(fact: Fact): void {
    if (fact.type === 'presented' && fact.trunk === CANARY) this.#call ??= fact.call
    if (!('call' in fact) || fact.call !== this.#call || fact.call === null) return
    this.awaited = nextAfter[fact.type] ?? this.awaited
    if (fact.type === 'picked-up') this.answerMs = Math.max(0, fact.at - this.since)
    if (fact.type !== 'ended') return
    this.isOver = true
    this.#end.abort()
  }

  /** Resolves when the call is over, or too late. */
  landed(withinMs: number, signal: AbortSignal): Promise<void> {
    return this.isOver ? Promise.resolve() : pause(withinMs, AbortSignal.any([signal, this.#end.signal]))
  }
}
