/**
 * A report as French Excel opens it by a double click: UTF-8 with its mark, semicolons, decimal commas, `87,31%`, times as `0:04:12`. What is
 * to be known before comes first, a line each; then the header, and a line for each figure of each period.
 */
import { hoursLabels, reportLabels, unitLabels } from '../../messages/report.fr.js'
import type { Unit } from '../definitions.js'
import type { Report, ReportFigure } from '../report.js'
import { COLUMNS, cut, isToFill, showWarning, tableOf, titleOf } from '../show.js'

const comma = (value: number, digits: number): string => value.toFixed(digits).replace('.', ',')

const cellOf = (value: number | null, unit: Unit): string => {
  if (value === null) return reportLabels.unknown
  switch (unit) {
    case 'count':
      return String(value)
    case 'ratio':
      return `${comma(cut(value, 4) * 100, 2)}%`
    case 'wait':
      return comma(value / 1_000, 1)
    case 'duration': {
      const seconds = Math.round(value / 1_000)
      const [minute, second] = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'))
      return `${Math.floor(seconds / 3_600)}:${minute}:${second}`
    }
  }
}

const quoted = (cell: string): string => (/[;"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

const headOf = (period: string, figure: ReportFigure): string[] => [period, tableOf(figure), String(figure.line ?? ''), figure.label, unitLabels[figure.unit]]

const rowOf = (period: string, figure: ReportFigure): string[] => [
  ...headOf(period, figure),
  ...COLUMNS.map((column) => (figure.values === null ? reportLabels.toFill : cellOf(figure.values[column], figure.unit))),
]

export const asCsv = (report: Report): string => {
  const { period, months, baseZero } = report
  const before = [...(baseZero?.year2019 ?? []), ...(baseZero?.launch ?? [])].flatMap(({ month, values }) =>
    report.figures.flatMap((figure) => (figure.id in values ? [[...headOf(month, figure), cellOf(values[figure.id as keyof typeof values], figure.unit)]] : [])),
  )
  const rows = [
    [titleOf(report)],
    ...report.warnings.map((warning) => [showWarning(warning)]),
    [reportLabels.period, reportLabels.table, reportLabels.line, reportLabels.figure, reportLabels.unit, ...COLUMNS.map((column) => hoursLabels[column])],
    ...report.figures.map((figure) => rowOf(period.name, figure)),
    ...months.flatMap(({ month, figures }) => figures.filter((figure) => !isToFill(figure)).map((figure) => rowOf(month, figure))),
    ...before,
  ]
  return `\uFEFF${rows.map((row) => row.map(quoted).join(';')).join('\r\n')}\r\n`
}
