/** Session descriptions of one audio line (RFC 3264, RFC 4566): G.711 and telephone events, over RTP or SRTP (RFC 4568). */
import type { HostPort } from './sip-text.js'
import { srtpSuite } from './srtp.js'

/** G.711 A-law (8) and µ-law (0), the static payload types of RFC 3551. */
export type G711 = 8 | 0

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

interface Crypto {
  readonly tag: string
  readonly key: string
}

/** What the other side said of its audio line. */
export interface RemoteAudio {
  /** Port 0 when it refuses audio. */
  readonly at: HostPort
  /** The G.711 variants it takes, in its order. */
  readonly codecs: readonly G711[]
  /** Payload type of its telephone events (RFC 4733), when it takes them. */
  readonly eventType: number | undefined
  /** Seen from the other side. */
  readonly direction: Direction
  /** By which its sound is hidden; undefined over plain RTP. */
  readonly crypto: Crypto | undefined
  /** The media lines, in order, each without its attributes: an answer must mirror all of them. */
  readonly lines: readonly string[]
}

const defaultEventType = 101

let sessions = 0

export interface LocalAudio {
  readonly at: HostPort
  readonly sessionId: number
  readonly version: number
  /** None for plain RTP. */
  readonly srtpKey?: string | undefined
}

/** A session id no other description of this process uses. */
export function newSessionId(): number {
  sessions += 1
  return sessions
}

/** An offer of A-law, µ-law and telephone events, both ways. */
export function makeOffer(local: LocalAudio): string {
  return describe(local, [audioLines(local, '1', [8, 0], defaultEventType, 'sendrecv')])
}

/**
 * The answer to an offer: its first G.711 variant, its telephone events, the mirrored direction; other media refused.
 * Throws when the offer has no audio line with G.711, or is not
 * hidden where we are, or the other way round.
 */
export function makeAnswer(local: LocalAudio, offer: RemoteAudio): string {
  const codec = offer.codecs[0]
  if (codec === undefined) throw new Error('the offer has no G.711 audio')
  if ((offer.crypto === undefined) !== (local.srtpKey === undefined)) throw new Error('only one side wants SRTP')
  const audioAt = offer.lines.findIndex((line) => line.startsWith('m=audio'))
  const media = offer.lines.map((line, index) =>
    index === audioAt
      ? audioLines(local, offer.crypto?.tag ?? '1', [codec], offer.eventType, mirrored(offer.direction))
      : [line.replace(/^(m=\S+) \d+/, '$1 0')],
  )
  return describe(local, media)
}

/** Reads a description. Throws when it has no audio line. */
export function readAudio(text: string): RemoteAudio {
  const all = text.split(/\r?\n/)
  const lines = all.filter((line) => line.startsWith('m='))
  const start = all.findIndex((line) => line.startsWith('m=audio'))
  if (start < 0) throw new Error('a session description without audio')
  const end = all.findIndex((line, index) => index > start && line.startsWith('m='))
  const section = all.slice(start, end < 0 ? undefined : end)
  const firstMedia = all.findIndex((line) => line.startsWith('m='))
  const session = all.slice(0, firstMedia)
  const connection = find(section, /^c=IN IP4 (\S+)/) ?? find(session, /^c=IN IP4 (\S+)/)
  const [, port, , ...types] = (section[0] ?? '').split(' ')
  if (connection === undefined || port === undefined) throw new Error('a session description without an IPv4 address')
  return {
    at: { host: connection, port: Number(port) },
    codecs: types.map(Number).filter((type): type is G711 => type === 8 || type === 0),
    eventType: eventTypeOf(section),
    crypto: cryptoOf(section),
    direction: directionOf(section) ?? directionOf(session) ?? 'sendrecv',
    lines,
  }
}

function describe(local: LocalAudio, media: readonly (readonly string[])[]): string {
  const head = [
    'v=0',
    `o=- ${local.sessionId} ${local.version} IN IP4 ${local.at.host}`,
    's=-',
    `c=IN IP4 ${local.at.host}`,
    't=0 0',
  ]
  return `${[...head, ...media.flat()].join('\r\n')}\r\n`
}

function audioLines({ at: { port }, srtpKey }: LocalAudio, tag: string, codecs: readonly G711[], eventType: number | undefined, direction: Direction): string[] {
  const types = eventType === undefined ? codecs : [...codecs, eventType]
  const names = codecs.map((codec) => `a=rtpmap:${codec} ${codec === 8 ? 'PCMA' : 'PCMU'}/8000`)
  const events =
    eventType === undefined ? [] : [`a=rtpmap:${eventType} telephone-event/8000`, `a=fmtp:${eventType} 0-16`]
  const crypto = srtpKey === undefined ? [] : [`a=crypto:${tag} ${srtpSuite} inline:${srtpKey}`]
  return [`m=audio ${port} RTP/${srtpKey === undefined ? 'AVP' : 'SAVP'} ${types.join(' ')}`, ...crypto, ...names, ...events, 'a=ptime:20', `a=${direction}`]
}

function find(lines: readonly string[], pattern: RegExp): string | undefined {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}

function eventTypeOf(section: readonly string[]): number | undefined {
  const type = find(section, /^a=rtpmap:(\d+) telephone-event\/8000/i)
  return type === undefined ? undefined : Number(type)
}

function cryptoOf(section: readonly string[]): Crypto | undefined {
  const found = section.map((line) => new RegExp(`^a=crypto:(\\d+) ${srtpSuite} inline:([\\w+/=]+)`).exec(line)).find((each) => each !== null)
  return found?.[1] === undefined || found[2] === undefined ? undefined : { tag: found[1], key: found[2] }
}

function directionOf(lines: readonly string[]): Direction | undefined {
  const names: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive']
  return names.find((name) => lines.includes(`a=${name}`))
}

function mirrored(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly'
  return direction === 'recvonly' ? 'sendonly' : direction
}
