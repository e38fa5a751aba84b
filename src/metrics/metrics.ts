/**
 * What Prometheus sees. Counters and histograms are fed by facts and by observers; what the room holds is counted when
 * it is scraped. Names start with `decroche_`, units are seconds, and no label can take more values than the
 * configuration, or a fixed limit, allows. No label carries a phone number of a caller, a name or a call.
 * All of them are listed in docs/metrics.md.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { auditKinds, type AuditKind } from '../auth/audit.js'
import type { Quality } from '../indicators/indicators.js'
import { version } from '../version.js'
import { createAriMetrics } from './ari.js'
import { atScrape } from './at-scrape.js'
import { createCanaryMetrics } from './canary.js'
import { createFactMetrics } from './facts.js'
import { createLinkMetrics } from './lrm.js'
import { collectOwnProcess } from './own-process.js'
import { createRoomMetrics } from './room.js'
import { createServerMetrics } from './servers.js'
import { REQUEST_SECONDS, seconds } from './units.js'

export type Metrics = ReturnType<typeof createMetrics>

const SHORT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]

/** @param now milliseconds since the epoch, as the engine reads them */
export const createMetrics = (quality: Quality, now: () => number = Date.now) => {
  const registry = new Registry()
  collectOwnProcess(registry, 'decroche_')
  const registers = [registry]
  new Gauge({ name: 'decroche_build_info', help: 'Always 1; its label tells the version.', labelNames: ['version'], registers }).set({ version }, 1)
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
  atScrape(registry)('sessions', 'People who are signed in at their page.', [], (to) => to.set(sessionsSource()))
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
  return {
    registry,
    onCanary: createCanaryMetrics(registry, now),
    ari: createAriMetrics(registry),
    ...createLinkMetrics(registry),
    ...createFactMetrics(registry, quality),
    ...createRoomMetrics(registry, now),
    ...createServerMetrics(registry),
    /** A commit came back, or was given up, after `ms`. */
    onCommit: (ms: number, outcome: string): void => commit.observe({ outcome }, seconds(ms)),
    /** A decision of the core took `ms`. */
    onStep: (ms: number): void => decision.observe(seconds(ms)),
    onHttp: (method: string, route: string, status: number, ms: number): void => http.observe({ method, route, status }, seconds(ms)),
    /** The file of the SAS was read again, and taken or refused. */
    onReload: (outcome: 'taken' | 'refused'): void => reloads.inc({ outcome }),
    /** Another SAS, or somebody who wants to pass for one, was not heard. */
    onNeighbourRefused: (reason: string): void => neighboursRefused.inc({ reason }),
    /** Somebody signed in or out, or was refused. */
    onAudit: (kind: AuditKind): void => audit.inc({ kind }),
    /** How many sessions there are when scraped. */
    sessions: (source: () => number): void => {
      sessionsSource = source
    },
    /** So many watch the room. */
    onFeedWatchers: (count: number): void => watchers.set(count),
    /** Somebody was not let in to watch, or let go. */
    onFeedClosed: (reason: string): void => watchersClosed.inc({ reason }),
  }
}
