/**
 * Webhooks to the LRM, by BullMQ: one queue for each endpoint, so that one which is slow or dead delays no other. On connections of
 * its own, and never waited for by a decision. Runs in the engine that has the room.
 */
import { Queue, UnrecoverableError, Worker, type Job } from 'bullmq'
import type { LrmEndpoint } from '../config/lrm-schema.js'
import { pause } from '../pause.js'
import { createJobsClient } from '../redis/client.js'
import { awaitEntries, tellableJournal, type TellableJournal } from '../redis/journal-follower.js'
import { keysOf } from '../redis/keys.js'
import type { LinkView, LinksView } from '../status/links.js'
import { NotDelivered, deliver } from './deliver.js'
import { Follower, type Delivery } from './follower.js'

export interface WebhooksOptions {
  readonly redisUrl: string
  readonly sas: string
  readonly endpoints: readonly LrmEndpoint[]
  /** What deliveries are signed with, by the names that the endpoints give. */
  readonly keys: ReadonlyMap<string, Buffer>
  readonly now: () => number
  readonly onProblem: (error: unknown) => void
  readonly onDelivery: (endpoint: string, outcome: 'delivered' | 'failed' | 'dead') => void
}

const hourMs = 3_600_000
/** From one second to four and a half hours, doubling: given up after about nine. */
const attempts = 15
const firstRetryMs = 1_000
const ageMsMax = 12 * hourMs
const timeoutMs = 10_000
/** Deliveries to one endpoint at once. */
const concurrency = 8
/** A delivery of an engine that died is taken up by the next after about this. */
const lockMs = 10_000
const stalledMs = 5_000
/** Entries read at once: as many may be read again after a death, and must be known then. */
const entriesMax = 200
const blockMs = 5_000
const deadMax = 1_000
const kept = { removeOnComplete: { age: hourMs / 1_000, count: 5 * entriesMax }, removeOnFail: { age: (7 * 24 * hourMs) / 1_000, count: deadMax } }
const lookMs = 5_000
const deadShown = 10
/** Ids looked through for the oldest. */
const idsMax = 10_000
/** Deliveries on their way when the engine ends have this long. */
const closeMs = 1_000
/** The same problem is told once in this time. */
const quietMs = 30_000

interface Data {
  readonly entry: string
  /** Somebody wants it sent again, however old it is. */
  readonly wanted?: true
}

type Client = ReturnType<typeof createJobsClient>
type Seen = Pick<LinkView, 'undelivered' | 'dead' | 'lastDead'> & { readonly oldestAt: number | null }

/** One endpoint: its queue and who works on it. */
class Link {
  #lastSuccessAt: number | null = null
  #failuresInARow = 0
  readonly #onTheirWay = new Set<string>()
  #onIdle: () => void = () => {}
  #seen: Seen = { undelivered: 0, oldestAt: null, dead: 0, lastDead: [] }
  readonly #queue: Queue<Data>
  readonly #worker: Worker<Data>

