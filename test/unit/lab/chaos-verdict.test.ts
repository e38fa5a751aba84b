/** The counters of chaos can fail: each broken promise, told by witnesses that were made up for it. */
import { describe, expect, it } from 'vitest'
import type { ChaosCall, Temper } from '../../../lab/chaos/callers.js'
import type { Evidence, Trouble } from '../../../lab/chaos/evidence.js'
import { figuresOf } from '../../../lab/chaos/figures.js'
import type { PhoneCall } from '../../../lab/chaos/staff.js'
import type { Fact } from '../../../src/routing/facts.js'

const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n

/** Moments in ms; the fault strikes at 5,000. */
interface Caller {
  readonly at: number
  readonly until: number
  readonly end?: Partial<ChaosCall['end']>
  readonly temper?: Temper
}

function caller(index: number, { at, until, end, temper = 'line' }: Caller): ChaosCall {
  return {
    callId: `${index}`,
    number: `c${index}`,
    dialled: `d${index}`,
    temper,
    invitedAtNs: ns(at),
    heardAtNs: ns(at),
    ringingAtNs: undefined,
    answeredAtNs: ns(at),
    endedAtNs: ns(until),
    end: { by: 'there', how: 'bye', status: undefined, ...end },
    repeatedInvites: 0,
  }
}

/** `[answered, released]`, or `[answered, released, put down from inside]`. */
function ring(phone: string, of: number, at: number, answered?: number, released?: number, putDown?: number): PhoneCall {
  const endMs = putDown ?? released
  return {
    phone,
    caller: `c${of}`,
    ringAtNs: ns(at),
    answeredAtNs: answered === undefined ? undefined : ns(answered),
    releasedAtNs: released === undefined ? undefined : ns(released),
    end: endMs === undefined ? undefined : { by: putDown === undefined ? 'here' : 'there', how: 'bye', status: undefined, reason: undefined, atNs: ns(endMs) },
    longestGapMs: () => null,
  }
}

const presented = (index: number, at: number): Fact => ({ type: 'presented', at, call: `id${index}`, trunk: 'operator', number: `d${index}`, class: 'P1', arrivedAt: at })
const ended = (index: number, at: number): Fact => ({ type: 'ended', at, call: `id${index}`, outcome: 'answered', why: 'agent-ended', sinceArrivalMs: 0, stage: 'n1', waiting: false })

const offered = (index: number, agent: string, at: number): Fact => ({ type: 'offered', at, call: `id${index}`, queue: 'n1', agent, leg: `L-${index}`, why: { rule: 'longest-idle', free: 1 } })
const decisionOf = ({ caller, phone, ringAtNs }: PhoneCall, fallback: Evidence['fallback']): Fact[] =>
  fallback.some(({ call }) => call === `id${caller.slice(1)}`) ? [] : [offered(Number(caller.slice(1)), phone, Number(ringAtNs / 1_000_000n))]

function judge(callers: readonly Caller[], phones: readonly PhoneCall[], change: Partial<Omit<Evidence, 'trouble'>> & { trouble?: Partial<Trouble> } = {}) {
  const facts = [...callers.flatMap(({ at, until }, index) => [presented(index, at), ended(index, until)]), ...phones.flatMap((call) => decisionOf(call, change.fallback ?? []))]
  const trouble = { atNs: ns(5_000), overNs: ns(5_000), awaitedFromNs: [ns(5_000)], endsCalls: false, ...change.trouble }
  const made = callers.map((one, index) => caller(index, one))
  return figuresOf('engine-kill', { healedAtNs: ns(9_000), callers: made, phones, facts, fallback: [], wallOffsetUs: 0, ...change, trouble })
}

const clean = { dropped: 0, doubleOffers: 0, orderViolations: 0, withoutOutcome: 0 }

