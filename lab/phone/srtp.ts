/**
 * SRTP of one call (RFC 3711: AES_CM_128_HMAC_SHA1_80), with keys out of its session description (RFC 4568). One stream each way, no
 * RTCP: the lab's phones send none.
 */
import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { headerBytes } from './rtp.js'

export const srtpSuite = 'AES_CM_128_HMAC_SHA1_80'
const keyBytes = 16
const saltBytes = 14
const tagBytes = 10
const sequences = 0x1_0000

/** Master key and salt, in base64, as `inline:` has them. */
export const newSrtpKey = (): string => randomBytes(keyBytes + saltBytes).toString('base64')

/** What one side says, hidden and sealed by its own key. Each packet once, and about in order. */
export class SrtpStream {
  readonly #cipherKey: Buffer
  readonly #sealKey: Buffer
  readonly #salt: Buffer
  /** The 48 bits of RTP's 16 (RFC 3711 3.3.1). */
  #index: number | undefined

  /** @throws RangeError when it is no key of this suite */
  constructor(key: string) {
    const master = Buffer.from(key, 'base64')
    if (master.length !== keyBytes + saltBytes) throw new RangeError('an SRTP key of another length')
    const derived = (label: number, length: number): Buffer => {
      const start = Buffer.alloc(keyBytes)
      master.copy(start, 0, keyBytes)
      start.writeUInt8(start.readUInt8(7) ^ label, 7)
      return keyStream(master.subarray(0, keyBytes), start, Buffer.alloc(length))
    }
    this.#cipherKey = derived(0, keyBytes)
    this.#sealKey = derived(1, 20)
    this.#salt = derived(2, saltBytes)
  }

  protect(packet: Buffer): Buffer {
    const index = this.#indexOf(packet)
    this.#index = index
    const hidden = this.#turned(packet, index)
    return Buffer.concat([hidden, this.#sealOf(hidden, index)])
  }

  /** Undefined when its seal is not of this key: clear RTP, for one. */
  open(packet: Buffer): Buffer | undefined {
    const end = packet.length - tagBytes
    if (end < headerBytes) return undefined
    const hidden = packet.subarray(0, end)
    const index = this.#indexOf(hidden)
    if (!timingSafeEqual(this.#sealOf(hidden, index), packet.subarray(end))) return undefined
    this.#index = Math.max(index, this.#index ?? 0)
    return this.#turned(hidden, index)
  }

  #indexOf(packet: Buffer): number {
    const sequence = packet.readUInt16BE(2)
    if (this.#index === undefined) return sequence
    const turns = Math.floor(this.#index / sequences)
    const near = [turns - 1, turns, turns + 1].filter((each) => each >= 0).map((each) => each * sequences + sequence)
    const last = this.#index
    return near.reduce((best, each) => (Math.abs(each - last) < Math.abs(best - last) ? each : best))
  }

  /** To hide and to show are the same. */
  #turned(packet: Buffer, index: number): Buffer {
    const counter = Buffer.alloc(keyBytes)
    this.#salt.copy(counter)
    for (let at = 0; at < 4; at++) counter[4 + at]! ^= packet[8 + at]!
    const place = Buffer.alloc(6)
    place.writeUIntBE(index, 0, 6)
    for (let at = 0; at < 6; at++) counter[8 + at]! ^= place[at]!
    return Buffer.concat([packet.subarray(0, headerBytes), keyStream(this.#cipherKey, counter, packet.subarray(headerBytes))])
  }

  #sealOf(hidden: Buffer, index: number): Buffer {
    const turns = Buffer.alloc(4)
    turns.writeUInt32BE(Math.floor(index / sequences))
    return createHmac('sha1', this.#sealKey).update(hidden).update(turns).digest().subarray(0, tagBytes)
  }
}

const keyStream = (key: Buffer, counter: Buffer, text: Buffer): Buffer => createCipheriv('aes-128-ctr', key, counter).update(text)
