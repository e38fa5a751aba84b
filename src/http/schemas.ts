/** What goes in and out of the API. Each route is checked, typed and documented by these. */
import { z } from 'zod'
import type { Summary } from '../indicators/summary.js'
import { listenModes, pickReasons, type CallerLocation } from '../routing/events.js'
import { situations } from '../routing/room.js'
import type { KnownCallView } from '../status/known-call.js'
import type { LinksView } from '../status/links.js'
import type { AgentView, QueueView, TrunkView } from '../status/room-view.js'
import type { SupervisionView } from '../status/supervision.js'
import type { AllReloaded } from './door.js'

const id = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9._:@-]+$/)
const priority = z.enum(['P0', 'P1', 'P2'])
const callClass = z.enum(['SIS', 'P0', 'P1', 'P2'])
const ms = z.number().meta({ description: 'milliseconds' })
const time = z.number().meta({ description: 'milliseconds since the epoch' })
/** Text a person typed: no control characters. */
const typed = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u)

export const agentParams = z.strictObject({ agent: id })
export const callParams = z.strictObject({ call: id })

export const signInBody = z.strictObject({ position: id.optional() }).nullish()
export const noBody = z.strictObject({}).nullish()
export const pauseBody = z.strictObject({ reason: typed(40) })
export const positionBody = z.strictObject({ position: id })

export const qualificationBody = z.strictObject({ agent: id, priority })
export const callerNameBody = z.strictObject({ agent: id, name: typed(120) })
export const transferBody = z.strictObject({ agent: id, to: id, handover: z.enum(['warm', 'direct']).optional() })
export const onCallBody = z.strictObject({ agent: id })
/** Words of one's own may say things of a person: they end here, and only that there were some goes on. */
const pickReason = z
  .union([z.enum(pickReasons), typed(80).transform(() => 'other' as const)])
  .meta({ description: `One of ${pickReasons.join(', ')}; or a few words, of which nothing is kept but \`other\`.` })
const outside = z.string().regex(/^(?:[a-z][a-z0-9-]{0,31}|\+?[0-9]{1,15})$/).meta({ description: 'A name of the directory, or a number that may be dialled.' })

export const callOutBody = z.strictObject({
  agent: id,
  to: outside,
  drm: z.string().regex(/^[\w.-]{1,128}$/).optional().meta({ description: 'The record that the call is about.' }),
})
export const callMade = z.object({ call: z.string().meta({ description: 'The new call.' }) })
export const inviteBody = z.strictObject({
  agent: id,
  to: outside,
  aside: z.boolean().optional().meta({ description: 'The agent talks to them first; the caller hears music meanwhile.' }),
})
export const dismissBody = z.strictObject({ agent: id, guest: id })
export const listenBody = z.strictObject({ agent: id, mode: z.enum(listenModes).meta({ description: '`whisper` is heard by the agent alone, `join` by everybody.' }) })
export const pickBody = z.strictObject({ agent: id, reason: pickReason.optional() })

const queueView: z.ZodType<QueueView> = z
  .object({
    id: z.string(),
    position: z.string(),
    waiting: z.int(),
    ringing: z.int(),
    parked: z.int(),
    toCallBack: z.int().meta({ description: 'Callers who hung up, agreed to be called back and keep their place.' }),
    rechecksDue: z.int(),
    accompanied: z.int(),
    oldestWaitMs: ms.nullable(),
    free: z.int(),
  })
  .meta({ id: 'Queue' })

const callFields = {
  id: z.string(),
  situation: z.enum(situations),
  class: callClass,
  priority: priority.nullable(),
  trunk: z.string(),
  number: z.string(),
  arrivedAt: time,
  sinceArrivalMs: ms,
  pickedUpAt: time.nullable(),
  drm: z.string().nullable(),
  queue: z.string().nullable(),
  waitMs: ms.nullable(),
  recheckDue: z.boolean().meta({ description: 'Waits, and somebody at N1 should have a word with them.' }),
  parked: z.object({ by: z.string(), until: time }).nullable(),
  callback: z
    .object({ by: z.string(), attempts: z.int(), notBefore: time.nullable(), dialling: z.boolean() })
    .nullable()
    .meta({ description: 'The caller agreed to be called back: who noted it, and how often they were called in vain.' }),
  received: z.string().nullable().meta({ description: 'The SAS that gave the call.' }),
  offered: z.string().nullable().meta({ description: 'The SAS to which the caller is offered, while they wait here.' }),
  given: z.string().nullable().meta({ description: 'The SAS that has the caller.' }),
  outgoing: z
    .object({ by: z.string(), entry: z.string().nullable(), drm: z.string().nullable() })
    .nullable()
    .meta({ description: "An agent made the call; `entry` is the directory's name for whom they called, `drm` the record that it is about." }),
  ringing: z.array(z.string()).readonly(),
  with: z.array(z.object({ agent: z.string(), queue: z.string(), sinceMs: ms })).readonly(),
  guests: z
    .array(z.object({ guest: z.string(), entry: z.string().nullable(), by: z.string(), phase: z.enum(['ringing', 'there']), sinceMs: ms }))
    .readonly()
    .meta({ description: "People outside whom an agent called in: by the directory's name, null for a number." }),
  listeners: z.array(z.string()).readonly().meta({ description: 'Supervisors who listen in.' }),
  held: z.boolean().meta({ description: 'The caller hears music while an agent consults a guest.' }),
}

