/**
 * How a call of the public counts, decided once: for the indicators of the moment and for the activity report. A call counts once under
 * each heading, whatever its way through the room.
 *
 * "Within 30 s" is strict everywhere: 29.999 s is within, 30.000 s is not (R-QS-2).
 */
import type { Fact } from '../routing/facts.js'

/** Limits of quality, in milliseconds. */
export interface Quality {
  /** DGOS indicator 2: answered sooner than this is served in time (R-QS-2). */
  readonly answerMs: number
  /** From pickup to P0, P1 or P2 (R-N1-3). */
  readonly orientationMs: number
}

const QS60_MS = 60_000

/** Upper edges of the abandons' classes, ms, exclusive; the last class has none. */
export const ABANDON_EDGES_MS = [10_000, 30_000, 60_000, 120_000] as const

export interface Mean {
  count: number
  sumMs: number
}

export const addTo = (mean: Mean, ms: number): void => {
  mean.count += 1
  mean.sumMs += ms
}

/** Null of nothing. */
export const meanOf = ({ count, sumMs }: Mean): number | null => (count === 0 ? null : sumMs / count)

/** Null of nothing, never 0 and never 1. */
export const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)

/** Counts of calls: for the SAS, for each number dialled, for the hours of a report. */
export interface CallCounts {
  presented: number
  /** Someone was on the line with the caller (R-QS-1). */
  answered: number
  answeredInTime: number
  answeredWithin60s: number
  /** The caller gave up before anybody answered. */
  abandoned: number
  /** Abandons sooner than each of `ABANDON_EDGES_MS`, then the later ones. */
  abandonedByDelay: number[]
  /** Served by the PBX's own fallback: counted among the answered when an N1 phone picked up. */
  fallback: number
  /** Taken by another SAS, which counts them: not among the presented. */
  neighbour: number
  /** Of those answered, given by another SAS. */
  received: number
  /** From t0 to the first pickup. */
  wait: Mean
}

export const noCalls = (): CallCounts => ({
  presented: 0,
  answered: 0,
  answeredInTime: 0,
  answeredWithin60s: 0,
  abandoned: 0,
  abandonedByDelay: [0, 0, 0, 0, 0],
  fallback: 0,
  neighbour: 0,
  received: 0,
  wait: { count: 0, sumMs: 0 },
})

/** A call under way: what was counted for it so far. */
export interface CountedCall {
  /** A neighbour gave it: it is presented once somebody here answers, and not before. */
  readonly received: boolean
  /** As it was counted. */
  answer: Answer | null
}

export interface Answer {
  readonly at: number
  readonly waitMs: number
  readonly inTime: boolean
}

/** A caller of one's own is there; of one that was received, nothing counts yet. */
export const countPresented = (all: Iterable<CallCounts>): void => {
  for (const counts of all) counts.presented += 1
}

/** Somebody picked up for the first time. @param call undefined when its beginning was not seen @returns null when that was counted before */
export const countAnswered = (all: Iterable<CallCounts>, call: CountedCall | undefined, at: number, waitMs: number, { answerMs }: Pick<Quality, 'answerMs'>): Answer | null => {
  if (call?.answer) return null
  const answer = { at, waitMs, inTime: waitMs < answerMs }
  if (call) call.answer = answer
  for (const counts of all) addAnswer(counts, call?.received === true, answer, 1)
  return answer
}

/** @param sign -1 for an answer that is none after all */
const addAnswer = (counts: CallCounts, received: boolean, { waitMs, inTime }: Answer, sign: 1 | -1): void => {
  counts.answered += sign
  if (received) {
    counts.presented += sign
    counts.received += sign
  }
  if (inTime) counts.answeredInTime += sign
  if (waitMs < QS60_MS) counts.answeredWithin60s += sign
  counts.wait.count += sign
  counts.wait.sumMs += sign * waitMs
}

/** @returns whether somebody had answered, and an answer that is none after all */
export const countEnded = (all: readonly CallCounts[], call: CountedCall | undefined, { outcome, sinceArrivalMs }: Extract<Fact, { type: 'ended' }>): { wasAnswered: boolean; undone: Answer | null } => {
  // Somebody picked up as the SAS that gave the call had it already: it counts there.
  const undone = outcome === 'returned' ? (call?.answer ?? null) : null
  const wasAnswered = call ? call.answer !== null : outcome === 'answered'
  for (const counts of all) {
    if (undone) addAnswer(counts, call?.received === true, undone, -1)
    if (outcome === 'abandoned' && !wasAnswered) {
      counts.abandoned += 1
      const edge = ABANDON_EDGES_MS.findIndex((edgeMs) => sinceArrivalMs < edgeMs)
      const place = edge === -1 ? ABANDON_EDGES_MS.length : edge
      counts.abandonedByDelay[place] = (counts.abandonedByDelay[place] ?? 0) + 1
    } else if (outcome === 'fallback') counts.fallback += 1
    else if (outcome === 'neighbour') {
      // It counts once, where it was answered.
      counts.neighbour += 1
      counts.presented -= 1
    }
  }
  return { wasAnswered, undone }
}
