/** What Prometheus sees of the archiver. */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'

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
}

export const createArchiveMetrics = (state: () => ArchiveState): ArchiveMetrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, prefix: 'decroche_archive_' })
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
  return { registry, onGap: () => gaps.inc(), onWriteFailed: () => failures.inc() }
}
