/** One report in each of its formats: the same figures, and what should be known before them at the top. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { beforeAll, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { NO_HASH, gapLine } from '../../../src/archive/format.js'
import { loadConfig } from '../../../src/config/load.js'
import { readBaseZero } from '../../../src/reports/base-zero.js'
import { asCsv } from '../../../src/reports/formats/csv.js'
import { asPage } from '../../../src/reports/formats/page.js'
import { asText } from '../../../src/reports/formats/text.js'
import { asXlsx } from '../../../src/reports/formats/xlsx.js'
import { makeReport, NoData, type Report } from '../../../src/reports/report.js'
import { showValue } from '../../../src/reports/show.js'
import type { Fact } from '../../../src/routing/facts.js'
import { writeArchive } from './archive.js'

const config = loadConfig('config/sas-67.yaml')
const at = (text: string): number => Date.parse(`2026-10-${text}+02:00`)

/** Answered after `waitMs`, sent to AMU, and let go after four minutes and twelve seconds. */
const call = (id: string, arrivedAt: number, waitMs: number): Fact[] => {
  const pickedUp = arrivedAt + waitMs
  const over = pickedUp + 252_000
  return [
    { type: 'presented', at: arrivedAt, call: id, trunk: 'operator', number: '15', class: 'P1', arrivedAt },
    { type: 'picked-up', at: pickedUp, call: id, queue: 'n1', position: 'n1', agent: 'arm01', role: 'ARM', first: true, waitMs },
    { type: 'drm-opened', at: pickedUp, call: id, drm: id, agent: 'arm01' },
    { type: 'qualified', at: pickedUp, call: id, agent: 'arm01', priority: 'P0', first: true, sincePickupMs: 0 },
    { type: 'left', at: over, call: id, agent: 'arm01', talkMs: 252_000, why: 'hung-up' },
    { type: 'ended', at: over, call: id, outcome: 'answered', why: 'caller-left', sinceArrivalMs: over - arrivedAt, stage: 'n1', waiting: false },
  ]
}
const baseZero = readBaseZero(['mois;1;2;3;4;5', ...['2019-07', '2019-08', '2019-09'].map((month) => `${month};4;50 %;4;2;2`), ...['2026-07', '2026-08', '2026-09'].map((month) => `${month};2;;2;1;1`)].join('\n'))

const archive = scratchDirectory('report')
const making = { config, archive, baseZero, period: '2026-10', now: at('06T12:00:00') }
let report: Report

beforeAll(async () => {
  // A Monday and a Tuesday in SAS hours, a night between; of the first two days of the month nothing was kept.
  writeArchive(archive, 'sas-67', [...call('a', at('05T09:00:00'), 4_000), ...call('b', at('05T11:00:00'), 29_999), ...call('c', at('05T21:00:00'), 30_000), ...call('d', at('06T10:00:00'), 5_049)])
  report = await makeReport(making)
})

const figure = (id: string) => report.figures.find((one) => one.id === id)?.values

