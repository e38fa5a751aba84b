/** What the LRM is told of: a few of the journal's facts, with who calls. */
import type { LrmEvent } from '../config/lrm-schema.js'
import type { DrmRecord } from '../redis/drm.js'
import type { Fact } from '../routing/facts.js'
import type { Call } from '../routing/room.js'

type Told = Extract<Fact, { type: 'offered' | 'drm-opened' | 'qualified' | 'transfer-taken' | 'ended' }>

const names: Readonly<Record<Told['type'], LrmEvent>> = {
  offered: 'call-offered',
  'drm-opened': 'drm-opened',
  qualified: 'qualified',
  'transfer-taken': 'transferred',
  ended: 'ended',
}

const isTold = (fact: Fact): fact is Told => Object.hasOwn(names, fact.type)

/** Null for a fact of which nobody outside is told. */
export const eventOf = (fact: Fact): LrmEvent | null => (isTold(fact) ? names[fact.type] : null)

/** What each event says besides what is known of its call. */
const particulars = (fact: Told): object => {
  switch (fact.type) {
    case 'offered':
      return { agent: fact.agent, queue: fact.queue }
    case 'drm-opened':
      return { agent: fact.agent }
    case 'qualified':
      return { agent: fact.agent, priority: fact.priority, first: fact.first }
    case 'transfer-taken':
      return { from: fact.from, agent: fact.by, queue: fact.queue }
    case 'ended':
      return { outcome: fact.outcome, sinceArrivalMs: fact.sinceArrivalMs }
  }
}

/**
 * The body of a delivery; null for a fact of which nobody outside is told. What is no longer known of a call that is over is null.
 * @param id of the journal's entry: grows from one event to the next
 */
export const bodyOf = (id: string, fact: Fact, sas: string, call: Call | null, drm: DrmRecord | null): string | null => {
  if (!isTold(fact)) return null
  return JSON.stringify({
    type: names[fact.type],
    timestamp: new Date(fact.at).toISOString(),
    data: {
      id,
      sas,
      call: fact.call,
      drm: call?.drm?.id ?? drm?.id ?? null,
      trunk: call?.trunk ?? drm?.trunk ?? null,
      number: call?.number ?? drm?.number ?? null,
      arrivedAt: call?.arrivedAt ?? drm?.arrivedAt ?? null,
      outgoing: call?.outgoing ?? null,
      caller: call?.caller ?? drm?.caller ?? null,
      callerName: call?.drm?.callerName ?? drm?.callerName ?? null,
      location: call?.location ?? null,
      priority: call?.orientation?.priority ?? drm?.priority ?? null,
      ...particulars(fact),
    },
  })
}
