/** Reading an archive: a span of time line by line, or the entries that name a call or a person. Memory stays bounded, whatever its size. */
import { END_OF_LINE, dayFiles, piecesOf } from './files.js'
import { dayOf, idIn, readEntryLine, readGapLine, timeOfId, type ArchivedEntry, type Gap } from './format.js'

/**
 * Lines of entries written from one moment until before another, ms since the epoch, in order, many at a time; and of gaps between
 * which and that span there is no entry (`readGapLine`). Most are best told apart by `factTypeIn`, before they are read.
 * @throws {NoArchive}
 */
export async function* lines(dir: string, fromMs: number, toMs: number): AsyncGenerator<readonly string[]> {
  const [first, last] = [dayOf(fromMs), dayOf(toMs)]
  for (const { day, path } of await dayFiles(dir)) {
    if (day < first) continue
    const within = day > first && day < last
    for await (const piece of piecesOf(path)) {
      const all = textsIn(piece)
      const kept: string[] = []
      for (const line of all) {
        if (line.startsWith(HEADER)) continue
        if (!within) {
          const at = timeOfLine(line)
          if (at < fromMs) continue
          // A gap before it may reach back into the span, so whatever stands between was looked at.
          if (at >= toMs && idIn(line) !== null) {
            yield kept
            return
          }
        }
        kept.push(line)
      }
      yield kept
    }
  }
}

const HEADER = '{"version":'

/** Whole lines alone. */
const textsIn = (piece: Buffer): string[] => {
  const all = piece.toString('utf8').split('\n')
  all.pop()
  return all
}

/** Of an entry, when it was written; of a gap, its end. */
const timeOfLine = (line: string): number => timeOfId(idIn(line) ?? readGapLine(line)?.before ?? '0-0')

export interface FoundEntry extends ArchivedEntry {
  /** As it stands in the file. */
  readonly line: string
}

/** Asterisk names channels by the second in which they began, with its own name before it or not. */
const CHANNEL_ID = /^(?:.*-)?(\d{10})\.\d+$/
const dayMs = 86_400_000

/** What is known of one call, in order. @throws {NoArchive} */
export async function* entriesOfCall(dir: string, call: string): AsyncGenerator<FoundEntry> {
  const beganAt = Number(CHANNEL_ID.exec(call)?.[1] ?? 0) * 1_000
  // The PBX may be ahead of Redis, but not by a day.
  for await (const line of linesWith(dir, JSON.stringify(call), beganAt - dayMs)) {
    const entry = readEntryLine(line)
    if (entry?.fact && 'call' in entry.fact && entry.fact.call === call) yield { ...entry, line }
  }
}

/** What one person did, or was done to. @throws {NoArchive} */
export async function* entriesOfPerson(dir: string, person: string): AsyncGenerator<FoundEntry> {
  for await (const line of linesWith(dir, JSON.stringify(person))) {
    const entry = readEntryLine(line)
    if (entry?.fact && PERSON_KEYS.some((key) => Object.hasOwn(entry.fact ?? {}, key) && Reflect.get(entry.fact ?? {}, key) === person)) yield { ...entry, line }
  }
}
const PERSON_KEYS = ['agent', 'by', 'from', 'to']

/** Gaps that the archive tells of, in the files from one moment on. @throws {NoArchive} */
export async function* gaps(dir: string, fromMs = 0): AsyncGenerator<Gap> {
  for await (const line of linesWith(dir, '"gap":', fromMs)) {
    const gap = readGapLine(line)
    if (gap) yield gap
  }
}

/** Whether an entry is there. @throws {NoArchive} */
export const hasEntry = async (dir: string, id: string): Promise<boolean> => {
  for await (const line of linesWith(dir, `"id":"${id}"`, timeOfId(id), timeOfId(id))) if (idIn(line) === id) return true
  return false
}

/** Lines that hold a text, of the days from one moment to another. Looks for it in the bytes, so that years take seconds. */
async function* linesWith(dir: string, text: string, fromMs = 0, toMs = Infinity): AsyncGenerator<string> {
  const wanted = Buffer.from(text)
  const first = dayOf(Math.max(0, fromMs))
  const last = toMs === Infinity ? null : dayOf(toMs)
  for (const { day, path } of await dayFiles(dir)) {
    if (day < first || (last !== null && day > last)) continue
    for await (const piece of piecesOf(path)) {
      for (let at = piece.indexOf(wanted); at >= 0; ) {
        const end = piece.indexOf(END_OF_LINE, at)
        if (end < 0) break
        yield piece.toString('utf8', piece.lastIndexOf(END_OF_LINE, at) + 1, end)
        at = piece.indexOf(wanted, end)
      }
    }
  }
}
