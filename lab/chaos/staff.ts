/**
 * The agents and their phones. Each phone keeps a record of every INVITE it got: what the engine thinks it did is not asked.
 *
 *   before healing   some let it ring, some talk on and listen, some serve: answer, talk a little, hang up.
 *   healing          everybody serves, and quickly, until nobody is left.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sipPassword } from '../../src/asterisk-config/site.js'
import type { ApiClient } from '../api-client.js'
import type { PbxReach } from '../external.js'
import { CallOver, type CallEnd, type IncomingCall } from '../phone/call.js'
import { monotonicNs } from '../phone/clock.js'
import { Phone } from '../phone/phone.js'
import { toneFor } from '../phone/tones.js'
import { people, team } from './sas.js'

/** One INVITE at a phone. Moments are ns of the monotonic clock. */
export interface PhoneCall {
  readonly phone: string
  /** The number shown. */
  readonly caller: string
  readonly ringAtNs: bigint
  readonly answeredAtNs: bigint | undefined
  /** The agent hung up. */
  readonly releasedAtNs: bigint | undefined
  readonly end: CallEnd | undefined
  /** Longest time between two moments in which nothing was heard, ms; null on a phone that does not listen. */
  longestGapMs(fromNs: bigint, toNs: bigint): number | null
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
export type Manner = 'let-ring' | 'talk-on' | 'serve'

const steady = { pickupMs: 60, talkMs: 1_000 } as const
const quick = { pickupMs: 40, talkMs: 700 } as const
/** Between two agents who come back to work: not all in one instant. */
const comeBackMs = 60

export class Staff {
  readonly calls: PhoneCall[] = []
  readonly #phones = new Map<string, Phone>()
  #heal: () => void = () => undefined
  #healing: Promise<void> | null = null

  /** Registers a phone for everybody. Those who are to talk on have a voice and an ear. */
  static async open(pbx: PbxReach): Promise<Staff> {
    const staff = new Staff()
    for (const [index, person] of people.entries()) {
      const media = mannerOf(person) === 'talk-on' ? 'tone' : 'silent'
      const password = sipPassword(pbx.sipSecret, person)
      const phone = await Phone.start({ server: pbx.sip, user: person, password, tone: toneFor(index), media })
      phone.on('ring', (call) => void staff.#take(person, call))
      staff.#phones.set(person, phone)
    }
    await Promise.all([...staff.#phones.values()].map((phone) => phone.registered))
    return staff
  }

  /** Everybody is to behave as at the beginning of a round, with a blank record. */
  begin(): void {
    this.calls.length = 0
    this.#healing = new Promise((resolve) => (this.#heal = resolve))
  }

  /** Everybody serves from now on. */
  heal(): void {
    this.#healing = null
    this.#heal()
  }

  async signIn(api: ApiClient, manners: readonly Manner[], apartMs = 0): Promise<void> {
    for (const person of people.filter((one) => manners.includes(mannerOf(one)))) {
      await api.signIn(person)
      await sleep(apartMs)
    }
  }

  async signOut(api: ApiClient): Promise<void> {
    for (const person of people) await api.signOut(person)
  }

  /** Puts every receiver down: nobody is at the other end any more. */
  dropCalls(): void {
    for (const phone of this.#phones.values()) for (const call of phone.calls) void call.hangup()
  }

  /** @returns the moment of the first registration */
  async registerAgain(): Promise<bigint> {
    const registered = [...this.#phones.values()].map(async (phone) => {
      await phone.registerAgain()
      return monotonicNs()
    })
    const first = await Promise.race(registered)
    await Promise.all(registered)
    return first
  }

  async close(): Promise<void> {
    await Promise.all([...this.#phones.values()].map((phone) => phone.stop()))
  }

  async #take(phone: string, call: IncomingCall): Promise<void> {
    const record: Writable<PhoneCall> = {
      phone,
      caller: call.from,
      ringAtNs: call.ringAtNs,
      answeredAtNs: undefined,
      releasedAtNs: undefined,
      end: undefined,
      longestGapMs: (fromNs, toNs) => (call.ear.listening ? call.ear.longestGapMs({ fromNs, toNs }) : null),
    }
    this.calls.push(record)
    void call.ended.then((end) => (record.end = end))
    try {
      await this.#patience(phone, 'let-ring', 'pickupMs', call)
      if (call.end) return
      await call.answer()
      record.answeredAtNs = monotonicNs()
      await this.#patience(phone, 'talk-on', 'talkMs', call)
      if (call.end) return
      // Noted before the BYE goes out: the next INVITE may come before its answer.
      record.releasedAtNs = monotonicNs()
      await call.hangup()
    } catch (error) {
      if (!(error instanceof CallOver)) throw error
    }
  }

  /** Until it is time for the agent's next act, or the call is over. */
  async #patience(phone: string, waiting: Manner, part: 'pickupMs' | 'talkMs', call: IncomingCall): Promise<void> {
    const healing = this.#healing
    if (healing && mannerOf(phone) === waiting) {
      await Promise.race([healing, call.ended])
      return pause(people.indexOf(phone) * comeBackMs, call.ended)
    }
    return pause((healing ? steady : quick)[part], call.ended)
  }
}

export function mannerOf(person: string): Manner {
  const index = people.indexOf(person)
  return index < team.ringing ? 'let-ring' : index < team.ringing + team.talking ? 'talk-on' : 'serve'
}

async function pause(ms: number, unless: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, ms))), unless])
  clearTimeout(timer)
}
