/** Documents that say where a caller is: what is read, what is refused and why, and that nothing of a stranger's does harm. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPidfLo } from '../../../src/location/pidf-lo.js'
import { civic, device, document, point, polygon, presence, shape } from './documents.js'

const paris = '48.85661 2.35222'
const at = { lat: 48.85661, lon: 2.35222 }
const place = (more: object) => ({ ok: true, place: { point: null, radiusM: null, civic: null, method: 'GPS', ...more } })
const refusal = (why: string) => ({ ok: false, why })

const rivoli = { country: 'FR', A3: 'Paris', A6: 'rue de Rivoli', HNO: '10', PC: '75004', LOC: '2e étage, porte &quot;B&quot;' }
const solid = 'urn:ogc:def:crs:EPSG::4979'

describe('a document is read', () => {
  it.each<[string, string, object]>([
    ['a point', document(point(paris)), place({ point: at })],
    ['a point with its altitude', document(point(`${paris} 35.5`, solid)), place({ point: at })],
    ['a point in a versioned reference system', document(point(paris, 'urn:ogc:def:crs:EPSG:6.6:4326')), place({ point: at })],
    ['more digits than any instrument has', document(point('48.856613333333333 -2.352219999999999')), place({ point: { lat: 48.856613, lon: -2.35222 } })],
    ['space and exponents', document(point('\n  4.885661e1\t 2.35222 ')), place({ point: at })],
    ['the south-west', document(point('-20.88 -55.45')), place({ point: { lat: -20.88, lon: -55.45 } })],
    ['a circle', document(shape('Circle', paris, { radius: '150.49' })), place({ point: at, radiusM: 150.5 })],
    ['a sphere', document(shape('Sphere', `${paris} 35`, { radius: '20' }, { crs: solid })), place({ point: at, radiusM: 20 })],
    ['an ellipse, as the circle around it', document(shape('Ellipse', paris, { semiMinorAxis: '40', semiMajorAxis: '120', orientation: '43' })), place({ point: at, radiusM: 120 })],
    ['the sector of a cell, as the circle around it', document(shape('ArcBand', paris, { innerRadius: '500', outerRadius: '1500' })), place({ point: at, radiusM: 1_500 })],
    ['a polygon, as the circle around it', document(polygon('48 2', '48 2.01', '48.01 2.01', '48.01 2', '48 2')), place({ point: { lat: 48.005, lon: 2.005 }, radiusM: 669 })],
    ['an address', document(civic(rivoli)), place({ civic: { ...rivoli, LOC: '2e étage, porte "B"' } })],
    ['fields nobody knows, empty, twice or endless: left out', document(civic({ A3: 'Lyon', X9: 'x', A6: ' ', NAM: 'n'.repeat(257) }) .replace('</ca:civic', '<ca:A3>Nice</ca:A3></ca:civic')), place({ civic: { A3: 'Lyon' } })],
    ['an address and a circle of one place', document(shape('Circle', paris, { radius: '30' }) + civic({ A3: 'Paris' })), place({ point: at, radiusM: 30, civic: { A3: 'Paris' } })],
    ['an address beside a shape that is not read', document(point('652000 6862000', 'urn:ogc:def:crs:EPSG::2154') + civic({ A3: 'Paris' })), place({ civic: { A3: 'Paris' } })],
    ['of several places the first', presence(device(point(paris), '<gp:method>Cell</gp:method>'), device(civic({ A3: 'Lyon' }))), place({ point: at, method: 'Cell' })],
    ['of several places the first that can be read', presence(device(point('148 2')), device(civic({ A3: 'Lyon' }), '')), place({ civic: { A3: 'Lyon' }, method: null })],
    ['a tuple of RFC 4119', presence(`<tuple id="t"><status>${/<gp:geopriv>.*<\/gp:geopriv>/.exec(device(point(paris)))?.[0]}</status></tuple>`), place({ point: at })],
    ['a method that is no word: left out', presence(device(point(paris), '<gp:method>my own &lt;b&gt;way&lt;/b&gt;</gp:method>')), place({ point: at, method: null })],
    ['other prefixes for the same names', document(point(paris)).replaceAll(/\bgml(?=[:=])/g, 'x'), place({ point: at })],
    ['text in a CDATA section', document(civic({ A3: '<![CDATA[Saint-Denis & alentours]]>' })), place({ civic: { A3: 'Saint-Denis & alentours' } })],
    ['comments and instructions in between', document(point(paris)).replace('<gml:pos>', '<!-- here --><?note x?><gml:pos>'), place({ point: at })],
  ])('%s', (_, text, expected) => expect(readPidfLo(text)).toEqual(expected))
})

describe('a document is refused', () => {
  const laughs = `<!ENTITY a "lol">${'bcdefghij'.split('').map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index]};`.repeat(10)}">`).join('')}`
  const withDtd = (dtd: string, inner: string): string => document(inner).replace('?>', `?><!DOCTYPE presence ${dtd}>`)
  it.each<[string, string | Uint8Array, string]>([
    ['no XML', 'where I am', 'malformed'],
    ['nothing', '', 'malformed'],
    ['cut short', document(point(paris)).slice(0, -4), 'malformed'],
    ['two roots', document(point(paris)) + document(point(paris)).replace(/<\?.*\?>/, ''), 'malformed'],
    ['another kind of document', '<presence xmlns="urn:example"/>', 'malformed'],
    ['names without a namespace', document(point(paris)).replaceAll(/xmlns(:\w+)?="[^"]*"/g, '').replaceAll(/\w+:(?=\w+[ >])/g, ''), 'malformed'],
    ['a prefix that is not declared', document('<zz:Point/>'), 'malformed'],
    ['shapes of another namespace', document(point(paris)).replace('http://www.opengis.net/gml', 'http://www.opengis.net/gml/3.2'), 'none'],
    ['nowhere', document(''), 'none'],
    ['no device at all', presence(), 'none'],
    ['an address that says nothing', document(civic({ A3: ' ' })), 'none'],
    ['NaN', document(point('NaN 2')), 'malformed'],
    ['infinity', document(point('1e99 2')), 'malformed'],
    ['hexadecimal', document(point('0x10 2')), 'malformed'],
    ['a comma', document(point('48,85 2,35')), 'malformed'],
    ['one number', document(point('48.85')), 'malformed'],
    ['four numbers', document(point('1 2 3 4')), 'malformed'],
    ['a latitude beyond the pole', document(point('90.0001 2')), 'malformed'],
    ['a longitude beyond the world', document(point('48 180.0001')), 'malformed'],
    ['a position that is missing', document('<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"/>'), 'malformed'],
    ['two positions', document(point(paris).replace('</gml:Point>', '<gml:pos>1 2</gml:pos></gml:Point>')), 'malformed'],
    ['no reference system', document('<gml:Point><gml:pos>48 2</gml:pos></gml:Point>'), 'unsupported'],
    ['coordinates of another kind', document(point('652000 6862000', 'urn:ogc:def:crs:EPSG::2154')), 'unsupported'],
    ['a shape that is not read', document(shape('Prism', paris, {})), 'unsupported'],
    ['a radius that is missing', document(shape('Circle', paris, {})), 'malformed'],
    ['a radius in feet', document(shape('Circle', paris, { radius: '30' }, { uom: 'urn:ogc:def:uom:EPSG::9002' })), 'malformed'],
    ['a negative radius', document(shape('Circle', paris, { radius: '-1' })), 'malformed'],
    ['a radius beyond the country', document(shape('Circle', paris, { radius: '1000001' })), 'malformed'],
    ['a polygon that does not close', document(polygon('48 2', '48 3', '49 3', '49 2')), 'malformed'],
    ['a polygon with too many corners', document(polygon(...Array.from({ length: 102 }, (_, i) => `48.${100 + (i % 101)} 2`))), 'too-large'],
    ['an entity bomb', withDtd(`[${laughs}]`, civic({ A3: '&j;' })), 'hostile'],
    ['an external entity', withDtd('[<!ENTITY x SYSTEM "file:///etc/passwd">]', civic({ A3: '&x;' })), 'hostile'],
    ['a DTD elsewhere', withDtd('SYSTEM "http://127.0.0.1/x.dtd"', point(paris)), 'hostile'],
    ['a parameter entity', withDtd('[<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]', point(paris)), 'hostile'],
    ['an entity without a DTD', document(civic({ A3: '&nbsp;' })), 'hostile'],
    ['a character that XML forbids', document(civic({ A3: '&#0;' })), 'malformed'],
    ['a megabyte', document(civic({ A3: 'x'.repeat(1_000_000) })), 'too-large'],
    ['40 levels', document('<a>'.repeat(40) + '</a>'.repeat(40)), 'too-large'],
    ['3,000 elements', document('<a/>'.repeat(3_000)), 'too-large'],
    ['Latin-1', Buffer.from(document(civic({ A3: 'Orléans' })), 'latin1'), 'malformed'],
    ['a declared encoding that is not read', document(point(paris)).replace('UTF-8', 'ISO-8859-1'), 'unsupported'],
    ['UTF-16', Buffer.from(`\ufeff${document(point(paris))}`, 'utf16le'), 'malformed'],
  ])('%s', (_, text, why) => expect(readPidfLo(text)).toEqual(refusal(why)))

  it('of 64 KB at once', () => {
    const started = performance.now()
    for (const text of ['<'.repeat(60_000), '&'.repeat(60_000), `<a ${'b="" '.repeat(10_000)}`, document('<a>'.repeat(12_000)), document(point(' '.repeat(60_000)))])
      expect(readPidfLo(text).ok).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

it('never throws, and gives no place outside the Earth, whatever is sent', () => {
  const whole = document(shape('Circle', paris, { radius: '30' }) + civic(rivoli))
  const damaged = fc
    .array(fc.tuple(fc.nat(whole.length), fc.nat(40), fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('<', '>', '&x;', ']]>', '-', '9', 'e9', 'NaN', '"', '</gml:pos>'))), { maxLength: 6 })
    .map((edits) => edits.reduce((text, [from, length, put]) => text.slice(0, from) + put + text.slice(from + length), whole))
  fc.assert(
    fc.property(fc.oneof(damaged, fc.string({ unit: 'binary' }), fc.uint8Array()), (sent) => {
      const reading = readPidfLo(sent)
      if (!reading.ok) return
      const { point: seen, radiusM, civic: address } = reading.place
      if (seen) expect(Math.abs(seen.lat) <= 90 && Math.abs(seen.lon) <= 180).toBe(true)
      if (radiusM !== null) expect(radiusM >= 0 && radiusM <= 1_000_000).toBe(true)
      for (const text of Object.values(address ?? {})) expect(text).toMatch(/^[^\p{Cc}]{1,256}$/u)
    }),
    { numRuns: 3_000 },
  )
})
