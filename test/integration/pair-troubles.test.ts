/**
 * Two whole SAS with mutual TLS between them, each of which gives calls to the other, when something goes wrong while a caller goes from
 * one to the other: an engine dies, the network between the two is cut, one way or both, all are busy, or the clocks are apart. And three
 * of them in a ring.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Asterisk } from '../../lab/asterisk.js'
import { JournalTail } from '../../lab/journal-tail.js'
import { CallerBook } from '../../lab/pair/caller-book.js'
import { secondVisitsOf } from '../../lab/pair/figures.js'
import { Pair, type CallerStory } from '../../lab/pair/pair.js'
import { ring, rooms, sides, type PairSide, type Side } from '../../lab/pair/sas-files.js'
import type { Fact } from '../../src/routing/facts.js'
import { civic, document, point } from '../unit/location/documents.js'
import { startSipp } from './fallback/sipp.js'

let pair: Pair
let journals: Readonly<Record<PairSide, JournalTail>>
let calls = 0

/** A caller is given once they have waited for so long. */
const givenAfterMs = 2_000

/** Each of them gives to the others. */
const open = (members: readonly Side[]): Promise<Pair> => {
  const terms = { members, givers: members, when: { oldestWaitSeconds: givenAfterMs / 1_000 }, calmSeconds: 0 }
  return Pair.open({ agreement: 'link', terms, onProgress: () => undefined, signal: new AbortController().signal })
}
const journalOf = (of: Pair, side: Side): Promise<JournalTail> => JournalTail.open(of.stack(side).redisUrl, of.stack(side).config.sas.id)

beforeAll(async () => {
  pair = await open(sides)
  journals = { helped: await journalOf(pair, 'helped'), helper: await journalOf(pair, 'helper') }
}, 120_000)
afterAll(async () => {
  for (const side of sides) journals?.[side].close()
  await pair?.close()
})

const patienceMs = 90_000
const caller = (talkMs: number, side: Side = 'helped', of = pair): Promise<CallerStory> =>
  of.call({ side, caller: `+3363998${ring.indexOf(side)}${String((calls += 1)).padStart(3, '0')}`, atMs: 0, talkMs }, patienceMs)
const callers = (count: number, talkMs: number, side: Side, of: Pair): Promise<CallerStory>[] => Array.from({ length: count }, () => caller(talkMs, side, of))

type Of<Type extends Fact['type']> = Extract<Fact, { type: Type }>

const factsOf = <Type extends Fact['type']>(side: PairSide, type: Type): Of<Type>[] => journals[side].facts.filter((fact): fact is Of<Type> => fact.type === type)

/** The first such fact from now on. */
async function next<Type extends Fact['type']>(side: PairSide, type: Type, withinMs = 40_000): Promise<Of<Type>> {
  const before = factsOf(side, type).length
  await expect.poll(() => factsOf(side, type).length, { timeout: withinMs, interval: 10, message: `${type} at ${side}` }).toBeGreaterThan(before)
  return factsOf(side, type)[before] as Of<Type>
}

/** Everybody at N1 talks for so long. */
async function everybodyTalks(talkMs: number, side: Side = 'helped', of = pair): Promise<Promise<CallerStory>[]> {
  const all = callers(rooms[side].arms, talkMs, side, of)
  await expect.poll(() => of.underWay(side).talking, { timeout: 20_000 }).toBe(all.length)
  return all
}

const isServed = { whole: true, deviations: [], end: { by: 'there' } }

/** Nobody is left in any room, everybody there is ready for the next one, and each sees the others and gives nothing. */
async function calm(of = pair, members: readonly Side[] = sides): Promise<void> {
  const look = async (side: Side) => {
    const { api } = of.engine(side)
    const room = (await api.get('room')) as { calls: unknown[]; agents: { position: string; state: string }[] }
    const { neighbours, giving } = (await api.get('supervision')) as { neighbours: { up: boolean }[]; giving: { since: number | null }[] }
    const busy = room.agents.filter(({ position, state }) => position === 'n1' && state !== 'ready')
    return { calls: room.calls, busy, up: neighbours.every(({ up }) => up), giving: giving.map(({ since }) => since) }
  }
  await expect.poll(() => Promise.all(members.map(look)), { timeout: 15_000 }).toEqual(members.map(() => ({ calls: [], busy: [], up: true, giving: [null] })))
}

