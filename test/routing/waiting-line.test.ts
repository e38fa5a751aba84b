/** The waiting line against a dumb twin: an array sorted anew after every move. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WaitingLine, type Place } from '../../src/routing/waiting-line.js'

class SortedArray {
  places: Place[] = []

  add(place: Place): void {
    this.places.push(place)
    this.places.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
  }

  remove(place: Place): boolean {
    const before = this.places.length
    this.places = this.places.filter(({ id, rank }) => id !== place.id || rank !== place.rank)
    return this.places.length < before
  }
}

type Move =
  /** Somebody enters; ranks are few, so that many are equal. */
  | { kind: 'add'; rank: number }
  | { kind: 'serve' }
  | { kind: 'remove'; which: number }
  | { kind: 'come-back'; which: number }
  | { kind: 'remove-stranger'; rank: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), rank: fc.integer({ min: -3, max: 30 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('serve' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('come-back' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove-stranger' as const), rank: fc.integer({ min: -3, max: 30 }) }) },
)

test('the line is the sorted array, whatever is done to it', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 120, size: 'max' }), (moves) => {
      const line = new WaitingLine()
      const twin = new SortedArray()
      const gone: Place[] = []
      for (const [index, one] of moves.entries()) {
        apply(one, index, line, twin, gone)
        expectSame(line, twin, gone)
      }
    }),
    { numRuns: 500 },
  )
})

function apply(one: Move, index: number, line: WaitingLine, twin: SortedArray, gone: Place[]): void {
  const leave = (place: Place | undefined): void => {
    if (!place) return
    expect(line.remove(place)).toBe(twin.remove(place))
    gone.push(place)
  }
  switch (one.kind) {
    case 'add': {
      const place = { id: `c${index}`, rank: one.rank }
      line.add(place)
      return twin.add(place)
    }
    case 'serve':
      return leave(twin.places[0])
    case 'remove':
      return leave(twin.places[one.which % Math.max(1, twin.places.length)])
    case 'come-back': {
      const [place] = gone.splice(one.which % Math.max(1, gone.length), 1)
      if (!place) return
      line.add(place)
      return twin.add(place)
    }
    case 'remove-stranger':
      expect(line.remove({ id: 'stranger', rank: one.rank })).toBe(false)
  }
}

function expectSame(line: WaitingLine, twin: SortedArray, gone: readonly Place[]): void {
  expect([...line]).toEqual(twin.places)
  expect(line.length).toBe(twin.places.length)
  expect(line.first()).toEqual(twin.places[0])
  for (const [index, place] of twin.places.entries()) expect(line.positionOf(place)).toBe(index)
  for (const place of gone) expect(line.positionOf(place)).toBe(-1)
}

test('a long line that is served keeps its order while its head moves on', () => {
  const line = new WaitingLine()
  for (let rank = 0; rank < 2_000; rank++) line.add({ id: `c${rank}`, rank })
  for (let rank = 0; rank < 1_990; rank++) {
    expect(line.first()).toEqual({ id: `c${rank}`, rank })
    expect(line.remove({ id: `c${rank}`, rank })).toBe(true)
    // Every tenth comes back where it was, and leaves again.
    if (rank % 10 !== 0) continue
    line.add({ id: `c${rank}`, rank })
    expect(line.positionOf({ id: `c${rank}`, rank })).toBe(0)
    expect(line.remove({ id: `c${rank}`, rank })).toBe(true)
  }
  expect([...line].map(({ rank }) => rank)).toEqual([1990, 1991, 1992, 1993, 1994, 1995, 1996, 1997, 1998, 1999])
})
