/** The Geolocation header of SIP (RFC 6442), as it comes in and as it is handed on. */
import type { CallerLocation } from '../routing/events.js'
import { pointOf, radiusOf } from './area.js'
import { Refused, refused, type Reading } from './reading.js'

/** Asterisk hands on no longer header. */
const lengthMax = 4_096
const urisMax = 8

export interface GeolocationHeader {
  /** A document in the body of the INVITE. */
  readonly hasBody: boolean
  /** The first `geo:` URI (RFC 5870): the place itself. */
  readonly geo: string | null
  /** The first address at which the place can be asked for. */
  readonly reference: string | null
}

/** Null when there is nothing in it that RFC 6442 knows. */
export function readHeader(text: string): GeolocationHeader | null {
  if (text.length > lengthMax) return null
  const uris = [...text.matchAll(/<([^<>\s"]+)>/g)].slice(0, urisMax).map(([, uri]) => uri ?? '')
  const first = (scheme: RegExp): string | null => uris.find((uri) => scheme.test(uri)) ?? null
  const reference = first(/^https?:/i)
  const header = { hasBody: first(/^cid:/i) !== null, geo: first(/^geo:/i), reference: reference !== null && URL.canParse(reference) ? reference : null }
  return header.hasBody || header.geo !== null || header.reference !== null ? header : null
}

/** A `geo:` URI of RFC 5870 in WGS 84. Never throws. */
export function readGeoUri(uri: string): Reading {
  const [, lat = '', lon = '', parameters = ''] = /^geo:([^,;]+),([^,;]+)(?:,[^,;]+)?((?:;[^;]+)*)$/i.exec(uri) ?? []
  if (lat === '') return refused('malformed')
  const values = new Map(parameters.toLowerCase().split(';').map((one) => one.split('=', 2) as [string, string | undefined]))
  if ((values.get('crs') ?? 'wgs84') !== 'wgs84') return refused('unsupported')
  try {
    const radius = values.get('u')
    const place = { point: pointOf(`${lat} ${lon}`), radiusM: radius === undefined ? null : radiusOf(radius), civic: null, method: null }
    return { ok: true, place }
  } catch (error) {
    return refused(error instanceof Refused ? error.why : 'malformed')
  }
}

/**
 * The header for a phone that rings for the caller: the place itself as a `geo:` URI, or where to ask for it. A document would make
 * the INVITE multipart, which many phones refuse. Null when neither is known.
 */
export function headerFor({ point, radiusM, reference }: CallerLocation): string | null {
  if (point !== null) return `<geo:${point.lat},${point.lon}${radiusM === null ? '' : `;u=${radiusM}`}>`
  return reference === null ? null : `<${reference}>`
}
