/**
 * Recordings as Asterisk leaves them in one directory: `NAME.wav`, named by the caller's channel (R-TO-3), and beside each, once the keeper
 * has seen that it is whole, `NAME.json` with its hash. Read by whoever may listen, written by the keeper alone.
 */
import { constants } from 'node:fs'
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises'
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

const sealSchema = z.strictObject({
  name: z.string(),
  /** Milliseconds since the epoch. */
  sealedAt: z.number(),
  bytes: z.int(),
  /** SHA-256 of the file, hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Asterisk ended before the call did, and its file was closed by the keeper. */
  cut: z.boolean(),
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
}

export interface Wanted {
  /** Written before, ms since the epoch. */
  readonly before: number
  readonly count: number
  /** Those of one call; of all when null. */
  readonly call: string | null
}

export class Shelf {
  constructor(readonly dir: string) {}

  /** Newest first. @throws Error when the directory cannot be read */
  async list({ before, count, call }: Wanted): Promise<readonly Recording[]> {
    const wanted = (await this.names()).filter((name) => call === null || callOfChannel(name) === call)
    const dated = await Promise.all(wanted.map(async (name) => ({ name, writtenAt: (await this.writtenAt(name)) ?? Infinity })))
    const page = dated
      .filter(({ writtenAt }) => writtenAt < before)
      .sort((one, other) => other.writtenAt - one.writtenAt)
      .slice(0, count)
    const read = await Promise.all(page.map(({ name, writtenAt }) => this.#describe(name, writtenAt)))
    return read.flatMap((recording) => recording ?? [])
  }

  /** Every recording there is. @throws Error when the directory cannot be read */
  async names(): Promise<string[]> {
    return (await readdir(this.dir)).flatMap((file) => {
      const name = file.endsWith('.wav') ? file.slice(0, -'.wav'.length) : ''
      return recordingName.test(name) ? name : []
    })
  }

  /** Milliseconds since the epoch; null for what is no file. */
  async writtenAt(name: string): Promise<number | null> {
    const stats = await lstat(this.audioFile(name)).catch(() => null)
    return stats?.isFile() ? stats.mtimeMs : null
  }

  /** Null when there is none of that name. The caller closes it. */
  async open(name: string, flags: number = constants.O_RDONLY): Promise<OpenRecording | null> {
    if (!recordingName.test(name)) return null
    const file = await open(this.audioFile(name), flags | constants.O_NOFOLLOW).catch(() => null)
    if (!file) return null
    const stats = await file.stat()
    if (!stats.isFile()) {
      await file.close()
      return null
    }
    return { file, bytes: stats.size, closed: (await lengthIn(file)) === stats.size - headerBytes }
  }

  async seal(name: string): Promise<Seal | null> {
    const file = await open(this.sealFile(name)).catch(() => null)
    if (!file) return null
    try {
      return readJson(sealSchema, await file.readFile('utf8'))
    } finally {
      await file.close()
    }
  }

  audioFile(name: string): string {
    return join(this.dir, `${name}.wav`)
  }

  sealFile(name: string): string {
    return join(this.dir, `${name}.json`)
  }

  async #describe(name: string, writtenAt: number): Promise<Recording | null> {
    const opened = await this.open(name)
    if (!opened) return null
    const { file, bytes, closed } = opened
    await file.close()
    const seal = await this.seal(name)
    return { name, call: callOfChannel(name), writtenAt, durationMs: Math.max(0, bytes - headerBytes) / bytesPerMs, bytes, closed, sha256: seal?.sha256 ?? null }
  }
}

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
