/** One delivery: made of what is known at the moment it is sent, so that nothing of a caller waits anywhere. */
import type { LrmEndpoint } from '../config/lrm-schema.js'
import type { TellableJournal } from '../redis/journal-follower.js'
import { drmIdOf } from '../routing/room.js'
import { bodyOf } from './events.js'
import { signed } from './signature.js'

export interface DeliverOptions {
  readonly journal: TellableJournal
  readonly sas: string
  readonly now: () => number
  readonly timeoutMs: number
  /** An event older than this is given up. */
  readonly ageMsMax: number
  /** Aborts it. */
  readonly cut: AbortSignal
}

/** Why a delivery failed. `final`: it is not tried again. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered'
  constructor(
    why: string,
    readonly final = false,
  ) {
    super(why)
  }
}

/** @throws NotDelivered, or what went wrong with Redis */
export const deliver = async (entry: string, { url }: LrmEndpoint, key: Buffer, { journal, sas, now, timeoutMs, ageMsMax, cut }: DeliverOptions): Promise<void> => {
  const fact = await journal.fact(entry)
  if (!fact) throw new NotDelivered('no longer in the journal', true)
  if (now() - fact.at > ageMsMax) throw new NotDelivered('too old', true)
  const id = 'call' in fact ? fact.call : null
  const call = id === null ? null : await journal.call(id)
  // A call that a neighbour gave goes on under the DRM that it had there.
  const drmId = 'drm' in fact && fact.drm !== null ? fact.drm : (call?.drm?.id ?? (id === null ? null : drmIdOf(sas, id)))
  const drm = drmId === null ? null : await journal.drm(drmId)
  const body = bodyOf(entry, fact, sas, call, drm)
  if (body === null) throw new NotDelivered('nothing to tell', true)
  const status = await post(url, body, { 'content-type': 'application/json', ...signed(entry, now(), body, key) }, AbortSignal.any([cut, AbortSignal.timeout(timeoutMs)]))
  if (status >= 200 && status < 300) return
  // 410: the other end wants no more of it (Standard Webhooks).
  throw new NotDelivered(`status ${status}`, status === 410)
}

const post = async (url: string, body: string, headers: Record<string, string>, signal: AbortSignal): Promise<number> => {
  try {
    const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal })
    await answer.body?.cancel()
    return answer.status
  } catch (error) {
    throw new NotDelivered(error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : 'not reached')
  }
}
