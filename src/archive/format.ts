/**
 * The archive's files: one for each day in UTC, of lines of JSON that are only ever appended. The first line says which SAS and day it is and how
 * the day before ended; each further line is one entry of the journal, byte for byte, with its id there. Every line ends with a hash
 * over itself and the hash before it, across days too: whoever changes, drops or moves a line breaks the chain from there on.
 */
import { createHash } from 'node:crypto'
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

/** The UTC day of a moment, ms since the epoch. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export const fileName = (day: string): string => `${day}.jsonl`

/** The day of an archive's file; null for another file. */
export const dayOfFile = (name: string): string | null => /^([0-9]{4}-[0-9]{2}-[0-9]{2})\.jsonl$/.exec(name)?.[1] ?? null

/** When an entry of the journal was written, ms since the epoch, by its id. */
export const timeOfId = (id: string): number => Number(id.slice(0, id.indexOf('-')))

/** Whether one id of the journal is later than another. */
export const isAfter = (id: string, other: string): boolean => {
  const [[ms, nth], [otherMs, otherNth]] = [parts(id), parts(other)]
  return ms === otherMs ? nth > otherNth : ms > otherMs
}
const parts = (id: string): [number, number] => [timeOfId(id), Number(id.slice(id.indexOf('-') + 1))]

const HASH_KEY = ',"hash":"'
/** What ends each line: the key, 64 digits, and both quotation marks and brackets. */
const TAIL_LENGTH = HASH_KEY.length + NO_HASH.length + 2

/** @param body a line without its hash, its closing bracket included */
const hashOf = (body: string, previous: string): string => createHash('sha256').update(previous).update(body).digest('hex')

/** A line without its end of line, and its hash. */
const sealed = (body: string, previous: string): { line: string; hash: string } => {
  const hash = hashOf(body, previous)
  return { line: `${body.slice(0, -1)}${HASH_KEY}${hash}"}`, hash }
}

/** The first line of a day. */
export const headerLine = ({ version, sas, day, previous }: Header): { line: string; hash: string } => sealed(JSON.stringify({ version, sas, day, previous }), previous)

/** @param json the fact as the journal has it, in one line */
export const entryLine = (id: string, json: string, previous: string): { line: string; hash: string } => sealed(`{"id":"${id}","fact":${json}}`, previous)

/** The hash that a line says it has; null when it has none. */
export const hashIn = (line: string): string | null => (line.length > TAIL_LENGTH && line.startsWith(HASH_KEY, line.length - TAIL_LENGTH) && line.endsWith('"}') ? line.slice(-NO_HASH.length - 2, -2) : null)

/** Whether a line's hash is right after the one before it. */
export const isSound = (line: string, previous: string): boolean => {
  const hash = hashIn(line)
  return hash !== null && hashOf(`${line.slice(0, -TAIL_LENGTH)}}`, previous) === hash
}

const FACT_KEY = '","fact":'
const TYPE_KEY = '{"type":"'

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

/** Null for a header, or what is no line of an archive. The hash is not looked at. */
export const readEntryLine = (line: string): ArchivedEntry | null => {
  const at = line.indexOf(FACT_KEY)
  if (at < 0 || !line.startsWith('{"id":"') || hashIn(line) === null) return null
  return { id: line.slice('{"id":"'.length, at), fact: readFact(line.slice(at + FACT_KEY.length, -TAIL_LENGTH)) }
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
