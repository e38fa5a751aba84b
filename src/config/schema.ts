/**
 * One SAS, as one YAML file. The only description of what the file may hold; everything the engine,
 * the PBX templates and the checks know about a SAS is read from here.
 *
 * Durations carry their unit in their name (`ringSeconds`). French glossary terms name roles, filières and classes.
 */
import { z } from 'zod'
import { outsideOf } from '../sip-endpoints.js'
import { calendarSchema, holidayRegion, timeZone } from './calendar-schema.js'
import { lrmSchema } from './lrm-schema.js'
import { giving, neighbour } from './neighbour-schema.js'

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, starting with a letter (32 at most)')
const seconds = (min: number, max: number) => z.number().min(min).max(max)
const text = (max: number) => z.string().trim().min(1).max(max)
/** Names under one heading. */
export const namesMax = 64
const named = <Name extends z.ZodType<string>, Value extends z.ZodType>(name: Name, value: Value) =>
  z.record(name, value, { error: ({ code }) => (code === 'invalid_type' ? 'write each name with what it stands for, such as NAME: …; no list' : undefined) }).refine((all) => Object.keys(all).length <= namesMax, `at most ${namesMax} names`)

/** Order classes, most pressing first. A 15 caller who is not sorted yet is presumed P1, a 116-117 caller P2. */
export const callClass = z.enum(['SIS', 'P0', 'P1', 'P2'])
/** Of the core filières; a SAS names others under `roles` (R-N2-5). */
export const coreRoles = ['ARM', 'MRU', 'OSNP', 'MRG'] as const
export const role = z.string().regex(/^[A-Z][A-Z0-9-]{1,15}$/, 'use capital letters, digits and hyphens, such as ARM or IDE-PSY')
const perClass = (value: z.ZodType<number>) =>
  z.union([value, z.strictObject({ SIS: value, P0: value, P1: value, P2: value })], { error: 'a number of seconds, or one for each of SIS, P0, P1 and P2' })
/** Names of calendars, open when any of them is; always open without. */
const hours = z.union([id.transform((one) => [one]), z.array(id).min(1).max(8)], { error: 'the name of a calendar, or a list of them' })
const departement = z.string().regex(/^(?:[0-9]{2,3}|2[AB])$/, 'the number of a département in quotes, such as "08"')
/** Where a leg comes from. `neighbour` is another SAS. */
export const trunkKind = z.enum(['operator', 'fire-service', 'ambulance', 'neighbour'])

/** A trunk is known by where its SIP comes from, never by the caller id it shows. */
const trunk = z.strictObject({
  kind: trunkKind,
  /** Source addresses (IP or CIDR) that speak for this trunk. */
  match: z.array(text(64)).min(1).max(16),
  /** Size in channels (a T2 has 30, R-IN-5). */
  channels: z.int().min(1).max(2000),
  /** The last of them are kept for entries that use the reserve: a 15 is never refused for a 116-117 (R-IN-5). */
  reservedChannels: z.int().min(0).max(2000).default(0),
  /** Whether its calls carry where the caller is, as the body of a multipart INVITE (RFC 6442): its other end must know of it. */
  sendsLocation: z.boolean().default(false),
  /** Where calls towards this trunk are sent, `host:port`; none when nothing is sent. */
  peer: text(128).optional(),
})

/** A number that reaches the SAS, on one trunk (R-IN-1, R-IN-4). */
const entry = z.strictObject({
  number: z.string().regex(/^\+?[0-9]{1,15}$/, 'digits only, 15 at most'),
  trunk: id,
  /** Queue the call enters. */
  queue: id,
  class: callClass,
  /** What the caller hears while nobody has answered. */
  wait: z.enum(['music', 'ringing']).default('music'),
  /** Which music; Asterisk's default without. */
  music: id.optional(),
  /** Asterisk sound played once at arrival; pickup cuts it short. */
  greeting: text(80).optional(),
  /** Whose callers these are, where N2 is by département (R-IN-3). */
  departement: departement.optional(),
  /** What is different while a calendar is open; the first that is counts. */
  during: z
    .array(z.strictObject({ hours, queue: id.optional(), class: callClass.optional(), greeting: text(80).optional() }))
    .max(8)
    .default([]),
  /** May take the trunk's last channels; see `mayUseReserve` for what holds when it is absent. */
  usesReserve: z.boolean().optional(),
})