describe('a report', () => {
  it('tells hours apart, which add up to the whole', () => {
    expect(figure('1.1')).toEqual({ whole: 4, sas: 3, pdsa: 1, other: 0 })
    expect(figure('1.2')).toEqual({ whole: 0.75, sas: 1, pdsa: 0, other: null })
    expect(figure('3.9')).toEqual({ whole: 252_000, sas: 252_000, pdsa: 252_000, other: null })
    expect(figure('1.6')).toBeNull()
  })

  it('says first that the month is not over, which days have no file, and where nothing was heard', () => {
    expect(report.warnings).toEqual([
      { kind: 'not-over', upTo: '2026-10-06T12:00:00+02:00' },
      { kind: 'missing-days', days: ['2026-09-30', '2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04'] },
      { kind: 'silence', from: '2026-10-01T00:00:00+02:00', to: '2026-10-05T09:00:00+02:00' },
      { kind: 'silence', from: '2026-10-05T11:04:41+02:00', to: '2026-10-05T21:00:00+02:00' },
      { kind: 'silence', from: '2026-10-05T21:04:42+02:00', to: '2026-10-06T10:00:00+02:00' },
    ])
  })

  it('says where the archive has gaps, and lines that cannot be read', async () => {
    const torn = scratchDirectory('report')
    writeArchive(torn, 'sas-67', call('a', at('05T09:00:00'), 4_000))
    const gap = { after: `${at('05T10:00:00')}-0`, before: `${at('05T10:05:00')}-3` }
    appendFileSync(join(torn, '2026-10-05.jsonl'), `${gapLine(8, gap, NO_HASH).line}\n{"n":9,"id":"${at('05T10:06:00')}-0","fact":{"type":"presented","at"\nno line at all\n`)
    expect((await makeReport({ ...making, archive: torn })).warnings).toEqual(
      expect.arrayContaining([
        { kind: 'gap', from: '2026-10-05T10:00:00+02:00', to: '2026-10-05T10:05:00+02:00' },
        { kind: 'unreadable', count: 2 },
      ]),
    )
  })

  it('compares with the base zéro: counts by their share, ratios by the difference', () => {
    const [answered, qs30] = report.baseZero?.comparison ?? []
    expect(answered).toEqual({ id: '1.1', year2019: 4, launch: 2, here: 4, since2019: 0, sinceLaunch: 1 })
    expect(qs30).toEqual({ id: '1.2', year2019: 0.5, launch: null, here: 0.75, since2019: 0.25, sinceLaunch: null })
  })

  it('is made without a base zéro that cannot be read, and says so', async () => {
    const without = await makeReport({ ...making, baseZero: 'faulty' })
    expect(without.baseZero).toBeNull()
    expect(without.figures).toEqual(report.figures)
    expect(asPage(without)).toMatch(/À savoir.*La base zéro ne se lit pas/s)
  })

  it('does not tell hours apart that have no calendar', async () => {
    const { sas: _, pdsa, ...others } = config.calendars
    const without = await makeReport({ ...making, config: { ...config, calendars: { ...others, nuit: pdsa! }, reports: { pdsaHours: 'nuit' } } })
    expect(without.figures[0]?.values).toEqual({ whole: 4, sas: null, pdsa: 1, other: 3 })
    expect(without.warnings.at(-1)).toEqual({ kind: 'hours-unknown', hours: ['sas'] })
  })

  it('of a year has its months, of which one has an archive', async () => {
    const year = await makeReport({ ...making, period: '2026', now: Date.UTC(2027, 0, 2) })
    expect(year.months.map(({ month, figures: [first] }) => [month, first?.values?.whole])).toEqual(Array.from({ length: 12 }, (_, index) => [`2026-${String(index + 1).padStart(2, '0')}`, index === 9 ? 4 : null]))
    expect(year.baseZero?.comparison[0]).toMatchObject({ here: 4 })
    const { baseZero: compared, figures: [first] } = await makeReport({ ...making, period: '2026' })
    expect([first?.values?.whole, compared?.comparison[0]?.here]).toEqual([4, null])
    expect(asText(year)).toContain('octobre 2026')
  })

  it('is refused of another SAS, and of a time without an archive', async () => {
    await expect(makeReport({ ...making, config: { ...config, sas: { ...config.sas, id: 'sas-68' } } })).rejects.toThrow(new NoData(`${archive} is the archive of sas-67, not of sas-68`))
    await expect(makeReport({ ...making, period: '2026-08' })).rejects.toThrow(NoData)
  })
})

describe('the CSV', () => {
  it('opens in French Excel: its mark, semicolons, decimal commas, percentages and times', () => {
    const [title, ...lines] = asCsv(report).split('\r\n')
    expect(title).toBe('\uFEFFRapport d’activité\u202F: SAS du Bas-Rhin, octobre 2026')
    expect(lines[0]).toMatch(/^La période n’est pas terminée/)
    expect(lines[1]).toContain('2026-09-30 à 2026-10-04')
    expect(lines[5]).toBe('Période;Tableau;N°;Indicateur;Unité;Ensemble;Heures SAS;Heures PDSA;Autres heures')
    expect(lines[6]).toBe('2026-10;1;1;Nombre d’appels décrochés par le SAS;nombre;4;3;1;0')
    expect(lines[7]).toMatch(/^2026-10;1;2;.*;%;75,00%;100,00%;0,00%;n\. c\.$/)
    const find = (text: string) => lines.find((line) => line.includes(text))
    expect(find('Attente moyenne')).toMatch(/;s;17,3;13,0;30,0;n\. c\.$/)
    expect(find('front office')).toMatch(/;min:s;0:04:12;0:04:12;0:04:12;n\. c\.$/)
    expect(find('conseils médicaux simples')).toMatch(/(;à renseigner){4}$/)
    expect(find('2019-07;1;2;')).toMatch(/;50,00%$/)
  })
})

