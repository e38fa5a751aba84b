/** Whether an archive is what was written: every line, its number, and the chain over all of them. */
import { isUtf8 } from 'node:buffer'
import { basename } from 'node:path'
import { END_OF_LINE, dayFiles, piecesOf, type DayFile } from './files.js'
import { idIn, isoOfId, numberIn, readGapLine, readHeaderLine, soundHash, timeOfId, type Gap } from './format.js'
import { isLocked } from './lock.js'

/**
 * `changed`: not as it was sealed. `missing`: one or more before it are gone. `moved`: it belongs elsewhere. `no-header`: a file begins otherwise, or
 * with a version that is not known. `misnamed`: the file of another day. `foreign`: of another SAS. `cut-off`: the day before ended
 * otherwise, so a file is missing, or the end of one. `torn`: a line without its end.
 */
export type FaultKind = 'changed' | 'missing' | 'moved' | 'no-header' | 'misnamed' | 'foreign' | 'cut-off' | 'torn'

export interface Fault {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly kind: FaultKind
}

export const faultTexts: Readonly<Record<FaultKind, string>> = {
  changed: 'this line was changed',
  missing: 'one or more lines before this one are missing',
  moved: 'this line belongs elsewhere: lines were swapped, or put in twice',
  'no-header': 'a day begins with a header of a version that is known, and this is none',
  misnamed: 'the header is of another day than the name of the file',
  foreign: 'this file is of another SAS',
  'cut-off': 'what came before ended otherwise: a file before this one is missing, or the end of it',
  torn: 'the line has no end',
}

/** How a file stands up to where it is sound. */
export interface CheckedFile {
  readonly fault: Fault | null
  /** The torn line is whole by its hash: it is its end that is amiss, and not being written. */
  readonly endLost: boolean
  readonly sas: string | null
  /** What the header says the day before ended with. */
  readonly previous: string
  readonly hash: string
  readonly lines: number
  readonly bytes: number
  readonly entries: number
  readonly firstId: string | null
  readonly gaps: readonly Gap[]
  /** The last entry, and the file up to its end. */
  readonly last: { readonly id: string; readonly hash: string; readonly lines: number; readonly bytes: number } | null
}

/**
 * @param previous what the file before ended with; null when there is none, or it is not known
 * @param sas whose archive it is; null for whatever the file says
 */
export const checkFile = async (file: DayFile, previous: string | null, sas: string | null): Promise<CheckedFile> => {
  const check = new FileCheck(file, previous, sas)
  for await (const piece of piecesOf(file.path)) {
    check.take(piece)
    if (check.fault) break
  }
  return check
}

class FileCheck implements CheckedFile {
  fault: Fault | null = null
  endLost = false
  sas: string | null = null
  previous = ''
  hash = ''
  lines = 0
  bytes = 0
  entries = 0
  firstId: string | null = null
  last: CheckedFile['last'] = null
  readonly gaps: Gap[] = []

  constructor(
    private readonly file: DayFile,
    private readonly before: string | null,
    private readonly wanted: string | null,
  ) {}

  take(piece: Buffer): void {
    // Read as a text, what is no UTF-8 may look like what was there.
    const legible = isUtf8(piece)
    const begun = this.bytes
    const lines = piece.toString('utf8').split('\n')
    const torn = lines.pop() ?? ''
    for (const [index, line] of lines.entries()) {
      const start = this.bytes - begun
      const spoilt = !legible && !isUtf8(piece.subarray(start, piece.indexOf(END_OF_LINE, start)))
      const kind = spoilt ? 'changed' : this.lines === 0 ? this.#header(line) : this.#line(line, lines[index + 1] ?? '')
      if (kind) return this.#tell(kind)
      this.lines += 1
      this.bytes += Buffer.byteLength(line) + 1
      if (this.lines > 1) this.#note(line)
    }
    if (torn === '') return
    this.endLost = soundHash(torn.slice(0, torn.lastIndexOf('}') + 1), this.hash) !== null
    this.#tell('torn')
  }

