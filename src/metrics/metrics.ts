/**
 * What Prometheus sees. Counters and histograms are fed by facts and by observers; what the room holds is counted when
 * it is scraped. Names start with `decroche_`, units are seconds, and no label can take more values than the
 * configuration, or a fixed limit, allows. No label carries a phone number of a caller, a name or a call.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Observer } from '../ari/observer.js'
import { auditKinds, type AuditKind } from '../auth/audit.js'
import { canarySteps, type CanaryResult } from '../canary.js'
import type { Quality } from '../indicators/indicators.js'
import type { Fact } from '../routing/facts.js'
import { situations } from '../routing/room.js'
import { viewRoom, type RoomRecords, type RoomView, type TrunkSize } from '../status/room-view.js'
import type { LinkView, LinksView } from '../status/links.js'
import type { SupervisionView } from '../status/supervision.js'
import { boundedLabel } from './bounded-label.js'
import { createFactMetrics } from './facts.js'

export interface Metrics {
  readonly registry: Registry
  /** What happens on the way to Asterisk. */
  readonly ari: Observer
  onFact(fact: Fact): void
  /** A commit came back, or was given up, after `ms`. */
  onCommit(ms: number, outcome: string): void
  /** A decision of the core took `ms`. */
  onStep(ms: number): void
  onHttp(method: string, route: string, status: number, ms: number): void
  /** Where the room is looked at when scraped; null while there is none. */
  room(source: () => RoomRecords | null): void
  /** Where alarms and hours are looked at when scraped; null while there is no room. */
  supervision(source: () => SupervisionView | null): void
  /** Somebody signed in or out, or was refused. */
  onAudit(kind: AuditKind): void
  /** How many sessions there are when scraped. */
  sessions(source: () => number): void
  /** Until when each certificate is good, when scraped: milliseconds since the epoch. */
  certificates(source: () => Iterable<readonly [certificate: string, until: number]>): void
  /** A delivery to a program outside succeeded, will be tried again, or was given up. */
  onDelivery(endpoint: string, outcome: 'delivered' | 'failed' | 'dead'): void
  /** Where the links to such programs are looked at when scraped; null while another engine has them. */
  links(source: () => LinksView | null): void
  /** What callers could expect to wait who came as it is scraped, ms by queue; null where it cannot be said. */
  expectedWaits(source: () => Iterable<readonly [queue: string, ms: number | null]>): void
  /** Another SAS, or somebody who wants to pass for one, was not heard. */
  onNeighbourRefused(why: string): void
  /** So many watch the room. */
  onFeedWatchers(count: number): void
  /** Somebody was not let in to watch, or let go. */
  onFeedClosed(why: string): void
  /** The file of the SAS was read again, and taken or refused. */
  onReload(outcome: 'taken' | 'refused'): void
  /** A canary is over. */
  onCanary(result: CanaryResult): void
  /** How large the trunks are, and the channels of each SIP endpoint when scraped; null when that is not known. */
  trunks(sizes: () => readonly TrunkSize[], inUse: () => ReadonlyMap<string, number> | null): void
  /** What is up when scraped: `ari`, `redis`, `lease`, … */
  parts(source: () => Readonly<Record<string, boolean>>): void
}

const SHORT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]

const seconds = (ms: number): number => ms / 1_000

