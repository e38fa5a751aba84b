/** Deliveries to programs outside. */
import { Counter, type Registry } from 'prom-client'
import type { LinkView, LinksView } from '../status/links.js'
import { atScrape } from './at-scrape.js'
import { seconds } from './units.js'

const outcomes = ['delivered', 'failed', 'dead'] as const

/** One label value for each endpoint of the file. */
export const createLinkMetrics = (registry: Registry) => {
  let source: () => LinksView | null = () => null
  const deliveries = new Counter({
    name: 'decroche_lrm_deliveries_total',
    help: 'Tries to deliver an event to the LRM: `delivered`, `failed` and to be tried again, `dead` and given up.',
    labelNames: ['endpoint', 'outcome'],
    registers: [registry],
    // From nought, so that the first of each is seen to be one more.
    collect() {
      for (const { id: endpoint } of source()?.links ?? []) for (const outcome of outcomes) this.inc({ endpoint, outcome }, 0)
    },
  })
  const gauge = atScrape(registry)
  const each = (name: string, help: string, valueOf: (link: LinkView) => number | null): void =>
    gauge(name, help, ['endpoint'], (to) => {
      for (const link of source()?.links ?? []) {
        const value = valueOf(link)
        if (value !== null) to.set({ endpoint: link.id }, value)
      }
    })
  each('lrm_undelivered', 'Events that the LRM has not taken yet.', ({ undelivered }) => undelivered)
  each('lrm_oldest_undelivered_seconds', 'Since the oldest of them happened; 0 when there is none.', ({ oldestUndeliveredMs }) => seconds(oldestUndeliveredMs ?? 0))
  each('lrm_failures_in_a_row', 'Tries that failed since the last that did not.', ({ failuresInARow }) => failuresInARow)
  each('lrm_last_success_timestamp_seconds', 'When an event was last delivered; absent before the first.', ({ lastSuccessAt }) => lastSuccessAt && seconds(lastSuccessAt))
  return {
    /** Succeeded, will be tried again, or was given up. */
    onDelivery: (endpoint: string, outcome: (typeof outcomes)[number]): void => deliveries.inc({ endpoint, outcome }),
    /** Null while another engine has the links. */
    links: (look: () => LinksView | null): void => {
      source = look
    },
  }
}
