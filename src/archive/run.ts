/**
 * The archiver as a process: wiring, signals, its own small HTTP server. Apart from the engine, so that no disk ever holds up a call: so recordings are
 * kept, and reports made, here too.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { EnvironmentError, readArchiveEnvironment, type ArchiveEnvironment } from '../config/environment.js'
import { loadConfig } from '../config/load.js'
import type { SasConfig } from '../config/schema.js'
import { MonthlyReport } from '../jobs/monthly-report.js'
import { createLogger, type Logger } from '../log.js'
import { createArchiveMetrics, type ArchiveMetrics, type ArchiveState } from '../metrics/archive.js'
import { RecordingKeeper, type Looked } from '../recordings/keeper.js'
import { openJournalCopy } from '../redis/journal-copy.js'
import { version } from '../version.js'
import { Exporter, type Problem } from './exporter.js'
import { isoOfId, timeOfId } from './format.js'
import { hasEntry } from './read.js'
import { ArchiveWriter } from './writer.js'

/** Behind by more than this, it is not ready. */
const lagMsMax = 60_000
const dayMs = 24 * 3_600_000
/** The same problem is told once in this time. */
const quietMs = 30_000

const words: Readonly<Record<Problem, string>> = {
  redis: 'redis does not answer',
  write: 'not written: it is tried again',
  drop: 'what is older than the retention could not be removed: it is tried again tomorrow',
  astray: 'the journal goes on with ids of before the end of the archive: give it a new directory, or wait until the clock has caught up',
}

/**
 * Runs until a signal. @returns the exit code
 * @throws {EnvironmentError} or {ConfigError} with every fault @throws {ArchiveRefused}
 */
export async function runArchive(): Promise<number> {
  const env = readArchiveEnvironment()
  const config = loadConfig(env.configFile)
  const { sas, retention } = config
  const log = createLogger(env.logLevel)
  const writer = await ArchiveWriter.open(env.dir, sas.id)
  if (writer.cutBytes > 0) log.warn({ bytes: writer.cutBytes }, 'what an archiver before left unfinished was cut off: it is written again')

  const end = new AbortController()
  const journal = openJournalCopy(env.redisUrl, sas.id)
  end.signal.addEventListener('abort', () => journal.close())
  const told = new Map<Problem, number>()
  const exporter = new Exporter({
    writer,
    journal,
    has: (id) => hasEntry(env.dir, id),
    months: retention.archiveMonths,
    now: Date.now,
    on: {
      gap: ({ after, before }) => {
        metrics.onGap()
        log.error({ after: isoOfId(after), before: isoOfId(before) }, 'facts between these two may be missing: the journal no longer had the first')
      },
      dayClosed: (day, hash) => log.info({ day, hash }, 'day closed'),
      dropped: (days) => log.info({ days }, 'past the retention: removed'),
      problem: (what, error) => {
        if (what === 'write') metrics.onWriteFailed()
        const now = performance.now()
        if (now - (told.get(what) ?? -Infinity) < quietMs) return
        told.set(what, now)
        log.error({ error }, words[what])
      },
    },
  })
  const state = (): ArchiveState => {
    const { redisUp, diskUp, astray, lagEntries, pendingSince, disk } = exporter.view
    return {
      parts: { redis: redisUp, disk: diskUp, journal: !astray },
      lastEntryAt: writer.lastId === null ? null : timeOfId(writer.lastId),
      lagEntries,
      lagMs: pendingSince === null ? 0 : Math.max(0, Date.now() - pendingSince),
      bytes: writer.bytes,
      disk,
    }
  }
  const metrics = createArchiveMetrics(state)
  const companions = [...reportsOf(env, config, metrics, log), ...recordingsOf(env, config, metrics, log)]
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort())
  let server: Server | null = null
  try {
    server = await serve(env.host, env.port, state, metrics)
    for (const companion of companions) companion.start()
    log.info({ address: server.address(), sas: sas.id, dir: env.dir, after: writer.lastId && isoOfId(writer.lastId), version }, 'archiving')
    await exporter.run(end.signal)
  } finally {
    end.abort()
    await Promise.all(companions.map((companion) => companion.stop()))
    server?.close()
    server?.closeAllConnections()
    await writer.close()
  }
  log.info({}, 'stopped')
  return 0
}

interface Companion {
  start(): void
  /** Resolves when nothing is done any more. */
  stop(): Promise<void>
}

/** The report of each month, where there is a place for it. */
function reportsOf({ redisUrl, dir, reportsDir }: ArchiveEnvironment, config: SasConfig, metrics: ArchiveMetrics, log: Logger): Companion[] {
  if (reportsDir === null) return []
  const onProblem = (error: unknown): void => log.error({ error }, 'report of a month: it is tried again')
  const onReport = (month: string, outcome: 'made' | 'failed' | 'dead'): void => {
    metrics.onReport(outcome)
    log.info({ month, outcome }, 'report of a month')
  }
  const reports = new MonthlyReport({ redisUrl, config, archive: dir, reports: reportsDir, now: Date.now, onProblem, onReport })
  return [{ start: () => void reports.start().catch(onProblem), stop: () => reports.stop() }]
}

/** Whoever may write where Asterisk does keeps what it recorded. */
function recordingsOf({ recordingsDir }: ArchiveEnvironment, { recording }: SasConfig, metrics: ArchiveMetrics, log: Logger): Companion[] {
  if (recordingsDir === null || !recording) return []
  const onProblem = (error: unknown): void => log.error({ error }, 'recordings: it is tried again')
  const onLooked = ({ sealed, removed, ...rest }: Looked): void => metrics.onRecordings({ ...rest, sealed: sealed.length, removed: removed.length })
  return [new RecordingKeeper({ dir: recordingsDir, retentionMs: () => recording.retentionDays * dayMs, now: Date.now, onLooked, onProblem })]
}

async function serve(host: string, port: number, state: () => ArchiveState, { registry }: ArchiveMetrics): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => void response.writeHead(status, { 'content-type': type }).end(body)
    const json = (status: number, body: unknown): void => answer(status, 'application/json', JSON.stringify(body))
    if (request.method !== 'GET') return json(405, { error: 'method not allowed' })
    if (request.url === '/health/ready') {
      const { parts, lagEntries, lagMs } = state()
      const ready = Object.values(parts).every(Boolean) && lagMs <= lagMsMax
      return json(ready ? 200 : 503, { status: ready ? 'ready' : 'not-ready', ...parts, lagEntries, lagSeconds: Math.floor(lagMs / 1_000) })
    }
    if (request.url !== '/metrics') return json(404, { error: 'not found' })
    registry.metrics().then(
      (text) => answer(200, registry.contentType, text),
      () => json(500, { error: 'internal' }),
    )
  })
  server.listen(port, host)
  await once(server, 'listening').catch((error: Error) => {
    throw new EnvironmentError([`DECROCHE_ARCHIVE_HOST, DECROCHE_ARCHIVE_PORT: ${error.message}`])
  })
  return server
}
