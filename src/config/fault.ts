/** What is wrong with a configuration, and what to do about it. Shown to whoever installs a SAS. */

export interface ConfigFault {
  /** Where in the file, as `entries[3].queue`; empty for the file as a whole. */
  readonly path: string
  /** Line in the file, from 1; null when the fault has no place. */
  readonly line: number | null
  /** Column in that line, from 1. */
  readonly column: number | null
  readonly message: string
  readonly hint: string | null
}

/** Nobody reads more at once. */
export const FAULTS_MAX = 200

export type FaultPath = readonly (string | number)[]

/** A fault that knows its place in the data, not yet its line. */
export interface PlacedFault {
  readonly at: FaultPath
  readonly message: string
  readonly hint: string | null
}

/** Every fault of one file. `faults` is never empty. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(
    readonly file: string,
    readonly faults: readonly ConfigFault[],
  ) {
    super(`${file}: ${faults.length === 1 ? 'one fault' : `${faults.length} faults`} in the configuration`)
  }
}

/** `['entries', 3, 'queue']` as `entries[3].queue`. */
export const showPath = (path: FaultPath): string =>
  path.reduce<string>((shown, part) => {
    if (typeof part === 'number') return `${shown}[${part}]`
    return shown === '' ? part : `${shown}.${part}`
  }, '')

/** One fault as one line of text: file, place, what is wrong, what to do. */
export const showFault = (file: string, fault: ConfigFault): string => {
  const place = fault.line === null ? file : `${file}:${fault.line}:${fault.column ?? 1}`
  const path = fault.path === '' ? '' : ` ${fault.path}:`
  const hint = fault.hint === null ? '' : ` (${fault.hint})`
  return `${place}:${path} ${fault.message}${hint}`
}

/** A name is shorter. */
const WORD_MAX = 64

/** Number of single-character edits between two words. */
const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substituted = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substituted, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}

/** What the writer may have meant: the nearest known word, or the list of known words. Null when nothing is known. */
export const suggest = (word: string, known: Iterable<string>): string | null => {
  const words = [...known].filter(({ length }) => length <= WORD_MAX)
  if (words.length === 0) return null
  const ranked = words
    .map((candidate) => ({ candidate, distance: editDistance(word.slice(0, WORD_MAX), candidate) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]!
  if (best.distance <= Math.max(1, Math.floor(word.length / 3))) return `did you mean ${best.candidate}?`
  const shown = words.slice(0, 12).join(', ')
  return `known: ${shown}${words.length > 12 ? ', …' : ''}`
}
