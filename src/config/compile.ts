/** From a SAS as people write it to the plain data the core decides with. */
import { canaryRules } from './canary-rules.js'
import { N1, type CallClass, type EntryRules, type GivingRules, type NeighbourRules, type OutboundRules, type Override, type OverrideKind, type Position, type Priority, type QueueId, type QueueRules, type Rules } from '../routing/rules.js'
import type { SasConfig } from './schema.js'

/** From a phone's answer to the bridge's confirmation. */
const CONNECT_MS = 3_000
/** Longest pause between two digits of one code. */
const DTMF_GAP_MS = 3_000
/** A call sent back to N1 has nowhere else to return to; it is asked for again this often. */
const N1_RETURN_MS = 60_000

const ms = (seconds: number): number => Math.round(seconds * 1_000)

type Stage = SasConfig['filieres'][number]['stages'][number]

type PerClass = number | Readonly<Record<CallClass, number>>
type Hours = readonly string[] | undefined

/** Whether a calendar is open at the moment the rules are for. */
export type IsOpen = (calendar: string) => boolean

const perClass = (seconds: PerClass): Record<CallClass, number> => {
  const of = (name: CallClass): number => ms(typeof seconds === 'number' ? seconds : seconds[name])
  return { SIS: of('SIS'), P0: of('P0'), P1: of('P1'), P2: of('P2') }
}

/**
 * The rules of one checked SAS while these calendars are open. N1 is the queue `n1`, served by ARMs; past its patience the ARMs
 * of the filière that takes P1 join in (R-N1-1, R-N1-6).
 */
export const compileRules = (config: SasConfig, isOpen: IsOpen = () => true, overrides: readonly Override[] = [], until: number | null = null): Rules => {
  const open = (hours: Hours): boolean => hours === undefined || hours.some(isOpen)
  const aside = new Map(overrides.map(({ target, kind }) => [target, kind]))
  const queues = queuesOf(config, open, aside)
  const rules: Rules = {
    sas: config.sas.id,
    until,
    people: config.people.map(({ id, roles, skills, phone, position, present }) => ({ id, roles, skills, phone, home: position, always: present === 'always' })),
    queues: new Map(queues.map((queue) => [queue.id, queue])),
    filieres: new Map(
      config.filieres.map(({ id, stages, handover, returnsTo }) => [id, { stages: stages.map((stage) => stage.id), handover, returnsTo: returnsTo ?? null }]),
    ),
    routes: routesOf(config, new Set(queues.filter((queue) => queue.open).map(({ id }) => id))),
    entries: new Map(
      config.entries.map((entry) => {
        const key = `${entry.trunk}/${entry.number}`
        const rules = entryRules(config, entry, open)
        return [key, aside.get(key) === 'to-n1' ? { ...rules, queue: N1 } : rules]
      }),
    ),
    staffing: config.staffing.filter(({ hours }) => open(hours)).map(({ id, label, role, position, min }) => ({ id, label, role, position: position ?? null, min })),
    orientation: config.orientation,
    yieldMs: perClass(config.yieldSeconds),
    outbound: config.outbound ? outboundRules(config.outbound) : null,
    neighbours: new Map(config.neighbours.map((neighbour) => [neighbour.id, neighbourRules(neighbour, aside)])),
    giving: config.giving.flatMap((rule) => givingRules(rule, open(rule.hours), aside.get(rule.id)) ?? []),
    givingIds: new Set(config.giving.map(({ id }) => id)),
    recording: (config.recording?.rules ?? []).map(({ trunks, positions, classes }) => ({ trunks: trunks ?? null, positions: positions ?? null, classes: classes ?? null })),
    lines: new Map(Object.entries(config.trunks).map(([id, { channels, reservedChannels: reserved }]) => [id, { channels, reserved }])),
    dtmf: new Map(Object.entries(config.dtmf)),
    deskCodes: new Map(Object.entries(config.deskCodes)),
    pauseReasons: config.pauseReasons,
    connectMs: CONNECT_MS,
    dtmfGapMs: DTMF_GAP_MS,
    parkMs: ms(config.limits.parkSeconds),
    queueLengthMax: config.limits.queueLength,
  }
  return config.canary === undefined ? rules : canaryRules(rules)
}

const outboundRules = ({ trunk, numbers, shown, ringSeconds, directory, callback }: NonNullable<SasConfig['outbound']>): OutboundRules => ({
  trunk,
  numbers,
  shown: shown ?? null,
  ringMs: ms(ringSeconds),
  directory: new Map(Object.entries(directory).map(([name, entry]) => [name, { number: entry.number, trunk: entry.trunk ?? trunk }])),
  callbackAttempts: callback.attempts,
  callbackRetryMs: ms(callback.retrySeconds),
})

const neighbourRules = ({ id, trunk, number, urls, ringSeconds, receive }: SasConfig['neighbours'][number], aside: ReadonlyMap<string, OverrideKind>): NeighbourRules => ({
  id,
  trunk,
  number,
  ringMs: ms(ringSeconds),
  reserves: urls !== undefined,
  receive:
    receive === undefined || aside.get(id) === 'refuse'
      ? null
      : { atOnce: receive.atOnce, keepFree: receive.keepFree, ownWaitMsMax: ms(receive.ownWaitSeconds), classes: receive.classes, positions: receive.positions },
})

