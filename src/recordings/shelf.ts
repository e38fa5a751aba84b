/**
 * Recordings as Asterisk leaves them in one directory: `NAME.wav`, named by the caller's channel (R-TO-3), and beside each, once the keeper
 * has seen that it is whole, `NAME.json` with its hash. Read by whoever may listen, written by the keeper alone.
 */
import { constants, type Stats } from 'node:fs'
import { lstat, open, opendir, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { readJson } from '../read-json.js'
import { callOfChannel } from '../routing/turn.js'
import { Turns } from './turns.js'

/** What Asterisk names channels by, and the engine those it makes. Nothing in it leads out of a directory. */
export const recordingName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

/** Linear PCM of 16 bits at 8 kHz, one channel, behind 44 bytes of header. */
export const headerBytes = 44
const bytesPerMs = 16
/** Where the header says how many bytes follow it. */
const lengthOffset = 40

const hashed = z.strictObject({
  /** Milliseconds since the epoch. */
  sealedAt: z.number(),
  bytes: z.int(),
  /** SHA-256 of the file, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
const sealSchema = hashed.extend({
  name: z.string(),
  /** Asterisk ended before the call did, and its file was closed by the keeper. */
  cut: z.boolean(),
  /** What was sealed before Asterisk went on with the same file, oldest first. */
  before: z.array(hashed).optional(),
})
/** What the keeper says of a recording that is whole. */
export type Seal = z.infer<typeof sealSchema>

export interface Recording {
  readonly name: string
  readonly call: string
  /** Of the last word of it, ms since the epoch. */
  readonly writtenAt: number
  readonly durationMs: number
  readonly bytes: number
  /** Asterisk has closed the file. */
  readonly closed: boolean
  /** Null until it is sealed. */
  readonly sha256: string | null
}

/** A recording's file, open for reading. */
export interface OpenRecording {
  readonly file: FileHandle
  readonly bytes: number
  readonly closed: boolean
  /** Milliseconds since the epoch. */
  readonly writtenAt: number
}

export interface Wanted {
  /** Those that come after this name; null for the newest. */
  readonly before: string | null
  readonly count: number
  /** Those of one call; of all when null. */
  readonly call: string | null
}

/** The recording that a file of the directory belongs to; null when it is none of those that end so. */
export const nameOf = (file: string, ending: string): string | null => {
  const name = file.slice(0, -ending.length)
  return file.endsWith(ending) && recordingName.test(name) ? name : null
}

/** Names that are looked through at once, before anything else has its turn. */
const atOnce = 256
/** Of the sound of a recording. */
const chunkBytes = 64 * 1_024
const usualDeadlineMs = 5_000

export class Shelf {
  /** Of what is asked for those who listen. */
  readonly #turns: Turns

  constructor(readonly dir: string, deadlineMs = usualDeadlineMs) {
    this.#turns = new Turns(deadlineMs)
  }

  /** Newest first. There may be many: only those of the page are looked at. @throws Error when the directory cannot be read in time */
  list({ before, count, call }: Wanted): Promise<readonly Recording[]> {
    return this.#turns.do(async (late) => {
      const newest = new Newest(count)
      const after = before === null ? null : placeOf(before)
      for await (const { name: file } of await opendir(this.dir, { bufferSize: atOnce })) {
        late.throwIfAborted()
        const name = nameOf(file, '.wav')
        if (name === null || (call !== null && callOfChannel(name) !== call)) continue
        const place = placeOf(name)
        if (after === null || newestFirst(after, place) < 0) newest.add(place)
      }
      const recordings: Recording[] = []
      for (const { name } of newest.all()) {
        late.throwIfAborted()
        const recording = await this.#describe(name)
        if (recording) recordings.push(recording)
      }
      return recordings
    })
  }

  /** Null when there is none of that name. It is closed with `close`. @throws Error when it cannot be read in time */
  listen(name: string): Promise<OpenRecording | null> {
    return this.#turns.do(async (late) => {
      const opened = await this.open(name)
      if (late.aborted) await opened?.file.close()
      return opened
    })
  }

  /** What is between these bytes, both included. Ends with an error when it cannot be read in time, and closes the file in any case. */
  sound({ file }: OpenRecording, start: number, end: number): Readable {
    return Readable.from(this.#chunks(file, start, end), { objectMode: false }).once('close', () => this.close(file))
  }

  /** Nobody waits for it. */
  close(file: FileHandle): void {
    this.#turns.later(() => file.close())
  }

  async *#chunks(file: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at <= end; ) {
      const length = Math.min(chunkBytes, end + 1 - at)
      const { bytesRead, buffer } = await this.#turns.do(() => file.read(Buffer.alloc(length), 0, length, at))
      if (bytesRead === 0) throw new Error('the recording has become shorter')
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  }

  /** Null for what is no file. @throws Error when that cannot be told */
  async stat(name: string): Promise<Stats | null> {
    const stats = await orNone(lstat(this.audioFile(name)))
    return stats?.isFile() ? stats : null
  }

  /** Null when there is none of that name. The caller closes it. @throws Error when it cannot be read */
  async open(name: string): Promise<OpenRecording | null> {
    if (!recordingName.test(name)) return null
    // Whatever lies there, opening it does not wait.
    const file = await orNone(open(this.audioFile(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK))
    if (!file) return null
    try {
      const stats = await file.stat()
      if (stats.isFile()) return { file, bytes: stats.size, closed: stats.size > headerBytes && (await lengthIn(file)) === stats.size - headerBytes, writtenAt: stats.mtimeMs }
    } catch (error) {
      await file.close()
      throw error
    }
    await file.close()
    return null
  }

  /** Null when there is none that can be understood. @throws Error when it cannot be read */
  async seal(name: string): Promise<Seal | null> {
    const text = await orNone(readFile(this.sealFile(name), 'utf8'))
    return text === null ? null : readJson(sealSchema, text)
  }

  audioFile(name: string): string {
    return join(this.dir, `${name}.wav`)
  }

  sealFile(name: string): string {
    return join(this.dir, `${name}.json`)
  }

  async #describe(name: string): Promise<Recording | null> {
    const opened = await this.open(name)
    if (!opened) return null
    const { file, bytes, closed, writtenAt } = opened
    await file.close()
    const seal = await this.seal(name)
    return { name, call: callOfChannel(name), writtenAt, durationMs: Math.max(0, bytes - headerBytes) / bytesPerMs, bytes, closed, sha256: seal?.sha256 ?? null }
  }
}

