/** What was made of a location that came with a call: the location, or why there is none. */
import type { CallerLocation, LocationResult } from '../routing/events.js'

/**
 * `too-large` over a limit of size, depth or number · `hostile` a DTD, or entities that XML does not have by itself ·
 * `malformed` not what the RFCs say · `unsupported` well-formed, and of a kind that is not read here · `none` says no place.
 */
export type Unreadable = Extract<LocationResult, 'too-large' | 'hostile' | 'malformed' | 'unsupported' | 'none'>

export type Place = Pick<CallerLocation, 'point' | 'radiusM' | 'civic' | 'method'>

export type Reading = { readonly ok: true; readonly place: Place } | { readonly ok: false; readonly why: Unreadable }

export const refused = (why: Unreadable): Reading => ({ ok: false, why })

/** Ends a reading from anywhere inside it. */
export class Refused extends Error {
  constructor(readonly why: Unreadable) {
    super(why)
  }
}
