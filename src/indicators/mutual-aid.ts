/**
 * Mutual aid given and received, a row a call (R-MA-1 to R-MA-3): folded from the journal's facts, without who called. A call stands in both
 * SASs' lists: given in the one, received in the other; it counts once in the indicators, where it was answered.
 */
import type { Fact } from '../routing/facts.js'

export interface AidRow {
  readonly call: string
  readonly direction: 'given' | 'received'
  readonly neighbour: string
  /** By which rule it was given; null for one received. */
  readonly rule: string | null
  /** t0, ms since the epoch: the INVITE at the SAS that the caller dialled. */
  readonly arrivedAt: number
  /** From t0 until somebody had the caller. */
  readonly waitMs: number
  /** From then to the end; null for a call under way. */
  readonly lastedMs: number | null
}

interface Open {
  readonly arrivedAt: number
  readonly from: string | null
  /** Where its row is; null until somebody had the caller. */
  row: number | null
}

export class MutualAid {
  readonly rows: AidRow[] = []
  readonly #open = new Map<string, Open>()

  /** Facts come in the order of the journal. */
  read(fact: Fact): void {
    switch (fact.type) {
      case 'presented':
        return void this.#open.set(fact.call, { arrivedAt: fact.arrivedAt, from: null, row: null })
      case 'received':
        return void this.#open.set(fact.call, { arrivedAt: fact.arrivedAt, from: fact.from, row: null })
      case 'given':
        return this.#begin(fact.call, { direction: 'given', neighbour: fact.neighbour, rule: fact.rule, waitMs: fact.waitMs })
      case 'picked-up': {
        const from = this.#open.get(fact.call)?.from ?? null
        if (from !== null && fact.first) this.#begin(fact.call, { direction: 'received', neighbour: from, rule: null, waitMs: fact.waitMs })
        return
      }
      case 'guest-left':
      case 'ended':
        if (fact.type === 'ended' && fact.outcome === 'returned') this.#remove(fact.call)
        return this.#end(fact.call, fact.at, fact.type === 'ended')
      default:
    }
  }

  #begin(call: string, row: Omit<AidRow, 'call' | 'arrivedAt' | 'lastedMs'>): void {
    const open = this.#open.get(call)
    if (!open) return
    open.row = this.rows.push({ call, ...row, arrivedAt: open.arrivedAt, lastedMs: null }) - 1
  }

  /** The line to the neighbour may be lost before the call is over: what it gave lasted until then. */
  #end(call: string, at: number, over: boolean): void {
    const open = this.#open.get(call)
    if (over) this.#open.delete(call)
    const row = open && open.row !== null ? this.rows[open.row] : undefined
    if (!open || open.row === null || !row || (!over && row.direction !== 'given')) return
    this.rows[open.row] = { ...row, lastedMs: Math.max(0, at - row.arrivedAt - row.waitMs) }
    open.row = null
  }

  /** The SAS that gave the call had it all along, whoever picked up here. */
  #remove(call: string): void {
    const row = this.#open.get(call)?.row ?? null
    if (row === null) return
    this.#open.delete(call)
    this.rows.splice(row, 1)
    for (const open of this.#open.values()) if (open.row !== null && open.row > row) open.row -= 1
  }
}

const columns = ['call', 'direction', 'neighbour', 'rule', 'arrivedAt', 'waitSeconds', 'lastedSeconds'] as const

/** As CSV (RFC 4180), times in ISO 8601, durations in seconds. No field holds a comma or a quote. */
export const aidAsCsv = (rows: readonly AidRow[]): string =>
  [columns.join(','), ...rows.map(({ call, direction, neighbour, rule, arrivedAt, waitMs, lastedMs }) => [call, direction, neighbour, rule ?? '', new Date(arrivedAt).toISOString(), waitMs / 1_000, lastedMs === null ? '' : lastedMs / 1_000].join(','))].join('\r\n') + '\r\n'
