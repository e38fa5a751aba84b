/**
 * Shapes of RFC 5491 as a point and a radius: what a map shows and an ambulance needs. A larger shape becomes the circle
 * around it, never a smaller one.
 */
import { Refused, type Place } from './reading.js'

export interface Shape {
  /** Local name of the GML element. */
  readonly name: string
  /** Text of each `pos`: latitude, longitude and, of a solid, altitude. */
  readonly positions: readonly string[]
  /** Text of each length, metres. */
  readonly lengths: Readonly<Record<string, string>>
}

export type Area = Pick<Place, 'point' | 'radiusM'>

type Point = NonNullable<Place['point']>

/** Longer than any way across France, metres. */
const radiusMax = 1_000_000
const verticesMax = 100
const earthRadiusM = 6_371_000

/** The length that reaches the farthest edge. A point has none. */
const reach: ReadonlyMap<string, string | null> = new Map([
  ['Point', null],
  ['Circle', 'radius'],
  ['Sphere', 'radius'],
  ['Ellipse', 'semiMajorAxis'],
  ['Ellipsoid', 'semiMajorAxis'],
  ['ArcBand', 'outerRadius'],
])

/** @throws Refused when it is no shape that is read here, or its numbers are no place on Earth. */
export function areaOf({ name, positions, lengths }: Shape): Area {
  if (name === 'Polygon') return around(positions.map(pointOf))
  const length = reach.get(name)
  if (length === undefined) throw new Refused('unsupported')
  const [position, ...more] = positions
  if (position === undefined || more.length > 0) throw new Refused('malformed')
  const point = pointOf(position)
  return { point, radiusM: length === null ? null : radiusOf(lengths[length] ?? '') }
}

/** Latitude and longitude in degrees (WGS 84), to 0.1 m; altitude is left out. @throws Refused */
export function pointOf(text: string): Point {
  const numbers = text.trim().split(/\s+/).map(numberOf)
  const [lat, lon] = numbers
  if (lat === undefined || lon === undefined || numbers.length > 3) throw new Refused('malformed')
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) throw new Refused('malformed')
  return { lat: rounded(lat, 6), lon: rounded(lon, 6) }
}

/** Metres. @throws Refused */
export function radiusOf(text: string): number {
  const radius = numberOf(text.trim())
  if (radius < 0 || radius > radiusMax) throw new Refused('malformed')
  return rounded(radius, 1)
}

function numberOf(text: string): number {
  const value = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,2})?$/.test(text) ? Number(text) : NaN
  if (!Number.isFinite(value)) throw new Refused('malformed')
  return value
}

/** Adding 0 makes 0 of -0. */
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits)) + 0

/** The ring ends where it begins. Near the 180th meridian, of no département, the circle is too large. */
function around(ring: readonly Point[]): Area {
  const vertices = ring.slice(0, -1)
  const [first, last] = [ring[0], ring.at(-1)]
  if (!first || !last || vertices.length < 3 || first.lat !== last.lat || first.lon !== last.lon) throw new Refused('malformed')
  if (vertices.length > verticesMax) throw new Refused('too-large')
  const middle = (values: number[]): number => rounded((Math.min(...values) + Math.max(...values)) / 2, 6)
  const point = { lat: middle(vertices.map(({ lat }) => lat)), lon: middle(vertices.map(({ lon }) => lon)) }
  const radiusM = Math.ceil(Math.max(...vertices.map((vertex) => distanceM(point, vertex))))
  if (radiusM > radiusMax) throw new Refused('malformed')
  return { point, radiusM }
}

/** Haversine, metres. */
function distanceM(a: Point, b: Point): number {
  const radians = Math.PI / 180
  const half = (from: number, to: number): number => Math.sin(((to - from) * radians) / 2) ** 2
  const h = half(a.lat, b.lat) + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * half(a.lon, b.lon)
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(h)))
}
