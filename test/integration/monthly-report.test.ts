/** The report of each month by BullMQ on a real Redis: by the clock, made up when missed, once, and again when it fails. */
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type Redis } from '../../lab/redis.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { loadConfig } from '../../src/config/load.js'
import { MonthlyReport, queueNameOf } from '../../src/jobs/monthly-report.js'
import { createJobsClient } from '../../src/redis/client.js'
import { keysOf } from '../../src/redis/keys.js'
import type { Report } from '../../src/reports/report.js'
import type { Fact } from '../../src/routing/facts.js'
import { writeArchive } from '../unit/reports/archive.js'

const config = loadConfig('config/sas-67.yaml')
const at = (text: string): number => Date.parse(text)
const call = (when: string): Fact[] => [
  { type: 'presented', at: at(when), call: when, trunk: 'operator', number: '15', class: 'P1', arrivedAt: at(when) },
  { type: 'ended', at: at(when) + 9_000, call: when, outcome: 'abandoned', why: 'caller-left', sinceArrivalMs: 9_000, stage: 'n1', waiting: true },
]

let redis: Redis
let archive: string
let reports: string
let now: number
let made: MonthlyReport[]
let outcomes: string[]
let onOutcome: () => void

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await redis.stop()
})

beforeEach(() => {
  archive = scratchDirectory('archive')
  reports = join(scratchDirectory('reports'), 'of-months')
  now = at('2026-11-02T04:00:00+01:00')
  made = []
  outcomes = []
  onOutcome = () => undefined
})
afterEach(async () => {
  await Promise.all(made.map((one) => one.stop()))
  const { queue, client } = jobs()
  await queue.obliterate({ force: true })
  client.disconnect()
})

const jobs = () => {
  const client = createJobsClient(redis.url, 'test', true)
  return { client, queue: new Queue(queueNameOf(archive), { connection: client, prefix: keysOf(config.sas.id).jobs }) }
}

/** @param until what is waited for */
const start = async (firstRetryMs = 50, until?: string, dirs = { archive, reports }): Promise<MonthlyReport> => {
  const one = new MonthlyReport({
    redisUrl: redis.url,
    config,
    ...dirs,
    now: () => now,
    onProblem: () => undefined,
    onReport: (month, outcome) => {
      outcomes.push(`${month} ${outcome}`)
      onOutcome()
    },
    firstRetryMs,
  })
  made.push(one)
  await one.start()
  if (until !== undefined) await heard(until)
  return one
}

const heard = async (...wanted: string[]): Promise<void> => {
  await new Promise<void>((resolve) => {
    onOutcome = () => wanted.every((one) => outcomes.includes(one)) && resolve()
    onOutcome()
  })
}

const filesOf = (month: string): string[] => ['csv', 'html', 'json', 'xlsx'].map((ending) => `sas-67-${month}.${ending}`)

describe('the report of a month', () => {
  it('is made once in all formats, and made up when the process was away', async () => {
    writeArchive(archive, 'sas-67', [...call('2026-10-15T10:00:00Z'), ...call('2026-11-01T02:00:00Z'), ...call('2026-11-20T09:00:00Z'), ...call('2026-12-20T09:00:00Z'), ...call('2027-01-02T09:00:00Z')])
    const first = await start(50, '2026-10 made')
    expect(readdirSync(reports).sort()).toEqual(filesOf('2026-10'))
    expect(JSON.parse(readFileSync(join(reports, 'sas-67-2026-10.json'), 'utf8'))).toMatchObject({ sas: { id: 'sas-67' }, period: { name: '2026-10', over: true } })
    await first.stop()

    const { mtimeMs } = statSync(join(reports, 'sas-67-2026-10.json'))
    now = at('2027-01-03T12:00:00+01:00')
    await start()
    await heard('2026-11 made', '2026-12 made')
    expect(outcomes).toEqual(['2026-10 made', '2026-11 made', '2026-12 made'])
    expect(readdirSync(reports).sort()).toEqual(['2026-10', '2026-11', '2026-12'].flatMap(filesOf).sort())
    expect(statSync(join(reports, 'sas-67-2026-10.json')).mtimeMs).toBe(mtimeMs)
  })

  it('comes at 04:00 of the SAS on the first, and its jobs hold the month and the SAS alone', async () => {
    writeArchive(archive, 'sas-67', call('2026-10-15T10:00:00Z'))
    await start()
    await heard('2026-10 failed')
    const { queue, client } = jobs()
    const scheduler = await queue.getJobScheduler('monthly')
    const next = new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris', day: 'numeric', hour: '2-digit', minute: '2-digit' }).format(scheduler?.next)
    expect(next).toMatch(/^1\b.*04:00$/)
    expect((await queue.getJob('report.2026-10'))?.data).toEqual({ sas: 'sas-67', month: '2026-10' })
    client.disconnect()
  })

  it('is tried again until the archive reaches its end and the directory can be written', async () => {
    writeArchive(archive, 'sas-67', call('2026-10-15T10:00:00Z'))
    writeFileSync(reports, 'in the way')
    await start()
    await heard('2026-10 failed')
    writeArchive(archive, 'sas-67', [...call('2026-10-15T10:00:00Z'), ...call('2026-11-01T02:00:00Z')])
    outcomes = []
    await heard('2026-10 failed')
    rmSync(reports)
    await heard('2026-10 made')
    expect(readdirSync(reports).sort()).toEqual(filesOf('2026-10'))
  })

  it('is made by each archiver from its own archive, and without a base zéro that cannot be read', async () => {
    const other = { archive: scratchDirectory('archive'), reports: scratchDirectory('reports') }
    writeArchive(archive, 'sas-67', [...call('2026-10-15T10:00:00Z'), ...call('2026-11-01T02:00:00Z')])
    writeArchive(other.archive, 'sas-67', [...call('2026-10-15T10:00:00Z'), ...call('2026-10-16T10:00:00Z'), ...call('2026-11-01T02:00:00Z')])
    writeFileSync(join(other.reports, 'base-zero.csv'), 'no base zéro')
    await start(50, '2026-10 made')
    outcomes = []
    await start(50, '2026-10 made', other)
    const [here, there] = [reports, other.reports].map((dir) => JSON.parse(readFileSync(join(dir, 'sas-67-2026-10.json'), 'utf8')) as Report)
    const presented = (report?: Report) => report?.figures.find(({ id }) => id === 'presented')?.values?.whole
    expect([presented(here), presented(there)]).toEqual([1, 2])
    expect(there?.warnings.at(-1)).toEqual({ kind: 'base-zero-faulty' })
  })

  it('that was given up is made by the next process', async () => {
    writeArchive(archive, 'sas-67', call('2026-10-15T10:00:00Z'))
    await (await start(1, '2026-10 dead')).stop()
    writeArchive(archive, 'sas-67', [...call('2026-10-15T10:00:00Z'), ...call('2026-11-01T02:00:00Z')])
    await start(1, '2026-10 made')
  })
})
