/** An explanation as an engineer reads it in a terminal. */
import { table } from '../status/table.js'
import type { Answering, CalendarNow, Destination, Explanation } from './explain.js'
import { readInstant, showInstant } from './local-time.js'

/** The explanation in words, one line or table a part. */
export const showExplanation = (told: Explanation): string => {
  const { entry, enters, priorities, byTransfer, calendars, staffing, timeZone } = told
  const instant = (text: string): string => showInstant(readInstant(text, timeZone)!, timeZone)
  const until = (text: string | null): string => (text === null ? 'always' : `until ${instant(text)}`)
  const stateOf = ({ calendar, until: end }: CalendarNow): string => `${calendar} is closed${end === null ? '' : ` ${until(end)}`}`
  const closedOf = (closed: Destination['closed']): string[] => closed.map(({ queue, because }) => `${queue} is closed: ${because.map(stateOf).join(', ')}`)
  const destinationOf = (destination: Destination): string[] => {
    const { filiere, queue, handover, stages, closed } = destination
    const [first, ...next] = [queue, ...stages.map((stage) => stage.queue).filter((stage) => stage !== queue)]
    const way = next.length === 0 ? `${first}` : `${first}, then by hand ${next.join(', ')}`
    return [`filière ${filiere}, ${handover} handover: ${way}`, ...closedOf(closed), ...stages.map(whoOf)]
  }
  const section = (title: string, lines: readonly string[]): string => [title, ...lines.map((line) => `  ${line}`)].join('\n')
  const { number, trunk, alsoOn, departement, greeting, music } = entry
  return [
    `${told.sas}, ${instant(told.at)} (${timeZone}), ${told.publicHoliday ? 'a public holiday' : 'no public holiday'}`,
    calendars.length === 0
      ? 'no calendars: everything is always open'
      : table(
          ['calendar', 'now', 'until', ''],
          calendars.map((one) => [one.calendar, one.open ? 'open' : 'closed', one.until === null ? 'always' : instant(one.until), one.holiday ? 'has a holiday' : '']),
        ),
    section(`number ${number} on trunk ${trunk}${alsoOn.length === 0 ? '' : ` (also on ${alsoOn.join(', ')}: --trunk)`}`, [
      `enters ${enters.queue} as ${entry.class}, hears ${greeting === null ? '' : `${greeting}, then `}${entry.wait}${music === null ? '' : `; music on hold: ${music}`}${departement === null ? '' : `; département ${departement}`}`,
      ...closedOf(enters.closed),
      whoOf(enters),
    ]),
    ...(['P0', 'P1', 'P2'] as const).map((priority) => section(priority === 'P0' ? 'P0: the ARM keeps the call and sits there until it is over' : priority, destinationOf(priorities[priority]))),
    ...byTransfer.map((destination) => section('by transfer', destinationOf(destination))),
    section('staffing guards in force', staffing.length === 0 ? ['none'] : staffing.map(({ guard, role, position, min }) => `${guard}: ${min} ${role} at least${position === null ? '' : ` at ${position}`}`)),
  ].join('\n\n')
}

const modes: Readonly<Record<Answering['mode'], string>> = {
  'longest-idle': 'the one free for longest of',
  'ring-all': 'all at once, of those who are free, of',
  'by-hand': 'whoever picks the caller from the list, of',
}

const whoOf = ({ queue, mode, roles, skills, people, others, elsewhere, software, reinforced }: Answering): string => {
  const wanted = `${roles.join(' or ')}${skills.length === 0 ? '' : ` with ${skills.join(' and ')}`}`
  const able = people.length === 0 ? 'nobody who sits there' : people.join(', ')
  const more = others.length === 0 ? '' : `; once they sit there also ${others.join(', ')}`
  const help = reinforced === null ? '' : `; after ${reinforced.afterSeconds} s also ${reinforced.people.join(', ') || 'nobody'}`
  const away = elsewhere.map((site) => `; not at the SAS: ${site.people.join(', ')} (${site.label})`).join('')
  const tools = software.map(({ label, roles: users }) => (users.length === roles.length ? label : `${label} (${users.join(', ')})`)).join(', ')
  return `${queue} (${wanted}): ${modes[mode]} ${able}${help}${more}${away}${tools === '' ? '' : `; case software: ${tools}`}`
}
