/** Civic addresses: RFC 4119 and RFC 5139, section 3.1. */
import type { Place } from './reading.js'

const fields = [
  ...['country', 'A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'PRM', 'PRD', 'RD', 'STS', 'POD', 'POM', 'RDSEC', 'RDBR', 'RDSUBBR'],
  ...['HNO', 'HNS', 'LMK', 'LOC', 'FLR', 'NAM', 'PC', 'BLD', 'UNIT', 'ROOM', 'SEAT', 'PLC', 'PCN', 'POBOX', 'ADDCODE'],
] as const

const known: ReadonlySet<string> = new Set(fields)

/** Characters of one field; more is no address. */
const lengthMax = 256

/** The first of each field that is known and says something, in the order of the document; null when there is none. */
export function civicOf(pairs: Iterable<readonly [name: string, value: string]>): Place['civic'] {
  const address = new Map<string, string>()
  for (const [name, value] of pairs) {
    const text = value.replace(/[\p{Cc}\s]+/gu, ' ').trim()
    if (known.has(name) && !address.has(name) && text !== '' && text.length <= lengthMax) address.set(name, text)
  }
  return address.size === 0 ? null : Object.fromEntries(address)
}

/** How the place was determined, RFC 4119 section 2.2.3: a registered word. Null for anything else. */
export const methodOf = (text: string): string | null => (/^[\w.-]{1,32}$/.test(text.trim()) ? text.trim() : null)
