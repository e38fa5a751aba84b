/** What changes for callers and people between two files of one SAS, and what of it Asterisk must be told. */
import { isDeepStrictEqual } from 'node:util'
import { N1 } from '../routing/rules.js'
import { isSecure, type SasConfig } from './schema.js'

export interface Change {
  /** By name rather than by place: `people.arm07.position`, `entries.operator/15.queue`. */
  readonly path: string
  /** Null for what was not there. */
  readonly from: unknown
  /** Null for what is no more. */
  readonly to: unknown
  readonly effect: string
  /** Asterisk's configuration is to be written again. */
  readonly pbx: boolean
}

/** Every difference in effect, in the order of the schema. The order in which numbers, people and guards are written has none. */
export const changesBetween = (from: SasConfig, to: SasConfig): readonly Change[] =>
  differences(byName(from), byName(to), []).map(({ path, ...values }) => ({ path: path.join('.'), ...values, ...effectOf(path, values.from, values.to) }))

type Tree = Readonly<Record<string, unknown>>

/** Lists as maps by what names their items; what the order of stages says is kept apart, and what a site says of its phones is with each. */
const byName = ({ entries, filieres, people, accounts, software, staffing, neighbours, ...rest }: SasConfig): Tree => ({
  ...rest,
  entries: mapBy(entries, ({ trunk, number }) => `${trunk}/${number}`),
  filieres: mapBy(
    filieres.map((filiere) => ({ ...filiere, stages: mapBy(filiere.stages, ({ id }) => id), order: filiere.stages.map(({ id }) => id) })),
    ({ id }) => id,
  ),
  people: mapBy(people.map((person) => ({ ...person, securePhone: isSecure(rest, person) })), ({ id }) => id),
  software: mapBy(software, ({ id }) => id),
  accounts: mapBy(accounts, ({ id }) => id),
  staffing: mapBy(staffing, ({ id }) => id),
  neighbours: mapBy(neighbours, ({ id }) => id),
})

const mapBy = <T>(items: readonly T[], name: (item: T) => string): Record<string, T> => Object.fromEntries(items.map((item) => [name(item), item]))

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

interface Difference {
  readonly path: readonly string[]
  readonly from: unknown
  readonly to: unknown
}

const differences = (from: unknown, to: unknown, path: readonly string[]): Difference[] => {
  if (isDeepStrictEqual(from, to)) return []
  if (!isTree(from) || !isTree(to)) return [{ path, from: from ?? null, to: to ?? null }]
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) => differences(from[key], to[key], [...path, key]))
}

interface Effect {
  readonly effect: string
  readonly pbx: boolean
}

interface Rule {
  /** Of the path, `*` for any name; the first rule that matches its start counts. */
  readonly at: string
  readonly effect: (from: unknown, to: unknown) => string
  readonly pbx?: boolean | ((from: unknown, to: unknown) => boolean)
}

const comesOrGoes = (comes: string, goes: string) => (from: unknown): string => (from === null ? comes : goes)
const says = (effect: string) => (): string => effect
const hours = says('opens and closes at other times')
const sitsAtN1 = (from: unknown, to: unknown): boolean => from === N1 || to === N1

