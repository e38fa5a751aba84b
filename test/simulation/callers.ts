/** Those who call: they come, wait for as long as they can bear it, and hang up. Whoever is called back answers, or does not. */
import type { Rules } from '../../src/routing/rules.js'
import type { FakeAsterisk, Station } from './fake-asterisk.js'
import type { Random } from './random.js'
import type { Time } from './timeline.js'

export interface CallersOptions {
  readonly time: Time
  readonly random: Random
  readonly pbx: FakeAsterisk
  readonly rules: Rules
  /** Between two arrivals, on average. */
  readonly everyMs: number
  readonly patienceMs: number
  readonly say: (who: string, what: string) => void
  /** Whoever was called ended their leg. */
  readonly onHangUp: (leg: string) => void
}

export class Callers implements Station {
  count = 0
  /** Nobody new comes, and whoever waits goes on waiting. */
  patient = false
  readonly #options: CallersOptions
  readonly #entries: readonly (readonly [string, string])[]

  constructor(options: CallersOptions) {
    this.#options = options
    this.#entries = [...options.rules.entries.keys()].map((key) => key.split('/') as [string, string])
    options.pbx.outside = this
  }

  invited(leg: string): void {
    const { random } = this.#options
    const fate = this.patient ? 0 : random.next()
    if (fate > 0.9) return this.#later(random.between(1, 30), (pbx) => pbx.refused(leg, random.pick([17, 34, 1, 21])))
    this.#later(random.between(100, 900), (pbx) => pbx.ringing(leg))
    if (fate > 0.75) return
    const answerMs = random.between(1_000, this.patient ? 3_000 : 12_000)
    this.#later(answerMs, (pbx) => void pbx.answered(leg))
    // Some hang up at once, others some time.
    const atOnce = !this.patient && random.chance(0.2)
    this.#later(answerMs + (atOnce ? random.between(2, 200) : random.between(5_000, 40_000)), (pbx) => {
      this.#options.onHangUp(leg)
      pbx.hangUp(leg)
    })
  }

  stopped(): void {}

  #later(ms: number, arrive: (pbx: FakeAsterisk) => void): void {
    const { time, pbx } = this.#options
    time.post(pbx.process, ms, () => arrive(pbx))
  }

  begin(): void {
    const { time, random, everyMs } = this.#options
    time.post(null, random.untilNext(everyMs), () => {
      if (this.patient) return
      // Now and then many at once: a motorway, a festival.
      const many = random.chance(0.02) ? 12 : 1
      for (let i = 0; i < many; i++) this.#arrives()
      this.begin()
    })
  }

  #arrives(): void {
    const { time, random, pbx, patienceMs, say } = this.#options
    // Most dial 15.
    const [trunk, number] = random.chance(0.6) ? (['operator', '15'] as const) : random.pick(this.#entries)
    time.post(pbx.process, random.between(0.2, 2), () => {
      const { id } = pbx.incoming(trunk, number, `01990${String(++this.count).padStart(5, '0')}`)
      say(id, `dials ${number} on ${trunk}`)
      // Some hang up at once: a wrong number, a child.
      time.post(null, random.chance(0.1) ? random.between(50, 3_000) : random.untilNext(patienceMs), () => {
        if (this.patient || !pbx.channels.has(id)) return
        say(id, 'hangs up')
        time.post(pbx.process, random.between(0.2, 1.5), () => pbx.hangUp(id))
      })
    })
  }
}