/** Null while it is not in force whatever happens: its hours are closed, or it waits for a supervisor. */
const givingRules = ({ id, to, when, calmSeconds, position, classes, numbers, sharePercent, atOnce }: SasConfig['giving'][number], open: boolean, said: OverrideKind | undefined): GivingRules | null => {
  const always = said === 'give' || when === 'always'
  if (said === 'keep' || (said !== 'give' && (!open || when === 'by-hand'))) return null
  const { oldestWaitSeconds, expectedWaitSeconds, unstaffed = false, linesPercent = null } = typeof when === 'object' ? when : {}
  const msOf = (limit: number | undefined): number | null => (limit === undefined ? null : ms(limit))
  return {
    id,
    to,
    always,
    oldestWaitMs: msOf(oldestWaitSeconds),
    expectedWaitMs: msOf(expectedWaitSeconds),
    unstaffed,
    linesPercent,
    calmMs: ms(calmSeconds),
    position,
    classes,
    entries: numbers === undefined ? null : new Set(numbers.map(({ trunk, number }) => `${trunk}/${number}`)),
    share: sharePercent,
    atOnce,
  }
}

const queuesOf = (config: SasConfig, open: (hours: Hours) => boolean, aside: ReadonlyMap<string, OverrideKind>): QueueRules[] => [
  firstLevel(config),
  ...config.filieres.flatMap(({ id, stages, hours }) =>
    stages.map((stage) => {
      // What is said of a stage counts more than what is said of its filière.
      const said = aside.get(stage.id) ?? aside.get(id)
      return secondLevel(id, stage, said === undefined ? open(hours) && open(stage.hours) : said === 'open')
    }),
  ),
]

const firstLevel = ({ n1, orientation, byDepartement }: SasConfig): QueueRules => ({
  id: N1,
  position: N1,
  roles: ['ARM'],
  skills: [],
  open: true,
  mode: n1.mode,
  ringMs: ms(n1.ringSeconds),
  asideMs: ms(n1.asideSeconds),
  wrapUpMs: ms(n1.wrapUpSeconds),
  escalateMs: perClass(n1.escalateSeconds),
  reinforcedBy: [...new Set([orientation.P1, ...Object.values(byDepartement).flatMap(({ P1 }) => P1 ?? [])])],
  returnMs: perClass(N1_RETURN_MS / 1_000),
  recheckMs: perClass(0),
  positionMs: 0,
})

const secondLevel = (position: string, stage: Stage, open: boolean): QueueRules => ({
  id: stage.id,
  position,
  roles: stage.roles,
  skills: stage.skills,
  open,
  mode: stage.mode,
  ringMs: ms(stage.ringSeconds),
  asideMs: ms(stage.asideSeconds),
  wrapUpMs: ms(stage.wrapUpSeconds),
  escalateMs: perClass(stage.escalateSeconds),
  reinforcedBy: [],
  returnMs: perClass(stage.returnSeconds),
  recheckMs: perClass(stage.recheckSeconds),
  positionMs: ms(stage.positionSeconds),
})

/**
 * Where a call for each filière and queue goes: to the queue itself or its filière's first stage when open; else to the next stage
 * that is, in order of pickup and then before it; else to what answers for the closed filière. N1 is always open.
 */
const routesOf = ({ filieres }: SasConfig, open: ReadonlySet<QueueId>): Map<Position | QueueId, QueueId> => {
  const routes = new Map<Position | QueueId, QueueId>([[N1, N1]])
  const whenClosed = (to: string | undefined, seen: readonly string[]): QueueId => {
    if (to === undefined || to === N1 || seen.includes(to)) return N1
    const there = filieres.find(({ id, stages }) => id === to || stages.some((stage) => stage.id === to))
    return there ? from(there, to, [...seen, to]) : N1
  }
  const from = ({ id, stages, closed }: SasConfig['filieres'][number], target: string, seen: readonly string[]): QueueId => {
    const at = Math.max(0, stages.findIndex((stage) => stage.id === target))
    const inOrder = [...stages.slice(at), ...stages.slice(0, at)]
    return inOrder.find((stage) => open.has(stage.id))?.id ?? whenClosed(closed?.to, [...seen, id])
  }
  for (const filiere of filieres)
    for (const target of [filiere.id, ...filiere.stages.map((stage) => stage.id)]) routes.set(target, from(filiere, target, []))
  return routes
}

const entryRules = (config: SasConfig, entry: SasConfig['entries'][number], open: (hours: Hours) => boolean): EntryRules => {
  const { hours: _, ...now } = entry.during.find(({ hours }) => open(hours)) ?? {}
  const { queue, class: kind, wait, greeting } = { ...entry, ...definedOf(now) }
  return { queue, class: kind, wait, greeting: greeting ?? null, orientation: orientationOf(config, entry.departement) }
}

const orientationOf = ({ orientation, byDepartement }: SasConfig, departement: string | undefined): Record<Priority, Position> => ({
  ...orientation,
  ...(departement !== undefined && definedOf(byDepartement[departement] ?? {})),
})

const definedOf = <T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> }
