import { operations } from './generated.js'
import type { OperationName, Params } from './port.js'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Relative to the interface's root, without a leading slash: `channels/1?timeout=5`. */
  readonly uri: string
  /** JSON text, or null. */
  readonly body: string | null
}

/** Puts each parameter where the API description wants it. @throws TypeError when one of the path is missing. */
export function toRequest<O extends OperationName>(operation: O, params: Params<O>): Request {
  const shape = operations[operation]
  const given = params as Readonly<Record<string, unknown>>
  const path = shape.path.slice(1).replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = given[name]
    if (typeof value !== 'string' || value === '') throw new TypeError(`${operation} needs ${name}`)
    return encodeURIComponent(value)
  })
  const query = shape.query.flatMap((name) => {
    const value = given[name]
    return value === undefined
      ? []
      : [`${name}=${encodeURIComponent(Array.isArray(value) ? value.join(',') : String(value))}`]
  })
  return {
    method: shape.method,
    uri: query.length > 0 ? `${path}?${query.join('&')}` : path,
    body: bodyOf(shape.body, given),
  }
}

function bodyOf(
  place: { name: string; whole: boolean } | undefined,
  given: Readonly<Record<string, unknown>>,
): string | null {
  const value = place && given[place.name]
  if (!place || value === undefined) return null
  return JSON.stringify(place.whole ? value : { [place.name]: value })
}
