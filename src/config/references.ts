/** Names that point nowhere, wherever one part of a file names another. */
import { N1 } from '../routing/rules.js'
import { FAULTS_MAX, suggest, type FaultPath, type PlacedFault } from './fault.js'
import { coreRoles } from './schema.js'
import { filiereIds, queueIds, stagesOf, type Named, type Sketch } from './sketch.js'

type Kind = 'trunk' | 'queue' | 'filière' | 'position' | 'filière or queue' | 'calendar' | 'role' | 'site' | 'music' | 'département' | 'neighbour' | 'number'

interface Reference {
  readonly at: FaultPath
  readonly kind: Kind
  readonly name: string
}

/** Where a name is declared, when none of its kind is. */
const declaredIn: Readonly<Record<Kind, string>> = {
  trunk: 'trunks',
  queue: 'filieres',
  filière: 'filieres',
  position: 'filieres',
  'filière or queue': 'filieres',
  calendar: 'calendars',
  role: 'roles',
  site: 'sites',
  music: 'music',
  département: 'sas.departements',
  neighbour: 'neighbours',
  number: 'entries',
}

/** Every name in a file that leads nowhere. */
export const referenceFaults = (sketch: Sketch): PlacedFault[] => {
  const known = namesIn(sketch)
  // Without any, the section itself is at fault, and is told of by its shape.
  const unread = new Set<string>(filiereIds(sketch).length === 0 ? ['filieres'] : [])
  return referencesIn(sketch)
    .filter(({ kind, name }) => !known[kind].has(name) && !unread.has(declaredIn[kind]))
    .slice(0, FAULTS_MAX)
    .map(({ at, kind, name }) => ({ at, message: `unknown ${kind} ${name}`, hint: suggest(name, known[kind]) ?? `write it under ${declaredIn[kind]}` }))
}

const namesIn = (sketch: Sketch): Record<Kind, ReadonlySet<string>> => {
  const [queues, filieres] = [queueIds(sketch), filiereIds(sketch)]
  return {
    trunk: new Set(Object.keys(sketch.trunks)),
    queue: new Set(queues),
    filière: new Set(filieres),
    position: new Set([N1, ...filieres]),
    'filière or queue': new Set([...queues, ...filieres]),
    calendar: new Set(Object.keys(sketch.calendars)),
    role: new Set([...coreRoles, ...Object.keys(sketch.roles)]),
    music: new Set(Object.keys(sketch.music)),
    site: new Set(Object.keys(sketch.sites)),
    neighbour: new Set(sketch.neighbours.flatMap(({ id }) => id ?? [])),
    number: new Set(sketch.entries.map(({ trunk, number }) => `${number} on ${trunk}`)),
    département: new Set(sketch.sas.departements.flatMap((one) => one ?? [])),
  }
}

const referencesIn = (sketch: Sketch): Reference[] => {
  const found: Reference[] = []
  const add = (kind: Kind, name: string | undefined, ...at: FaultPath): void => {
    if (name !== undefined) found.push({ kind, name, at })
  }
  const addAll = (kind: Kind, names: readonly (string | undefined)[], ...at: FaultPath): void => {
    for (const [index, name] of names.entries()) add(kind, name, ...at, index)
  }
  const addHours = (hours: readonly Named[], ...at: FaultPath): void => {
    for (const { name, at: below } of hours) add('calendar', name, ...at, 'hours', ...below)
  }
  const addPriorities = (targets: Sketch['orientation'], ...at: FaultPath): void => {
    for (const [priority, target] of Object.entries(targets)) add('filière', target, ...at, priority)
  }

  for (const [index, { trunk, queue, departement, music, during }] of sketch.entries.entries()) {
    add('trunk', trunk, 'entries', index, 'trunk')
    add('queue', queue, 'entries', index, 'queue')
    add('département', departement, 'entries', index, 'departement')
    add('music', music, 'entries', index, 'music')
    for (const [at, other] of during.entries()) {
      add('queue', other.queue, 'entries', index, 'during', at, 'queue')
      addHours(other.hours, 'entries', index, 'during', at)
    }
  }
  add('trunk', sketch.outbound.trunk, 'outbound', 'trunk')
  for (const [name, { trunk }] of Object.entries(sketch.outbound.directory)) add('trunk', trunk, 'outbound', 'directory', name, 'trunk')
  for (const [index, { hours, closed, returnsTo }] of sketch.filieres.entries()) {
    addHours(hours, 'filieres', index)
    add('filière or queue', closed.to, 'filieres', index, 'closed', 'to')
    add('filière', returnsTo, 'filieres', index, 'returnsTo')
  }
  for (const { at, hours, roles } of stagesOf(sketch)) {
    addHours(hours, ...at)
    addAll('role', roles, ...at, 'roles')
  }
  for (const [index, { roles, position, phone, site }] of sketch.people.entries()) {
    addAll('role', roles, 'people', index, 'roles')
    add('position', position, 'people', index, 'position')
    add('trunk', phone.trunk, 'people', index, 'phone', 'trunk')
    add('site', site, 'people', index, 'site')
  }
  for (const [index, { roles, positions }] of sketch.software.entries()) {
    addAll('role', roles, 'software', index, 'roles')
    addAll('position', positions, 'software', index, 'positions')
  }
  for (const [index, { role, position, hours }] of sketch.staffing.entries()) {
    add('role', role, 'staffing', index, 'role')
    add('position', position, 'staffing', index, 'position')
    addHours(hours, 'staffing', index)
  }
  for (const [index, { trunk, receive }] of sketch.neighbours.entries()) {
    add('trunk', trunk, 'neighbours', index, 'trunk')
    addAll('position', receive.positions, 'neighbours', index, 'receive', 'positions')
  }
  for (const [index, { to, hours, position, numbers }] of sketch.giving.entries()) {
    addAll('neighbour', to, 'giving', index, 'to')
    add('position', position, 'giving', index, 'position')
    addHours(hours, 'giving', index)
    for (const [at, { trunk, number }] of numbers.entries()) add('number', `${number} on ${trunk}`, 'giving', index, 'numbers', at)
  }
  for (const [index, { trunks, positions }] of sketch.recording.rules.entries()) {
    addAll('trunk', trunks, 'recording', 'rules', index, 'trunks')
    addAll('position', positions, 'recording', 'rules', index, 'positions')
  }
  for (const [which, calendar] of Object.entries(sketch.reports)) add('calendar', calendar, 'reports', which)
  addPriorities(sketch.orientation, 'orientation')
  for (const [departement, targets] of Object.entries(sketch.byDepartement)) {
    add('département', departement, 'byDepartement', departement)
    addPriorities(targets, 'byDepartement', departement)
  }
  for (const [code, action] of Object.entries(sketch.dtmf))
    if (action?.startsWith('to:')) add('filière or queue', action.slice('to:'.length), 'dtmf', code)
  return found
}
