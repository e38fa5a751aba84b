/**
 * What the fallback did while no engine did, as `extensions.conf` writes it down, one line an event:
 *   time (ms since 1970),event,channel id,trunk,number dialled,result,moment (ms since 1970),phone that answered
 * The moment is when the phone answered, or when a caller who `arrived` there or went `unseen` had come (of `arrived`, earlier versions did not
 * tell it). Who was `refused` found the trunk full.
 */
import { readFileSync } from 'node:fs'
import { open, readdir, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FallbackEntry, FallbackNews } from '../routing/events.js'
import { callOfChannel } from '../routing/turn.js'

/** Read at a time, bytes; a longer record is read in several turns. */
const chunkBytes = 1 << 20

/** What a record that was never read before may tell, ms: older calls are history, not news. */
const firstReadMsMax = 86_400_000

export interface FallbackRecord {
  /**
   * Whole lines written after `mark`; those of the last day for a null. When the file is another than the one marked: first what is left of
   * that one, should it be in the same directory under another name.
   */
  read(mark: string | null): Promise<FallbackNews>
}

/** For a PBX whose record cannot be read from here. */
export const noFallbackRecord: FallbackRecord = { read: async () => ({ entries: [], mark: null }) }

export interface FallbackRecordOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The record was read for the first time, and so many of its lines are too old to count. */
  readonly onHistory?: (lines: number) => void
}

/** The record in this file, which need not exist yet. `read` rejects when it exists and cannot be read. */
export const fallbackRecordIn = (file: string, { now, onHistory = () => {} }: FallbackRecordOptions): FallbackRecord => ({
  async read(mark) {
    const news = await readAll(file, mark)
    if (inodeOf(mark) !== 0) return news
    const since = now() - firstReadMsMax
    const entries = news.entries.filter(({ at }) => at >= since)
    if (entries.length < news.entries.length) onHistory(news.entries.length - entries.length)
    return { ...news, entries }
  },
})

async function readAll(file: string, mark: string | null): Promise<FallbackNews> {
  const current = await openIfThere(file)
  try {
    const isMarked = current !== null && (await current.stat()).ino === inodeOf(mark)
    const left = isMarked ? null : await readRenamed(dirname(file), mark)
    const news = current && (await readFrom(current, mark))
    return { entries: [...(left?.entries ?? []), ...(news?.entries ?? [])], mark: news?.mark ?? left?.mark ?? mark ?? '0:0' }
  } finally {
    await current?.close()
  }
}

/** 0 for a mark of no file. */
const inodeOf = (mark: string | null): number => Number((mark ?? '0').split(':')[0])

const openIfThere = (file: string): Promise<FileHandle | null> =>
  open(file).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : Promise.reject(error)))

/** What is left of the file that was marked, whatever it is called now; null when it is not there. */
async function readRenamed(directory: string, mark: string | null): Promise<FallbackNews | null> {
  const inode = inodeOf(mark)
  if (inode === 0) return null
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => null)
    if (found?.ino !== inode) continue
    const opened = await openIfThere(path)
    try {
      return opened && (await readFrom(opened, mark))
    } finally {
      await opened?.close()
    }
  }
  return null
}

async function readFrom(opened: FileHandle, mark: string | null): Promise<FallbackNews> {
  const { ino, size } = await opened.stat()
  const seen = ino === inodeOf(mark) ? Number(mark?.split(':')[1]) : 0
  const entries: FallbackEntry[] = []
  let at = seen <= size ? seen : 0
  while (at < size) {
    const { bytesRead, buffer } = await opened.read(Buffer.alloc(Math.min(chunkBytes, size - at)), 0, undefined, at)
    // A line being written is read next time; one that fills a whole chunk is none of ours.
    const whole = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1
    if (whole === 0) break
    entries.push(...parseLines(buffer.toString('utf8', 0, whole)))
    at += whole
  }
  return { entries, mark: `${ino}:${at}` }
}

/** The last word on a call, and when it had come. */
export interface FallbackCall extends FallbackEntry {
  readonly arrivedAt: number
}

/** Calls that the fallback had, as recorded in this file, by arrival. */
export function readFallbackCalls(file: string): FallbackCall[] {
  const calls = new Map<string, FallbackCall>()
  for (const entry of parseLines(readOrNothing(file))) {
    if (entry.event === 'unseen' || entry.event === 'refused') continue
    calls.set(entry.call, { ...entry, arrivedAt: calls.get(entry.call)?.arrivedAt ?? entry.cameAt ?? entry.at })
  }
  return [...calls.values()]
}

const results: readonly string[] = ['n1', 'neighbour', 'abandoned'] satisfies NonNullable<FallbackEntry['result']>[]
const events: readonly string[] = ['arrived', 'returned', 'ended', 'unseen', 'refused'] satisfies FallbackEntry['event'][]

/** A line that is none, cut short by a crash for instance, is left out. */
function parseLines(text: string): FallbackEntry[] {
  return text.split('\n').flatMap((line) => {
    const [time = '', event = '', call = '', trunk = '', number = '', result = '', moment = '', phone = ''] = line.split(',')
    if (!/^\d{13,}$/.test(time) || !events.includes(event) || call === '' || trunk === '' || number === '') return []
    if ((event === 'ended') !== results.includes(result)) return []
    const at = /^\d{13,}$/.test(moment) ? Number(moment) : null
    return {
      call: callOfChannel(call),
      trunk,
      number,
      at: Number(time),
      event: event as FallbackEntry['event'],
      result: event === 'ended' ? (result as FallbackEntry['result']) : null,
      answeredAt: event === 'ended' ? at : null,
      phone: phone === '' ? null : phone,
      ...(at !== null && (event === 'arrived' || event === 'unseen') && { cameAt: at }),
    }
  })
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
