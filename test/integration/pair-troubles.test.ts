/**
 * Two whole SAS with mutual TLS between them, when something breaks while a caller goes from one to the other: the engine of the one that
 * helps, or the network between the two, one way or both.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { JournalTail } from '../../lab/journal-tail.js'
import { Pair, type CallerStory } from '../../lab/pair/pair.js'
import { sides, type Side } from '../../lab/pair/sas-files.js'
import type { Fact } from '../../src/routing/facts.js'

let pair: Pair
let journals: Readonly<Record<Side, JournalTail>>
let calls = 0

beforeAll(async () => {
  pair = await Pair.open({ agreement: 'link', onProgress: () => undefined, signal: new AbortController().signal })
  const open = (side: Side) => JournalTail.open(pair.stack(side).redisUrl, pair.stack(side).config.sas.id)
  journals = { helped: await open('helped'), helper: await open('helper') }
}, 120_000)
afterAll(async () => {
  for (const side of sides) journals?.[side].close()
  await pair?.close()
})

const patienceMs = 90_000
const caller = (talkMs: number): Promise<CallerStory> =>
  pair.call({ side: 'helped', caller: `+33639980${String((calls += 1)).padStart(3, '0')}`, atMs: 0, talkMs }, patienceMs)

/** The first such fact from now on. */
async function next<Type extends Fact['type']>(side: Side, type: Type, withinMs = 40_000): Promise<Extract<Fact, { type: Type }>> {
  const from = journals[side].facts.length
  let found: Extract<Fact, { type: Type }> | undefined
  await expect
    .poll(() => (found = journals[side].facts.slice(from).find((fact): fact is Extract<Fact, { type: Type }> => fact.type === type)), { timeout: withinMs, interval: 10 })
    .toBeDefined()
  return found as Extract<Fact, { type: Type }>
}

/** Everybody at N1 of the SAS in need talks for so long. */
async function everybodyTalks(talkMs: number): Promise<Promise<CallerStory>[]> {
  const all = Array.from({ length: 4 }, () => caller(talkMs))
  await expect.poll(() => pair.underWay('helped').talking, { timeout: 20_000 }).toBe(4)
  return all
}

/** Nobody is left in either room. */
const empty = (side: Side): Promise<unknown> => expect.poll(async () => ((await pair.engine(side).api.get('room')) as { calls: unknown[] }).calls.length, { timeout: 15_000 }).toBe(0)

async function restart(side: Side): Promise<void> {
  await (await pair.stack(side).startEngine()).active
  const other = pair.stack(side).config.sas.id
  await expect.poll(async () => ((await pair.engine('helped').api.get('supervision')) as { neighbours: { up: boolean }[] }).neighbours[0]?.up, { timeout: 20_000, message: other }).toBe(true)
}

/** A share of them within the whole suite; `PAIR_TROUBLES=all` tries each. */
const all = process.env['PAIR_TROUBLES'] === 'all'

it.each(
  (
    [
      ['a place was promised', 'reservation'],
      ['their phone rings there', 'received'],
    ] as const
  ).slice(all ? 0 : 1),
)('the engine there is killed as %s: the caller keeps the place, and is answered here (R-MA-1)', async (_, step) => {
  const others = await everybodyTalks(16_000)
  const asked = next('helper', step)
  const story = caller(2_000)
  await asked
  await pair.engine('helper').child.stop('SIGKILL')
  const { heard, whole, end } = await story
  expect({ heard, whole, end: end.by }).toEqual({ heard: 'helped', whole: true, end: 'there' })
  for (const other of await Promise.all(others)) expect(other).toMatchObject({ heard: 'helped', whole: true })
  await restart('helper')
  await Promise.all(sides.map(empty))
})

it.runIf(all)('the engine there is killed while they talk: neither notices, and the next one goes on (R-MA-1)', async () => {
  const others = await everybodyTalks(14_000)
  const taken = next('helped', 'given')
  const story = caller(12_000)
  await taken
  await pair.engine('helper').child.stop('SIGKILL')
  await restart('helper')
  expect(await story).toMatchObject({ heard: 'helper', whole: true, deviations: [] })
  await Promise.all(others)
  await Promise.all(sides.map(empty))
})

it.each(
  (
    [
      ['both ways', ['helped', 'helper']],
      ['one way', ['helper']],
    ] as const
  ).slice(all ? 0 : 1),
)('the two lose each other %s while they talk: within ten seconds neither has them but here, first in line (R-MA-1)', async (_, cuts) => {
  const others = await everybodyTalks(24_000)
  const taken = next('helped', 'given')
  const story = caller(20_000)
  await taken
  const [lost, ended] = [next('helped', 'guest-left', 15_000), next('helper', 'ended', 15_000)]
  for (const side of cuts) pair.cut(side)
  const cutAt = Date.now()
  await Promise.all([lost, ended])
  expect(Date.now() - cutAt).toBeLessThan(10_500)
  for (const side of cuts) pair.mend(side)
  const again = await next('helped', 'picked-up')
  expect(again.call).toBe((await taken).call)
  expect((await story).end.by).toBe('there')
  await Promise.all(others)
  await Promise.all(sides.map(empty))
})
