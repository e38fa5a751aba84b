/** The Geolocation header, in and out. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { headerFor, readGeoUri, readHeader } from '../../../src/location/header.js'

it.each([
  ['<cid:place@caller>', { hasBody: true, geo: null, reference: null }],
  ['<https://lis.example/a,b?c=d>;inserted-by="x"', { hasBody: false, geo: null, reference: 'https://lis.example/a,b?c=d' }],
  ['<https://lis.example/a>, <cid:place@caller>', { hasBody: true, geo: null, reference: 'https://lis.example/a' }],
  ['<geo:48.85661,2.35222;u=50>', { hasBody: false, geo: 'geo:48.85661,2.35222;u=50', reference: null }],
  ['<sip:place@lis.example>', null],
  ['cid:place@caller', null],
  ['<https://lis .example>', null],
  ['<https://[>', null],
  ['', null],
  [`<https://x/${'a'.repeat(5_000)}>`, null],
])('%s', (text, header) => expect(readHeader(text)).toEqual(header))

it.each<[string, object]>([
  ['geo:48.85661,2.35222', { ok: true, place: { point: { lat: 48.85661, lon: 2.35222 }, radiusM: null, civic: null, method: null } }],
  ['geo:48.85661,2.35222,35;crs=WGS84;u=50', { ok: true, place: { point: { lat: 48.85661, lon: 2.35222 }, radiusM: 50, civic: null, method: null } }],
  ['geo:652000,6862000;crs=epsg-2154', { ok: false, why: 'unsupported' }],
  ['geo:148,2', { ok: false, why: 'malformed' }],
  ['geo:48', { ok: false, why: 'malformed' }],
  ['geo:48,2;u=-1', { ok: false, why: 'malformed' }],
])('%s is read as what it is', (uri, reading) => expect(readGeoUri(uri)).toEqual(reading))

const place = { source: 'by-value', point: { lat: 48.85661, lon: 2.35222 }, radiusM: 50, civic: null, method: null, reference: null } as const

it('a phone is told the place, or where to ask for it', () => {
  expect(headerFor(place)).toBe('<geo:48.85661,2.35222;u=50>')
  expect(headerFor({ ...place, radiusM: null })).toBe('<geo:48.85661,2.35222>')
  expect(headerFor({ ...place, point: null, reference: 'https://lis.example/a' })).toBe('<https://lis.example/a>')
  expect(headerFor({ ...place, point: null, civic: { A3: 'Paris' } })).toBeNull()
})

it('never throws, and hands on nothing that ends a header', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }).map((text) => `<https://x/${text}>`)), (text) => {
      const reference = readHeader(text)?.reference ?? null
      readGeoUri(text)
      if (reference !== null) expect(headerFor({ ...place, point: null, reference })).toMatch(/^<[^<>\s"]+>$/)
    }),
    { numRuns: 3_000 },
  )
})
