/** Every scenario in this folder still goes as written. `UPDATE_SCENARIOS=1` writes what comes of them now. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { playScenario } from './scenario.js'

const folder = new URL('.', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.txt')).sort()
const update = process.env['UPDATE_SCENARIOS'] === '1'

test.each(files)('%s', (name) => {
  const file = new URL(name, folder)
  const text = readFileSync(file, 'utf8')
  const played = playScenario(text)
  if (update && played !== text) writeFileSync(file, played)
  expect(update ? played : text).toBe(played)
})

test.each(files)('%s says which requirement it proves', (name) => {
  expect(readFileSync(new URL(name, folder), 'utf8')).toMatch(/^# .+\n(# .+\n)*?# .*R-[A-Z0-9]+-\d/)
})
