/** Indicators of the whole journal: nothing is shown before all of it was read. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Ledger } from '../../src/ledger.js'
import type { Fact } from '../../src/routing/facts.js'

const presented = (call: string): Fact => ({ type: 'presented', at: 1, call, trunk: 'operator', number: '15', class: 'P1', arrivedAt: 1 })

async function* past(...calls: string[]) {
  for (const call of calls) yield { fact: presented(call) }
}

async function* torn(...calls: string[]) {
  yield* past(...calls)
  throw new Error('Redis is away')
}

let ledger: Ledger
beforeEach(() => {
  vi.useFakeTimers()
  ledger = new Ledger({ answerMs: 30_000, orientationMs: 30_000 })
})
afterEach(() => vi.useRealTimers())

it('counts the past, then what came meanwhile, each once', async () => {
  expect(ledger.summary()).toBeNull()
  const replayed = ledger.replay(() => past('1', '2'), () => {}, new AbortController().signal)
  ledger.add(presented('3'))
  await replayed
  ledger.add(presented('4'))
  expect(ledger.summary()?.presented).toBe(4)
})

it('begins again when reading fails, and shows nothing until it does not', async () => {
  const problems: unknown[] = []
  let tries = 0
  const replayed = ledger.replay(() => (++tries < 3 ? torn('1') : past('1', '2')), (error) => problems.push(error), new AbortController().signal)
  await vi.advanceTimersByTimeAsync(500)
  ledger.add(presented('3'))
  expect(ledger.summary()).toBeNull()
  await vi.advanceTimersByTimeAsync(5_000)
  await replayed
  expect(problems).toHaveLength(2)
  expect(ledger.summary()?.presented).toBe(3)
})

it('gives up when the engine ends', async () => {
  const end = new AbortController()
  const replayed = ledger.replay(() => torn(), () => {}, end.signal)
  await vi.advanceTimersByTimeAsync(10)
  end.abort()
  await replayed
  expect(ledger.summary()).toBeNull()
})
