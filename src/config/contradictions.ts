/**
 * Parts of a file that cannot work together at any time, and what is there twice or for nothing. What depends on the hour is in
 * `hours-faults`.
 */
import { CANARY, N1 } from '../routing/rules.js'
import { isBrowser, phoneOf } from '../sip-endpoints.js'
import { showPath, suggest, type FaultPath, type PlacedFault } from './fault.js'
import { callClass, coreRoles } from './schema.js'
import { filiereIds, reportTo, stagesOf, type Report, type Sketch } from './sketch.js'
import { neighbourFaults } from './neighbour-faults.js'
import { trunkFaults } from './trunk-faults.js'

/** Principals that sign in by a token of the environment. */
const programs: readonly string[] = ['api', 'lrm']

type Person = Sketch['people'][number]
type Names = readonly (string | undefined)[]

/** Sections and classes of asterisk/musiconhold.conf. */
const takenMusic: ReadonlySet<string> = new Set(['general', 'default', 'ringback'])

/** Every contradiction in what can be made out of a file. */
export const contradictions = (sketch: Sketch): PlacedFault[] => {
  const faults: PlacedFault[] = []
  for (const check of [trunkFaults, neighbourFaults, entries, filieres, returnPaths, people, signIns, service, vital, guards, software, unused, order, codes, reserved]) check(sketch, reportTo(faults))
  return faults
}

