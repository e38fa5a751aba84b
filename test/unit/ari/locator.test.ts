/** Where callers are, asked of Asterisk and of a location server: once each, and never for a caller who is gone. */
import { expect, it } from 'vitest'
import { Locator } from '../../../src/ari/locator.js'
import { AriError, type AriPort } from '../../../src/ari/port.js'
import type { LocationLookup } from '../../../src/location/lookup.js'
import type { Reading } from '../../../src/location/reading.js'

const header = 'PJSIP_HEADER(read,Geolocation)'
const place = { point: { lat: 48.85661, lon: 2.35222 }, radiusM: null, civic: null, method: 'GPS' }
const nowhere = { point: null, radiusM: null, civic: null, method: null }
const reference = 'https://lis.example/a'
const byValue = { 'GEOLOC_PROFILE(format)': 'GML', 'GEOLOC_PROFILE(location_info)': 'shape="Point",crs="2d",pos="48.85661 2.35222"', 'GEOLOC_PROFILE(method)': 'GPS' }

function begin(values: Record<string, string | number>, looked?: () => Promise<Reading | null>) {
  const asked: string[] = []
  const port = {
    call: async (operation: 'channels.getChannelVar', { variable }: { variable: string }) => {
      asked.push(variable)
      const value = values[variable] ?? ''
      if (typeof value === 'number') throw new AriError('refused', operation, value)
      return { value }
    },
  } as unknown as AriPort
  const told: unknown[] = []
  const lookup: LocationLookup = { allows: () => looked !== undefined, look: async () => (looked ? looked() : null) }
  const locator = new Locator({ port, lookup, onFound: (...found) => told.push(found) })
  return { asked, told, locator, values }
}

it('a place in the body is told, once', async () => {
  const { locator, told } = begin({ [header]: `<cid:a@b>, <${reference}>`, ...byValue })
  await Promise.all([locator.locate('A'), locator.locate('A')])
  expect(told).toEqual([['A', 'value', { source: 'by-value', ...place, reference }]])
})

it('a place in the header itself is told, and the body is not looked for', async () => {
  const { locator, told, asked } = begin({ [header]: '<geo:48.85661,2.35222;u=50>' })
  await locator.locate('A')
  expect(told).toEqual([['A', 'value', { source: 'by-value', ...place, radiusM: 50, method: null, reference: null }]])
  expect(asked).toEqual([header])
})

it('of a document that Asterisk refused nothing more is asked', async () => {
  const { locator, told, asked } = begin({ [header]: '<cid:a@b>' })
  await locator.locate('A')
  expect(told).toEqual([['A', 'malformed', null]])
  expect(asked).toEqual([header, 'GEOLOC_PROFILE(format)'])
})

it.each<[string, string | number]>([
  ['longer than Asterisk can tell', 500],
  ['of another form', 'somewhere'],
])('a header %s is malformed', async (_, value) => {
  const { locator, told } = begin({ [header]: value })
  await locator.locate('A')
  expect(told).toEqual([['A', 'malformed', null]])
})

it.each<[string, Reading | null, unknown]>([
  ['a place', { ok: true, place }, ['A', 'looked-up', { source: 'by-reference', ...place, reference }]],
  ['a document that is refused', { ok: false, why: 'hostile' }, ['A', 'hostile', null]],
  ['nothing', null, ['A', 'lookup-failed', null]],
])('an address is told at once, and then what it leads to: %s', async (_, reading, last) => {
  const { locator, told } = begin({ [header]: `<${reference}>` }, async () => reading)
  await locator.locate('A')
  expect(told).toEqual([['A', 'reference', { source: 'by-reference', ...nowhere, reference }], last])
})

it('what comes after the call is over is told to nobody', async () => {
  let answer = (_: Reading | null): void => {}
  const { locator, told } = begin({ [header]: `<${reference}>` }, () => new Promise((resolve) => (answer = resolve)))
  const located = locator.locate('A')
  await expect.poll(() => told).toHaveLength(1)
  locator.forget('A')
  answer({ ok: true, place })
  await located
  expect(told).toHaveLength(1)
})

it('a caller who is gone is told of by nobody, and asked for again when listed again', async () => {
  const { locator, told, values } = begin({ [header]: 404 })
  await locator.locate('A')
  expect(told).toEqual([])
  values[header] = '<geo:48,2>'
  await locator.locate('A')
  expect(told).toHaveLength(1)
})
