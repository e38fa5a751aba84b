/**
 * What the SAS is measured by, folded from the journal's facts one at a time; how a call counts is in `call-counts.ts`. A call whose
 * beginning is no longer in the journal still counts for what is seen.
 */
import type { Fact, MissReason } from '../routing/facts.js'
import type { CallId } from '../routing/events.js'
import type { Priority, QueueId } from '../routing/rules.js'
import { addTo, countAnswered, countEnded, countPresented, noCalls, type Answer, type CallCounts, type CountedCall, type Mean, type Quality } from './call-counts.js'
import { NotPublic } from './not-public.js'

export type { Quality } from './call-counts.js'

/** What happened within one minute; calls are counted where they came, and where they were answered, whenever that was told. */
export interface MinuteCounts {
  presented: number
  answered: number
  answeredInTime: number
}

const MINUTE_MS = 60_000
/** Minutes are kept for as long as the longest window looks back. */
export const DAY_MS = 24 * 3_600_000

export interface Indicators {
  /** Time of the first fact, ms since the epoch. */
  since: number | null
  /** Time of the last fact. */
  until: number | null
  calls: CallCounts
  byNumber: Map<string, CallCounts>
  /** Of the last day, by the minute's beginning, ms since the epoch. */
  minutes: Map<number, MinuteCounts>
  byPriority: Record<Priority, number>
  /** Calls given a priority, and those given it in time (R-N1-3). */
  qualified: number
  orientedInTime: number
  orientation: Mean
  transfers: { started: number; taken: number; returned: number }
  /** Answered calls whose caller gave up while waiting at a further level. */
  leftWaiting: number
  drmsOpened: number
  escalations: number
  missed: Partial<Record<MissReason, number>>
  /** Waits that ended in a pickup, by queue; for N1 from t0. */
  waitByQueue: Map<QueueId, Mean>
  refused: number
  ignored: number
  /** Calls under way: what was counted for them so far. */
  underWay: Map<CallId, UnderWay>
  notPublic: NotPublic
}

interface UnderWay extends CountedCall {
  readonly entry: string
  readonly arrivedAt: number
  priority: Priority | null
  drms: number
}

export const createIndicators = (): Indicators => ({
  since: null,
  until: null,
  calls: noCalls(),
  byNumber: new Map(),
  minutes: new Map(),
  byPriority: { P0: 0, P1: 0, P2: 0 },
  qualified: 0,
  orientedInTime: 0,
  orientation: { count: 0, sumMs: 0 },
  transfers: { started: 0, taken: 0, returned: 0 },
  leftWaiting: 0,
  drmsOpened: 0,
  escalations: 0,
  missed: {},
  waitByQueue: new Map(),
  refused: 0,
  ignored: 0,
  underWay: new Map(),
  notPublic: new NotPublic(),
})

/** Adds one fact. Facts come in the order of the journal. */
export const tally = (indicators: Indicators, fact: Fact, quality: Quality): void => {
  indicators.since ??= fact.at
  indicators.until = fact.at
  if (indicators.notPublic.kindOf(fact) !== null) return
  switch (fact.type) {
    case 'presented': {
      // Taken in again from the PBX, as its record could not be read: it is the same call.
      if (indicators.underWay.has(fact.call)) return
      const entry = `${fact.trunk}/${fact.number}`
      indicators.underWay.set(fact.call, { entry, arrivedAt: fact.arrivedAt, received: false, answer: null, priority: null, drms: 0 })
      countPresented(countsOf(indicators, fact.call))
      minuteOf(indicators, fact.arrivedAt).presented += 1
      return
    }
    case 'received':
      indicators.underWay.set(fact.call, { entry: `${fact.trunk}/${fact.number}`, arrivedAt: fact.arrivedAt, received: true, answer: null, priority: null, drms: 0 })
      return
    case 'picked-up':
      return pickedUp(indicators, fact, quality)
    case 'served-by-fallback':
      return answered(indicators, fact, quality)
    case 'qualified':
      return qualified(indicators, fact, quality)
    case 'ended':
      return ended(indicators, fact)
    case 'drm-opened': {
      indicators.drmsOpened += 1
      const call = indicators.underWay.get(fact.call)
      if (call) call.drms += 1
      return
    }
    case 'transfer-started':
      indicators.transfers.started += 1
      return
    case 'transfer-taken':
      indicators.transfers.taken += 1
      return
    case 'transfer-returned':
      indicators.transfers.returned += 1
      return
    case 'escalated':
      indicators.escalations += 1
      return
    case 'missed':
      indicators.missed[fact.why] = (indicators.missed[fact.why] ?? 0) + 1
      return
    case 'refused':
      indicators.refused += 1
      return
    case 'ignored':
      indicators.ignored += 1
      return
  }
}

