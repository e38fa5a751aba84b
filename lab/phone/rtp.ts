/** RTP packets (RFC 3550) and telephone events in them (RFC 4733). */

export const headerBytes = 12

export interface RtpPacket {
  readonly type: number
  readonly marker: boolean
  readonly sequence: number
  /** In samples of 125 µs. */
  readonly timestamp: number
  readonly source: number
  readonly payload: Uint8Array
}

export interface TelephoneEvent {
  /** 0-9, *, #, A-D. */
  readonly digit: string
  readonly end: boolean
  /** So far, in samples of 125 µs. */
  readonly duration: number
}

const digits = '0123456789*#ABCD'

/** Reads a packet; undefined when it is no RTP version 2, or when it is RTCP (RFC 5761 4). */
export function readPacket(data: Buffer): RtpPacket | undefined {
  if (data.length < headerBytes) return undefined
  const first = data.readUInt8(0)
  const second = data.readUInt8(1)
  if (first >> 6 !== 2 || (second >= 192 && second <= 223)) return undefined
  let start = headerBytes + 4 * (first & 0x0f)
  if ((first & 0x10) !== 0) {
    if (data.length < start + 4) return undefined
    start += 4 + 4 * data.readUInt16BE(start + 2)
  }
  const padding = (first & 0x20) !== 0 ? data.readUInt8(data.length - 1) : 0
  const end = data.length - padding
  if (end < start) return undefined
  return {
    type: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: data.readUInt16BE(2),
    timestamp: data.readUInt32BE(4),
    source: data.readUInt32BE(8),
    payload: data.subarray(start, end),
  }
}

/** Writes the 12 header bytes of a packet without extension at the start of `into`. */
export function writeHeader(into: Buffer, header: Omit<RtpPacket, 'payload'>): void {
  into.writeUInt8(0x80, 0)
  into.writeUInt8(header.type | (header.marker ? 0x80 : 0), 1)
  into.writeUInt16BE(header.sequence & 0xffff, 2)
  into.writeUInt32BE(header.timestamp >>> 0, 4)
  into.writeUInt32BE(header.source, 8)
}

/** Whether a character can be sent as a telephone event. */
export function isDigit(character: string): boolean {
  return character.length === 1 && digits.includes(character)
}

/** The four payload bytes of a telephone event, at −10 dBm0. */
export function writeEvent(event: TelephoneEvent): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt8(digits.indexOf(event.digit), 0)
  payload.writeUInt8((event.end ? 0x80 : 0) | 10, 1)
  payload.writeUInt16BE(Math.min(event.duration, 0xffff), 2)
  return payload
}

/** Reads a telephone event; undefined when it is too short or no digit. */
export function readEvent(payload: Uint8Array): TelephoneEvent | undefined {
  const [code, flags, high, low] = payload
  if (code === undefined || flags === undefined || high === undefined || low === undefined) return undefined
  const digit = digits[code]
  if (digit === undefined) return undefined
  return { digit, end: (flags & 0x80) !== 0, duration: high * 256 + low }
}
