/** What one SAS does at one moment with a caller of one number: who answers, where P0, P1 and P2 go, what is closed and what answers for it. */
import { hasRoleFor } from '../routing/room.js'
import { N1, type CallClass, type Position, type Priority, type QueueId, type QueueMode, type QueueRules, type Rules } from '../routing/rules.js'
import { numberOf } from './local-days.js'
import { dateOf, isoOf } from './local-time.js'
import type { SasConfig } from './schema.js'
import { Timetable } from './timetable.js'

export interface CalendarNow {
  readonly calendar: string
  readonly open: boolean
  /** Local time; null for as good as ever. */
  readonly until: string | null
}

/** Who takes the callers of one queue. */
export interface Answering {
  readonly queue: QueueId
  readonly mode: QueueMode
  readonly roles: readonly string[]
  readonly skills: readonly string[]
  /** Who sits there on signing in and may answer. */
  readonly people: readonly string[]
  /** Who may answer too, once they move there. */
  readonly others: readonly string[]
  /** Of these, who is not at the SAS. */
  readonly elsewhere: readonly { readonly site: string; readonly label: string; readonly people: readonly string[] }[]
  /** Case software, and which of the roles work with it. */
  readonly software: readonly { readonly label: string; readonly roles: readonly string[] }[]
  /** Who is asked too, and after how long. */
  readonly reinforced: { readonly afterSeconds: number; readonly people: readonly string[] } | null
}

export interface Destination {
  readonly filiere: Position
  /** The queue that a call for it goes to now. */
  readonly queue: QueueId
  readonly handover: 'warm' | 'direct'
  /** In order of pickup; of the filière that answers. */
  readonly stages: readonly Answering[]
  /** What is closed on the way, and why; of the filière itself and of what should answer for it. */
  readonly closed: readonly { readonly queue: QueueId; readonly because: readonly CalendarNow[] }[]
}

export interface Explanation {
  readonly sas: string
  /** Local time with its offset. */
  readonly at: string
  readonly timeZone: string
  readonly publicHoliday: boolean
  readonly calendars: readonly (CalendarNow & { readonly holiday: boolean })[]
  readonly entry: {
    readonly number: string
    readonly trunk: string
    /** Other trunks on which the same number is. */
    readonly alsoOn: readonly string[]
    readonly class: CallClass
    readonly wait: 'music' | 'ringing'
    /** Which, by its label; null for Asterisk's default. */
    readonly music: string | null
    readonly greeting: string | null
    readonly departement: string | null
  }
  /** The queue a caller enters. */
  readonly enters: Answering & { readonly closed: Destination['closed'] }
  readonly priorities: Readonly<Record<Priority, Destination>>
  /** Filières that no priority leads to: by transfer. */
  readonly byTransfer: readonly Destination[]
  readonly staffing: readonly { readonly guard: string; readonly role: string; readonly position: Position | null; readonly min: number }[]
}

/** The number is not one of this SAS, or not on that trunk. */
export class UnknownNumber extends Error {
  override readonly name = 'UnknownNumber'
}

/**
 * @param trunk the first that has the number, without
 * @throws {UnknownNumber} which names the numbers that are known
 */
export const explain = (config: SasConfig, atMs: number, number: string, trunk?: string): Explanation => {
  const { timeZone } = config.sas
  const timetable = new Timetable(config)
  const rules = timetable.rulesAt(atMs)
  const entry = config.entries.find((one) => one.number === number && (trunk ?? one.trunk) === one.trunk)
  if (!entry) throw new UnknownNumber(notKnown(config, number, trunk))
  const now = rules.entries.get(`${entry.trunk}/${number}`)!
  const date = dateOf(atMs, timeZone).toString()
  const calendarNow = (calendar: string): CalendarNow => {
    const edge = timetable.calendars.get(calendar)?.nextEdge(atMs) ?? null
    return { calendar, open: timetable.isOpen(calendar, atMs), until: edge === null ? null : isoOf(edge, timeZone) }
  }
  const look: Look = { config, rules, kind: now.class, calendarNow }
  const queue = rules.routes.get(now.queue) ?? N1
  const orientation = Object.values(now.orientation)
  return {
    sas: config.sas.name,
    at: isoOf(atMs, timeZone),
    timeZone,
    publicHoliday: timetable.localDays.of(numberOf(date)).publicHoliday,
    calendars: [...timetable.calendars].map(([id, calendar]) => ({ ...calendarNow(id), holiday: calendar.isHoliday(date) })),
    entry: {
      number,
      trunk: entry.trunk,
      alsoOn: config.entries.filter((one) => one.number === number && one.trunk !== entry.trunk).map((one) => one.trunk),
      class: now.class,
      wait: now.wait,
      music: entry.music === undefined ? null : config.music[entry.music]!.label,
      greeting: now.greeting,
      departement: entry.departement ?? null,
    },
    enters: { ...answering(look, queue), closed: closedOnTheWay(look, now.queue) },
    priorities: { P0: destination(look, now.orientation.P0), P1: destination(look, now.orientation.P1), P2: destination(look, now.orientation.P2) },
    byTransfer: config.filieres.filter(({ id }) => !orientation.includes(id)).map(({ id }) => destination(look, id)),
    staffing: rules.staffing.map(({ id, role, position, min }) => ({ guard: id, role, position, min })),
  }
}

