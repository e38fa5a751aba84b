/** Surges without end, and what came of them so far. */
import { setTimeout as pause } from 'node:timers/promises'
import type { LiveTable } from '../live-table.js'
import type { CallerStory, Pair } from './pair.js'
import { planOf } from './plan.js'
import { rooms, sides, type Side } from './sas-files.js'
import { dialAll } from './surge.js'

/** Between two surges. */
const calmMs = 20_000
/** Between two signs of life where there is no terminal to draw on. */
const tellMs = 20_000

export class Days {
  readonly #over: CallerStory[] = []

  constructor(
    private readonly pair: Pair,
    private readonly seed: number,
    private readonly calls: number,
  ) {}

  inWords(): string[] {
    return sides.map((side) => {
      const over = this.#over.filter(({ planned }) => planned.side === side)
      const by = (who: Side): number => over.filter(({ heard, whole }) => whole && heard === who).length
      const { calls, talking } = this.pair.underWay(side)
      const lost = over.filter(({ heard, whole }) => !whole || heard === null).length
      const told = sides.map((who) => `${by(who)} servis au ${rooms[who].sas}`).join(', ')
      return `Vu des téléphones des appelants du ${rooms[side].sas} : ${calls - talking} attendent, ${talking} parlent, ${told}, ${lost} perdus`
    })
  }

  async play(table: LiveTable, signal: AbortSignal): Promise<void> {
    const tell = (): void => this.inWords().forEach((line) => table.say(line))
    const teller = table.live ? undefined : setInterval(tell, tellMs)
    try {
      for (let surge = 0; ; surge++) {
        table.say(`Surcharge au ${rooms.helped.sas}`)
        await dialAll(this.pair, planOf(this.seed + surge, this.calls), signal, (story) => {
          this.#over.push(story)
          for (const deviation of story.deviations) table.say(`écart : ${deviation}`)
        })
        table.say('Calme')
        await pause(calmMs, undefined, { signal })
      }
    } finally {
      clearInterval(teller)
    }
  }
}