/** @param now milliseconds since the epoch, as the engine reads them */
export const createMetrics = (quality: Quality, now: () => number = Date.now): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'decroche_' })
  const room = createRoomMetrics(registry, now)
  const registers = [registry]
  const commit = new Histogram({
    name: 'decroche_redis_commit_seconds',
    help: 'From asking Redis for a commit to its answer, or to giving up.',
    labelNames: ['outcome'],
    buckets: SHORT_SECONDS,
    registers,
  })
  const decision = new Histogram({
    name: 'decroche_decision_seconds',
    help: 'Time of one decision of the core.',
    buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1],
    registers,
  })
  const reloads = new Counter({
    name: 'decroche_configuration_reloads_total',
    help: 'Times the file of the SAS was read again by a running engine.',
    labelNames: ['outcome'],
    registers,
  })
  const audit = new Counter({
    name: 'decroche_sign_in_events_total',
    help: 'Sign-ins, sign-outs and refusals, by kind.',
    labelNames: ['kind'],
    registers,
  })
  for (const kind of auditKinds) audit.inc({ kind }, 0)
  let sessionsSource: () => number = () => 0
  new Gauge({
    name: 'decroche_sessions',
    help: 'People who are signed in at their page.',
    registers,
    collect() {
      this.set(sessionsSource())
    },
  })
  let certificatesSource: () => Iterable<readonly [certificate: string, until: number]> = () => []
  new Gauge({
    name: 'decroche_certificate_expiry_timestamp_seconds',
    help: 'Until when a certificate is good, seconds since the epoch: that of the HTTP server, that of the link to neighbours, and the first to end of those who sign theirs.',
    labelNames: ['certificate'],
    registers,
    collect() {
      for (const [certificate, until] of certificatesSource()) this.set({ certificate }, seconds(until))
    },
  })
  const http = new Histogram({
    name: 'decroche_http_request_seconds',
    help: 'Time of HTTP requests.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers,
  })
  const watchers = new Gauge({ name: 'decroche_feed_watchers', help: 'Connections that watch the room.', registers })
  const watchersClosed = new Counter({
    name: 'decroche_feed_closed_total',
    help: 'Connections that wanted to watch the room and were refused, or let go.',
    labelNames: ['reason'],
    registers,
  })
  const neighboursRefused = new Counter({
    name: 'decroche_neighbours_refused_total',
    help: 'Questions and calls of other SASs, or of who passes for one, that were refused.',
    labelNames: ['reason'],
    registers,
  })
  const links = createLinkMetrics(registry)
  return {
    registry,
    ...links,
    onCanary: createCanaryMetrics(registry, now),
    ari: createAriMetrics(registry),
    onFact: createFactMetrics(registry, quality),
    onCommit: (ms, outcome) => commit.observe({ outcome }, seconds(ms)),
    onReload: (outcome) => reloads.inc({ outcome }),
    onNeighbourRefused: (reason) => neighboursRefused.inc({ reason }),
    onAudit: (kind) => audit.inc({ kind }),
    sessions: (source) => {
      sessionsSource = source
    },
    certificates: (source) => {
      certificatesSource = source
    },
    onFeedWatchers: (count) => watchers.set(count),
    onFeedClosed: (reason) => watchersClosed.inc({ reason }),
    onStep: (ms) => decision.observe(seconds(ms)),
    onHttp: (method, route, status, ms) => http.observe({ method, route, status }, seconds(ms)),
    ...room,
  }
}

const createAriMetrics = (registry: Registry): Observer => {
  const requests = new Histogram({
    name: 'decroche_ari_request_seconds',
    help: 'From an ARI request to its answer, or to giving up.',
    labelNames: ['operation', 'outcome'],
    buckets: REQUEST_SECONDS,
    registers: [registry],
  })
  const events = new Counter({
    name: 'decroche_ari_events_total',
    help: 'ARI events received.',
    labelNames: ['type'],
    registers: [registry],
  })
  const unknown = new Counter({
    name: 'decroche_ari_unknown_events_total',
    help: 'ARI events of a type that this version does not know.',
    labelNames: ['type'],
    registers: [registry],
  })
  const connections = new Counter({
    name: 'decroche_ari_connections_total',
    help: 'Connections made to ARI.',
    registers: [registry],
  })
  const disconnections = new Counter({
    name: 'decroche_ari_disconnections_total',
    help: 'Connections to ARI lost.',
    labelNames: ['reason'],
    registers: [registry],
  })
  const failures = new Counter({
    name: 'decroche_effects_failed_total',
    help: 'Effects that could not be performed; `normal` when what they wanted was so already.',
    labelNames: ['effect', 'why', 'normal'],
    registers: [registry],
  })
  const operationLabel = boundedLabel(64)
  const outcomeLabel = boundedLabel(32)
  const typeLabel = boundedLabel(64)
  const unknownLabel = boundedLabel(16)
  const reasonLabel = boundedLabel(32)
  return {
    requestDone: (operation, ms, outcome) =>
      requests.observe({ operation: operationLabel(operation), outcome: outcomeLabel(outcome) }, seconds(ms)),
    eventReceived: (type) => events.inc({ type: typeLabel(type) }),
    unknownEvent: (type) => unknown.inc({ type: unknownLabel(type) }),
    connected: () => connections.inc(),
    disconnected: (reason) => disconnections.inc({ reason: reasonLabel(reason) }),
    effectFailed: (effect, why, normal) => failures.inc({ effect, why: reasonLabel(why), normal: String(normal) }),
  }
}

