/**
 * What each fact of the archive adds to the figures of a report. A call belongs, whole, to the instant of its t0: to that month and those
 * hours, however late it was answered. Only calls under way are remembered, so the length of the archive costs no memory.
 *
 *   presented, received   the call is known from here on; how it counts is in `indicators/call-counts.ts`
 *   picked-up             first: answered. From here to the same person's `left`, somebody has the call (annex 3, table 3, rows 9-13).
 *                         Elsewhere than at N1, that filière has it
 *   transfer-started      the caller is sent to a filière, and P0 that its ARM keeps to AMU: the last one tells whose DRM it is
 *   ended                 the call is over, and its DRM and its talks count
 *
 * Calls that agents make or that test the line are none (`indicators/not-public.ts`).
 */
import { countAnswered, countEnded, countPresented, type CountedCall } from '../indicators/call-counts.js'
import { NotPublic } from '../indicators/not-public.js'
import type { CallId } from '../routing/events.js'
import type { Fact } from '../routing/facts.js'
import { N1, type Position } from '../routing/rules.js'
import { addTalk, addWait, noSums, type Sums, type Taker } from './sums.js'

export const HOURS = ['sas', 'pdsa', 'other'] as const
/** A call that came in SAS hours, in those of PDSA, or in neither. In both, it came in SAS hours. */
export type Hours = (typeof HOURS)[number]
export type ByHours = Readonly<Record<Hours, Sums>>

/** One month, ms since the epoch. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** The filière of P0, which the core calls so too; every other filière is ambulatory. */
export const AMU: Position = 'amu'

/** All that the fold reads: other lines of an archive need not be parsed. */
export const factTypesRead: ReadonlySet<string> = new Set<Fact['type']>(['presented', 'received', 'called-out', 'picked-up', 'served-by-fallback', 'qualified', 'drm-opened', 'transfer-started', 'left', 'ended', 'turned-away'])

/** A call under way for longer than this has lost its end. */
const CALL_MS_MAX = 24 * 3_600_000

interface Open extends CountedCall {
  readonly sums: Sums
  readonly arrivedAt: number
  drm: boolean
  /** The last filière that the caller was sent to or picked up in. */
  filiere: Position | null
  /** P0 since then: AMU, unless it is given another priority. */
  keptAsP0: boolean
  /** They count once the call is over: until then its answer may be none after all. */
  talks: { readonly agent: string; readonly since: number; readonly taker: Taker; ms: number | null }[]
}

export interface Troubles {
  /** Calls of these months whose beginning is not in the archive: they count in no figure. */
  withoutBeginning: number
  /** Calls of these months whose end is not in the archive: they count as far as they were seen. */
  withoutEnd: number
  /** Pickups told by a version that did not tell in which role. */
  withoutRole: number
}

export interface FoldOptions {
  /** In order, none overlapping. */
  readonly months: readonly Span[]
  readonly hoursAt: (atMs: number) => Hours
  /** Answered sooner is answered in time. */
  readonly answerMs: number
}

type Of<Type extends Fact['type']> = Extract<Fact, { type: Type }>

export class Fold {
  readonly months: readonly ByHours[]
  readonly troubles: Troubles = { withoutBeginning: 0, withoutEnd: 0, withoutRole: 0 }
  readonly #open = new Map<CallId, Open>()
  readonly #notPublic = new NotPublic()

  constructor(private readonly options: FoldOptions) {
    this.months = options.months.map(() => ({ sas: noSums(), pdsa: noSums(), other: noSums() }))
  }

  /** How many calls are under way. */
  get underWay(): number {
    return this.#open.size
  }