describe('a round', () => {
  it('in which everybody is served in turn breaks no promise', () => {
    const figures = judge(
      [{ at: 1_000, until: 6_000 }, { at: 1_200, until: 7_000 }, { at: 1_400, until: 4_000, end: { by: 'here' }, temper: 'leaving' }],
      [ring('a', 0, 5_400, 5_500, 6_000), ring('a', 1, 6_010, 6_100, 7_000)],
    )
    expect(figures).toMatchObject({ ...clean, calls: 3, resumeMs: [400] })
  })
})

describe('dropped', () => {
  it('is who is hung up on without an agent having ended the call', () => {
    expect(judge([{ at: 1_000, until: 5_010 }], []).dropped).toBe(1)
    expect(judge([{ at: 1_000, until: 5_010 }], [ring('a', 0, 2_000, 2_100, undefined, 5_010)])).toMatchObject({ dropped: 1, bridgesCut: 1 })
  })

  it('is who had to give up, was refused, or never heard an end', () => {
    expect(judge([{ at: 1_000, until: 50_000, end: { by: 'here' } }], []).dropped).toBe(1)
    expect(judge([{ at: 1_000, until: 1_010, end: { how: 'refused', status: 503 } }], []).dropped).toBe(1)
    expect(judge([{ at: 1_000, until: 1_010, end: { by: 'here', how: 'failed' } }], []).dropped).toBe(1)
  })

  it('is not who was on the line when the PBX itself died', () => {
    const callers: Caller[] = [{ at: 1_000, until: 20_000, end: { by: 'here' } }, { at: 5_100, until: 20_000, end: { by: 'here' } }]
    expect(judge(callers, [], { trouble: { endsCalls: true } })).toMatchObject({ cutByPbx: 1, dropped: 1 })
  })
})

describe('double offers', () => {
  const two: Caller[] = [{ at: 1_000, until: 7_000 }, { at: 1_200, until: 7_000 }]

  it('are an INVITE at a phone that rings or talks', () => {
    expect(judge(two, [ring('a', 0, 2_000, 2_100, 7_000), ring('a', 1, 5_100, 6_000, 7_000)]).doubleOffers).toBe(1)
    expect(judge(two, [ring('a', 0, 2_000, 2_100, 5_000), ring('a', 1, 5_001, 6_000, 7_000)]).doubleOffers).toBe(0)
  })

  it('are a second phone that rings for a caller', () => {
    expect(judge(two, [ring('a', 0, 2_000, 6_000, 7_000), ring('b', 0, 5_100, undefined, undefined, 6_000)]).doubleOffers).toBe(1)
  })
})

