/** R-IN-1, R-IN-3, R-IN-4, R-N2-1, R-N2-2, R-N2-5, R-N2-7: in every SAS that ships, at the moments that matter, who answers first. `seventeen.txt` says it. */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/config/load.js'
import { mayUseReserve } from '../../../src/config/schema.js'
import { Timetable } from '../../../src/config/timetable.js'
import type { Rules } from '../../../src/routing/rules.js'

interface Row {
  readonly when: string
  /** By column. */
  readonly answers: Readonly<Record<string, string>>
}

interface Block {
  readonly files: readonly string[]
  /** `-08` where N2 is by département. */
  readonly suffix: string
  readonly columns: readonly string[]
  readonly rows: Row[]
}

/** What is the same in every SAS, by number or priority: a class where it is a number, and who. */
const always = new Map<string, { kind: string | null; who: string }>()
/** By queue and roles. */
const wordOf = new Map<string, string>()
const blocks: Block[] = []

const isRow = /^(\w{3} \d{4}-\d\d-\d\d \d\d:\d\d [+-]\d\d) +(.+)$/

for (const line of readFileSync(new URL('seventeen.txt', import.meta.url), 'utf8').split('\n')) {
  const words = line.trim().split(/\s+/)
  const [, when, answers] = isRow.exec(line) ?? []
  if (words[0] === '' || words[0] === '#') continue
  else if (words[0] === 'who') wordOf.set(words.slice(2).join(' '), words[1]!)
  else if (words[0] === 'always') always.set(words[1]!, { kind: words[3] === undefined ? null : words[2]!, who: words.at(-1)! })
  else if (words[0] === 'sas') {
    const [files = '', departement] = line.slice(4).split(' for ')
    blocks.push({ files: files.trim().split(' '), suffix: departement === undefined ? '' : `-${departement}`, columns: [], rows: [] })
  } else if (when !== undefined) {
    const block = blocks.at(-1)!
    const cells = answers!.split(/\s+/)
    expect(cells.length, line).toBe(block.columns.length)
    block.rows.push({ when, answers: Object.fromEntries(block.columns.map((column, at) => [column, cells[at]!])) })
  } else blocks[blocks.length - 1] = { ...blocks.at(-1)!, columns: words }
}

/** `Mon 2026-03-02 07:59 +01` in milliseconds; the offset is written out, so that nothing here depends on what it tests. */
const msOf = (when: string): number => {
  const [day, date, time, offset] = when.split(' ')
  expect(new Date(`${date}T12:00:00Z`).toUTCString().slice(0, 3), when).toBe(day)
  return Date.parse(`${date}T${time}:00${offset}:00`)
}

const whoServes = (rules: Rules, target: string): string => {
  const queue = rules.queues.get(rules.routes.get(target)!)!
  const who = wordOf.get([queue.id, ...queue.roles].join(' ')) ?? `? ${queue.id} ${queue.roles.join(' ')}`
  const standing = rules.giving.find(({ always, position }) => always && position === queue.position)
  return standing ? `${who}@${standing.to.join()}`.replace('sas-', '') : who
}

/** Numbers that go straight to MG; a row says who answers them. */
const numbersOfMg = { '1803': 'SIS', '1903': 'P2' } as const

const directory = fileURLToPath(new URL('../../../config/', import.meta.url))
const cases = blocks.flatMap(({ files, suffix, columns, rows }) => files.map((file) => ({ file, suffix, columns, rows })))

