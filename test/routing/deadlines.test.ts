/** The deadlines against a dumb twin: a map that is searched. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deadlines } from '../../src/routing/deadlines.js'

const change = fc.record({
  key: fc.nat(20).map((number) => `k${number}`),
  at: fc.option(fc.nat(50), { nil: null, freq: 4 }),
})

test('the deadlines are the searched map, whatever is set and dropped', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 150, size: 'max' }), fc.nat(50), (changes, probe) => {
      const deadlines = new Deadlines()
      const twin = new Map<string, number>()
      for (const { key, at } of changes) {
        deadlines.set(key, at)
        if (at === null) twin.delete(key)
        else twin.set(key, at)
        expect(deadlines.size).toBe(twin.size)
        expect(deadlines.at(key)).toBe(at)
        expect(deadlines.next()).toBe(twin.size === 0 ? null : Math.min(...twin.values()))
        expect(deadlines.due(probe)).toEqual(searched(twin, probe))
      }
    }),
    { numRuns: 500 },
  )
})

/** Due keys, earliest first, by name when at the same time. */
const searched = (twin: ReadonlyMap<string, number>, at: number): string[] =>
  [...twin]
    .filter(([, due]) => due <= at)
    .sort(([a, dueA], [b, dueB]) => dueA - dueB || (a < b ? -1 : 1))
    .map(([key]) => key)

test('what is due stays due until it is set or dropped', () => {
  const deadlines = new Deadlines()
  deadlines.set('a', 10)
  deadlines.set('b', 20)
  expect(deadlines.due(9)).toEqual([])
  expect(deadlines.due(20)).toEqual(['a', 'b'])
  expect(deadlines.due(20)).toEqual(['a', 'b'])
  deadlines.set('a', 30)
  deadlines.set('b', null)
  expect(deadlines.due(29)).toEqual([])
  expect(deadlines.next()).toBe(30)
})
