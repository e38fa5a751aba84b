/** A SAS as its neighbours meet it: it says what a test tells it to, and writes down what comes. */
import { once } from 'node:events'
import { Neighbours, type LinkProblem, type NeighboursOptions, type OwnState, type Refused } from '../../../src/neighbours/neighbours.js'
import type { NeighbourState, ReservationAsk, ReservationRefusal } from '../../../src/routing/events.js'
import { Authority } from './certificates.js'

export const authority = new Authority()

/** Quick, in the same proportions as in use. */
export const quick = { heartbeatMs: 100, changeMs: 25, silenceMs: 500, reconnectMsMin: 25, reconnectMsMax: 200, answerMs: 600, handshakeMs: 5_000 }

export const positions = (free: number): NeighbourState['positions'] => ({ amu: { open: true, free, staffed: 4, waiting: 0, expectedWaitMs: null } })
export const own = (free: number): OwnState => ({ positions: positions(free), queueLengthMax: 100 })
export const ask: ReservationAsk = { position: 'amu', class: 'P1', visited: ['sas-67'], mayWait: false }

export const nameOf = (sas: string): string => `${sas}.samu.example`
export const peer = (sas: string, ...ports: readonly (number | null)[]): NeighboursOptions['peers'][number] => ({
  id: sas,
  urls: ports.map((port) => `https://127.0.0.1:${port}`),
  certificateName: nameOf(sas),
})

const certificates = new Map<string, NeighboursOptions['tls']>()
export const certificateOf = (sas: string): NeighboursOptions['tls'] => {
  const known = certificates.get(sas) ?? authority.sign(nameOf(sas))
  certificates.set(sas, known)
  return known
}

const started = new Set<Sas>()
/** After each test. */
export const stopAll = async (): Promise<void> => {
  await Promise.all([...started].map((one) => one.stop()))
}

export class Sas {
  own: OwnState | null = own(1)
  answer: (id: string, ask: ReservationAsk) => Promise<ReservationRefusal | null> = async () => null
  readonly asked: { neighbour: string; id: string; ask: ReservationAsk }[] = []
  readonly dropped: { neighbour: string; id: string }[] = []
  readonly states: (NeighbourState | null)[] = []
  readonly refused: Refused[] = []
  readonly problems: LinkProblem[] = []
  readonly link: Neighbours

  private constructor(id: string, options: Partial<NeighboursOptions>) {
    this.link = new Neighbours({
      sas: id,
      listen: { host: '127.0.0.1', port: 0 },
      tls: certificateOf(id),
      peers: [],
      state: () => this.own,
      onAsk: (neighbour, reservation, asked) => {
        this.asked.push({ neighbour, id: reservation, ask: asked })
        return this.answer(reservation, asked)
      },
      onDrop: (neighbour, reservation) => void this.dropped.push({ neighbour, id: reservation }),
      timing: quick,
      ...options,
    })
    this.link.on('state', (_, state) => this.states.push(state))
    this.link.on('refused', (refused) => this.refused.push(refused))
    this.link.on('problem', (problem) => this.problems.push(problem))
  }

  static async start(id: string, options: Partial<NeighboursOptions> = {}): Promise<Sas> {
    const sas = new Sas(id, options)
    started.add(sas)
    await sas.link.start()
    return sas
  }

  get port(): number | null {
    return this.link.port
  }

  /** How the only neighbour stands, once that is known. */
  async heard(state: NeighbourState | null): Promise<void> {
    while (JSON.stringify(this.states.at(-1)) !== JSON.stringify(state)) await once(this.link, 'state')
  }

  async toldRefused(why: Refused['why']): Promise<Refused> {
    for (;;) {
      const found = this.refused.find((one) => one.why === why)
      if (found) return found
      await once(this.link, 'refused')
    }
  }

  async stop(): Promise<void> {
    started.delete(this)
    await this.link.stop()
  }
}

/** 67 tells how it stands and is asked; 68 watches and asks. */
export const pair = async (of67: Partial<NeighboursOptions> = {}, of68: Partial<NeighboursOptions> = {}): Promise<{ sas67: Sas; sas68: Sas }> => {
  const sas67 = await Sas.start('sas-67', { peers: [peer('sas-68')], ...of67 })
  const sas68 = await Sas.start('sas-68', { peers: [peer('sas-67', sas67.port)], listen: null, ...of68 })
  return { sas67, sas68 }
}
