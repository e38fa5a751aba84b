/** A lenient reading of one file: what of it can be made out, however malformed the rest is. */
import { z } from 'zod'
import { N1 } from '../routing/rules.js'
import type { FaultPath } from './fault.js'
import { namesMax } from './schema.js'

const anything = z.unknown().optional()
const word = z.string().optional().catch(undefined)
const words = z
  .array(z.unknown())
  .catch([])
  .transform((items) => items.map((item) => (typeof item === 'string' ? item : undefined)))
const number = z.number().optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)
/** What is no object reads as an empty one. */
const part = <T extends z.ZodRawShape>(shape: T) => anything.transform((given) => (isObject(given) ? given : {})).pipe(z.object(shape))
const list = <T extends z.ZodType>(item: T) => z.array(item).catch([])
const named = <T extends z.ZodType>(item: T) =>
  anything.transform((given) => (isObject(given) ? Object.fromEntries(Object.entries(given).slice(0, namesMax)) : {})).pipe(z.record(z.string(), item))
/** `hours: sas` or `hours: [sas, pdsa]`: each name with its place below. */
const hours = anything.transform((given): Named[] => {
  if (typeof given === 'string') return [{ name: given, at: [] }]
  return Array.isArray(given) ? given.flatMap((name, index) => (typeof name === 'string' ? { name, at: [index] } : [])) : []
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
  sas: part({ departements: words }),
  calendars: named(z.unknown()),
  roles: named(z.unknown()),
  trunks: named(part({ kind: word, match: words, peer: word, channels: number, reservedChannels: number })),
  entries: list(
    part({
      number: word,
      trunk: word,
      queue: word,
      class: word,
      departement: word,
      usesReserve: flag,
      during: list(part({ hours, queue: word, class: word, greeting: anything })),
    }),
  ),
  filieres: list(
    part({
      id: word,
      hours,
      closed: part({ to: word }),
      returnsTo: word,
      stages: list(part({ id: word, roles: words, skills: words, hours })),
    }),
  ),
  outbound: part({ trunk: word, directory: named(part({ trunk: word })) }),
  people: list(part({ id: word, roles: words, skills: words, phone, position: word, identity: word })),
  accounts: list(part({ id: word, identity: word })),
  orientation: anything.transform((given) => part(priorities).parse(given ?? { P0: 'amu', P1: 'amu', P2: 'mg' })),
  byDepartement: named(part(priorities)),
  staffing: list(part({ id: word, role: word, position: word, min: number, hours })),
  yieldSeconds: named(z.number().catch(Number.NaN)),
  dtmf: z.record(z.string(), word).catch({}),
  pauseReasons: words,
})
export type Sketch = z.infer<typeof sketchSchema>

/** What can be made out of the data of one file. */
export const sketchOf = (data: unknown): Sketch => sketchSchema.parse(data)

export type Report = (at: FaultPath, message: string, hint?: string | null) => void

export const filiereIds = ({ filieres }: Sketch): string[] => filieres.flatMap(({ id }) => id ?? [])
export const stagesOf = ({ filieres }: Sketch) =>
  filieres.flatMap(({ id, stages }, index) =>
    stages.map((stage, at) => ({ ...stage, position: id, at: ['filieres', index, 'stages', at] satisfies FaultPath })),
  )
export const queueIds = (sketch: Sketch): string[] => [N1, ...stagesOf(sketch).flatMap(({ id }) => id ?? [])]
