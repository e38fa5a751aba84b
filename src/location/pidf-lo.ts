/** A location as a document: PIDF-LO of RFC 4119, RFC 5139 and RFC 5491. */
import { areaOf, type Area, type Shape } from './area.js'
import { civicOf, methodOf } from './civic.js'
import { Refused, refused, type Place, type Reading } from './reading.js'
import { parseXml, type Element } from './xml.js'

const pidf = 'urn:ietf:params:xml:ns:pidf'
const geopriv = `${pidf}:geopriv10`
const civicAddress = `${pidf}:geopriv10:civicAddr`
const gml = 'http://www.opengis.net/gml'
const shapes = 'http://www.opengis.net/pidflo/1.0'

/** WGS 84, with or without altitude: latitude comes first. */
const wgs84 = /^urn:ogc:def:crs:EPSG:[\d.]*:(4326|4979)$/
const metre = /^urn:ogc:def:uom:EPSG:[\d.]*:9001$/

/**
 * The place that the document says. Of several, the first that can be read (RFC 5491 orders them by preference); what it says
 * of one place is not mixed with what it says of another. Never throws.
 */
export function readPidfLo(document: Uint8Array | string): Reading {
  try {
    const root = parseXml(typeof document === 'string' ? new TextEncoder().encode(document) : document)
    if (root.uri !== pidf || root.name !== 'presence') return refused('malformed')
    const told = [...within(root, geopriv, 'geopriv')]
    let refusal: Reading = refused('none')
    for (const one of told) {
      const reading = readGeopriv(one)
      if (reading.ok) return reading
      if (!refusal.ok && refusal.why === 'none') refusal = reading
    }
    return refusal
  } catch (error) {
    return refused(error instanceof Refused ? error.why : 'malformed')
  }
}

function readGeopriv(element: Element): Reading {
  try {
    const info = element.children.find(({ uri, name }) => uri === geopriv && name === 'location-info')
    const method = element.children.find(({ uri, name }) => uri === geopriv && name === 'method')
    const address = info?.children.find(({ uri, name }) => uri === civicAddress && name === 'civicAddress')
    const civic = civicOf(address?.children.flatMap(({ uri, name, text }) => (uri === civicAddress ? [[name, text] as const] : [])) ?? [])
    const area = areaIn(info, civic !== null)
    if (area === null && civic === null) return refused('none')
    const place: Place = { ...(area ?? { point: null, radiusM: null }), civic, method: method ? methodOf(method.text) : null }
    return { ok: true, place }
  } catch (error) {
    if (error instanceof Refused) return refused(error.why)
    throw error
  }
}

/** @param isKnown whether the place is known without: a shape that cannot be read is then left out. @throws Refused */
function areaIn(info: Element | undefined, isKnown: boolean): Area | null {
  try {
    const shape = info?.children.map(shapeOf).find((one) => one !== null)
    return shape ? areaOf(shape) : null
  } catch (error) {
    if (isKnown && error instanceof Refused) return null
    throw error
  }
}

function shapeOf(element: Element): Shape | null {
  const { uri, name, attributes } = element
  if (uri !== gml && uri !== shapes) return null
  if (!wgs84.test(attributes['srsName'] ?? '')) throw new Refused('unsupported')
  const positions = [...within(element, gml, 'pos')].map(({ text }) => text)
  for (const { text } of within(element, gml, 'posList')) positions.push(...pairsOf(text, attributes['srsName']?.endsWith('4979') ? 3 : 2))
  const lengths = element.children.filter((child) => child.uri === shapes && child.attributes['uom'] !== undefined && metre.test(child.attributes['uom']))
  return { name, positions, lengths: Object.fromEntries(lengths.map((length) => [length.name, length.text])) }
}

function pairsOf(list: string, dimension: number): string[] {
  const numbers = list.trim().split(/\s+/)
  if (numbers.length % dimension !== 0) throw new Refused('malformed')
  return Array.from({ length: numbers.length / dimension }, (_, index) => numbers.slice(index * dimension, (index + 1) * dimension).join(' '))
}

function* within(element: Element, uri: string, name: string): Generator<Element> {
  for (const child of element.children) {
    if (child.uri === uri && child.name === name) yield child
    else yield* within(child, uri, name)
  }
}
