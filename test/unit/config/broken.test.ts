/** A SAS that uses every part of a file, broken in one place at a time: exactly these faults, at exactly these places. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { checkConfig } from '../../../src/config/load.js'

const base = parseDocument(readFileSync(new URL('broken/base.yaml', import.meta.url), 'utf8'))

type Place = readonly (string | number)[]
/** A place in the base, and what stands there instead; nothing when undefined. */
type Edit = readonly [at: Place, value?: unknown]
type Expected = readonly [path: string, text: RegExp]

const faultsOf = (edits: readonly Edit[]): (readonly [string, string])[] => {
  const edited = base.clone()
  for (const [at, value] of edits) {
    if (value === undefined) edited.deleteIn(at)
    else edited.setIn(at, edited.createNode(value))
  }
  return checkConfig(edited.toString()).faults.map(({ path, message, hint, line }) => {
    expect(line, path).toBeGreaterThan(0)
    return [path, hint === null ? message : `${message} (${hint})`]
  })
}

const stage = (filiere: number, index = 0): Place => ['filieres', filiere, 'stages', index]
const person = (more: object) => ({ id: 'new', roles: ['ARM'], phone: 'new', position: 'n1', ...more })
const guard = (more: object) => ({ id: 'new', label: 'Garde', role: 'MRU', ...more })
const entry = (more: object) => ({ number: '3966', trunk: 'operator', queue: 'n1', class: 'P2', ...more })
const newcomer = (more: object): Edit => [['people', 8], person(more)]
const newGuard = (more: object): Edit => [['staffing', 3], guard(more)]
const newEntry = (more: object): Edit => [['entries', 6], entry(more)]

const always = { hours: { daily: ['00:00-24:00'] }, holidays: 'as-usual' }
const never = { hours: {}, holidays: [], dates: {} }
const overMidnight = {
  hours: { 'mon-fri': ['00:00-08:00', '20:00-08:00'], sat: ['00:00-08:00', '12:00-08:00'], sun: ['00:00-08:00', '08:00-20:00', '20:00-08:00'] },
  holidays: ['08:00-24:00'],
  dates: { '2026-05-15': ['00:00-08:00', '12:00-24:00'] },
}
const shortMondays = { mon: ['20:00-24:00'], 'tue-fri': ['20:00-08:00'], sat: ['12:00-08:00'], sun: ['08:00-20:00', '20:00-08:00'] }
const nights = (more: object) => ({
  hours: { 'mon-fri': ['20:00-08:00'], sat: ['12:00-08:00'], sun: ['08:00-20:00', '20:00-08:00'] },
  holidays: ['08:00-20:00', '20:00-08:00'],
  dates: { '2026-05-15': ['12:00-08:00'], ...more },
})
const calendar = (name: string, content: object): Edit => [['calendars', name], content]

