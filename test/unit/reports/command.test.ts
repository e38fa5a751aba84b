/** What `decroche report` is asked, and what it says when that cannot be: a line for each fault, and its exit code. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { readBaseZeroFile } from '../../../src/reports/base-zero-file.js'
import { runReport, toldOf, type ReportArguments } from '../../../src/reports/command.js'
import type { Fact } from '../../../src/routing/facts.js'
import { writeArchive } from './archive.js'

const config = 'config/sas-67.yaml'
const now = Date.UTC(2026, 10, 2)
const at = Date.UTC(2026, 9, 15, 10)
const facts: Fact[] = [
  { type: 'presented', at, call: 'a', trunk: 'operator', number: '15', class: 'P1', arrivedAt: at },
  { type: 'ended', at: at + 9_000, call: 'a', outcome: 'abandoned', why: 'caller-left', sinceArrivalMs: 9_000, stage: 'n1', waiting: true },
]
const archive = scratchDirectory('report')
writeArchive(archive, 'sas-67', facts)

const told = async (given: ReportArguments): Promise<unknown> => {
  try {
    return await runReport({ config, ...given }, now)
  } catch (error) {
    return toldOf(error, given.baseZero)
  }
}

describe('options', () => {
  it.each<[string, ReportArguments, number]>([
    ['give either --month 2026-10 or --year 2026', {}, 2],
    ['give either --month 2026-10 or --year 2026', { month: '2026-10', year: '2026' }, 2],
    ['--month 2026: write such as 2026-10', { month: '2026' }, 2],
    ['--year 2026-10: write such as 2026', { year: '2026-10' }, 2],
    ['--format pdf: one or several of page, csv, xlsx, json', { month: '2026-10', out: 'x', format: ['csv', 'pdf'] }, 2],
    ['--format wants --out: files are written there', { month: '2026-10', format: ['csv'] }, 2],
    ['--json prints, --out writes: with --out, ask for --format json', { month: '2026-10', out: 'x', json: true }, 2],
    ['--sas 68: the configuration is that of sas-67', { month: '2026-10', sas: '68' }, 2],
    ['--out README.md/x: cannot be written: ENOTDIR', { month: '2026-10', archive, out: 'README.md/x' }, 2],
    ['/nowhere cannot be read: ENOENT', { month: '2026-10', sas: 'sas-67', archive: '/nowhere' }, 1],
    [`${archive} has no day from 2026-08-31 to 2026-09-30`, { month: '2026-09', archive }, 1],
    ['/nowhere: cannot be read: ENOENT', { month: '2026-10', archive, baseZero: '/nowhere' }, 1],
    [`${config}: line 1: write mois;1;2;3;4;5, with semicolons`, { month: '2026-10', archive, baseZero: config }, 1],
  ])('%s', async (line, given, exitCode) => {
    expect(await told(given)).toEqual({ lines: [line], exitCode })
  })

  it('may name the SAS by its number', async () => {
    expect(JSON.parse(await runReport({ config, month: '2026-10', sas: '67', archive, json: true }, now))).toMatchObject({ version: 1, sas: { id: 'sas-67' }, period: { name: '2026-10' } })
  })
})

it('writes what is asked for, and prints where', async () => {
  const out = join(scratchDirectory('report'), 'new')
  const printed = await runReport({ config, month: '2026-10', archive, out, format: ['json,csv'] }, now)
  expect(printed.trim().split('\n')).toEqual(['csv', 'json'].map((ending) => join(out, `sas-67-2026-10.${ending}`)))
  expect(readdirSync(out).sort()).toEqual(['sas-67-2026-10.csv', 'sas-67-2026-10.json'])
  expect(readFileSync(join(out, 'sas-67-2026-10.csv'), 'utf8')).toContain('Abandons')
  expect(existsSync(join(out, 'sas-67-2026-10.csv.part'))).toBe(false)
})

it('prints a table to read', async () => {
  const text = await runReport({ config, month: '2026-10', archive }, now)
  expect(text).toMatch(/^Rapport d’activité\s: SAS du Bas-Rhin, octobre 2026\n/)
  expect(text).toMatch(/^6 {3}Nombre de conseils médicaux simples .* à renseigner$/m)
  expect(text).toMatch(/Abandons.* 1 +1 +0 +0$/m)
})

it('reads a base zéro that a spreadsheet wrote in Windows-1252', async () => {
  const path = join(scratchDirectory('report'), 'base-zero.csv')
  const lines = ['mois;1;2;3;4;5', ...['2019-01', '2019-02', '2019-03', '2026-01', '2026-02', '2026-03'].map((month) => `${month};1\u00A0000;50\u00A0%;9;4;5`)]
  writeFileSync(path, Buffer.from(lines.join('\r\n'), 'latin1'))
  expect((await readBaseZeroFile(path)).launch[0]?.values['1.1']).toBe(1_000)
})
