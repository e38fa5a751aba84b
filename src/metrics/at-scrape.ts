import { Gauge, type Registry } from 'prom-client'

/** A gauge that is filled anew at each scrape: what is not said then is absent, never an old number. */
export const atScrape =
  (registry: Registry) =>
  <Label extends string>(name: string, help: string, labelNames: readonly Label[], fill: (to: Gauge<Label>) => void): void =>
    void new Gauge({
      name: `decroche_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        this.reset()
        // Without labels, it would be nought.
        if (labelNames.length === 0) this.remove()
        fill(this)
      },
    })
