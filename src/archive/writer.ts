/**
 * The one writer of an archive. Where it is stands nowhere but in the files: after the last entry that is whole. What stands behind that when it
 * begins (a line without its end, a gap or a header that no entry follows) was never confirmed, and is cut off to be written again.
 * A batch counts once it is on the disk; one that failed is written anew over what it left.
 */
import { closeSync, fsync } from 'node:fs'
import { type FileHandle, mkdir, open, rm, stat, statfs, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RawEntry } from '../redis/journal-copy.js'
import { dayFiles, type DayFile } from './files.js'
import { FORMAT_VERSION, NO_HASH, dayOf, entryLine, fileName, gapLine, headerLine, timeOfId, type Gap } from './format.js'
import { lockDirectory } from './lock.js'
import { checkFile, faultTexts } from './verify.js'
import { Told } from '../told.js'

/** This archive cannot be written on, and no second try will change that. The text says what to do. */
export class ArchiveRefused extends Told {
  override readonly name = 'ArchiveRefused'
}

/** Where the last line ends. */
interface Position {
  /** Null before the first. */
  readonly id: string | null
  readonly day: string
  readonly hash: string
  readonly lines: number
  readonly bytes: number
}

const nowhere: Position = { id: null, day: '', hash: NO_HASH, lines: 0, bytes: 0 }

const syncDirectory = promisify(fsync)

export class ArchiveWriter {
  #file: FileHandle | null = null
  #bytesBefore: number

  private constructor(
    private readonly dir: string,
    private readonly sas: string,
    private readonly lock: number,
    private position: Position,
    bytesBefore: number,
    /** What the one before left unfinished. */
    readonly cutBytes: number,
  ) {
    this.#bytesBefore = bytesBefore
  }

  /** Makes the directory where there is none. @throws {ArchiveRefused} */
  static async open(dir: string, sas: string): Promise<ArchiveWriter> {
    const lock = await mkdir(dir, { recursive: true, mode: 0o700 })
      .then(() => lockDirectory(dir))
      .catch((error: Error) => {
        throw new ArchiveRefused(`${dir} cannot be had: ${error.message}`)
      })
    if (lock === null) throw new ArchiveRefused(`${dir} has an archiver already: each needs a directory of its own`)
    try {
      const { position, cutBytes } = await recover(dir, sas)
      if (cutBytes > 0) await syncDirectory(lock)
      const bytes = await sizeOf(await dayFiles(dir))
      return new ArchiveWriter(dir, sas, lock, position, bytes - position.bytes, cutBytes)
    } catch (error) {
      closeSync(lock)
      throw error
    }
  }

  /** Of the last entry; null before the first. */
  get lastId(): string | null {
    return this.position.id
  }

  /** Of all files. */
  get bytes(): number {
    return this.#bytesBefore + this.position.bytes
  }

  /** Of the last line. */
  get hash(): string {
    return this.position.hash
  }

  /** `YYYY-MM-DD`; empty before the first. */
  get day(): string {
    return this.position.day
  }

  /**
   * Writes those of the first one's day, all or none: it returns once they are on the disk.
   * @param entries one at least, later than the last @param gap that stands before the first of them @returns how many they were
   * @throws {ArchiveRefused} when the file is no longer in its directory
   */
  async append(entries: readonly RawEntry[], gap: Gap | null = null): Promise<number> {
    const days = entries.map(({ id }) => dayOf(timeOfId(id)))
    const [day = ''] = days
    const later = days.findIndex((one) => one !== day)
    const count = later < 0 ? entries.length : later
    const begins = day !== this.position.day
    const { text, position } = this.#sealed(day, entries.slice(0, count), gap)
    const file = await this.#fileOf(day, begins)
    const start = begins ? 0 : this.position.bytes
    // A batch before it may have failed half-way, and left more than this one has.
    await file.truncate(start)
    await writeAll(file, Buffer.from(text), start)
    await file.sync()
    if (begins) await syncDirectory(this.lock)
    if ((await file.stat()).nlink === 0) throw new ArchiveRefused(`${join(this.dir, fileName(day))} was removed while it was written`)
    if (begins) this.#bytesBefore = this.bytes
    this.position = position
    return count
  }

  #sealed(day: string, entries: readonly RawEntry[], gap: Gap | null): { text: string; position: Position } {
    const begins = day !== this.position.day
    let { hash } = this.position
    let lines = begins ? 0 : this.position.lines
    let text = ''
    const add = (made: { line: string; hash: string }): void => {
      text += `${made.line}\n`
      hash = made.hash
      lines += 1
    }
    if (begins) add(headerLine({ version: FORMAT_VERSION, sas: this.sas, day, previous: hash }))
    if (gap) add(gapLine(lines + 1, gap, hash))
    for (const { id, json } of entries) add(entryLine(lines + 1, id, json, hash))
    const bytes = (begins ? 0 : this.position.bytes) + Buffer.byteLength(text)
    return { text, position: { id: entries.at(-1)?.id ?? this.position.id, day, hash, lines, bytes } }
  }

  /** A day's file is closed for ever once a later one begins. */
  async #fileOf(day: string, begins: boolean): Promise<FileHandle> {
    if (begins) await this.#closeFile()
    this.#file ??= await open(join(this.dir, fileName(day)), begins ? 'w' : 'r+', 0o600)
    return this.#file
  }

  async #closeFile(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }

  /** Drops the files of days before one, oldest first; never the last file. @returns their days */
  async dropBefore(day: string): Promise<string[]> {
    const old = (await dayFiles(this.dir)).filter((file) => file.day < day && file.day < this.position.day)
    for (const file of old) {
      const { size } = await stat(file.path)
      await rm(file.path)
      this.#bytesBefore -= size
    }
    if (old.length > 0) await syncDirectory(this.lock)
    return old.map((file) => file.day)
  }

  /** Of the file system that has the archive. */
  async disk(): Promise<{ readonly size: number; readonly free: number }> {
    const { bsize, blocks, bavail } = await statfs(this.dir)
    return { size: bsize * blocks, free: bsize * bavail }
  }

  /** Another one may write there from then on. */
  async close(): Promise<void> {
    await this.#closeFile()
    closeSync(this.lock)
  }
}

const sizeOf = async (files: readonly DayFile[]): Promise<number> => {
  let bytes = 0
  for (const { path } of files) bytes += (await stat(path)).size
  return bytes
}

const writeAll = async (file: FileHandle, bytes: Buffer, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten
}

/** The end of the last entry, with all that follows it cut off. @throws {ArchiveRefused} when the last file is not sound up to there */
const recover = async (dir: string, sas: string): Promise<{ position: Position; cutBytes: number }> => {
  const files = await dayFiles(dir)
  let cutBytes = 0
  for (let file = files.pop(); file; file = files.pop()) {
    const { size } = await stat(file.path)
    const { fault, last } = await checkFile(file, null, sas)
    if (fault && fault.kind !== 'torn')
      throw new ArchiveRefused(`${file.path}, line ${fault.line}: ${faultTexts[fault.kind]}. Keep this file elsewhere: what the journal still has is then written again`)
    cutBytes += size - (last?.bytes ?? 0)
    if (last) {
      if (size > last.bytes) await truncate(file.path, last.bytes)
      return { position: { ...last, day: file.day }, cutBytes }
    }
    await rm(file.path)
  }
  return { position: nowhere, cutBytes }
}
