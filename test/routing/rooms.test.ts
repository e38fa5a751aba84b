/** Two and three SASs that help each other, in thousands of seconds of trouble: nobody is lost, at two places, or twice at one. */
import { describe, expect, test } from 'vitest'
import { Rooms } from './rooms.js'
import type { World } from './world.js'

/** A reproducible sequence (mulberry32). */
const randomOf = (seed: number) => {
  let state = seed >>> 0
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const arms = ['arm01', 'arm02', 'arm03']
const legsOf = ({ pbx }: World, up: boolean) => [...pbx.channels.values()].filter(({ kind, up: isUp }) => kind === 'leg' && isUp === up)
const publicOf = ({ pbx }: World) => [...pbx.channels.values()].filter(({ id, kind }) => kind === 'caller' && pbx.arrivals.get(id)?.trunk === 'operator')

function play(seed: number, names: readonly string[], reserves: boolean): { rooms: Rooms; given: number } {
  const random = randomOf(seed)
  const rooms = new Rooms(names, reserves, () => random(3) * 5_000)
  const pick = <T>(from: readonly T[]): T | undefined => from[random(Math.max(1, from.length))]
  let given = 0
  for (const name of names) {
    const world = rooms.world(name)
    world.onOutcome = (_, { facts }) => (given += facts.filter(({ type }) => type === 'given').length)
    for (const arm of arms.slice(0, random(4))) world.ask({ type: 'sign-in', agent: arm })
  }
  const pair = (): string => {
    const [one, other] = [pick(names) as string, pick(names) as string]
    return `${one}>${other === one ? (names.find((name) => name !== one) as string) : other}`
  }
  for (let step = 0; step < 60; step++) {
    const name = pick(names) as string
    const world = rooms.world(name)
    switch (random(12)) {
      case 0:
      case 1:
      case 2:
        rooms.dials(name)
        break
      case 3:
      case 4: {
        const leg = pick(legsOf(world, false))
        if (leg && !world.away) world.pbx.answers(leg)
        break
      }
      case 5: {
        const leg = pick(legsOf(world, true))
        if (leg) world.pbx.ends(leg, random(4) === 0 ? 'failed' : 'normal')
        break
      }
      case 6: {
        const caller = pick(publicOf(world))
        if (caller && !caller.elsewhere) world.pbx.ends(caller, 'normal')
        break
      }
      case 7:
        if (!world.away) world.crash()
        break
      case 8:
        if (world.away) world.reconnect()
        break
      case 9: {
        const links = random(2) === 0 ? rooms.cutLinks : rooms.cutLines
        const one = pair()
        if (!links.delete(one)) links.add(one)
        break
      }
      case 10:
        if (!world.away) world.ask(random(2) ? { type: 'sign-in', agent: pick(arms) as string } : { type: 'sign-out', agent: pick(arms) as string })
        break
      default:
        rooms.wait(250 * (1 + random(40)))
    }
    if (!world.away) rooms.pump()
  }
  heal(rooms)
  return { rooms, given }
}

/** Nothing is cut any more, everybody is at work, picks up and hangs up: every call must end, everywhere. */
function heal(rooms: Rooms): void {
  rooms.cutLinks.clear()
  rooms.cutLines.clear()
  for (const { world } of rooms.seats.values()) {
    if (world.away) world.reconnect()
    for (const agent of arms) world.ask({ type: 'sign-in', agent })
  }
  for (let round = 0; round < 400 && rooms.left.length > 0; round++) {
    for (const { world } of rooms.seats.values()) {
      for (const leg of legsOf(world, false)) world.pbx.answers(leg)
      world.settle()
    }
    rooms.wait(1_000)
    for (const { world } of rooms.seats.values()) {
      for (const leg of legsOf(world, true)) world.pbx.ends(leg, 'normal')
      for (const caller of [...world.pbx.channels.values()].filter(({ elsewhere }) => elsewhere)) world.pbx.servedElsewhere(caller, 'n1')
      if (!world.away) world.readRecord()
    }
    rooms.wait(1_000)
  }
}

const seeds = Number(process.env['ROOMS_SEEDS'] ?? 150)

describe.each([
  ['two', ['a', 'b'], true],
  ['three in a ring', ['a', 'b', 'c'], true],
  ['two over SIP alone', ['a', 'b'], false],
] as const)('%s', (_, names, reserves) => {
  test(`nobody is lost, at two places, or twice at one: ${seeds} seeds (R-MA-1)`, () => {
    let given = 0
    for (let seed = 1; seed <= seeds; seed++) {
      try {
        const played = play(seed, names, reserves)
        given += played.given
        expect(played.rooms.left).toEqual([])
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }
    // Or it would prove nothing.
    expect(given).toBeGreaterThan(seeds / 10)
  })
})

test('somebody here and somebody there pick up at one moment: the call counts where the caller is (R-MA-1)', () => {
  const rooms = new Rooms(['a', 'b'])
  const [here, there] = [rooms.world('a'), rooms.world('b')]
  const ends: string[] = []
  for (const [name, world] of [['a', here], ['b', there]] as const)
    world.onOutcome = (_, { facts }) => ends.push(...facts.flatMap((fact) => (fact.type === 'picked-up' ? [`${name} picks up`] : fact.type === 'ended' ? [`${name} ${fact.outcome}`] : [])))
  there.ask({ type: 'sign-in', agent: 'arm01' })
  rooms.wait(2_000)
  rooms.dials('a')
  rooms.pump()
  here.ask({ type: 'sign-in', agent: 'arm01' })
  for (const world of [here, there]) for (const leg of legsOf(world, false).filter(({ kind }) => kind === 'leg')) world.pbx.answers(leg)
  rooms.pump()
  expect(ends.sort()).toEqual(['a picks up', 'b picks up', 'b returned'])
  expect(legsOf(here, true)).toHaveLength(1)
})