describe('the workbook', () => {
  /** Of the cell of this value. */
  const formatOf = (parts: Record<string, Uint8Array>, sheetNumber: number, value: string): string | undefined => {
    const [sheet, styles] = [`xl/worksheets/sheet${sheetNumber}.xml`, 'xl/styles.xml'].map((name) => strFromU8(parts[name] as Uint8Array)) as [string, string]
    const cell = new RegExp(`<c [^>]*><v>${value}</v></c>`).exec(sheet)?.[0] ?? 'no such cell'
    const style = /s="(\d+)"/.exec(cell)?.[1]
    const cells = styles.slice(styles.indexOf('<cellXfs'), styles.indexOf('</cellXfs')).match(/<xf [^>]*>/g) ?? []
    const format = /numFmtId="(\d+)"/.exec(cells[Number(style)] ?? '')?.[1]
    return new RegExp(`numFmtId="${format}" formatCode="([^"]*)"`).exec(styles)?.[1]
  }

  it('holds numbers as numbers, and percentages by their format', async () => {
    const parts = unzipSync(await asXlsx(report))
    expect(formatOf(parts, 1, '0.75')).toBe('0.00%')
    expect(formatOf(parts, 1, String(252 / 86_400))).toBe('[m]:ss')
    expect(Object.keys(parts).filter((name) => name.startsWith('xl/worksheets/sheet'))).toHaveLength(2)
    expect(strFromU8(parts['xl/workbook.xml'] as Uint8Array)).toContain('name="Base zéro"')
  })

  it('reads 100 % of all alone, and the change of a ratio in points', async () => {
    const almost = { whole: 0.99996, sas: 0.29, pdsa: null, other: null }
    const parts = unzipSync(await asXlsx({ ...report, figures: report.figures.map((one) => (one.id === '1.2' ? { ...one, values: almost } : one)) }))
    expect([0.9999, 0.29].map((value) => formatOf(parts, 1, String(value)))).toEqual(['0.00%', '0.00%'])
    // From 50 % to 75 %; as many calls as in 2019.
    expect(formatOf(parts, 2, '25')).toBe('+0.0&quot; pt&quot;;-0.0&quot; pt&quot;')
    expect(formatOf(parts, 2, '0')).toBe('+0.0%;-0.0%')
  })
})

describe('the page', () => {
  it('needs nothing from elsewhere, and names every row and column', () => {
    const page = asPage(report)
    expect(page).not.toMatch(/src=|href=|url\(|@import|<script/)
    expect(page).toContain('<html lang="fr">')
    for (const table of page.match(/<table>.*?<\/table>/gs) ?? []) {
      expect(table.match(/<th scope="col"/g)?.length).toBeGreaterThan(3)
      expect(table.match(/<tr/g)?.length).toBe((table.match(/<th scope="row"/g)?.length ?? 0) + 1)
    }
    expect(page.indexOf('À savoir')).toBeLessThan(page.indexOf('Tableau 1'))
    expect(page).toMatch(/<td>75,0\s%<\/td><td>100,0\s%<\/td><td>0,0\s%<\/td>/)
  })

  it('writes names as they are', () => {
    expect(asPage({ ...report, sas: { id: 'x', name: '<b>SAS & "co"</b>' } })).toContain('&lt;b&gt;SAS &amp; &quot;co&quot;&lt;/b&gt;')
  })
})

it.each([
  [12_345, 'count', '12\u202F345'],
  [0.99999, 'ratio', '99,9\u00A0%'],
  [0.873, 'ratio', '87,3\u00A0%'],
  [4_260, 'wait', '4,3\u00A0s'],
  [59_600, 'duration', '1\u00A0min\u00A000\u00A0s'],
  [null, 'count', 'n. c.'],
] as const)('%d as a %s is %s', (value, unit, text) => {
  expect(showValue(value, unit)).toBe(text)
})
