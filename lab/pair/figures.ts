/** What came of a surge: by the word of the callers' own phones, with which the journals of both SAS must agree. */
import type { Fact } from '../../src/routing/facts.js'
import type { CallerStory } from './pair.js'
import { ringMs, type PlannedCall } from './plan.js'
import { receive, rooms, sides, wrapUpMs, type PairSide, type Side } from './sas-files.js'

/** Callers of the SAS in the surge, with and without the agreement; waits in seconds, parts of 1. */
export interface PairFigures {
  readonly presented: number
  /** With everything said, by whose ARM. */
  readonly answeredHome: number
  readonly answeredNeighbour: number
  /** Everybody else, in both runs: never answered, or cut off. */
  readonly lost: number
  /** How often a caller came to a SAS that had them before, in both runs. */
  readonly secondVisits: number
  /** From the INVITE to the ARM's voice: 95 of 100 waited no longer. */
  readonly p95WaitAlone: number
  readonly p95WaitTogether: number
  /** The part that was answered in less than 30 s (DGOS indicator 2). */
  readonly qs30Alone: number
  readonly qs30Together: number
}

/** What one of the two SAS wrote down, and whose calls those were. */
export interface Written {
  readonly facts: readonly Fact[]
  readonly callers: ReadonlyMap<string, string>
}

export interface Played {
  readonly stories: readonly CallerStory[]
  readonly records: Readonly<Record<PairSide, Written>>
}

/** So much more of the callers must be answered in time. */
export const gainMin = 0.2
const inTimeMs = 30_000

export const pairPassed = ({ lost, secondVisits, qs30Alone, qs30Together }: PairFigures): boolean =>
  lost === 0 && secondVisits === 0 && qs30Together - qs30Alone >= gainMin - 1e-9

export function figuresOf(alone: Played, together: Played): PairFigures {
  const surge = of(together, 'helped')
  const before = of(alone, 'helped')
  const by = (side: Side): number => surge.filter(({ heard, whole }) => whole && heard === side).length
  return {
    presented: surge.length,
    answeredHome: by('helped'),
    answeredNeighbour: by('helper'),
    lost: [alone, together].flatMap(({ stories }) => stories).filter(({ whole, heard }) => !whole || heard === null).length,
    secondVisits: secondVisitsOf(Object.values(alone.records)) + secondVisitsOf(Object.values(together.records)),
    p95WaitAlone: p95(before),
    p95WaitTogether: p95(surge),
    qs30Alone: qs30(before),
    qs30Together: qs30(surge),
  }
}

export const of = ({ stories }: Played, side: Side): readonly CallerStory[] => stories.filter(({ planned }) => planned.side === side)

export const qs30 = (stories: readonly CallerStory[]): number =>
  stories.length === 0 ? 1 : rounded(stories.filter(({ heard, waitMs }) => heard !== null && waitMs < inTimeMs).length / stories.length)

/** QS30 of the helper's own callers. */
export interface OwnFigures {
  readonly alone: number
  readonly together: number
  /** What its ceiling leaves them: as if all that it takes of its neighbour's calls were there all along. */
  readonly floor: number
}

export function ownOf(alone: Played, together: Played): OwnFigures {
  const own = of(together, 'helper')
  const before = qs30(of(alone, 'helper'))
  return { alone: before, together: qs30(own), floor: Math.min(before, qs30With(rooms.helper.arms - receive.atOnce, own.map(({ planned }) => planned))) }
}

/** Of callers whom so many ARMs answer, first come, first served. */
function qs30With(arms: number, calls: readonly PlannedCall[]): number {
  const free = new Array<number>(arms).fill(0)
  const inTime = calls.filter(({ atMs, talkMs }) => {
    const soonest = Math.min(...free)
    const pickedUpAt = Math.max(atMs, soonest) + ringMs
    free[free.indexOf(soonest)] = pickedUpAt + talkMs + wrapUpMs
    return pickedUpAt - atMs < inTimeMs
  })
  return calls.length === 0 ? 1 : rounded(inTime.length / calls.length)
}

function p95(stories: readonly CallerStory[]): number {
  const waits = stories.map(({ waitMs }) => waitMs).sort((a, b) => a - b)
  return rounded((waits[Math.ceil(waits.length * 0.95) - 1] ?? 0) / 1_000)
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

/** A caller's way into a SAS: on their own, or given by the neighbour. */
const isEntry = (fact: Fact): fact is Extract<Fact, { type: 'presented' | 'received' }> => fact.type === 'presented' || fact.type === 'received'

/** @param records one of each SAS */
export function secondVisitsOf(records: readonly Written[]): number {
  return records.reduce((sum, written) => {
    const entries = written.facts.filter(isEntry)
    const callers = new Set(entries.map(({ call }) => callerOf(written, call)))
    return sum + entries.length - callers.size
  }, 0)
}

/** One whom nobody knows is another one each time; `deviationsOf` tells of them. */
const callerOf = ({ callers }: Written, call: string): string => callers.get(call) ?? call

/** In words, what did not go as it should, and in what phones and journals do not agree. */
export function deviationsOf(played: Played): string[] {
  const { stories, records } = played
  const deviations = stories.flatMap(({ planned, deviations: all }) => all.map((one) => `${planned.side}, ${planned.atMs} ms: ${one}`))
  const agree = (what: string, phones: number, journal: number): void => {
    if (phones !== journal) deviations.push(`${what}: ${phones} by the phones, ${journal} by the journal`)
  }
  const count = (side: PairSide, type: Fact['type']): number => records[side].facts.filter((fact) => fact.type === type).length
  for (const side of sides) {
    agree(`presented to ${side}`, of(played, side).length, count(side, 'presented'))
    const strangers = records[side].facts.filter((fact) => isEntry(fact) && !records[side].callers.has(fact.call)).length
    if (strangers > 0) deviations.push(`${strangers} entries of ${side} are of unknown callers`)
  }
  const away = stories.filter(({ planned, heard }) => heard !== null && heard !== planned.side)
  agree('given', away.length, count('helped', 'given'))
  const taken = new Set<string>()
  for (const fact of records.helper.facts)
    if (fact.type === 'received') taken.add(fact.call)
    // Somebody at home was first.
    else if (fact.type === 'ended' && fact.outcome === 'returned') taken.delete(fact.call)
  agree('taken', away.length, records.helper.facts.filter((fact) => fact.type === 'picked-up' && fact.first && taken.has(fact.call)).length)
  return deviations
}
