/** Recordings are kept beside the archive, by whoever may write where Asterisk does. */
import type { SasConfig } from '../config/schema.js'
import type { Logger } from '../log.js'
import type { ArchiveMetrics } from '../metrics/archive.js'
import { RecordingKeeper, type Looked } from '../recordings/keeper.js'

const dayMs = 24 * 3_600_000

/** What is there is kept also when nothing is recorded any more; without the section, nobody says for how long, and none is removed. */
export function recordingsIn(dir: string, recording: SasConfig['recording'], metrics: Pick<ArchiveMetrics, 'onRecordings'>, log: Logger): RecordingKeeper {
  let told = false
  const onLooked = ({ sealed, removed, kept, open, disk }: Looked): void => {
    metrics.onRecordings({ sealed: sealed.length, removed: removed.length, open, disk })
    for (const { name, sha256, cut, before } of sealed) {
      log.info({ recording: name, sha256, cut }, 'recording sealed')
      if (before) log.warn({ recording: name, before: before.at(-1)?.sha256 }, 'this recording went on after it was sealed')
    }
    for (const { name, ...known } of removed) log.info({ recording: name, ...known }, 'recording removed: its retention is over')
    if (recording || kept === 0 || told) return
    told = true
    log.error({ kept }, 'recordings are never removed: the file has no section `recording` to say how long they are kept; `rules: []` in it records nothing')
  }
  return new RecordingKeeper({
    dir,
    retentionMs: () => (recording ? recording.retentionDays * dayMs : null),
    now: Date.now,
    onLooked,
    onProblem: (error) => log.error({ error }, 'recordings: it is tried again'),
  })
}
