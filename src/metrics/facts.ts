/** Counters and histograms that the journal's facts feed. A call counts as in the indicators of the report: see `indicators`. */
import { Counter, Histogram, type Registry } from 'prom-client'
import { ABANDON_EDGES_MS, type Quality } from '../indicators/call-counts.js'
import { NotPublic } from '../indicators/not-public.js'
import type { CallId } from '../routing/events.js'
import type { Fact, FallbackReason } from '../routing/facts.js'
import type { Call } from '../routing/room.js'
import type { CallClass } from '../routing/rules.js'
import { boundedLabel } from './bounded-label.js'
import { CallBook, type Entry } from './call-book.js'
import { seconds } from './units.js'
import { WorkBook } from './work-book.js'

/**
 * Waits are whole milliseconds, and a bucket takes in its edge. "Under 30 s" is strict (R-QS-2), so each edge is the last millisecond
 * before: `le="29.999"` is exactly what was answered within 30 s.
 */
const strictly = (edges: readonly number[]): number[] => edges.map((edge) => (edge * 1_000 - 1) / 1_000)

const WAIT_SECONDS = strictly([1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600])
/** At N2 people wait for hours. */
const QUEUE_SECONDS = [...WAIT_SECONDS, ...strictly([900, 1_800, 3_600, 7_200])]
const RING_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const TALK_SECONDS = [10, 30, 60, 120, 180, 300, 600, 1_200, 3_600]
const WRAP_UP_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300]

/** Classes of the callers who gave up, by when they did: as the indicators name them. */
export const abandonDelays = [...ABANDON_EDGES_MS.map((ms) => `under_${ms / 1_000}s`), `over_${(ABANDON_EDGES_MS.at(-1) ?? 0) / 1_000}s`]

const delayOf = (ms: number): string => {
  const at = ABANDON_EDGES_MS.findIndex((edgeMs) => ms < edgeMs)
  return abandonDelays.at(at) as string
}

const outcomes = ['answered', 'abandoned', 'neighbour', 'fallback', 'returned'] as const
const neighbourSteps = ['offered', 'stayed', 'given', 'received', 'refused'] as const

/** Counted of calls that agents make, too. */
const recordingSteps: Readonly<Partial<Record<Fact['type'], string>>> = { 'recording-began': 'began', 'recording-ended': 'ended', 'recording-failed': 'failed' }

/** What the file names: counted from nought, so that the first of each is seen to be one more. */
export interface Expected {
  readonly entries: readonly Entry[]
  /** Their calls are taken at the entries of their trunk, in each class that is received. */
  readonly neighbours: readonly { readonly id: string; readonly trunk: string; readonly receive?: { readonly classes: readonly CallClass[] } | undefined }[]
  readonly queues: readonly string[]
}

export interface FactMetrics {
  onFact(fact: Fact): void
  expect(expected: Expected): void
  /** Calls that were in the room before this engine. */
  adopt(calls: Iterable<Call>): void
}

