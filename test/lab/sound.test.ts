import { describe, expect, it } from 'vitest'
import { Continuity } from '../../lab/phone/continuity.js'
import { Ear } from '../../lab/phone/ear.js'
import { encodeSample, frameSamples, samplesOf, silenceFrame, toneFrame } from '../../lab/phone/g711.js'
import { isDigit, readEvent, readPacket, type RtpPacket, writeEvent, writeHeader } from '../../lab/phone/rtp.js'
import { assertTone, listen, toneCount, toneFor } from '../../lab/phone/tones.js'

const codecs = [8, 0] as const

/** A frame of the sum of sines, each with its share of full scale and a phase of its own. */
function frameOf(codec: 8 | 0, ...sines: { hz: number; share: number }[]): Buffer {
  const samples = Array.from({ length: frameSamples }, (_, at) => {
    const parts = sines.map(({ hz, share }, phase) => 32_767 * share * Math.sin((2 * Math.PI * hz * at) / 8000 + phase))
    return parts.reduce((sum, part) => sum + part, 0)
  })
  return Buffer.from(samples.map((sample) => encodeSample(codec, sample)))
}

describe.each(codecs)('G.711 (payload type %i)', (codec) => {
  it('gives back each of its own codes', () => {
    const table = samplesOf(codec)
    const codes = Array.from({ length: 256 }, (_, code) => code)
    // µ-law has two zeros.
    expect(codes.filter((code) => table[encodeSample(codec, table[code] ?? 0)] !== table[code])).toEqual([])
    expect(new Set(table).size).toBe(codec === 8 ? 256 : 255)
  })

  it('names every tone of the set', () => {
    const tones = Array.from({ length: toneCount }, (_, index) => toneFor(index))
    expect(new Set(tones).size).toBe(toneCount)
    expect(toneCount).toBeGreaterThanOrEqual(30)
    for (const hz of tones) expect(listen(codec, toneFrame(codec, hz))).toEqual({ kind: 'tones', tones: [hz] })
  })

  it('names two voices at once, whatever their phases and loudness', () => {
    const both = frameOf(codec, { hz: 1150, share: 0.3 }, { hz: 2300, share: 0.15 })
    expect(listen(codec, both)).toEqual({ kind: 'tones', tones: [1150, 2300] })
  })

  it('takes neither ringback nor music nor noise for a voice', () => {
    expect(listen(codec, frameOf(codec, { hz: 440, share: 0.3 })).kind).toBe('sound')
    expect(listen(codec, frameOf(codec, { hz: 425, share: 0.3 })).kind).toBe('sound')
    expect(listen(codec, frameOf(codec, { hz: 880, share: 0.2 }, { hz: 1108.7, share: 0.2 })).kind).toBe('sound')
    let seed = 1
    const noise = Buffer.from(Array.from({ length: frameSamples }, () => (seed = (seed * 48_271) % 0x7fffffff) & 0xff))
    expect(listen(codec, noise).kind).toBe('sound')
  })

  it('tells silence', () => {
    expect(listen(codec, silenceFrame(codec)).kind).toBe('silence')
    expect(listen(codec, frameOf(codec, { hz: 1000, share: 0.0005 })).kind).toBe('silence')
    expect(listen(codec, frameOf(codec, { hz: 1000, share: 0.01 })).kind).toBe('tones')
  })

  it('takes a note that goes on differently for music', () => {
    const tone = toneFrame(codec, 1150)
    const shifted = Buffer.concat([tone.subarray(3), tone.subarray(0, 3)])
    expect(listen(codec, tone, tone).kind).toBe('tones')
    expect(listen(codec, tone, shifted).kind).toBe('sound')
  })
})

it('a tone is a multiple of 50 Hz that an ear can name', () => {
  for (const hz of [0, 450, 1010, 3450, NaN]) expect(() => assertTone(hz), String(hz)).toThrow(RangeError)
})

