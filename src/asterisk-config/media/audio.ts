/** Telephone audio: 8 kHz, one channel, in the three forms that Asterisk plays without converting. */
import { writeFileSync } from 'node:fs'

export const telephoneRate = 8000

/** Writes `path` with .wav, .alaw and .ulaw. Samples lie in -1…1; beyond, they are cut. */
export function writeSound(path: string, samples: Float64Array): void {
  const pcm = Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767))
  writeFileSync(`${path}.wav`, wav(pcm))
  writeFileSync(`${path}.alaw`, Uint8Array.from(pcm, alaw))
  writeFileSync(`${path}.ulaw`, Uint8Array.from(pcm, ulaw))
}

/** A 16-bit mono WAV. */
export function wav(pcm: Int16Array, rate = telephoneRate): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + pcm.byteLength, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate * 2, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(pcm.byteLength, 40)
  return Buffer.concat([header, Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)])
}

/** First sample rate and samples (-1…1) of a 16-bit mono WAV. @throws Error when it is not one. */
export function readWav(file: Buffer): { rate: number; samples: Float64Array } {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.readUInt16LE(22) !== 1 || file.readUInt16LE(34) !== 16) {
    throw new Error('not a 16-bit mono WAV')
  }
  const data = file.indexOf('data', 36, 'latin1')
  // A program that writes to a pipe does not know its length: what is there counts.
  const bytes = Math.min(file.readUInt32LE(data + 4), file.length - data - 8)
  const samples = Float64Array.from({ length: Math.floor(bytes / 2) }, (_, at) => file.readInt16LE(data + 8 + at * 2) / 32_768)
  return { rate: file.readUInt32LE(24), samples }
}

/** To 8 kHz through a windowed-sinc low-pass at 3.4 kHz, the telephone's band. */
export function toTelephone(samples: Float64Array, rate: number): Float64Array {
  const step = rate / telephoneRate
  const cut = 3400 / rate
  const half = 48
  return Float64Array.from({ length: Math.floor(samples.length / step) }, (_, at) => {
    const centre = at * step
    let sum = 0
    for (let each = Math.ceil(centre) - half; each <= centre + half; each++) {
      const away = each - centre
      const window = 0.5 + 0.5 * Math.cos((Math.PI * away) / half)
      const sinc = away === 0 ? 2 * cut : Math.sin(2 * Math.PI * cut * away) / (Math.PI * away)
      sum += (samples[each] ?? 0) * window * sinc
    }
    return sum
  })
}

/** ITU-T G.711 A-law. */
export function alaw(sample: number): number {
  const sign = sample >= 0 ? 0xd5 : 0x55
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, 32_767) >> 3
  const exponent = Math.max(0, 27 - Math.clz32(magnitude))
  const mantissa = (exponent === 0 ? magnitude >> 1 : magnitude >> exponent) & 0x0f
  return ((exponent << 4) | mantissa) ^ sign
}

/** ITU-T G.711 µ-law. */
export function ulaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(Math.abs(sample), 32_635) + 132
  const exponent = 24 - Math.clz32(magnitude)
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}
