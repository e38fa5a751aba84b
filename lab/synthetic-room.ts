/**
 * People made of programs: every agent of a SAS on a real SIP phone, callers on its trunks, each playing its script.
 * What happened is read from the phones themselves: who rang, who heard whom, who hung up.
 */
import type { SasConfig } from '../src/config/schema.js'
import { sipPassword } from '../src/asterisk-config/site.js'
import type { ApiClient } from './api-client.js'
import type { Journey, Step } from './journeys.js'
import { type CallEnd, CallOver, type IncomingCall, type OutgoingCall } from './phone/call.js'
import { monotonicNs } from './phone/clock.js'
import { Phone } from './phone/phone.js'
import { toneCount, toneFor } from './phone/tones.js'
import type { Stack } from './stack.js'

export interface JourneyResult {
  readonly journey: Journey
  /** Agents who picked up, in order. */
  readonly pickups: readonly string[]
  /** From the INVITE to the first pickup, ms; null when nobody picked up. */
  readonly pickupMs: number | null
  readonly end: CallEnd
  /** The caller was dropped before the script's end, or had to hang up because nothing came any more. */
  readonly lost: boolean
  /** What did not go as scripted, in words; empty when all did. */
  readonly deviations: readonly string[]
}

interface Live {
  readonly journey: Journey
  readonly caller: OutgoingCall
  readonly callerTone: number
  readonly pickups: string[]
  readonly deviations: string[]
  pickupMs: number | null
  /** Somebody picked up and both hear each other: lets the agent before leave (warm handover). */
  nextPickup: () => void | Promise<void>
}

const audioLimitMs = 5_000
/** No script lasts this long. */
const journeyLimitMs = 120_000

export class SyntheticRoom {
  readonly #agents = new Map<string, Phone>()
  readonly #trunks = new Map<string, Phone>()
  readonly #live = new Map<string, Live>()
  #tones = 0

  private constructor(
    private readonly config: SasConfig,
    /** Asked anew each time: the engine may be another one. */
    private readonly api: () => ApiClient,
  ) {}

