/**
 * What the witnesses of one round say, joined by caller: SIPp's trace, the phones' own records, the journal, and Asterisk's
 * record of its fallback. Moments are ns of the monotonic clock, unless a journal says them.
 */
import type { FallbackCall } from '../../src/asterisk-config/fallback-record.js'
import type { Fact } from '../../src/routing/facts.js'
import type { ChaosCall } from './callers.js'
import type { PhoneCall } from './staff.js'

export interface Trouble {
  /** First moment of the fault. */
  readonly atNs: bigint
  /** From here on nothing is broken that will not mend by itself. */
  readonly overNs: bigint
  /** Moments from which the next offer is awaited; the fault's own, unless no phone could be rung at all before. */
  readonly awaitedFromNs: readonly bigint[]
  /** The PBX itself died: the calls that were up then are over, whatever anybody does. */
  readonly endsCalls: boolean
}

export interface Evidence {
  readonly trouble: Trouble
  /** From here on every agent serves quickly. */
  readonly healedAtNs: bigint
  readonly callers: readonly ChaosCall[]
  readonly phones: readonly PhoneCall[]
  readonly facts: readonly Fact[]
  readonly fallback: readonly FallbackCall[]
  /** Wall-clock µs minus monotonic µs. */
  readonly wallOffsetUs: number
}

export type Ended = Extract<Fact, { type: 'ended' }>

/** An INVITE at a phone, and when it was decided upon. */
export interface Offer extends PhoneCall {
  /** By the journal; null where it tells nothing: the fallback rings. A PBX short of time sends the INVITE much later. */
  readonly decidedAtNs: bigint | null
}

/** One caller, from all sides. */
export interface Story {
  readonly caller: ChaosCall
  /** In order. */
  readonly offers: readonly Offer[]
  /** Outcomes that the journal holds: one, if all is well. */
  readonly outcomes: readonly Ended[]
  /** Null when the fallback never had the call. */
  readonly fallback: FallbackCall | null
  /** Since when they stood in the engine's line, if they ever did: since they came, or since the fallback gave them back. */
  readonly inLineFromNs: bigint | null
  /** Ended by the PBX's own death. */
  readonly cut: boolean
}

/** No record of a call is this far from its INVITE, nor two callers with one number this close. */
const apartMsMax = 10_000

export function storiesOf(evidence: Evidence): Story[] {
  const { callers, phones, facts, fallback, trouble } = evidence
  const offers = groupBy([...phones].sort(byRing), ({ caller }) => caller)
  const outcomes = groupBy(facts.filter((fact) => fact.type === 'ended'), ({ call }) => call)
  const nearest = finder(evidence)
  const ids = new Map<ChaosCall, Set<string>>()
  const owners = new Map<string, ChaosCall>()
  const inFallback = new Map<ChaosCall, FallbackCall>()
  const know = (id: string, caller = owners.get(id)): ChaosCall | undefined => {
    if (!caller) return undefined
    owners.set(id, caller)
    ids.set(caller, (ids.get(caller) ?? new Set()).add(id))
    return caller
  }
  for (const fact of facts) if (fact.type === 'presented') know(fact.call, nearest(fact.number, fact.arrivedAt))
  for (const record of fallback) {
    // Whom an engine had is known by it: the fallback may have them long after they came.
    const caller = know(record.call) ?? know(record.call, nearest(record.number, record.arrivedAt))
    if (caller) inFallback.set(caller, record)
  }
  const decidedAtNs = decisions(evidence)
  return callers.map((caller) => ({
    caller,
    offers: (offers.get(caller.number) ?? []).map((call) => ({ ...call, decidedAtNs: decidedAtNs(ids.get(caller) ?? new Set(), call) })),
    outcomes: [...(ids.get(caller) ?? [])].flatMap((id) => outcomes.get(id) ?? []),
    fallback: inFallback.get(caller) ?? null,
    inLineFromNs: inLineFrom(caller, inFallback.get(caller), evidence),
    cut: trouble.endsCalls && caller.heardAtNs < trouble.atNs && caller.endedAtNs > trouble.atNs,
  }))
}

function inLineFrom(caller: ChaosCall, record: FallbackCall | undefined, { wallOffsetUs }: Evidence): bigint | null {
  if (!record) return caller.heardAtNs
  return record.event === 'returned' ? nsOfWall(record.at, wallOffsetUs) : null
}

const nsOfWall = (atMs: number, wallOffsetUs: number): bigint => BigInt(Math.round((atMs * 1_000 - wallOffsetUs) * 1_000))

/** Finds what the journal says of an INVITE: the last offer of this caller to this phone before it. */
function decisions({ facts, wallOffsetUs }: Evidence): (ids: ReadonlySet<string>, call: PhoneCall) => bigint | null {
  const offered = groupBy(facts.filter((fact) => fact.type === 'offered'), ({ call, agent }) => `${call} ${agent}`)
  return (ids, { phone, ringAtNs }) => {
    const times = [...ids].flatMap((id) => offered.get(`${id} ${phone}`) ?? []).map(({ at }) => nsOfWall(at, wallOffsetUs))
    return times.filter((at) => at <= ringAtNs).at(-1) ?? null
  }
}

/** Numbers come again after a while in a long round: then the moment tells. */
function finder({ callers, wallOffsetUs }: Evidence): (dialled: string, atMs: number) => ChaosCall | undefined {
  const byNumber = groupBy(callers, ({ dialled }) => dialled)
  return (dialled, atMs) => {
    const apart = (caller: ChaosCall): number => Math.abs((Number(caller.heardAtNs) / 1_000 + wallOffsetUs) / 1_000 - atMs)
    const [closest] = [...(byNumber.get(dialled) ?? [])].sort((one, other) => apart(one) - apart(other))
    return closest && apart(closest) < apartMsMax ? closest : undefined
  }
}

const byRing = (one: PhoneCall, other: PhoneCall): number => (one.ringAtNs < other.ringAtNs ? -1 : 1)

export function groupBy<K, T>(all: readonly T[], key: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const one of all) {
    const group = groups.get(key(one))
    if (group) group.push(one)
    else groups.set(key(one), [one])
  }
  return groups
}
