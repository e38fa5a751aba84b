/** What is wrong with trunks: an address that is none, one that speaks for two, a name that a phone has too, channels kept back for nobody. */
import { isIP } from 'node:net'
import { browserOf } from '../sip-endpoints.js'
import type { FaultPath } from './fault.js'
import { mayUseReserve } from './schema.js'
import type { Report, Sketch } from './sketch.js'

export const trunkFaults = ({ trunks, people, entries, outbound }: Sketch, report: Report): void => {
  // Each phone is known to the PBX twice: at the desk and in a browser.
  const phones = new Set(people.flatMap(({ phone: { name } }) => (name === undefined ? [] : [name, browserOf(name)])))
  for (const [name, trunk] of Object.entries(trunks)) {
    if (trunk.kind === 'neighbour' && trunk.peer === undefined)
      report(['trunks', name, 'peer'], 'a neighbour needs the address that calls are sent to', 'add peer: host:port')
    if (trunk.peer !== undefined && !isHostAndPort(trunk.peer))
      report(['trunks', name, 'peer'], `not an address: ${JSON.stringify(trunk.peer)}`, 'write host:port')
    if (phones.has(name)) report(['trunks', name], 'a phone has the same name', 'trunks and phones share one list of SIP names')
  }
  const callsOut = (name: string | undefined, ...at: FaultPath): void => {
    if (name !== undefined && trunks[name] && trunks[name].peer === undefined) report(at, `calls cannot be sent to trunk ${name}`, 'give it a peer: host:port')
  }
  callsOut(outbound.trunk, 'outbound', 'trunk')
  for (const [name, { trunk }] of Object.entries(outbound.directory)) callsOut(trunk, 'outbound', 'directory', name, 'trunk')
  for (const [index, { phone }] of people.entries()) callsOut(phone.trunk, 'people', index, 'phone', 'trunk')
  addressFaults(trunks, report)
  reserveFaults(trunks, entries, report)
}

const isHostAndPort = (peer: string): boolean => {
  const parts = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})$/.exec(peer)
  return parts !== null && Number(parts[2]) >= 1 && Number(parts[2]) <= 65_535
}

/** The addresses from `first` to `last`, as numbers. */
interface Block {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

/** A trunk is known by where its SIP comes from, so one address must not speak for two. */
const addressFaults = (trunks: Sketch['trunks'], report: Report): void => {
  const blocks: (Block & { readonly trunk: string })[] = []
  for (const [trunk, { match }] of Object.entries(trunks)) {
    for (const [index, text] of match.entries()) {
      if (text === undefined) continue
      const at = ['trunks', trunk, 'match', index]
      const block = parseBlock(text)
      if (block === null) {
        report(at, `not an IP address or network: ${JSON.stringify(text)}`, 'such as 192.0.2.10 or 192.0.2.0/28')
        continue
      }
      const rival = blocks.find((other) => other.trunk !== trunk && other.family === block.family && other.first <= block.last && block.first <= other.last)
      if (rival) report(at, `this address also speaks for trunk ${rival.trunk}`, 'give each trunk its own addresses')
      blocks.push({ trunk, ...block })
    }
  }
}

/** Channels kept back leave some for everybody else, and somebody may use them (R-IN-5). */
const reserveFaults = (trunks: Sketch['trunks'], entries: Sketch['entries'], report: Report): void => {
  for (const [name, { kind, channels, reservedChannels = 0 }] of Object.entries(trunks)) {
    if (reservedChannels <= 0) continue
    const at = ['trunks', name, 'reservedChannels']
    if (channels !== undefined && reservedChannels >= channels)
      report(at, `of ${channels} channels, ${reservedChannels} cannot be kept back`, `${channels - 1} at most`)
    const used = entries.some(({ trunk, number, usesReserve }) => trunk === name && number !== undefined && mayUseReserve({ number, usesReserve }, kind))
    if (!used) report(at, `no number of trunk ${name} may use these channels`, 'give one of its entries usesReserve: true, or reserve none')
  }
}

const parseBlock = (text: string): Block | null => {
  const [address = '', prefixText, ...rest] = text.split('/')
  const family = isIP(address)
  if ((family !== 4 && family !== 6) || address.includes('%') || rest.length > 0) return null
  const bits = family === 4 ? 32 : 128
  if (prefixText !== undefined && !/^[0-9]{1,3}$/.test(prefixText)) return null
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  if (prefix > bits) return null
  const size = 1n << BigInt(bits - prefix)
  const number = family === 4 ? joined(address.split('.').map(Number), 8) : joined(groupsOf(address), 16)
  const first = number - (number % size)
  return { family, first, last: first + size - 1n }
}

const joined = (parts: readonly number[], bits: number): bigint => parts.reduce((number, part) => (number << BigInt(bits)) | BigInt(part), 0n)

/** The eight groups of an IPv6 address. A URL writes one in hexadecimal alone. */
const groupsOf = (address: string): number[] => {
  const [head = [], tail = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((half) => (half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))))
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}
