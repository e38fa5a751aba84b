/** The state of a SAS from Redis alone: no engine is asked, so it can be read while every engine is dead. */
import type { Redis } from 'ioredis'
import { createIndicators, tally } from '../indicators/indicators.js'
import { MutualAid, type AidRow } from '../indicators/mutual-aid.js'
import { summarize, type Summary } from '../indicators/summary.js'
import type { About } from '../redis/about.js'
import { createClient } from '../redis/client.js'
import { SAS_INDEX, keysOf } from '../redis/keys.js'
import { readHolder, readJournal, readRoom, type Holder } from '../redis/reader.js'
import type { Fact } from '../routing/facts.js'
import type { Agent } from '../routing/room.js'
import { presentFor } from '../routing/staffing.js'
import { viewRoom, type QueueName, type RoomView } from './room-view.js'

export interface Alarm {
  readonly label: string
  readonly present: number
  readonly min: number
}

export interface Status extends RoomView {
  readonly sas: string
  readonly name: string
  /** Who holds the room; null when no engine does. */
  readonly lease: { readonly owner: string; readonly leftMs: number } | null
  readonly epoch: number | null
  readonly indicators: Summary
  /** Staffing guards that are broken. */
  readonly alarms: readonly Alarm[]
  /** Records that could not be read. */
  readonly corrupt: number
}

/** Why there is no status to show. */
export class NoStatus extends Error {
  override readonly name = 'NoStatus'
  constructor(
    readonly why: 'redis-silent' | 'redis-refused' | 'unknown-sas' | 'no-sas' | 'several-sas',
    readonly known: readonly string[],
  ) {
    super(why)
  }
}

const COMMAND_TIMEOUT_MS = 2_000
/** Until Redis is connected and says that it is ready. */
const CONNECT_MS_MAX = 2_000
const DEFAULT_QUALITY = { answerMs: 30_000, orientationMs: 30_000 }

/**
 * @param sas which SAS; the only one that this Redis knows when absent
 * @throws {NoStatus} when Redis does not answer or refuses us, or it is not clear which SAS is meant
 */
export const readStatus = (url: string, sas: string | undefined, now: number): Promise<Status> => withRedis(url, sas, (redis, id) => read(redis, id, now))

/** Mutual aid given and received, of as much of the journal as is kept. Arguments and errors as above. */
export const readMutualAid = (url: string, sas: string | undefined): Promise<readonly AidRow[]> =>
  withRedis(url, sas, async (redis, id) => {
    const aid = new MutualAid()
    for await (const { fact } of readJournal(redis, keysOf(id))) if (fact) aid.read(fact)
    return aid.rows
  })

/** What the journal still has of one call, and how things are called. Arguments and errors as above. */
export const readCallFacts = (url: string, sas: string | undefined, call: string): Promise<{ about: About | null; entries: { id: string; fact: Fact }[] }> =>
  withRedis(url, sas, async (redis, id) => {
    const keys = keysOf(id)
    const { about } = await readHolder(redis, keys)
    const entries: { id: string; fact: Fact }[] = []
    for await (const { id, fact } of readJournal(redis, keys)) if (fact && 'call' in fact && fact.call === call) entries.push({ id, fact })
    return { about, entries }
  })

const withRedis = async <T>(url: string, sas: string | undefined, work: (redis: Redis, sas: string) => Promise<T>): Promise<T> => {
  const redis = createClient({ url, commandTimeoutMs: COMMAND_TIMEOUT_MS, name: 'decroche-status', reconnect: false })
  // What goes wrong is told by the command that fails.
  let seen: Error | null = null
  redis.on('error', (error) => (seen = error))
  const patience = setTimeout(() => redis.disconnect(), CONNECT_MS_MAX)
  try {
    await redis.connect()
    clearTimeout(patience)
    return await work(redis, await choose(redis, sas))
  } catch (error) {
    if (error instanceof NoStatus) throw error
    throw new NoStatus([error, seen].some(refused) ? 'redis-refused' : 'redis-silent', [])
  } finally {
    clearTimeout(patience)
    redis.disconnect()
  }
}

/** No or a wrong password, or a user who may not read. */
const refused = (error: unknown): boolean => error instanceof Error && /\b(NOAUTH|WRONGPASS|NOPERM)\b/.test(error.message)

const choose = async (redis: Redis, wanted: string | undefined): Promise<string> => {
  const known = (await redis.smembers(SAS_INDEX)).sort()
  if (wanted !== undefined) {
    if (!known.includes(wanted)) throw new NoStatus('unknown-sas', known)
    return wanted
  }
  const [only, ...others] = known
  if (only === undefined) throw new NoStatus('no-sas', [])
  if (others.length > 0) throw new NoStatus('several-sas', known)
  return only
}

const read = async (redis: Redis, sas: string, now: number): Promise<Status> => {
  const keys = keysOf(sas)
  const [holder, room] = await Promise.all([readHolder(redis, keys), readRoom(redis, keys)])
  const quality = holder.about?.quality ?? DEFAULT_QUALITY
  const indicators = createIndicators()
  for await (const { fact } of readJournal(redis, keys, { upTo: room.lastJournalId })) {
    if (fact !== null) tally(indicators, fact, quality)
  }
  const queues = queuesOf(
    holder,
    [...room.calls.values()].flatMap((call) => call.state.ticket?.queue ?? []),
  )
  return {
    sas,
    name: holder.about?.name ?? sas,
    lease: holder.owner === null ? null : { owner: holder.owner, leftMs: holder.leftMs },
    epoch: holder.epoch,
    ...viewRoom({ calls: room.calls.values(), agents: room.agents.values(), queues, trunks: holder.about?.trunks ?? [], sites: holder.about?.sites ?? {} }, now),
    indicators: summarize(indicators),
    alarms: alarmsOf(holder, [...room.agents.values()]),
    corrupt: room.corrupt.length,
  }
}

const alarmsOf = ({ about }: Holder, agents: readonly Agent[]): Alarm[] =>
  (about?.staffing ?? []).map((guard) => ({ label: guard.label, present: presentFor(guard, agents), min: guard.min })).filter(({ present, min }) => present < min)

/** Queues of the configuration, and any other in which a call waits all the same. */
const queuesOf = ({ about }: Holder, used: readonly string[]): QueueName[] => {
  const queues: QueueName[] = [...(about?.queues ?? [])]
  for (const id of new Set(used)) if (!queues.some((queue) => queue.id === id)) queues.push({ id, position: id, roles: [], skills: [] })
  return queues
}
