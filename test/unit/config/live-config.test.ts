/** A file read again by a running engine: in force as a whole, or not at all (R-N2-7 for the hours, and everything else in it). */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { ConfigError } from '../../../src/config/fault.js'
import { LiveConfig } from '../../../src/config/live-config.js'
import { checkConfig } from '../../../src/config/load.js'

const base = readFileSync(new URL('broken/base.yaml', import.meta.url), 'utf8')
const lines = base.split('\n')
let file: string

beforeEach(() => {
  file = join(scratchDirectory('config'), 'sas.yaml')
  writeFileSync(file, base)
})

it('tells what differs by path, what waits for a restart, and what Asterisk must be told', () => {
  const live = new LiveConfig(file)
  expect(live.reload()).toEqual({ changed: [], afterRestart: [], forPbx: [] })
  writeFileSync(file, base.replace(/^retention:.*$/m, 'retention: { drmHours: 48 }').replace(/^limits:.*$/m, 'limits: { queueLength: 77 }'))
  expect(live.reload()).toEqual({ changed: ['limits.queueLength', 'retention.drmHours'], afterRestart: ['retention.drmHours'], forPbx: [] })
  expect(live.config.limits.queueLength).toBe(77)
})

it('tells which of a neighbour’s settings wait for a restart', () => {
  const shipped = readFileSync(new URL('../../../config/sas-67.yaml', import.meta.url), 'utf8')
  writeFileSync(file, shipped)
  const live = new LiveConfig(file)
  writeFileSync(file, shipped.replace('sas-68.example:8443', 'sas-68.example:8444').replace('atOnce: 8, keepFree: 1', 'atOnce: 9, keepFree: 1'))
  expect(live.reload()).toEqual({ changed: ['neighbours.sas-68.urls', 'neighbours.sas-68.receive.atOnce'], afterRestart: ['neighbours.sas-68.urls'], forPbx: [] })
})

it('of another SAS is refused', () => {
  const live = new LiveConfig(file)
  writeFileSync(file, base.replace(/^ {2}id: .*$/m, '  id: another'))
  expect(() => live.reload()).toThrow(ConfigError)
  expect(live.config.sas.id).not.toBe('another')
})

it('is taken whole or changes nothing, wherever it was cut, bent or mixed up', () => {
  const live = new LiveConfig(file)
  const at = fc.nat(lines.length - 1)
  const outcomes = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(fc.constantFrom('cut', 'drop', 'repeat', 'swap'), at, at, (how, one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)]
      const bent = {
        cut: () => lines.slice(0, to),
        drop: () => [...lines.slice(0, from), ...lines.slice(from + 1)],
        repeat: () => [...lines.slice(0, from), lines[to]!, ...lines.slice(from)],
        swap: () => lines.map((line, index) => (index === from ? lines[to]! : index === to ? lines[from]! : line)),
      }[how]()
      writeFileSync(file, bent.join('\n'))
      const before = live.config
      const rules = live.rulesAt(1_800_000_000_000, [])
      try {
        live.reload()
        outcomes.taken++
        expect(live.config).toEqual(checkConfig(bent.join('\n')).config)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        outcomes.refused++
        expect(live.config).toBe(before)
        expect(live.rulesAt(1_800_000_000_000, [])).toEqual(rules)
      }
    }),
    { seed: 31, numRuns: 150 },
  )
  expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(5)
})