type Row = readonly [name: string, edits: readonly Edit[], ...expected: Expected[]]
const broken: Readonly<Record<string, readonly Row[]>> = {
  shape: [
    ['an unknown key', [[['n1', 'ringSecond'], 3]], ['n1.ringSecond', /^unknown key \(did you mean ringSeconds\?\)$/]],
    ['an unknown key in a list', [[[...stage(1), 'rolez'], ['MRG']]], ['filieres[1].stages[0].rolez', /^unknown key \(did you mean roles\?\)$/]],
    ['an unknown key of a calendar', [[['calendars', 'psy', 'holyday'], []]], ['calendars.psy.holyday', /^unknown key/]],
    [
      'a missing section',
      [[['trunks']]],
      ['trunks', /^missing/],
      ...[0, 1, 2, 3, 4, 5].map((at): Expected => [`entries[${at}].trunk`, /^unknown trunk \w+ \(write it under trunks\)$/]),
      ['recording.rules[0].trunks[0]', /^unknown trunk operator/],
    ],
    ['a missing choice', [[['filieres', 1, 'handover']]], ['filieres[1].handover', /^missing \(expected warm or direct\)$/]],
    ['a number without quotes', [[['entries', 2, 'number'], 116117]], ['entries[2].number', /^must be text, not a number \(put it in quotes\)$/]],
    [
      'a département without quotes',
      [[['sas', 'departements', 1], 54]],
      ['sas.departements[1]', /put it in quotes/],
      ['entries[1].departement', /unknown département 54/],
      ['byDepartement.54', /unknown département 54/],
    ],
    ['a class that is none', [[['entries', 2, 'during', 0, 'class'], 'P3']], ['entries[2].during[0].class', /^unknown value "P3" \(did you mean P0\?\)$/]],
    ['a time out of range', [[[...stage(1), 'returnSeconds'], 4]], ['filieres[1].stages[0].returnSeconds', /5/]],
    [
      'a time for three classes of four',
      [[['n1', 'escalateSeconds'], { SIS: 10, P0: 10, P1: 20 }]],
      ['n1.escalateSeconds', /^a number of seconds, or one for each of SIS, P0, P1 and P2$/],
    ],
    ['an id that is none', [[['filieres', 3, 'stages', 0, 'id'], 'Psy']], ['filieres[3].stages[0].id', /lower-case/]],
    [
      'a role in small letters',
      [[['roles'], { 'ide-psy': 'Infirmier' }]],
      ['roles.ide-psy', /capital letters/],
      ['roles.ide-psy', /^is the role of no person/],
      ['filieres[3].stages[0].roles[0]', /^unknown role IDE-PSY/],
      ['people[7].roles[0]', /^unknown role IDE-PSY/],
    ],
    [
      'a range that ends as it starts',
      [[['calendars', 'psy', 'hours', 'mon-fri'], ['09:00-09:00']]],
      ['calendars.psy.hours.mon-fri[0]', /00:00-24:00 for a whole day/],
    ],
    [
      'a calendar that says nothing of holidays',
      [[['calendars', 'psy', 'holidays']]],
      ['calendars.psy.holidays', /^is missing: write a list of ranges, or as-usual or as-sunday$/],
    ],
    ['a day that no year has', [[['calendars', 'sas', 'dates', '2026-02-30'], []]], ['calendars.sas.dates.2026-02-30', /date that exists/]],
    ['a time zone that is none', [[['sas', 'timeZone'], 'Europe/Metz']], ['sas.timeZone', /is no time zone/]],
    ['a code that is none', [[['dtmf', '*7'], 'park it']], ['dtmf.*7', /^one of P0, P1, P2, switch/]],
    ['holidays of a region that is none', [[['sas', 'holidays'], 'alsace']], ['sas.holidays', /^unknown value "alsace"/]],
  ],
  names: [
    ['an unknown trunk', [[['entries', 0, 'trunk'], 'operater']], ['entries[0].trunk', /^unknown trunk operater \(did you mean operator\?\)$/]],
    [
      'a trunk called like what every object has',
      [[['entries', 0, 'trunk'], 'constructor']],
      ['entries[0].trunk', /^unknown trunk constructor \(known: operator, fire, ambulance, neighbour\)$/],
    ],
    ['an unknown queue', [[['entries', 3, 'queue'], 'mg']], ['entries[3].queue', /^unknown queue mg/]],
    [
      'an unknown queue for some hours',
      [[['entries', 2, 'during', 1, 'queue'], 'mg-mgr']],
      ['entries[2].during[1].queue', /^unknown queue mg-mgr \(did you mean mg-mrg\?\)$/],
    ],
    ['an unknown calendar of a filière', [[['filieres', 2, 'hours'], 'sass']], ['filieres[2].hours', /^unknown calendar sass \(did you mean sas\?\)$/]],
    ['an unknown calendar of the report', [[['reports', 'pdsaHours'], 'pds']], ['reports.pdsaHours', /^unknown calendar pds \(did you mean pdsa\?\)$/]],
    ['an unknown calendar of a list', [[['filieres', 1, 'hours', 1], 'pds']], ['filieres[1].hours[1]', /^unknown calendar pds \(did you mean pdsa\?\)$/]],
    ['an unknown calendar of a stage', [[[...stage(1), 'hours'], 'osnpp']], ['filieres[1].stages[0].hours', /^unknown calendar osnpp/]],
    ['an unknown calendar of a number', [[['entries', 2, 'during', 1, 'hours', 0], 'pdsaa']], ['entries[2].during[1].hours[0]', /^unknown calendar pdsaa/]],
    ['an unknown trunk of a recording rule', [[['recording', 'rules', 0, 'trunks', 0], 'operateur']], ['recording.rules[0].trunks[0]', /^unknown trunk operateur/]],
    ['an unknown position of a recording rule', [[['recording', 'rules', 1, 'positions', 0], 'mg-mrg']], ['recording.rules[1].positions[0]', /^unknown position mg-mrg/]],
    ['recordings that are kept nobody says how long', [[['recording', 'retentionDays']]], ['recording.retentionDays', /./]],
    ['an unknown calendar of a guard', [[['staffing', 1, 'hours'], 'sos']], ['staffing[1].hours', /^unknown calendar sos/]],
    [
      'what answers and does not exist',
      [[['filieres', 3, 'closed', 'to'], 'mgg']],
      ['filieres[3].closed.to', /^unknown filière or queue mgg \(did you mean mg\?\)$/],
    ],
    ['a return to a queue', [[['filieres', 3, 'returnsTo'], 'mg-osnp']], ['filieres[3].returnsTo', /^unknown filière mg-osnp/]],
    ['a priority that leads nowhere', [[['orientation', 'P2'], 'mgg']], ['orientation.P2', /^unknown filière mgg \(did you mean mg\?\)$/]],
    [
      'a priority of a département that leads nowhere',
      [[['byDepartement', '54', 'P2'], 'mg-57']],
      ['byDepartement.54.P2', /^unknown filière mg-57 \(did you mean mg\?\)$|did you mean mg-54/],
    ],
    [
      'a number of an unknown département',
      [[['entries', 1, 'departement'], '55']],
      ['entries[1].departement', /^unknown département 55 \(did you mean/],
      ['byDepartement.54', /^no number is that of département 54/],
    ],
    [
      'rules for an unknown département',
      [[['byDepartement', '88'], { P2: 'mg' }]],
      ['byDepartement.88', /^unknown département 88/],
      ['byDepartement.88', /^no number is that of département 88 \(give an entry departement: "88"\)$/],
    ],
    [
      'départements that the SAS does not name',
      [[['sas', 'departements']]],
      ['entries[0].departement', /^unknown département 57 \(write it under sas.departements\)$/],
      ['entries[1].departement', /54/],
      ['byDepartement.54', /54/],
    ],
    ['an unknown role of a queue', [[[...stage(1), 'roles'], ['OSNP', 'OSMP']]], ['filieres[1].stages[0].roles[1]', /^unknown role OSMP \(did you mean OSNP\?\)$/]],
    ['an unknown role of a person', [newcomer({ roles: ['ARM', 'AIDE'] })], ['people[8].roles[1]', /^unknown role AIDE/]],
    ['an unknown role of a guard', [newGuard({ role: 'MUR' })], ['staffing[3].role', /^unknown role MUR \(known: ARM, MRU, OSNP, MRG, IDE-PSY\)$/]],
    ['an unknown position of a person', [newcomer({ position: 'amo' })], ['people[8].position', /^unknown position amo \(did you mean amu\?\)$/]],
    ['a guard at a queue that is no position', [newGuard({ role: 'MRG', position: 'mg-mrg' })], ['staffing[3].position', /^unknown position mg-mrg/]],
    ['music', [[['entries', 1, 'music'], 'douc']], ['entries[1].music', /^unknown music douc \(did you mean douce\?\)$/], ['music.douce', /^is the music of no number/]],
    ['a site', [[['people', 5, 'site'], 'domicil']], ['people[5].site', /^unknown site domicil \(did you mean domicile\?\)$/], ['sites.domicile', /^is the site of nobody/]],
    ['what works with software', [[['software', 1, 'roles', 0], 'MRJ'], [['software', 1, 'positions', 0], 'mh']], ['software[1].roles[0]', /^unknown role MRJ/], ['software[1].positions[0]', /^unknown position mh \(did you mean mg\?\)$/]],
    ['a code that leads nowhere', [[['dtmf', '*6'], 'to:psi']], ['dtmf.*6', /^unknown filière or queue psi \(did you mean psy\?\)$/]],
  ],
  'for nothing': [
    ['a calendar that nothing names', [calendar('spare', always)], ['calendars.spare', /^is used nowhere/]],
    ['music of no number', [[['music', 'vive'], { label: 'Vive' }]], ['music.vive', /^is the music of no number \(name it in an entry, or take it out\)$/]],
    ['music called as the PBX’s own', [[['music', 'default'], { label: 'Vive' }], [['entries', 0, 'music'], 'default']], ['music.default', /^is a name of the PBX's own/]],
    ['a site of nobody', [[['sites', 'mairie'], { label: 'Mairie' }]], ['sites.mairie', /^is the site of nobody \(give it to somebody, or take it out\)$/]],
    ['software that nobody works with', [[['software', 1, 'positions'], ['mg', 'amu']]], ['software[1].positions[1]', /^no queue at position amu wants MRG \(its queues want ARM or MRU\)$/]],
    ['software said twice', [[['software', 1, 'id'], 'exos']], ['software[1].id', /^software exos is there twice \(first at software\[0\]\)$/]],
    ['a role of nobody', [[['roles', 'SAGE-FEMME'], 'Sage-femme']], ['roles.SAGE-FEMME', /^is the role of no person and no queue/]],
    ['a role of the core declared again', [[['roles', 'MRG'], 'Médecin']], ['roles.MRG', /^is a role of the core filières/]],
    ['a skill that no queue asks for', [newcomer({ skills: ['nency'] })], ['people[8].skills[0]', /^no queue asks for skill nency \(did you mean nancy\?\)$/]],
    ['hours that change nothing', [[['entries', 0, 'during'], [{ hours: 'night' }]]], ['entries[0].during[0]', /^changes nothing/]],
  ],
  twice: [
    [
      'a number on a trunk',
      [newEntry({ number: '15', class: 'P1' })],
      ['entries[6].number', /^number 15 is there twice on trunk operator \(first at entries\[0\]\)$/],
    ],
    ['a person', [newcomer({ id: 'arm01' })], ['people[8].id', /^person arm01 is there twice \(first at people\[0\]\)$/]],
    ['a phone', [newcomer({ phone: 'mrg02' })], ['people[8].phone', /^phone mrg02 is there twice/]],
    ['a guard', [newGuard({ id: 'mru' })], ['staffing[3].id', /^guard mru is there twice/]],
    ['a filière', [[['filieres', 3, 'id'], 'mg-54']], ['filieres[3].id', /^filière mg-54 is there twice$/], ['people[7].position', /^unknown position psy/]],
    [
      'a queue',
      [[[...stage(1, 1), 'id'], 'mg-osnp']],
      ['filieres[1].stages[1].id', /^queue mg-osnp is there twice/],
      ['entries[2].during[1].queue', /^unknown queue mg-mrg/],
      ['filieres[3].closed.to', /^unknown filière or queue mg-mrg/],
    ],
    ['a pause', [[['pauseReasons'], ['repas', 'repas']]], ['pauseReasons[1]', /^reason "repas" is there twice/]],
    ['an address', [[['trunks', 'ambulance', 'match'], ['192.0.2.40']]], ['trunks.ambulance.match[0]', /^this address also speaks for trunk fire/]],
  ],
  together: [
    [
      'a class of the fire service for some hours of the public',
      [[['entries', 2, 'during', 0, 'class'], 'SIS']],
      ['entries[2].during[0].class', /^a call from operator trunk operator cannot be of the fire service/],
    ],
    ['a filière that answers for itself', [[['filieres', 1, 'closed', 'to'], 'mg-osnp']], ['filieres[1].closed.to', /^filière mg cannot answer for itself/]],
    ['a filière that answers for itself when closed', [[['filieres', 3, 'closed', 'to'], 'psy']], ['filieres[3].closed.to', /^filière psy cannot answer for itself/]],
    ['a filière that returns to itself', [[['filieres', 3, 'returnsTo'], 'psy']], ['filieres[3].returnsTo', /^returns in a circle: psy → psy/]],
    [
      'returns in a circle',
      [[['filieres', 1, 'returnsTo'], 'psy']],
      ['filieres[1].returnsTo', /^returns in a circle: mg → psy → mg/],
      ['filieres[3].returnsTo', /^returns in a circle: psy → mg → psy/],
    ],
    [
      'R-N1-4 a P0 that the ARM could not keep',
      [[['byDepartement', '54', 'P0'], 'mg-54']],
      ['byDepartement.54.P0', /^the ARM keeps a P0 call, but no queue of filière mg-54 wants an ARM/],
    ],
    [
      'a person who lacks the skill that their position wants',
      [[['people', 8], person({ roles: ['MRG'], position: 'mg-54' })]],
      ['people[8].roles', /^serves no queue at position mg-54 \(its queues want MRG with nancy\)$/],
    ],
    [
      'a skill of nobody who could serve',
      [[[...stage(2), 'skills'], ['nancy', 'toul']]],
      ['filieres[2].stages[0].skills[1]', /^nobody who could serve queue mg-54 has skill toul/],
      ['people[6].roles', /^serves no queue/],
    ],
    [
      'skills that nobody has together',
      [[[...stage(2), 'skills'], ['nancy', 'toul']], [['people', 5, 'skills'], ['toul']]],
      ['filieres[2].stages[0].skills', /^nobody can serve queue mg-54 \(add a person with the role MRG with nancy and toul\)$/],
      ['people[6].roles', /^serves no queue/],
    ],
    ['a queue that nobody could serve', [[['people', 7]]], ['filieres[3].stages[0].roles', /^nobody can serve queue psy \(add a person with the role IDE-PSY\)$/]],
    ['a guard of more people than there are', [newGuard({ min: 2 })], ['staffing[3].min', /^only 1 person has the role MRU \(the alarm would never end\)$/]],
    [
      'a guard of more people than may sit there',
      [newGuard({ role: 'MRG', position: 'mg-54', min: 2, hours: 'sas' })],
      ['staffing[3].min', /^only 1 person has the role MRG and may sit at mg-54/],
    ],
    [
      'a guard of a role that sits elsewhere',
      [newGuard({ role: 'MRU', position: 'mg' })],
      ['staffing[3].role', /^no queue at position mg wants MRU \(its queues want OSNP, MRG\)$/],
    ],
    [
      'classes that give way the wrong way round',
      [[['yieldSeconds', 'P1'], 400]],
      ['yieldSeconds.P2', /^P1 would give way longer than P2 \(give P2 at least 400\)$/],
    ],
    ['a code that hides another', [[['dtmf', '*61'], 'next']], ['dtmf.*61', /^can never be dialled: code \*6 is understood first/]],
    ['calls out on a trunk that is none', [[['outbound'], { trunk: 'opreator' }]], ['outbound.trunk', /^unknown trunk opreator \(did you mean operator\?\)$/]],
    ['calls out on a trunk that leads nowhere', [[['outbound'], { trunk: 'operator' }]], ['outbound.trunk', /^calls cannot be sent to trunk operator \(give it a peer/]],
    ['a number pattern that is none', [[['outbound'], { trunk: 'fire', numbers: ['01.'] }]], ['outbound.numbers[0]', /^digits, with X for any digit/]],
    ['a platform on a trunk that is none', [[['people', 7, 'phone'], { number: '0199000001', trunk: 'plateforme' }]], ['people[7].phone.trunk', /^unknown trunk plateforme/]],
    ['a platform on a trunk that leads nowhere', [[['people', 7, 'phone'], { number: '0199000001', trunk: 'operator' }]], ['people[7].phone.trunk', /^calls cannot be sent to trunk operator/]],
    ['a phone that is neither', [[['people', 7, 'phone'], ['ide01']]], ['people[7].phone', /^the name of a phone, or/]],
    ['a neighbour without address', [[['trunks', 'neighbour', 'peer']]], ['trunks.neighbour.peer', /^a neighbour needs the address/]],
    ['a phone called like a trunk', [newcomer({ phone: 'fire' })], ['trunks.fire', /^a phone has the same name/]],
  ],
  hours: [
    [
      'R-N2-7 a filière that is closed at night, with nobody to answer',
      [[['filieres', 1, 'closed']], [['filieres', 1, 'hours'], ['osnp', 'sas']], [['filieres', 1, 'stages', 0, 'hours']]],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Mondays at 00:00 \(write what does: closed/],
    ],
    [
      'stages that leave a hole where the filière has none',
      [[['filieres', 1, 'closed']], [[...stage(1, 1), 'hours'], 'pdsa'], [['calendars', 'osnp', 'hours'], { 'mon-sat': ['08:30-21:00'] }]],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Mondays at 08:00/],
      ['staffing[1]', /^wants MRG at mg on Mondays at 08:00, when no queue/],
    ],
    [
      'R-N2-7 a hole on public holidays only',
      [[['filieres', 1, 'closed']], [['calendars', 'pdsa', 'holidays'], ['08:00-24:00']]],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Monday 2024-01-01, a public holiday, at 00:00/],
    ],
    [
      'R-N2-7 a hole on the second of two public holidays',
      [[['filieres', 1, 'closed']], calendar('pdsa', overMidnight)],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Thursday 2024-05-09, a public holiday, at 00:00/],
    ],
    [
      'R-N2-7 a hole on one date',
      [[['filieres', 1, 'closed']], [['calendars', 'sas', 'dates', '2026-05-15'], []]],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Friday 2026-05-15 at 08:00/],
    ],
    [
      'R-N2-7 a hole on the day after a date',
      [[['filieres', 1, 'closed']], calendar('pdsa', nights({ '2026-05-20': ['20:00-24:00'] }))],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Thursday 2026-05-21 at 00:00/],
    ],
    [
      'R-N2-7 a hole on the day after a public holiday',
      [[['filieres', 1, 'closed']], calendar('pdsa', { ...nights({}), holidays: ['00:00-24:00'] })],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Monday 2024-07-15, after a public holiday, at 00:00/],
    ],
    [
      'a hole on a day that is not after a public holiday',
      [[['filieres', 1, 'closed']], calendar('pdsa', nights({})), [['calendars', 'pdsa', 'hours'], shortMondays]],
      ['filieres[1].hours', /^nobody answers P2 in filière mg on Tuesdays at 00:00/],
    ],
    ['no hole where each night lasts until the morning', [[['filieres', 1, 'closed']], calendar('pdsa', nights({}))]],
    [
      'what goes wrong in the night that skips an hour',
      [
        [['filieres', 3, 'hours'], 'late'],
        calendar('late', { hours: { daily: ['22:00-03:15'] }, holidays: 'as-usual' }),
        calendar('psy', { hours: { daily: ['22:00-02:30'] }, holidays: 'as-usual' }),
        newGuard({ role: 'IDE-PSY', position: 'psy', hours: 'psy' }),
      ],
      ['staffing[3]', /^wants IDE-PSY at psy on Sunday 2024-03-31 at 03:15/],
    ],
    [
      'a hole of a filière that is reached by transfer',
      [[['filieres', 3, 'closed']]],
      ['filieres[3].hours', /^nobody answers a transfer in filière psy on Mondays at 00:00/],
    ],
    [
      'what answers in a circle',
      [[['filieres', 1, 'hours'], 'sas'], [['filieres', 1, 'closed', 'to'], 'mg-54']],
      ['filieres[1].closed.to', /^leads in a circle: mg → mg-54 → mg, all closed on Mondays at 00:00/],
      ['filieres[2].closed.to', /^leads in a circle: mg-54 → mg → mg-54, all closed/],
      ['filieres[3].closed.to', /^leads in a circle: psy → mg → mg-54 → mg, all closed/],
    ],
    [
      'a priority that comes back to N1',
      [[['filieres', 1, 'hours'], 'sas'], [['filieres', 1, 'closed', 'to'], 'n1']],
      ['filieres[1].closed.to', /^P2 would come back to N1, which sent it, on Mondays at 00:00 \(name a filière that is open then\)$/],
      ['filieres[2].closed.to', /^P2 would come back/],
    ],
    ['a calendar that is never open', [calendar('psy', never)], ['calendars.psy', /^is never open/]],
    [
      'a stage that is never open',
      [[[...stage(3), 'hours'], 'late'], calendar('late', { hours: { sat: ['09:00-17:00'] }, holidays: [] })],
      ['filieres[3].stages[0].hours', /^queue psy is never open \(its hours never meet those of filière psy\)$/],
    ],
    [
      'a guard where nobody could take a call',
      [newGuard({ role: 'MRG', position: 'mg-54' })],
      ['staffing[3]', /^wants MRG at mg-54 on Mondays at 00:00, when no queue that they serve there is open/],
    ],
    [
      'hours of a number that another hides',
      [[['entries', 2, 'during', 2], { hours: 'osnp', class: 'P0' }]],
      ['entries[2].during[2]', /^never counts \(one before it is open whenever this one is\)$/],
    ],
  ],
}

it('the base has no fault', () => expect(faultsOf([])).toEqual([]))

describe.each(Object.entries(broken))('%s', (_, rows) => {
  for (const [name, edits, ...expected] of rows) {
    it(name, () => {
      const faults = faultsOf(edits)
      expect(faults.map(([path]) => path).sort(), JSON.stringify(faults)).toEqual(expected.map(([path]) => path).sort())
      for (const [path, text] of expected) expect(faults.some(([at, message]) => at === path && text.test(message)), JSON.stringify(faults)).toBe(true)
    })
  }
})

it('are enough', () => expect(Object.values(broken).flat().length).toBeGreaterThanOrEqual(60))
