/**
 * The "base zéro" (annex 3, note 1): indicators 1 to 5 of the three months before the launch, and of the same three months of 2019, told by
 * the SAS in a CSV of six lines. The telephony of then is not ours, so what it says is taken as it is, once it makes sense.
 */
import { ratio } from '../indicators/call-counts.js'

export const baseZeroFigures = ['1.1', '1.2', '1.3', '1.4', '1.5'] as const
export type BaseZeroFigure = (typeof baseZeroFigures)[number]
/** Null for what nobody knows any more. */
export type BaseZeroValues = Readonly<Record<BaseZeroFigure, number | null>>

export interface BaseZeroMonth {
  /** `YYYY-MM`. */
  readonly month: string
  readonly values: BaseZeroValues
}

export interface BaseZero {
  /** The three months before the launch, in order, then the same of 2019. */
  readonly launch: readonly BaseZeroMonth[]
  readonly year2019: readonly BaseZeroMonth[]
}

export const BASE_ZERO_HEADER = 'mois;1;2;3;4;5'

/** Every fault of a file, with its line. */
export class BaseZeroError extends Error {
  override readonly name = 'BaseZeroError'
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'))
  }
}

interface Line {
  readonly number: number
  readonly month: string
  readonly values: BaseZeroValues
}

/**
 * @param text `mois;1;2;3;4;5`, then a line a month; numbers as French Excel writes them, an empty cell for what is not known
 * @throws {BaseZeroError}
 */
export const readBaseZero = (text: string): BaseZero => {
  const faults: string[] = []
  const [header = '', ...rest] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (header.replaceAll(/[\s"]/g, '').replace(/;+$/, '').toLowerCase() !== BASE_ZERO_HEADER) throw new BaseZeroError([`line 1: write ${BASE_ZERO_HEADER}, with semicolons`])
  const lines = rest.flatMap((line, index) => (line.replaceAll(';', '').trim() === '' ? [] : [readLine(line, index + 2, faults)]))
  if (faults.length === 0) faults.push(...faultsTogether(lines))
  if (faults.length > 0) throw new BaseZeroError(faults)
  const sorted = [...lines].sort((a, b) => (a.month < b.month ? -1 : 1)).map(({ month, values }) => ({ month, values }))
  const launch = sorted.filter(({ month }) => !in2019(month))
  // In the order of the months that they are compared with, which may be those of two years.
  const year2019 = launch.map(({ month }) => sorted.find((one) => one.month === `2019-${month.slice(5)}`) as BaseZeroMonth)
  return { launch, year2019 }
}

const in2019 = (month: string): boolean => month.startsWith('2019-')

const readLine = (line: string, number: number, faults: string[]): Line => {
  const cells = line.split(';').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1').trim())
  const fault = (text: string): null => {
    faults.push(`line ${number}: ${text}`)
    return null
  }
  const [month = '', ...given] = cells
  if (!/^[0-9]{4}-(?:0[1-9]|1[0-2])$/.test(month)) fault(`${month || 'nothing'} is no month: write such as 2026-03`)
  if (given.length < baseZeroFigures.length || given.slice(baseZeroFigures.length).some((cell) => cell !== '')) fault(`has ${given.length} indicators; write five, nothing between two semicolons for one that is not known`)
  const [answered, qs30, drms, amu, ambulatory] = given
  const values: BaseZeroValues = { '1.1': countIn(answered, '1', fault), '1.2': shareIn(qs30, fault), '1.3': countIn(drms, '3', fault), '1.4': countIn(amu, '4', fault), '1.5': countIn(ambulatory, '5', fault) }
  if ((values['1.4'] ?? 0) + (values['1.5'] ?? 0) > (values['1.3'] ?? Infinity)) fault('4 and 5 together are more than 3')
  return { number, month, values }
}

const withoutSpaces = (cell: string): string => cell.replaceAll(/[\s\u00A0\u202F]/g, '')

const countIn = (cell: string = '', name: string, fault: (text: string) => null): number | null => {
  const digits = withoutSpaces(cell)
  if (digits === '') return null
  return /^[0-9]{1,9}$/.test(digits) ? Number(digits) : fault(`${name}: ${cell} is no whole number`)
}

const shareIn = (cell: string = '', fault: (text: string) => null): number | null => {
  const written = withoutSpaces(cell)
  if (written === '') return null
  const [, percent] = /^([0-9]{1,3}(?:[.,][0-9]+)?)%$/.exec(written) ?? []
  const share = Number(percent?.replace(',', '.')) / 100
  return share <= 1 ? share : fault(`2: ${cell} is no percentage: write such as 87,3 %`)
}

const number = (month: string): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5))

/** Which months there are. */
const faultsTogether = (lines: readonly Line[]): string[] => {
  const twice = lines.flatMap(({ month, number }, index) => {
    const before = lines.findIndex((other) => other.month === month)
    return before < index ? [`line ${number}: ${month} is there already, on line ${lines[before]?.number}`] : []
  })
  if (twice.length > 0) return twice
  const launch = lines.filter(({ month }) => !in2019(month)).sort((a, b) => number(a.month) - number(b.month))
  const year2019 = lines.filter(({ month }) => in2019(month))
  const [first] = launch
  if (!first || launch.length !== 3 || launch.some(({ month }, index) => number(month) !== number(first.month) + index))
    return [`the three months before the launch must be there, one after the other; there are ${launch.map(({ month }) => month).join(', ') || 'none'} besides 2019`]
  const wanted = launch.map(({ month }) => `2019-${month.slice(5)}`)
  const missing = wanted.filter((month) => !year2019.some((line) => line.month === month))
  const others = year2019.filter(({ month }) => !wanted.includes(month))
  return [...missing.map((month) => `${month} is missing: ${month.slice(5)} is among the months before the launch`), ...others.map(({ number, month }) => `line ${number}: ${month} is none of the months before the launch`)]
}

/** What the three months come to, a month: ratios by how many were answered; null when one of them is not known. */
export const meanOfMonths = (months: readonly BaseZeroMonth[], figure: BaseZeroFigure): number | null => {
  const known = months.map(({ values }) => values[figure])
  const weights = months.map(({ values }) => (figure === '1.2' ? values['1.1'] : 1))
  let [sum, weight] = [0, 0]
  for (const [index, value] of known.entries()) {
    const by = weights[index] ?? null
    if (value === null || by === null) return null
    sum += value * by
    weight += by
  }
  return ratio(sum, weight)
}