const kill = (side: Side): Promise<unknown> => pair.engine(side).child.stop('SIGKILL')
const restart = async (side: Side, environment?: Record<string, string>): Promise<void> => (await pair.stack(side).startEngine(environment)).active

/** A share of them within the whole suite; `PAIR_TROUBLES=all` tries each. */
const all = process.env['PAIR_TROUBLES'] === 'all'
const share = <Case>(cases: readonly Case[]): readonly Case[] => (all ? cases : cases.slice(-1))

it.each(
  share([
    ['a place was promised', 'reservation'],
    ['their phone rings there', 'received'],
  ] as const),
)('the engine there is killed as %s: the caller keeps the place, and is answered here (R-MA-1)', async (_, step) => {
  const others = await everybodyTalks(6_000)
  const asked = next('helper', step)
  const story = caller(1_000)
  await asked
  await kill('helper')
  expect(await story).toMatchObject({ ...isServed, heard: 'helped' })
  for (const other of await Promise.all(others)) expect(other).toMatchObject({ ...isServed, heard: 'helped' })
  await restart('helper')
  await calm()
})

it.each(
  share([
    ['there', 'helper'],
    ['here', 'helped'],
  ] as const),
)('the engine %s is killed while they talk: neither notices, and the next one goes on (R-MA-1)', async (_, side) => {
  const others = await everybodyTalks(6_000)
  const taken = next('helped', 'given')
  const story = caller(8_000)
  await taken
  await kill(side)
  await restart(side)
  expect(await story).toMatchObject({ ...isServed, heard: 'helper' })
  await Promise.all(others)
  await calm()
})

it.runIf(all)('the engine here is killed as their phone rings there: whoever picks up has the caller, and nobody else (R-MA-1)', async () => {
  const others = await everybodyTalks(6_000)
  const offered = next('helper', 'received')
  const story = caller(2_000)
  await offered
  await kill('helped')
  await restart('helped')
  expect(await story).toMatchObject(isServed)
  await Promise.all(others)
  await calm()
})

it.each(
  share([
    ['both ways', ['helped', 'helper']],
    ['one way', ['helper']],
  ] as const),
)('the two lose each other %s while they talk: within ten seconds neither has them but here, first in line (R-MA-1)', async (_, cuts) => {
  const others = await everybodyTalks(13_000)
  const taken = next('helped', 'given')
  const story = caller(12_000)
  const { call } = await taken
  const [lost, ended] = [next('helped', 'guest-left', 15_000), next('helper', 'ended', 15_000)]
  for (const side of cuts) pair.cut(side)
  const cutAt = Date.now()
  await Promise.all([lost, ended])
  expect(Date.now() - cutAt).toBeLessThan(10_000)
  for (const side of cuts) pair.mend(side)
  expect((await next('helped', 'picked-up')).call).toBe(call)
  expect((await story).end.by).toBe('there')
  await Promise.all(others)
  await calm()
})

/** Everybody at each of them talks, and more call: so many, by SAS. */
async function allFull(of: Pair, more: ReadonlyMap<Side, number>): Promise<void> {
  const members = [...more.keys()]
  // Once a call is over, it can be told how long the next ones are going to wait.
  await Promise.all(members.map((side) => caller(500, side, of)))
  await calm(of, members)
  const witnesses = await Promise.all(members.map(async (side) => ({ journal: await journalOf(of, side), book: await CallerBook.open(of.engine(side), of.stack(side).token) })))
  const busy = (await Promise.all(members.map((side) => everybodyTalks(6_000, side, of)))).flat()
  const stories = await Promise.all([...busy, ...[...more].flatMap(([side, count]) => callers(count, 1_000, side, of))])
  for (const story of stories) expect(story).toMatchObject(isServed)
  await calm(of, members)
  const records = witnesses.map(({ journal, book }) => ({ facts: journal.facts, callers: book.callers }))
  expect(secondVisitsOf(records)).toBe(0)
  // Or it would prove nothing.
  for (const { facts } of records) expect(facts.filter(({ type }) => type === 'giving-began')).not.toEqual([])
  expect(records.flatMap(({ facts }) => facts.filter(({ type }) => type === 'given'))).not.toEqual([])
  for (const { journal, book } of witnesses) {
    journal.close()
    book.close()
  }
}