/** One place where callers wait and the people who serve it. */
const queue = z.strictObject({
  id,
  roles: z.array(role).min(1).max(16),
  /** All of these, besides one of the roles. */
  skills: z.array(id).max(8).default([]),
  hours: hours.optional(),
  mode: z.enum(['longest-idle', 'ring-all', 'by-hand']).default('longest-idle'),
  /** How long one phone rings before the next is tried. */
  ringSeconds: seconds(1, 120).default(15),
  /** After a missed ring, how long the person is left out of the queue. */
  asideSeconds: seconds(1, 600).default(20),
  wrapUpSeconds: seconds(0, 600).default(5),
  /** A wait longer than this is escalated, then again each time it passes. */
  escalateSeconds: perClass(seconds(5, 3600)).default(30),
  /** A transfer nobody took within this comes back: to its sender, where the filière returns, or to the head of N1. */
  returnSeconds: perClass(seconds(5, 3600)).default(60),
  /** A caller who waits here is shown to the ARMs for a word this often (R-N2-3); 0 for never. */
  recheckSeconds: perClass(z.number().min(0).max(3600)).default(0),
  /** How often a waiting caller is told their position; 0 for never. */
  positionSeconds: seconds(0, 600).default(0),
})

/** A care stream of N2: its stages in order of pickup, each a queue (R-N2-1, R-N2-2). */
const filiere = z.strictObject({
  id,
  label: text(60),
  stages: z.array(queue).min(1).max(6),
  /** `warm`: the sender stays with the caller until the receiver is there. `direct`: the caller waits with music. */
  handover: z.enum(['warm', 'direct']),
  hours: hours.optional(),
  /** Which filière or queue answers while no stage is open. */
  closed: z.strictObject({ to: id }).optional(),
  /** Where callers go who leave its field, or whom nobody took: a filière. Otherwise to the sender or N1. */
  returnsTo: id.optional(),
})

/** An alarm when fewer people of a role are signed in (R-N2-1, R-N2-2). */
const guard = z.strictObject({
  id,
  label: text(80),
  role,
  /** Where they sit; anywhere without. */
  position: id.optional(),
  min: z.int().min(1).max(50).default(1),
  hours: hours.optional(),
})

const dialledPattern = z.string().regex(/^\+?[0-9X]{2,15}$/, 'digits, with X for any digit, such as "01XXXXXXXX"')
/** Landlines and mobiles of France, without numbers of special rates. */
const frenchNumbers = ['1', '2', '3', '4', '5', '6', '7', '9'].flatMap((zone) => [`0${zone}XXXXXXXX`, `+33${zone}XXXXXXXX`])

/** How the switchboard calls out (R-N2-8). */
const outbound = z.strictObject({
  /** It needs a `peer`. */
  trunk: id,
  /** What may be dialled, whoever asks. */
  numbers: z.array(dialledPattern).min(1).max(64).default(frenchNumbers),
  /** The number that whoever is called sees; what the trunk shows by itself without. */
  shown: z.string().regex(/^\+?[0-9]{1,15}$/, 'digits only, 15 at most').optional(),
  ringSeconds: seconds(5, 120).default(30),
  /** Who is often called, by name (R-IN-4); on a trunk of their own, where there is one. */
  directory: named(id, z.strictObject({ label: text(60), number: z.string().regex(/^\+?[0-9]{1,15}$/, 'digits only, 15 at most'), trunk: id.optional() })).default({}),
  /** Callers who agreed to be called back (R-N2-3): tried so often, then by an ARM. */
  callback: z.strictObject({ attempts: z.int().min(1).max(20).default(3), retrySeconds: seconds(5, 3600).default(120) }).prefault({}),
})

/** What somebody may do besides the work of their roles. */
export const accountRights = ['supervisor', 'admin', 'neighbour', 'lrm', 'recordings'] as const
/** As an identity provider names them, where that is not their id. */
const identity = text(128)

const outsidePhone = z
  .strictObject({ number: z.string().regex(/^\+?[0-9]{1,15}$/, 'digits only, 15 at most'), trunk: id })
  .transform(({ number, trunk }) => outsideOf(number, trunk))

