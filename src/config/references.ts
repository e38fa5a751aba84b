/**
 * Faults that no single field shows: names that point nowhere, things named twice, parts that cannot work together.
 * Reads a lenient sketch of the file, so a fault of shape in one place does not hide these in another.
 */
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { N1 } from '../routing/rules.js'
import { browserOf, isBrowser, phoneOf } from '../sip-endpoints.js'
import { mayUseReserve } from './schema.js'
import { suggest, type FaultPath, type PlacedFault } from './fault.js'

const word = z.string().optional().catch(undefined)
const amount = z.number().optional().catch(undefined)
const words = z
  .array(z.unknown())
  .catch([])
  .transform((items) => items.map((item) => (typeof item === 'string' ? item : undefined)))
const list = <T extends z.ZodType>(item: T) => z.array(item).catch([])

const trunkSketch = z
  .object({ kind: word, match: words, peer: word, channels: amount, reservedChannels: amount })
  .catch({ kind: undefined, match: [], peer: undefined, channels: undefined, reservedChannels: undefined })

const sketchSchema = z.object({
  trunks: z.record(z.string(), trunkSketch).catch({}),
  entries: list(
    z
      .object({ number: word, trunk: word, queue: word, class: word, usesReserve: z.boolean().optional().catch(undefined) })
      .catch({ number: undefined, trunk: undefined, queue: undefined, class: undefined, usesReserve: undefined }),
  ),
  filieres: list(
    z
      .object({ id: word, stages: list(z.object({ id: word, roles: words }).catch({ id: undefined, roles: [] })) })
      .catch({ id: undefined, stages: [] }),
  ),
  people: list(
    z
      .object({ id: word, roles: words, phone: word, position: word })
      .catch({ id: undefined, roles: [], phone: undefined, position: undefined }),
  ),
  orientation: z
    .object({ P0: word, P1: word, P2: word })
    .optional()
    .catch({ P0: undefined, P1: undefined, P2: undefined })
    .transform((given) => given ?? { P0: 'amu', P1: 'amu', P2: 'mg' }),
  yieldSeconds: z.record(z.string(), z.number().catch(Number.NaN)).catch({}),
  dtmf: z.record(z.string(), z.unknown()).catch({}),
  pauseReasons: words,
})
type Sketch = z.infer<typeof sketchSchema>

type Report = (at: FaultPath, message: string, hint?: string | null) => void

/** Every fault of reference in the data of one file, however malformed the data is. */
export const referenceFaults = (data: unknown): PlacedFault[] => {
  const read = sketchSchema.safeParse(data)
  if (!read.success) return []
  const faults: PlacedFault[] = []
  const report: Report = (at, message, hint = null) => faults.push({ at, message, hint })
  for (const check of [trunks, trunkAddresses, reserves, filieres, entries, people, service, orientation, order, codes])
    check(read.data, report)
  return faults
}

const trunks = ({ trunks: all, people }: Sketch, report: Report): void => {
  // Each phone is known to the PBX twice: at the desk and in a browser.
  const phones = new Set(people.flatMap(({ phone }) => (phone === undefined ? [] : [phone, browserOf(phone)])))
  for (const [name, trunk] of Object.entries(all)) {
    if (trunk.kind === 'neighbour' && trunk.peer === undefined) {
      report(['trunks', name, 'peer'], 'a neighbour needs the address that calls are sent to', 'add peer: host:port')
    }
    if (trunk.peer !== undefined && !isHostAndPort(trunk.peer)) {
      report(['trunks', name, 'peer'], `not an address: ${JSON.stringify(trunk.peer)}`, 'write host:port')
    }
    if (phones.has(name))
      report(['trunks', name], 'a phone has the same name', 'trunks and phones share one list of SIP names')
  }
}

const isHostAndPort = (peer: string): boolean => {
  const parts = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})$/.exec(peer)
  return parts !== null && Number(parts[2]) >= 1 && Number(parts[2]) <= 65_535
}

