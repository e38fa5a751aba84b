/** Counts of a round, and of all rounds together. */
import { storiesOf, type Evidence, type Story } from './evidence.js'
import type { FaultKind } from './faults.js'
import { overtakings } from './journal-order.js'
import { audioGapMs, bridgesCut, crowdAt, doubleOffers, isDropped, orderViolations, pickupsLost, resumeMs, wrongOutcomes } from './verdict.js'

/** Stasis is tried and found empty. */
const atOnceMs = 500

export interface RoundFigures {
  readonly kind: FaultKind
  readonly calls: number
  readonly dropped: number
  readonly doubleOffers: number
  /** Seen by the phones, or told by the journal. */
  readonly orderViolations: number
  readonly withoutOutcome: number
  readonly resumeMs: readonly number[]
  /** At the instant of the fault. */
  readonly crowd: { readonly waiting: number; readonly talking: number; readonly ringing: number }
  readonly audioGapMs: number
  readonly bridgesCut: number
  /** Agents who picked up while nobody could put them through. */
  readonly pickupsLost: number
  /** Pickups between the fault and its end. */
  readonly pickedUpMeanwhile: number
  /** Calls that ended with the PBX. */
  readonly cutByPbx: number
  /** Calls whose outcome in the journal contradicts the phones. */
  readonly wrongOutcomes: number
  /** Calls that the fallback took. */
  readonly fallback: number
  /** From arrival to a phone, for those of them who came while no engine was there. */
  readonly fallbackOfferMs: readonly number[]
}

export function figuresOf(kind: FaultKind, evidence: Evidence): RoundFigures {
  const stories = storiesOf(evidence)
  const { trouble, phones } = evidence
  const inFallback = stories.filter(({ fallback }) => fallback !== null)
  return {
    kind,
    calls: stories.length,
    dropped: stories.filter(isDropped).length,
    doubleOffers: doubleOffers(evidence).length,
    orderViolations: orderViolations(stories, evidence).length + overtakings(evidence.facts).length,
    withoutOutcome: stories.filter(({ outcomes }) => outcomes.length !== 1).length,
    resumeMs: resumeMs(stories, evidence),
    crowd: crowdAt(stories, trouble.atNs),
    audioGapMs: audioGapMs(evidence),
    bridgesCut: bridgesCut(stories).length,
    pickupsLost: pickupsLost(stories).length,
    pickedUpMeanwhile: phones.filter(({ answeredAtNs }) => answeredAtNs !== undefined && answeredAtNs > trouble.atNs && answeredAtNs < trouble.overNs).length,
    cutByPbx: stories.filter(({ cut }) => cut).length,
    wrongOutcomes: wrongOutcomes(stories, evidence).length,
    fallback: inFallback.length,
    fallbackOfferMs: inFallback.filter((story) => cameToFallback(story, evidence)).flatMap(waitForPhoneMs),
  }
}

/** Arrived with no engine there: the fallback had them first. */
const cameToFallback = ({ caller, fallback }: Story, { wallOffsetUs }: Evidence): boolean =>
  fallback !== null && fallback.arrivedAt - (Number(caller.heardAtNs) / 1_000 + wallOffsetUs) / 1_000 < atOnceMs

/** From arrival to the first phone; nothing for a caller who left before. */
function waitForPhoneMs({ caller, offers: [first] }: Story): number[] {
  if (first) return [Number(first.ringAtNs - caller.heardAtNs) / 1e6]
  return caller.temper !== 'line' ? [] : [Infinity]
}

/** Broken promises: any of them fails the run. */
export const faultsOf = (round: RoundFigures): number => round.dropped + round.doubleOffers + round.orderViolations + round.withoutOutcome

export function totalOf(rounds: readonly RoundFigures[], seed: number): Record<string, unknown> {
  const sum = (part: (round: RoundFigures) => number, of = rounds): number => of.reduce((total, round) => total + part(round), 0)
  const max = (values: readonly number[]): number | null => (values.length === 0 ? null : rounded(Math.max(...values)))
  const counts = (of: readonly RoundFigures[]) => ({
    rounds: of.length,
    calls: sum(({ calls }) => calls, of),
    dropped: sum(({ dropped }) => dropped, of),
    doubleOffers: sum((round) => round.doubleOffers, of),
    orderViolations: sum((round) => round.orderViolations, of),
    withoutOutcome: sum(({ withoutOutcome }) => withoutOutcome, of),
    resumeMsP50: percentile(of.flatMap((round) => round.resumeMs), 0.5),
    resumeMsP99: percentile(of.flatMap((round) => round.resumeMs), 0.99),
  })
  const kinds = [...new Set(rounds.map(({ kind }) => kind))]
  const details = (of: readonly RoundFigures[]) => ({
    audioGapMsMax: max(of.map((round) => round.audioGapMs)),
    bridgesCut: sum((round) => round.bridgesCut, of),
    pickupsLost: sum((round) => round.pickupsLost, of),
    cutByPbx: sum(({ cutByPbx }) => cutByPbx, of),
    wrongOutcomes: sum((round) => round.wrongOutcomes, of),
    fallback: sum(({ fallback }) => fallback, of),
    fallbackOfferMsMax: max(of.flatMap((round) => round.fallbackOfferMs)),
  })
  const byKind = kinds.map((kind) => {
    const of = rounds.filter((round) => round.kind === kind)
    return [kind, { ...counts(of), ...details(of) }]
  })
  return { ...counts(rounds), ...details(rounds), seed, byKind: Object.fromEntries(byKind) }
}

export function inWords(round: RoundFigures): string {
  const { waiting, talking, ringing } = round.crowd
  const bad = [
    `${round.dropped} dropped`,
    `${round.doubleOffers} double offers`,
    `${round.orderViolations} out of order`,
    `${round.withoutOutcome} without outcome`,
  ]
  const more = [
    `offers after ${round.resumeMs.map(rounded).join(', ')} ms`,
    `audio gap ${rounded(round.audioGapMs)} ms`,
    `${round.bridgesCut} bridges cut`,
    ...(round.pickupsLost > 0 ? [`${round.pickupsLost} pickups lost`] : []),
    ...(round.cutByPbx > 0 ? [`${round.cutByPbx} ended with the PBX`] : []),
    ...(round.wrongOutcomes > 0 ? [`${round.wrongOutcomes} outcomes contradicted`] : []),
    ...(round.fallback > 0 ? [`${round.fallback} with the fallback`] : []),
    ...(round.fallbackOfferMs.length > 0 ? [`rung after ${rounded(Math.max(...round.fallbackOfferMs))} ms at most`] : []),
  ]
  return `${waiting} waiting, ${talking} talking, ${ringing} ringing; ${round.calls} calls: ${bad.join(', ')}; ${more.join(', ')}`
}

/** Null where nothing was measured; a time that never came makes it null too, as JSON has no infinity. */
function percentile(values: readonly number[], part: number): number | null {
  const sorted = [...values].sort((one, other) => one - other)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  return value === undefined ? null : rounded(value)
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10
