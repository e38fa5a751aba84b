/** The SAS of the pair, made of config/sas-67.yaml and config/sas-68.yaml, and a third one for a ring: small rooms at N1, and each other for neighbours. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { N1 } from '../../src/routing/rules.js'
import { alone, type SasInput } from '../alone.js'
import { sipPort } from '../asterisk.js'
import { projectRoot } from '../paths.js'
import { scratchDirectory } from '../scratch.js'

export const sides = ['helped', 'helper'] as const
/** Of a pair. */
export type PairSide = (typeof sides)[number]
/** Each gives to the next one first. */
export const ring = [...sides, 'third'] as const
export type Side = (typeof ring)[number]
/** The others, the next one first. */
export const othersOf = (side: Side, members: readonly Side[]): readonly Side[] => {
  const place = members.indexOf(side)
  return [...members.slice(place + 1), ...members.slice(0, place)]
}

export interface Room {
  readonly sas: string
  /** Of which file it is made. */
  readonly file: string
  readonly arms: number
  /** Last number of its address. */
  readonly host: number
}

export const rooms: Readonly<Record<Side, Room>> = {
  helped: { sas: 'sas-67', file: 'sas-67.yaml', arms: 4, host: 67 },
  helper: { sas: 'sas-68', file: 'sas-68.yaml', arms: 6, host: 68 },
  third: { sas: 'sas-57', file: 'sas-57.yaml', arms: 3, host: 57 },
}

export const wrapUpMs = 1_000
/** What is taken of the other's calls, and what is kept for one's own. */
export const receive = { atOnce: 4, keepFree: 1, ownWaitSeconds: 10 }

/** Who knows whom, who of them gives calls to the others, and from when on. */
export interface Terms {
  readonly members: readonly Side[]
  readonly givers: readonly Side[]
  readonly when: Readonly<{ oldestWaitSeconds: number; expectedWaitSeconds?: number }>
  readonly calmSeconds: number
}

/** Of one that helps the other in a surge. */
export const surgeTerms: Terms = { members: sides, givers: ['helped'], when: { oldestWaitSeconds: 8, expectedWaitSeconds: 15 }, calmSeconds: 20 }
/** Who looks at the wall of either. */
export const supervisor = 'superviseur'
const neighbourPort = 8443
const trunkTo = (side: Side): string => `voisin-${rooms[side].host}`

export interface Site {
  /** Where its Asterisk and its engine are. */
  readonly address: string
  /** From where its callers come, by trunk. */
  readonly trunks: Readonly<Record<string, string>>
}

/** How calls are given: by a link on which places are promised, or by SIP alone. */
export type Agreement = 'link' | 'sip'

export interface SasFileOptions {
  readonly side: Side
  readonly sites: ReadonlyMap<Side, Site>
  /** Null: no call is given. */
  readonly agreement: Agreement | null
  readonly terms: Terms
}

/** Of whom a SAS is made and whom it knows. @returns the file */
export function writeSasFile(options: SasFileOptions): string {
  const { sas, file, arms } = rooms[options.side]
  const path = join(scratchDirectory('pair'), `${sas}.yaml`)
  const input = alone(parse(readFileSync(join(projectRoot(), 'config', file), 'utf8')) as SasInput)
  const atN1: SasInput['people'] = Array.from({ length: arms }, (_, index) => {
    const id = `arm0${index + 1}`
    return { id, roles: ['ARM'], phone: id, position: N1 }
  })
  // Whoever is at N2 there has no call of these.
  const people = [...atN1, ...input.people.filter(({ roles }) => !roles.includes('ARM'))]
  const small = { ...input, n1: { ...input.n1, wrapUpSeconds: wrapUpMs / 1_000 }, staffing: [], people, accounts: [{ id: supervisor, rights: ['supervisor' as const] }], trunks: trunksOf(input, options) }
  writeFileSync(path, stringify(options.agreement ? withAgreement(small, options) : small))
  return path
}

/** Each where its callers are on this network. */
function trunksOf({ trunks }: SasInput, { side, sites }: SasFileOptions): SasInput['trunks'] {
  const at = (id: string): string => sites.get(side)?.trunks[id] ?? ''
  return Object.fromEntries(Object.entries(trunks).map(([id, trunk]) => [id, { ...trunk, match: [at(id)], peer: `${at(id)}:${sipPort}` }]))
}

function withAgreement(input: SasInput, { side, sites, agreement, terms: { members, givers, when, calmSeconds } }: SasFileOptions): SasInput {
  const others = othersOf(side, members)
  const address = (other: Side): string => sites.get(other)?.address ?? ''
  const trunks: SasInput['trunks'] = Object.fromEntries(others.map((other) => [trunkTo(other), { kind: 'neighbour', match: [address(other)], channels: 12, peer: `${address(other)}:${sipPort}`, sendsLocation: true }]))
  return {
    ...input,
    trunks: { ...input.trunks, ...trunks },
    entries: [...input.entries, ...others.map((other) => ({ number: '15', trunk: trunkTo(other), queue: N1, class: 'P1' as const }))],
    neighbours: others.map((other) => ({
      id: rooms[other].sas,
      label: `SAS ${rooms[other].host}`,
      trunk: trunkTo(other),
      ...(agreement === 'link' && { urls: [`https://${address(other)}:${neighbourPort}`] }),
      ...(givers.includes(other) && { receive }),
    })),
    ...(givers.includes(side) && { giving: [{ id: 'debordement', label: 'Débordement', to: others.map((other) => rooms[other].sas), when, calmSeconds, atOnce: receive.atOnce }] }),
  }
}

/** Where the engine of a SAS is asked by its neighbours. */
export const linkEnvironment = (address: string, files: { readonly certificate: string; readonly key: string; readonly ca: string }): Record<string, string> => ({
  DECROCHE_NEIGHBOURS_HOST: address,
  DECROCHE_NEIGHBOURS_PORT: String(neighbourPort),
  DECROCHE_NEIGHBOURS_CERT: files.certificate,
  DECROCHE_NEIGHBOURS_KEY: files.key,
  DECROCHE_NEIGHBOURS_CA: files.ca,
})