  #tell(kind: FaultKind): void {
    this.fault = { file: basename(this.file.path), line: this.lines + 1, kind }
  }

  #note(line: string): void {
    const id = idIn(line)
    if (id === null) {
      const gap = readGapLine(line)
      if (gap) this.gaps.push(gap)
      return
    }
    this.entries += 1
    this.firstId ??= id
    this.last = { id, hash: this.hash, lines: this.lines, bytes: this.bytes }
  }

  #header(line: string): FaultKind | null {
    const header = readHeaderLine(line)
    if (!header) return 'no-header'
    const hash = soundHash(line, header.previous)
    if (hash === null) return 'changed'
    if (this.wanted !== null && header.sas !== this.wanted) return 'foreign'
    if (header.day !== this.file.day) return 'misnamed'
    if (this.before !== null && header.previous !== this.before) return 'cut-off'
    this.sas = header.sas
    this.previous = header.previous
    this.hash = hash
    return null
  }

  /** @param next what follows it, with which it may have been swapped */
  #line(line: string, next: string): FaultKind | null {
    const hash = soundHash(line, this.hash)
    if (hash !== null) {
      this.hash = hash
      return null
    }
    const due = this.lines + 1
    const [said, nextSaid] = [numberIn(line), numberIn(next)]
    if (said === due || Number.isNaN(said) || nextSaid === due + 1) return 'changed'
    return said < due || nextSaid === due ? 'moved' : 'missing'
  }
}

export interface Verdict {
  /** The first line that is not sound; null when all are. Nothing behind it was looked at. */
  readonly fault: Fault | null
  readonly sas: string | null
  readonly lines: number
  readonly bytes: number
  readonly entries: number
  readonly days: number
  /** When the first entry and the last were written, ms since the epoch; null without any. */
  readonly from: number | null
  readonly until: number | null
  readonly gaps: readonly Gap[]
  /** Of the last line: kept elsewhere, it shows that none was taken from the end. */
  readonly hash: string | null
  /** Bytes of a line that is being written, by an archiver at work. */
  readonly unfinished: boolean
}

/** From the oldest file that is kept. The last line of an archive that is written to now may have no end yet. @throws {NoArchive} */
export const verify = async (dir: string): Promise<Verdict> => {
  const files = await dayFiles(dir)
  let [lines, bytes, entries, days] = [0, 0, 0, 0]
  let [from, until]: [number | null, number | null] = [null, null]
  let [sas, hash]: [string | null, string | null] = [null, null]
  let fault: Fault | null = null
  let endLost = false
  const gaps: Gap[] = []
  for (const file of files) {
    const seen = await checkFile(file, hash, sas)
    lines += seen.lines
    bytes += seen.bytes
    entries += seen.entries
    gaps.push(...seen.gaps)
    fault = seen.fault ?? (seen.lines === 0 ? { file: basename(file.path), line: 1, kind: 'torn' } : null)
    endLost = seen.endLost
    if (seen.lines > 0) days += 1
    sas ??= seen.sas
    hash = seen.hash
    if (seen.firstId !== null) from ??= timeOfId(seen.firstId)
    if (seen.last) until = timeOfId(seen.last.id)
    if (fault) break
  }
  const unfinished = fault?.kind === 'torn' && !endLost && fault.file === basename(files.at(-1)?.path ?? '') && isLocked(dir)
  return { fault: unfinished ? null : fault, sas, lines, bytes, entries, days, from, until, gaps, hash, unfinished }
}

/** In a few lines, for whoever looks after it. */
export const showVerdict = ({ fault, sas, lines, entries, days, from, until, gaps, hash }: Verdict): string => {
  const iso = (ms: number): string => new Date(ms).toISOString()
  const span = from === null || until === null ? 'no entries' : `${entries} entries from ${iso(from)} until ${iso(until)}`
  return [
    fault ? `NOT SOUND: ${fault.file}, line ${fault.line}: ${faultTexts[fault.kind]}` : `sound${sas === null ? '' : `: the archive of ${sas}`}`,
    `${fault ? 'until there ' : ''}${lines} lines of ${days} days: ${span}`,
    ...gaps.map(({ after, before }) => `gap: entries after ${after} (${isoOfId(after)}) and before ${before} (${isoOfId(before)}) may be missing`),
    ...(hash === null ? [] : [`last hash ${hash}`]),
  ].join('\n')
}
