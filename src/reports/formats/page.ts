/** A report as one page in French, to be read, printed and sent: nothing is loaded from elsewhere. */
import { hoursLabels, reportLabels, sectionLabels } from '../../messages/report.fr.js'
import type { Section } from '../definitions.js'
import type { Report, ReportFigure } from '../report.js'
import { columnsOf, comparisonRows, monthRows, showPeriod, showTime, showValue, showWarning, titleOf, type Table } from '../show.js'

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const text = (raw: string): string => raw.replaceAll(/[&<>"]/g, (sign) => escapes[sign] ?? sign)

const style = `
:root { color-scheme: light; font: 16px/1.45 system-ui, sans-serif; color: #16202c; background: #fff }
body { max-width: 76rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.5rem; margin: 0 0 .25rem }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid #c6ced8; font-variant-numeric: tabular-nums; vertical-align: top }
thead th { border-bottom: 2px solid #16202c }
tbody th { font-weight: 400 }
th.label { text-align: left; min-width: 16rem }
.sub th.label { padding-left: 1.8rem }
.fill { color: #5a4300; font-style: italic }
.warnings { border: 2px solid #8a1c00; padding: .6rem 1rem; margin: 1rem 0 }
.warnings h2 { margin: 0; color: #8a1c00 }
footer { margin-top: 2rem; font-size: .875rem; color: #414d5c }
@page { size: A4 landscape; margin: 12mm }
@media print { body { padding: 0; max-width: none } table { font-size: 9pt } tr, .warnings { break-inside: avoid } h2 { break-after: avoid } }
`

export const asPage = (report: Report): string => {
  const { period, warnings, months, baseZero } = report
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(titleOf(report))}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${text(titleOf(report))}</h1>
<p>${text(reportLabels.span(showTime(period.from), showTime(period.to)))}</p>
</header>
<main>
${warnings.length === 0 ? '' : `<section class="warnings"><h2>${text(reportLabels.warnings)}</h2><ul>${warnings.map((warning) => `<li>${text(showWarning(warning))}</li>`).join('')}</ul></section>`}
${(['table1', 'beside', 'table3'] as const).map((name) => section(sectionLabels[name], figuresTable(report, name))).join('\n')}
${months.length === 0 ? '' : section(sectionLabels.months, plainTable(monthRows(report)))}
${baseZero === null ? '' : section(`${sectionLabels.baseZero}, ${showPeriod(period.name)}`, plainTable(comparisonRows(report, baseZero)))}
</main>
<footer>
<p>${text(reportLabels.madeAt(showTime(report.madeAt)))}</p>
<p>${text(reportLabels.source)}</p>
</footer>
</body>
</html>
`
}

const section = (title: string, table: string): string => `<section><h2>${text(title)}</h2><div class="scroll" tabindex="0" role="region" aria-label="${text(title)}">${table}</div></section>`

const head = (titles: readonly string[], label: number): string =>
  `<thead><tr>${titles.map((title, index) => `<th scope="col"${index === label ? ' class="label"' : ''}>${text(title)}</th>`).join('')}</tr></thead>`

const figuresTable = (report: Report, name: Section): string => {
  const columns = columnsOf(report)
  const row = ({ line, label, unit, values }: ReportFigure): string => {
    const cells = values === null ? `<td class="fill" colspan="${columns.length}">${text(reportLabels.toFill)}</td>` : columns.map((column) => `<td>${text(showValue(values[column], unit))}</td>`).join('')
    return `<tr${label.startsWith('dont ') ? ' class="sub"' : ''}>${name === 'beside' ? '' : `<td>${line ?? ''}</td>`}<th scope="row" class="label">${text(label)}</th>${cells}</tr>`
  }
  const rows = report.figures.filter((figure) => figure.section === name).map(row)
  const before = name === 'beside' ? [] : [reportLabels.line]
  return `<table>${head([...before, reportLabels.figure, ...columns.map((column) => hoursLabels[column])], before.length)}<tbody>${rows.join('\n')}</tbody></table>`
}

const plainTable = ([header, rows]: Table): string =>
  `<table>${head(header, 0)}<tbody>${rows.map(([first = '', ...cells]) => `<tr><th scope="row" class="label">${text(first)}</th>${cells.map((cell) => `<td>${text(cell)}</td>`).join('')}</tr>`).join('\n')}</tbody></table>`
