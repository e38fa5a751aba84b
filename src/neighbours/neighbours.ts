/**
 * The link between SAS that help each other (R-MA-1 to R-MA-3): each tells the others how it stands, and they ask each other for
 * places before a call is sent. Over TLS with certificates on both sides; no personal data is in any of it.
 */
import { EventEmitter } from 'node:events'
import type { NeighbourTls } from '../config/live-certificate.js'
import type { NeighbourState, ReservationAsk, ReservationRefusal } from '../routing/events.js'
import { Peer, type PeerSettings, type Reserved } from './peer.js'
import type { LinkProblem, Refused } from './refused.js'
import { NeighbourServer } from './server.js'
import { usualTiming, type Timing } from './timing.js'
import type { OwnState } from './wire.js'

export type { PeerSettings, Reserved } from './peer.js'
export type { LinkProblem, Refused, RefusedReason } from './refused.js'
export type { OwnState } from './wire.js'

export interface NeighboursOptions {
  readonly sas: string
  /** Where others reach this one; null where it only asks. */
  readonly listen: { readonly host: string; readonly port: number } | null
  readonly tls: NeighbourTls
  readonly peers: readonly PeerSettings[]
  /** What this SAS tells a neighbour of itself now; null while this engine does not have the room: it is Down for others at once. */
  readonly state: (neighbour: string) => OwnState | null
  /** Asked by a neighbour: null promises. `unreachable` when this engine does not decide; it is asked again then. */
  readonly onAsk: (neighbour: string, id: string, ask: ReservationAsk) => Promise<ReservationRefusal | null>
  readonly onDrop: (neighbour: string, id: string) => void
  readonly timing?: Partial<Timing>
}

export interface NeighboursEvents {
  /** How a neighbour stands; null: Down. Null from the start, which is not told. */
  state: [neighbour: string, state: NeighbourState | null]
  /** Somebody was not heard, for the audit. Strangers can cause any number of these. */
  refused: [refused: Refused]
  problem: [problem: LinkProblem]
}

export class Neighbours extends EventEmitter<NeighboursEvents> {
  readonly #peers: ReadonlyMap<string, Peer>
  readonly #server: NeighbourServer | null
  #ca: string

  /** @throws when two neighbours would be one, or one is not reached by https */
  constructor(options: NeighboursOptions) {
    super()
    const { sas, listen, tls, peers } = options
    this.#ca = tls.ca
    if (new Set(peers.map(({ certificateName }) => certificateName.toLowerCase())).size < peers.length) throw new Error('two neighbours have one certificate name')
    if (peers.some(({ urls }) => urls.some((url) => !url.startsWith('https://')))) throw new Error('neighbours are reached by https:// only')
    const timing = { ...usualTiming, ...options.timing }
    const onRefused = (refused: Refused): void => void this.emit('refused', refused)
    const onProblem = (problem: LinkProblem): void => void this.emit('problem', problem)
    this.#peers = new Map(
      peers.map((peer) => [peer.id, new Peer({ ...peer, tls, timing, onRefused, onProblem, onState: (state) => void this.emit('state', peer.id, state) })]),
    )
    const { state, onAsk, onDrop } = options
    this.#server = listen && new NeighbourServer({ sas, listen, tls, peers, state, onAsk, onDrop, onRefused, onProblem, timing })
  }

  /** Where it listens; null where it does not. */
  get port(): number | null {
    return this.#server?.port ?? null
  }

  /** @throws when it cannot listen */
  async start(): Promise<void> {
    await this.#server?.listen()
    for (const peer of this.#peers.values()) peer.start()
  }

  /** Whoever watches is told that this SAS is Down. A link that was stopped starts no more: other settings are for another one. */
  async stop(): Promise<void> {
    for (const peer of this.#peers.values()) peer.stop()
    await this.#server?.close()
  }

  /** Shown and trusted from the next connection on. Where others are trusted, all connections begin anew: nobody goes on by a trust that was taken back. */
  renew(tls: NeighbourTls): void {
    const anew = tls.ca !== this.#ca
    this.#ca = tls.ca
    this.#server?.renew(tls, anew)
    for (const peer of this.#peers.values()) peer.renew(tls, anew)
  }

  /** The room changed: told to who watches, at most every 250 ms. Costs little when nothing did that is told. */
  changed(): void {
    this.#server?.changed()
  }

  /** Since each was last heard, ms; without those never heard. */
  silences(): (readonly [neighbour: string, ms: number])[] {
    return [...this.#peers].flatMap(([id, { silentForMs }]) => (silentForMs === null ? [] : [[id, silentForMs] as const]))
  }

  /** Asks for a place. Never rejects; `unreachable` when there is no answer within 2 s, and at once while the neighbour is Down. */
  async reserve(neighbour: string, ask: ReservationAsk): Promise<Reserved> {
    const peer = this.#peers.get(neighbour)
    return peer ? peer.reserve(ask) : { reservation: null, why: 'unknown-neighbour' }
  }

  /** A place is not needed any more. */
  giveUp(neighbour: string, reservation: string): void {
    this.#peers.get(neighbour)?.giveUp(reservation)
  }
}
