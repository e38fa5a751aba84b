/**
 * Looks after the recordings: seals each with its hash once it is whole, removes it when its retention is over, and tells how much room
 * is left. One at a time for a directory, with the right to write there.
 *
 * A recording is whole once Asterisk has closed its file and left it alone for `quietMs`. One that Asterisk never closed, because it
 * died, is closed here after `abandonedMs`, and its seal says so. What is sealed does not change any more: `verify` tells if it did.
 */
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { pause } from '../pause.js'
import { closeHeader, headerBytes, recordingName, Shelf, type Seal } from './shelf.js'

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
  /** Names. */
  readonly removed: readonly string[]
  /** Recordings that are not whole yet. */
  readonly open: number
  /** Of the disk, bytes; free for whoever writes there. */
  readonly disk: { readonly size: number; readonly free: number }
}

export type Verdict = 'sound' | 'changed' | 'missing'

const usualEveryMs = 60_000
const usualQuietMs = 60_000
/** Nobody is on the line, and paused, for half a day. */
const usualAbandonedMs = 12 * 3_600_000

export class RecordingKeeper {
  readonly #options: KeeperOptions
  readonly #shelf: Shelf
  readonly #end = new AbortController()
  /** When what is sealed was written, ms since the epoch: it changes no more, and there may be many. */
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
    const { now, retentionMs } = this.#options
    const retention = retentionMs()
    const sealed: Seal[] = []
    const removed: string[] = []
    let isOpen = 0
    for (const name of await this.#shelf.names()) {
      if (this.#end.signal.aborted) break
      try {
        const known = this.#sealed.get(name)
        const writtenAt = known ?? (await this.#shelf.writtenAt(name))
        if (writtenAt === null) continue
        if (retention !== null && now() - writtenAt > retention) {
          await this.#remove(name)
          removed.push(name)
        } else if (known === undefined) {
          const before = await this.#shelf.seal(name)
          const seal = before ?? (await this.#seal(name, writtenAt))
          if (seal) this.#sealed.set(name, writtenAt)
          else isOpen++
          if (seal && !before) sealed.push(seal)
        }
      } catch (error) {
        this.#options.onProblem(error)
      }
    }
    return { sealed, removed, open: isOpen, disk: await this.#disk() }
  }

  /** Compares every sealed recording with its seal. @throws Error when the directory cannot be read */
  async verify(): Promise<ReadonlyMap<string, Verdict>> {
    const verdicts = new Map<string, Verdict>()
    for (const file of await readdir(this.#options.dir)) {
      const name = file.endsWith('.json') ? file.slice(0, -'.json'.length) : ''
      if (!recordingName.test(name)) continue
      verdicts.set(name, await this.#verdict(name))
    }
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

  /** Null while the recording is not whole. */
  async #seal(name: string, writtenAt: number): Promise<Seal | null> {
    const { quietMs = usualQuietMs, abandonedMs = usualAbandonedMs, now } = this.#options
    const idleMs = now() - writtenAt
    if (idleMs < quietMs) return null
    const opened = await this.#shelf.open(name, constants.O_RDWR)
    if (!opened) return null
    const { file, bytes, closed } = opened
    try {
      const cut = !closed
      if (cut && idleMs < abandonedMs) return null
      // Less than a header was never begun: it is kept as it is, for what it proves.
      if (cut && bytes >= headerBytes) {
        await closeHeader(file, bytes)
        await file.utimes(writtenAt / 1_000, writtenAt / 1_000)
      }
      const seal: Seal = { name, sealedAt: now(), bytes, sha256: await this.#hash(name), cut }
      await this.#write(seal)
      return seal
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
  async #remove(name: string): Promise<void> {
    await rm(this.#shelf.audioFile(name), { force: true })
    await rm(this.#shelf.sealFile(name), { force: true })
    this.#sealed.delete(name)
  }

  async #verdict(name: string): Promise<Verdict> {
    const seal = await this.#shelf.seal(name)
    if ((await this.#shelf.writtenAt(name)) === null) return 'missing'
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
