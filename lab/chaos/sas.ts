/** The SAS that chaos plays with: one line at N1, who serves it, and a number for each caller of a round. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { SasConfig } from '../../src/config/schema.js'
import { projectRoot } from '../paths.js'
import { scratchDirectory } from '../scratch.js'

/** Who does what at the instant of a fault. */
export const team = { ringing: 5, talking: 10, serving: 6 } as const

/** One for each caller, so that callers, journal and fallback are joined by what all three record. At most 200 to a SAS. */
export const dialledNumbers: readonly string[] = Array.from({ length: 190 }, (_, index) => `15${String(index).padStart(3, '0')}`)

export const people: readonly string[] = Array.from(
  { length: team.ringing + team.talking + team.serving },
  (_, index) => `arm${String(index + 1).padStart(2, '0')}`,
)

/** The YAML file, written anew. Nothing in it ends a ring or a wait while a round lasts: what ends one is the fault. */
export function writeSas(): string {
  const sas = parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')) as SasConfig
  const file = join(scratchDirectory('chaos'), 'sas.yaml')
  const atN1 = people.map((id) => ({ id, roles: ['ARM'], phone: id, position: 'n1' }))
  const elsewhere = sas.people.filter(({ roles }) => !roles.includes('ARM'))
  writeFileSync(
    file,
    stringify({
      ...sas,
      sas: { ...sas.sas, id: 'chaos' },
      trunks: { ...sas.trunks, operator: { ...sas.trunks.operator, channels: 500 } },
      entries: [
        ...sas.entries.filter(({ trunk }) => trunk !== 'operator'),
        ...dialledNumbers.map((number) => ({ number, trunk: 'operator', queue: 'n1', class: 'P1', wait: 'music' })),
      ],
      music: {},
      n1: { ringSeconds: 120, asideSeconds: 2, wrapUpSeconds: 0, escalateSeconds: 3600 },
      people: [...atN1, ...elsewhere],
    }),
  )
  return file
}