/** Where a recording stands in the list: by when its call began, as its name says, then by name. */
interface Place {
  readonly name: string
  /** Seconds since the epoch; 0 when the name does not say it. */
  readonly begunAt: number
}

/** Asterisk's ids of channels, and the engine's of calls out, have seconds before the last point. */
const placeOf = (name: string): Place => ({ name, begunAt: Number(/(\d+)\.[0-9a-f]+$/.exec(callOfChannel(name))?.[1] ?? 0) })

const newestFirst = (one: Place, other: Place): number => other.begunAt - one.begunAt || (one.name < other.name ? 1 : one.name > other.name ? -1 : 0)

/** The newest of many, without a list of them all. */
class Newest {
  #places: Place[] = []
  /** Nothing behind it is among them. */
  #last: Place | null = null

  constructor(private readonly count: number) {}

  add(place: Place): void {
    if (this.#last && newestFirst(this.#last, place) < 0) return
    this.#places.push(place)
    if (this.#places.length < 2 * this.count) return
    this.#places = [...this.all()]
    this.#last = this.#places.at(-1) ?? null
  }

  all(): readonly Place[] {
    return this.#places.sort(newestFirst).slice(0, this.count)
  }
}

/** Null for what is not there, or leads elsewhere. */
const orNone = <T>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP') return null
    throw error
  })

/** Bytes of sound, as the header says; Asterisk writes that as it closes the file, and 0 until then (measured). */
async function lengthIn(file: FileHandle): Promise<number | null> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, lengthOffset)
  return bytesRead === 4 ? buffer.readUInt32LE() : null
}

/** Says in the header of a file that nobody closed how much there is. */
export async function closeHeader(file: FileHandle, bytes: number): Promise<void> {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(Math.max(0, bytes - headerBytes))
  await file.write(length, 0, 4, lengthOffset)
  length.writeUInt32LE(Math.max(0, bytes - 8))
  await file.write(length, 0, 4, 4)
}
