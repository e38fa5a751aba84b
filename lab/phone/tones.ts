/** Which steady tones fill one frame of sound: Goertzel's filter at each multiple of 50 Hz. */
import { frameSamples, samplesOf, sampleRateHz } from './g711.js'
import type { G711 } from './sdp.js'

/** What one 20 ms frame holds. `sound` is anything that is not just steady tones: music, speech, ringback. */
export interface FrameSound {
  readonly kind: 'silence' | 'tones' | 'sound'
  readonly tones: readonly number[]
}

/**
 * Tones are multiples of 50 Hz: over a frame of 20 ms they are orthogonal, so that two of them, whatever their phases,
 * are told apart without a window.
 */
export const toneStepHz = 50
export const toneHzMin = 500
export const toneHzMax = 3400

/** Below this root mean square a frame is silence; a coded zero is 8, a whisper far more. */
const silenceRms = 40
/** A tone carries at least this share of a frame's power. */
const toneShareMin = 0.08
/** In a frame of steady tones, they explain at least this share of the power. */
const tonesShareMin = 0.9

/** From one frame to the next, steady tones change by less than this share of their power. */
const changeShareMax = 0.1

const silence: FrameSound = { kind: 'silence', tones: [] }
const sound: FrameSound = { kind: 'sound', tones: [] }

const bins = Array.from({ length: (toneHzMax - toneHzMin) / toneStepHz + 1 }, (_, index) => {
  const hz = toneHzMin + index * toneStepHz
  return { hz, coefficient: 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz) }
})

/**
 * The tone number `index` (0…) of a set made to be told apart from each other and from music: no tone within 12 Hz of a
 * note of the tempered scale, so that a held note of the waiting music is not taken for a voice. Goes round after its end.
 */
export function toneFor(index: number): number {
  return voices[index % voices.length] ?? toneHzMin
}

const voices: readonly number[] = bins.map(({ hz }) => hz).filter((hz) => hz >= 1000 && !nearNote(hz, 12))

/** How many different tones {@link toneFor} gives. */
export const toneCount = voices.length

/** Throws a RangeError unless `hz` is a tone an ear can name: a multiple of 50 from 500 to 3400. */
export function assertTone(hz: number): void {
  if (hz < toneHzMin || hz > toneHzMax || hz % toneStepHz !== 0) {
    throw new RangeError(`a tone is a multiple of ${toneStepHz} Hz from ${toneHzMin} to ${toneHzMax}, not ${hz}`)
  }
}

/**
 * What a frame of exactly 160 G.711 bytes holds. Given the frame before, one that does not go on just as that one is
 * `sound`: every tone repeats itself from frame to frame, music does not, and most frames need no filter.
 */
export function listen(codec: G711, frame: Uint8Array, before?: Uint8Array): FrameSound {
  const table = samplesOf(codec)
  const samples = new Float64Array(frameSamples)
  let energy = 0
  let change = 0
  for (let at = 0; at < frameSamples; at += 1) {
    const sample = table[frame[at] ?? 0] ?? 0
    const step = before === undefined ? 0 : sample - (table[before[at] ?? 0] ?? 0)
    samples[at] = sample
    energy += sample * sample
    change += step * step
  }
  if (energy < silenceRms * silenceRms * frameSamples) return silence
  if (change > changeShareMax * energy) return sound
  const tones: number[] = []
  let explained = 0
  for (const { hz, coefficient } of bins) {
    const share = (2 * goertzelPower(samples, coefficient)) / (frameSamples * energy)
    if (share < toneShareMin) continue
    tones.push(hz)
    explained += share
  }
  return explained >= tonesShareMin ? { kind: 'tones', tones } : sound
}

/** Whether a tone is heard in a frame of linear samples (20 ms at 8 kHz), whatever else is. */
export function hasTone(samples: Float64Array, hz: number): boolean {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0)
  if (energy < silenceRms * silenceRms * samples.length) return false
  const power = goertzelPower(samples, 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz))
  return (2 * power) / (samples.length * energy) >= toneShareMin
}

/** Squared magnitude of one bin of the discrete Fourier transform. */
function goertzelPower(samples: Float64Array, coefficient: number): number {
  let last = 0
  let beforeLast = 0
  for (const sample of samples) {
    const next = sample + coefficient * last - beforeLast
    beforeLast = last
    last = next
  }
  return last * last + beforeLast * beforeLast - coefficient * last * beforeLast
}

function nearNote(hz: number, withinHz: number): boolean {
  const semitones = Math.round(12 * Math.log2(hz / 440))
  return Math.abs(440 * 2 ** (semitones / 12) - hz) < withinHz
}