const createCanaryMetrics = (registry: Registry, now: () => number): Metrics['onCanary'] => {
  const registers = [registry]
  const toAnswer = new Histogram({ name: 'decroche_canary_seconds', help: 'Of a canary, from asking the PBX to call itself to the pickup.', buckets: REQUEST_SECONDS, registers })
  const total = new Counter({ name: 'decroche_canary_total', help: 'Canaries: `passed`, or the step that did not come.', labelNames: ['outcome'], registers })
  for (const outcome of ['passed', ...canarySteps]) total.inc({ outcome }, 0)
  let lastSuccessAt: number | null = null
  new Gauge({
    name: 'decroche_canary_last_success_timestamp_seconds',
    help: 'When a canary last passed; absent before the first.',
    registers,
    collect() {
      if (lastSuccessAt === null) this.remove()
      else this.set(seconds(lastSuccessAt))
    },
  })
  return ({ failedAt, answerMs }) => {
    total.inc({ outcome: failedAt ?? 'passed' })
    if (answerMs !== null) toAnswer.observe(seconds(answerMs))
    if (failedAt === null) lastSuccessAt = now()
  }
}

/** One label value for each endpoint of the file. */
const createLinkMetrics = (registry: Registry): Pick<Metrics, 'onDelivery' | 'links'> => {
  let source: () => LinksView | null = () => null
  const deliveries = new Counter({
    name: 'decroche_lrm_deliveries_total',
    help: 'Tries to deliver an event to the LRM: `delivered`, `failed` and to be tried again, `dead` and given up.',
    labelNames: ['endpoint', 'outcome'],
    registers: [registry],
  })
  const gauge = (name: string, help: string, valueOf: (link: LinkView) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ['endpoint'],
      registers: [registry],
      collect() {
        this.reset()
        for (const link of source()?.links ?? []) {
          const value = valueOf(link)
          if (value !== null) this.set({ endpoint: link.id }, value)
        }
      },
    })
  gauge('decroche_lrm_undelivered', 'Events that the LRM has not taken yet.', ({ undelivered }) => undelivered)
  gauge('decroche_lrm_oldest_undelivered_seconds', 'Since the oldest of them happened; 0 when there is none.', ({ oldestUndeliveredMs }) => seconds(oldestUndeliveredMs ?? 0))
  gauge('decroche_lrm_failures_in_a_row', 'Tries that failed since the last that did not.', ({ failuresInARow }) => failuresInARow)
  gauge('decroche_lrm_last_success_timestamp_seconds', 'When an event was last delivered; absent before the first.', ({ lastSuccessAt }) => lastSuccessAt && seconds(lastSuccessAt))
  return {
    onDelivery: (endpoint, outcome) => deliveries.inc({ endpoint, outcome }),
    links: (look) => {
      source = look
    },
  }
}

