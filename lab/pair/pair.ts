/** Two whole SAS, or three in a ring, each on a host of its own, with the ARMs of both and their callers on real phones. */
import { sipPassword } from '../../src/asterisk-config/site.js'
import type { SasConfig } from '../../src/config/schema.js'
import { N1 } from '../../src/routing/rules.js'
import type { ApiClient } from '../api-client.js'
import { Authority } from '../certificates.js'
import { monotonicMs, msOf } from '../phone/clock.js'
import { CallOver, type CallEnd, type IncomingCall, type OutgoingCall } from '../phone/call.js'
import type { HeardSpan } from '../phone/ear.js'
import { Phone } from '../phone/phone.js'
import { toneFor } from '../phone/tones.js'
import { type EngineProcess, Stack } from '../stack.js'
import { Network } from './network.js'
import { ringMs, type PlannedCall } from './plan.js'
import { linkEnvironment, othersOf, rooms, surgeTerms, writeSasFile, type Agreement, type Side, type Site, type Terms } from './sas-files.js'

/** Trunks of either file; the last number of this process's addresses is one of these, or the phones'. */
const trunks = ['operator', 'fire', 'ambulance']
/** A trunk's sound is dropped for silence after this long (`rtpTimeouts`), so callers speak. */
const rtpPorts = 600
const audioLimitMs = 5_000
/** Heard for so long, it was somebody; in pieces, on a machine that has much to do. */
const heardMs = 500

/** Of each who was heard, the first piece. */
export const voicesIn = (spans: readonly HeardSpan[]): readonly HeardSpan[] =>
  spans.filter((span) => {
    const pieces = spans.filter(({ what }) => what === span.what)
    return pieces[0] === span && pieces.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) >= heardMs
  })

/** What one caller's phone tells. */
export interface CallerStory {
  readonly planned: PlannedCall
  /** Whose ARM was heard first; null for nobody. */
  readonly heard: Side | null
  /** From the INVITE to that; to the end of the call for nobody. */
  readonly waitMs: number
  readonly end: CallEnd
  /** The ARM hung up, with everything said. */
  readonly whole: boolean
  /** In words, what else was wrong. */
  readonly deviations: readonly string[]
}

export interface PairOptions {
  readonly agreement: Agreement | null
  readonly terms?: Terms
  readonly onProgress: (what: string) => void
  readonly signal: AbortSignal
}

interface Live {
  readonly planned: PlannedCall
  readonly caller: OutgoingCall
  readonly deviations: string[]
  /** ARMs who picked up and had nobody. */
  readonly tooLate: { readonly side: Side; readonly who: string }[]
  whole: boolean
}

export class Pair {
  readonly #phones: Phone[] = []
  readonly #lines = new Map<Side, Phone>()
  readonly #tones = new Map<number, Side>()
  readonly #live = new Map<string, Live>()
  readonly #callerTone: number
  #closing = false

  private constructor(
    private readonly network: Network,
    private readonly stacks: ReadonlyMap<Side, Stack>,
    private readonly members: readonly Side[],
  ) {
    this.#callerTone = toneFor(members.reduce((sum, side) => sum + rooms[side].arms, 0))
  }