const person = z.strictObject({
  id,
  roles: z.array(role).min(1).max(16),
  skills: z.array(id).max(16).default([]),
  /** SIP endpoint of the person's phone; or a number outside, where a filière has a platform of its own (R-N2-5). */
  phone: z.union([id, outsidePhone], { error: 'the name of a phone, or { number, trunk } outside' }),
  /** Signed in from the first start on, without asking: nobody does it at the other end. */
  present: z.literal('always').optional(),
  /** `n1` or a filière: where this person works when signing in. */
  position: id,
  rights: z.array(z.enum(['supervisor', 'admin', 'recordings'])).max(3).default([]),
  identity: identity.optional(),
  /** Where this person is while working, at home for instance (R-N2-6); at the SAS without. */
  site: id.optional(),
})

/** Who signs in without a phone: a supervisor's desk, an administrator, another program. */
const account = z.strictObject({
  id,
  rights: z.array(z.enum(accountRights)).min(1).max(accountRights.length),
  identity: identity.optional(),
})

/** Case software (LRM), and who works with it. */
const software = z.strictObject({
  id,
  label: text(60),
  /** Everybody without. */
  roles: z.array(role).min(1).max(16).optional(),
  /** At `n1` or a filière; anywhere without. */
  positions: z.array(id).min(1).max(16).optional(),
})

const dtmfWords = ['P0', 'P1', 'P2', 'switch', 'next', 'return', 'park', 'leave', 'callback', 'pause'] as const

/** Conversations of these trunks, with agents at these positions (`n1` or a filière), of these classes; all without. */
const recordingRule = z.strictObject({
  trunks: z.array(id).min(1).max(16).optional(),
  positions: z.array(id).min(1).max(16).optional(),
  classes: z.array(callClass).min(1).max(4).optional(),
})

