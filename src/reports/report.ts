/** One report: the figures of a month, or of a year and its months, from the archive of a SAS; and what should be known before reading them. */
import { dayFiles, piecesOf } from '../archive/files.js'
import { dayOf, factTypeIn, idIn, readEntryLine, readGapLine, readHeaderLine, timeOfId } from '../archive/format.js'
import { lines } from '../archive/read.js'
import { isoOf, monthSpan } from '../config/local-time.js'
import type { SasConfig } from '../config/schema.js'
import { Timetable } from '../config/timetable.js'
import { ratio } from '../indicators/call-counts.js'
import { figureLabels } from '../messages/report.fr.js'
import { baseZeroFigures, meanOfMonths, type BaseZero, type BaseZeroFigure } from './base-zero.js'
import { figures, type FigureId, type Section, type Unit } from './definitions.js'
import { Fold, HOURS, factTypesRead, type ByHours, type Hours, type Span } from './fold.js'
import { together, type Sums } from './sums.js'

/** `YYYY-MM` or `YYYY`, in local time of the SAS. */
export type Period = string

export interface ReportOptions {
  readonly config: SasConfig
  /** Directory of the archive. */
  readonly archive: string
  readonly period: Period
  /** `faulty`: there is one, and it cannot be read. The report is made without, and says so. */
  readonly baseZero: BaseZero | 'faulty' | null
  /** ms since the epoch. */
  readonly now: number
}

/** Whole, and by hours; null where there is nothing to divide by, or the hours are not told apart. */
export type Values = Readonly<Record<'whole' | Hours, number | null>>

export interface ReportFigure {
  readonly id: FigureId
  readonly section: Section
  readonly line: number | null
  readonly label: string
  readonly unit: Unit
  /** Null for a figure that is to be filled in by hand. */
  readonly values: Values | null
}

export type Warning =
  | { readonly kind: 'not-over'; readonly upTo: string }
  | { readonly kind: 'missing-days'; readonly days: readonly string[] }
  | { readonly kind: 'silence' | 'gap'; readonly from: string; readonly to: string }
  | { readonly kind: 'unreadable' | 'without-beginning' | 'without-end' | 'without-role'; readonly count: number }
  | { readonly kind: 'hours-unknown'; readonly hours: readonly ('sas' | 'pdsa')[] }
  | { readonly kind: 'base-zero-faulty' }

/** One indicator of the base zéro, by month, beside the same of the report. */
export interface Comparison {
  readonly id: BaseZeroFigure
  readonly launch: number | null
  readonly year2019: number | null
  /** A month of this report: of a year, the mean of its months that are over and have an archive. */
  readonly here: number | null
  /** Counts as a share of what was (0.1 for a tenth more), ratios as the difference. */
  readonly sinceLaunch: number | null
  readonly since2019: number | null
}

export interface Report {
  readonly version: 1
  readonly sas: { readonly id: string; readonly name: string }
  readonly period: { readonly name: Period; readonly from: string; readonly to: string; readonly over: boolean }
  readonly madeAt: string
  /** Which calendars are meant; null when none is named. */
  readonly hours: { readonly sas: string | null; readonly pdsa: string | null }
  readonly warnings: readonly Warning[]
  readonly figures: readonly ReportFigure[]
  /** Of a year. */
  readonly months: readonly { readonly month: string; readonly figures: readonly ReportFigure[] }[]
  readonly baseZero: (BaseZero & { readonly comparison: readonly Comparison[] }) | null
}

/** Nothing can be reported: there is no archive of that time, or it is another SAS's. */
export class NoData extends Error {
  override readonly name = 'NoData'
}

const DAY_MS = 24 * 3_600_000
/** Nobody has silence for so long: something is missing. */
const SILENCE_MS = 3 * 3_600_000
/** The PBX, whose clock says when a call arrived, may be ahead of the engine. */
const CLOCK_MS_MAX = 60_000
/** Calls that came at the very end are followed to their own. Those that no engine saw are told of late: they are waited for, so long at least. */
const LATE_MS = 3 * 3_600_000
const AFTER_MS = DAY_MS

/**
 * Until when calls that came before `toMs` may first be told of: longer where nothing was heard around that moment, since what the fallback
 * did is told once there is an engine again.
 * @param before when the last fact before it was told, ms since the epoch @param after when the first one from it on was
 */
const toldUntil = (toMs: number, before: number, after: number): number => toMs + (after - before > SILENCE_MS ? AFTER_MS : LATE_MS)

