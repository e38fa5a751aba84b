/**
 * The activity report of each month, by BullMQ: on the first of the next at 04:00 of the SAS, in all formats, into a directory. Runs in the archive's process.
 *
 * A `look` says which of the last twelve months have an archive and no report, and adds a job for each: it comes by the clock, and at each start, so
 * that what was missed is made up. The files tell whether a report was made, so none is made twice. Jobs hold the month and the SAS alone.
 */
import { hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { Queue, Worker, type Job } from 'bullmq'
import { dayFiles } from '../archive/files.js'
import { dayOf } from '../archive/format.js'
import { monthBefore, monthSpan } from '../config/local-time.js'
import type { SasConfig } from '../config/schema.js'
import { pause } from '../pause.js'
import { createJobsClient } from '../redis/client.js'
import { keysOf } from '../redis/keys.js'
import { readBaseZeroFile } from '../reports/base-zero-file.js'
import type { BaseZero } from '../reports/base-zero.js'
import { FORMATS, isWritten, writeReport } from '../reports/files.js'
import { isTold, makeReport } from '../reports/report.js'

export interface MonthlyReportOptions {
  readonly redisUrl: string
  readonly config: SasConfig
  /** Directory of the archive. */
  readonly archive: string
  /** Where reports go, and where `base-zero.csv` is, if there is one. */
  readonly reports: string
  readonly now: () => number
  readonly onProblem: (error: unknown) => void
  /** `dead`: tried for the last time, until the next look. */
  readonly onReport: (month: string, outcome: 'made' | 'failed' | 'dead') => void
  /** For tests; a minute without. */
  readonly firstRetryMs?: number
}

/** 04:00 on the first of each month. */
const PATTERN = '0 4 1 * *'
const MONTHS_BACK = 12
/** From one minute to seventeen hours, doubling: given up after a day and a half. */
const ATTEMPTS = 12
const FIRST_RETRY_MS = 60_000
const CLOSE_MS = 2_000
const BASE_ZERO = 'base-zero.csv'

interface Data {
  readonly sas: string
  /** Without, it is a look. */
  readonly month?: string
}

/** Of the archiver that writes to this directory of this host: each makes its reports from its own archive. */
export const queueNameOf = (archive: string, host = hostname()): string => `reports-${hash('sha256', `${host}\0${resolve(archive)}`).slice(0, 16)}`

type Client = ReturnType<typeof createJobsClient>

export class MonthlyReport {
  readonly #clients: Client[]
  readonly #queue: Queue<Data>
  readonly #worker: Worker<Data>
  readonly #retries: { readonly attempts: number; readonly backoff: { readonly type: 'exponential'; readonly delay: number }; readonly stackTraceLimit: 0; readonly removeOnComplete: true }
  #ended = false

  constructor(private readonly options: MonthlyReportOptions) {
    const { redisUrl, config, archive, firstRetryMs = FIRST_RETRY_MS } = options
    const { id } = config.sas
    const { jobs: prefix } = keysOf(id)
    this.#retries = { attempts: ATTEMPTS, backoff: { type: 'exponential', delay: firstRetryMs }, stackTraceLimit: 0, removeOnComplete: true }
    const [producer, working] = ['reports', 'reports-worker'].map((name) => createJobsClient(redisUrl, `decroche-${id}-${name}`, true)) as [Client, Client]
    this.#clients = [producer, working]
    const problem = (error: unknown): void => (this.#ended ? undefined : options.onProblem(error))
    for (const client of this.#clients) client.on('error', problem)
    const name = queueNameOf(archive)
    this.#queue = new Queue(name, { connection: producer, prefix })
    this.#worker = new Worker(name, async ({ data: { month } }) => (month === undefined ? await this.#look() : await this.#make(month)), {
      connection: working,
      prefix,
      autorun: false,
      concurrency: 1,
      // A process that died says nothing of the report.
      maxStalledCount: 1_000,
    })
    this.#queue.on('error', problem)
    this.#worker.on('error', problem)
    this.#worker.on('completed', ({ data: { month } }, made: unknown) => {
      if (month !== undefined && made === true) options.onReport(month, 'made')
    })
    this.#worker.on('failed', (job, error) => {
      problem(error)
      if (job?.data.month !== undefined) options.onReport(job.data.month, job.attemptsMade >= ATTEMPTS ? 'dead' : 'failed')
    })
  }

  /** Resolves once Redis has taken the timetable and a first look; until it answers, that waits. Rejects when it was stopped before. */
  async start(): Promise<void> {
    const { id, timeZone } = this.options.config.sas
    // What fails is told as an error, and tried again by the client.
    await Promise.all(this.#clients.map((client) => client.connect().catch(() => undefined)))
    this.#worker.run().catch(this.options.onProblem)
    await this.#queue.upsertJobScheduler('monthly', { pattern: PATTERN, tz: timeZone }, { name: 'look', data: { sas: id }, opts: this.#retries })
    await this.#queue.add('look', { sas: id }, this.#retries)
  }

  /** Ends within a few seconds; a report that was not finished is begun again by the next process. */
  async stop(): Promise<void> {
    this.#ended = true
    await Promise.race([Promise.all([this.#worker.close(), this.#queue.close()]).catch(() => undefined), pause(CLOSE_MS, new AbortController().signal)])
    for (const client of this.#clients) client.disconnect()
  }

  /** Adds what is to be made, oldest first. */
  async #look(): Promise<void> {
    const { config, archive, reports, now } = this.options
    const { id, timeZone } = config.sas
    const days = (await dayFiles(archive)).map(({ day }) => day)
    for (let back = MONTHS_BACK; back >= 1; back--) {
      const month = monthBefore(now(), timeZone, back)
      const { fromMs, toMs } = spanOf(month, timeZone)
      if (!days.some((day) => day > dayOf(fromMs) && day <= dayOf(toMs - 1)) || (await isWritten(reports, id, month))) continue
      await this.#add(id, month)
    }
  }

  async #add(sas: string, month: string): Promise<void> {
    const jobId = `report.${month}`
    const known: Job<Data> | undefined = await this.#queue.getJob(jobId)
    if (known && (await known.isFailed())) await known.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
    else await this.#queue.add('month', { sas, month }, { ...this.#retries, jobId })
  }

  /** @returns false when it was made before */
  async #make(month: string): Promise<boolean> {
    const { config, archive, reports, now } = this.options
    const { id, timeZone } = config.sas
    if (await isWritten(reports, id, month)) return false
    if (!(await isTold(archive, spanOf(month, timeZone).toMs, now()))) throw new Error(`the archive may lack calls of the end of ${month} yet`)
    await writeReport(await makeReport({ config, archive, period: month, baseZero: await this.#baseZero(), now: now() }), reports, FORMATS)
    return true
  }

  async #baseZero(): Promise<BaseZero | 'faulty' | null> {
    const file = join(this.options.reports, BASE_ZERO)
    if ((await stat(file).catch(() => null)) === null) return null
    return await readBaseZeroFile(file).catch((error: unknown) => {
      this.options.onProblem(error)
      return 'faulty' as const
    })
  }
}

const spanOf = (month: string, timeZone: string) => {
  const span = monthSpan(month, timeZone)
  if (span === null) throw new TypeError(`no month: ${month}`)
  return span
}
