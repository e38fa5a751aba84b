/**
 * Follows the journal and writes it down. Each round asks what comes after the last entry that is on the disk, so whatever fails is
 * simply asked for again. Entries are gathered for a moment, so that a busy room does not wear the disk.
 */
import { Backoff } from '../backoff.js'
import { pause } from '../pause.js'
import type { JournalPart } from '../redis/journal-copy.js'
import { isoOfId, timeOfId, type Gap } from './format.js'
import { ArchiveRefused, type ArchiveWriter } from './writer.js'

export interface ExporterOptions {
  readonly writer: Pick<ArchiveWriter, 'append' | 'lastId' | 'day' | 'hash' | 'dropBefore' | 'disk'>
  readonly journal: {
    after(id: string | null, most: number): Promise<JournalPart>
    /** Returns once there is an entry after that one, or after a few seconds. */
    wait(id: string | null): Promise<void>
  }
  /** Whether the archive has an entry. */
  readonly has: (id: string) => Promise<boolean>
  /** Whole months that are kept, besides the one that runs. */
  readonly months: number
  readonly now: () => number
  readonly on: {
    gap(gap: Gap): void
    /** A day's file is closed: its last hash, kept elsewhere, shows later whether it was written anew. */
    dayClosed(day: string, hash: string): void
    dropped(days: readonly string[]): void
    problem(what: Problem, error: unknown): void
  }
}

/** `astray`: the journal goes on with ids that the archive has passed already. `drop`: what is older than the retention stays. */
export type Problem = 'redis' | 'write' | 'drop' | 'astray'

export interface ExporterView {
  readonly redisUp: boolean
  readonly diskUp: boolean
  readonly astray: boolean
  /** Entries of the journal that are not in the archive. Until it has caught up once, as many as the journal has at most. */
  readonly lagEntries: number
  /** When the oldest of these was written, ms since the epoch; null when there is none. */
  readonly pendingSince: number | null
  readonly disk: { readonly size: number; readonly free: number } | null
}

const entriesMax = 1_000
const gatherMs = 200
const retryMs = { min: 200, max: 5_000 }

export class Exporter {
  #view: ExporterView = { redisUp: false, diskUp: true, astray: false, lagEntries: 0, pendingSince: null, disk: null }
  /** How many entries the journal had ever had at the archive's last; null while that is not known. */
  #nth: number | null = null
  /** The last entry that was looked for, and is there. */
  #known: string | null = null
  #end: AbortSignal | null = null
  readonly #retry = new Backoff(retryMs.min, retryMs.max)

  constructor(private readonly options: ExporterOptions) {}

  get view(): ExporterView {
    return this.#view
  }

  /** Until told to end, with nothing half done. @throws {ArchiveRefused} when no second try can help */
  async run(end: AbortSignal): Promise<void> {
    this.#end = end
    await this.#prune()
    while (!end.aborted) {
      const part = await this.#read()
      const pauseMs = part === null ? this.#retry.next() : part.entries.length > 0 ? await this.#write(part) : await this.#idle(part)
      await pause(pauseMs, end)
    }
  }

  async #read(): Promise<JournalPart | null> {
    const { journal, writer } = this.options
    try {
      const part = await journal.after(writer.lastId, entriesMax)
      this.#count(part)
      return part
    } catch (error) {
      this.#redisFailed(error)
      return null
    }
  }

  #count({ entries, anchor, length, added }: JournalPart): void {
    if (entries.length < entriesMax) this.#nth = added - entries.length
    else if (anchor === null) this.#nth = added - length
    const lagEntries = this.#nth === null ? length : added - this.#nth
    const [first] = entries
    this.#show({ redisUp: true, lagEntries, pendingSince: first ? timeOfId(first.id) : null })
  }

  #redisFailed(error: unknown): void {
    if (this.#end?.aborted) return
    this.#show({ redisUp: false })
    this.options.on.problem('redis', error)
  }

  /** @returns how long to rest */
  async #idle({ anchor }: JournalPart): Promise<number> {
    const { journal, writer, on } = this.options
    const astray = await this.#isStrange(anchor).catch(() => this.#view.astray)
    if (astray && !this.#view.astray) on.problem('astray', new Error(`the journal is at ${isoOfId(anchor ?? '0-0')}, the archive at ${isoOfId(writer.lastId ?? '0-0')}: what is written now comes too early to be archived`))
    this.#show({ astray, disk: await writer.disk().catch(() => null) })
    try {
      await journal.wait(writer.lastId)
      this.#retry.reset()
      return 0
    } catch (error) {
      this.#redisFailed(error)
      return this.#retry.next()
    }
  }

  /** @returns how long to rest */
  async #write({ entries, anchor }: JournalPart): Promise<number> {
    const { writer, on } = this.options
    const { lastId, day, hash } = writer
    let count = 0
    try {
      const before = entries[0]?.id ?? ''
      const gap = lastId !== null && (anchor === null || (await this.#isStrange(anchor))) ? { after: lastId, before } : null
      count = await writer.append(entries, gap)
      if (gap) on.gap(gap)
    } catch (error) {
      if (error instanceof ArchiveRefused) throw error
      this.#show({ diskUp: false, disk: await writer.disk().catch(() => null) })
      on.problem('write', error)
      return this.#retry.next()
    }
    this.#retry.reset()
    if (this.#nth !== null) this.#nth += count
    const lagEntries = this.#view.lagEntries - count
    this.#show({ diskUp: true, astray: false, lagEntries, pendingSince: lagEntries > 0 ? this.#view.pendingSince : null, disk: await writer.disk().catch(() => null) })
    if (day !== writer.day) {
      if (day !== '') on.dayClosed(day, hash)
      await this.#prune()
    }
    return lagEntries > 0 ? 0 : gatherMs
  }

  /**
   * Whether the journal has another past than the archive: its last entry up to the archive's is none that the archive has. A Redis that lost its
   * last second is behind the archive, and not strange.
   */
  async #isStrange(anchor: string | null): Promise<boolean> {
    if (anchor === null || anchor === this.options.writer.lastId || anchor === this.#known) return false
    if (!(await this.options.has(anchor))) return true
    this.#known = anchor
    return false
  }

  #show(change: Partial<ExporterView>): void {
    this.#view = { ...this.#view, ...change }
  }

  /** What cannot be dropped now is dropped tomorrow. */
  async #prune(): Promise<void> {
    const { writer, months, now, on } = this.options
    if (writer.lastId === null) return
    try {
      // Neither clock alone may empty the archive.
      const days = await writer.dropBefore(firstDayKept(Math.min(now(), timeOfId(writer.lastId)), months))
      if (days.length > 0) on.dropped(days)
    } catch (error) {
      on.problem('drop', error)
    }
  }
}

/** Whole months are kept. */
export const firstDayKept = (atMs: number, months: number): string => {
  const at = new Date(atMs)
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - months, 1)).toISOString().slice(0, 10)
}
