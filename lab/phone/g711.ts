/** ITU-T G.711: 8-bit A-law and µ-law against 16-bit samples at 8 kHz. */
import type { G711 } from './sdp.js'

/** Samples, and bytes, of one 20 ms frame. */
export const frameSamples = 160
export const sampleRateHz = 8000

const alawSamples = Float64Array.from({ length: 256 }, (_, code) => alawToSample(code))
const ulawSamples = Float64Array.from({ length: 256 }, (_, code) => ulawToSample(code))

/** The sample (−32768…32767) of each code. */
export function samplesOf(codec: G711): Float64Array {
  return codec === 8 ? alawSamples : ulawSamples
}

/** The code whose sample is nearest. */
export function encodeSample(codec: G711, sample: number): number {
  const table = samplesOf(codec)
  let nearest = 0
  let errorMin = Infinity
  for (let code = 0; code < 256; code += 1) {
    const error = Math.abs((table[code] ?? 0) - sample)
    if (error < errorMin) {
      errorMin = error
      nearest = code
    }
  }
  return nearest
}

/** One 20 ms frame of silence. */
export function silenceFrame(codec: G711): Buffer {
  return Buffer.alloc(frameSamples, encodeSample(codec, 0))
}

/**
 * One 20 ms frame of a steady tone of −10 dB below full scale. `hz` must be a multiple of 50, so that whole periods fill
 * the frame and the same frame sent again and again is one unbroken tone.
 */
export function toneFrame(codec: G711, hz: number): Buffer {
  const frame = Buffer.alloc(frameSamples)
  for (let at = 0; at < frameSamples; at += 1) {
    frame[at] = encodeSample(codec, 10_000 * Math.sin((2 * Math.PI * hz * at) / sampleRateHz))
  }
  return frame
}

function alawToSample(code: number): number {
  const flipped = code ^ 0x55
  const segment = (flipped & 0x70) >> 4
  const step = (flipped & 0x0f) << 4
  const size = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1)
  return (flipped & 0x80) !== 0 ? size : -size
}

function ulawToSample(code: number): number {
  const inverted = ~code & 0xff
  const segment = (inverted & 0x70) >> 4
  const size = ((((inverted & 0x0f) << 3) + 0x84) << segment) - 0x84
  return (inverted & 0x80) !== 0 ? -size : size
}
