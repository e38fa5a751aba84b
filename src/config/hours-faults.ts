/** What goes wrong at some hour: looked for in the rules of every situation that the calendars of a file lead to. */
import { N1, type Priority } from '../routing/rules.js'
import type { FaultPath, PlacedFault } from './fault.js'
import type { SasConfig } from './schema.js'
import { situationsOf, type Situation } from './situations.js'
import { reportTo, type Report } from './sketch.js'

type Filiere = SasConfig['filieres'][number]

/** Every contradiction between the hours of a file. */
export const hoursFaults = (config: SasConfig): PlacedFault[] => {
  const { all: situations, leftOffAt } = situationsOf(config)
  const faults: PlacedFault[] = []
  const report = reportTo(faults)
  if (leftOffAt !== null)
    report(['calendars'], `lead to more situations than can be looked at: ${situations.length} were, up to ${leftOffAt}`, 'fewer calendars, ranges, or dates on which they differ')
  // What was never seen may be in what was not looked at.
  const checks = leftOffAt === null ? [neverOpen, unanswered, emptySeats, neverCounts] : [unanswered, emptySeats]
  for (const check of checks) check(config, situations, report)
  return faults
}

type Check = (config: SasConfig, situations: readonly Situation[], report: Report) => void

const isOpen = ({ rules }: Situation, { stages }: Filiere): boolean => stages.some(({ id }) => rules.queues.get(id)?.open)
const everOpen = (situations: readonly Situation[], hours: readonly string[] | undefined): boolean =>
  hours === undefined || situations.some(({ open }) => hours.some((calendar) => open.has(calendar)))

const neverOpen: Check = (config, situations, report) => {
  for (const calendar of Object.keys(config.calendars)) if (!everOpen(situations, [calendar])) report(['calendars', calendar], 'is never open')
  for (const [index, filiere] of config.filieres.entries()) {
    if (!everOpen(situations, filiere.hours)) continue
    for (const [at, { id, hours }] of filiere.stages.entries()) {
      if (everOpen(situations, hours) && !situations.some(({ rules }) => rules.queues.get(id)?.open))
        report(['filieres', index, 'stages', at, 'hours'], `queue ${id} is never open`, `its hours never meet those of filière ${filiere.id}`)
    }
  }
}

/** Whoever is sent to a closed filière must be answered by another one, and not by N1 that sent them. */
const unanswered: Check = (config, situations, report) => {
  for (const [index, filiere] of config.filieres.entries()) {
    const priorities = prioritiesOf(config, filiere)
    const hole = situations.find((situation) => !isOpen(situation, filiere))
    if (hole && filiere.closed === undefined) {
      const callers = priorities.length === 0 ? 'a transfer' : priorities.join(' or ')
      const hint = 'write what does: closed: { to: … }, or open it then'
      report(['filieres', index, ...(filiere.hours ? ['hours'] : [])], `nobody answers ${callers} in filière ${filiere.id} on ${hole.when}`, hint)
    }
    const lost = situations.find(({ rules }) => rules.routes.get(filiere.id) === N1)
    if (!lost || filiere.closed === undefined) continue
    const path = whenAllClosed(config, filiere)
    const end = path.at(-1)!
    const at: FaultPath = ['filieres', index, 'closed', 'to']
    // One that answers for itself is told of by its name.
    const circle = path.length > 2 && path.indexOf(end) < path.length - 1
    if (end === N1 && priorities.length > 0)
      report(at, `${priorities.join(' or ')} would come back to N1, which sent it, on ${lost.when}`, 'name a filière that is open then')
    else if (circle) report(at, `leads in a circle: ${path.join(' → ')}, all closed on ${lost.when}`, 'one of them must be open')
  }
}

/** Which priorities lead to a filière, for callers of one département at least. */
const prioritiesOf = ({ orientation, byDepartement }: SasConfig, { id }: Filiere): Priority[] => {
  const all = [orientation, ...Object.values(byDepartement)]
  return (['P0', 'P1', 'P2'] as const).filter((priority) => all.some((targets) => targets[priority] === id))
}

/** From a filière to what answers for it, and so on, while none of them is open: to its end, N1 or a filière that is there already. */
const whenAllClosed = ({ filieres }: SasConfig, from: Filiere): string[] => {
  const path = [from.id]
  for (let { closed } = from; closed !== undefined; ) {
    const { to } = closed
    const there = filieres.find(({ id, stages }) => id === to || stages.some((stage) => stage.id === to))
    closed = there && !path.includes(there.id) ? there.closed : undefined
    path.push(there?.id ?? N1)
  }
  return path
}

/** A guard that wants people where nobody could take a call. */
const emptySeats: Check = ({ staffing, filieres }, situations, report) => {
  for (const [index, { id, role, position }] of staffing.entries()) {
    const stages = filieres.find((one) => one.id === position)?.stages.filter(({ roles }) => roles.includes(role)) ?? []
    if (stages.length === 0) continue
    const idle = situations.find(({ rules }) => rules.staffing.some((guard) => guard.id === id) && !stages.some((stage) => rules.queues.get(stage.id)?.open))
    if (idle)
      report(['staffing', index], `wants ${role} at ${position} on ${idle.when}, when no queue that they serve there is open`, 'give it hours in which one is')
  }
}

/** Of what is different for a number while a calendar is open, only the first counts. */
const neverCounts: Check = ({ entries }, situations, report) => {
  for (const [index, { during }] of entries.entries()) {
    if (during.length < 2) continue
    const counting = new Set(situations.map(({ open }) => during.findIndex(({ hours }) => hours.some((calendar) => open.has(calendar)))))
    for (const [at, { hours }] of during.entries())
      if (!counting.has(at) && everOpen(situations, hours)) report(['entries', index, 'during', at], 'never counts', 'one before it is open whenever this one is')
  }
}
