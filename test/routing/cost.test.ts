/**
 * A decision costs no more with many callers waiting than with few. `bench/core.ts` measures how flat it is; here a wide margin
 * only catches what scans: that would cost hundreds of times more.
 */
import { expect, test } from 'vitest'
import { FullRoom } from '../../bench/full-room.js'

const quickest = (full: FullRoom, rounds: number): number => {
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    for (let cycle = 0; cycle < 20; cycle++) full.cycle()
    best = Math.min(best, performance.now() - started)
  }
  return best
}

test('10,000 waiting cost less than 4 times what 10 waiting cost', () => {
  const few = new FullRoom(10)
  const many = new FullRoom(10_000)
  quickest(few, 50)
  const ratio = quickest(many, 100) / quickest(few, 100)
  expect(ratio).toBeLessThan(4)
})
