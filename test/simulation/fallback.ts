/**
 * The dialplan's last net, as far as the engine notices: callers whom no application serves wait with music until a phone of N1 is free,
 * talk, and go. The phones are the engine's too.
 *
 * A watchdog that takes callers out of a Stasis nobody listens to would call `take` with their channel; one that gives callers back once
 * an engine is there would call `FakeAsterisk.enterStasis`.
 */
import type { FakeAsterisk, FakeChannel } from './fake-asterisk.js'
import type { Floor } from './people.js'
import type { Random } from './random.js'
import type { Time } from './timeline.js'

const retryMs = 2_000

export class Fallback {
  /** Callers it has, or had. */
  taken = 0

  constructor(
    private readonly time: Time,
    private readonly random: Random,
    private readonly parts: () => { pbx: FakeAsterisk; floor: Floor },
    private readonly say: (who: string, what: string) => void,
  ) {}

  take(channel: FakeChannel): void {
    this.taken++
    this.say(channel.id, 'is with the fallback')
    channel.state = 'Up'
    channel.music = true
    this.#seek(channel)
  }

  #seek(channel: FakeChannel): void {
    const { pbx, floor } = this.parts()
    this.time.post(pbx.process, this.random.between(0.5, 1.5) * retryMs, () => {
      if (pbx.channels.get(channel.id) !== channel || channel.inStasis) return
      const name = `F-${channel.id}`
      const free = floor.free().filter(({ phone }) => phone.startsWith('arm'))
      const person = free.length > 0 && this.random.chance(0.7) ? this.random.pick(free) : null
      if (!person?.takenByFallback(name)) return this.#seek(channel)
      this.time.post(null, this.random.between(2_000, 12_000), () => {
        person.stopped(name)
        this.time.post(pbx.process, 1, () => pbx.hangUp(channel.id))
      })
    })
  }
}