interface Block {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** A trunk is known by where its SIP comes from, so one address must not speak for two. */
const trunkAddresses = ({ trunks: all }: Sketch, report: Report): void => {
  const blocks: (Block & { readonly trunk: string })[] = []
  for (const [trunk, { match }] of Object.entries(all)) {
    for (const [index, text] of match.entries()) {
      if (text === undefined) continue
      const block = parseBlock(text)
      if (block === null) {
        report(
          ['trunks', trunk, 'match', index],
          `not an IP address or network: ${JSON.stringify(text)}`,
          'such as 192.0.2.10 or 192.0.2.0/28',
        )
        continue
      }
      const rival = blocks.find((other) => other.trunk !== trunk && overlap(other, block))
      if (rival)
        report(
          ['trunks', trunk, 'match', index],
          `this address also speaks for trunk ${rival.trunk}`,
          'give each trunk its own addresses',
        )
      blocks.push({ trunk, ...block })
    }
  }
}

const parseBlock = (text: string): Block | null => {
  const [address = '', prefixText, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return null
  const bits = version === 4 ? 32 : 128
  if (prefixText !== undefined && !/^[0-9]{1,3}$/.test(prefixText)) return null
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  return prefix <= bits ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : null
}

const overlap = (a: Block, b: Block): boolean => {
  if (a.family !== b.family) return false
  const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a]
  const network = new BlockList()
  network.addSubnet(wide.address, wide.prefix, wide.family)
  return network.check(narrow.address, narrow.family)
}

/** Channels kept back leave some for everybody else, and somebody may use them. */
const reserves = ({ trunks: all, entries }: Sketch, report: Report): void => {
  for (const [name, { kind, channels, reservedChannels = 0 }] of Object.entries(all)) {
    if (reservedChannels <= 0) continue
    const at = ['trunks', name, 'reservedChannels']
    if (channels !== undefined && reservedChannels >= channels)
      report(at, `of ${channels} channels, ${reservedChannels} cannot be kept back`, `${channels - 1} at most`)
    const used = entries.some(({ trunk, number, usesReserve }) => trunk === name && number !== undefined && mayUseReserve({ number, usesReserve }, kind))
    if (!used) report(at, `no number of trunk ${name} may use these channels`, 'give one of its entries usesReserve: true, or reserve none')
  }
}

const filieres = ({ filieres: all }: Sketch, report: Report): void => {
  const positions = new Map<string, number>()
  const queues = new Set<string>()
  for (const [index, { id }] of all.entries()) {
    if (id === undefined) continue
    if (id === N1) report(['filieres', index, 'id'], 'n1 is the name of the first level', 'choose another name')
    if (positions.has(id)) report(['filieres', index, 'id'], `filière ${id} is there twice`)
    else positions.set(id, index)
  }
  for (const [index, { stages }] of all.entries()) {
    for (const [stage, { id }] of stages.entries()) {
      if (id === undefined) continue
      const at = ['filieres', index, 'stages', stage, 'id']
      if (id === N1) report(at, 'n1 is the queue of the first level', 'choose another name')
      if (queues.has(id)) report(at, `queue ${id} is there twice`)
      queues.add(id)
      const namesake = positions.get(id)
      if (namesake !== undefined && (namesake !== index || stage !== 0)) {
        report(
          at,
          `filière ${id} has the same name, and a transfer to it would be ambiguous`,
          'only the first stage may be named like its own filière',
        )
      }
    }
  }
}

const queueIds = (sketch: Sketch): Set<string> =>
  new Set([N1, ...sketch.filieres.flatMap(({ stages }) => stages.flatMap(({ id }) => id ?? []))])
const filiereIds = (sketch: Sketch): string[] => sketch.filieres.flatMap(({ id }) => id ?? [])

const entries = (sketch: Sketch, report: Report): void => {
  const queues = queueIds(sketch)
  const seen = new Map<string, number>()
  for (const [index, entry] of sketch.entries.entries()) {
    const kind = entry.trunk === undefined ? undefined : sketch.trunks[entry.trunk]?.kind
    if (entry.trunk !== undefined && !Object.hasOwn(sketch.trunks, entry.trunk)) {
      report(
        ['entries', index, 'trunk'],
        `unknown trunk ${entry.trunk}`,
        suggest(entry.trunk, Object.keys(sketch.trunks)),
      )
    }
    if (entry.queue !== undefined && !queues.has(entry.queue)) {
      report(['entries', index, 'queue'], `unknown queue ${entry.queue}`, suggest(entry.queue, queues))
    }
    if (entry.class === 'SIS' && kind !== undefined && kind !== 'fire-service' && kind !== 'neighbour') {
      report(
        ['entries', index, 'class'],
        `a call from ${kind} trunk ${entry.trunk} cannot be of the fire service`,
        'use P0, P1 or P2',
      )
    }
    if (entry.trunk === undefined || entry.number === undefined) continue
    const key = `${entry.trunk}/${entry.number}`
    const first = seen.get(key)
    if (first !== undefined)
      report(
        ['entries', index, 'number'],
        `number ${entry.number} is there twice on trunk ${entry.trunk}`,
        `first at entries[${first}]`,
      )
    else seen.set(key, index)
  }
}

const people = (sketch: Sketch, report: Report): void => {
  const positions = [N1, ...filiereIds(sketch)]
  once(sketch, 'id', 'person', report)
  once(sketch, 'phone', 'phone', report)
  const phones = new Set(sketch.people.map(({ phone }) => phone))
  for (const [index, { phone }] of sketch.people.entries()) {
    const desk = phone !== undefined && isBrowser(phone) ? phoneOf(phone) : null
    if (desk !== null && phones.has(desk))
      report(['people', index, 'phone'], `is how the browser of phone ${desk} is called`)
  }
  for (const [index, { position, roles }] of sketch.people.entries()) {
    if (position === undefined) continue
    if (!positions.includes(position)) {
      report(['people', index, 'position'], `unknown position ${position}`, suggest(position, positions))
      continue
    }
    const served = rolesAt(sketch, position)
    if (!roles.some((role) => role !== undefined && served.includes(role))) {
      report(
        ['people', index, 'roles'],
        `serves no queue at position ${position}`,
        `its queues want ${served.join(', ')}`,
      )
    }
  }
}

/** One person, one id and one phone: two people on one phone would ring for two calls. */
const once = (sketch: Sketch, field: 'id' | 'phone', name: string, report: Report): void => {
  const seen = new Map<string, number>()
  for (const [index, person] of sketch.people.entries()) {
    const value = person[field]
    if (value === undefined) continue
    const first = seen.get(value)
    if (first === undefined) seen.set(value, index)
    else report(['people', index, field], `${name} ${value} is there twice`, `first at people[${first}]`)
  }
}

const rolesAt = (sketch: Sketch, position: string): string[] => {
  if (position === N1) return ['ARM']
  const stages = sketch.filieres.filter(({ id }) => id === position).flatMap((filiere) => filiere.stages)
  return [...new Set(stages.flatMap(({ roles }) => roles.flatMap((role) => role ?? [])))]
}

/** A queue that nobody of the SAS could ever serve keeps its callers until they hang up. */
const service = (sketch: Sketch, report: Report): void => {
  if (sketch.people.length === 0) return
  const present = new Set(sketch.people.flatMap(({ roles }) => roles))
  if (!present.has('ARM')) report(['people'], 'nobody can serve queue n1', 'add a person with the role ARM')
  for (const [index, { stages }] of sketch.filieres.entries()) {
    for (const [stage, { id, roles }] of stages.entries()) {
      const wanted = roles.flatMap((role) => role ?? [])
      if (wanted.length === 0 || wanted.some((role) => present.has(role))) continue
      report(
        ['filieres', index, 'stages', stage, 'roles'],
        `nobody can serve queue ${id ?? '?'}`,
        `add a person with the role ${wanted.join(' or ')}`,
      )
    }
  }
}

const orientation = (sketch: Sketch, report: Report): void => {
  const known = filiereIds(sketch)
  if (known.length === 0) return
  for (const priority of ['P0', 'P1', 'P2'] as const) {
    const target = sketch.orientation[priority]
    if (target === undefined || known.includes(target)) continue
    report(['orientation', priority], `unknown filière ${target}`, suggest(target, known))
  }
  const vital = sketch.orientation.P0
  // R-N1-4: the ARM keeps a P0 call and serves that filière until it is over.
  if (vital !== undefined && known.includes(vital) && !rolesAt(sketch, vital).includes('ARM')) {
    report(
      ['orientation', 'P0'],
      `the ARM keeps a P0 call, but no queue of filière ${vital} wants an ARM`,
      'add ARM to the roles of one of its stages',
    )
  }
}

const CLASSES = ['SIS', 'P0', 'P1', 'P2'] as const

/** A more pressing class never gives way longer than a less pressing one. */
const order = ({ yieldSeconds }: Sketch, report: Report): void => {
  for (const [index, name] of CLASSES.entries()) {
    const before = CLASSES[index - 1]
    if (before === undefined) continue
    const [more, less] = [yieldSeconds[before], yieldSeconds[name]]
    if (more !== undefined && less !== undefined && more > less) {
      report(['yieldSeconds', name], `${before} would give way longer than ${name}`, `give ${name} at least ${more}`)
    }
  }
}

const codes = ({ dtmf, pauseReasons }: Sketch, report: Report): void => {
  const all = Object.keys(dtmf)
  for (const code of all) {
    const start = all.find((other) => other !== code && code.startsWith(other))
    if (start !== undefined)
      report(
        ['dtmf', code],
        `can never be dialled: code ${start} is understood first`,
        'no code may be the start of another',
      )
  }
  for (const [index, reason] of pauseReasons.entries()) {
    if (reason !== undefined && pauseReasons.indexOf(reason) !== index)
      report(['pauseReasons', index], `reason ${JSON.stringify(reason)} is there twice`)
  }
}
