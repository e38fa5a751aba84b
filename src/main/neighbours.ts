/** The link to the SAS that this one helps, and is helped by. */
import { EnvironmentError, type Environment } from '../config/environment.js'
import type { NeighbourTls } from '../config/live-certificate.js'
import type { SasConfig } from '../config/schema.js'
import type { Engine } from '../engine.js'
import type { Metrics } from '../metrics/metrics.js'
import { Neighbours, type OwnState } from '../neighbours/neighbours.js'
import type { NeighbourState } from '../routing/events.js'
import { stateForNeighbour } from '../routing/receiving.js'
import type { SigningIn } from '../signing-in.js'
import type { Surroundings } from './surroundings.js'

export function refuseNeighbours(error: NodeJS.ErrnoException): never {
  throw error.syscall === 'listen' ? new EnvironmentError([`DECROCHE_NEIGHBOURS_HOST, DECROCHE_NEIGHBOURS_PORT: ${error.message}`]) : error
}

/** Null where there is SIP alone between neighbours, or there are none. @throws EnvironmentError without the certificates that the file calls for @param engine made after the link, which it asks */
export function linkTo({ neighbours: settings }: Environment, tls: NeighbourTls | null, { sas, neighbours, limits }: SasConfig, engine: () => Engine, now: () => number): Neighbours | null {
  const peers = neighbours.flatMap(({ id, urls, certificateName }) => (urls === undefined ? [] : [{ id, urls, certificateName: certificateName ?? id }]))
  if (peers.length === 0) return null
  if (settings === null || tls === null) throw new EnvironmentError(['DECROCHE_NEIGHBOURS_CERT, DECROCHE_NEIGHBOURS_KEY and DECROCHE_NEIGHBOURS_CA are missing: the file names neighbours with urls'])
  const state = (neighbour: string): OwnState | null => {
    const { room, state: stage } = engine()
    return room && stage === 'active' ? { ...stateForNeighbour(room, neighbour, now()), queueLengthMax: limits.queueLength } : null
  }
  return new Neighbours({
    sas: sas.id,
    listen: settings.listen,
    tls,
    peers,
    state,
    onAsk: (neighbour, id, ask) => engine().promise(neighbour, id, ask),
    onDrop: (neighbour, id) => engine().releasePromise(neighbour, id),
  })
}

export type NoteRefused = (neighbour: string | null, ip: string | null, why: string) => void

/** Counted, and in the audit. */
export const noteRefused =
  (metrics: Metrics, signingIn: SigningIn | null): NoteRefused =>
  (neighbour, ip, why) => {
    metrics.onNeighbourRefused(why)
    signingIn?.note('neighbour-refused', { account: neighbour, ip, detail: why })
  }

/** An engine that has just taken the room learns what was heard before. */
export function followNeighbours({ engine, metrics, log }: Surroundings, neighbours: Neighbours | null, refuse: NoteRefused): void {
  metrics.neighbourSilence(() => neighbours?.silences() ?? [])
  engine.on('fact', (fact) => {
    if (fact.type === 'gift-refused') refuse(fact.neighbour, null, fact.why)
  })
  if (neighbours === null) return
  const heard = new Map<string, NeighbourState | null>()
  neighbours.on('state', (neighbour, state) => {
    heard.set(neighbour, state)
    engine.hear(neighbour, state)
  })
  neighbours.on('refused', ({ why, neighbour, address }) => refuse(neighbour, address, why))
  neighbours.on('problem', (problem) => log.warn({ problem }, 'neighbours'))
  engine.on('settled', () => neighbours.changed())
  engine.on('state', () => neighbours.changed())
  engine.on('joined', () => {
    for (const [neighbour, said] of heard) engine.hear(neighbour, said)
  })
}