describe('RTP', () => {
  it('reads what it writes', () => {
    const packet = Buffer.alloc(12 + 4)
    writeHeader(packet, { type: 101, marker: true, sequence: 65_535, timestamp: 4_294_967_295, source: 123_456_789 })
    writeEvent({ digit: '#', end: true, duration: 800 }).copy(packet, 12)
    const read = readPacket(packet)
    expect(read).toMatchObject({ type: 101, marker: true, sequence: 65_535, timestamp: 4_294_967_295, source: 123_456_789 })
    expect(readEvent(read?.payload ?? new Uint8Array(0))).toEqual({ digit: '#', end: true, duration: 800 })
  })

  it('writes the event of RFC 4733 bit by bit', () => {
    expect([...writeEvent({ digit: '*', end: false, duration: 0x0320 })]).toEqual([10, 10, 0x03, 0x20])
    expect([...writeEvent({ digit: '1', end: true, duration: 0x0320 })]).toEqual([1, 0x8a, 0x03, 0x20])
  })

  it('skips contributors, extension and padding', () => {
    const head = Buffer.from([0xb1, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 7, 7, 7, 7])
    const packet = Buffer.concat([head, Buffer.from([1, 2, 3, 0, 2])])
    expect([...(readPacket(packet)?.payload ?? [])]).toEqual([1, 2, 3])
  })

  it('refuses what is no RTP', () => {
    const rtcp = Buffer.from([0x80, 200, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    const lying = Buffer.from([0x9f, 8, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3])
    for (const data of [Buffer.alloc(0), Buffer.alloc(12), rtcp, lying]) expect(readPacket(data)).toBeUndefined()
    expect(readEvent(new Uint8Array([16, 0, 0, 0]))).toBeUndefined()
    expect(readEvent(new Uint8Array([1, 0]))).toBeUndefined()
    expect(['0', '*', 'D', '', 'E', '12'].map(isDigit)).toEqual([true, true, true, false, false, false])
  })
})

describe('an ear', () => {
  it('counts a digit once, however often its end is repeated', () => {
    const ear = new Ear(false)
    const event = (timestamp: number, end: boolean): RtpPacket => ({
      ...{ type: 101, marker: false, sequence: 1, source: 1, timestamp },
      payload: writeEvent({ digit: '5', end, duration: 800 }),
    })
    for (const [timestamp, end] of [[0, false], [0, true], [0, true], [0, true], [2000, false], [2000, true]] as const) {
      ear.event(event(timestamp, end))
    }
    expect(ear.digits).toBe('55')
  })

  it('hears through packets of other lengths', async () => {
    const ear = new Ear(true)
    const heard = ear.hears(1150)
    const stream = Buffer.concat(Array.from({ length: 12 }, () => toneFrame(8, 1150)))
    for (let at = 0; at < stream.length; at += 240) {
      ear.audio({ type: 8, marker: false, sequence: at, source: 1, timestamp: at, payload: stream.subarray(at, at + 240) }, 8)
    }
    await heard
    ear.close()
    await expect(ear.hears(1150)).rejects.toThrow(/call is over/)
  })
})

describe('the longest gap', () => {
  /** Feeds frames numbered by their place on the sender's clock; `lateMs` says how late each arrives. */
  function feed(frames: { at: number; lateMs?: number; audible?: boolean; source?: number; timestamp?: number }[]): Continuity {
    const continuity = new Continuity(0)
    for (const { at, lateMs = 0, audible = true, source = 1, timestamp = at * 160 } of frames) {
      continuity.frame(at * 20 + lateMs, source, timestamp, { kind: audible ? 'sound' : 'silence', tones: [] })
    }
    return continuity
  }
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => ({ at: from + index }))

  it('is none in a steady stream, jitter or not', () => {
    expect(feed(range(0, 100)).longestGapMs(2000)).toBe(0)
    const jittery = range(0, 100).map(({ at }) => ({ at, lateMs: (at * 7) % 15 }))
    expect(feed(jittery).longestGapMs(2000)).toBeLessThan(20)
  })

  it('is that of packets that were not sent', () => {
    expect(feed([...range(0, 50), ...range(75, 120)]).longestGapMs(2400)).toBe(500)
  })

  it('is that of packets that were silent', () => {
    const frames = range(0, 120).map(({ at }) => ({ at, audible: at < 50 || at >= 75 }))
    expect(feed(frames).longestGapMs(2400)).toBe(500)
  })

  it('is that of a sender who paused without counting the pause', () => {
    const paused = range(50, 100).map(({ at }) => ({ at, lateMs: 500 }))
    expect(feed([...range(0, 50), ...paused]).longestGapMs(2500)).toBe(500)
  })

  it('is none when the hearer stalled and the packets came late in a burst', () => {
    const stalled = range(50, 58).map(({ at }) => ({ at, lateMs: (58 - at) * 20 }))
    expect(feed([...range(0, 50), ...stalled, ...range(58, 100)]).longestGapMs(2000)).toBe(0)
  })

  it('goes over a change of stream, as when a call changes bridges', () => {
    const other = range(60, 100).map(({ at }) => ({ at, source: 2, timestamp: 7 + at * 160 }))
    expect(feed([...range(0, 50), ...other]).longestGapMs(2000)).toBe(200)
    const restamped = range(50, 100).map(({ at }) => ({ at, timestamp: 0xffff_0000 + at * 160 }))
    expect(feed([...range(0, 50), ...restamped]).longestGapMs(2000)).toBe(0)
  })

  it('counts the time before the first sound when asked from there, and after the last', () => {
    const continuity = feed(range(50, 100))
    expect(continuity.longestGapMs(2000)).toBe(0)
    expect(continuity.longestGapMs(2000, 0)).toBe(1000)
    expect(continuity.longestGapMs(3500)).toBe(1500)
    expect(continuity.longestGapMs(3500, 3000)).toBe(500)
    expect(feed([]).longestGapMs(700)).toBe(700)
  })
})
