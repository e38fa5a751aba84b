/** The keys of a SAS file for its neighbours: what they come to, and what cannot be. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { projectRoot } from '../../../lab/paths.js'
import { compileRules } from '../../../src/config/compile.js'
import { ConfigError } from '../../../src/config/fault.js'
import { configOf, loadConfig } from '../../../src/config/load.js'
import type { Override } from '../../../src/routing/rules.js'

const sample = readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')
const neighbour = { id: 'sas-68', label: 'SAS du Haut-Rhin', trunk: 'neighbour', urls: ['https://sas-68.example:8443'], receive: { atOnce: 3 } }
const surge = { id: 'surcharge', label: 'Débordement', to: ['sas-68'], when: { oldestWaitSeconds: 20, unstaffed: true }, atOnce: 4 }
const night = { id: 'nuit', label: 'Entraide de nuit', to: ['sas-68'], when: 'always', hours: 'nuits', atOnce: 10, sharePercent: 50, position: 'mg', classes: ['P2'] }
const byHand = { id: 'secours', label: 'À la demande', to: ['sas-68'], when: 'by-hand', atOnce: 2 }

type File = Record<string, unknown>
const fileWith = (change: File): string =>
  stringify({ ...(parse(sample) as File), calendars: { nuits: { label: 'Nuits', hours: { daily: ['22:00-06:00'] }, holidays: [] } }, neighbours: [neighbour], giving: [surge, night, byHand], ...change })
const rulesWith = (open: boolean, overrides: readonly Override[] = [], change: File = {}) => compileRules(configOf('sas.yaml', fileWith(change)), () => open, overrides)
const faultsOf = (change: File): string[] => {
  try {
    configOf('sas.yaml', fileWith(change))
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map(({ path, message }) => `${path}: ${message}`)
  }
}
const override = (kind: Override['kind'], target: string): Override => ({ kind, target, since: 0, until: 1, by: 'sup01' })

describe('rules of giving', () => {
  it('are in force by their hours, by conditions, or by a supervisor', () => {
    expect(rulesWith(false).giving.map(({ id }) => id)).toEqual(['surcharge'])
    expect(rulesWith(true).giving.map(({ id, always }) => [id, always])).toEqual([['surcharge', false], ['nuit', true]])
    expect(rulesWith(false, [override('give', 'secours'), override('keep', 'surcharge'), override('give', 'nuit')]).giving.map(({ id, always }) => [id, always])).toEqual([
      ['nuit', true],
      ['secours', true],
    ])
  })

  it('say when, what, how many and to whom', () => {
    expect(rulesWith(true).giving[1]).toMatchObject({ to: ['sas-68'], position: 'mg', classes: ['P2'], share: 50, atOnce: 10, oldestWaitMs: null })
    expect(rulesWith(true).giving[0]).toMatchObject({ oldestWaitMs: 20_000, unstaffed: true, expectedWaitMs: null, linesPercent: null, calmMs: 60_000, position: 'n1', classes: ['P0', 'P1', 'P2'] })
  })
})

describe('a neighbour', () => {
  it('is asked where it has an address, and over SIP alone where it has none', () => {
    expect(rulesWith(true).neighbours.get('sas-68')).toMatchObject({ reserves: true, trunk: 'neighbour', number: '15', receive: { atOnce: 3, keepFree: 1, ownWaitMsMax: 10_000, positions: ['n1'] } })
    const { urls: _, ...bySip } = neighbour
    expect(rulesWith(true, [], { neighbours: [bySip] }).neighbours.get('sas-68')?.reserves).toBe(false)
  })

  it('is taken no calls of while a supervisor says so', () => {
    expect(rulesWith(true, [override('refuse', 'sas-68')]).neighbours.get('sas-68')?.receive).toBeNull()
  })
})

describe('what cannot be', () => {
  it.each<[string, File, RegExp]>([
    ['a neighbour of oneself', { neighbours: [{ ...neighbour, id: 'demo' }], giving: [] }, /neighbours\[0\]\.id: a SAS is no neighbour of itself/],
    ['a trunk of another kind', { neighbours: [{ ...neighbour, trunk: 'operator' }] }, /neighbours\[0\]\.trunk: trunk operator is no neighbour's/],
    ['a trunk that is not there', { neighbours: [{ ...neighbour, trunk: 'nulle-part' }] }, /neighbours\[0\]\.trunk: unknown trunk/],
    ['two neighbours on one trunk', { neighbours: [neighbour, { ...neighbour, id: 'sas-57' }] }, /neighbours\[1\]\.trunk: trunk neighbour is another neighbour's/],
    ['a rule to nobody', { giving: [{ ...surge, to: ['sas-99'] }] }, /giving\[0\]\.to\[0\]: unknown neighbour sas-99/],
    ['a rule named like a queue', { giving: [{ ...surge, id: 'mg-osnp' }] }, /giving\[0\]\.id: mg-osnp is the name of something else/],
    ['a rule without a condition', { giving: [{ ...surge, when: {} }] }, /giving\[0\]\.when/],
    ['a number that is none', { giving: [{ ...surge, numbers: [{ trunk: 'operator', number: '18' }] }] }, /giving\[0\]\.numbers\[0\]: unknown number/],
    ['an address in clear', { neighbours: [{ ...neighbour, urls: ['http://sas-68.example'] }] }, /neighbours\[0\]\.urls\[0\]/],
  ])('%s', (_, change, fault) => {
    expect(faultsOf(change).join('\n')).toMatch(fault)
  })
})

describe('the SAS that ship', () => {
  const directory = join(projectRoot(), 'config')
  const shipped = new Map(readdirSync(directory).filter((name) => /^sas-.*yaml$/.test(name)).map((name) => loadConfig(join(directory, name))).map((config) => [config.sas.id, config]))
  const given = [...shipped.values()].flatMap(({ sas: { id }, giving }) => giving.flatMap((rule) => rule.to.map((to) => [id, rule.id, to] as const)))

  it('help each other, by load, on a word, and with a filière that stands elsewhere (R-MA-1 to R-MA-3)', () => {
    expect(given).toEqual([
      ['sas-08', 'pdsa', 'sas-51'],
      ['sas-67', 'debordement', 'sas-68'],
      ['sas-67', 'entraide', 'sas-68'],
      ['sas-68', 'debordement', 'sas-67'],
      ['sas-68', 'entraide', 'sas-67'],
    ])
  })

  it.each(given)('%s: what %s gives, %s takes, on a number that is answered there', (from, ruleId, to) => {
    const [giver, taker] = [shipped.get(from)!, shipped.get(to)!]
    const rule = giver.giving.find(({ id }) => id === ruleId)!
    const there = giver.neighbours.find(({ id }) => id === to)!
    const here = taker.neighbours.find(({ id }) => id === from)!
    expect(here.receive?.positions).toContain(rule.position)
    expect(here.receive?.classes).toEqual(expect.arrayContaining(rule.classes))
    expect(here.receive?.atOnce).toBeGreaterThanOrEqual(rule.atOnce)
    expect(giver.trunks[there.trunk]?.channels).toBeGreaterThanOrEqual(rule.atOnce)
    expect(taker.entries.filter(({ trunk }) => trunk === here.trunk).map(({ number }) => number)).toContain(there.number)
  })
})
