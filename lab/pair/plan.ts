/** Who calls when, and for how long they are talked with: the same for the same seed, so that one surge can be played twice. */
import { Random } from '../chaos/random.js'
import { rooms, sides, wrapUpMs, type PairSide, type Side } from './sas-files.js'

export interface PlannedCall {
  /** Whose number is dialled. */
  readonly side: Side
  /** Shown number, fictional: the range the French regulator keeps for films and tests. */
  readonly caller: string
  /** After the beginning. */
  readonly atMs: number
  /** From pickup to the ARM's hanging up. */
  readonly talkMs: number
}

/** A phone rings so long before somebody picks it up. */
export const ringMs = 300
const talkMs = 10_700
/** What one call costs an ARM. */
const handlingMs = ringMs + talkMs + wrapUpMs
/** Of what its ARMs can answer, so much comes. */
const load: Readonly<Record<PairSide, number>> = { helped: 4, helper: 0.3 }

const gapMs = (side: PairSide): number => handlingMs / rooms[side].arms / load[side]

/** How long the SAS in the surge has work for, once everybody came. */
export const workMs = (calls: number): number => (calls * handlingMs) / rooms.helped.arms

/** @param calls in the surge; the helper has its own, for as long as the two of them have work */
export function planOf(seed: number, calls: number): readonly PlannedCall[] {
  const lastsMs = workMs(calls) / 2
  const counts: Readonly<Record<PairSide, number>> = { helped: calls, helper: Math.ceil(lastsMs / gapMs('helper')) }
  const all = sides.flatMap((side, from) => {
    const random = new Random(seed + from)
    let atMs = 0
    return Array.from({ length: counts[side] }, (_, index): PlannedCall => {
      // As strangers come: one at any moment, whatever the others did.
      atMs += -Math.log(1 - random.next()) * gapMs(side)
      return { side, caller: callerOf(side, index), atMs: Math.round(atMs), talkMs: Math.round(talkMs * random.between(0.7, 1.3)) }
    })
  })
  return all.sort((a, b) => a.atMs - b.atMs)
}

const callerOf = (side: PairSide, index: number): string => `+3363998${sides.indexOf(side)}${String(index % 1_000).padStart(3, '0')}`
