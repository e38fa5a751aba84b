/** A report in a terminal. */
import { hoursLabels, reportLabels, sectionLabels } from '../../messages/report.fr.js'
import { table } from '../../status/table.js'
import type { Section } from '../definitions.js'
import type { Report } from '../report.js'
import { columnsOf, comparisonRows, monthRows, showTime, showValue, showWarning, titleOf } from '../show.js'

export const asText = (report: Report): string => {
  const { period, figures, warnings, months, baseZero } = report
  const columns = columnsOf(report)
  const section = (name: Section): string =>
    table(
      [reportLabels.line, reportLabels.figure, ...columns.map((column) => hoursLabels[column])],
      figures.filter((figure) => figure.section === name).map(({ line, label, unit, values }) => [String(line ?? ''), label, ...(values ? columns.map((column) => showValue(values[column], unit)) : [reportLabels.toFill])]),
    )
  const parts = [
    titleOf(report),
    reportLabels.span(showTime(period.from), showTime(period.to)),
    ...(warnings.length > 0 ? [[reportLabels.warnings, ...warnings.map((warning) => `  ! ${showWarning(warning)}`)].join('\n')] : []),
    ...(['table1', 'beside', 'table3'] as const).flatMap((name) => [sectionLabels[name], section(name)]),
    ...(months.length > 0 ? [sectionLabels.months, table(...monthRows(report))] : []),
    ...(baseZero ? [sectionLabels.baseZero, table(...comparisonRows(report, baseZero))] : []),
    reportLabels.madeAt(showTime(report.madeAt)),
    reportLabels.source,
  ]
  return `${parts.join('\n\n')}\n`
}
