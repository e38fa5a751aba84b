/** A report in its formats, and as files. */
import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { asCsv } from './formats/csv.js'
import { asPage } from './formats/page.js'
import { asXlsx } from './formats/xlsx.js'
import type { Period, Report } from './report.js'

export const FORMATS = ['page', 'csv', 'xlsx', 'json'] as const
export type Format = (typeof FORMATS)[number]

const endings: Readonly<Record<Format, string>> = { page: 'html', csv: 'csv', xlsx: 'xlsx', json: 'json' }

const written = async (report: Report, format: Format): Promise<string | Buffer> => {
  switch (format) {
    case 'page':
      return asPage(report)
    case 'csv':
      return asCsv(report)
    case 'xlsx':
      return await asXlsx(report)
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
  }
}

export const reportPath = (dir: string, sas: string, period: Period, format: Format): string => join(dir, `${sas}-${period}.${endings[format]}`)

/** Each file is whole from the moment on that it is there. @returns their paths; rejects when the directory cannot be written */
export const writeReport = async (report: Report, dir: string, formats: readonly Format[]): Promise<string[]> => {
  await mkdir(dir, { recursive: true })
  const paths: string[] = []
  for (const format of formats) {
    const path = reportPath(dir, report.sas.id, report.period.name, format)
    await writeFile(`${path}.part`, await written(report, format))
    await rename(`${path}.part`, path)
    paths.push(path)
  }
  return paths
}

/** Whether a report was made, in all formats. */
export const isWritten = async (dir: string, sas: string, period: Period): Promise<boolean> => {
  const found = await Promise.all(FORMATS.map((format) => stat(reportPath(dir, sas, period, format)).catch(() => null)))
  return found.every((file) => file !== null)
}