type Of<Type extends Fact['type']> = Extract<Fact, { type: Type }>

const pickedUp = (indicators: Indicators, fact: Of<'picked-up'>, quality: Quality): void => {
  // A wait that is not over, or was none, is no wait of the queue.
  if (fact.why === undefined) {
    const mean = indicators.waitByQueue.get(fact.queue) ?? { count: 0, sumMs: 0 }
    indicators.waitByQueue.set(fact.queue, mean)
    addTo(mean, fact.waitMs)
  }
  if (fact.first) answered(indicators, fact, quality)
}

/** Somebody picked up for the first time. */
const answered = (indicators: Indicators, { type, at: toldAt, call: id, waitMs }: Of<'picked-up'> | Of<'served-by-fallback'>, quality: Quality): void => {
  const call = indicators.underWay.get(id)
  // What the fallback did is told once the call is over.
  const at = type === 'served-by-fallback' && call ? call.arrivedAt + waitMs : toldAt
  const answer = countAnswered(countsOf(indicators, id), call, at, waitMs, quality)
  if (answer) inMinute(indicators, call, answer, 1)
}

/** @param sign -1 for an answer that is none after all */
const inMinute = (indicators: Indicators, call: UnderWay | undefined, { at, inTime }: Answer, sign: 1 | -1): void => {
  const minute = minuteOf(indicators, at)
  if (call?.received) minute.presented += sign
  minute.answered += sign
  if (inTime) minute.answeredInTime += sign
}

/** A call that came back to N1 may be given another priority: it counts under the last, and its first was on time or not. */
const qualified = (indicators: Indicators, fact: Of<'qualified'>, quality: Quality): void => {
  const call = indicators.underWay.get(fact.call)
  const before = call?.priority ?? null
  if (call) call.priority = fact.priority
  indicators.byPriority[fact.priority] += 1
  if (before !== null) {
    indicators.byPriority[before] -= 1
    return
  }
  if (!fact.first) return
  indicators.qualified += 1
  if (fact.sincePickupMs < quality.orientationMs) indicators.orientedInTime += 1
  addTo(indicators.orientation, fact.sincePickupMs)
}

const ended = (indicators: Indicators, fact: Of<'ended'>): void => {
  const call = indicators.underWay.get(fact.call)
  const { wasAnswered, undone } = countEnded(countsOf(indicators, fact.call), call, fact)
  if (undone) {
    inMinute(indicators, call, undone, -1)
    indicators.drmsOpened -= call?.drms ?? 0
  }
  const minute = fact.outcome === 'neighbour' && call ? indicators.minutes.get(startOf(call.arrivedAt)) : undefined
  if (minute) minute.presented -= 1
  if (wasAnswered && fact.waiting) indicators.leftWaiting += 1
  indicators.underWay.delete(fact.call)
}

/** The SAS's counts, and those of the number this call dialled. */
const countsOf = (indicators: Indicators, call: CallId): CallCounts[] => {
  const entry = indicators.underWay.get(call)?.entry
  if (entry === undefined) return [indicators.calls]
  const counts = indicators.byNumber.get(entry) ?? noCalls()
  indicators.byNumber.set(entry, counts)
  return [indicators.calls, counts]
}

const startOf = (at: number): number => at - (at % MINUTE_MS)

const minuteOf = ({ minutes }: Indicators, at: number): MinuteCounts => {
  const start = startOf(at)
  const known = minutes.get(start)
  if (known !== undefined) return known
  for (const old of minutes.keys()) if (old <= start - DAY_MS) minutes.delete(old)
  const counts = { presented: 0, answered: 0, answeredInTime: 0 }
  minutes.set(start, counts)
  return counts
}
