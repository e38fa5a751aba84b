/** Calls of a month's last hours that are told of in the next: those of the fallback, once there is an engine again. */
import { describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { loadConfig } from '../../../src/config/load.js'
import { isTold, makeReport } from '../../../src/reports/report.js'
import type { Fact } from '../../../src/routing/facts.js'
import { writeArchive } from './archive.js'

const config = loadConfig('config/sas-67.yaml')
const at = (text: string): number => Date.parse(`2026-${text}+01:00`)
const end = at('11-01T00:00:00')

const abandoned = (call: string, told: number, arrivedAt = told): Fact[] => [
  { type: 'presented', at: told, call, trunk: 'operator', number: '15', class: 'P1', arrivedAt },
  { type: 'ended', at: told, call, outcome: 'abandoned', why: 'caller-left', sinceArrivalMs: 9_000, stage: 'n1', waiting: true },
]
const archiveOf = (...facts: Fact[][]): string => {
  const archive = scratchDirectory('report')
  writeArchive(archive, 'sas-67', facts.flat())
  return archive
}
const october = (archive: string) => makeReport({ config, archive, period: '2026-10', baseZero: null, now: at('11-03T12:00:00') })

describe('an engine that is away over the end of a month', () => {
  const away = archiveOf(abandoned('a', at('10-31T22:00:00')), abandoned('b', at('11-01T04:00:00')), abandoned('c', at('11-01T04:00:01'), at('10-31T22:30:00')))

  it('loses nobody whom the fallback had, and is told as a silence', async () => {
    const { figures, warnings } = await october(away)
    expect(figures.find(({ id }) => id === 'presented')?.values?.whole).toBe(2)
    expect(warnings).toContainEqual({ kind: 'silence', from: '2026-10-31T22:00:00+01:00', to: '2026-11-01T04:00:00+01:00' })
  })

  it('is waited for a day by the report of each month; three hours are enough where something was heard', async () => {
    const there = archiveOf(abandoned('a', end - 3_600_000), abandoned('b', end + 3_600_000))
    expect(await isTold(there, end, end + 3 * 3_600_000 - 1)).toBe(false)
    expect(await isTold(there, end, end + 3 * 3_600_000)).toBe(true)
    expect(await isTold(away, end, end + 24 * 3_600_000 - 1)).toBe(false)
    expect(await isTold(away, end, end + 24 * 3_600_000)).toBe(true)
    expect(await isTold(archiveOf(abandoned('a', end - 1)), end, end + 48 * 3_600_000)).toBe(false)
  })
})

it('an archive that ends hours before its month does not pass for a whole one', async () => {
  const { warnings } = await october(archiveOf(abandoned('a', at('10-31T22:00:00'))))
  expect(warnings).toContainEqual({ kind: 'silence', from: '2026-10-31T22:00:00+01:00', to: '2026-11-02T00:00:00+01:00' })
})
