/** What a SAS that uses every part does at one moment with one caller. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { explain, UnknownNumber } from '../../../src/config/explain.js'
import { showExplanation } from '../../../src/config/explain-text.js'
import { readInstant } from '../../../src/config/local-time.js'
import { sasSchema } from '../../../src/config/schema.js'

const config = sasSchema.parse(parse(readFileSync(new URL('broken/base.yaml', import.meta.url), 'utf8')))
const at = (local: string): number => readInstant(local, 'Europe/Paris')!
const onSaintStephen = (number: string, trunk?: string) => explain(config, at('2026-12-26T10:00'), number, trunk)
const onTuesday = (number: string, trunk?: string) => explain(config, at('2026-12-29T10:00'), number, trunk)

describe('a moment', () => {
  it.each([
    ['2026-12-26T10:00', '2026-12-26T09:00:00Z'],
    ['2026-12-26T10:00:30', '2026-12-26T09:00:30Z'],
    ['2026-12-26', '2026-12-25T23:00:00Z'],
    ['2026-12-26T10:00+03:00', '2026-12-26T07:00:00Z'],
    ['2026-12-26T10:00Z', '2026-12-26T10:00:00Z'],
    ['2026-10-25T02:30', '2026-10-25T00:30:00Z'],
  ])('%s is %s', (text, instant) => expect(readInstant(text, 'Europe/Paris')).toBe(Date.parse(instant)))

  it.each(['', 'tomorrow', '10:00', '2026-13-01T00:00', '2026-12-26T25:00'])('%j is none', (text) => expect(readInstant(text, 'Europe/Paris')).toBeNull())
})

describe('a public holiday of Alsace-Moselle (R-N2-7)', () => {
  it('is one, and the calendars say what they make of it and until when', () => {
    const told = onSaintStephen('15')
    expect(told).toMatchObject({ at: '2026-12-26T10:00:00+01:00', publicHoliday: true })
    expect(told.calendars).toContainEqual({ calendar: 'sas', open: false, until: '2026-12-28T08:00:00+01:00', holiday: true })
    expect(told.calendars).toContainEqual({ calendar: 'pdsa', open: true, until: '2026-12-28T08:00:00+01:00', holiday: true })
    expect(onTuesday('15').publicHoliday).toBe(false)
  })

  it('a number goes where it goes in those hours, in the class of those hours', () => {
    expect(onSaintStephen('116117')).toMatchObject({ entry: { trunk: 'operator', class: 'P2', greeting: 'decroche/accueil' }, enters: { queue: 'mg-mrg', mode: 'ring-all' } })
    expect(explain(config, at('2026-12-29T23:00'), '116117')).toMatchObject({ entry: { class: 'P1' }, enters: { queue: 'n1' } })
  })

  it('P2 goes on to the physicians while the OSNP are closed, and it says which calendar closes them until when', () => {
    expect(onSaintStephen('15').priorities.P2).toMatchObject({
      filiere: 'mg',
      queue: 'mg-mrg',
      handover: 'direct',
      stages: [{ queue: 'mg-mrg', people: ['mrg01'] }],
      closed: [{ queue: 'mg-osnp', because: [{ calendar: 'osnp', open: false, until: '2026-12-28T08:00:00+01:00' }] }],
    })
  })

  it('only the guards of those hours are in force', () => {
    expect(onSaintStephen('15').staffing.map(({ guard }) => guard)).toEqual(['mru', 'arm'])
    expect(onTuesday('15').staffing.map(({ guard }) => guard)).toEqual(['mru', 'mrg', 'arm'])
  })
})

describe('a weekday', () => {
  it('R-N2-2 P2 goes through the stages in their order of pickup', () => {
    expect(onTuesday('15').priorities.P2).toMatchObject({ queue: 'mg-osnp', stages: [{ queue: 'mg-osnp' }, { queue: 'mg-mrg' }], closed: [] })
  })

  it('R-IN-3 P2 of the other département has a filière of its own, and what answers for it at night', () => {
    expect(onTuesday('0383000015')).toMatchObject({ entry: { departement: '54' }, priorities: { P2: { filiere: 'mg-54', queue: 'mg-54' } } })
    expect(onSaintStephen('0383000015').priorities.P2).toMatchObject({ filiere: 'mg-54', queue: 'mg-mrg', closed: [{ queue: 'mg-54' }, { queue: 'mg-osnp' }] })
  })

  it('R-N1-6 N1 is answered by the ARMs who sit there, then by those of AMU; who may move there is told apart', () => {
    expect(onTuesday('15').enters).toEqual({
      queue: 'n1',
      mode: 'longest-idle',
      roles: ['ARM'],
      skills: [],
      people: ['arm01', 'arm02'],
      others: ['arm03'],
      elsewhere: [],
      software: [{ label: 'EXOS', roles: ['ARM'] }],
      reinforced: { afterSeconds: 20, people: ['arm03'] },
      closed: [],
    })
  })

  it('R-N2-5 filières that no priority leads to are reached by transfer', () => {
    expect(onTuesday('15').byTransfer.map(({ filiere, queue }) => [filiere, queue])).toEqual([['mg-54', 'mg-54'], ['psy', 'psy']])
    expect(onSaintStephen('15').byTransfer[1]).toMatchObject({ filiere: 'psy', queue: 'mg-mrg', closed: [{ queue: 'psy' }] })
  })
})

describe('those who answer', () => {
  const { stages } = onTuesday('15').priorities.P2
  const answering = (queue: string) => stages.find((stage) => stage.queue === queue)

  it('R-N2-6 work at the SAS or elsewhere, with the same place in the line', () => {
    expect(answering('mg-mrg')).toMatchObject({ people: ['mrg01'], elsewhere: [{ site: 'domicile', label: 'Au domicile du médecin', people: ['mrg01'] }] })
    expect(answering('mg-osnp')).toMatchObject({ elsewhere: [] })
  })

  it('R-TO-2 work with the case software of their role and position', () => {
    expect(answering('mg-mrg')?.software).toEqual([{ label: 'EXOS', roles: ['MRG'] }, { label: 'Entr’Actes', roles: ['MRG'] }])
    expect(onTuesday('15').priorities.P1.stages[0]?.software).toEqual([{ label: 'EXOS', roles: ['ARM', 'MRU'] }])
    const some = { ...config, software: [{ id: 'one', label: 'START', roles: ['MRU'] }] }
    expect(explain(some, at('2026-12-29T10:00'), '15').enters.software).toEqual([])
    expect(showExplanation(explain(some, at('2026-12-29T10:00'), '15'))).toContain('; case software: START (MRU)')
  })
})

describe('a number', () => {
  it('of two trunks is that of the first one unless a trunk is named', () => {
    expect(onTuesday('15').entry).toMatchObject({ trunk: 'operator', alsoOn: ['neighbour'] })
    expect(onTuesday('15', 'neighbour').entry).toMatchObject({ trunk: 'neighbour', departement: null })
  })

  it('may have music of its own', () => {
    expect(onTuesday('0383000015').entry.music).toBe('Attente douce')
    expect(onTuesday('15').entry.music).toBeNull()
    expect(showExplanation(onTuesday('0383000015'))).toContain('hears music; music on hold: Attente douce; département 54')
  })

  it('that is not known is told with those that are', () => {
    expect(() => onTuesday('17')).toThrow(UnknownNumber)
    expect(() => onTuesday('17')).toThrow('no number 17; known: 15 on operator, 0383000015 on operator, 116117 on operator, 1801 on fire')
    expect(() => onTuesday('15', 'fire')).toThrow('no number 15 on trunk fire; known: ')
  })
})

it('is told in words', () => {
  const text = showExplanation(onSaintStephen('116117'))
  expect(text).toContain('Sat 2026-12-26 10:00 (Europe/Paris), a public holiday')
  expect(text).toContain('number 116117 on trunk operator\n  enters mg-mrg as P2, hears decroche/accueil, then music')
  expect(text).toContain('mg-osnp is closed: osnp is closed until Mon 2026-12-28 08:00')
  expect(text).toContain('mg-mrg (MRG): all at once, of those who are free, of mrg01; once they sit there also mrg02; not at the SAS: mrg01 (Au domicile du médecin); case software: EXOS, Entr’Actes')
  expect(text).toContain('mru: 1 MRU at least at amu')
  expect(showExplanation(onTuesday('15'))).toContain('number 15 on trunk operator (also on neighbour: --trunk)')
})
