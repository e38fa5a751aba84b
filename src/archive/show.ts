/** Lines of the archive for people: those of a call, of a person, or of a day. */
import { idIn, isoOfId, readEntryLine, readGapLine } from './format.js'
import { entriesOfCall, entriesOfPerson, lines } from './read.js'
import { Told } from '../told.js'

export interface Question {
  readonly call?: string
  readonly person?: string
  /** `YYYY-MM-DD` in UTC. */
  readonly day?: string
}

/** It is not clear what is wanted. */
export class BadQuestion extends Told {
  override readonly name = 'BadQuestion'
}

const dayMs = 86_400_000

/** @throws {BadQuestion} @throws {NoArchive} */
export async function* linesOf(dir: string, { call, person, day }: Question): AsyncGenerator<string> {
  if ([call, person, day].filter((one) => one !== undefined).length !== 1) throw new BadQuestion('give one of --call, --person and --day')
  if (call !== undefined) for await (const { line } of entriesOfCall(dir, call)) yield line
  if (person !== undefined) for await (const { line } of entriesOfPerson(dir, person)) yield line
  if (day === undefined) return
  const from = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : Number.NaN
  if (Number.isNaN(from)) throw new BadQuestion(`--day ${day}: write a day such as 2026-12-26`)
  for await (const some of lines(dir, from, from + dayMs)) yield* some
}

/** `2026-12-26T10:00:00.123Z picked-up call=… agent=arm01`. */
export const showLine = (line: string): string => {
  const entry = readEntryLine(line)
  if (entry?.fact) {
    const { type, at, ...rest } = entry.fact
    const details = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    return [new Date(at).toISOString(), type, ...details].join(' ')
  }
  const gap = readGapLine(line)
  if (gap) return `${isoOfId(gap.before)} GAP: entries after ${gap.after} and before ${gap.before} may be missing`
  return `${isoOfId(idIn(line) ?? '0-0')} not known to this version: ${line}`
}
