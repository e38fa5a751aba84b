/**
 * The dialplan's last net and its watchdog, as asterisk/extensions.conf has them and as far as the engine notices:
 *
 *   - callers whom no application serves wait with music until a phone of N1 is free, talk, and go; what happens is written down;
 *   - without a sign of an engine for five seconds, those whom one left alone in the application are taken from it, and phones that ring
 *     for them are hung up;
 *   - with a sign again, or when an engine asks, whoever still waits is back in the application;
 *   - whoever was given to an engine and goes before one has surely heard of them is written down too.
 */
import { callOfChannel } from '../../src/routing/turn.js'
import type { Channel } from '../../src/ari/generated.js'
import type { FallbackRecord } from '../../src/asterisk-config/fallback-record.js'
import type { FallbackEntry } from '../../src/routing/events.js'
import type { FakeAsterisk, FakeChannel } from './fake-asterisk.js'
import type { Floor, Person } from './people.js'
import type { Random } from './random.js'
import type { Time } from './timeline.js'

const lookMs = 1_000
const missedMax = 5
const retryMs = 2_000
/** How long a caller for whom an engine had no place stays. */
const turnMs = 30_000
/** An engine that heard something so much later, ms of its own clock, has heard of the caller. */
const seenMs = 2_500

interface Stay {
  readonly channel: FakeChannel
  /** Given back by an engine that has no place for them: not back before this. */
  readonly until: number
  talksTo: Person | null
  answeredAt: number | null
}

export class Fallback implements FallbackRecord {
  /** Callers it has, or had. */
  taken = 0
  readonly #stays = new Map<string, Stay>()
  /** Callers given to an engine: its last sign, and the moment. */
  readonly #given = new Map<string, { beat: number; atMs: number }>()
  readonly #written: FallbackEntry[] = []
  #beat = 0
  #seen = 0
  #missed = 0
  #gone = false

  constructor(
    private readonly time: Time,
    /** Wall time at `time.now` 0. */
    private readonly epochMs: number,
    private readonly random: Random,
    private readonly parts: () => { pbx: FakeAsterisk; floor: Floor },
    private readonly say: (who: string, what: string) => void,
  ) {}

  begin(): void {
    this.time.post(this.parts().pbx.process, lookMs, () => {
      this.#look()
      this.begin()
    })
  }

  /** Asterisk died: its dialplan begins anew, the record stays. */
  restart(): void {
    for (const { talksTo, channel } of this.#stays.values()) talksTo?.stopped(nameOf(channel))
    this.#stays.clear()
    this.#given.clear()
    this.#beat = this.#seen = 0
    this.#missed = 0
    this.#gone = false
    this.begin()
  }

  /** A sign of an engine. */
  beat(value: string): void {
    this.#beat = Number(value)
  }

  /** To the application, where perhaps nobody looks. */
  given({ id }: FakeChannel): void {
    this.#given.set(id, { beat: this.#beat, atMs: this.#wallMs() })
  }

  /** Whether the watchdog keeps new callers from the application. */
  get keepsCallers(): boolean {
    return this.#gone
  }

  /** The record, as an engine reads it. */
  async read(mark: string | null): ReturnType<FallbackRecord['read']> {
    return { entries: this.#written.slice(Number(mark ?? 0)), mark: String(this.#written.length) }
  }

  /** Calls on phones that are none of an engine's. */
  others(): Pick<Channel, 'id' | 'name' | 'dialplan'>[] {
    return [...this.#stays.values()].flatMap(({ channel, talksTo }) => (talksTo ? { id: nameOf(channel), name: `PJSIP/${talksTo.phone}-00000001`, dialplan: { context: 'phones', exten: '' } as unknown as Channel['dialplan'] } : []))
  }

  take(channel: FakeChannel, fromEngine = false): void {
    this.taken++
    this.say(channel.id, 'is with the fallback')
    const stay: Stay = { channel, until: fromEngine ? this.time.now + turnMs : 0, talksTo: null, answeredAt: null }
    this.#stays.set(channel.id, stay)
    this.#given.delete(channel.id)
    this.#write(channel, 'arrived', null, null, Math.round(this.epochMs + channel.createdAt))
    channel.state = 'Up'
    channel.music = true
    this.#seek(stay)
  }

  /** The caller hung up, or the PBX did. */
  ended(channel: FakeChannel): void {
    const { id } = channel
    const given = this.#given.get(id)
    this.#given.delete(id)
    if (given && this.#beat - given.beat < seenMs) this.#write(channel, 'unseen', null, null, given.atMs)
    const stay = this.#stays.get(id)
    if (!stay) return
    this.#stays.delete(id)
    stay.talksTo?.stopped(nameOf(stay.channel))
    this.#write(stay.channel, 'ended', stay.answeredAt === null ? 'abandoned' : 'n1', stay)
  }

  /** An engine joins: nobody is rung for any more. */
  quiet(): void {
    this.#gone = false
    this.#beat++
    this.#giveBack()
  }

  #look(): void {
    if (this.#beat !== this.#seen) {
      this.#seen = this.#beat
      this.#missed = 0
      this.#gone = false
      return this.#giveBack()
    }
    if (++this.#missed < missedMax) return
    this.#gone = true
    this.#sweep()
  }

  #sweep(): void {
    const { pbx } = this.parts()
    for (const channel of [...pbx.channels.values()]) {
      if (channel.bridge !== null && (pbx.bridges.get(channel.bridge)?.size ?? 0) > 1) continue
      if (pbx.calledBack.has(channel.id)) {
        if (channel.inStasis) pbx.leave(channel)
      } else if (channel.kind === 'leg') pbx.end(channel, 'lost')
      else if (channel.kind === 'caller' && channel.inStasis) pbx.leave(channel)
    }
  }

  #giveBack(): void {
    const { pbx } = this.parts()
    for (const stay of [...this.#stays.values()]) {
      if (stay.talksTo || stay.until > this.time.now) continue
      this.#stays.delete(stay.channel.id)
      this.#write(stay.channel, 'returned', null, null)
      this.say(stay.channel.id, 'goes back')
      pbx.enterAgain(stay.channel)
    }
  }

  #seek(stay: Stay): void {
    const { pbx, floor } = this.parts()
    const { channel } = stay
    this.time.post(pbx.process, this.random.between(0.5, 1.5) * retryMs, () => {
      if (this.#stays.get(channel.id) !== stay) return
      const name = nameOf(channel)
      const free = floor.free().filter(({ phone }) => phone.startsWith('arm'))
      const person = free.length > 0 && this.random.chance(0.7) ? this.random.pick(free) : null
      if (!person?.takenByFallback(name)) return this.#seek(stay)
      stay.talksTo = person
      stay.answeredAt = this.#wallMs()
      this.time.post(null, this.random.between(2_000, 12_000), () => {
        if (this.#stays.get(channel.id) === stay) this.time.post(pbx.process, 1, () => pbx.hangUp(channel.id))
      })
    })
  }

  #write(channel: FakeChannel, event: FallbackEntry['event'], result: FallbackEntry['result'], stay: Stay | null, cameAt?: number): void {
    const [, trunk = '', number = ''] = channel.args
    this.#written.push({ call: callOfChannel(channel.id), trunk, number, at: this.#wallMs(), event, result, answeredAt: stay?.answeredAt ?? null, phone: stay?.talksTo?.phone ?? null, ...(cameAt !== undefined && { cameAt }) })
  }

  #wallMs(): number {
    return Math.round(this.epochMs + this.time.now)
  }
}

const nameOf = ({ id }: FakeChannel): string => `F-${id}`