describe('order', () => {
  const three: Caller[] = [{ at: 1_000, until: 8_000 }, { at: 1_400, until: 8_000 }, { at: 1_450, until: 8_000 }]

  it('is broken by an offer to a later caller while an earlier one waits', () => {
    const figures = judge(three, [ring('a', 1, 5_100, 5_200, 8_000), ring('b', 0, 6_000, 6_100, 8_000), ring('c', 2, 6_200, 6_300, 8_000)])
    expect(figures.orderViolations).toBe(1)
  })

  it('is not judged among those who come, or are offered, at once', () => {
    expect(judge(three, [ring('b', 0, 5_000, 5_500, 8_000), ring('a', 2, 5_100, 5_500, 8_000), ring('c', 1, 6_000, 6_500, 8_000)]).orderViolations).toBe(0)
    expect(judge(three, [ring('a', 1, 5_100, 5_200, 8_000), ring('b', 0, 5_150, 5_250, 8_000), ring('c', 2, 6_000, 6_100, 8_000)]).orderViolations).toBe(0)
  })

  it('is broken when who was put back is not offered first', () => {
    const putBack = ring('a', 0, 4_000, undefined, undefined, 5_000)
    expect(judge(three, [putBack, ring('b', 1, 5_600, 5_700, 8_000), ring('c', 0, 7_000, 7_100, 8_000), ring('d', 2, 7_200, 7_300, 8_000)]).orderViolations).toBe(1)
  })

  it('is that of the decisions: a PBX short of time may send an INVITE late', () => {
    const phones = [ring('phone0', 0, 7_000, 7_100, 8_000), ring('phone1', 1, 5_100, 5_200, 8_000), ring('phone2', 2, 7_500, 7_600, 8_000)]
    const base = three.flatMap(({ at, until }, index) => [presented(index, at), ended(index, until)])
    expect(judge(three, phones, { facts: [...base, offered(0, 'phone0', 5_000), offered(1, 'phone1', 5_010), offered(2, 'phone2', 7_490)] }).orderViolations).toBe(0)
    expect(judge(three, phones, { facts: [...base, offered(0, 'phone0', 6_000), offered(1, 'phone1', 5_010), offered(2, 'phone2', 7_490)] }).orderViolations).toBe(1)
  })

  it('is broken by what the journal says was decided, however close', () => {
    const queued = (index: number, at: number): Fact => ({ type: 'queued', at, call: `id${index}`, queue: 'n1', class: 'P1', why: 'arrival', waiting: 1 })
    const line = [presented(0, 1_000), queued(0, 1_000), presented(1, 1_001), queued(1, 1_001)]
    const two: Caller[] = [{ at: 1_000, until: 6_000 }, { at: 1_001, until: 6_000 }]
    const phones = [ring('a', 0, 5_101, 5_200, 6_000), ring('b', 1, 5_100, 5_200, 6_000)]
    const ends = [ended(0, 6_000), ended(1, 6_000)]
    expect(judge(two, phones, { facts: [...line, offered(1, 'b', 5_000), offered(0, 'a', 5_000), ...ends] })).toMatchObject({ ...clean, orderViolations: 1 })
    expect(judge(two, phones, { facts: [...line, offered(0, 'a', 5_000), offered(1, 'b', 5_000), ...ends] })).toMatchObject(clean)
  })

  it('lets who comes back from a conversation go before an earlier caller', () => {
    const lost = ring('a', 1, 3_000, 3_100, undefined, 5_000)
    const figures = judge(three, [lost, ring('b', 1, 5_600, 5_700, 8_000), ring('c', 0, 7_000, 7_100, 8_000), ring('d', 2, 7_200, 7_300, 8_000)])
    expect(figures).toMatchObject({ orderViolations: 0, bridgesCut: 1 })
  })
})

describe('an outcome', () => {
  const one: Caller[] = [{ at: 1_000, until: 6_000 }]
  const served = [ring('a', 0, 5_400, 5_500, 6_000)]

  it('is missing, or there twice', () => {
    expect(judge(one, served, { facts: [presented(0, 1_000)] }).withoutOutcome).toBe(1)
    expect(judge(one, served, { facts: [] }).withoutOutcome).toBe(1)
    expect(judge(one, served, { facts: [presented(0, 1_000), ended(0, 6_000), ended(0, 6_001)] }).withoutOutcome).toBe(1)
  })

  it('contradicts the phones', () => {
    const abandoned = { ...ended(0, 6_000), outcome: 'abandoned' } as Fact
    expect(judge(one, served, { facts: [presented(0, 1_000), abandoned] })).toMatchObject({ ...clean, wrongOutcomes: 1 })
  })
})

describe('the time until offers go on', () => {
  it('counts neither what was on its way before the fault nor what the fallback sends', () => {
    const callers: Caller[] = [{ at: 1_000, until: 8_000 }, { at: 5_200, until: 8_000 }, { at: 1_100, until: 8_000 }]
    const phones = [ring('a', 0, 5_010, 5_100, 8_000), ring('b', 1, 5_300, 5_400, 8_000), ring('c', 2, 5_900, 6_000, 8_000)]
    const fallback = [{ call: 'id1', trunk: 'operator', number: 'd1', arrivedAt: 5_200, at: 8_000, event: 'ended', result: 'n1', answeredAt: 5_400, phone: 'b' } as const]
    expect(judge(callers, phones, { fallback })).toMatchObject({ resumeMs: [900], fallback: 1, fallbackOfferMs: [100] })
  })
})
