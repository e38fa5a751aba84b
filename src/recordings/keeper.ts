/**
 * Looks after the recordings: seals each with its hash once it is whole, removes it when its retention is over, and tells how much room
 * is left. One at a time for a directory, with the right to write there.
 *
 * A recording is whole once Asterisk has closed its file and left it alone for `quietMs`. One that Asterisk never closed, because it
 * died, is closed here after `abandonedMs`, and its seal says so. What is sealed changes in one way: within `abandonedMs` Asterisk may go
 * on behind it, when its recorder was begun anew. Then it is sealed anew, and the seal keeps what it said before. `verify` tells of any
 * other change.
 */
import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { lstat, open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { pause } from '../pause.js'
import { closeHeader, headerBytes, nameOf, Shelf, type Seal } from './shelf.js'

export interface KeeperOptions {
  readonly dir: string
  /** How long a recording is kept from its last word on, ms; null for ever. */
  readonly retentionMs: () => number | null
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly onLooked?: (looked: Looked) => void
  /** The directory, or one recording in it, cannot be read or written now. It is tried again. */
  readonly onProblem: (error: unknown) => void
  /** Between two looks. */
  readonly everyMs?: number
  readonly quietMs?: number
  readonly abandonedMs?: number
}

/** What came of a look. */
export interface Looked {
  readonly sealed: readonly Seal[]
  readonly removed: readonly Removed[]
  /** All that are there now. */
  readonly kept: number
  /** Recordings that are not whole yet. */
  readonly open: number
  /** Of the disk, bytes; free for whoever writes there. */
  readonly disk: { readonly size: number; readonly free: number }
}

/** What was known of a recording whose retention was over; null of one that had no seal. */
export interface Removed {
  readonly name: string
  readonly sha256: string | null
  readonly cut: boolean | null
}

/** `unsealed`: it is not whole yet, or went on since it was sealed, or its seal is gone. */
export type Verdict = 'sound' | 'changed' | 'missing' | 'unsealed'

const usualEveryMs = 60_000
const usualQuietMs = 60_000
/** Nobody is on the line, and paused, for half a day. */
const usualAbandonedMs = 12 * 3_600_000

export class RecordingKeeper {
  readonly #options: KeeperOptions
  readonly #shelf: Shelf
  readonly #end = new AbortController()
  /** When what is sealed was written, ms since the epoch: there may be many, and what is older than `abandonedMs` changes no more. */
  readonly #sealed = new Map<string, number>()
  #running: Promise<void> | null = null

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#shelf = new Shelf(options.dir)
  }

  /** Looks now and then until stopped. */
  start(): void {
    this.#running ??= this.#run(this.#end.signal)
  }

  /** Resolves when nothing is done any more. */
  async stop(): Promise<void> {
    this.#end.abort()
    await this.#running
  }

  /** One look at every recording. @throws Error when the directory cannot be read */
  async look(): Promise<Looked> {
    const { now } = this.#options
    const sealed: Seal[] = []
    const removed: Removed[] = []
    let isOpen = 0
    const files = await readdir(this.#options.dir)
    const names = new Set(files.flatMap((file) => nameOf(file, '.wav') ?? []))
    const eachOf = async (all: Iterable<string>, act: (one: string) => Promise<void>): Promise<void> => {
      for (const one of all) {
        if (this.#end.signal.aborted) return
        await act(one).catch(this.#options.onProblem)
      }
    }
    await eachOf(names, async (name) => {
      const known = this.#sealed.get(name)
      if (known !== undefined && now() - known > this.#abandonedMs && !this.#isOver(known)) return
      const stats = await this.#shelf.stat(name)
      if (!stats) return
      if (this.#isOver(stats.mtimeMs)) {
        removed.push(await this.#remove(name))
        return
      }
      const before = await this.#shelf.seal(name)
      const isWhole = before !== null && !wentOn(stats, before, this.#abandonedMs)
      const seal = isWhole ? before : await this.#seal(name, stats.mtimeMs, before)
      if (seal) this.#sealed.set(name, stats.mtimeMs)
      else isOpen++
      if (seal && !isWhole) sealed.push(seal)
    })
    await eachOf(files, async (file) => {
      const half = nameOf(file, '.json.new')
      const name = half ?? nameOf(file, '.json')
      if (name !== null && !names.has(name)) await this.#removeOrphan(join(this.#options.dir, file), half !== null)
    })
    return { sealed, removed, kept: names.size - removed.length, open: isOpen, disk: await this.#disk() }
  }

  /** Compares every recording with its seal. @throws Error when the directory cannot be read */
  async verify(): Promise<ReadonlyMap<string, Verdict>> {
    const verdicts = new Map<string, Verdict>()
    const files = await readdir(this.#options.dir)
    for (const name of files.flatMap((file) => nameOf(file, '.wav') ?? [])) verdicts.set(name, 'unsealed')
    for (const name of files.flatMap((file) => nameOf(file, '.json') ?? [])) verdicts.set(name, await this.#verdict(name))
    return verdicts
  }

  /** @throws Error when the directory is not there */
  async #disk(): Promise<Looked['disk']> {
    const { bsize, blocks, bavail } = await statfs(this.#options.dir)
    return { size: bsize * blocks, free: bsize * bavail }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { everyMs = usualEveryMs, onLooked = () => {}, onProblem } = this.#options
    while (!signal.aborted) {
      await this.look().then(onLooked, onProblem)
      await pause(everyMs, signal)
    }
  }

  get #abandonedMs(): number {
    return this.#options.abandonedMs ?? usualAbandonedMs
  }

  #isOver(writtenAt: number): boolean {
    const retention = this.#options.retentionMs()
    return retention !== null && this.#options.now() - writtenAt > retention
  }

  /** Null while the recording is not whole. @param before what was sealed of it, before it went on */
  async #seal(name: string, writtenAt: number, before: Seal | null): Promise<Seal | null> {
    const { quietMs = usualQuietMs, now } = this.#options
    const idleMs = now() - writtenAt
    if (idleMs < quietMs) return null
    const opened = await this.#shelf.open(name)
    if (!opened) return null
    const { file, bytes, closed } = opened
    await file.close()
    const cut = !closed
    if (cut && idleMs < this.#abandonedMs) return null
    // Less than a header was never begun: it is kept as it is, for what it proves.
    if (cut && bytes >= headerBytes) await this.#close(name, bytes, writtenAt)
    const seal: Seal = { name, sealedAt: now(), bytes, sha256: await this.#hash(name), cut, ...(before && { before: sealedBefore(before) }) }
    await this.#write(seal)
    return seal
  }

  async #close(name: string, bytes: number, writtenAt: number): Promise<void> {
    const file = await open(this.#shelf.audioFile(name), constants.O_RDWR | constants.O_NOFOLLOW)
    try {
      await closeHeader(file, bytes)
      // Its owner alone may: for anybody else its retention runs from now on.
      await file.utimes(writtenAt / 1_000, writtenAt / 1_000).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPERM') throw error
      })
    } finally {
      await file.close()
    }
  }

  /** Whole or not at all: a seal is there under its name once it is on the disk. */
  async #write(seal: Seal): Promise<void> {
    const target = this.#shelf.sealFile(seal.name)
    const file = await open(`${target}.new`, 'w', 0o640)
    try {
      await file.writeFile(`${JSON.stringify(seal)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${target}.new`, target)
  }

  /** Its seal last: a recording without one would be sealed again. */
  async #remove(name: string): Promise<Removed> {
    const { sha256 = null, cut = null } = (await this.#shelf.seal(name)) ?? {}
    await rm(this.#shelf.audioFile(name), { force: true })
    await rm(this.#shelf.sealFile(name), { force: true })
    this.#sealed.delete(name)
    return { name, sha256, cut }
  }

  /** A removal, or a sealing, that was not finished. A seal within its retention stays: it proves that its recording is missing. */
  async #removeOrphan(file: string, isHalf: boolean): Promise<void> {
    if (isHalf || this.#isOver((await lstat(file)).mtimeMs)) await rm(file, { force: true })
  }

  async #verdict(name: string): Promise<Verdict> {
    const seal = await this.#shelf.seal(name)
    const stats = await this.#shelf.stat(name)
    if (stats === null) return 'missing'
    if (seal && wentOn(stats, seal, this.#abandonedMs)) return 'unsealed'
    return seal?.name === name && seal.sha256 === (await this.#hash(name)) ? 'sound' : 'changed'
  }

  async #hash(name: string): Promise<string> {
    const opened = await this.#shelf.open(name)
    if (!opened) throw new Error(`the recording ${name} is gone`)
    const hash = createHash('sha256')
    // Closes the file.
    for await (const part of opened.file.createReadStream()) hash.update(part as Buffer)
    return hash.digest('hex')
  }
}

/** Whether Asterisk went on with it soon after it was sealed. */
const wentOn = ({ size, mtimeMs }: Stats, { bytes, sealedAt }: Seal, withinMs: number): boolean => size > bytes && mtimeMs - sealedAt <= withinMs

const sealedBefore = ({ before = [], sealedAt, bytes, sha256 }: Seal): Seal['before'] => [...before, { sealedAt, bytes, sha256 }]