  /** Registers every phone of the SAS and opens its trunks. Nobody is signed in yet. */
  static async open(stack: Stack): Promise<SyntheticRoom> {
    const room = new SyntheticRoom(stack.config, () => {
      const engine = stack.engines.at(-1)
      if (!engine) throw new Error('no engine was started')
      return engine.api
    })
    const { sip, sipSecret } = stack.asterisk
    for (const person of stack.config.people) {
      const password = sipPassword(sipSecret, person.phone)
      const phone = await Phone.start({ server: sip, user: person.phone, password, tone: room.#nextTone() })
      phone.on('ring', (call) => void room.#answer(person.id, phone, call))
      room.#agents.set(person.id, phone)
    }
    for (const [id, trunk] of Object.entries(stack.config.trunks)) {
      const phone = await Phone.start({ server: sip, user: id, bind: trunk.match[0] as string })
      room.#trunks.set(id, phone)
    }
    await Promise.all([...room.#agents.values()].map((phone) => phone.registered))
    return room
  }

  async signEverybodyIn(): Promise<void> {
    await Promise.all(this.config.people.map((person) => this.api().signIn(person.id)))
  }

  /**
   * Dials, plays the script to its end and says what came of it.
   * @param onTalking after the first pickup, heard both ways; the script goes on when it is done
   */
  async play(journey: Journey, onTalking: () => void | Promise<void> = () => {}): Promise<JourneyResult> {
    const trunk = this.#trunks.get(journey.trunk)
    if (!trunk) throw new Error(`no trunk ${journey.trunk}`)
    const callerTone = this.#nextTone()
    const { caller: number } = journey
    const caller = await trunk.dial(journey.number, { from: number, asserted: number, tone: callerTone })
    const live: Live = { journey, caller, callerTone, pickups: [], deviations: [], pickupMs: null, nextPickup: onTalking }
    this.#live.set(number, live)
    const patience = journey.patienceMs ?? journeyLimitMs
    const timer = setTimeout(() => {
      if (journey.patienceMs === undefined) live.deviations.push('the call did not end')
      void caller.hangup()
    }, patience)
    const end = await caller.ended
    clearTimeout(timer)
    this.#live.delete(number)
    if (live.pickups.length !== journey.steps.length)
      live.deviations.push(`picked up ${live.pickups.length} times, ${journey.steps.length} scripted`)
    if (journey.patienceMs === undefined && end.by === 'here') live.deviations.push('the caller had to hang up')
    if (journey.steps.length > 0 && end.by === 'there' && end.how !== 'bye') live.deviations.push(`ended by ${end.how}`)
    const served = live.pickups.length >= journey.steps.length && end.by === 'there'
    const lost = journey.patienceMs === undefined ? !served : end.by === 'there'
    return { journey, pickups: live.pickups, pickupMs: live.pickupMs, end, lost, deviations: live.deviations }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values(), ...this.#trunks.values()].map((phone) => phone.stop()))
  }

  async #answer(agent: string, phone: Phone, call: IncomingCall): Promise<void> {
    const live = this.#live.get(call.from)
    // Nobody picks up for a caller who is to give up.
    if (!live || live.journey.steps.length === 0) return
    const step = live.journey.steps[live.pickups.length]
    if (!step) return void live.deviations.push(`${agent} rings after the script's end`)
    try {
      await pause(step.ringMs, call.ended)
      if (call.end) return
      await call.answer()
      live.pickups.push(agent)
      live.pickupMs ??= Number(monotonicNs() - live.caller.invitedAtNs) / 1e6
      if (!this.config.people.find((person) => person.id === agent)?.roles.some((role) => role === step.by || both(step.by, role)))
        live.deviations.push(`${agent} picks up for ${step.by}`)
      await this.#hear(live, phone, call)
      const told = live.nextPickup
      live.nextPickup = () => {}
      await Promise.race([told(), call.ended])
      await this.#act(live, agent, call, step)
    } catch (error) {
      if (error instanceof CallOver || call.end) return
      live.deviations.push(`${agent}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Caller and agent hear each other. */
  async #hear(live: Live, phone: Phone, call: IncomingCall): Promise<void> {
    const within = { withinMs: audioLimitMs }
    await Promise.all([call.ear.hears(live.callerTone, within), live.caller.ear.hears(phone.tone, within)])
  }

  async #act(live: Live, agent: string, call: IncomingCall, step: Step): Promise<void> {
    await pause(step.talkMs, call.ended)
    if (call.end) return
    const { does } = step
    if (does === 'hang-up') return void (await call.hangup())
    const nextIsThere = new Promise<void>((resolve) => (live.nextPickup = resolve))
    const id = await this.#callId(live)
    if (typeof does === 'object') await this.api().transfer(id, agent, does.transferTo)
    else if (step.keys) await call.dtmf(`*${does.slice(1)}`)
    else await this.api().qualify(id, agent, does)
    if (does === 'P0') {
      await pause(step.talkMs, call.ended)
      return void (await call.hangup())
    }
    // Direct: the engine takes this phone off the line. Warm: it stays until the next one is there.
    await Promise.race([nextIsThere, call.ended])
    if (call.end) return
    if (step.keys) await call.dtmf('*9')
    else await this.api().leave(id, agent).catch((error: unknown) => (call.end ? undefined : Promise.reject(error)))
  }

  async #callId(live: Live): Promise<string> {
    const room = (await this.api().get('room')) as { calls: { id: string; caller: string | null }[] }
    const call = room.calls.find((one) => one.caller === live.journey.caller)
    if (!call) throw new Error('the engine does not know the call')
    return call.id
  }

  #nextTone(): number {
    return toneFor(this.#tones++ % toneCount)
  }
}

/** At AMU an ARM may stand where a physician is scripted: either takes the call. */
const both = (scripted: string, role: string): boolean => scripted === 'MRU' && role === 'ARM'

async function pause(ms: number, unless: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, ms))), unless])
  clearTimeout(timer)
}