const locationView: z.ZodType<CallerLocation> = z
  .object({
    source: z.enum(['by-value', 'by-reference']),
    point: z.object({ lat: z.number(), lon: z.number() }).nullable().meta({ description: 'WGS 84, degrees' }),
    radiusM: z.number().nullable().meta({ description: 'metres around the point' }),
    civic: z.record(z.string(), z.string()).nullable().meta({ description: 'fields of RFC 4119 and RFC 5139' }),
    method: z.string().nullable().meta({ description: 'how it was determined, such as GPS or Cell' }),
    reference: z.string().nullable().meta({ description: 'the address at which it can be asked for' }),
  })
  .meta({ id: 'Location', description: 'Where the caller is, as the network says: personal data.' })

export const callView: z.ZodType<KnownCallView> = z
  .object({
    ...callFields,
    caller: z.string().nullable().meta({ description: "The caller's number: personal data." }),
    callerName: z.string().nullable().meta({ description: 'As typed by the ARM: personal data.' }),
    location: locationView.nullable(),
    earlierCalls: z.int().min(0).nullable().meta({ description: 'Other calls from the same number in the 24 hours before, 199 at most; null where that is not known.' }),
  })
  .meta({ id: 'Call' })

const agentView: z.ZodType<AgentView> = z
  .object({
    id: z.string(),
    roles: z.array(z.string()).readonly(),
    skills: z.array(z.string()).readonly(),
    phone: z.string(),
    position: z.string(),
    site: z.string().nullable().meta({ description: 'Where they work, as the configuration names it; null at the SAS itself.' }),
    awayFrom: z.string().nullable(),
    state: z.enum(['signed-out', 'ready', 'paused', 'aside', 'offered', 'talking', 'wrap-up']),
    sinceMs: ms,
    until: time.nullable().meta({ description: 'when being set aside or wrapping up ends by itself' }),
    reason: z.string().nullable(),
    engaged: z.boolean(),
    call: z.string().nullable(),
    afterCall: z.enum(['pause', 'sign-out']).nullable(),
  })
  .meta({ id: 'Agent' })

const trunkView: z.ZodType<TrunkView> = z
  .object({
    id: z.string(),
    calls: z.int().meta({ description: 'Callers who came in by it, wherever they are now.' }),
    channels: z.int(),
    reserved: z.int().meta({ description: 'Of these channels, those kept for emergency numbers.' }),
  })
  .meta({ id: 'Trunk' })
/** Callers due for a word, longest wait first. */
export const rechecksView = z.array(callView)

export const roomView = z
  .object({ at: time, queues: z.array(queueView), calls: z.array(callView), agents: z.array(agentView), trunks: z.array(trunkView) })
  .meta({ id: 'Room' })

const ratio = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .meta({ description: 'a fraction of 1; null when there is nothing to divide by' })

const callCounts = {
  presented: z.int(),
  answered: z.int(),
  abandoned: z.int(),
  abandonedByDelay: z.object({
    under10s: z.int(),
    under30s: z.int(),
    under60s: z.int(),
    under120s: z.int(),
    over120s: z.int(),
  }),
  fallback: z.int(),
  neighbour: z.int().meta({ description: 'Answered by another SAS, which counts them: not among the presented.' }),
  received: z.int().meta({ description: 'Of those answered, given by another SAS.' }),
  answerRate: ratio,
  qs30: ratio,
  inTimeOfPresented: ratio,
  qs60: ratio,
  meanWaitMs: ms.nullable(),
}

const windowView = z.object({ presented: z.int(), answered: z.int(), qs30: ratio })

