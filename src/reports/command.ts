/** `decroche report`: what is asked for, checked before anything is read; then the report, where it is wanted. */
import { NoArchive } from '../archive/files.js'
import { readVariables } from '../config/environment.js'
import { loadConfig } from '../config/load.js'
import type { SasConfig } from '../config/schema.js'
import { readBaseZeroFile } from './base-zero-file.js'
import { BaseZeroError } from './base-zero.js'
import { FORMATS, writeReport, type Format } from './files.js'
import { NoData, makeReport, monthsOf, type Period, type Report } from './report.js'

export interface ReportArguments {
  readonly month?: string
  readonly year?: string
  readonly sas?: string
  readonly archive?: string
  readonly config?: string
  readonly out?: string
  readonly format?: readonly string[]
  readonly baseZero?: string
  readonly json?: boolean
}

/** An option that means nothing, in one line: exit code 2. */
export class BadOption extends Error {
  override readonly name = 'BadOption'
}

/** What there is to print. @throws {BadOption}, NoData, NoArchive, BaseZeroError, ConfigError */
export const runReport = async (given: ReportArguments, now: number): Promise<string> => {
  const period = periodOf(given)
  const formats = formatsOf(given)
  const config = loadConfig(given.config ?? readVariables(['DECROCHE_CONFIG']).DECROCHE_CONFIG)
  checkSas(given.sas, config)
  const archive = given.archive ?? readVariables(['DECROCHE_ARCHIVE_DIR']).DECROCHE_ARCHIVE_DIR
  if (archive === undefined) throw new BadOption('--archive or DECROCHE_ARCHIVE_DIR must say where the archive is')
  const baseZero = given.baseZero === undefined ? null : await readBaseZeroFile(given.baseZero)
  const report = await makeReport({ config, archive, period, baseZero, now })
  if (given.out !== undefined) return await writtenTo(given.out, report, formats)
  if (given.json) return `${JSON.stringify(report)}\n`
  return (await import('./formats/text.js')).asText(report)
}

const writtenTo = async (out: string, report: Report, formats: readonly Format[]): Promise<string> => {
  const paths = await writeReport(report, out, formats).catch((error: NodeJS.ErrnoException) => {
    throw error.code === undefined ? error : new BadOption(`--out ${out}: cannot be written: ${error.code}`)
  })
  return paths.map((path) => `${path}\n`).join('')
}

const periodOf = ({ month, year }: ReportArguments): Period => {
  if ((month === undefined) === (year === undefined)) throw new BadOption('give either --month 2026-10 or --year 2026')
  const period = month ?? year ?? ''
  if (period.length !== (month === undefined ? 4 : 7) || monthsOf(period) === null) throw new BadOption(month === undefined ? `--year ${period}: write such as 2026` : `--month ${period}: write such as 2026-10`)
  return period
}

const formatsOf = ({ format = FORMATS, out, json }: ReportArguments): Format[] => {
  if (out === undefined && format !== FORMATS) throw new BadOption('--format wants --out: files are written there')
  if (out !== undefined && json) throw new BadOption('--json prints, --out writes: with --out, ask for --format json')
  const asked = format.flatMap((one) => one.split(',')).filter((one) => one !== '')
  const unknown = asked.find((one) => !FORMATS.some((known) => known === one))
  if (unknown !== undefined || asked.length === 0) throw new BadOption(`--format ${unknown ?? ''}: one or several of ${FORMATS.join(', ')}`)
  return FORMATS.filter((one) => asked.includes(one))
}

/** By its id, or what follows `sas-` in it. */
const checkSas = (asked: string | undefined, { sas: { id } }: SasConfig): void => {
  if (asked !== undefined && asked !== id && `sas-${asked}` !== id) throw new BadOption(`--sas ${asked}: the configuration is that of ${id}`)
}

/** What is told of an error, a line for each fault, and the exit code; null for an error of ours. */
export const toldOf = (error: unknown, baseZero: string | undefined): { readonly lines: readonly string[]; readonly exitCode: number } | null => {
  if (error instanceof BadOption) return { lines: [error.message], exitCode: 2 }
  if (error instanceof NoData || error instanceof NoArchive) return { lines: [error.message], exitCode: 1 }
  if (error instanceof BaseZeroError) return { lines: error.faults.map((fault) => `${baseZero ?? ''}: ${fault}`), exitCode: 1 }
  return null
}