const entries = ({ entries: all, trunks, byDepartement }: Sketch, report: Report): void => {
  const seen = new Map<string, number>()
  for (const [index, { trunk, number, class: kind, during }] of all.entries()) {
    const from = trunk !== undefined && Object.hasOwn(trunks, trunk) ? trunks[trunk]?.kind : undefined
    const notOfFireService = from !== undefined && from !== 'fire-service' && from !== 'neighbour'
    const classes: [FaultPath, string | undefined][] = [[[], kind], ...during.map((other, at): [FaultPath, string | undefined] => [['during', at], other.class])]
    for (const [below, name] of classes) {
      if (name === 'SIS' && notOfFireService)
        report(['entries', index, ...below, 'class'], `a call from ${from} trunk ${trunk} cannot be of the fire service`, 'use P0, P1 or P2')
    }
    for (const [at, { queue, class: other, greeting }] of during.entries()) {
      if (queue === undefined && other === undefined && greeting === undefined)
        report(['entries', index, 'during', at], 'changes nothing', 'give it a queue, a class or a greeting')
    }
    if (trunk === undefined || number === undefined) continue
    const key = `${trunk}/${number}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, index)
    else report(['entries', index, 'number'], `number ${number} is there twice on trunk ${trunk}`, `first at entries[${first}]`)
  }
  for (const departement of Object.keys(byDepartement)) {
    if (!all.some((entry) => entry.departement === departement))
      report(['byDepartement', departement], `no number is that of département ${departement}`, `give an entry departement: "${departement}"`)
  }
}

const filieres = ({ filieres: all }: Sketch, report: Report): void => {
  const positions = new Map<string, number>()
  const queues = new Set<string>()
  for (const [index, { id }] of all.entries()) {
    if (id === undefined) continue
    if (id === N1) report(['filieres', index, 'id'], 'n1 is the name of the first level', 'choose another name')
    if (positions.has(id)) report(['filieres', index, 'id'], `filière ${id} is there twice`)
    else positions.set(id, index)
  }
  for (const [index, { stages }] of all.entries()) {
    for (const [stage, { id }] of stages.entries()) {
      if (id === undefined) continue
      const at = ['filieres', index, 'stages', stage, 'id']
      if (id === N1) report(at, 'n1 is the queue of the first level', 'choose another name')
      if (queues.has(id)) report(at, `queue ${id} is there twice`)
      queues.add(id)
      const namesake = positions.get(id)
      if (namesake !== undefined && (namesake !== index || stage !== 0))
        report(at, `filière ${id} has the same name, and a transfer to it would be ambiguous`, 'only the first stage may be named like its own filière')
    }
  }
}

/** Whom nobody took goes along the return paths until somebody does: they must end, at N1. */
const returnPaths = ({ filieres: all }: Sketch, report: Report): void => {
  for (const [index, { id, closed, returnsTo, stages }] of all.entries()) {
    if (id === undefined) continue
    if (closed.to !== undefined && (closed.to === id || stages.some((stage) => stage.id === closed.to)))
      report(['filieres', index, 'closed', 'to'], `filière ${id} cannot answer for itself`, 'name what is open then')
    const path = [id]
    for (let next = returnsTo; next !== undefined; next = all.find((other) => other.id === next)?.returnsTo) {
      if (next === id)
        report(['filieres', index, 'returnsTo'], `returns in a circle: ${[...path, next].join(' → ')}`, 'one of them must return to N1: leave its returnsTo out')
      if (path.includes(next)) break
      path.push(next)
    }
  }
}

const people = (sketch: Sketch, report: Report): void => {
  const positions = [N1, ...filiereIds(sketch)]
  once(sketch.people, 'people', 'id', 'person', report)
  once(sketch.people.map(({ phone }) => ({ phone: phone.name })), 'people', 'phone', 'phone', report)
  const phones = new Set(sketch.people.map(({ phone }) => phone.name))
  const seatsAt = new Map(positions.map((position) => [position, seats(sketch, position)]))
  for (const [index, person] of sketch.people.entries()) {
    const { phone: { name: phone }, position } = person
    const desk = phone !== undefined && isBrowser(phone) ? phoneOf(phone) : null
    if (desk !== null && phones.has(desk)) report(['people', index, 'phone'], `is how the browser of phone ${desk} is called`)
    const there = position === undefined ? undefined : seatsAt.get(position)
    if (there && !there.some((stage) => canServe(person, stage)))
      report(['people', index, 'roles'], `serves no queue at position ${position}`, `its queues want ${there.map(wantedBy).join(', ')}`)
  }
}

/** Whoever signs in is one: by id, and by what an identity provider calls them. */
const signIns = ({ people: persons, accounts }: Sketch, report: Report): void => {
  const all = [
    ...persons.map((one, index) => ({ ...one, at: ['people', index] satisfies FaultPath })),
    ...accounts.map((one, index) => ({ ...one, at: ['accounts', index] satisfies FaultPath })),
  ]
  const ids = new Map<string, FaultPath>()
  const names = new Map<string, FaultPath>()
  for (const { id, identity, at } of all) {
    if (id !== undefined && programs.includes(id)) report([...at, 'id'], `${id} is how a program with a token is called`, 'choose another name')
    const namesake = id === undefined ? undefined : ids.get(id)
    // People among themselves are told of with their phones.
    if (namesake !== undefined && at[0] === 'accounts') report([...at, 'id'], `account ${id} is there twice`, `first at ${showPath(namesake)}`)
    if (id !== undefined && namesake === undefined) ids.set(id, at)
    const name = identity ?? id
    const other = name === undefined ? undefined : names.get(name)
    if (identity !== undefined && other !== undefined) report([...at, 'identity'], 'somebody else has this identity', `first at ${showPath(other)}`)
    if (name !== undefined && other === undefined) names.set(name, at)
  }
}

/** One person, one id and one phone: two people on one phone would ring for two calls. */
const once = <Field extends string>(
  all: readonly { readonly [field in Field]?: string | undefined }[],
  section: string,
  field: Field,
  name: string,
  report: Report,
): void => {
  const seen = new Map<string, number>()
  for (const [index, item] of all.entries()) {
    const value = item[field]
    if (value === undefined) continue
    const first = seen.get(value)
    if (first === undefined) seen.set(value, index)
    else report([section, index, field], `${name} ${value} is there twice`, `first at ${section}[${first}]`)
  }
}

interface Wanted {
  readonly roles: Names
  readonly skills: Names
}

/** What the queues of a position want of those who sit there. */
const seats = (sketch: Sketch, position: string): Wanted[] =>
  position === N1 ? [{ roles: ['ARM'], skills: [] }] : stagesOf(sketch).filter((stage) => stage.position === position)

const canServe = (person: Person, { roles, skills }: Wanted): boolean =>
  roles.some((role) => role !== undefined && person.roles.includes(role)) && skills.every((skill) => skill === undefined || person.skills.includes(skill))

const wantedBy = ({ roles, skills }: Wanted): string => {
  const [role, skill] = [defined(roles).join(' or '), defined(skills).join(' and ')]
  return skill === '' ? role : `${role} with ${skill}`
}

const defined = (names: Names): string[] => names.flatMap((name) => name ?? [])

/** A queue that nobody of the SAS could ever serve keeps its callers until they hang up. */
const service = (sketch: Sketch, report: Report): void => {
  const { people: all } = sketch
  if (all.length === 0) return
  if (!all.some(({ roles }) => roles.includes('ARM'))) report(['people'], 'nobody can serve queue n1', 'add a person with the role ARM')
  for (const stage of stagesOf(sketch)) {
    const { at, id, roles, skills } = stage
    if (defined(roles).length === 0 || all.some((person) => canServe(person, stage))) continue
    const suited = all.filter((person) => canServe(person, { roles, skills: [] }))
    const theirs = defined(suited.flatMap((person) => person.skills))
    const missing = skills.findIndex((skill) => skill !== undefined && !theirs.includes(skill))
    if (suited.length > 0 && missing >= 0)
      report([...at, 'skills', missing], `nobody who could serve queue ${id ?? '?'} has skill ${skills[missing]}`, suggest(skills[missing]!, theirs))
    else report([...at, suited.length > 0 ? 'skills' : 'roles'], `nobody can serve queue ${id ?? '?'}`, `add a person with the role ${wantedBy(stage)}`)
  }
  const wanted = new Set(stagesOf(sketch).flatMap(({ skills }) => skills))
  for (const [index, { skills }] of all.entries()) {
    for (const [at, skill] of skills.entries())
      if (skill !== undefined && !wanted.has(skill))
        report(['people', index, 'skills', at], `no queue asks for skill ${skill}`, () => suggest(skill, defined([...wanted])))
  }
}

/** R-N1-4: the ARM keeps a P0 call and serves that filière until it is over. */
const vital = (sketch: Sketch, report: Report): void => {
  const targets: [FaultPath, string | undefined][] = [
    [['orientation', 'P0'], sketch.orientation.P0],
    ...Object.entries(sketch.byDepartement).map(([departement, { P0 }]): [FaultPath, string | undefined] => [['byDepartement', departement, 'P0'], P0]),
  ]
  const known = filiereIds(sketch)
  for (const [at, target] of targets) {
    if (target === undefined || !known.includes(target) || seats(sketch, target).some(({ roles }) => roles.includes('ARM'))) continue
    report(at, `the ARM keeps a P0 call, but no queue of filière ${target} wants an ARM`, 'add ARM to the roles of one of its stages')
  }
}

/** An alarm that could never end is none. */
const guards = (sketch: Sketch, report: Report): void => {
  once(sketch.staffing, 'staffing', 'id', 'guard', report)
  if (sketch.people.length === 0) return
  const positions = [N1, ...filiereIds(sketch)]
  const roles = new Set<string>([...coreRoles, ...Object.keys(sketch.roles)])
  for (const [index, { role, position, min }] of sketch.staffing.entries()) {
    if (role === undefined || !roles.has(role) || (position !== undefined && !positions.includes(position))) continue
    const queues = position === undefined ? null : seats(sketch, position)
    if (queues && !queues.some(({ roles }) => roles.includes(role))) {
      report(['staffing', index, 'role'], `no queue at position ${position} wants ${role}`, `its queues want ${queues.map(wantedBy).join(', ')}`)
      continue
    }
    const able = sketch.people.filter((person) => person.roles.includes(role) && (!queues || queues.some((queue) => canServe(person, queue)))).length
    if (able >= (min ?? 1)) continue
    const where = position === undefined ? '' : ` and may sit at ${position}`
    const field = min === undefined ? 'role' : 'min'
    report(['staffing', index, field], `only ${able} ${able === 1 ? 'person has' : 'people have'} the role ${role}${where}`, 'the alarm would never end')
  }
}

/** Software that nobody works with is that of other people, or at another place. */
const software = (sketch: Sketch, report: Report): void => {
  once(sketch.software, 'software', 'id', 'software', report)
  const known = [N1, ...filiereIds(sketch)]
  for (const [index, one] of sketch.software.entries()) {
    const [roles, positions] = [defined(one.roles), defined(one.positions)]
    if (roles.length === 0 || positions.length === 0) continue
    for (const [at, position] of one.positions.entries()) {
      if (position === undefined || !known.includes(position)) continue
      const wanting = seats(sketch, position)
      if (!wanting.some((seat) => seat.roles.some((role) => role !== undefined && roles.includes(role))))
        report(['software', index, 'positions', at], `no queue at position ${position} wants ${roles.join(' or ')}`, `its queues want ${wanting.map(wantedBy).join(', ')}`)
    }
  }
}

/** What is declared and named nowhere is a slip of the pen in one of two places. */
const unused = (sketch: Sketch, report: Report): void => {
  const hours = [
    ...sketch.entries.flatMap(({ during }) => during.flatMap((other) => other.hours)),
    ...sketch.filieres.flatMap((filiere) => filiere.hours),
    ...stagesOf(sketch).flatMap((stage) => stage.hours),
    ...sketch.staffing.flatMap((guard) => guard.hours),
    ...sketch.giving.flatMap((rule) => rule.hours),
  ]
  const calendars = new Set([...hours.map(({ name }) => name), ...Object.values(sketch.reports)])
  for (const name of Object.keys(sketch.calendars))
    if (!calendars.has(name)) report(['calendars', name], 'is used nowhere', 'name it under hours, or take it out')
  const music = new Set(sketch.entries.map((entry) => entry.music))
  for (const name of Object.keys(sketch.music)) {
    if (takenMusic.has(name)) report(['music', name], "is a name of the PBX's own", 'choose another name')
    else if (!music.has(name)) report(['music', name], 'is the music of no number', 'name it in an entry, or take it out')
  }
  const sites = new Set(sketch.people.map(({ site }) => site))
  for (const name of Object.keys(sketch.sites)) if (!sites.has(name)) report(['sites', name], 'is the site of nobody', 'give it to somebody, or take it out')
  const roles = new Set([...sketch.people, ...stagesOf(sketch)].flatMap((one) => one.roles))
  for (const name of Object.keys(sketch.roles)) {
    if (coreRoles.some((role) => role === name)) report(['roles', name], 'is a role of the core filières', 'take it out')
    else if (!roles.has(name)) report(['roles', name], 'is the role of no person and no queue', 'give it to somebody, or take it out')
  }
}

/** A more pressing class never gives way longer than a less pressing one. */
const order = ({ yieldSeconds }: Sketch, report: Report): void => {
  for (const [index, name] of callClass.options.entries()) {
    const before = callClass.options[index - 1]
    if (before === undefined) continue
    const [more, less] = [yieldSeconds[before], yieldSeconds[name]]
    if (more !== undefined && less !== undefined && more > less)
      report(['yieldSeconds', name], `${before} would give way longer than ${name}`, `give ${name} at least ${more}`)
  }
}

const codes = ({ dtmf, pauseReasons }: Sketch, report: Report): void => {
  const all = Object.keys(dtmf)
  for (const code of all) {
    const start = all.find((other) => other !== code && code.startsWith(other))
    if (start !== undefined) report(['dtmf', code], `can never be dialled: code ${start} is understood first`, 'no code may be the start of another')
  }
  for (const [index, reason] of pauseReasons.entries()) {
    if (reason !== undefined && pauseReasons.indexOf(reason) !== index) report(['pauseReasons', index], `reason ${JSON.stringify(reason)} is there twice`)
  }
}

/** What the canary has of its own shares its lists with what is in the file. */
const reserved = (sketch: Sketch, report: Report): void => {
  const role = CANARY.toUpperCase()
  const named: [FaultPath, string | undefined][] = [
    ...Object.keys(sketch.trunks).map((name): [FaultPath, string] => [['trunks', name], name]),
    ...Object.keys(sketch.roles).map((name): [FaultPath, string] => [['roles', name], name === role ? CANARY : name]),
    ...sketch.filieres.map(({ id }, index): [FaultPath, string | undefined] => [['filieres', index, 'id'], id]),
    ...stagesOf(sketch).map(({ id, at }): [FaultPath, string | undefined] => [[...at, 'id'], id]),
    ...sketch.people.flatMap(({ id, phone }, index): [FaultPath, string | undefined][] => [[['people', index, 'id'], id], [['people', index, 'phone'], phone.name]]),
    ...sketch.accounts.map(({ id }, index): [FaultPath, string | undefined] => [['accounts', index, 'id'], id]),
  ]
  for (const [at, name] of named) if (name === CANARY) report(at, "is the canary's own name", 'choose another name')
}