export const sasSchema = z.strictObject({
  sas: z.strictObject({
    id,
    name: text(80),
    /** Whose calls it takes. */
    departements: z.array(departement).max(8).default([]),
    timeZone: timeZone.default('Europe/Paris'),
    /** Public holidays that count (R-N2-7). */
    holidays: holidayRegion.default('metropole'),
  }),
  /** Hours by name, in the SAS's time zone (R-N2-7). */
  calendars: named(id, calendarSchema).default({}),
  /** Roles beyond those of the core filières, with what they are called. */
  roles: named(role, text(60)).default({}),
  /** Where people work who are not at the SAS itself (R-N2-6). */
  sites: named(id, z.strictObject({
    label: text(60),
    /** Across networks of others: desk phones there come by TLS and speak SRTP, or not at all. */
    secure: z.boolean().default(false),
  })).default({}),
  software: z.array(software).max(16).default([]),
  /** Music on hold besides the default, by name: a directory of sound files on the machine of Asterisk (docs/install.md). */
  music: named(id, z.strictObject({ label: text(60) })).default({}),
  trunks: named(id, trunk),
  entries: z.array(entry).min(1).max(200),
  n1: queue.omit({ id: true, roles: true, skills: true, hours: true, returnSeconds: true, recheckSeconds: true, positionSeconds: true }).extend({ mode: z.enum(['longest-idle', 'ring-all']).default('longest-idle') }),
  filieres: z.array(filiere).min(2).max(12),
  people: z.array(person).min(1).max(500),
  accounts: z.array(account).max(200).default([]),
  /** Where P0, P1 and P2 go (R-N1-4, R-N1-5). */
  orientation: z
    .strictObject({ P0: id, P1: id, P2: id })
    .default({ P0: 'amu', P1: 'amu', P2: 'mg' }),
  /** Where they go instead for callers of one département (R-IN-3). */
  byDepartement: named(departement, z.strictObject({ P0: id, P1: id, P2: id }).partial()).default({}),
  staffing: z.array(guard).max(24).default([]),
  /** Nobody is called without it. */
  outbound: outbound.optional(),
  /** Other SASs that help and are helped, and when calls are given to them. */
  neighbours: z.array(neighbour).max(16).default([]),
  giving: z.array(giving).max(32).default([]),
  /** No conversation is recorded without it (R-TO-3). */
  recording: z
    .strictObject({
      /** Any of them is enough; nothing is recorded any more without one. */
      rules: z.array(recordingRule).max(16),
      /** How long a recording is kept. */
      retentionDays: z.int().min(1).max(3650),
    })
    .optional(),
  /** Starvation bound: a call of this class gives way to a more pressing one that arrives this much later at most. */
  yieldSeconds: z
    .strictObject({ SIS: seconds(0, 3600), P0: seconds(0, 3600), P1: seconds(0, 3600), P2: seconds(0, 3600) })
    .default({ SIS: 0, P0: 15, P1: 60, P2: 300 }),
  /** Codes any desk phone can dial during a call. */
  dtmf: z
    .record(z.string().regex(/^[0-9*#]{1,4}$/), z.union([z.enum(dtmfWords), z.templateLiteral(['to:', id])], { error: `one of ${dtmfWords.join(', ')}, or to: and a filière` }))
    .refine((all) => Object.keys(all).length <= namesMax, `at most ${namesMax} codes`)
    .default({ '*0': 'P0', '*1': 'P1', '*2': 'P2', '*3': 'switch', '*4': 'next', '*5': 'return', '*6': 'pause', '*7': 'park', '*8': 'callback', '*9': 'leave' }),
  /** Codes that a desk phone dials by itself, in no call. */
  deskCodes: z
    .record(z.string().regex(/^\*[0-9]{2,3}$/, 'a star and two or three digits'), z.enum(['sign-in', 'ready', 'pause', 'sign-out']))
    .refine((all) => Object.keys(all).length <= namesMax, `at most ${namesMax} codes`)
    .default({ '*10': 'sign-in', '*11': 'ready', '*12': 'pause', '*13': 'sign-out' }),
  pauseReasons: z.array(text(40)).min(1).max(32).default(['pause', 'repas', 'formation', 'relève']),
  quality: z
    .strictObject({
      /** DGOS indicator 2: answered within this counts as served in time. */
      answerSeconds: seconds(1, 300),
      /** ARM's target from pickup to P0, P1 or P2 (R-N1-3). */
      orientationSeconds: seconds(1, 300),
    })
    .default({ answerSeconds: 30, orientationSeconds: 30 }),
  location: z
    .strictObject({
      /** Hosts (`host` or `host:port`) that may be asked by HTTPS for a caller's location; no other is. */
      lookupHosts: z.array(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}(:[0-9]{1,5})?$/, 'a host name in lower case, with a port if need be')).max(16).default([]),
    })
    .default({ lookupHosts: [] }),
  lrm: lrmSchema,
  /** A call of the SAS to itself, so often: from INVITE to a bridge that is heard (docs/decisions/0103-canary.md). None without. At most two minutes apart: two that fail in five are an alarm. */
  canary: z.strictObject({ everySeconds: seconds(5, 120).default(60) }).optional(),
  limits: z
    .strictObject({
      queueLength: z.int().min(1).max(100_000).default(10_000),
      /** How long a caller may be parked before somebody else is asked. */
      parkSeconds: seconds(30, 900).default(180),
    })
    .prefault({}),
  /** Which calendars are the hours that the activity report tells apart (R-QS-6); those named `sas` and `pdsa` without. */
  reports: z.strictObject({ sasHours: id.optional(), pdsaHours: id.optional() }).default({}),
  retention: z
    .strictObject({
      drmHours: z.number().min(1).max(24 * 3650).default(24),
      /** How long who signed in, and who was refused what, is kept. */
      auditDays: z.int().min(1).max(3650).default(180),
      /** How many whole months of the archive are kept: three years to compare, and one that runs. */
      archiveMonths: z.int().min(1).max(1_200).default(37),
    })
    .prefault({}),
})

export type SasConfig = z.infer<typeof sasSchema>
export type CallClass = z.infer<typeof callClass>
/** Emergency numbers of France and of Europe: theirs are the last channels of any trunk. */
const emergencyNumbers: readonly string[] = ['15', '112']

/** Whether calls of this entry may take the last channels of its trunk (R-IN-5). */
export const mayUseReserve = (
  { number, usesReserve }: { number: string; usesReserve?: boolean | undefined },
  kind: string | undefined,
): boolean => usesReserve ?? (emergencyNumbers.includes(number) || kind === 'fire-service' || kind === 'ambulance')

/** Whether a person's desk phone comes by TLS and speaks SRTP, or not at all (R-N2-6). */
export const isSecure = ({ sites }: Pick<SasConfig, 'sites'>, { site }: { site?: string | undefined }): boolean => site !== undefined && sites[site]?.secure === true
