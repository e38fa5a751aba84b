/** What a report adds up: plain sums, so that hours make a month and months make a year. */
import { addTo, noCalls, type CallCounts, type Mean } from '../indicators/call-counts.js'

/** Who took a call, as table 3 of annex 3 tells them apart. */
export const TAKERS = ['arm-n1', 'arm-amu', 'osnp', 'mrl', 'mrh'] as const
export type Taker = (typeof TAKERS)[number]

/** Waits by tenths of a second; those of an hour and more stand in the last place. */
const PLACE_MS = 100
const PLACES = 36_001

export interface Sums {
  readonly calls: CallCounts
  /** Of the answered, from t0 to the first pickup, rounded down to tenths of a second: how many waited so long. */
  readonly waits: Uint32Array
  readonly drms: { amu: number; ambulatory: number; unrouted: number }
  readonly talks: Readonly<Record<Taker, Mean>>
  turnedAway: number
}

const noMean = (): Mean => ({ count: 0, sumMs: 0 })

export const noSums = (): Sums => ({
  calls: noCalls(),
  waits: new Uint32Array(PLACES),
  drms: { amu: 0, ambulatory: 0, unrouted: 0 },
  talks: { 'arm-n1': noMean(), 'arm-amu': noMean(), osnp: noMean(), mrl: noMean(), mrh: noMean() },
  turnedAway: 0,
})

/** @param sign -1 for a wait that is none after all */
export const addWait = ({ waits }: Sums, waitMs: number, sign: 1 | -1 = 1): void => {
  const place = Math.min(PLACES - 1, Math.max(0, Math.floor(waitMs / PLACE_MS)))
  waits[place] = (waits[place] ?? 0) + sign
}

export const addTalk = ({ talks }: Sums, taker: Taker, ms: number): void => addTo(talks[taker], ms)

/**
 * The wait that this share of the answered did not exceed (nearest rank), exact to a tenth of a second, rounded down; an hour for a longer one.
 * @param share from 0 to 1 @returns ms; null when nobody was answered
 */
export const quantileMs = ({ waits }: Sums, share: number): number | null => {
  const count = waits.reduce((sum, here) => sum + here, 0)
  if (count === 0) return null
  let left = Math.max(1, Math.ceil(share * count))
  const place = waits.findIndex((here) => (left -= here) <= 0)
  return place * PLACE_MS
}

/** All of these together. */
export const together = (all: readonly Sums[]): Sums => {
  const whole = noSums()
  for (const part of all) {
    addNumbers(whole.calls, part.calls)
    for (const [place, here] of part.waits.entries()) if (here > 0) whole.waits[place] = (whole.waits[place] ?? 0) + here
    addNumbers(whole.drms, part.drms)
    addNumbers(whole.talks, part.talks)
    whole.turnedAway += part.turnedAway
  }
  return whole
}

/** Adds every number of one to the number of the same name of the other, at any depth. */
const addNumbers = <T extends object>(to: T, from: T): void => {
  for (const key of Object.keys(from) as (keyof T)[]) {
    const [here, there]: [unknown, unknown] = [to[key], from[key]]
    if (typeof here === 'number' && typeof there === 'number') Reflect.set(to, key, here + there)
    else if (typeof here === 'object' && here !== null && typeof there === 'object' && there !== null) addNumbers(here, there)
  }
}
