/** A voice for Chromium's microphone: a steady tone as a WAV file (RIFF, PCM 16 bit, mono, 48 kHz), to be played in a loop. */
const rate = 48_000
const seconds = 1
const volume = 0.4

/** @param hz whole, so that the loop has no click */
export function voiceFile(hz: number): Buffer {
  const samples = rate * seconds
  const file = Buffer.alloc(44 + samples * 2)
  file.write('RIFF', 0)
  file.writeUInt32LE(36 + samples * 2, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(rate, 24)
  file.writeUInt32LE(rate * 2, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36)
  file.writeUInt32LE(samples * 2, 40)
  for (let at = 0; at < samples; at++) file.writeInt16LE(Math.round(volume * 32_767 * Math.sin((2 * Math.PI * hz * at) / rate)), 44 + at * 2)
  return file
}