  /** Ready for callers: every ARM signed in, and, with an agreement, each of the two knows how the other stands. */
  static async open({ agreement, terms = surgeTerms, onProgress, signal }: PairOptions): Promise<Pair> {
    const { members } = terms
    const network = Network.open(Object.fromEntries(members.map((side) => [rooms[side].sas, rooms[side].host])), 1 + members.length * trunks.length)
    const sites = new Map(members.map((side, index) => [side, siteOf(network, side, index)]))
    const authority = agreement === 'link' ? new Authority() : null
    const start = async (side: Side): Promise<Stack> => {
      const { address } = network.place(rooms[side].sas)
      const certificate = authority?.sign({ name: rooms[side].sas })
      return Stack.start({
        configFile: writeSasFile({ side, sites, agreement, terms }),
        place: network.place(rooms[side].sas),
        asterisk: { rtpPorts },
        ...(certificate && authority && { environment: linkEnvironment(address, { ...certificate, ca: authority.file }) }),
        onProgress: (what) => onProgress(`${rooms[side].sas} : ${what}`),
        signal,
      })
    }
    const started = await Promise.allSettled(members.map(start))
    const stacks = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = started.find((one) => one.status === 'rejected')
    if (failed) {
      await Promise.all(stacks.map((stack) => stack.stop()))
      network.close()
      throw failed.reason as Error
    }
    const pair = new Pair(network, new Map(stacks.map((stack, index) => [members[index] as Side, stack])), members)
    try {
      await pair.#openRooms(sites, signal)
      if (agreement) await pair.#seeEachOther(signal)
      return pair
    } catch (error) {
      await pair.close()
      throw error
    }
  }

  stack(side: Side): Stack {
    const stack = this.stacks.get(side)
    if (!stack) throw new Error(`${rooms[side].sas} is not there`)
    return stack
  }

  engine(side: Side): EngineProcess {
    const engine = this.stack(side).engines.at(-1)
    if (!engine) throw new Error(`${rooms[side].sas} has no engine`)
    return engine
  }

  /** Nothing of what a SAS sends reaches the others, until `mend`. */
  cut(from: Side): void {
    for (const to of othersOf(from, this.members)) this.network.cut(rooms[from].sas, rooms[to].sas)
  }

  mend(from: Side): void {
    for (const to of othersOf(from, this.members)) this.network.mend(rooms[from].sas, rooms[to].sas)
  }

