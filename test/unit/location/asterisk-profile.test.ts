/** What Asterisk tells of a document, word for word as a real one told it. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAsteriskProfile } from '../../../src/location/asterisk-profile.js'

const gml = (info: string) => readAsteriskProfile({ format: 'GML', info, method: 'GPS' })
const civic = (info: string) => readAsteriskProfile({ format: 'civicAddress', info, method: '' })
const refusal = (why: string) => ({ ok: false, why })

it.each<[string, unknown, object]>([
  ['a point', gml('shape="Point",crs="2d",pos="48.85661 2.35222"'), { point: { lat: 48.85661, lon: 2.35222 }, radiusM: null, civic: null, method: 'GPS' }],
  ['a circle', gml('shape="Circle",crs="2d",pos="48.85661 2.35222",radius="150.5"'), { point: { lat: 48.85661, lon: 2.35222 }, radiusM: 150.5, civic: null, method: 'GPS' }],
  ['an ellipse', gml('shape="Ellipse",crs="2d",pos="42.5 -73.2",semiMajorAxis="1275",semiMinorAxis="670",orientation="43.2 degrees"'), { point: { lat: 42.5, lon: -73.2 }, radiusM: 1_275, civic: null, method: 'GPS' }],
  [
    'an address, quotes and commas in it',
    civic('lang="fr",country="FR",A1="Île-de-France",A3="Paris",LOC="2e, porte "B", gauche"'),
    { point: null, radiusM: null, civic: { country: 'FR', A1: 'Île-de-France', A3: 'Paris', LOC: '2e, porte "B", gauche' }, method: null },
  ],
])('%s is read', (_, reading, place) => expect(reading).toEqual({ ok: true, place }))

it.each<[string, unknown, string]>([
  ['a second shape inside the first', gml('shape="Point",crs="2d",pos="4",shape="Circle",pos="9 2.35222"'), 'malformed'],
  ['text inside a position', gml('shape="Point",crs="2d",pos="4",shape=Circle,pos="9 2.35222"'), 'malformed'],
  ['NaN', gml('shape="Point",crs="2d",pos="NaN 2.35222"'), 'malformed'],
  ['another reference system', gml('shape="Point",crs="unknown",pos="48.85661 2.35222"'), 'unsupported'],
  ['an address and a shape in one', civic('pos="48.85661 2.35222"'), 'unsupported'],
  ['nothing', readAsteriskProfile({ format: '', info: '', method: '' }), 'malformed'],
  ['a format nobody knows', readAsteriskProfile({ format: 'URI', info: 'URI="https://x"', method: '' }), 'malformed'],
  ['an address without a field', civic('lang=""'), 'none'],
  ['more than a document may hold', civic(`A3="${'x'.repeat(70_000)}"`), 'too-large'],
])('%s is refused', (_, reading, why) => expect(reading).toEqual(refusal(why)))

it('never throws, whatever is told', () => {
  const word = fc.constantFrom('shape="Point"', 'crs="2d"', 'pos="48 2"', 'pos="', 'radius="3"', 'A3="x"', '",', '__proto__="x"', 'constructor="y"', '\n')
  fc.assert(
    fc.property(fc.constantFrom('GML', 'civicAddress', ''), fc.oneof(fc.array(word).map((words) => words.join(',')), fc.string()), fc.string(), (format, info, method) => {
      const reading = readAsteriskProfile({ format, info, method })
      if (reading.ok) expect(Object.getPrototypeOf(reading.place.civic ?? {})).toBe(Object.prototype)
    }),
    { numRuns: 3_000 },
  )
})
