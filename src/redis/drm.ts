/**
 * DRMs outlive their calls: they are kept apart, for as long as the configuration says, then forgotten by Redis itself
 * (R-N1-2). This book knows which of them changed since they were last written.
 */
import { z } from 'zod'
import type { CallId } from '../routing/events.js'
import type { Fact } from '../routing/facts.js'
import type { Call } from '../routing/room.js'
import { readJson } from '../read-json.js'

const drmSchema = z.object({
  id: z.string(),
  call: z.string(),
  /** Trunk and number the call came by. */
  trunk: z.string(),
  number: z.string(),
  /** Personal data. */
  caller: z.string().nullable(),
  callerName: z.string().nullable(),
  arrivedAt: z.number(),
  openedAt: z.number(),
  priority: z.enum(['P0', 'P1', 'P2']).nullable(),
  endedAt: z.number().nullable(),
})

export type DrmRecord = z.infer<typeof drmSchema>

export interface DrmWrite {
  readonly id: string
  readonly json: string
}

export const readDrm = (json: string): DrmRecord | null => readJson(drmSchema, json)

export class DrmBook {
  readonly #open = new Map<CallId, { record: DrmRecord; json: string }>()

  /** Starts from the calls of a loaded room, whose DRMs are written already. */
  start(calls: Iterable<Call>): void {
    this.#open.clear()
    for (const call of calls) this.#note(call)
  }

  /** DRMs opened, changed or closed by one commit. */
  changes(calls: ReadonlyMap<CallId, Call | null>, facts: readonly Fact[]): DrmWrite[] {
    const writes: DrmWrite[] = []
    for (const [id, call] of calls) {
      const write = call === null ? this.#close(id, facts) : this.#note(call)
      if (write) writes.push(write)
    }
    return writes
  }

  /** Every DRM of a call that goes on. */
  open(): DrmWrite[] {
    return [...this.#open.values()].map(({ record, json }) => ({ id: record.id, json }))
  }

  #note(call: Call): DrmWrite | null {
    if (call.drm === null) return null
    const record: DrmRecord = {
      id: call.drm.id,
      call: call.id,
      trunk: call.trunk,
      number: call.number,
      caller: call.caller,
      callerName: call.drm.callerName,
      arrivedAt: call.arrivedAt,
      openedAt: call.drm.openedAt,
      priority: call.orientation?.priority ?? null,
      endedAt: null,
    }
    const json = JSON.stringify(record)
    if (this.#open.get(call.id)?.json === json) return null
    this.#open.set(call.id, { record, json })
    return { id: record.id, json }
  }

  #close(id: CallId, facts: readonly Fact[]): DrmWrite | null {
    const known = this.#open.get(id)
    if (!known) return null
    this.#open.delete(id)
    const end = facts.find((fact) => fact.type === 'ended' && fact.call === id) ?? facts.at(-1)
    return { id: known.record.id, json: JSON.stringify({ ...known.record, endedAt: end?.at ?? known.record.openedAt }) }
  }
}
