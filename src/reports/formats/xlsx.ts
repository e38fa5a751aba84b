/** A report as a workbook: numbers are numbers, shares of the day and percentages by their format alone. */
import writeXlsxFile, { type CellObject, type Row, type Sheet } from 'write-excel-file/node'
import { hoursLabels, reportLabels, sectionLabels, unitLabels } from '../../messages/report.fr.js'
import type { Section, Unit } from '../definitions.js'
import type { Report, ReportFigure } from '../report.js'
import { COLUMNS, cut, isToFill, showPeriod, showTime, showWarning, titleOf } from '../show.js'

const DAY_MS = 86_400_000
const formats: Readonly<Record<Unit, string>> = { count: '#,##0', ratio: '0.00%', wait: '0.0', duration: '[m]:ss' }
/** As Excel counts: seconds of a wait, days of a duration. */
const divisors: Readonly<Record<Exclude<Unit, 'ratio'>, number>> = { count: 1, wait: 1_000, duration: DAY_MS }

/** Excel rounds what it shows: a percentage is cut before. */
const numberCell = (value: number | null, unit: Unit): CellObject =>
  value === null ? textCell(reportLabels.unknown) : { value: unit === 'ratio' ? cut(value, 4) : value / divisors[unit], type: Number, format: formats[unit] }
/** Of a ratio, in points. */
const changeCell = (value: number | null, unit: Unit): CellObject =>
  value === null ? textCell(reportLabels.unknown) : unit === 'ratio' ? { value: value * 100, type: Number, format: '+0.0" pt";-0.0" pt"' } : { value, type: Number, format: '+0.0%;-0.0%' }
const textCell = (value: string): CellObject => ({ value, type: String, align: 'right' })
const label = (value: string): CellObject => ({ value, type: String, wrap: true })
const title = (value: string): CellObject => ({ value, type: String, fontWeight: 'bold', wrap: true })

const valueCells = ({ values, unit }: ReportFigure): CellObject[] => COLUMNS.map((column) => (values === null ? textCell(reportLabels.toFill) : numberCell(values[column], unit)))
const figureRow = (figure: ReportFigure): Row => [figure.line === null ? null : { value: figure.line, type: Number }, label(figure.label), label(unitLabels[figure.unit]), ...valueCells(figure)]

export const asXlsx = async (report: Report): Promise<Buffer> => {
  const { figures, months, baseZero, warnings, period, madeAt } = report
  const columnTitles = [reportLabels.line, reportLabels.figure, reportLabels.unit, ...COLUMNS.map((column) => hoursLabels[column])].map(title)
  const ofSection = (section: Section): Row[] => [[title(sectionLabels[section])], columnTitles, ...figures.filter((figure) => figure.section === section).map(figureRow), []]
  const first = [
    [title(titleOf(report))],
    [label(reportLabels.span(showTime(period.from), showTime(period.to)))],
    ...(warnings.length > 0 ? [[title(reportLabels.warnings)], ...warnings.map((warning) => [label(showWarning(warning))])] : []),
    [],
    ...ofSection('table1'),
    ...ofSection('beside'),
    ...ofSection('table3'),
    [label(reportLabels.madeAt(showTime(madeAt)))],
    [label(reportLabels.source)],
  ]
  const narrow = { width: 16 }
  const sheets: Sheet<Buffer>[] = [{ data: unwrapped(first), sheet: period.name, columns: [{ width: 8 }, { width: 72 }, narrow, narrow, narrow, narrow, narrow], orientation: 'landscape' }]
  if (months.length > 0) {
    const rows = months.flatMap(({ month, figures: ofMonth }): Row[] => ofMonth.filter((figure) => !isToFill(figure)).map((figure) => [label(showPeriod(month)), ...figureRow(figure)]))
    sheets.push({ data: [[title(reportLabels.period), ...columnTitles], ...rows], sheet: 'Mois', columns: [{ width: 18 }, { width: 8 }, { width: 72 }, narrow, narrow, narrow, narrow, narrow], stickyRowsCount: 1, orientation: 'landscape' })
  }
  if (baseZero !== null) sheets.push({ data: baseZeroRows(report, baseZero), sheet: sectionLabels.baseZero, columns: [{ width: 72 }, ...Array.from({ length: 11 }, () => narrow)], orientation: 'landscape' })
  return await writeXlsxFile(sheets).toBuffer()
}

/** A line of one cell may run over its neighbours. */
const unwrapped = (rows: Row[]): Row[] => rows.map((row) => (row.length === 1 ? row.map((cell) => ({ ...(cell as CellObject), wrap: false })) : row))

const baseZeroRows = ({ figures }: Report, { year2019, launch, comparison }: NonNullable<Report['baseZero']>): Row[] => [
  [reportLabels.figure, ...year2019.map(({ month }) => showPeriod(month)), reportLabels.year2019, ...launch.map(({ month }) => showPeriod(month)), reportLabels.launch, reportLabels.here, reportLabels.since2019, reportLabels.sinceLaunch].map(title),
  ...comparison.map((one): Row => {
    const figure = figures.find(({ id }) => id === one.id) as ReportFigure
    const cell = (value: number | null): CellObject => numberCell(value, figure.unit)
    const monthly = (all: typeof launch): CellObject[] => all.map(({ values }) => cell(values[one.id]))
    return [label(figure.label), ...monthly(year2019), cell(one.year2019), ...monthly(launch), cell(one.launch), cell(one.here), changeCell(one.since2019, figure.unit), changeCell(one.sinceLaunch, figure.unit)]
  }),
]
