/** One neighbour, as this SAS sees and asks it: each of its engines is watched, and the one that has the room is asked. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { NeighbourTls } from '../config/live-certificate.js'
import type { NeighbourState, ReservationAsk, ReservationRefusal } from '../routing/events.js'
import { checkNamed, tlsRules, type Named } from './certificate.js'
import type { LinkProblem, TellRefused } from './refused.js'
import type { Timing } from './timing.js'
import { Watch } from './watch.js'
import { askBytesMax, paths, readRefusal, writeAsk } from './wire.js'

export interface PeerSettings extends Named {
  readonly id: string
  /** `https://host:port` of each of its engines. */
  readonly urls: readonly string[]
}

export interface PeerOptions extends PeerSettings {
  readonly tls: NeighbourTls
  readonly timing: Timing
  readonly onState: (state: NeighbourState | null) => void
  readonly onRefused: TellRefused
  readonly onProblem: (problem: LinkProblem) => void
}

export type Reserved = { readonly reservation: string; readonly why: null } | { readonly reservation: null; readonly why: ReservationRefusal }

const connectionsMax = 16

/** One engine of it; `state` is null while it has not the room, or is not heard. */
interface Site {
  readonly url: string
  readonly watch: Watch
  state: NeighbourState | null
}

export class Peer {
  readonly #agent: Agent
  /** Those that have the room, the latest to say so last: for a moment after a takeover there may be two. */
  readonly #live: Site[] = []
  readonly #sites: readonly Site[]
  #told = ''
  /** When a state was last heard, of this process; null for never. */
  #heardAt: number | null = null

  constructor(private readonly options: PeerOptions) {
    this.#agent = new Agent({
      ...options.tls,
      ...tlsRules,
      rejectUnauthorized: true,
      checkServerIdentity: checkNamed(options.certificateName),
      maxCachedSessions: 0,
      keepAlive: true,
      maxSockets: connectionsMax,
    })
    this.#sites = options.urls.map((url) => {
      const refused = (why: 'malformed' | 'too-many') => (): void => options.onRefused({ why, neighbour: options.id, address: new URL(url).hostname })
      const watch = new Watch({
        url,
        agent: this.#agent,
        timing: options.timing,
        onState: (state) => this.#heard(site, state),
        onMalformed: refused('malformed'),
        onFlood: refused('too-many'),
        onProblem: (error) => options.onProblem({ neighbour: options.id, error }),
      })
      const site: Site = { url, watch, state: null }
      return site
    })
  }

  start(): void {
    for (const { watch } of this.#sites) watch.start()
  }

  stop(): void {
    for (const { watch } of this.#sites) watch.stop()
    this.#live.length = 0
    this.#agent.destroy()
  }

  /** See `Neighbours.renew`. */
  renew(tls: NeighbourTls, anew: boolean): void {
    Object.assign(this.#agent.options, tls)
    if (!anew) return
    for (const { watch } of this.#sites) watch.connectAgain()
    this.#agent.destroy()
  }

  /** Asks once more when there is no answer in half the time: under the same id, that is the same question. */
  async reserve(ask: ReservationAsk): Promise<Reserved> {
    const id = randomBytes(16).toString('base64url')
    const body = writeAsk(id, ask)
    const until = performance.now() + this.options.timing.answerMs
    let asked = false
    for (const leftMs of [() => this.options.timing.answerMs / 2, () => until - performance.now()]) {
      const url = this.#url()
      if (url === null) break
      asked = true
      const answer = await this.#send('POST', new URL(paths.reservations, url), body, leftMs())
      const why = answer ? whyOf(answer) : 'unreachable'
      if (why === null) return { reservation: id, why: null }
      if (why !== 'unreachable') return { reservation: null, why }
    }
    // An answer may have been lost twice.
    if (asked) this.giveUp(id)
    return { reservation: null, why: 'unreachable' }
  }

  /** Best effort: what is not given up ends by itself within seconds. */
  giveUp(id: string): void {
    const drop = async (): Promise<Answer | null> => {
      const url = this.#url()
      return url === null ? null : this.#send('DELETE', new URL(`${paths.reservations}/${id}`, url), null, this.options.timing.answerMs / 2)
    }
    void drop().then((answer) => (answer ? undefined : drop()))
  }

  /** Since anything was heard of it, ms; null before the first time. */
  get silentForMs(): number | null {
    return this.#heardAt === null ? null : performance.now() - this.#heardAt
  }

  #url(): string | null {
    return this.#live.at(-1)?.url ?? null
  }

  #heard(site: Site, state: NeighbourState | null): void {
    if (state) this.#heardAt = performance.now()
    const at = this.#live.indexOf(site)
    if (state && at < 0) this.#live.push(site)
    if (!state && at >= 0) this.#live.splice(at, 1)
    site.state = state
    const seen = this.#live.at(-1)?.state ?? null
    const text = seen ? JSON.stringify(seen) : ''
    if (text === this.#told) return
    this.#told = text
    this.options.onState(seen)
  }

  /** Null when nothing came back in time. */
  #send(method: 'POST' | 'DELETE', url: URL, body: string | null, deadlineMs: number): Promise<Answer | null> {
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs)))
      const failed = (): void => resolve(null)
      const sent = request(url, { method, agent: this.#agent, signal, ...(body !== null && { headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }) }, (answer) => {
        void readAnswer(answer).then(resolve, failed)
      })
      sent.once('error', failed)
      sent.end(body ?? undefined)
    })
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

const whyOf = ({ status, body }: Answer): ReservationRefusal | null => {
  if (status === 201) return null
  if (status === 429) return 'busy'
  if (status === 403) return 'unknown-neighbour'
  // Whatever else it may be: it promised nothing.
  if (status < 500) return readRefusal(body) ?? 'refused'
  return 'unreachable'
}

const readAnswer = async (answer: IncomingMessage): Promise<Answer> => {
  let body = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    body += chunk as string
    if (body.length > askBytesMax) throw new Error('too long an answer')
  }
  return { status: answer.statusCode ?? 0, body }
}
