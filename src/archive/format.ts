/**
 * The archive's files: one for each day in UTC, of lines of JSON that are only ever appended. The first line says which SAS and day it is and how
 * the day before ended; each further line is one entry of the journal, byte for byte, with its id there and its number in the file, or
 * tells that entries may be missing. Every line ends with a hash over itself and the hash before it, across days too: whoever changes,
 * drops or moves a line breaks the chain from there on, and the numbers say which of these it was.
 */
import { hash as digest } from 'node:crypto'
import type { Fact } from '../routing/facts.js'
import { readFact } from '../redis/records.js'

export const FORMAT_VERSION = 1

/** What the first hash of an archive builds upon. */
export const NO_HASH = '0'.repeat(64)

export interface Header {
  readonly version: typeof FORMAT_VERSION
  readonly sas: string
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string
  /** Hash of the last line of the day before that has a file; `NO_HASH` when this is the first. */
  readonly previous: string
}

/** Between these two entries others may have been that the archive never saw. It stands before the later one. */
export interface Gap {
  readonly after: string
  readonly before: string
}

/** The UTC day of a moment, ms since the epoch. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export const fileName = (day: string): string => `${day}.jsonl`

/** The day of an archive's file; null for another file. */
export const dayOfFile = (name: string): string | null => /^([0-9]{4}-[0-9]{2}-[0-9]{2})\.jsonl$/.exec(name)?.[1] ?? null

/** When an entry of the journal was written, ms since the epoch, by its id. */
export const timeOfId = (id: string): number => Number(id.slice(0, id.indexOf('-')))

/** The same, for people and for the log, which takes an id for a telephone number. */
export const isoOfId = (id: string): string => new Date(timeOfId(id)).toISOString()

/** Whether one id of the journal is later than another. */
export const isAfter = (id: string, other: string): boolean => {
  const [[ms, nth], [otherMs, otherNth]] = [parts(id), parts(other)]
  return ms === otherMs ? nth > otherNth : ms > otherMs
}
const parts = (id: string): [number, number] => [timeOfId(id), Number(id.slice(id.indexOf('-') + 1))]

const HASH_KEY = ',"hash":"'
/** What ends each line: the key, 64 digits, and both quotation marks and brackets. */
const TAIL_LENGTH = HASH_KEY.length + NO_HASH.length + 2

/** A line without its end of line, and its hash. @param body without its hash, its closing bracket included */
const sealed = (body: string, previous: string): Sealed => {
  const hash = digest('sha256', previous + body)
  return { line: `${body.slice(0, -1)}${HASH_KEY}${hash}"}`, hash }
}
export interface Sealed {
  readonly line: string
  readonly hash: string
}

/** The first line of a day. */
export const headerLine = ({ version, sas, day, previous }: Header): Sealed => sealed(JSON.stringify({ version, sas, day, previous }), previous)

/** @param n number of the line in its file; the header is 1 @param json the fact as the journal has it, in one line */
export const entryLine = (n: number, id: string, json: string, previous: string): Sealed => sealed(`{"n":${n},"id":"${id}","fact":${json}}`, previous)

export const gapLine = (n: number, { after, before }: Gap, previous: string): Sealed => sealed(JSON.stringify({ n, gap: { after, before } }), previous)

/** The hash that a line says it has; null when it has none. */
export const hashIn = (line: string): string | null => (line.length > TAIL_LENGTH && line.startsWith(HASH_KEY, line.length - TAIL_LENGTH) && line.endsWith('"}') ? line.slice(-NO_HASH.length - 2, -2) : null)

/** Whether a line's hash is right after the one before it. @returns its hash, or null */
export const soundHash = (line: string, previous: string): string | null => {
  const hash = hashIn(line)
  return hash !== null && digest('sha256', `${previous}${line.slice(0, -TAIL_LENGTH)}}`) === hash ? hash : null
}

const NUMBER_KEY = '{"n":'

/** The number that a line says it has in its file: 1 of a header; NaN when it says none. */
export const numberIn = (line: string): number => (line.startsWith(NUMBER_KEY) ? Number.parseInt(line.slice(NUMBER_KEY.length, NUMBER_KEY.length + 16), 10) : line.startsWith('{"version":') ? 1 : Number.NaN)

const FACT_KEY = '","fact":'
const ID_KEY = ',"id":"'
const TYPE_KEY = '{"type":"'

/** The journal's id of the entry in a line, without reading the rest; null when there is none. */
export const idIn = (line: string): string | null => {
  const at = line.startsWith(NUMBER_KEY) ? line.indexOf(ID_KEY) : -1
  const end = line.indexOf(FACT_KEY, at)
  return at < 0 || end < 0 ? null : line.slice(at + ID_KEY.length, end)
}

/** The type of the fact in a line, without reading the line: most are not wanted, and a year has millions. Null for a header. */
export const factTypeIn = (line: string): string | null => {
  const at = line.indexOf(FACT_KEY)
  if (at < 0 || !line.startsWith(TYPE_KEY, at + FACT_KEY.length)) return null
  const start = at + FACT_KEY.length + TYPE_KEY.length
  return line.slice(start, line.indexOf('"', start))
}

export interface ArchivedEntry {
  readonly id: string
  /** Null for one that this version cannot read. */
  readonly fact: Fact | null
}

/** Null for a header, a gap, or what is no line of an archive. The hash is not looked at. */
export const readEntryLine = (line: string): ArchivedEntry | null => {
  const id = idIn(line)
  if (id === null || hashIn(line) === null) return null
  return { id, fact: readFact(line.slice(line.indexOf(FACT_KEY) + FACT_KEY.length, -TAIL_LENGTH)) }
}

/** Null for another line. */
export const readGapLine = (line: string): Gap | null => {
  if (!/^\{"n":\d+,"gap":/.test(line)) return null
  try {
    const { gap } = JSON.parse(line) as { gap?: Partial<Gap> }
    return typeof gap?.after === 'string' && typeof gap.before === 'string' ? { after: gap.after, before: gap.before } : null
  } catch {
    return null
  }
}

/** Null for another line, or a version that this one does not know. */
export const readHeaderLine = (line: string): Header | null => {
  try {
    const { version, sas, day, previous } = JSON.parse(line) as Partial<Header>
    return version === FORMAT_VERSION && typeof sas === 'string' && typeof day === 'string' && typeof previous === 'string' ? { version, sas, day, previous } : null
  } catch {
    return null
  }
}