  /** Dials, and tells the whole story once it is over. Whoever is not picked up within their patience hangs up. */
  async call(planned: PlannedCall, patienceMs: number): Promise<CallerStory> {
    const { side, caller: number } = planned
    const caller = await (this.#lines.get(side) as Phone).dial('15', { from: number, asserted: number, tone: this.#callerTone })
    const live: Live = { planned, caller, deviations: [], tooLate: [], whole: false }
    this.#live.set(number, live)
    const timer = setTimeout(() => void caller.hangup(), patienceMs)
    const end = await caller.ended
    clearTimeout(timer)
    this.#live.delete(number)
    const since = msOf(caller.invitedAtNs)
    const all = caller.ear.heardTones()
    const voices = voicesIn(all.filter(({ what }) => this.#sideOf(what) !== null))
    const [first] = voices
    const heard = first ? this.#sideOf(first.what) : null
    // Both SAS ring while a caller is offered to the other one, and two may pick up at one moment; of one SAS, only one is rung.
    for (const { side: of, who } of live.tooLate) if (of === heard || heard === null) live.deviations.push(`${who} picked up and had nobody`)
    if (live.whole && heard === null) live.deviations.push(`was talked to, and heard ${all.map(({ what, fromMs, toMs }) => `${what} at ${Math.round(fromMs - since)}-${Math.round(toMs - since)} ms`).join(', ') || 'nothing'}`)
    if (voices.length > 1) live.deviations.push('heard two of them')
    if (end.by === 'there' && end.how !== 'bye') live.deviations.push(`ended by ${end.how}`)
    return {
      planned,
      heard,
      waitMs: (first ? first.fromMs : msOf(end.atNs)) - since,
      end,
      whole: live.whole && end.by === 'there' && end.how === 'bye',
      deviations: live.deviations,
    }
  }

  /** Callers of a SAS who are not over, and those of them who hear somebody. */
  underWay(side: Side): { readonly calls: number; readonly talking: number } {
    const calls = [...this.#live.values()].filter(({ planned }) => planned.side === side)
    return { calls: calls.length, talking: calls.filter(({ caller }) => caller.ear.hearsNow().some((what) => this.#sideOf(what) !== null)).length }
  }

  async close(): Promise<void> {
    this.#closing = true
    await Promise.all(this.#phones.map((phone) => phone.stop()))
    await Promise.all(this.members.map((side) => this.stack(side).stop()))
    this.network.close()
  }

  /** After `close`: nobody is going to read its logs. */
  discard(): void {
    for (const side of this.members) this.stack(side).discard()
  }

  #arms(side: Side): SasConfig['people'] {
    return this.stack(side).config.people.filter(({ position }) => position === N1)
  }

  readonly #sideOf = (what: number | 'sound'): Side | null => (what === 'sound' ? null : (this.#tones.get(what) ?? null))

  async #openRooms(sites: ReadonlyMap<Side, Site>, signal: AbortSignal): Promise<void> {
    const { network } = this
    for (const side of this.members) {
      signal.throwIfAborted()
      const stack = this.stack(side)
      const { sip, sipSecret } = stack.asterisk
      for (const { phone: user, id } of this.#arms(side)) {
        const tone = toneFor(this.#tones.size)
        this.#tones.set(tone, side)
        const phone = await Phone.start({ server: sip, bind: network.own(0), user, password: sipPassword(sipSecret, user), tone })
        phone.on('ring', (ring) => void this.#answer(side, `${rooms[side].sas} ${id}`, ring))
        this.#phones.push(phone)
      }
      const line = await Phone.start({ server: sip, bind: sites.get(side)?.trunks['operator'] as string, user: 'operator' })
      this.#lines.set(side, line)
      this.#phones.push(line)
    }
    const engines = await Promise.all(this.members.map((side) => this.stack(side).startEngine()))
    await Promise.all([...engines.map(({ active }) => active), ...this.#phones.map((phone) => phone.registered)])
    signal.throwIfAborted()
    for (const side of this.members) await Promise.all(this.#arms(side).map(({ id }) => this.engine(side).api.signIn(id)))
  }

  readonly #hearsCaller = ({ ear }: IncomingCall): Promise<boolean> =>
    ear.hears(this.#callerTone, { withinMs: audioLimitMs }).then(
      () => true,
      () => false,
    )

  /** Calls can be given from now on. */
  async #seeEachOther(signal: AbortSignal): Promise<void> {
    const until = monotonicMs() + linkLimitMs
    for (const side of this.members) {
      while (!(await seesAll(this.engine(side).api))) {
        signal.throwIfAborted()
        if (monotonicMs() > until) throw new Error(`${rooms[side].sas} does not see its neighbours`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  /** Whoever it is, of whichever SAS: picks up, talks, hangs up. */
  async #answer(side: Side, who: string, ring: IncomingCall): Promise<void> {
    const live = this.#live.get(ring.from)
    if (!live) return
    try {
      await pause(ringMs, ring.ended)
      if (ring.end) return
      await ring.answer()
      const [isHeard] = await Promise.all([this.#hearsCaller(ring), pause(live.planned.talkMs, ring.ended)])
      if (ring.end && !isHeard) live.tooLate.push({ side, who })
      else if (ring.end) live.deviations.push(`${who} was cut off`)
      else if (!isHeard) live.deviations.push(`${who} did not hear the caller`)
      else live.whole = true
      await ring.hangup()
    } catch (error) {
      if (!this.#closing && !(error instanceof CallOver)) throw error
    }
  }
}

const linkLimitMs = 15_000

const siteOf = (network: Network, side: Side, place: number): Site => ({
  address: network.place(rooms[side].sas).address,
  trunks: Object.fromEntries(trunks.map((id, index) => [id, network.own(1 + place * trunks.length + index)])),
})

async function pause(ms: number, unless: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([new Promise((resolve) => (timer = setTimeout(resolve, ms))), unless])
  clearTimeout(timer)
}

/** Also where nothing is to be heard of the other, for SIP is all there is between them. */
async function seesAll(api: ApiClient): Promise<boolean> {
  const { neighbours } = (await api.get('supervision')) as { neighbours: { up: boolean | null }[] }
  return neighbours.every(({ up }) => up !== false)
}