interface Look {
  readonly config: SasConfig
  readonly rules: Rules
  /** Of the caller. */
  readonly kind: CallClass
  readonly calendarNow: (calendar: string) => CalendarNow
}

const notKnown = ({ entries }: SasConfig, number: string, trunk: string | undefined): string => {
  const known = entries.map((entry) => `${entry.number} on ${entry.trunk}`).join(', ')
  return `no number ${number}${trunk === undefined ? '' : ` on trunk ${trunk}`}; known: ${known}`
}

const answering = ({ config, rules, kind }: Look, id: QueueId): Answering => {
  const queue = rules.queues.get(id)!
  const able = rules.people.filter((person) => hasRoleFor(queue, person))
  const at = (positions: readonly Position[]): string[] => able.filter(({ home }) => positions.includes(home)).map((person) => person.id)
  const [people, more] = [at([queue.position]), at(queue.reinforcedBy)]
  return {
    queue: id,
    mode: queue.mode,
    roles: queue.roles,
    skills: queue.skills,
    people,
    others: able.map((person) => person.id).filter((person) => !people.includes(person)),
    elsewhere: elsewhere(config, able.map((person) => person.id)),
    software: softwareOf(config, queue),
    reinforced: queue.reinforcedBy.length === 0 ? null : { afterSeconds: queue.escalateMs[kind] / 1_000, people: more },
  }
}

const elsewhere = ({ sites, people }: SasConfig, able: readonly string[]): Answering['elsewhere'] =>
  Object.entries(sites).flatMap(([site, { label }]) => {
    const there = people.filter((person) => person.site === site && able.includes(person.id)).map(({ id }) => id)
    return there.length === 0 ? [] : { site, label, people: there }
  })

const softwareOf = ({ software }: SasConfig, { position, roles }: QueueRules): Answering['software'] =>
  software
    .filter(({ positions }) => positions?.includes(position) ?? true)
    .map(({ label, roles: users }) => ({ label, roles: roles.filter((role) => users?.includes(role) ?? true) }))
    .filter(({ roles: users }) => users.length > 0)

const destination = (look: Look, filiere: Position): Destination => {
  const { rules } = look
  const queue = rules.routes.get(filiere) ?? N1
  const { stages = [queue], handover = 'direct' } = rules.filieres.get(rules.queues.get(queue)!.position) ?? {}
  const open = stages.filter((stage) => rules.queues.get(stage)?.open)
  return { filiere, queue, handover, stages: open.map((stage) => answering(look, stage)), closed: closedOnTheWay(look, filiere) }
}

/** The queues that a call for this filière or queue passes because they are closed, until one is open. */
const closedOnTheWay = ({ config, rules, calendarNow }: Look, target: Position | QueueId): Destination['closed'] => {
  const passed: { queue: QueueId; because: CalendarNow[] }[] = []
  const isOpen = ({ id }: { readonly id: QueueId }): boolean => rules.queues.get(id)?.open ?? false
  for (let to: string | undefined = target; to !== undefined; ) {
    const next: string = to
    const filiere = config.filieres.find(({ id, stages }) => id === next || stages.some((stage) => stage.id === next))
    if (!filiere || filiere.stages.every(({ id }) => passed.some(({ queue }) => queue === id))) break
    const at = Math.max(0, filiere.stages.findIndex(({ id }) => id === next))
    const inOrder = [...filiere.stages.slice(at), ...filiere.stages.slice(0, at)]
    const open = inOrder.findIndex(isOpen)
    for (const { id, hours } of open < 0 ? inOrder : inOrder.slice(0, open)) {
      const closed = [filiere.hours, hours].filter((names) => names !== undefined && !names.some((name) => calendarNow(name).open))
      passed.push({ queue: id, because: closed.flatMap((names) => names ?? []).map(calendarNow) })
    }
    to = open < 0 ? filiere.closed?.to : undefined
  }
  return passed
}
