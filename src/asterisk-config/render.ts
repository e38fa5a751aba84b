/** One SAS and one site → the files of its Asterisk. */
import { readdirSync, readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isSecure, mayUseReserve, type CallClass, type SasConfig } from '../config/schema.js'
import { CANARY, N1 } from '../routing/rules.js'
import { browserOf, isOutside } from '../sip-endpoints.js'
import { type PbxSite, sipPassword } from './site.js'
import { fill, type Scope } from './template.js'

/** Order in the fallback's queue; the larger goes first. */
const fallbackPriority: Record<CallClass, number> = { SIS: 30, P0: 20, P1: 10, P2: 0 }

/** Both ends of a canary's caller, and of the robot that picks up; twice, should an engine have died during one. */
const canaryChannels = 8

/**
 * The configuration files of an Asterisk, by name, filled from the templates in `asterisk/`.
 * @throws Error when a trunk and a phone share a name, or a value could not stand in a file.
 */
export function renderAsterisk(config: SasConfig, site: PbxSite): Map<string, string> {
  const scope = scopeOf(config, site)
  const directory = templateDirectory()
  const files = new Map<string, string>()
  for (const name of readdirSync(directory).filter((file) => file.endsWith('.conf')).sort()) {
    try {
      files.set(name, fill(readFileSync(join(directory, name), 'utf8'), scope))
    } catch (error) {
      throw new Error(`asterisk/${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return files
}

/** Desk phones of a SAS with their passwords; `secure` are those of sites that are. Those of browsers are made for each session, and stand in no file. */
export function phonesOf(config: SasConfig, secret: string): { phone: string; password: string; secure: boolean }[] {
  const people = config.people.filter(({ phone }) => !isOutside(phone))
  return people.map((person) => ({ phone: person.phone, password: sipPassword(secret, person.phone), secure: isSecure(config, person) }))
}

function scopeOf(config: SasConfig, site: PbxSite): Scope {
  const phones = phonesOf(config, site.sipSecret)
  rejectSharedNames(config, phones.map(({ phone }) => phone))
  if (site.tls === null && phones.some(({ secure }) => secure)) throw new Error('the SAS has a secure site: its phones want TLS, and the file of the place has no tls')
  return {
    app: site.app,
    sip: site.sip,
    media: {
      ...site.media,
      trunkTimeoutSeconds: site.rtpTimeouts.trunkSeconds,
      neighbourTimeoutSeconds: site.rtpTimeouts.neighbourSeconds,
      phoneTimeoutSeconds: site.rtpTimeouts.phoneSeconds,
      browserTimeoutSeconds: site.rtpTimeouts.browserSeconds,
      holdTimeoutSeconds: site.rtpTimeouts.holdSeconds,
    },
    http: site.http,
    tls: site.tls !== null && { ...site.tls, engines: site.tls.engines.map((engine) => ({ engine })) },
    ari: site.ari,
    dirs: { ...site.dirs },
    fallback: site.fallback,
    neighbour: neighbourOf(config, site),
    trunks: config.canary === undefined ? trunksOf(config) : [...trunksOf(config), canaryTrunk(site)],
    music: Object.keys(config.music).map((name) => ({ name })),
    phones: phones.map((phone) => ({ ...phone, clear: !phone.secure })),
    deskCodes: Object.keys(config.deskCodes).map((code) => ({ code })),
    n1: {
      ringSeconds: Math.ceil(config.n1.ringSeconds),
      phones: config.people
        .filter(({ position, phone }) => position === N1 && !isOutside(phone))
        .map((person) => ({ phone: person.phone, person: person.id })),
    },
  }
}

function trunksOf(config: SasConfig): Scope[] {
  return Object.entries(config.trunks).map(([id, trunk]) => ({
    id,
    canary: false,
    kind: trunk.kind,
    channels: trunk.channels,
    reserved: trunk.reservedChannels,
    peer: trunk.peer ?? '',
    matches: trunk.match.map((match) => ({ match })),
    // An ambulance firm shows its own number; the others hand on a caller's.
    trusted: trunk.kind !== 'ambulance',
    sendsLocation: trunk.sendsLocation,
    gives: trunk.kind === 'neighbour',
    handsOn: trunk.kind === 'neighbour' || trunk.kind === 'fire-service',
    entries: config.entries
      .filter((entry) => entry.trunk === id)
      .map((entry) => {
        const usesReserve = mayUseReserve(entry, trunk.kind)
        const limit = usesReserve ? trunk.channels : trunk.channels - trunk.reservedChannels
        return { number: entry.number, music: entry.music ?? '', priority: fallbackPriority[entry.class], usesReserve, limit }
      }),
  }))
}

/** The PBX itself, which calls itself: known by a digest and not by its address, which desk phones of the same machine may have too. */
function canaryTrunk({ sip, sipSecret }: PbxSite): Scope {
  const host = isIPv6(sip.address) ? `[${sip.address === '::' ? '::1' : sip.address}]` : sip.address === '0.0.0.0' ? '127.0.0.1' : sip.address
  return {
    id: CANARY,
    canary: { password: sipPassword(sipSecret, CANARY) },
    kind: 'the canary',
    channels: canaryChannels,
    reserved: 0,
    peer: `${host}:${sip.port}`,
    matches: [],
    trusted: false,
    sendsLocation: false,
    gives: false,
    handsOn: false,
    entries: [{ number: CANARY, music: '', priority: 0, usesReserve: false, limit: canaryChannels }],
  }
}

function neighbourOf(config: SasConfig, site: PbxSite): Scope {
  const [id, trunk] = Object.entries(config.trunks).find(([, each]) => each.kind === 'neighbour') ?? []
  return { id: id ?? '', reachable: trunk?.peer !== undefined, number: site.neighbourNumber }
}

function rejectSharedNames(config: SasConfig, phones: readonly string[]): void {
  const taken = new Set(Object.keys(config.trunks))
  for (const name of phones.flatMap((phone) => [phone, browserOf(phone)])) {
    if (taken.has(name)) throw new Error(`two SIP endpoints would be called ${name}: rename the trunk or the phone`)
    taken.add(name)
  }
}

/** `asterisk/` stands beside `src/`, and beside `dist/` once built. */
function templateDirectory(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const candidate = join(at, 'asterisk')
    try {
      if (readdirSync(candidate).includes('pjsip.conf')) return candidate
    } catch {
      // Not here: look one directory higher.
    }
    if (at === dirname(at)) throw new Error('the asterisk/ templates are missing beside the program')
  }
}
