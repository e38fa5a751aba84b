/** Makes `DIR/music` and `DIR/prompts`. Usage: node dist/src/asterisk-config/media/main.js DIR CATALOGUE */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { readWav, toTelephone, writeSound } from './audio.js'
import { holdMusic, pieces } from './music.js'
import { ringback } from './ringback.js'

const catalogue = z.strictObject({
  voice: z.string().regex(/^[a-z-]+$/),
  wordsPerMinute: z.int().min(80).max(300),
  prompts: z.record(z.string().regex(/^[a-z][a-z-]*$/), z.string().min(1)),
})

const [directory, file] = process.argv.slice(2)
if (directory === undefined || file === undefined) {
  process.stderr.write('usage: main.js DIR CATALOGUE\n')
  process.exit(2)
}
const { voice, wordsPerMinute, prompts } = catalogue.parse(parse(readFileSync(file, 'utf8')))
mkdirSync(join(directory, 'prompts'), { recursive: true })
for (const [name, piece] of Object.entries(pieces)) {
  // A class of music is a directory of the default's.
  const place = name === 'default' ? join(directory, 'music') : join(directory, 'music', name)
  mkdirSync(place, { recursive: true })
  writeSound(join(place, 'attente'), holdMusic(piece))
}
mkdirSync(join(directory, 'music', 'ringback'), { recursive: true })
writeSound(join(directory, 'music', 'ringback', 'retour-appel'), ringback())
for (const [name, text] of Object.entries(prompts)) {
  const spoken = execFileSync('espeak-ng', ['-v', voice, '-s', String(wordsPerMinute), '--stdout', '--', text], {
    maxBuffer: 64 * 1024 * 1024,
  })
  const { rate, samples } = readWav(spoken)
  writeSound(join(directory, 'prompts', name), toTelephone(samples, rate))
}
