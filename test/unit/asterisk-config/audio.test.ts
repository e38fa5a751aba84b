import { describe, expect, it } from 'vitest'
import { alaw, telephoneRate, toTelephone, ulaw } from '../../../src/asterisk-config/media/audio.js'
import { holdMusic, pieces } from '../../../src/asterisk-config/media/music.js'

const rms = (samples: Float64Array): number => Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length)

describe('G.711', () => {
  // Reference values of ITU-T G.711, tables 1a and 2a.
  it.each([
    [0, 0xd5, 0xff],
    [-1, 0x55, 0x7f],
    [32_767, 0xaa, 0x80],
    [-32_768, 0x2a, 0x00],
  ])('%i', (sample, a, mu) => {
    expect(alaw(sample)).toBe(a)
    expect(ulaw(sample)).toBe(mu)
  })
})

it('passes the telephone band and stops what would fold back into it', () => {
  const tone = (hertz: number): Float64Array =>
    Float64Array.from({ length: 22_050 }, (_, at) => Math.sin((2 * Math.PI * hertz * at) / 22_050))
  expect(toTelephone(tone(1000), 22_050)).toHaveLength(telephoneRate)
  expect(rms(toTelephone(tone(1000), 22_050))).toBeCloseTo(Math.SQRT1_2, 1)
  expect(rms(toTelephone(tone(6000), 22_050))).toBeLessThan(0.01)
})

it.each(Object.entries(pieces))('plays music that is never silent, never harsh, and loops without a seam: %s', (_, piece) => {
  const music = holdMusic(piece)
  const second = telephoneRate
  expect(music.length / second).toBeGreaterThan(30)
  for (let from = 0; from + second <= music.length; from += second) {
    expect(rms(music.subarray(from, from + second)), `second ${from / second}`).toBeGreaterThan(0.02)
  }
  expect(music.reduce((most, each) => Math.max(most, Math.abs(each)), 0)).toBeCloseTo(0.5)
  expect(Math.abs((music[0] ?? 0) - (music.at(-1) ?? 0))).toBeLessThan(0.1)
})