/** Gauges computed at scrape: nothing is counted while calls are being decided. */
const createRoomMetrics = (registry: Registry, now: () => number): Pick<Metrics, 'room' | 'supervision' | 'expectedWaits' | 'trunks' | 'parts'> => {
  let roomSource: () => RoomRecords | null = () => null
  let supervisionSource: () => SupervisionView | null = () => null
  let expectedSource: () => Iterable<readonly [queue: string, ms: number | null]> = () => []
  let partsSource: () => Readonly<Record<string, boolean>> = () => ({})
  let sizes: () => readonly TrunkSize[] = () => []
  let inUseSource: () => ReadonlyMap<string, number> | null = () => null
  let view: RoomView | null = null
  /** One look at the room for all gauges of one scrape. */
  const look = (): RoomView | null => {
    if (view) return view
    const records = roomSource()
    view = records === null ? null : viewRoom(records, now())
    queueMicrotask(() => (view = null))
    return view
  }
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    fill: (to: Gauge<Label>) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        fill(this)
      },
    })

  gauge('decroche_calls', 'Calls in the room, by situation.', ['situation'], (to) => {
    for (const situation of situations) to.set({ situation }, 0)
    for (const { situation } of look()?.calls ?? []) to.inc({ situation })
  })
  gauge('decroche_queue_calls', 'Calls in a queue, by situation.', ['queue', 'situation'], (to) => {
    for (const queue of look()?.queues ?? []) {
      for (const situation of ['waiting', 'ringing', 'parked', 'accompanied'] as const) {
        to.set({ queue: queue.id, situation }, queue[situation])
      }
      to.set({ queue: queue.id, situation: 'to-call-back' }, queue.toCallBack)
    }
  })
  gauge('decroche_queue_oldest_wait_seconds', 'Longest wait in a queue without company.', ['queue'], (to) => {
    for (const { id, oldestWaitMs } of look()?.queues ?? []) to.set({ queue: id }, seconds(oldestWaitMs ?? 0))
  })
  gauge('decroche_queue_free_people', "People who serve the queue where they sit, and are free.", ['queue'], (to) => {
    for (const { id, free } of look()?.queues ?? []) to.set({ queue: id }, free)
  })
  gauge('decroche_queue_rechecks_due', 'Callers who wait in a queue and are due for a word.', ['queue'], (to) => {
    for (const { id, rechecksDue } of look()?.queues ?? []) to.set({ queue: id }, rechecksDue)
  })
  gauge('decroche_people', 'People, by roles, position and state.', ['role', 'position', 'state'], (to) => {
    for (const { roles, position, state } of look()?.agents ?? []) to.inc({ role: roles.join('+'), position, state })
  })
  gauge('decroche_staffing_present', 'People who count for a staffing guard in force.', ['guard'], (to) => {
    for (const { guard, present } of supervisionSource()?.staffing ?? []) to.set({ guard }, present)
  })
  gauge('decroche_staffing_required', 'People whom a staffing guard in force wants.', ['guard'], (to) => {
    for (const { guard, min } of supervisionSource()?.staffing ?? []) to.set({ guard }, min)
  })
  gauge('decroche_staffing_broken', 'Whether a staffing guard in force is broken (1): an alarm.', ['guard'], (to) => {
    for (const { guard, brokenSince } of supervisionSource()?.staffing ?? []) to.set({ guard }, brokenSince === null ? 0 : 1)
  })
  gauge('decroche_queue_open', 'Whether a queue is open by its hours or an override (1) or not (0).', ['queue'], (to) => {
    for (const { queue, open } of supervisionSource()?.queues ?? []) to.set({ queue }, open ? 1 : 0)
  })
  gauge('decroche_expected_wait_seconds', 'Of a caller who came now, by queue; none while it cannot be said.', ['queue'], (to) => {
    for (const [queue, ms] of expectedSource()) if (ms !== null) to.set({ queue }, ms / 1_000)
  })
  gauge('decroche_overrides', 'Overrides of supervisors in force.', [], (to) => {
    const view = supervisionSource()
    if (view) to.set(view.overrides.length)
  })
  gauge('decroche_trunk_channels', 'Size of a trunk in channels.', ['trunk'], (to) => {
    for (const { id, channels } of sizes()) to.set({ trunk: id }, channels)
  })
  gauge('decroche_trunk_channels_reserved', 'The last channels of a trunk, kept for emergency numbers.', ['trunk'], (to) => {
    for (const { id, reserved } of sizes()) to.set({ trunk: id }, reserved)
  })
  // Absent while Asterisk does not say: an old number would be taken for a true one.
  gauge('decroche_trunk_channels_in_use', "Channels of a trunk in use both ways, the fallback's calls included.", ['trunk'], (to) => {
    const inUse = inUseSource()
    if (inUse !== null) for (const { id } of sizes()) to.set({ trunk: id }, inUse.get(id) ?? 0)
  })
  gauge('decroche_up', 'Whether a part answers (1) or not (0).', ['part'], (to) => {
    for (const [part, up] of Object.entries(partsSource())) to.set({ part }, up ? 1 : 0)
  })
  return {
    room: (source) => {
      roomSource = source
    },
    supervision: (source) => {
      supervisionSource = source
    },
    expectedWaits: (source) => {
      expectedSource = source
    },
    trunks: (known, source) => {
      sizes = known
      inUseSource = source
    },
    parts: (source) => {
      partsSource = source
    },
  }
}
