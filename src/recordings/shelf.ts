/**
 * Recordings as Asterisk leaves them in one directory: `NAME.wav`, named by the caller's channel (R-TO-3), and beside each, once the keeper
 * has seen that it is whole, `NAME.json` with its hash. Read by whoever may listen, written by the keeper alone.
 */
import { constants, type Stats } from 'node:fs'
import { lstat, open, readFile, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readJson } from '../read-json.js'
import { callOfChannel } from '../routing/turn.js'

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

export class Shelf {
  constructor(readonly dir: string) {}

  /** Newest first. @throws Error when the directory cannot be read */
  async list({ before, count, call }: Wanted): Promise<readonly Recording[]> {
    const wanted = (await this.names()).filter((name) => call === null || callOfChannel(name) === call)
    const page = wanted.sort(newestFirst).filter((name) => before === null || newestFirst(before, name) < 0).slice(0, count)
    const read = await Promise.all(page.map((name) => this.#describe(name)))
    return read.flatMap((recording) => recording ?? [])
  }

  /** Every recording there is. @throws Error when the directory cannot be read */
  async names(): Promise<string[]> {
    return (await readdir(this.dir)).flatMap((file) => nameOf(file, '.wav') ?? [])
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

/** By when the call began, as its name says, then by name: no file need be asked. Names without a time come last. */
const newestFirst = (one: string, other: string): number => begunAt(other) - begunAt(one) || (one < other ? 1 : one > other ? -1 : 0)

/** Asterisk's names, and the engine's of calls out, have it in seconds before the last point. */
const begunAt = (name: string): number => Number(/(\d+)\.[0-9a-f]+$/.exec(callOfChannel(name))?.[1] ?? 0)

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
