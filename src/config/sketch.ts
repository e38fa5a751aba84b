/**
 * A lenient reading of one file: what of it can be made out, however malformed the rest is. Of a list that is too long, only the
 * start: that it is too long is told by its shape, and looking at all of it might have no end.
 */
import { z } from 'zod'
import { N1 } from '../routing/rules.js'
import { FAULTS_MAX, type FaultPath, type PlacedFault } from './fault.js'
import { namesMax } from './schema.js'

const WORDS_MAX = 32

const anything = z.unknown().optional()
const word = z.string().optional().catch(undefined)
const startOf = (given: unknown, max: number): unknown[] => (Array.isArray(given) ? given.slice(0, max) : [])
const words = anything.transform((given) => startOf(given, WORDS_MAX).map((item) => (typeof item === 'string' ? item : undefined)))
const number = z.number().optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)
/** What is no object reads as an empty one. */
const part = <T extends z.ZodRawShape>(shape: T) => anything.transform((given) => (isObject(given) ? given : {})).pipe(z.object(shape))
const list = <T extends z.ZodType>(item: T, max: number) => anything.transform((given) => startOf(given, max)).pipe(z.array(item))
const named = <T extends z.ZodType>(item: T) =>
  anything.transform((given) => (isObject(given) ? Object.fromEntries(Object.entries(given).slice(0, namesMax)) : {})).pipe(z.record(z.string(), item))
/** `hours: sas` or `hours: [sas, pdsa]`: each name with its place below. */
const hours = anything.transform((given): Named[] => {
  if (typeof given === 'string') return [{ name: given, at: [] }]
  return startOf(given, WORDS_MAX).flatMap((name, index) => (typeof name === 'string' ? { name, at: [index] } : []))
})
/** A name, or a number on a trunk. */
const phone = anything.transform((given) => (isObject(given) ? { name: undefined, ...part({ trunk: word }).parse(given) } : { name: typeof given === 'string' ? given : undefined, trunk: undefined }))
const priorities = { P0: word, P1: word, P2: word }

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

export interface Named {
  readonly name: string
  readonly at: FaultPath
}

const sketchSchema = part({
  sas: part({ id: word, departements: words }),
  calendars: named(z.unknown()),
  roles: named(z.unknown()),
  sites: named(z.unknown()),
  music: named(z.unknown()),
  software: list(part({ id: word, roles: words, positions: words }), 32),
  trunks: named(part({ kind: word, match: words, peer: word, channels: number, reservedChannels: number })),
  entries: list(
    part({
      number: word,
      trunk: word,
      queue: word,
      class: word,
      departement: word,
      music: word,
      usesReserve: flag,
      during: list(part({ hours, queue: word, class: word, greeting: anything }), 16),
    }),
    200,
  ),
  filieres: list(
    part({
      id: word,
      hours,
      closed: part({ to: word }),
      returnsTo: word,
      stages: list(part({ id: word, roles: words, skills: words, hours }), 12),
    }),
    24,
  ),
  people: list(part({ id: word, roles: words, skills: words, phone, position: word, site: word, identity: word }), 500),
  outbound: part({ trunk: word, directory: named(part({ trunk: word })) }),
  neighbours: list(part({ id: word, trunk: word, receive: part({ positions: words }) }), 32),
  giving: list(part({ id: word, to: words, hours, position: word, numbers: list(part({ trunk: word, number: word }), 64) }), 64),
  recording: part({ rules: list(part({ trunks: words, positions: words }), 32) }),
  accounts: list(part({ id: word, identity: word }), 128),
  orientation: anything.transform((given) => part(priorities).parse(given ?? { P0: 'amu', P1: 'amu', P2: 'mg' })),
  byDepartement: named(part(priorities)),
  reports: part({ sasHours: word, pdsaHours: word }),
  staffing: list(part({ id: word, role: word, position: word, min: number, hours }), 48),
  yieldSeconds: named(z.number().catch(Number.NaN)),
  dtmf: named(word),
  pauseReasons: words,
})
export type Sketch = z.infer<typeof sketchSchema>

/** What can be made out of the data of one file. */
export const sketchOf = (data: unknown): Sketch => sketchSchema.parse(data)

/** A hint that is costly to find is looked for only when somebody will read it. */
export type Report = (at: FaultPath, message: string, hint?: string | null | (() => string | null)) => void

/** Takes what is reported, as far as anybody reads. */
export const reportTo =
  (faults: PlacedFault[]): Report =>
  (at, message, hint = null) => {
    if (faults.length < FAULTS_MAX) faults.push({ at, message, hint: typeof hint === 'function' ? hint() : hint })
  }

export const filiereIds = ({ filieres }: Sketch): string[] => filieres.flatMap(({ id }) => id ?? [])
export const stagesOf = ({ filieres }: Sketch) =>
  filieres.flatMap(({ id, stages }, index) =>
    stages.map((stage, at) => ({ ...stage, position: id, at: ['filieres', index, 'stages', at] satisfies FaultPath })),
  )
export const queueIds = (sketch: Sketch): string[] => [N1, ...stagesOf(sketch).flatMap(({ id }) => id ?? [])]
