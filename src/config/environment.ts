/**
 * The engine's surroundings: where things are and the secrets to reach them. The only reader of `process.env`.
 * A fault names the variable and what it wants, never the value it holds.
 */
import { z } from 'zod'

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL starting with ${protocols.map((name) => `${name}//`).join(' or ')}`,
    )
const required = (why: string) => z.string({ error: `is missing: ${why}` }).min(1, `is empty: ${why}`)

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const environmentSchema = z.object({
  DECROCHE_CONFIG: required('the YAML file of the SAS'),
  DECROCHE_REDIS_URL: url(['redis:', 'rediss:']).default('redis://127.0.0.1:6379'),
  DECROCHE_ARI_URL: url(['http:', 'https:']).default('http://127.0.0.1:8088'),
  DECROCHE_ARI_USER: required("the user of Asterisk's ari.conf"),
  DECROCHE_ARI_PASSWORD: required("the password of Asterisk's ari.conf"),
  DECROCHE_ARI_TRANSPORT: z.enum(['ws', 'http', 'auto'], { error: 'must be ws, http or auto' }).default('auto'),
  DECROCHE_ARI_APP: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be lower-case letters, digits and hyphens')
    .default('decroche'),
  DECROCHE_FALLBACK_RECORD: z.string().min(1).optional(),
  DECROCHE_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** 0 lets the system choose. */
  DECROCHE_HTTP_PORT: z
    .string()
    .refine((text) => /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port number')
    .transform(Number)
    .default(8080),
  DECROCHE_API_TOKEN: required('the bearer token of the API').min(16, 'must have 16 characters or more'),
  DECROCHE_SIP_SECRET: required('the secret that phone passwords derive from').min(
    16,
    'must have 16 characters or more',
  ),
  DECROCHE_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
})

export interface Environment {
  readonly configFile: string
  readonly redisUrl: string
  readonly ari: {
    readonly url: string
    readonly user: string
    readonly password: string
    readonly transport: 'ws' | 'http' | 'auto'
    readonly app: string
  }
  /** The file in which the PBX's fallback writes what it did; null when it cannot be read from here. */
  readonly fallbackRecord: string | null
  readonly http: { readonly host: string; readonly port: number; readonly token: string }
  readonly sipSecret: string
  readonly logLevel: LogLevel
}

/** Every variable that is missing or wrong; the text holds no value. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
  constructor(readonly faults: readonly string[]) {
    super(`the environment has ${faults.length === 1 ? 'one fault' : `${faults.length} faults`}: ${faults.join('; ')}`)
  }
}

type Variables = Readonly<Record<string, string | undefined>>

/** A variable set to nothing counts as not set: that is what a compose file makes of `VAR: ${VAR:-}`. */
const given = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''))

const faultsOf = (error: z.ZodError): string[] =>
  error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)

/**
 * What `decroche serve` needs.
 * @throws {EnvironmentError} with all faults at once
 */
export const readEnvironment = (variables: Variables = process.env): Environment => {
  const read = environmentSchema.safeParse(given(variables))
  if (!read.success) throw new EnvironmentError(faultsOf(read.error))
  const env = read.data
  return {
    configFile: env.DECROCHE_CONFIG,
    redisUrl: env.DECROCHE_REDIS_URL,
    ari: {
      url: env.DECROCHE_ARI_URL,
      user: env.DECROCHE_ARI_USER,
      password: env.DECROCHE_ARI_PASSWORD,
      transport: env.DECROCHE_ARI_TRANSPORT,
      app: env.DECROCHE_ARI_APP,
    },
    fallbackRecord: env.DECROCHE_FALLBACK_RECORD ?? null,
    http: { host: env.DECROCHE_HTTP_HOST, port: env.DECROCHE_HTTP_PORT, token: env.DECROCHE_API_TOKEN },
    sipSecret: env.DECROCHE_SIP_SECRET,
    logLevel: env.DECROCHE_LOG_LEVEL,
  }
}

/** A few variables of the same environment, for commands that need no more; the rest may be missing or wrong. */
export const readVariables = <Name extends keyof typeof environmentSchema.shape>(
  names: readonly Name[],
  variables: Variables = process.env,
): Pick<z.infer<typeof environmentSchema>, Name> => {
  const mask = Object.fromEntries(names.map((name) => [name, true]))
  const read = environmentSchema
    .pick(mask as { [key in keyof typeof environmentSchema.shape]?: true })
    .safeParse(given(variables))
  if (!read.success) throw new EnvironmentError(faultsOf(read.error))
  return read.data as Pick<z.infer<typeof environmentSchema>, Name>
}
