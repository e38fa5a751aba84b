/** What changes between two files: by name, with its effect, and what Asterisk must be told. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse, parseDocument } from 'yaml'
import { renderAsterisk } from '../../../src/asterisk-config/render.js'
import { changesBetween } from '../../../src/config/changes.js'
import { readInstant } from '../../../src/config/local-time.js'
import { plan, showPlan } from '../../../src/config/plan.js'
import { sasSchema, type SasConfig } from '../../../src/config/schema.js'
import { site, tls } from '../asterisk-config/site.js'

const base = parseDocument(readFileSync(new URL('broken/base.yaml', import.meta.url), 'utf8'))
const old: SasConfig = sasSchema.parse(base.toJS())
type Edit = readonly [at: readonly (string | number)[], value?: unknown]

const edited = (...edits: readonly Edit[]): SasConfig => {
  const copy = base.clone()
  for (const [at, value] of edits) {
    if (value === undefined) copy.deleteIn(at)
    else copy.setIn(at, copy.createNode(value))
  }
  return sasSchema.parse(parse(copy.toString()))
}

const someone = { id: 'arm09', roles: ['ARM'], phone: 'arm09', position: 'amu' }

describe('a change', () => {
  it.each<[Edit, string, boolean, RegExp]>([
    [[['n1', 'ringSeconds'], 10], 'n1.ringSeconds', true, /in the fallback too/],
    [[['n1', 'ringSeconds'], 11.5], 'n1.ringSeconds', false, /each phone rings that long/],
    [[['n1', 'asideSeconds'], 30], 'n1.asideSeconds', false, /next call/],
    [[['people', 8], someone], 'people.arm09', true, /may sign in/],
    [[['people', 1]], 'people.arm02', true, /signed out, after the call they are on/],
    [[['people', 1, 'phone'], 'poste2'], 'people.arm02.phone', true, /rung there/],
    [[['people', 1, 'position'], 'amu'], 'people.arm02.position', true, /next sign-in/],
    [[['people', 6, 'position'], 'mg'], 'people.mrg02.position', false, /next sign-in/],
    [[['people', 5, 'skills'], ['nancy']], 'people.mrg01.skills', false, /asked for other callers/],
    [[['entries', 1, 'music']], 'entries.operator/0383000015.music', true, /other music/],
    [[['music', 'vive'], { label: 'Vive' }], 'music.vive', true, /may name/],
    [[['music', 'douce', 'label'], 'Calme'], 'music.douce.label', false, /shown/],
    [[['people', 5, 'site']], 'people.mrg01.site', false, /shown/],
    [[['sites', 'domicile', 'label'], 'Chez soi'], 'sites.domicile.label', false, /shown/],
    [[['sites', 'domicile', 'secure'], true], 'people.mrg01.securePhone', true, /TLS/],
    [[['software', 1, 'positions'], ['mg', 'mg-54']], 'software.entractes.positions', false, /shown/],
    [[['trunks', 'operator', 'channels'], 60], 'trunks.operator.channels', true, /./],
    [[['trunks', 'ambulance', 'match'], ['192.0.2.51']], 'trunks.ambulance.match', true, /./],
    [[['entries', 0, 'queue'], 'amu'], 'entries.operator/15.queue', false, /enter another queue/],
    [[['entries', 0, 'class'], 'P2'], 'entries.operator/15.class', true, /another place in the line/],
    [[['entries', 0, 'greeting']], 'entries.operator/15.greeting', false, /hear something else/],
    [[['entries', 0, 'usesReserve'], false], 'entries.operator/15.usesReserve', true, /last channels/],
    [[['entries', 2, 'during', 0, 'hours'], 'pdsa'], 'entries.operator/116117.during', false, /at some hours/],
    [[['entries', 4]], 'entries.ambulance/1901', true, /the number is no more/],
    [[['entries', 6], { number: '3966', trunk: 'operator', queue: 'n1', class: 'P2' }], 'entries.operator/3966', true, /is answered/],
    [[['filieres', 1, 'stages', 0, 'returnSeconds'], 200], 'filieres.mg.stages.mg-osnp.returnSeconds', false, /next call/],
    [[['filieres', 1, 'stages', 1]], 'filieres.mg.stages.mg-mrg', false, /head of n1/],
    [[['filieres', 3]], 'filieres.psy', false, /head of n1/],
    [[['filieres', 3, 'closed', 'to'], 'amu'], 'filieres.psy.closed.to', false, /another filière answers/],
    [[['calendars', 'osnp', 'hours', 'mon-sat'], ['07:00-21:00']], 'calendars.osnp.hours.mon-sat', false, /other times/],
    [[['orientation', 'P1'], 'mg'], 'orientation.P1', false, /next caller/],
    [[['byDepartement', '54', 'P2'], 'mg'], 'byDepartement.54.P2', false, /département/],
    [[['staffing', 0]], 'staffing.mru', false, /alarms/],
    [[['yieldSeconds', 'P2'], 240], 'yieldSeconds.P2', false, /from now on/],
    [[['dtmf', '*7'], 'to:mg'], 'dtmf.*7', false, /keys/],
    [[['limits', 'queueLength'], 600], 'limits.queueLength', false, /from now on/],
    [[['recording', 'retentionDays'], 60], 'recording.retentionDays', false, /kept that long/],
    [[['recording', 'rules', 1]], 'recording.rules', false, /recorded so from now on/],
    [[['recording']], 'recording', false, /no conversation is recorded any more/],
    [[['retention', 'drmHours'], 48], 'retention.drmHours', false, /next start/],
    [[['sas', 'holidays'], 'metropole'], 'sas.holidays', false, /other times/],
    [[['roles', 'IDE-PSY'], 'Infirmière'], 'roles.IDE-PSY', false, /shown/],
  ])('%j', (edit, path, pbx, effect) => {
    const next = edited(edit)
    const change = changesBetween(old, next).find((one) => one.path === path)
    expect(change).toMatchObject({ path, pbx, effect: expect.stringMatching(effect) })
    // Whether Asterisk must be told is what its files say.
    expect(changesBetween(old, next).some((one) => one.pbx)).toBe(JSON.stringify([...renderAsterisk(old, { ...site, tls })]) !== JSON.stringify([...renderAsterisk(next, { ...site, tls })]))
  })

  it('has what was and what is', () => {
    expect(changesBetween(old, edited([['people', 1, 'phone'], 'poste2']))).toMatchObject([{ from: 'arm02', to: 'poste2' }])
    expect(changesBetween(old, edited([['entries', 0, 'greeting']]))).toMatchObject([{ from: 'decroche/accueil', to: null }])
  })

  it('is none when the same is written in another order or in full', () => {
    expect(changesBetween(old, { ...old, people: [...old.people].reverse(), entries: [...old.entries].reverse(), staffing: [...old.staffing].reverse() })).toEqual([])
    expect(changesBetween(old, edited([['n1', 'asideSeconds'], 20]))).toEqual([])
  })

  it('is one when the stages of a filière are in another order (R-N2-2)', () => {
    const [first, second] = old.filieres[1]!.stages
    const swapped = { ...old, filieres: old.filieres.map((one) => (one.id === 'mg' ? { ...one, stages: [second!, first!] } : one)) }
    expect(changesBetween(old, swapped)).toEqual([expect.objectContaining({ path: 'filieres.mg.order', from: ['mg-osnp', 'mg-mrg'], to: ['mg-mrg', 'mg-osnp'] })])
  })
})

describe('hours of a plan', () => {
  const at = readInstant('2026-12-24T12:00', 'Europe/Paris')!
  const longer = edited([['calendars', 'osnp', 'hours', 'mon-sat'], ['07:00-21:00']])

  it('R-N2-7 are the times within fourteen days at which something is open in one and closed in the other', () => {
    const { hours } = plan(old, longer, at)
    expect(hours).toHaveLength(9)
    expect(hours[0]).toMatchObject({ what: 'queue mg-osnp', was: 'closed', becomes: 'open', from: '2026-12-28T07:00:00+01:00', until: '2026-12-28T08:00:00+01:00' })
    expect(hours.map(({ from }) => from.slice(0, 10))).not.toContain('2027-01-01')
  })

  it('count for guards and for numbers too', () => {
    const { hours } = plan(old, edited([['calendars', 'night', 'hours', 'daily'], ['23:00-06:00']], [['staffing', 0, 'hours'], 'night']), at)
    expect(hours).toContainEqual(expect.objectContaining({ what: 'guard mru', was: 'in force', becomes: 'off', from: '2026-12-24T12:00:00+01:00', until: '2026-12-24T23:00:00+01:00' }))
    expect(hours).toContainEqual(expect.objectContaining({ what: 'number operator/116117', was: 'n1 as P1', becomes: 'mg-mrg as P2', from: '2026-12-24T22:00:00+01:00', until: '2026-12-24T23:00:00+01:00' }))
  })

  it('are none where the hours are the same by another name', () => {
    const renamed = edited([['calendars', 'duty'], base.toJS().calendars.psy], [['filieres', 3, 'hours'], 'duty'], [['calendars', 'psy']])
    expect(plan(old, renamed, at)).toMatchObject({ hours: [], pbx: [] })
    expect(changesBetween(old, renamed)).toHaveLength(3)
  })

  it('are told in words, the first three of each', () => {
    const text = showPlan(plan(old, longer, at), 'Europe/Paris')
    expect(text).toContain('one change; Asterisk need not know\n  calendars.osnp.hours.mon-sat: ["08:00-21:00"] → ["07:00-21:00"]: opens and closes at other times')
    expect(text).toContain('  queue mg-osnp: open, was closed, Mon 2026-12-28 07:00 – Mon 2026-12-28 08:00')
    expect(text).toContain('  queue mg-osnp: and 6 times more')
    expect(showPlan(plan(old, edited([['people', 8], someone]), at), 'Europe/Paris')).toContain('\n* people.arm09: nothing → {"id":"arm09"')
    expect(showPlan(plan(old, old, at), 'Europe/Paris')).toBe('nothing changes')
  })
})
