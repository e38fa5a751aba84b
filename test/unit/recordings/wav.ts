/** Files as Asterisk writes them: 44 bytes of header, whose lengths are 0 until the file is closed. */
import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One second of silence, or so many. */
export function wav(seconds = 1, closed = true): Buffer {
  const sound = Buffer.alloc(16_000 * seconds)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.write('WAVEfmt ', 8)
  header.write('data', 36)
  if (closed) {
    header.writeUInt32LE(36 + sound.length, 4)
    header.writeUInt32LE(sound.length, 40)
  }
  return Buffer.concat([header, sound])
}

/** Puts a recording on the shelf, last written at `at`, ms since the epoch. */
export function put(dir: string, name: string, at: number, content = wav()): void {
  const file = join(dir, `${name}.wav`)
  writeFileSync(file, content)
  utimesSync(file, at / 1_000, at / 1_000)
}
