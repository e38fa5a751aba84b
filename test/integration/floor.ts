/** A SAS at work for the integration tests: stack, one engine, a phone for everybody, callers on every trunk. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { z } from 'zod'
import type { ApiClient } from '../../lab/api-client.js'
import { callerNumber } from '../../lab/journeys.js'
import { projectRoot } from '../../lab/paths.js'
import type { IncomingCall, OutgoingCall } from '../../lab/phone/call.js'
import { Phone } from '../../lab/phone/phone.js'
import { toneFor } from '../../lab/phone/tones.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { Stack, type StackOptions } from '../../lab/stack.js'
import type { sasSchema } from '../../src/config/schema.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { isOutside } from '../../src/sip-endpoints.js'

type SasConfigInput = z.input<typeof sasSchema>

export interface RoomCall {
  readonly id: string
  readonly caller: string | null
}

/** The sample SAS with other timings: a file of its own. @param change edits what the file says, in place */
export function configWith(change: (sas: SasConfigInput) => void): string {
  const sas = parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')) as SasConfigInput
  change(sas)
  const file = join(scratchDirectory('config'), 'sas.yaml')
  writeFileSync(file, stringify(sas))
  return file
}

export class Floor {
  readonly #phones = new Map<string, Phone>()
  readonly #signedIn = new Set<string>()
  #callers = 0

  private constructor(readonly stack: Stack) {}

  /** @param called trunks on which the SAS calls out: their far end listens where the file says */
  static async open({ called = [], ...options }: StackOptions & { called?: readonly string[] } = {}): Promise<Floor> {
    const stack = await Stack.start(options)
    try {
      await (await stack.startEngine()).active
    } catch (error) {
      await stack.stop()
      throw error
    }
    const floor = new Floor(stack)
    const { sip, sipSecret } = stack.asterisk
    for (const [index, person] of stack.config.people.entries()) {
      if (isOutside(person.phone)) continue
      const password = sipPassword(sipSecret, person.phone)
      floor.#phones.set(person.id, await Phone.start({ server: sip, user: person.phone, password, tone: toneFor(index) }))
    }
    for (const [id, trunk] of Object.entries(stack.config.trunks))
      floor.#phones.set(id, await Phone.start({ server: sip, user: id, bind: trunk.match[0] as string, ...(called.includes(id) && { port: portOf(trunk.peer) }) }))
    await Promise.all([...floor.#phones.values()].map((phone) => phone.registered))
    return floor
  }

  get api(): ApiClient {
    const engine = this.stack.engines.at(-1)
    if (!engine) throw new Error('no engine')
    return engine.api
  }

  /** Of a person or of a trunk. */
  phone(id: string): Phone {
    const phone = this.#phones.get(id)
    if (!phone) throw new Error(`no phone ${id}`)
    return phone
  }

  async signIn(...people: string[]): Promise<void> {
    for (const person of people) {
      await this.api.signIn(person)
      this.#signedIn.add(person)
    }
  }

  /** Between two tests: nobody signed in, nobody on the line. */
  async clear(): Promise<void> {
    const calls = [...this.#phones.values()].flatMap((phone) => [...phone.calls])
    await Promise.all(calls.map((call) => call.hangup()))
    await Promise.all([...this.#signedIn].map((person) => this.api.signOut(person)))
    this.#signedIn.clear()
  }

  /** A caller dials. Each has a number and a tone of their own. */
  async dial(number: string, trunk = 'operator'): Promise<{ call: OutgoingCall; from: string; tone: number }> {
    const index = this.#callers++
    const from = callerNumber(index)
    const tone = toneFor(this.stack.config.people.length + (index % 8))
    const call = await this.phone(trunk).dial(number, { from, asserted: from, tone })
    return { call, from, tone }
  }

  /** Waits for this person's phone and picks it up. */
  async answer(person: string): Promise<IncomingCall> {
    const ring = await this.phone(person).nextRing({ withinMs: 20_000 })
    await ring.answer()
    return ring
  }

  async idOf(from: string): Promise<string> {
    const { calls } = (await this.api.get('room')) as { calls: RoomCall[] }
    const call = calls.find((one) => one.caller === from)
    if (!call) throw new Error(`no call from the caller in the room`)
    return call.id
  }

  async close(): Promise<void> {
    await Promise.all([...this.#phones.values()].map((phone) => phone.stop()))
    await this.stack.stop()
  }
}

const portOf = (peer = ''): number => Number(peer.slice(peer.lastIndexOf(':') + 1))

/** Both hear each other's tone. */
export async function talk(
  one: { call: { ear: OutgoingCall['ear'] }; tone: number },
  other: { call: { ear: OutgoingCall['ear'] }; tone: number },
): Promise<void> {
  await Promise.all([one.call.ear.hears(other.tone), other.call.ear.hears(one.tone)])
}

/** Dials a code. The phone may be taken off the line before the last tone is over: that is the code's effect. */
export async function press(call: IncomingCall, code: string): Promise<void> {
  await call.dtmf(code).catch((error: unknown) => (call.end ? undefined : Promise.reject(error)))
}
