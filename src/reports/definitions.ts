/**
 * Every figure of the activity report, defined once: what it is called (`messages/report.fr.ts`), where the instruction asks for it
 * (annex 3, table and line; null for what stands beside), and how it follows from the sums. What is summed, of which facts and at which
 * instant, is in `fold.ts`; docs/indicators.md tells it to people.
 */
import { meanOf, ratio, type Mean } from '../indicators/call-counts.js'
import { quantileMs, type Sums } from './sums.js'

/** Ratios are from 0 to 1; waits and durations in ms, which are shown to the tenth of a second and to the second. */
export type Unit = 'count' | 'ratio' | 'wait' | 'duration'

export type Section = 'table1' | 'beside' | 'table3'

export interface Figure {
  readonly id: FigureId
  readonly section: Section
  /** Line of the table; null for a figure that the instruction does not ask for. */
  readonly line: number | null
  readonly unit: Unit
  /** Null for what the telephony does not know: somebody has to fill it in from the LRM. Gives null where there is nothing to divide by. */
  readonly of: ((sums: Sums) => number | null) | null
}

const drmsOf = ({ drms: { amu, ambulatory, unrouted } }: Sums): number => amu + ambulatory + unrouted
const abandonsAt = (place: number) => ({ calls }: Sums): number => calls.abandonedByDelay[place] ?? 0
const meanTalk = (taker: (talks: Sums['talks']) => Mean) => ({ talks }: Sums): number | null => meanOf(taker(talks))

const defined = {
  '1.1': ['table1', 'count', ({ calls }) => calls.answered],
  '1.2': ['table1', 'ratio', ({ calls }) => ratio(calls.answeredInTime, calls.answered)],
  '1.3': ['table1', 'count', drmsOf],
  '1.4': ['table1', 'count', ({ drms }) => drms.amu],
  '1.5': ['table1', 'count', ({ drms }) => drms.ambulatory],
  unrouted: ['table1', 'count', ({ drms }) => drms.unrouted],
  '1.6': ['table1', 'count', null],
  presented: ['beside', 'count', ({ calls }) => calls.presented],
  'answer-rate': ['beside', 'ratio', ({ calls }) => ratio(calls.answered, calls.presented)],
  'in-time': ['beside', 'count', ({ calls }) => calls.answeredInTime],
  'in-time-of-presented': ['beside', 'ratio', ({ calls }) => ratio(calls.answeredInTime, calls.presented)],
  'mean-wait': ['beside', 'wait', ({ calls }) => meanOf(calls.wait)],
  'median-wait': ['beside', 'wait', (sums) => quantileMs(sums, 0.5)],
  'p95-wait': ['beside', 'wait', (sums) => quantileMs(sums, 0.95)],
  abandoned: ['beside', 'count', ({ calls }) => calls.abandoned],
  'abandoned-10': ['beside', 'count', abandonsAt(0)],
  'abandoned-30': ['beside', 'count', abandonsAt(1)],
  'abandoned-60': ['beside', 'count', abandonsAt(2)],
  'abandoned-120': ['beside', 'count', abandonsAt(3)],
  'abandoned-more': ['beside', 'count', abandonsAt(4)],
  fallback: ['beside', 'count', ({ calls }) => calls.fallback],
  given: ['beside', 'count', ({ calls }) => calls.neighbour],
  received: ['beside', 'count', ({ calls }) => calls.received],
  'turned-away': ['beside', 'count', ({ turnedAway }) => turnedAway],
  '3.1': ['table3', 'count', null],
  '3.2': ['table3', 'count', null],
  '3.3': ['table3', 'count', null],
  '3.4': ['table3', 'count', null],
  '3.5': ['table3', 'count', null],
  '3.6': ['table3', 'count', null],
  '3.7': ['table3', 'count', null],
  '3.8': ['table3', 'count', null],
  '3.9': ['table3', 'duration', meanTalk((talks) => talks['arm-n1'])],
  '3.10': ['table3', 'duration', meanTalk((talks) => talks['arm-amu'])],
  '3.11': ['table3', 'duration', meanTalk((talks) => talks.osnp)],
  '3.12': ['table3', 'duration', meanTalk((talks) => talks.mrl)],
  '3.13': ['table3', 'duration', meanTalk((talks) => talks.mrh)],
  '3.14': ['table3', 'count', null],
  '3.15': ['table3', 'count', null],
  '3.16': ['table3', 'count', null],
  '3.17': ['table3', 'count', null],
  '3.18': ['table3', 'count', null],
  '3.19': ['table3', 'count', null],
  '3.20': ['table3', 'count', null],
  '3.21': ['table3', 'count', null],
  '3.22': ['table3', 'count', null],
  '3.23': ['table3', 'count', null],
} as const satisfies Record<string, readonly [Section, Unit, ((sums: Sums) => number | null) | null]>

/** `<table>.<line>` of annex 3, or a name. */
export type FigureId = keyof typeof defined

const lineOf = (id: FigureId): number | null => (/^\d/.test(id) ? Number(id.slice(id.indexOf('.') + 1)) : null)

/** In the order of the report. */
export const figures: readonly Figure[] = (Object.keys(defined) as FigureId[]).map((id) => {
  const [section, unit, of] = defined[id]
  return { id, section, line: lineOf(id), unit, of }
})