export const indicatorsView: z.ZodType<Summary> = z
  .object({
    since: time.nullable(),
    until: time.nullable(),
    ...callCounts,
    byNumber: z.record(z.string(), z.object(callCounts)),
    windows: z.object({ quarter: windowView, hour: windowView, day: windowView }).meta({ description: 'the last 15 minutes, hour and 24 hours' }),
    byPriority: z.object({ P0: z.int(), P1: z.int(), P2: z.int() }),
    qualified: z.int(),
    orientedInTime: ratio,
    meanOrientationMs: ms.nullable(),
    transfers: z.object({ started: z.int(), taken: z.int(), returned: z.int() }),
    leftWaiting: z.int(),
    drmsOpened: z.int(),
    escalations: z.int(),
    missed: z.object({
      'no-answer': z.int().optional(),
      busy: z.int().optional(),
      refused: z.int().optional(),
      unreachable: z.int().optional(),
      failed: z.int().optional(),
      withdrawn: z.int().optional(),
      'not-connected': z.int().optional(),
    }),
    meanWaitMsByQueue: z.record(z.string(), ms),
    refused: z.int(),
    ignored: z.int(),
  })
  .meta({ id: 'Indicators' }) as z.ZodType<Summary>

const guardView = z
  .object({
    guard: z.string(),
    label: z.string(),
    role: z.string(),
    position: z.string().nullable(),
    present: z.int(),
    min: z.int(),
    brokenSince: time.nullable(),
  })
  .meta({ id: 'Guard' })

const overrideKind = z.enum(['open', 'close', 'to-n1', 'give', 'keep', 'refuse'])
/** A filière, a queue, `trunk/number`, a rule of giving, or a neighbour. */
const target = z.string().regex(/^[A-Za-z0-9-]{1,64}(?:\/\+?[0-9]{1,15})?$/)
/** Who asks, as the journal keeps it: an id, no name. */
const by = id

export const supervisionView: z.ZodType<SupervisionView> = z
  .object({
    at: time,
    staffing: z.array(guardView).readonly(),
    queues: z.array(z.object({ queue: z.string(), open: z.boolean(), to: z.string() })).readonly(),
    overrides: z.array(z.object({ kind: overrideKind, target: z.string(), since: time, until: time, by: z.string() })).readonly(),
    neighbours: z
      .array(z.object({ neighbour: z.string(), up: z.boolean().nullable(), taken: z.boolean(), given: z.int(), received: z.int() }))
      .readonly()
      .meta({ description: 'Other SASs; `up` is null where SIP is all there is between the two.' }),
    giving: z.array(z.object({ rule: z.string(), since: time.nullable() })).readonly().meta({ description: 'Rules by which calls are given, and since when; null while they give none.' }),
    recording: z.object({ failsSince: time.nullable().meta({ description: 'Null while recordings do not fail.' }) }).nullable().meta({ description: 'Null where no conversation is to be recorded.' }),
    until: time.nullable(),
  })
  .meta({ id: 'Supervision' })

const deadDelivery = z.object({ id: z.string(), event: z.string(), at: time, attempts: z.int(), why: z.string() })
const linkView = z
  .object({
    id: z.string(),
    lastSuccessAt: time.nullable(),
    failuresInARow: z.int(),
    undelivered: z.int(),
    oldestUndeliveredMs: ms.nullable(),
    dead: z.int().meta({ description: 'Given up.' }),
    lastDead: z.array(deadDelivery).readonly(),
  })
  .meta({ id: 'Link' })
export const linkParams = z.strictObject({ link: z.string().min(1).max(64) })
export const resendBody = z.strictObject({
  event: z
    .string()
    .regex(/^[0-9]{1,20}-[0-9]{1,20}$/)
    .optional()
    .meta({ description: 'Its id, as in `lastDead` and `webhook-id`; all that were given up when absent.' }),
})
export const resentView = z.object({ resent: z.int().meta({ description: 'How many are on their way again.' }) })
export const linksView: z.ZodType<LinksView> = z.object({ at: time, following: z.boolean(), links: z.array(linkView).readonly() }).meta({ id: 'Links' })

export const overrideBody = z.strictObject({ kind: overrideKind, target, until: z.int().min(0).meta({ description: 'milliseconds since the epoch' }), by })
export const moveCallBody = z.strictObject({ to: target, by })
export const endOverrideBody = z.strictObject({ target, by })
export const reloadBody = z.strictObject({ by })
export const reloadedView: z.ZodType<AllReloaded> = z
  .object({
    changed: z.array(z.string()).readonly(),
    afterRestart: z.array(z.string()).readonly(),
    forPbx: z.array(z.string()).readonly(),
    certificateFaults: z.array(z.string()).readonly().meta({ description: 'Of new certificates, what is wrong: those before stay in force.' }),
  })
  .meta({ id: 'Reloaded' })

export const healthView = z.object({ status: z.literal('alive'), version: z.string() })

export const readyView = z.object({
  status: z.enum(['ready', 'standby', 'not-ready']),
  ari: z.enum(['up', 'joining', 'down']),
  redis: z.enum(['up', 'degraded']),
  lease: z.enum(['held', 'standby', 'lost']),
  version: z.string(),
})
