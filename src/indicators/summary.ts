/** Indicators as they are shown: ratios and means. A ratio of nothing is null, never 0 and never 1. */
import type { MissReason } from '../routing/facts.js'
import type { Priority } from '../routing/rules.js'
import { meanOf, ratio, type CallCounts } from './call-counts.js'
import { DAY_MS, type Indicators } from './indicators.js'

export interface CallSummary {
  readonly presented: number
  readonly answered: number
  readonly abandoned: number
  readonly abandonedByDelay: {
    readonly under10s: number
    readonly under30s: number
    readonly under60s: number
    readonly under120s: number
    readonly over120s: number
  }
  readonly fallback: number
  readonly neighbour: number
  readonly received: number
  /** Answered / presented (R-QS-6). */
  readonly answerRate: number | null
  /** Answered in time / answered (R-QS-2). */
  readonly qs30: number | null
  /** Answered in time / presented. */
  readonly inTimeOfPresented: number | null
  /** Answered in under 60 s / answered. */
  readonly qs60: number | null
  readonly meanWaitMs: number | null
}

/** Of the last so many minutes, the current one included. */
export interface WindowSummary {
  readonly presented: number
  readonly answered: number
  /** Answered in time / answered, of those answered in the window (R-QS-2). */
  readonly qs30: number | null
}

/** How far back the windows look, ms. */
const WINDOWS_MS = { quarter: 15 * 60_000, hour: 3_600_000, day: DAY_MS } as const

export interface Summary extends CallSummary {
  readonly since: number | null
  readonly until: number | null
  readonly byNumber: Readonly<Record<string, CallSummary>>
  readonly windows: Readonly<Record<keyof typeof WINDOWS_MS, WindowSummary>>
  readonly byPriority: Readonly<Record<Priority, number>>
  readonly qualified: number
  /** Given a priority in time / given a priority (R-N1-3). */
  readonly orientedInTime: number | null
  readonly meanOrientationMs: number | null
  readonly transfers: { readonly started: number; readonly taken: number; readonly returned: number }
  readonly leftWaiting: number
  readonly drmsOpened: number
  readonly escalations: number
  readonly missed: Readonly<Partial<Record<MissReason, number>>>
  readonly meanWaitMsByQueue: Readonly<Record<string, number>>
  readonly refused: number
  readonly ignored: number
}

/** @param now where the windows end, ms since the epoch; the last fact without */
export const summarize = (indicators: Indicators, now: number = indicators.until ?? 0): Summary => ({
  since: indicators.since,
  until: indicators.until,
  ...summarizeCalls(indicators.calls),
  byNumber: Object.fromEntries([...indicators.byNumber].map(([entry, counts]) => [entry, summarizeCalls(counts)])),
  windows: { quarter: windowOf(indicators, now - WINDOWS_MS.quarter), hour: windowOf(indicators, now - WINDOWS_MS.hour), day: windowOf(indicators, now - WINDOWS_MS.day) },
  byPriority: { ...indicators.byPriority },
  qualified: indicators.qualified,
  orientedInTime: ratio(indicators.orientedInTime, indicators.qualified),
  meanOrientationMs: meanOf(indicators.orientation),
  transfers: { ...indicators.transfers },
  leftWaiting: indicators.leftWaiting,
  drmsOpened: indicators.drmsOpened,
  escalations: indicators.escalations,
  missed: { ...indicators.missed },
  meanWaitMsByQueue: Object.fromEntries([...indicators.waitByQueue].map(([queue, mean]) => [queue, meanOf(mean) ?? 0])),
  refused: indicators.refused,
  ignored: indicators.ignored,
})

const windowOf = ({ minutes }: Indicators, from: number): WindowSummary => {
  const counts = { presented: 0, answered: 0, answeredInTime: 0 }
  for (const [start, minute] of minutes) {
    if (start <= from) continue
    counts.presented += minute.presented
    counts.answered += minute.answered
    counts.answeredInTime += minute.answeredInTime
  }
  return { presented: counts.presented, answered: counts.answered, qs30: ratio(counts.answeredInTime, counts.answered) }
}

const summarizeCalls = (counts: CallCounts): CallSummary => {
  const [under10s = 0, under30s = 0, under60s = 0, under120s = 0, over120s = 0] = counts.abandonedByDelay
  return {
    presented: counts.presented,
    answered: counts.answered,
    abandoned: counts.abandoned,
    abandonedByDelay: { under10s, under30s, under60s, under120s, over120s },
    fallback: counts.fallback,
    neighbour: counts.neighbour,
    received: counts.received,
    answerRate: ratio(counts.answered, counts.presented),
    qs30: ratio(counts.answeredInTime, counts.answered),
    inTimeOfPresented: ratio(counts.answeredInTime, counts.presented),
    qs60: ratio(counts.answeredWithin60s, counts.answered),
    meanWaitMs: meanOf(counts.wait),
  }
}
