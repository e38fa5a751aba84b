/**
 * One SAS from moment to moment: which rules are in force, and until when. An edge of a calendar and the end of an override are
 * the same thing to whoever asks: the moment at which to ask again.
 */
import type { Override, Rules } from '../routing/rules.js'
import { Calendar } from './calendar.js'
import { compileRules } from './compile.js'
import type { SasConfig } from './schema.js'

export class Timetable {
  readonly calendars: ReadonlyMap<string, Calendar>

  constructor(readonly config: SasConfig) {
    const { timeZone, holidays } = config.sas
    this.calendars = new Map(Object.entries(config.calendars).map(([id, calendar]) => [id, new Calendar(calendar, { timeZone, holidays })]))
  }

  /** Whether a calendar is open. @param atMs ms since the epoch */
  isOpen(calendar: string, atMs: number): boolean {
    return this.calendars.get(calendar)?.isOpen(atMs) ?? false
  }

  /** The rules in force at this moment, ms since the epoch; they say until when. */
  rulesAt(atMs: number, overrides: Iterable<Override> = []): Rules {
    const inForce = [...overrides].filter(({ until }) => until > atMs)
    const edges = [...[...this.calendars.values()].map((calendar) => calendar.nextEdge(atMs)), ...inForce.map(({ until }) => until)]
    const until = edges.reduce<number | null>((least, edge) => (edge === null ? least : least === null ? edge : Math.min(least, edge)), null)
    return compileRules(this.config, (calendar) => this.isOpen(calendar, atMs), inForce, until)
  }
}
