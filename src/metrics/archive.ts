/** What Prometheus sees of the archiver. */
import { Counter, Gauge, Registry } from 'prom-client'
import { collectOwnProcess } from './own-process.js'

/** All as it is when scraped; null for what is not known. */
export interface ArchiveState {
  readonly parts: Readonly<Record<string, boolean>>
  /** ms since the epoch. */
  readonly lastEntryAt: number | null
  readonly lagEntries: number
  readonly lagMs: number
  readonly bytes: number
  readonly disk: { readonly size: number; readonly free: number } | null
}

export interface ArchiveMetrics {
  readonly registry: Registry
  onGap(): void
  onWriteFailed(): void
  /** The report of a month was made, failed and is tried again, or was given up until the next look. */
  onReport(outcome: 'made' | 'failed' | 'dead'): void
  /** A look at the recordings. */
  onRecordings(looked: LookAtRecordings): void
}

export interface LookAtRecordings {
  readonly sealed: number
  readonly removed: number
  readonly open: number
  readonly disk: { readonly size: number; readonly free: number }
}

export const createArchiveMetrics = (state: () => ArchiveState): ArchiveMetrics => {
  const registry = new Registry()
  const registers = [registry]
  collectOwnProcess(registry, 'decroche_archive_')
  const gauge = (name: string, help: string, value: (state: ArchiveState) => number | null): void =>
    void new Gauge({
      name,
      help,
      registers,
      collect() {
        const now = value(state())
        if (now === null) this.remove()
        else this.set(now)
      },
    })
  new Gauge({
    name: 'decroche_archive_up',
    help: 'Whether a part works (1): `redis` answers, the `disk` takes what is written, the `journal` has the past that the archive has.',
    labelNames: ['part'],
    registers,
    collect() {
      for (const [part, up] of Object.entries(state().parts)) this.set({ part }, up ? 1 : 0)
    },
  })
  gauge('decroche_archive_last_entry_timestamp_seconds', 'When the last archived entry was written to the journal; absent before the first.', ({ lastEntryAt }) => lastEntryAt && lastEntryAt / 1_000)
  gauge('decroche_archive_lag_entries', 'Entries of the journal that are not archived yet; until it has caught up once, at most so many.', ({ lagEntries }) => lagEntries)
  gauge('decroche_archive_lag_seconds', 'Since the oldest of them was written; 0 when there is none.', ({ lagMs }) => lagMs / 1_000)
  gauge('decroche_archive_bytes', 'Size of all files of the archive.', ({ bytes }) => bytes)
  gauge('decroche_archive_disk_size_bytes', 'Size of the file system that has the archive.', ({ disk }) => disk && disk.size)
  gauge('decroche_archive_disk_free_bytes', 'What is free of it.', ({ disk }) => disk && disk.free)
  const gaps = new Counter({ name: 'decroche_archive_gaps_total', help: 'Times entries may have been missed since the archiver started.', registers })
  const failures = new Counter({ name: 'decroche_archive_write_failures_total', help: 'Writes that failed and are tried again.', registers })
  const reports = new Counter({ name: 'decroche_archive_reports_total', help: 'Tries to make the report of a month: `made`, `failed` and to be tried again, `dead` and given up until the next look.', labelNames: ['outcome'], registers })
  const recordings = new Counter({ name: 'decroche_archive_recordings_total', help: 'Recordings that were sealed with their hash once they were whole, and removed when their retention was over.', labelNames: ['step'], registers })
  for (const step of ['sealed', 'removed']) recordings.inc({ step }, 0)
  for (const outcome of ['made', 'failed', 'dead']) reports.inc({ outcome }, 0)
  // Absent where no recordings are kept: 0 would be taken for a full disk.
  let looked: LookAtRecordings | null = null
  const ofRecordings = (name: string, help: string, value: (seen: LookAtRecordings) => number): void =>
    void new Gauge({
      name,
      help,
      registers,
      collect() {
        if (looked === null) this.remove()
        else this.set(value(looked))
      },
    })
  ofRecordings('decroche_archive_recordings_open', 'Recordings that were not whole yet at the last look.', ({ open }) => open)
  ofRecordings('decroche_archive_recordings_disk_size_bytes', 'Size of the file system that has the recordings.', ({ disk }) => disk.size)
  ofRecordings('decroche_archive_recordings_disk_free_bytes', 'What is free of it.', ({ disk }) => disk.free)
  return {
    registry,
    onReport: (outcome) => reports.inc({ outcome }),
    onRecordings: (seen) => {
      looked = seen
      recordings.inc({ step: 'sealed' }, seen.sealed)
      recordings.inc({ step: 'removed' }, seen.removed)
    },
    onGap: () => gaps.inc(),
    onWriteFailed: () => failures.inc(),
  }
}
