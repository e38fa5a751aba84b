/** Counters and histograms that the journal's facts feed. */
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Quality } from '../indicators/indicators.js'
import { NotPublic } from '../indicators/not-public.js'
import type { Fact } from '../routing/facts.js'
import { boundedLabel } from './bounded-label.js'

/** An edge at 30 s: QS30 can be read from the histogram, to within waits of 30.000 s exactly. */
const WAIT_SECONDS = [1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600]
const RING_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const TALK_SECONDS = [10, 30, 60, 120, 180, 300, 600, 1_200, 3_600]

/** Counted of calls that agents make, too. */
const recordingSteps: Readonly<Partial<Record<Fact['type'], string>>> = { 'recording-began': 'began', 'recording-ended': 'ended', 'recording-failed': 'failed' }

const seconds = (ms: number): number => ms / 1_000

export const createFactMetrics = (registry: Registry, quality: Quality): ((fact: Fact) => void) => {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name: `decroche_${name}_total`, help, labelNames, registers })
  const histogram = <Label extends string>(name: string, help: string, buckets: number[], ...labelNames: Label[]) =>
    new Histogram({ name: `decroche_${name}_seconds`, help, buckets, labelNames, registers })

  const presented = counter(
    'calls_presented',
    'Calls that reached the SAS, by trunk and number dialled.',
    'trunk',
    'number',
  )
  const turnedAway = counter('calls_turned_away', 'Calls refused because the trunk had no channel left for the number, by trunk and number.', 'trunk', 'number')
  const located = counter('caller_locations', 'Locations that came with calls, by what was made of them.', 'result')
  const answered = counter('calls_answered', 'Calls that somebody answered (DGOS indicator 1).')
  const inTime = counter('calls_answered_in_time', 'Calls answered within the limit of quality (DGOS indicator 2).')
  const ended = counter('calls_ended', 'Calls over, by outcome.', 'outcome', 'why')
  const toFallback = counter('calls_to_fallback', 'Calls that the fallback of the PBX took, or was given.', 'why')
  const answerWait = histogram('answer_wait', 'From INVITE to the first pickup.', WAIT_SECONDS)
  const abandonWait = histogram('abandon_wait', 'From INVITE to giving up, of callers nobody answered.', WAIT_SECONDS)
  const queueWait = histogram('queue_wait', 'From entering a queue to the pickup.', WAIT_SECONDS, 'queue')
  const expectedError = histogram('expected_wait_error', 'Between the wait that could be expected as it began and the one that was, either way.', WAIT_SECONDS, 'queue')
  const ring = histogram('arrival_to_ringing', 'From INVITE to a phone ringing.', RING_SECONDS)
  const orientation = histogram('orientation', 'From the first pickup to the first P0, P1 or P2.', WAIT_SECONDS)
  const qualified = counter('calls_qualified', 'Priorities given.', 'priority')
  const oriented = counter('calls_oriented_in_time', 'Calls given their first priority within the limit of quality.')
  const talk = histogram('talk', 'From pickup to leaving the call, of one agent.', TALK_SECONDS)
  const drms = counter('drms_opened', 'DRMs opened.')
  const transfers = counter('transfers', 'Transfers, by step.', 'step')
  const missed = counter('rings_missed', 'Phones that rang in vain, by queue and reason.', 'queue', 'why')
  const escalations = counter('escalations', 'Waits that were escalated.', 'queue')
  const parked = counter('calls_parked', 'Callers put on music by the agent they talked to.', 'queue')
  const rechecks = counter('rechecks_due', 'Times that a caller who waits came due for a word.', 'queue')
  const callbacks = counter('callbacks', 'Callers who agreed to be called back, hung up, were called, or were called in vain.', 'step')
  const guests = counter('guests', 'People outside who were called into a call, came, or left.', 'step')
  const recordings = counter('recordings', 'Recordings of conversations that began, ended, or failed.', 'step')
  const outgoing = counter('outgoing_calls', 'Calls that agents made, and those that reached nobody.', 'step')
  const neighbours = counter('neighbour_calls', 'Calls offered to a neighbour, given to it, kept here, received from it and refused.', 'neighbour', 'step')
  const reservations = counter('reservations', 'Places that neighbours asked for, by answer.', 'neighbour', 'answer')
  const giving = counter('giving_began', 'Times that a rule of giving calls came into force.', 'rule', 'why')
  const refused = counter('commands_refused', 'Commands refused by the core.', 'command', 'why')
  const ignored = counter('events_ignored', 'Events that no longer meant anything.', 'event', 'why')
  const reconciled = counter('reconciliations', 'Times the room was compared with what exists at the PBX.')
  const rulesChanged = counter('rules_changes', 'Times other rules came into force, by reason.', 'why')
  const understaffed = counter('staffing_alarms', 'Times a staffing guard broke.', 'guard')
  const commandLabel = boundedLabel(32)
  const eventLabel = boundedLabel(32)
  const whyLabel = boundedLabel(64)

  const notPublic = new NotPublic()

  return (fact) => {
    const recording = recordingSteps[fact.type]
    if (recording) return recordings.inc({ step: recording })
    if (notPublic.kindOf(fact) !== null) return fact.type === 'called-out' ? outgoing.inc({ step: 'made' }) : fact.type === 'not-reached' ? outgoing.inc({ step: 'not-reached' }) : undefined
    switch (fact.type) {
      case 'presented':
        return presented.inc({ trunk: fact.trunk, number: fact.number })
      case 'caller-located':
        return located.inc({ result: fact.result })
      case 'turned-away':
        return turnedAway.inc({ trunk: fact.trunk, number: fact.number })
      case 'ringing':
        return ring.observe(seconds(fact.sinceArrivalMs))
      case 'picked-up':
        if (fact.expectedMs !== undefined) expectedError.observe({ queue: fact.queue }, seconds(Math.abs(fact.waitMs - fact.expectedMs)))
        if (fact.why === undefined) queueWait.observe({ queue: fact.queue }, seconds(fact.waitMs))
        if (!fact.first) return
        answered.inc()
        if (fact.waitMs < quality.answerMs) inTime.inc()
        return answerWait.observe(seconds(fact.waitMs))
      case 'served-by-fallback':
        answered.inc()
        if (fact.waitMs < quality.answerMs) inTime.inc()
        return answerWait.observe(seconds(fact.waitMs))
      case 'to-fallback':
        return toFallback.inc({ why: fact.why })
      case 'qualified':
        qualified.inc({ priority: fact.priority })
        if (!fact.first) return
        if (fact.sincePickupMs < quality.orientationMs) oriented.inc()
        return orientation.observe(seconds(fact.sincePickupMs))
      case 'ended':
        ended.inc({ outcome: fact.outcome, why: fact.why })
        if (fact.outcome === 'abandoned') abandonWait.observe(seconds(fact.sinceArrivalMs))
        return
      case 'left':
        return talk.observe(seconds(fact.talkMs))
      case 'drm-opened':
        return drms.inc()
      case 'transfer-started':
        return transfers.inc({ step: 'started' })
      case 'transfer-taken':
        return transfers.inc({ step: 'taken' })
      case 'transfer-returned':
        return transfers.inc({ step: 'returned' })
      case 'missed':
        return missed.inc({ queue: fact.queue, why: fact.why })
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
        return neighbours.inc({ neighbour: fact.from, step: 'received' })
      case 'gift-refused':
        return neighbours.inc({ neighbour: fact.neighbour, step: 'refused' })
      case 'reservation':
        return reservations.inc({ neighbour: fact.neighbour, answer: fact.why ?? 'promised' })
      case 'giving-began':
        return giving.inc({ rule: fact.rule, why: fact.why })
      case 'recheck-due':
        return rechecks.inc({ queue: fact.queue })
      case 'escalated':
        return escalations.inc({ queue: fact.queue })
      case 'refused':
        return refused.inc({ command: commandLabel(fact.command), why: fact.why })
      case 'ignored':
        return ignored.inc({ event: eventLabel(fact.event), why: whyLabel(fact.why) })
      case 'rules-changed':
        return rulesChanged.inc({ why: fact.why })
      case 'understaffed':
        return understaffed.inc({ guard: fact.guard })
      case 'reconciled':
        return reconciled.inc()
    }
  }
}