/** What follows from a difference, most special first. What Asterisk knows of a SAS is in `asterisk-config/render`. */
const rules: readonly Rule[] = [
  { at: 'sas.id', effect: says('another SAS, with an engine and a room of its own') },
  { at: 'sas.timeZone', effect: hours },
  { at: 'sas.holidays', effect: hours },
  { at: 'sas', effect: says('is shown') },
  { at: 'calendars', effect: hours },
  { at: 'roles', effect: says('is shown') },
  { at: 'sites', effect: says('is shown') },
  { at: 'software', effect: says('is shown') },
  { at: 'music.*.label', effect: says('is shown') },
  { at: 'music.*', effect: comesOrGoes('music that a number may name', 'music no more'), pbx: true },
  { at: 'trunks.*.peer', effect: says('calls are sent there'), pbx: true },
  { at: 'trunks.*.*', effect: says('calls come in and are counted by this'), pbx: true },
  { at: 'trunks.*', effect: comesOrGoes('calls come in from there', 'calls from there are refused'), pbx: true },
  { at: 'entries.*.queue', effect: says('callers of this number enter another queue') },
  { at: 'entries.*.class', effect: says('callers of this number have another place in the line, with the engine and in the fallback'), pbx: true },
  { at: 'entries.*.departement', effect: says('P0, P1 and P2 of this number go where they go for that département') },
  { at: 'entries.*.during', effect: says('callers of this number enter otherwise at some hours') },
  { at: 'entries.*.usesReserve', effect: says('the last channels of the trunk are for this number, or not'), pbx: true },
  { at: 'entries.*.music', effect: says('callers of this number hear other music'), pbx: true },
  { at: 'entries.*.*', effect: says('callers of this number hear something else while they wait') },
  { at: 'entries.*', effect: comesOrGoes('the number is answered', 'the number is no more; what still comes on it enters n1 as P1'), pbx: true },
  { at: 'n1.ringSeconds', effect: says('each phone rings that long, in the fallback too'), pbx: (from, to) => Math.ceil(Number(from)) !== Math.ceil(Number(to)) },
  { at: 'n1', effect: says('counts from the next call on') },
  { at: 'filieres.*.label', effect: says('is shown') },
  { at: 'filieres.*.hours', effect: hours },
  { at: 'filieres.*.closed', effect: says('another filière answers while this one is closed') },
  { at: 'filieres.*.order', effect: says('callers go through the stages in another order') },
  { at: 'filieres.*.stages.*.hours', effect: hours },
  { at: 'filieres.*.stages.*.*', effect: says('counts from the next call on; who waits keeps their place and their times') },
  { at: 'filieres.*.stages.*', effect: comesOrGoes('a queue more', 'who waits there goes to the head of n1') },
  { at: 'filieres.*.*', effect: says('counts from the next transfer on') },
  { at: 'filieres.*', effect: comesOrGoes('a filière more', 'who waits there goes to the head of n1') },
  { at: 'people.*.phone', effect: says('is rung there from the next call on'), pbx: true },
  { at: 'people.*.present', effect: says('counts for who is new from now on') },
  { at: 'people.*.position', effect: says('sits there on the next sign-in; the fallback rings those of n1'), pbx: sitsAtN1 },
  { at: 'people.*.site', effect: says('is shown') },
  { at: 'people.*.securePhone', effect: says('the desk phone comes by TLS and speaks SRTP, or neither'), pbx: true },
  { at: 'people.*.rights', effect: says('may do other things from now on') },
  { at: 'people.*.identity', effect: says('signs in by this name from now on') },
  { at: 'people.*.*', effect: says('is asked for other callers from the next one on') },
  { at: 'people.*', effect: comesOrGoes('may sign in', 'is signed out, after the call they are on'), pbx: true },
  { at: 'accounts.*.rights', effect: says('may do other things from now on') },
  { at: 'accounts.*.identity', effect: says('signs in by this name from now on') },
  { at: 'accounts.*', effect: comesOrGoes('may sign in', 'is signed out') },
  { at: 'neighbours.*.urls', effect: says('is asked there after the next start of the engine') },
  { at: 'neighbours.*.certificateName', effect: says('is known by that name after the next start of the engine') },
  { at: 'neighbours.*.*', effect: says('counts from the next call given or received on') },
  { at: 'neighbours.*', effect: comesOrGoes('calls are given to it and received from it; by the link, after the next start of the engine', 'no call is given to it, and none of its calls is received') },
  { at: 'giving', effect: says('callers are offered to neighbours by these rules from now on') },
  { at: 'outbound.directory', effect: says('is called there from the next call on') },
  { at: 'outbound', effect: says('calls go out so from the next one on') },
  { at: 'recording.rules', effect: says('conversations are recorded so from now on') },
  { at: 'recording.retentionDays', effect: says('recordings are kept that long, those of before too') },
  { at: 'recording', effect: comesOrGoes('conversations are recorded from now on', 'no conversation is recorded any more, those that go on included; what there is is never removed: `rules: []` keeps its retention') },
  { at: 'orientation', effect: says('the next caller of this priority goes there') },
  { at: 'byDepartement', effect: says('the next caller of this priority and département goes there') },
  { at: 'staffing', effect: comesOrGoes('an alarm when fewer are there', 'other alarms, or none') },
  { at: 'canary.everySeconds', effect: says('the SAS calls itself that often') },
  { at: 'canary', effect: comesOrGoes('the SAS calls itself', 'the SAS calls itself no more'), pbx: true },
  { at: 'yieldSeconds', effect: says('other places in the line, for who comes from now on') },
  { at: 'deskCodes', effect: says('phones dial this from now on'), pbx: true },
  { at: 'dtmf', effect: says('the keys of a desk phone mean this from now on') },
  { at: 'location', effect: says('counts after the next start of the engine') },
  { at: 'quality', effect: says('counts after the next start of the engine') },
  { at: 'retention.archiveMonths', effect: says('counts after the next start of the archiver') },
  { at: 'lrm', effect: says('counts after the next start of the engine') },
  { at: 'reports', effect: says('counts for the next report') },
  { at: 'retention', effect: says('counts after the next start of the engine') },
]

const effectOf = (path: readonly string[], from: unknown, to: unknown): Effect => {
  const rule = rules.find(({ at }) => at.split('.').every((part, index) => (part === '*' ? path[index] !== undefined : part === path[index])))
  const pbx = rule?.pbx ?? false
  return { effect: rule?.effect(from, to) ?? 'counts from now on', pbx: typeof pbx === 'boolean' ? pbx : pbx(from, to) }
}