it('both are full, and each gives to the other: nobody is lost, comes back, or is at two places (R-MA-1)', () =>
  allFull(pair, new Map([['helped', 8], ['helper', 3]])))

it.runIf(all)('three are full, and each gives to the other two: nobody is lost, comes back, or is at two places (R-MA-1)', async () => {
  const three = await open(ring)
  try {
    await allFull(three, new Map([['helped', 8], ['helper', 3], ['third', 3]]))
  } finally {
    await three.close()
  }
})

it('where a caller is goes with them, a point or an address (R-IN-2)', async () => {
  const others = await everybodyTalks(4_500)
  const { config } = pair.stack('helped')
  const asterisk = pair.stack('helped').asterisk as Asterisk
  const from = config.trunks['operator']?.match[0] ?? ''
  const dial = (index: number, inner: string) =>
    startSipp({ scenario: 'caller', from, service: '15', target: asterisk.sip, shows: { from: `"caller" <sip:019900000${index}@[local_ip]:[local_port]>`, headers: 'Geolocation: <cid:place@caller>' }, document: document(inner) })
  const dialled = [await dial(1, point('48.85661 2.35222')), await dial(2, civic({ country: 'FR', A3: 'Colmar' }))]
  const located = async (): Promise<unknown[]> => {
    const { calls: there } = (await pair.engine('helper').api.get('room')) as { calls: { received: string | null; location: unknown }[] }
    return there.flatMap(({ received, location }) => (received === null ? [] : [location]))
  }
  // In either order: nobody says whose INVITE is there first.
  const isAt = (place: object): unknown => expect.objectContaining({ source: 'by-value', ...place })
  const [at, address] = [isAt({ point: { lat: 48.85661, lon: 2.35222 } }), isAt({ civic: expect.objectContaining({ country: 'FR', A3: 'Colmar' }) })]
  try {
    await expect.poll(located, { timeout: 10_000 }).toEqual(expect.toBeOneOf([[at, address], [address, at]]))
  } finally {
    for (const sipp of dialled) await sipp.stop()
  }
  // Who is killed says no BYE.
  const channels = (await asterisk.cli('core show channels concise')).split('\n').filter((line) => line.startsWith('PJSIP/operator') && line.includes('!019900000'))
  const kept = next('helper', 'ended')
  for (const channel of channels) await asterisk.cli(`channel request hangup ${channel.split('!')[0]}`)
  // Not the other SAS's to count, should somebody have picked up in that moment.
  expect(await kept).toMatchObject({ why: 'kept-there', outcome: 'returned' })
  await Promise.all(others)
  await calm()
})

/** A wall clock that is ahead, and an Asterisk whose stamps are too: an engine reads them from `creationtime`. */
const aheadBy = (ms: number): Record<string, string> => {
  const code = `const {now,parse}=Date;Date.now=()=>now()+${ms};Date.parse=(text)=>parse(text)+(text.includes('T')?${ms}:0)`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` }
}

/** Last: the engine there goes on with that clock. */
it.each(share([-5_000, 5_000]))('the clock there is %i ms ahead: both tell the wait of the one who waits (R-MA-1)', async (ms) => {
  await kill('helper')
  await restart('helper', aheadBy(ms))
  await calm()
  const others = await everybodyTalks(5_000)
  const [received, answered, given] = [next('helper', 'received'), next('helper', 'picked-up'), next('helped', 'given')]
  const { waitMs, heard } = await caller(1_000)
  expect(heard).toBe('helper')
  // The clock was as it was to be.
  expect(Math.abs((await answered).at - (await given).at - ms)).toBeLessThan(1_000)
  const told = [(await received).at - (await received).arrivedAt, (await answered).waitMs, (await given).waitMs]
  for (const each of told) expect(Math.abs(each - waitMs)).toBeLessThan(1_000)
  await Promise.all(others)
  await calm()
})