  constructor(
    readonly endpoint: LrmEndpoint,
    private readonly options: WebhooksOptions,
    private readonly journal: TellableJournal,
    producer: Client,
    worker: Client,
    /** Aborts what is on its way. */
    private readonly cut: AbortSignal,
  ) {
    const name = `lrm-${endpoint.id}`
    const { jobs: prefix } = keysOf(options.sas)
    this.#queue = new Queue(name, { connection: producer, prefix })
    this.#worker = new Worker(name, ({ data }) => this.#deliver(data), {
      connection: worker,
      prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      // An engine that died says nothing of the delivery.
      maxStalledCount: 1_000,
      runRetryDelay: 1_000,
    })
    this.#queue.on('error', options.onProblem)
    this.#worker.on('error', options.onProblem)
    this.#worker.on('completed', ({ data }) => {
      this.#settle(data)
      this.#lastSuccessAt = options.now()
      this.#failuresInARow = 0
      options.onDelivery(endpoint.id, 'delivered')
    })
    this.#worker.on('failed', (job, error) => {
      this.#settle(job?.data)
      this.#failuresInARow++
      options.onDelivery(endpoint.id, isDead(job, error) ? 'dead' : 'failed')
    })
  }

  async add(deliveries: readonly Delivery[]): Promise<void> {
    const { id } = this.endpoint
    const own = deliveries.filter(({ endpoint }) => endpoint === id)
    if (own.length === 0) return
    await this.#queue.addBulk(
      own.map(({ entry, event }) => ({
        name: event,
        data: { entry },
        opts: { jobId: jobId(entry, id), attempts, backoff: { type: 'exponential', delay: firstRetryMs, jitter: 0.2 }, stackTraceLimit: 0, ...kept },
      })),
    )
  }

  /** What was given up has all its tries again. @param entry one of them; null for all @returns how many */
  async resend(entry: string | null): Promise<number> {
    const jobs = entry === null ? await this.#queue.getFailed(0, deadMax - 1) : [await this.#queue.getJob(jobId(entry, this.endpoint.id))]
    let resent = 0
    for (const job of jobs) {
      if (!job || !(await job.isFailed())) continue
      await job.updateData({ ...job.data, wanted: true })
      await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
      resent++
    }
    await this.look()
    return resent
  }

  async look(): Promise<void> {
    this.#seen = await lookAt(this.#queue)
  }

  view(at: number): LinkView {
    const { oldestAt, ...seen } = this.#seen
    const oldestUndeliveredMs = oldestAt === null ? null : Math.max(0, at - oldestAt)
    return { id: this.endpoint.id, lastSuccessAt: this.#lastSuccessAt, failuresInARow: this.#failuresInARow, oldestUndeliveredMs, ...seen }
  }

  /** Takes up nothing more. Resolves when what was on its way is done and written down. */
  async pause(): Promise<void> {
    this.#worker.pause(true).catch(this.options.onProblem)
    if (this.#onTheirWay.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  /** Waits neither for what is on its way nor for a Redis that is away. */
  async close(): Promise<void> {
    await Promise.all([this.#worker.close(true), this.#queue.close()])
  }

  #settle(data: Data | undefined): void {
    this.#onTheirWay.delete(data?.entry ?? '')
    if (this.#onTheirWay.size === 0) this.#onIdle()
  }

  async #deliver({ entry, wanted }: Data): Promise<void> {
    this.#onTheirWay.add(entry)
    const { sas, now, keys } = this.options
    try {
      await deliver(entry, this.endpoint, keys.get(this.endpoint.secretEnv) ?? Buffer.alloc(0), { journal: this.journal, sas, now, timeoutMs, ageMsMax: wanted ? Infinity : ageMsMax, cut: this.cut })
    } catch (error) {
      throw error instanceof NotDelivered && error.final ? new UnrecoverableError(error.message) : error
    }
  }
}

export class Webhooks {
  readonly #options: WebhooksOptions
  readonly #clients: Client[] = []
  readonly #end = new AbortController()
  readonly #cut = new AbortController()
  #links: readonly Link[] = []
  #follower: Follower | null = null
  #following: Promise<void> | null = null
  #look: NodeJS.Timeout | null = null
  /** The last problem told, and when: a Redis that stays away is told now and then. */
  #told = { text: '', at: 0 }

  constructor(options: WebhooksOptions) {
    this.#options = { ...options, onProblem: (error) => this.#complain(error, options.onProblem) }
  }

  /** This engine has the room: from now on it follows the journal, and delivers. @param from where the journal ended then */
  start(from: string): void {
    if (this.#follower || this.#end.signal.aborted) return
    const { sas, endpoints, now, onProblem } = this.#options
    const keys = keysOf(sas)
    const [producer, waiting] = [this.#connect('jobs', false), this.#connect('follower', false)]
    const journal = tellableJournal(producer, keys)
    this.#links = endpoints.map((endpoint) => new Link(endpoint, this.#options, journal, producer, this.#connect(endpoint.id, true), this.#cut.signal))
    this.#follower = new Follower({
      journal,
      from,
      next: (after) => awaitEntries(waiting, keys, after, entriesMax, blockMs),
      endpoints,
      add: async (deliveries) => void (await Promise.all(this.#links.map((link) => link.add(deliveries)))),
      now,
      ageMsMax,
      onProblem,
    })
    this.#following = this.#follow(this.#follower, [producer, waiting])
    this.#look = setInterval(() => void Promise.all(this.#links.map((link) => link.look())).catch(onProblem), lookMs)
    this.#look.unref()
  }

  /** Ends within three seconds: what was still on its way is delivered again by the next engine. */
  async stop(): Promise<void> {
    this.#end.abort()
    if (this.#look) clearInterval(this.#look)
    const cut = setTimeout(() => this.#cut.abort(), closeMs)
    const idle = new AbortController()
    void Promise.all(this.#links.map((link) => link.pause())).then(() => idle.abort())
    await pause(2 * closeMs, idle.signal)
    clearTimeout(cut)
    const closed = Promise.all(this.#links.map((link) => link.close())).catch(() => undefined)
    for (const client of this.#clients) client.disconnect()
    // Without Redis, both wait for it even so.
    await Promise.race([Promise.all([closed, this.#following]), pause(closeMs, new AbortController().signal)])
  }

  /** Null while this engine does not have the room. */
  links(): LinksView | null {
    if (!this.#follower || this.#end.signal.aborted) return null
    const at = this.#options.now()
    return { at, following: this.#follower.working, links: this.#links.map((link) => link.view(at)) }
  }

  /** @param event one that was given up; null for all @returns how many are on their way again; rejects without the room, or without Redis */
  async resend(link: string, event: string | null): Promise<number> {
    const found = this.#links.find(({ endpoint: { id } }) => id === link)
    if (!found || this.#end.signal.aborted) throw new Error(`${link} is not worked on here`)
    return await found.resend(event)
  }

  #connect(name: string, queues: boolean): Client {
    const client = createJobsClient(this.#options.redisUrl, `decroche-${this.#options.sas}-${name}`, queues)
    client.on('error', this.#options.onProblem)
    this.#clients.push(client)
    return client
  }

  async #follow(follower: Follower, clients: readonly Client[]): Promise<void> {
    // What fails is told as an error, and tried again by the client.
    await Promise.all(clients.map((client) => client.connect().catch(() => undefined)))
    await follower.follow(this.#end.signal)
  }

  #complain(error: unknown, tell: WebhooksOptions['onProblem']): void {
    const text = String(error)
    const at = performance.now()
    if (this.#end.signal.aborted || (text === this.#told.text && at - this.#told.at < quietMs)) return
    this.#told = { text, at }
    tell(error)
  }
}

const jobId = (entry: string, endpoint: string): string => `${entry}.${endpoint}`

const isDead = (job: Job | undefined, error: Error): boolean => !job || error instanceof UnrecoverableError || job.attemptsMade >= attempts

async function lookAt(queue: Queue<Data>): Promise<Seen> {
  const [ids, { failed = 0 }, dead] = await Promise.all([
    queue.getRanges(['waiting', 'active', 'delayed'], 0, idsMax - 1, true),
    queue.getJobCounts('failed'),
    queue.getFailed(0, deadShown - 1),
  ])
  const times = ids.map(timeOf)
  return {
    undelivered: ids.length,
    oldestAt: times.length === 0 ? null : times.reduce((one, other) => Math.min(one, other)),
    dead: failed,
    lastDead: dead.map(({ name, data: { entry }, attemptsMade, failedReason }) => ({ id: entry, event: name, at: timeOf(entry), attempts: attemptsMade, why: failedReason ?? '' })),
  }
}

/** Ids of the journal begin with when they were written. */
const timeOf = (id: string): number => Number(/^[0-9]+/.exec(id)?.[0] ?? 0)
