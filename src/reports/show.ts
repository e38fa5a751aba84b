/** Figures as French readers expect them. */
import { andMore, reportLabels, warningLabels } from '../messages/report.fr.js'
import type { Unit } from './definitions.js'
import type { Report, ReportFigure, Warning } from './report.js'

const plain = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 0 })
const tenths = new Intl.NumberFormat('fr-FR', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat('fr-FR', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const change = new Intl.NumberFormat('fr-FR', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'always' })

/** `12 345`, `87,3 %`, `12,4 s`, `4 min 12 s`; a percentage is cut, not rounded, so that 100 % means all. */
export const showValue = (value: number | null, unit: Unit): string => {
  if (value === null) return reportLabels.unknown
  switch (unit) {
    case 'count':
      return plain.format(value)
    case 'ratio':
      return percent.format(cut(value))
    case 'wait':
      return `${tenths.format(value / 1_000)}\u00A0s`
    case 'duration': {
      const seconds = Math.round(value / 1_000)
      return `${Math.floor(seconds / 60)}\u00A0min\u00A0${String(seconds % 60).padStart(2, '0')}\u00A0s`
    }
  }
}

/** To so many digits, never up. The millionth is what floating point may be wrong by. */
export const cut = (ratio: number, digits = 3): number => Math.floor(ratio * 10 ** digits + 1e-6) / 10 ** digits

/** `+3,2 %`; of a ratio, in points. */
export const showChange = (value: number | null, unit: Unit): string => {
  if (value === null) return reportLabels.unknown
  return unit === 'ratio' ? change.format(value).replace('%', 'pt') : change.format(value)
}

/** `01/10/2026 04:00`, of local time in ISO. */
export const showTime = (iso: string): string => `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(0, 4)} ${iso.slice(11, 16)}`

const monthNames = ['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre']

/** `octobre 2026`, or the year. */
export const showPeriod = (period: string): string => {
  const name = monthNames[Number(period.slice(5)) - 1]
  return name === undefined ? period : `${name} ${period.slice(0, 4)}`
}

const RANGES_SHOWN = 12
const DAY_MS = 86_400_000

/** `2026-10-03, 2026-10-07 à 2026-10-09`. */
const showDays = (days: readonly string[]): string => {
  const ranges: string[][] = []
  for (const day of days) {
    const last = ranges.at(-1)
    if (last && Date.parse(day) - Date.parse(last.at(-1) ?? '') === DAY_MS) last.push(day)
    else ranges.push([day])
  }
  const shown = ranges.slice(0, RANGES_SHOWN).map((range) => (range.length === 1 ? range[0] : reportLabels.range(range[0] ?? '', range.at(-1) ?? '')))
  return [...shown, ...(ranges.length > RANGES_SHOWN ? [andMore(ranges.slice(RANGES_SHOWN).flat().length)] : [])].join(', ')
}

export const showWarning = (warning: Warning): string => {
  switch (warning.kind) {
    case 'not-over':
      return warningLabels['not-over'](showTime(warning.upTo))
    case 'missing-days':
      return warningLabels['missing-days'](showDays(warning.days))
    case 'silence':
    case 'gap':
      return warningLabels[warning.kind](showTime(warning.from), showTime(warning.to))
    case 'hours-unknown':
      return warningLabels['hours-unknown'](warning.hours.map((name) => name.toUpperCase()).join(', '))
    case 'base-zero-faulty':
      return warningLabels['base-zero-faulty']
    default:
      return warningLabels[warning.kind](warning.count)
  }
}

export const titleOf = ({ sas, period }: Report): string => reportLabels.title(sas.name, showPeriod(period.name))

export const COLUMNS = ['whole', 'sas', 'pdsa', 'other'] as const

/** Those of the hours that this report tells apart. */
export const columnsOf = ({ hours }: Report): readonly (typeof COLUMNS)[number][] => COLUMNS.filter((column) => column === 'whole' || column === 'other' || hours[column] !== null)

/** Table of annex 3; nothing for what stands beside. */
export const tableOf = ({ section }: ReportFigure): string => (section === 'beside' ? '' : section.slice('table'.length))

export const isToFill = ({ values }: ReportFigure): boolean => values === null

/** Header and rows. */
export type Table = [header: readonly string[], rows: readonly (readonly string[])[]]

/** Of a year: what table 1 asks for, month by month. */
export const monthRows = ({ months }: Report): Table => {
  const shown = (months[0]?.figures ?? []).filter((figure) => figure.section === 'table1' && !isToFill(figure))
  const rows = months.map(({ month, figures }) => [showPeriod(month), ...shown.map(({ id, unit }) => showValue(figures.find((one) => one.id === id)?.values?.whole ?? null, unit))])
  return [[reportLabels.period, ...shown.map(({ line }) => (line === null ? reportLabels.unrouted : `${reportLabels.line}\u00A0${line}`))], rows]
}

/** The months of the base zéro, their means, and how the report stands to them. */
export const comparisonRows = ({ figures }: Report, { year2019, launch, comparison }: NonNullable<Report['baseZero']>): Table => [
  [reportLabels.figure, ...year2019.map(({ month }) => showPeriod(month)), reportLabels.year2019, ...launch.map(({ month }) => showPeriod(month)), reportLabels.launch, reportLabels.here, reportLabels.since2019, reportLabels.sinceLaunch],
  comparison.map((one) => {
    const { label, unit } = figures.find(({ id }) => id === one.id) as ReportFigure
    const show = (value: number | null): string => showValue(value, unit)
    const monthly = (months: typeof launch): string[] => months.map(({ values }) => show(values[one.id]))
    return [label, ...monthly(year2019), show(one.year2019), ...monthly(launch), show(one.launch), show(one.here), showChange(one.since2019, unit), showChange(one.sinceLaunch, unit)]
  }),
]