export const createFactMetrics = (registry: Registry, quality: Quality): FactMetrics => {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `decroche_${name}_total`, help, labelNames, registers })
  const histogram = <Label extends string>(name: string, help: string, buckets: number[], ...labelNames: Label[]) =>
    new Histogram({ name: `decroche_${name}_seconds`, help, buckets, labelNames, registers })

  const entry = ['trunk', 'number', 'class'] as const
  const presented = counter('calls_presented', 'Calls that reached the SAS, by entry; one that a neighbour gave, once somebody here answers.', ...entry)
  const turnedAway = counter('calls_turned_away', 'Calls refused because the trunk had no channel left for the number.', 'trunk', 'number')
  const located = counter('caller_locations', 'Locations that came with calls, by what was made of them.', 'result')
  const answered = counter('calls_answered', 'Calls that somebody answered, the phones of the fallback included (DGOS indicator 1).', ...entry)
  const inTime = counter('calls_answered_in_time', 'Of these, answered within the limit of quality, 30 s: strictly under (DGOS indicator 2).', ...entry)
  const abandoned = counter('calls_abandoned', 'Callers who gave up before anybody answered, by when they did.', ...entry, 'delay')
  const ended = counter('calls_ended', 'Calls over, by outcome.', ...entry, 'outcome')
  const ends = counter('call_ends', 'Calls over, by what ended them.', 'reason')
  const toFallback = counter('calls_to_fallback', 'Calls that the fallback of the PBX took, or was given.', 'reason')
  const answerWait = histogram('answer_wait', 'From INVITE to the first pickup, by class.', WAIT_SECONDS, 'class')
  const queueWait = histogram('queue_wait', 'From entering a queue to the pickup.', QUEUE_SECONDS, 'queue')
  const expectedError = histogram('expected_wait_error', 'Between the wait that could be expected as it began and the one that was, either way.', QUEUE_SECONDS, 'queue')
  const ring = histogram('arrival_to_ringing', 'From INVITE to a phone ringing.', RING_SECONDS)
  const orientation = histogram('orientation', 'From the first pickup to the first P0, P1 or P2.', WAIT_SECONDS)
  const qualified = counter('calls_qualified', 'Priorities given.', 'priority')
  const oriented = counter('calls_oriented_in_time', 'Calls given their first priority within the limit of quality.')
  const talk = histogram('talk', 'From pickup to leaving the call, of one person, by the role and position in which they picked up.', TALK_SECONDS, 'role', 'position')
  const wrapUp = histogram('wrap_up', 'From the end of a call to being free again, or leaving, by the role in which it was picked up.', WRAP_UP_SECONDS, 'role')
  const drms = counter('drms_opened', 'DRMs opened.')
  const transfers = counter('transfers', 'Transfers, by step.', 'step')
  const missed = counter('rings_missed', 'Phones that rang in vain, by queue and reason.', 'queue', 'reason')
  const escalations = counter('escalations', 'Waits that were escalated.', 'queue')
  const parked = counter('calls_parked', 'Callers put on music by the agent they talked to.', 'queue')
  const rechecks = counter('rechecks_due', 'Times that a caller who waits came due for a word.', 'queue')
  const callbacks = counter('callbacks', 'Callers who agreed to be called back, hung up, were called, or were called in vain.', 'step')
  const guests = counter('guests', 'People outside who were called into a call, came, or left.', 'step')
  const recordings = counter('recordings', 'Recordings of conversations that began, ended, or failed.', 'step')
  for (const step of Object.values(recordingSteps)) recordings.inc({ step }, 0)
  const outgoing = counter('outgoing_calls', 'Calls that agents made, and those that reached nobody.', 'step')
  const neighbours = counter('neighbour_calls', 'Calls offered to a neighbour, given to it, kept here, received from it and refused.', 'neighbour', 'step')
  const reservations = counter('reservations', 'Places that neighbours asked for, by answer.', 'neighbour', 'answer')
  const giving = counter('giving_began', 'Times that a rule of giving calls came into force.', 'rule', 'reason')
  const refused = counter('commands_refused', 'Commands refused by the core.', 'command', 'reason')
  const ignored = counter('events_ignored', 'Events that no longer meant anything.', 'event', 'reason')
  const reconciled = counter('reconciliations', 'Times the room was compared with what exists at the PBX.')
  const rulesChanged = counter('rules_changes', 'Times other rules came into force, by reason.', 'reason')
  const understaffed = counter('staffing_alarms', 'Times a staffing guard broke.', 'guard')
  const commandLabel = boundedLabel(32)
  const eventLabel = boundedLabel(32)
  const reasonLabel = boundedLabel(64)

  for (const reason of ['queue-full', 'no-engine'] satisfies FallbackReason[]) toFallback.inc({ reason }, 0)

  const book = new CallBook()
  const work = new WorkBook()
  const unknown = { trunk: 'unknown', number: 'unknown', class: 'unknown' }
  const entryOf = (call: CallId): Record<(typeof entry)[number], string> => ({ ...(book.of(call)?.entry ?? unknown) })

  const answer = (call: CallId, waitMs: number): void => {
    const known = book.of(call)
    if (known?.answered) return
    if (known) known.answered = true
    const labels = entryOf(call)
    if (known?.received) presented.inc(labels)
    answered.inc(labels)
    if (waitMs < quality.answerMs) inTime.inc(labels)
    answerWait.observe({ class: labels.class }, seconds(Math.floor(waitMs)))
  }

  const end = ({ call, outcome, why, sinceArrivalMs }: Extract<Fact, { type: 'ended' }>): void => {
    const labels = entryOf(call)
    ended.inc({ ...labels, outcome })
    ends.inc({ reason: why })
    if (outcome === 'abandoned' && !book.of(call)?.answered) abandoned.inc({ ...labels, delay: delayOf(sinceArrivalMs) })
    book.end(call)
    work.end(call)
  }

  const notPublic = new NotPublic()

  const onFact = (fact: Fact): void => {
    const recording = recordingSteps[fact.type]
    if (recording) return recordings.inc({ step: recording })
    if (notPublic.kindOf(fact) !== null) return fact.type === 'called-out' ? outgoing.inc({ step: 'made' }) : fact.type === 'not-reached' ? outgoing.inc({ step: 'not-reached' }) : undefined
    switch (fact.type) {
      case 'presented':
        if (book.begin(fact.call, fact, false)) presented.inc(entryOf(fact.call))
        return
      case 'caller-located':
        return located.inc({ result: fact.result })
      case 'turned-away':
        return turnedAway.inc({ trunk: fact.trunk, number: fact.number })
      case 'ringing':
        return ring.observe(seconds(fact.sinceArrivalMs))
      case 'picked-up':
        work.begin(fact.call, fact.agent, { role: fact.role, position: fact.position })
        if (fact.expectedMs !== undefined) expectedError.observe({ queue: fact.queue }, seconds(Math.abs(fact.waitMs - fact.expectedMs)))
        if (fact.why === undefined) queueWait.observe({ queue: fact.queue }, seconds(Math.floor(fact.waitMs)))
        return fact.first ? answer(fact.call, fact.waitMs) : undefined
      case 'served-by-fallback':
        return answer(fact.call, fact.waitMs)
      case 'to-fallback':
        return toFallback.inc({ reason: fact.why })
      case 'qualified':
        qualified.inc({ priority: fact.priority })
        if (!fact.first) return
        if (fact.sincePickupMs < quality.orientationMs) oriented.inc()
        return orientation.observe(seconds(Math.floor(fact.sincePickupMs)))
      case 'ended':
        return end(fact)
      case 'left':
        return talk.observe({ ...work.leave(fact.call, fact.agent) }, seconds(fact.talkMs))
      case 'agent-state': {
        const done = work.turn(fact.agent, fact.state, fact.at)
        return done ? wrapUp.observe({ role: done.role }, seconds(done.ms)) : undefined
      }
      case 'drm-opened':
        return drms.inc()
      case 'transfer-started':
        return transfers.inc({ step: 'started' })
      case 'transfer-taken':
        return transfers.inc({ step: 'taken' })
      case 'transfer-returned':
        return transfers.inc({ step: 'returned' })
      case 'missed':
        return missed.inc({ queue: fact.queue, reason: fact.why })
      case 'parked':
        return parked.inc({ queue: fact.queue })
      case 'callback-agreed':
        return callbacks.inc({ step: 'agreed' })
      case 'caller-away':
        return callbacks.inc({ step: 'away' })
      case 'called-back':
        return callbacks.inc({ step: 'called' })
      case 'callback-missed':
        return callbacks.inc({ step: 'missed' })
      case 'guest-called':
        return guests.inc({ step: 'called' })
      case 'guest-joined':
        return guests.inc({ step: 'joined' })
      case 'guest-left':
        return guests.inc({ step: 'left' })
      case 'offered-away':
        return neighbours.inc({ neighbour: fact.neighbour, step: 'offered' })
      case 'stayed':
        return neighbours.inc({ neighbour: fact.neighbour, step: 'stayed' })
      case 'given':
        return neighbours.inc({ neighbour: fact.neighbour, step: 'given' })
      case 'received':
        book.begin(fact.call, fact, true)
        return neighbours.inc({ neighbour: fact.from, step: 'received' })
      case 'gift-refused':
        return neighbours.inc({ neighbour: fact.neighbour, step: 'refused' })
      case 'reservation':
        return reservations.inc({ neighbour: fact.neighbour, answer: fact.why ?? 'promised' })
      case 'giving-began':
        return giving.inc({ rule: fact.rule, reason: fact.why })
      case 'recheck-due':
        return rechecks.inc({ queue: fact.queue })
      case 'escalated':
        return escalations.inc({ queue: fact.queue })
      case 'refused':
        return refused.inc({ command: commandLabel(fact.command), reason: fact.why })
      case 'ignored':
        return ignored.inc({ event: eventLabel(fact.event), reason: reasonLabel(fact.why) })
      case 'rules-changed':
        return rulesChanged.inc({ reason: fact.why })
      case 'understaffed':
        return understaffed.inc({ guard: fact.guard })
      case 'reconciled':
        return reconciled.inc()
    }
  }
  return {
    onFact,
    expect: ({ entries, neighbours: known, queues }) => {
      const received = known.flatMap(({ trunk, receive }) => entries.filter((one) => one.trunk === trunk).flatMap((one) => (receive?.classes ?? []).map((given) => ({ ...one, class: given }))))
      for (const { trunk, number, class: callClass } of [...entries, ...received]) {
        const labels = { trunk, number, class: callClass }
        for (const metric of [presented, answered, inTime]) metric.inc(labels, 0)
        for (const delay of abandonDelays) abandoned.inc({ ...labels, delay }, 0)
        for (const outcome of outcomes) ended.inc({ ...labels, outcome }, 0)
        turnedAway.inc({ trunk, number }, 0)
      }
      for (const queue of queues) for (const metric of [escalations, parked, rechecks]) metric.inc({ queue }, 0)
      for (const { id: neighbour } of known) for (const step of neighbourSteps) neighbours.inc({ neighbour, step }, 0)
    },
    adopt: (calls) => {
      const all = [...calls]
      book.adopt(all)
      notPublic.adopt(all)
    },
  }
}
