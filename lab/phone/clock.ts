import { performance } from 'node:perf_hooks'

/** Milliseconds of the monotonic clock that `process.hrtime.bigint()` counts in nanoseconds. */
export function monotonicMs(): number {
  return performance.now() + offsetMs
}

/** Nanoseconds of the monotonic clock. Every moment a phone reports as `…Ns` is read from it. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint()
}

/** A monotonic moment in ns as ms of the same clock, to compare with the times of an `Ear`. */
export function msOf(ns: bigint): number {
  return Number(ns) / 1e6
}

const offsetMs = msOf(process.hrtime.bigint()) - performance.now()

/**
 * Wall-clock microseconds minus monotonic microseconds, good to about 20 µs.
 *
 * Other programs stamp what they see with the wall clock. `Date.now()` ticks once a millisecond, so the offset is read
 * at the moment it ticks; the largest of a few readings is the one least delayed. Measure again for each run: the wall
 * clock may be slewed while a long one lasts.
 */
export function wallOffsetUs(readings = 5): number {
  let offsetUs = -Infinity
  for (let reading = 0; reading < readings; reading += 1) {
    const before = Date.now()
    let tick = Date.now()
    while (tick === before) tick = Date.now()
    const offset = tick * 1000 - Number(monotonicNs()) / 1000
    // A late look at the tick makes the offset too small, never too large.
    offsetUs = Math.max(offsetUs, offset)
  }
  return offsetUs
}

/** Converts a wall-clock moment in µs to the monotonic clock in ns, with an offset from {@link wallOffsetUs}. */
export function monotonicNsOfWall(wallUs: number, offsetUs: number): bigint {
  return BigInt(Math.round((wallUs - offsetUs) * 1000))
}
