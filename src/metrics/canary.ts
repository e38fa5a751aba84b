/** What became of the canary: see `canary`. */
import { Counter, Histogram, type Registry } from 'prom-client'
import { canarySteps, type CanaryResult } from '../canary.js'
import { atScrape } from './at-scrape.js'
import { REQUEST_SECONDS, seconds } from './units.js'

/** @returns to be told of each canary that is over; null where none is wanted */
export const createCanaryMetrics = (registry: Registry, now: () => number): ((result: CanaryResult | null) => void) => {
  const registers = [registry]
  const toAnswer = new Histogram({ name: 'decroche_canary_seconds', help: 'Of a canary, from asking the PBX to call itself to the pickup.', buckets: REQUEST_SECONDS, registers })
  const total = new Counter({ name: 'decroche_canary_total', help: 'Canaries: `passed`, or the step that did not come.', labelNames: ['outcome'], registers })
  for (const outcome of ['passed', ...canarySteps]) total.inc({ outcome }, 0)
  let lastSuccessAt: number | null = null
  atScrape(registry)('canary_last_success_timestamp_seconds', 'When a canary last passed; absent before the first, and while none is wanted.', [], (to) => {
    if (lastSuccessAt !== null) to.set(seconds(lastSuccessAt))
  })
  return (result) => {
    if (result === null) return void (lastSuccessAt = null)
    const { failedAt, answerMs } = result
    total.inc({ outcome: failedAt ?? 'passed' })
    if (answerMs !== null) toAnswer.observe(seconds(answerMs))
    if (failedAt === null) lastSuccessAt = now()
  }
}
