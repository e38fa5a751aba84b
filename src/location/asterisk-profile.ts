/**
 * What Asterisk made of a PIDF-LO in the body of an INVITE. It does not hand on the document itself (measured, docs/asterisk.md), only
 * `name="value",…` with nothing escaped: so it is read as strictly as any stranger's text.
 */
import { areaOf } from './area.js'
import { civicOf, methodOf } from './civic.js'
import { Refused, refused, type Place, type Reading } from './reading.js'
import { bytesMax } from './xml.js'

export interface AsteriskProfile {
  /** `GML` or `civicAddress`; empty when Asterisk could not read the document. */
  readonly format: string
  /** `GEOLOC_PROFILE(location_info)`. */
  readonly info: string
  readonly method: string
}

/** Never throws. */
export function readAsteriskProfile({ format, info, method }: AsteriskProfile): Reading {
  if (info.length > bytesMax) return refused('too-large')
  const pairs = pairsOf(info)
  if (pairs === null) return refused('malformed')
  try {
    if (format === 'GML') return { ok: true, place: { ...geodetic(pairs), civic: null, method: methodOf(method) } }
    if (format !== 'civicAddress') return refused('malformed')
    const civic = civicOf(pairs)
    // Of an address and a shape in one, Asterisk drops the address, and of the shape what it is.
    if (civic === null) return refused(pairs.some(([name]) => name === 'pos') ? 'unsupported' : 'none')
    return { ok: true, place: { point: null, radiusM: null, civic, method: methodOf(method) } }
  } catch (error) {
    return refused(error instanceof Refused ? error.why : 'malformed')
  }
}

type Pairs = readonly (readonly [name: string, value: string])[]

function geodetic(pairs: Pairs): Pick<Place, 'point' | 'radiusM'> {
  const all = (wanted: string): string[] => pairs.flatMap(([name, value]) => (name === wanted ? [value] : []))
  const [[name = '', ...others], [crs, ...more]] = [all('shape'), all('crs')]
  if (others.length > 0 || more.length > 0) throw new Refused('malformed')
  // `unknown`: not WGS 84.
  if (crs !== '2d' && crs !== '3d') throw new Refused('unsupported')
  return areaOf({ name, positions: [...all('pos'), ...all('pos3d')], lengths: Object.fromEntries(pairs) })
}

/** A value may hold quotes and commas; only `",name="` ends it. Null when the whole is not of this form. */
function pairsOf(info: string): Pairs | null {
  if (!/^\w+="/.test(info) || !info.endsWith('"')) return null
  return info
    .slice(0, -1)
    .split(/",(?=\w+=")/)
    .map((pair) => {
      const at = pair.indexOf('="')
      return [pair.slice(0, at), pair.slice(at + 2)] as const
    })
}