  /** Facts come in the order of the journal. */
  read(fact: Fact): void {
    if (this.#notPublic.kindOf(fact) !== null) return
    switch (fact.type) {
      case 'presented':
      case 'received':
        return this.#begin(fact)
      case 'picked-up':
        return this.#pickedUp(fact)
      case 'served-by-fallback':
        return this.#answered(this.#open.get(fact.call), fact)
      case 'qualified':
        return this.#qualified(fact)
      case 'transfer-started':
        return this.#sentTo(fact.call, fact.position)
      case 'drm-opened': {
        const call = this.#open.get(fact.call)
        if (call) call.drm = true
        return
      }
      case 'left':
        return this.#left(fact)
      case 'ended':
        return this.#ended(fact)
      case 'turned-away': {
        const sums = this.#sumsAt(fact.refusedAt)
        if (sums) sums.turnedAway += 1
        return
      }
      default:
    }
  }

  /** No fact comes any more. */
  finish(): void {
    for (const id of [...this.#open.keys()]) this.#forget(id)
  }

  #begin(fact: Of<'presented'> | Of<'received'>): void {
    for (const [id, { arrivedAt }] of this.#open) {
      if (arrivedAt >= fact.at - CALL_MS_MAX) break
      this.#forget(id)
    }
    // Taken in again from the PBX, as its record could not be read: it is the same call.
    if (this.#open.has(fact.call)) return
    const sums = this.#sumsAt(fact.arrivedAt)
    if (!sums) return
    const received = fact.type === 'received'
    this.#open.set(fact.call, { sums, arrivedAt: fact.arrivedAt, received, answer: null, drm: false, filiere: null, keptAsP0: false, talks: [] })
    if (!received) countPresented([sums.calls])
  }

  #pickedUp(fact: Of<'picked-up'>): void {
    const { call: id, at, agent, role, position } = fact
    const call = this.#open.get(id)
    if (!call) return
    if (fact.first) this.#answered(call, fact)
    this.#sentTo(id, position)
    if (role === '') this.troubles.withoutRole += 1
    const taker = takerOf(role, position)
    if (taker) call.talks.push({ agent, since: at, taker, ms: null })
  }

  #answered(call: Open | undefined, { at, waitMs }: Of<'picked-up'> | Of<'served-by-fallback'>): void {
    if (call && countAnswered([call.sums.calls], call, at, waitMs, this.options)) addWait(call.sums, waitMs)
  }

  #sentTo(id: CallId, position: Position): void {
    const call = this.#open.get(id)
    if (!call || position === N1) return
    call.filiere = position
    call.keptAsP0 = false
  }

  #qualified({ call: id, priority }: Of<'qualified'>): void {
    const call = this.#open.get(id)
    if (call) call.keptAsP0 = priority === 'P0'
  }

  #left({ call: id, agent, at }: Of<'left'>): void {
    const talk = this.#open.get(id)?.talks.find((one) => one.agent === agent && one.ms === null)
    if (talk) talk.ms = at - talk.since
  }

  #ended(fact: Of<'ended'>): void {
    const call = this.#open.get(fact.call)
    if (!call) {
      if (isSeen(fact) && this.#sumsAt(fact.at - fact.sinceArrivalMs)) this.troubles.withoutBeginning += 1
      return
    }
    const { undone } = countEnded([call.sums.calls], call, fact)
    if (undone) {
      addWait(call.sums, undone.waitMs, -1)
      call.drm = false
      call.talks = []
    }
    this.#close(fact.call, call)
  }

  #forget(id: CallId): void {
    this.troubles.withoutEnd += 1
    this.#close(id, this.#open.get(id))
  }

  #close(id: CallId, call: Open | undefined): void {
    this.#open.delete(id)
    if (!call) return
    for (const { taker, ms } of call.talks) if (ms !== null) addTalk(call.sums, taker, ms)
    if (!call.drm) return
    const { drms } = call.sums
    const filiere = call.keptAsP0 ? AMU : call.filiere
    if (filiere === null) drms.unrouted += 1
    else if (filiere === AMU) drms.amu += 1
    else drms.ambulatory += 1
  }

  #sumsAt(atMs: number): Sums | undefined {
    const month = this.options.months.findIndex(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)
    return this.months[month]?.[this.options.hoursAt(atMs)]
  }
}

/** Null for who is in no row of table 3: another role, or an ARM in another filière. */
const takerOf = (role: string, position: Position): Taker | null => {
  switch (role) {
    case 'ARM':
      return position === N1 ? 'arm-n1' : position === AMU ? 'arm-amu' : null
    case 'OSNP':
      return 'osnp'
    case 'MRG':
      return 'mrl'
    case 'MRU':
      return 'mrh'
    default:
      return null
  }
}

/** Of a call whose beginning was not seen: an agent's own is none, and one that was given counts elsewhere unless it was answered. */
const isSeen = ({ outcome }: Of<'ended'>): boolean => outcome !== 'outgoing' && outcome !== 'returned'
