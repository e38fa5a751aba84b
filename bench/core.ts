/**
 * What one decision costs while 10, 100, 1,000 and 10,000 callers wait: `npx tsx bench/core.ts [--json]`.
 * One cycle is the life of one call in a full room: it arrives, an agent hangs up and is free, the first in line is rung, picks
 * up and is confirmed. The sizes take turns in one process, and the best quarter of each one's rounds is compared with that of 10
 * waiting, so that other work on the machine does not count. What remains above 1 is memory: records of callers who wait for long
 * are no longer in the processor's cache, and the garbage collector has moved them.
 */
import { FullRoom } from './full-room.js'

const sizes = [10, 100, 1_000, 10_000]
const rounds = 40
const cyclesPerRound = 100
const warmUpRounds = 5

const rooms = sizes.map((waiting) => ({ waiting, full: new FullRoom(waiting), times: [] as number[] }))
let decisionsPerCycle = 0
for (let round = 0; round < rounds + warmUpRounds; round++) {
  for (const { full, times } of rooms) {
    const before = full.decisions
    const started = performance.now()
    for (let cycle = 0; cycle < cyclesPerRound; cycle++) full.cycle()
    if (round >= warmUpRounds) times.push(((performance.now() - started) * 1_000) / cyclesPerRound)
    decisionsPerCycle = (full.decisions - before) / cyclesPerRound
  }
}

/** The slowest of the best quarter. */
const quick = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[Math.floor(times.length / 4)] as number
const base = quick((rooms[0] as (typeof rooms)[number]).times)
const results = rooms.map(({ waiting, times }) => ({
  waiting,
  decisionUs: Number((quick(times) / decisionsPerCycle).toFixed(2)),
  ratio: Number((quick(times) / base).toFixed(2)),
}))
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(results)}\n`)
else for (const { waiting, decisionUs, ratio } of results)
    process.stdout.write(`${String(waiting).padStart(6)} waiting  ${decisionUs.toFixed(2)} µs a decision  ${ratio.toFixed(2)} × that of 10\n`)
