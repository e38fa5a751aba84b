/**
 * Music on hold of our own, so that nothing is owed to anyone: slow arpeggios over soft chords, in the telephone's band,
 * about a minute each, ending where they begin.
 */
import { telephoneRate } from './audio.js'

interface Piece {
  /** MIDI notes: bass first, then the notes of the arpeggio, low to high. */
  readonly chords: readonly (readonly [number, number, number, number, number])[]
  /** Which note of the chord sounds on each eighth. */
  readonly figure: readonly (0 | 1 | 2 | 3 | 4)[]
  readonly eighthSeconds: number
}

/** By class of music: what every caller hears, and another for numbers that name it. */
export const pieces = {
  default: {
    chords: [
      [45, 57, 60, 64, 67],
      [41, 57, 60, 65, 69],
      [48, 55, 60, 64, 71],
      [43, 55, 59, 62, 69],
      [45, 57, 60, 64, 72],
      [50, 57, 60, 65, 69],
      [40, 55, 59, 64, 67],
      [43, 55, 59, 62, 67],
    ],
    figure: [1, 3, 2, 4, 3, 2, 4, 3],
    eighthSeconds: 0.42,
  },
  douce: {
    chords: [
      [48, 60, 64, 67, 72],
      [45, 60, 64, 69, 72],
      [50, 57, 62, 65, 69],
      [43, 59, 62, 67, 71],
      [52, 59, 64, 67, 71],
      [41, 60, 65, 69, 72],
    ],
    figure: [1, 2, 3, 4, 3, 2],
    eighthSeconds: 0.6,
  },
} as const satisfies Record<string, Piece>
const turns = 2

/** Samples in -1…1 at 8 kHz. */
export function holdMusic({ chords, figure, eighthSeconds }: Piece = pieces.default): Float64Array {
  const barSeconds = figure.length * eighthSeconds
  const samples = new Float64Array(Math.round(turns * chords.length * barSeconds * telephoneRate))
  for (let bar = 0; bar < turns * chords.length; bar++) {
    const chord = chords[bar % chords.length]!
    const from = bar * barSeconds
    addPad(samples, from, barSeconds, chord)
    figure.forEach((note, eighth) => {
      const accent = eighth === 0 ? 1 : 0.75
      addPluck(samples, from + eighth * eighthSeconds, chord[note], accent)
    })
    // A melody note now and then, an octave up, keeps the ear company on the second turn.
    if (bar >= chords.length && bar % 2 === 0) addPluck(samples, from + 2 * eighthSeconds, chord[4] + 12, 0.8)
  }
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  return samples.map((sample) => (sample / peak) * 0.5)
}

const hertz = (note: number): number => 440 * 2 ** ((note - 69) / 12)

/** A struck string: partials that fade, the higher the faster. Its tail wraps to the start, so the loop has no seam. */
function addPluck(samples: Float64Array, from: number, note: number, level: number): void {
  const length = Math.round(2.4 * telephoneRate)
  const start = Math.round(from * telephoneRate)
  for (let at = 0; at < length; at++) {
    const time = at / telephoneRate
    const attack = Math.min(1, time / 0.008)
    let sum = 0
    for (let partial = 1; partial <= 5 && partial * hertz(note) < 3300; partial++) {
      sum += (Math.sin(2 * Math.PI * hertz(note) * partial * time) * Math.exp(-time * (1.6 + partial * 0.9))) / partial ** 1.4
    }
    mix(samples, start + at, sum * attack * level)
  }
}

/** Held chord under the arpeggio, swelling and fading within the bar. Bass notes speak by their overtones on a telephone. */
function addPad(samples: Float64Array, from: number, seconds: number, chord: readonly number[]): void {
  const length = Math.round(seconds * telephoneRate)
  const start = Math.round(from * telephoneRate)
  for (let at = 0; at < length; at++) {
    const time = at / telephoneRate
    const swell = Math.sin((Math.PI * at) / length) ** 0.7
    let sum = 0
    chord.slice(0, 4).forEach((note, voice) => {
      const tone = hertz(voice === 0 ? note + 12 : note)
      sum += Math.sin(2 * Math.PI * tone * time + 0.6 * Math.sin(2 * Math.PI * 0.7 * time)) + 0.3 * Math.sin(4 * Math.PI * tone * time)
    })
    mix(samples, start + at, sum * swell * 0.09)
  }
}

function mix(samples: Float64Array, at: number, value: number): void {
  const place = at % samples.length
  samples[place] = (samples[place] ?? 0) + value
}
