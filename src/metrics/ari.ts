/** What happens on the way to Asterisk. */
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Observer } from '../ari/observer.js'
import { boundedLabel } from './bounded-label.js'
import { REQUEST_SECONDS, seconds } from './units.js'

export const createAriMetrics = (registry: Registry): Observer => {
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
    labelNames: ['effect', 'reason', 'normal'],
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
    effectFailed: (effect, why, normal) => failures.inc({ effect, reason: reasonLabel(why), normal: String(normal) }),
  }
}
