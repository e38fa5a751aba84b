/**
 * One SAS from moment to moment: which rules are in force, and until when. An edge of a calendar and the end of an override are
 * the same thing to whoever asks: the moment at which to ask again.
 */
import type { Override, Rules } from '../routing/rules.js'
import { Calendar } from './calendar.js'
import { compileRules } from './compile.js'
import { LocalDays } from './local-days.js'
import type { SasConfig } from './schema.js'

/** While the same calendars are open: until the next stretch. */
export interface Stretch {
  /** ms since the epoch. */
  readonly fromMs: number
  /** Which calendars are open, a bit each in the order of the file. */
  readonly open: bigint
}

export class Timetable {
  readonly calendars: ReadonlyMap<string, Calendar>
  readonly localDays: LocalDays

  constructor(readonly config: SasConfig) {
    const { timeZone, holidays } = config.sas
    const zone = { timeZone, holidays }
    this.localDays = new LocalDays(zone)
    this.calendars = new Map(Object.entries(config.calendars).map(([id, calendar]) => [id, new Calendar(calendar, zone, this.localDays)]))
  }

  /** Whether a calendar is open. @param atMs ms since the epoch */
  isOpen(calendar: string, atMs: number): boolean {
    return this.calendars.get(calendar)?.isOpen(atMs) ?? false
  }

  /** What is open between two instants, ms since the epoch, in order; the first stretch begins with the first. */
  stretches(fromMs: number, toMs: number): readonly Stretch[] {
    const edges = new Map<number, bigint>([[fromMs, 0n]])
    const change = (atMs: number, calendar: bigint): void => void edges.set(atMs, (edges.get(atMs) ?? 0n) ^ calendar)
    for (const [index, calendar] of [...this.calendars.values()].entries()) {
      const bit = 1n << BigInt(index)
      for (const { startMs, endMs } of calendar.openings(fromMs, toMs)) {
        change(startMs, bit)
        if (endMs < toMs) change(endMs, bit)
      }
    }
    let open = 0n
    return [...edges].sort(([a], [b]) => a - b).map(([atMs, changing]) => ({ fromMs: atMs, open: (open ^= changing) }))
  }

  /** The calendars that are open in a stretch. */
  openIn({ open }: Stretch): ReadonlySet<string> {
    return new Set([...this.calendars.keys()].filter((_, index) => (open >> BigInt(index)) & 1n))
  }

  /** The rules in force at this moment, ms since the epoch; they say until when. */
  rulesAt(atMs: number, overrides: Iterable<Override> = []): Rules {
    const inForce = [...overrides].filter(({ until }) => until > atMs)
    const edges = [...[...this.calendars.values()].map((calendar) => calendar.nextEdge(atMs)), ...inForce.map(({ until }) => until)]
    const until = edges.reduce<number | null>((least, edge) => (edge === null ? least : least === null ? edge : Math.min(least, edge)), null)
    return compileRules(this.config, (calendar) => this.isOpen(calendar, atMs), inForce, until)
  }
}
