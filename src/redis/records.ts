/**
 * Records as Redis holds them: the room's own, as JSON. What comes back is checked before the core sees it, for it may
 * have been written by another version or by hand.
 */
import { z } from 'zod'
import type { Fact } from '../routing/facts.js'
import type { Agent, Call } from '../routing/room.js'
import type { Override } from '../routing/rules.js'
import { readJson } from '../read-json.js'

const id = z.string().min(1).max(256)
const time = z.number().finite()
const count = z.int().min(0)
const callClass = z.enum(['SIS', 'P0', 'P1', 'P2'])

const offer = z.strictObject({
  leg: id,
  agent: id,
  rule: z.enum(['sender', 'longest-idle', 'ring-all', 'picked', 'recheck', 'named', 'outgoing']).default('longest-idle'),
  since: time,
  phase: z.enum(['ringing', 'dialling', 'connecting']),
  bridge: id.nullable(),
  joined: z.strictObject({ caller: z.boolean(), leg: z.boolean() }),
  until: time,
})

const ticket = z.strictObject({
  queue: id,
  class: callClass,
  since: time,
  expectedMs: z.number().min(0).nullable().default(null),
  rank: time,
  sender: id.nullable(),
  returned: z.boolean(),
  returnAt: time.nullable(),
  escalateAt: time,
  escalations: count,
  positionAt: time.nullable(),
  recheckAt: time.nullable().default(null),
  rechecksDue: count.default(0),
  heldUntil: time.nullable().default(null),
  offers: z.array(offer),
})

const party = z.strictObject({ agent: id, leg: id, since: time, queue: id })

const guest = z.strictObject({
  leg: id,
  entry: id.nullable(),
  trunk: id,
  number: z.string(),
  by: id,
  aside: z.boolean(),
  since: time,
  phase: z.enum(['ringing', 'there']),
  until: time.nullable(),
})

const listener = z.strictObject({
  agent: id,
  leg: id,
  mode: z.enum(['listen', 'whisper', 'join']),
  since: time,
  until: time.nullable(),
  ear: id.nullable(),
  bridge: id.nullable(),
})

const location = z.strictObject({
  source: z.enum(['by-value', 'by-reference']),
  point: z.strictObject({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) }).nullable(),
  radiusM: z.number().min(0).nullable(),
  civic: z.record(z.string(), z.string()).nullable(),
  method: z.string().nullable(),
  reference: z.string().nullable(),
})

const callback = z.strictObject({ by: id, at: time, to: id, attempts: count, last: z.boolean().default(false), leg: id.nullable(), reached: z.boolean() })

const away = z.strictObject({
  neighbour: id,
  rule: id,
  leg: id,
  since: time,
  phase: z.enum(['reserving', 'ringing', 'connecting']),
  reservation: z.string().nullable(),
  bridge: id.nullable(),
  joined: z.strictObject({ caller: z.boolean(), leg: z.boolean() }),
  until: time,
})

const callFields = z.strictObject({
  id,
  channel: id.nullable(),
  trunk: id,
  number: z.string(),
  caller: z.string().nullable(),
  // Absent from records of an engine that did not know of it.
  location: location.nullable().default(null),
  arrivedAt: time,
  entryClass: callClass,
  answered: z.boolean(),
  pickedUpAt: time.nullable(),
  drm: z.strictObject({ id, openedAt: time, callerName: z.string().nullable() }).nullable(),
  orientation: z.strictObject({ priority: z.enum(['P0', 'P1', 'P2']), at: time, by: id }).nullable(),
  reopened: z.boolean(),
  callback: callback.nullable().default(null),
  outgoing: z.strictObject({ by: id, entry: z.string().nullable(), drm: z.string().nullable().default(null) }).nullable().default(null),
  received: z.strictObject({ from: id, reservation: z.string().nullable(), visited: z.array(z.string()).readonly() }).nullable().default(null),
  away: away.nullable().default(null),
  offeredTo: z.array(id).readonly().default([]),
  givenTo: id.nullable().default(null),
  recorder: z.strictObject({ channel: id, state: z.enum(['running', 'paused', 'failed']) }).nullable().default(null),
  state: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('seeking'), ticket }),
    z.strictObject({ kind: z.literal('talking'), bridge: id, parties: z.array(party), guests: z.array(guest).default([]), listeners: z.array(listener).default([]), callerHeld: z.boolean().default(false), ticket: ticket.nullable(), place: ticket.nullable().default(null) }),
    z.strictObject({
      kind: z.literal('fallback'),
      since: time,
      left: z.boolean(),
      place: ticket.nullable(),
      until: time,
      ticket: z.null(),
    }),
  ]),
  visit: count.default(0),
  names: count,
  sound: z.string().nullable(),
})

/** Before callers were called back, the channel was named as the call. */
const callSchema = z.preprocess(
  (data) => (typeof data === 'object' && data !== null && 'id' in data && !('channel' in data) ? { ...data, channel: data.id } : data),
  callFields,
)