/** Whether the archive has what a report of a time that ended at `toMs` needs, as far as can be known. @throws {NoArchive} */
export const isTold = async (archive: string, toMs: number, now: number): Promise<boolean> => {
  let before = toMs - SILENCE_MS - 1
  for await (const some of lines(archive, before, now + DAY_MS)) {
    for (const line of some) {
      const id = idIn(line)
      if (id === null) continue
      const atMs = timeOfId(id)
      if (atMs >= toMs) return now >= toldUntil(toMs, before, atMs)
      before = atMs
    }
  }
  return false
}

/** The months of a period; null for what is none. */
export const monthsOf = (period: Period): readonly string[] | null => {
  if (/^[0-9]{4}$/.test(period)) return Array.from({ length: 12 }, (_, index) => `${period}-${String(index + 1).padStart(2, '0')}`)
  return monthSpan(period, 'UTC') ? [period] : null
}

/** Which calendars are SAS and PDSA hours: those that the file says, or those named so. */
export const reportHours = ({ reports, calendars }: SasConfig): Report['hours'] => {
  const named = (id: string): string | null => (Object.hasOwn(calendars, id) ? id : null)
  return { sas: reports.sasHours ?? named('sas'), pdsa: reports.pdsaHours ?? named('pdsa') }
}

/** @throws {NoData} and NoArchive */
export const makeReport = async ({ config, archive, period, baseZero: given, now }: ReportOptions): Promise<Report> => {
  const { timeZone } = config.sas
  const months = monthsOf(period)
  if (months === null) throw new TypeError(`no period: ${period}`)
  const spans = months.map((month) => monthSpan(month, timeZone) as Span)
  const whole: Span = { fromMs: (spans[0] as Span).fromMs, toMs: (spans.at(-1) as Span).toMs }
  const missing = await missingDays(archive, config.sas.id, { ...whole, toMs: Math.min(whole.toMs, now) })
  const hours = reportHours(config)
  const fold = new Fold({ months: spans, hoursAt: hoursAt(config, hours), answerMs: config.quality.answerSeconds * 1_000 })
  const iso = (ms: number): string => isoOf(ms, timeZone)
  const read = await readThrough(archive, whole, now, fold)

  const over = whole.toMs <= now
  const unnamed = (['sas', 'pdsa'] as const).filter((name) => hours[name] === null)
  const span = ([from, to]: Times) => ({ from: iso(from), to: iso(to) })
  const counts = { unreadable: read.unreadable, 'without-beginning': fold.troubles.withoutBeginning, 'without-end': over ? fold.troubles.withoutEnd : 0, 'without-role': fold.troubles.withoutRole } as const
  const warnings: Warning[] = [
    ...(over ? [] : [{ kind: 'not-over', upTo: iso(now) } as const]),
    ...(missing.length > 0 ? [{ kind: 'missing-days', days: missing } as const] : []),
    ...read.silences.map((times) => ({ kind: 'silence', ...span(times) }) as const),
    ...read.gaps.map((times) => ({ kind: 'gap', ...span(times) }) as const),
    ...Object.entries(counts).flatMap(([kind, count]) => (count > 0 ? [{ kind: kind as keyof typeof counts, count }] : [])),
    ...(unnamed.length > 0 ? [{ kind: 'hours-unknown', hours: unnamed } as const] : []),
    ...(given === 'faulty' ? [{ kind: 'base-zero-faulty' } as const] : []),
  ]

  // The first may be the last of the month before.
  const isKnown = ({ fromMs, toMs }: Span): boolean => daysOf({ fromMs, toMs: Math.min(toMs, now) }).slice(1).some((day) => !missing.includes(day))
  const valuesOf = (sums: ByHours, known = true): ReportFigure[] => {
    const all = together(HOURS.map((name) => sums[name]))
    return figures.map(({ id, section, line, unit, of }) => {
      const at = (name: Hours): number | null => (of === null || (name !== 'other' && hours[name] === null) ? null : of(sums[name]))
      return { id, section, line, label: figureLabels[id], unit, values: of && (known ? { whole: of(all), sas: at('sas'), pdsa: at('pdsa'), other: at('other') } : unknown) }
    })
  }
  const inAll = (some: readonly ByHours[]): ReportFigure[] => valuesOf(Object.fromEntries(HOURS.map((name) => [name, together(some.map((month) => month[name]))])) as Record<Hours, Sums>)
  const ofPeriod = inAll(fold.months)
  const baseZero = given === 'faulty' ? null : given
  const full = fold.months.filter((_, index) => (spans[index] as Span).toMs <= now && isKnown(spans[index] as Span))
  return {
    version: 1,
    sas: { id: config.sas.id, name: config.sas.name },
    period: { name: period, from: iso(whole.fromMs), to: iso(whole.toMs), over },
    madeAt: iso(now),
    hours,
    warnings,
    figures: ofPeriod,
    months: months.length === 1 ? [] : fold.months.map((month, index) => ({ month: months[index] as string, figures: valuesOf(month, isKnown(spans[index] as Span)) })),
    baseZero: baseZero && { ...baseZero, comparison: baseZeroFigures.map((id) => comparisonOf(id, baseZero, ...(months.length === 1 ? ([ofPeriod, 1] as const) : ([inAll(full), full.length] as const)))) },
  }
}

