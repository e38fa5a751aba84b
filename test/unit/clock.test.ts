import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SteadyClock } from '../../src/clock.js'

/** A clock on two that a test moves. */
function moved(): { clock: SteadyClock; pass: (ms: number) => number; set: (byMs: number) => void } {
  let wall = Date.UTC(2026, 9, 25)
  let monotonic = 0
  const clock = new SteadyClock(
    () => wall,
    () => monotonic,
  )
  const pass = (ms: number): number => {
    wall += ms
    monotonic += ms
    return clock.now()
  }
  return { clock, pass, set: (byMs) => void (wall += byMs) }
}

const hourMs = 3_600_000

describe('the steady clock', () => {
  it('goes with the system while nobody sets it', () => {
    const { pass } = moved()
    const start = pass(0)
    expect(pass(1_000) - start).toBe(1_000)
    expect(pass(hourMs) - start).toBe(hourMs + 1_000)
  })

  it.each([hourMs, -hourMs])('does not jump when the system is set by %d ms, and comes to agree with it', (byMs) => {
    const { pass, set } = moved()
    const before = pass(0)
    set(byMs)
    expect(pass(0)).toBe(before)
    const second = pass(1_000) - before
    expect(second).toBeGreaterThanOrEqual(989)
    expect(second).toBeLessThanOrEqual(1_010)
    for (let minutes = 0; minutes < 101 * 60; minutes++) pass(60_000)
    const later = pass(0)
    expect(Math.abs(later - before - byMs - 1_000 - 101 * hourMs)).toBeLessThanOrEqual(1)
  })

  it('never runs backwards, and within 1 % of the time that passes, whatever is done to the system', () => {
    const moves = fc.array(fc.record({ pass: fc.integer({ min: 0, max: 100_000 }), set: fc.integer({ min: -hourMs, max: hourMs }) }))
    fc.assert(
      fc.property(moves, (steps) => {
        const { pass, set } = moved()
        let last = pass(0)
        for (const step of steps) {
          set(step.set)
          const now = pass(step.pass)
          expect(now - last).toBeGreaterThanOrEqual(Math.floor(step.pass * 0.99) - 1)
          expect(now - last).toBeLessThanOrEqual(Math.ceil(step.pass * 1.01) + 1)
          last = now
        }
      }),
    )
  })
})
