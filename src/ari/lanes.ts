/**
 * Order where the transport keeps none: what shares a channel, bridge or sound is done one after another, in the order asked
 * for; the rest at the same time. Holds nothing once all is done.
 */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>()

  /** Runs `work` when everything before it on any of these lanes is done. `work` must not reject. */
  run(lanes: readonly string[], work: () => Promise<void>): Promise<void> {
    const before = lanes.flatMap((lane) => this.#tails.get(lane) ?? [])
    const done = before.length === 0 ? work() : Promise.all(before).then(work)
    for (const lane of lanes) this.#tails.set(lane, done)
    return done.finally(() => {
      for (const lane of lanes) if (this.#tails.get(lane) === done) this.#tails.delete(lane)
    })
  }

  get size(): number {
    return this.#tails.size
  }
}
