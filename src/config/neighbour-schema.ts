/** The other SASs with which one helps itself (R-MA-1 to R-MA-3): who they are, what is taken of them, what is given to them and when. */
import { z } from 'zod'

const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, starting with a letter (32 at most)')
const seconds = (min: number, max: number) => z.number().min(min).max(max)
const text = (max: number) => z.string().trim().min(1).max(max)
const hours = z.union([id.transform((one) => [one]), z.array(id).min(1).max(8)], { error: 'the name of a calendar, or a list of them' })
const classes = z.array(z.enum(['SIS', 'P0', 'P1', 'P2'])).min(1).max(4)

/** What of a neighbour's calls is taken. */
const receive = z.strictObject({
  /** Of its calls, here at once. */
  atOnce: z.int().min(1).max(500),
  /** So many people stay free for one's own callers. */
  keepFree: z.int().min(0).max(50).default(1),
  /** None is taken while one's own oldest caller has waited for longer. */
  ownWaitSeconds: seconds(0, 600).default(10),
  classes: classes.default(['P0', 'P1', 'P2']),
  /** `n1` and filières. */
  positions: z.array(id).min(1).max(16).default(['n1']),
})

export const neighbour = z.strictObject({
  /** As the other SAS calls itself in its own file. */
  id,
  label: text(60),
  /** Of kind `neighbour`. */
  trunk: id,
  /** Dialled there. */
  number: z.string().regex(/^\+?[0-9]{1,15}$/, 'digits only, 15 at most').default('15'),
  /** Its engines, which are asked for a place before a call is sent; SIP alone without. */
  urls: z.array(z.url({ protocol: /^https$/, error: 'https://host:port' })).min(1).max(4).optional(),
  /** In its certificate; its id without. */
  certificateName: text(253).optional(),
  /** How long a caller is offered to it. */
  ringSeconds: seconds(5, 600).default(60),
  /** None of its calls is taken without. */
  receive: receive.optional(),
})

const conditions = z
  .strictObject({
    /** The oldest caller of the line has waited for so long. */
    oldestWaitSeconds: seconds(1, 3600).optional(),
    /** One who came now could expect to wait for so long. */
    expectedWaitSeconds: seconds(1, 3600).optional(),
    /** Nobody who serves the line is at work. */
    unstaffed: z.literal(true).optional(),
    /** So much of a trunk is in use. */
    linesPercent: z.int().min(1).max(100).optional(),
  })
  .refine((all) => Object.values(all).some((one) => one !== undefined), 'name a condition, or write always or by-hand')

export const giving = z.strictObject({
  id,
  label: text(60),
  /** Neighbours, in the order in which they are asked. */
  to: z.array(id).min(1).max(8),
  /** Only then, unless a supervisor switches it on. */
  hours: hours.optional(),
  /** `always`, within its hours: planned or standing. `by-hand`: when a supervisor switches it on. */
  when: z.union([z.enum(['always', 'by-hand']), conditions], { error: 'always, by-hand, or conditions' }),
  /** It ends once none of its conditions has held for so long. */
  calmSeconds: seconds(0, 3600).default(60),
  /** Whose callers: `n1` or a filière. */
  position: id.default('n1'),
  classes: classes.default(['P0', 'P1', 'P2']),
  /** Only callers of these numbers. */
  numbers: z.array(z.strictObject({ trunk: id, number: z.string().regex(/^\+?[0-9]{1,15}$/, 'digits only, 15 at most') })).min(1).max(64).optional(),
  /** Of those, the part that is given. */
  sharePercent: z.int().min(1).max(100).default(100),
  /** Callers there at once. */
  atOnce: z.int().min(1).max(500),
})
