/** Programs outside that are told of calls: the medical file (LRM) above all. */
import { z } from 'zod'
import { isSafeUrl } from '../loopback.js'

export const lrmEvents = ['call-offered', 'drm-opened', 'qualified', 'transferred', 'ended'] as const
export type LrmEvent = (typeof lrmEvents)[number]

/** By HTTPS, but on this machine: callers' numbers are in what is sent. */
const mayBeToldTo = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.username === '' && url.password === '' && isSafeUrl(url)
}

const endpoint = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'use lower-case letters, digits and hyphens, starting with a letter (32 at most)'),
  url: z.string().max(500).refine(mayBeToldTo, 'an address that starts with https:// (http:// on this machine only), without a password'),
  events: z.array(z.enum(lrmEvents)).min(1).max(lrmEvents.length).default([...lrmEvents]),
  /** The variable of the environment that holds the secret that deliveries are signed with. */
  secretEnv: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'the name of a variable: capital letters, digits and underscores'),
})

export type LrmEndpoint = z.infer<typeof endpoint>

export const lrmSchema = z
  .strictObject({
    endpoints: z
      .array(endpoint)
      .max(8)
      .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'each id is given once')
      .default([]),
  })
  .prefault({})