describe.each(cases)('$file$suffix', ({ file, suffix, columns, rows }) => {
  const config = loadConfig(`${directory}${file}.yaml`)
  const timetable = new Timetable(config)
  const entries = config.entries.filter(({ trunk }) => trunk.endsWith(suffix))
  const ofOwn = columns.slice(4)
  const word = (who: string): string => (suffix !== '' && [...wordOf.values()].includes(`${who}${suffix}`) ? `${who}${suffix}` : who)

  it('has its own filières in the table, and no others', () => {
    expect(config.filieres.map(({ id }) => id).filter((id) => !/^(?:amu|mg)/.test(id))).toEqual(ofOwn)
  })

  it.each(rows)('R-N2-7 $when', ({ when, answers }) => {
    const rules = timetable.rulesAt(msOf(when))
    for (const { trunk, number } of entries) {
      const { queue, class: kind, orientation } = rules.entries.get(`${trunk}/${number}`)!
      const said = number in numbersOfMg ? { kind: numbersOfMg[number as keyof typeof numbersOfMg], who: answers.mg! } : always.get(number)
      expect({ number, kind, who: whoServes(rules, queue) }).toEqual({ number, kind: said?.kind, who: said && word(said.who) })
      const sorted = { P0: whoServes(rules, orientation.P0), P1: whoServes(rules, orientation.P1), P2: whoServes(rules, orientation.P2) }
      expect(sorted).toEqual({ P0: word(always.get('P0')!.who), P1: word(always.get('P1')!.who), P2: answers.P2 })
    }
    const first = rules.routes.get(`mg${suffix}`)!
    const stages = rules.filieres.get(`mg${suffix}`)!.stages
    const next = stages.includes(first) ? stages.slice(stages.indexOf(first) + 1).find((stage) => rules.queues.get(stage)!.open) : undefined
    expect(next === undefined ? '-' : whoServes(rules, next)).toBe(answers.then)
    const guards = rules.staffing.map(({ id }) => id)
    expect(guards).toEqual(expect.arrayContaining(['arm-n1', `mru${suffix}`]))
    expect(guards.includes(`mrg${suffix}`) ? 'yes' : 'no').toBe(answers.owed)
    for (const filiere of ofOwn) expect([filiere, whoServes(rules, filiere)]).toEqual([filiere, answers[filiere]])
  })
})

describe('the table', () => {
  it('has every SAS that ships, with a dozen moments at least', () => {
    const shipped = readdirSync(directory).filter((name) => /^sas-.*\.yaml$/.test(name))
    expect([...new Set(cases.map(({ file }) => `${file}.yaml`))].sort()).toEqual(shipped.sort())
    expect(shipped).toHaveLength(18)
    expect(Math.min(...cases.map(({ rows }) => rows.length))).toBeGreaterThanOrEqual(12)
  })

  it.each([
    ['sas-36', '15 116117'],
    ['sas-67', '15 116117'],
    ['sas-88', '15 116117'],
    ['sas-37', '15'],
  ])('knows the numbers that %s says the public dials', (file, numbers) => {
    const { entries } = loadConfig(`${directory}${file}.yaml`)
    expect(entries.filter(({ trunk }) => trunk === 'operator').map(({ number }) => number).join(' ')).toBe(numbers)
  })

  it('R-TO-2 names the case software that each SAS names', () => {
    const named = readdirSync(directory).flatMap((name) => {
      const [, sas] = /^sas-(\d+)\.yaml$/.exec(name) ?? []
      const software = sas === undefined ? [] : loadConfig(`${directory}${name}`).software
      return software.length === 0 ? [] : `${sas} ${software.map(({ label, roles }) => (roles ? `${roles.join(' ')}: ${label}` : label)).join(', ')}`
    })
    expect(named).toEqual([
      '08 CENTAURE',
      '10 CENTAURE, Entr’Actes',
      '36 MRG: Logiciel des médecins libéraux',
      '37 EXOS',
      '51 EXOS',
      '52 CENTAURE',
      '54 AppliSamu',
      '55 EXOS',
      '57 EXOS',
      '67 EXOS, Entr’Actes',
      '68 AppliSamu',
      '88 START',
    ])
  })

  it.each([
    ['sas-36', 'MRG'],
    ['sas-37', 'MRG OSNP'],
  ])('R-N2-6 has the remote regulators of %s: %s', (file, roles) => {
    const { people } = loadConfig(`${directory}${file}.yaml`)
    const of = (all: typeof people): string => [...new Set(all.flatMap((person) => person.roles))].sort().join(' ')
    expect(of(people.filter(({ site }) => site !== undefined))).toBe(roles)
    expect(of(people.filter(({ site }) => site === undefined))).not.toMatch(/MRG/)
  })

  it.each(['sas-36', 'sas-67', 'sas-88'])('R-IN-5 keeps the last channels of %s for 15, not for 116-117', (file) => {
    const { trunks, entries } = loadConfig(`${directory}${file}.yaml`)
    expect(trunks['operator']!.reservedChannels).toBeGreaterThan(0)
    expect(entries.filter((entry) => entry.trunk === 'operator' && mayUseReserve(entry, 'operator')).map(({ number }) => number)).toEqual(['15'])
  })

  it.each(['sas-26', 'sas-38', 'sas-42', 'sas-69'])('R-N2-5 gives what leaves the dental field back to the physician in %s', (file) => {
    const rules = new Timetable(loadConfig(`${directory}${file}.yaml`)).rulesAt(msOf('Sat 2026-03-07 10:00 +01'))
    expect(whoServes(rules, rules.filieres.get('dentaire')!.returnsTo!)).toBe('MRG')
  })
})