/** Of a month without an archive. */
const unknown: Values = { whole: null, sas: null, pdsa: null, other: null }

type Times = readonly [fromMs: number, toMs: number]

interface ReadThrough {
  readonly silences: readonly Times[]
  readonly gaps: readonly Times[]
  readonly unreadable: number
}

const readThrough = async (archive: string, { fromMs, toMs }: Span, now: number, fold: Fold): Promise<ReadThrough> => {
  const [silences, gaps]: [Times[], Times[]] = [[], []]
  let unreadable = 0
  let lastMs = fromMs
  let readToMs = toMs + LATE_MS
  const heard = (atMs: number): void => {
    if (lastMs < toMs) {
      if (atMs - lastMs > SILENCE_MS) silences.push([lastMs, atMs])
      if (atMs >= toMs) readToMs = toldUntil(toMs, lastMs, atMs)
    }
    lastMs = Math.max(lastMs, atMs)
  }
  reading: for await (const some of lines(archive, fromMs - CLOCK_MS_MAX, toMs + AFTER_MS)) {
    for (const line of some) {
      const id = idIn(line)
      if (id === null) {
        const gap = readGapLine(line)
        const times = gap && ([timeOfId(gap.after), timeOfId(gap.before)] as const)
        if (times === null) unreadable++
        else if (times[1] >= fromMs && times[0] < toMs) gaps.push(times)
        continue
      }
      const atMs = timeOfId(id)
      heard(atMs)
      if (atMs >= readToMs && fold.underWay === 0) break reading
      const type = factTypeIn(line)
      if (type !== null && !factTypesRead.has(type)) continue
      const fact = readEntryLine(line)?.fact ?? null
      if (fact === null) unreadable++
      else fold.read(fact)
    }
  }
  heard(Math.min(toMs + AFTER_MS, now))
  fold.finish()
  return { silences, gaps, unreadable }
}

/** In UTC: of a local month, the last of the month before may be among them. */
const daysOf = ({ fromMs, toMs }: Span): string[] => {
  const days: string[] = []
  for (let at = Date.parse(dayOf(fromMs)); at < toMs; at += DAY_MS) days.push(dayOf(at))
  return days
}

/** Days in UTC of a span that have no file. @throws {NoData} when none has one, or when they are another SAS's */
const missingDays = async (archive: string, sas: string, span: Span): Promise<string[]> => {
  const days = daysOf(span)
  const files = new Map((await dayFiles(archive)).map(({ day, path }) => [day, path]))
  const first = days.find((day) => files.has(day))
  if (first === undefined) throw new NoData(`${archive} has no day from ${days[0] ?? 'the future'} to ${days.at(-1) ?? 'then'}`)
  const header = await headerOf(files.get(first) as string)
  if (header?.sas !== sas) throw new NoData(`${archive} is ${header ? `the archive of ${header.sas}` : 'no archive of this version'}, not of ${sas}`)
  return days.filter((day) => !files.has(day))
}

const headerOf = async (path: string) => {
  for await (const piece of piecesOf(path)) return readHeaderLine(piece.toString('utf8', 0, Math.max(0, piece.indexOf('\n'))))
  return null
}

const hoursAt = (config: SasConfig, { sas, pdsa }: Report['hours']): ((atMs: number) => Hours) => {
  const timetable = new Timetable(config)
  const isOpen = (calendar: string | null, atMs: number): boolean => calendar !== null && timetable.isOpen(calendar, atMs)
  return (atMs) => (isOpen(sas, atMs) ? 'sas' : isOpen(pdsa, atMs) ? 'pdsa' : 'other')
}

const comparisonOf = (id: BaseZeroFigure, { launch, year2019 }: BaseZero, all: readonly ReportFigure[], months: number): Comparison => {
  const figure = all.find((one) => one.id === id)
  const whole = figure?.values?.whole ?? null
  const isRatio = figure?.unit === 'ratio'
  const here = whole === null || isRatio ? whole : ratio(whole, months)
  const since = (before: number | null): number | null => (here === null || before === null ? null : isRatio ? here - before : ratio(here - before, before))
  const [then, in2019] = [meanOfMonths(launch, id), meanOfMonths(year2019, id)]
  return { id, launch: then, year2019: in2019, here, sinceLaunch: since(then), since2019: since(in2019) }
}
