/** What goes in and out of /auth. */
import { z } from 'zod'
import { auditKinds } from '../auth/audit.js'
import type { SipCredentials } from '../auth/browser-phones.js'
import { rights } from '../auth/principal.js'

export const methodsView = z
  .object({
    local: z.boolean().meta({ description: 'Whether accounts with a password may sign in.' }),
    oidc: z.object({ label: z.string(), start: z.string().meta({ description: 'Where the browser is sent.' }) }).nullable(),
  })
  .meta({ id: 'SignInMethods' })

export const passwordBody = z.strictObject({
  account: z.string().min(1).max(64).regex(/^[A-Za-z0-9._:@-]+$/),
  password: z.string().min(1).max(1_024),
})

const principalView = z
  .object({
    id: z.string(),
    agent: z.string().nullable().meta({ description: 'The person of the room whom they are.' }),
    rights: z.array(z.enum(rights)),
  })
  .meta({ id: 'Principal' })

export const signedInView = z
  .object({
    accessToken: z.string(),
    expiresAt: z.number().meta({ description: 'milliseconds since the epoch' }),
    principal: principalView,
  })
  .meta({ id: 'SignedIn' })

export const sipCredentialsView: z.ZodType<SipCredentials> = z
  .object({
    uri: z.string(),
    username: z.string(),
    password: z.string(),
    server: z.string().meta({ description: 'SIP over websocket (RFC 7118).' }),
    expiresAt: z.number().meta({ description: 'milliseconds since the epoch; sooner when the session ends' }),
    iceServers: z.array(z.object({ urls: z.array(z.string()), username: z.string().optional(), credential: z.string().optional() })).readonly(),
  })
  .meta({ id: 'SipCredentials' })

export const auditQuery = z.strictObject({
  before: z.string().regex(/^[0-9]{1,20}-[0-9]{1,20}$/).optional().meta({ description: '`next` of the page before.' }),
  count: z.coerce.number().int().min(1).max(1_000).default(100),
})

export const auditView = z.object({
  entries: z.array(
    z
      .object({
        id: z.string(),
        at: z.number().meta({ description: 'milliseconds since the epoch' }),
        kind: z.enum(auditKinds),
        account: z.string().nullable().meta({ description: 'Null when it is not known whose.' }),
        ip: z.string().nullable(),
        detail: z.string().nullable().meta({ description: 'The route, why a session ended, what was sent again, or which recording was heard.' }),
      })
      .meta({ id: 'AuditEntry' }),
  ),
  next: z.string().nullable().meta({ description: 'For `before`; null when these are the oldest.' }),
})

export const accountParams = z.strictObject({ account: z.string().min(1).max(64).regex(/^[A-Za-z0-9._:@-]+$/) })
export const endedView = z.object({ ended: z.int().meta({ description: 'How many sessions there were.' }) })
