/**
 * What the INVITE of one SAS tells another of the caller it gives. The SASs that had the caller stand in History-Info (RFC 7044), as the
 * hosts of its addresses; where the caller is, in Geolocation (RFC 6442); whatever has no header of a standard in one of our own:
 *
 *   Decroche-Call: waited=12500;class=P1;reservation=…;drm=…
 *
 * `waited` counts milliseconds since t0: two clocks need not agree.
 */
import type { Given } from '../routing/events.js'

export const givenHeader = 'Decroche-Call'

const sasMax = 8
const waitedMsMax = 24 * 3_600_000

/** The headers of an INVITE to `number`. */
export function headersOf({ reservation, visited, waitedMs, class: kind, drm }: Given, number: string): Readonly<Record<string, string>> {
  const said = { waited: String(Math.max(0, Math.round(waitedMs))), class: kind, ...(reservation !== null && { reservation }), ...(drm !== null && { drm }) }
  return {
    [givenHeader]: Object.entries(said).map(([key, value]) => `${key}=${value}`).join(';'),
    // Each entry is below the one before it: index 1, 1.1, 1.1.1.
    'History-Info': visited.map((sas, index) => `<sip:${number}@${sas}.sas>;index=${new Array(index + 1).fill('1').join('.')}`).join(', '),
  }
}

/**
 * Null without our header. What cannot be read of it is not believed: no reservation, nobody visited.
 * @param call Decroche-Call @param history History-Info
 */
export function readGiven(call: string, history: string): Given | null {
  if (call === '') return null
  const said = new Map(call.slice(0, 512).split(';').map((part) => part.trim().split('=', 2) as [string, string | undefined]))
  const waitedMs = Number(said.get('waited') ?? Number.NaN)
  const kind = said.get('class')
  const isSound = Number.isInteger(waitedMs) && waitedMs >= 0 && waitedMs <= waitedMsMax && (kind === 'SIS' || kind === 'P0' || kind === 'P1' || kind === 'P2')
  if (!isSound) return { reservation: null, visited: [], waitedMs: 0, class: 'P1', drm: null }
  return { reservation: word(said.get('reservation')), visited: visitedIn(history), waitedMs, class: kind, drm: word(said.get('drm')) }
}

const word = (text: string | undefined): string | null => (text !== undefined && /^[\w.-]{1,128}$/.test(text) ? text : null)

const visitedIn = (history: string): string[] => [...history.slice(0, 2_048).matchAll(/@([a-z][a-z0-9-]{0,31})\.sas[>;]/g)].slice(0, sasMax).map(([, sas]) => sas ?? '')
