import { collectDefaultMetrics, type Registry } from 'prom-client'

/** Gauges that Node's library names like counters; each has one with its kinds beside it. */
const MISNAMED = ['active_resources_total', 'active_handles_total', 'active_requests_total']

/** What Node tells of this process. */
export const collectOwnProcess = (registry: Registry, prefix: string): void => {
  collectDefaultMetrics({ register: registry, prefix })
  for (const name of MISNAMED) registry.removeSingleMetric(`${prefix}nodejs_${name}`)
}