const agentState = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('signed-out'), since: time }),
  z.strictObject({ kind: z.literal('ready'), since: time }),
  z.strictObject({ kind: z.literal('paused'), since: time, reason: z.string() }),
  z.strictObject({ kind: z.literal('aside'), since: time, reason: z.string(), until: time }),
  z.strictObject({ kind: z.literal('offered'), since: time, call: id, leg: id, idleSince: time }),
  z.strictObject({ kind: z.literal('talking'), since: time, call: id, leg: id }),
  z.strictObject({ kind: z.literal('wrap-up'), since: time, until: time, call: id }),
])

const agentSchema = z.strictObject({
  id,
  roles: z.array(z.string()).readonly(),
  skills: z.array(z.string()).readonly().default([]),
  phone: id,
  home: id,
  position: id,
  awayFrom: id.nullable(),
  // Records of an engine that did not know of it.
  engaged: z.boolean().default(false),
  state: agentState,
  afterCall: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('pause'), reason: z.string() }),
      z.strictObject({ kind: z.literal('sign-out') }),
    ])
    .nullable(),
  keys: z.strictObject({ digits: z.string(), at: time }).nullable(),
})

/** Compiles only while a schema and the core's own type say the same, both ways. */
type Same<Schema extends z.ZodType, Type> = [z.infer<Schema>, Type] extends [Type, z.infer<Schema>] ? true : never
export const schemasMatch: {
  readonly call: Same<typeof callSchema, Call>
  readonly agent: Same<typeof agentSchema, Agent>
} = {
  call: true,
  agent: true,
}

export type Read<T> = { readonly ok: true; readonly record: T } | { readonly ok: false; readonly why: string }

/** One call as stored under `key`. The reason of a refusal names fields, never what they hold. */
export const readCall = (key: string, json: string): Read<Call> => read(callSchema, key, json)
export const readAgent = (key: string, json: string): Read<Agent> => read(agentSchema, key, json)

const read = <T extends { readonly id: string }>(schema: z.ZodType<T>, key: string, json: string): Read<T> => {
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch {
    return { ok: false, why: 'not JSON' }
  }
  const parsed = schema.safeParse(data)
  if (!parsed.success) {
    const places = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'record'}: ${issue.code}`)
    return { ok: false, why: places.slice(0, 8).join(', ') }
  }
  return parsed.data.id === key
    ? { ok: true, record: parsed.data }
    : { ok: false, why: 'id: not the key it is stored under' }
}

const overridesSchema: z.ZodType<Override[]> = z.array(
  z.strictObject({ kind: z.enum(['open', 'close', 'to-n1', 'give', 'keep', 'refuse']), target: z.string(), since: time, until: time, by: z.string() }),
)

/** Those a supervisor set, as stored; none when they cannot be read: hours are then as the file says. */
export const readOverrides = (json: string | null): readonly Override[] => readJson(overridesSchema, json ?? '[]') ?? []

const FACT_TYPES: Readonly<Record<Fact['type'], true>> = {
  'giving-began': true,
  'giving-ended': true,
  'neighbour-seen': true,
  'offered-away': true,
  stayed: true,
  given: true,
  reservation: true,
  'gift-refused': true,
  received: true,
  presented: true,
  'called-out': true,
  'not-reached': true,
  queued: true,
  offered: true,
  ringing: true,
  missed: true,
  'picked-up': true,
  'drm-opened': true,
  'caller-named': true,
  qualified: true,
  'position-changed': true,
  'transfer-started': true,
  'transfer-taken': true,
  'transfer-returned': true,
  left: true,
  'agent-state': true,
  escalated: true,
  parked: true,
  'callback-agreed': true,
  'caller-away': true,
  'called-back': true,
  'callback-missed': true,
  'callback-withdrawn': true,
  'guest-called': true,
  'guest-joined': true,
  'guest-left': true,
  'caller-fetched': true,
  'recording-began': true,
  'recording-ended': true,
  'recording-failed': true,
  'call-moved': true,
  'listening-began': true,
  'listening-ended': true,
  'supervisor-joined': true,
  'recheck-due': true,
  'to-fallback': true,
  'served-by-fallback': true,
  'turned-away': true,
  'caller-located': true,
  ended: true,
  refused: true,
  ignored: true,
  'rules-changed': true,
  'override-set': true,
  'override-ended': true,
  understaffed: true,
  'staffed-again': true,
  reconciled: true,
}

const isFact = (data: unknown): data is Fact =>
  typeof data === 'object' &&
  data !== null &&
  'type' in data &&
  typeof data.type === 'string' &&
  Object.hasOwn(FACT_TYPES, data.type) &&
  'at' in data &&
  typeof data.at === 'number'

/** Versions before did not tell whether a call was sorted for the first time, as what somebody picked up, where a transfer led, or when a caller was refused. */
const completed = (fact: Fact): Fact => {
  switch (fact.type) {
    case 'qualified':
      return { ...fact, first: fact.first ?? true }
    case 'picked-up':
      return { ...fact, position: fact.position ?? fact.queue, role: fact.role ?? '' }
    case 'transfer-started':
      return { ...fact, position: fact.position ?? fact.to }
    case 'turned-away':
      return { ...fact, refusedAt: fact.refusedAt ?? fact.at }
    default:
      return fact
  }
}

/** One fact of the journal; null when it is none (a newer version's, or damaged). */
export const readFact = (json: string): Fact | null => {
  try {
    const data: unknown = JSON.parse(json)
    return isFact(data) ? completed(data) : null
  } catch {
    return null
  }
}
