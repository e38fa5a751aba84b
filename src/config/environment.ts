/**
 * The engine's surroundings: where things are and the secrets to reach them. The only reader of `process.env`.
 * A fault names the variable and what it wants, never the value it holds.
 */
import { z } from 'zod'
import { isLoopbackName, isSafeUrl } from '../loopback.js'

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL starting with ${protocols.map((name) => `${name}//`).join(' or ')}`,
    )
const required = (why: string) => z.string({ error: `is missing: ${why}` }).min(1, `is empty: ${why}`)

/** 0 lets the system choose. */
const port = z
  .string()
  .refine((text) => /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port number')
  .transform(Number)

const secret = (length: number) => z.string().min(length, `must have ${length} characters or more`)
/** As RTCPeerConnection takes them (W3C WebRTC, RTCIceServer). */
const iceServerSchema = z.strictObject({
  urls: z
    .union([z.string().transform((one) => [one]), z.array(z.string()).min(1)])
    .refine((all) => all.every((one) => /^(stuns?|turns?):[^\s]+$/.test(one))),
  username: z.string().optional(),
  credential: z.string().optional(),
})
const iceServers = z.string().transform((text, context) => {
  try {
    const read = z.array(iceServerSchema).max(8).safeParse(JSON.parse(text))
    if (read.success) return read.data
  } catch {
    // Told below.
  }
  context.addIssue('must be a JSON list of {"urls", "username"?, "credential"?}, each URL of stun:, stuns:, turn: or turns:')
  return z.NEVER
})
export type IceServer = z.infer<typeof iceServerSchema>

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
  DECROCHE_RECORDINGS_DIR: z.string().min(1).optional(),
  DECROCHE_ASTERISK_CONSOLE: z.string().min(1).optional(),
  DECROCHE_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  /** 0 lets the system choose. */
  DECROCHE_HTTP_PORT: port.default(8080),
  /** PEM: with its chain, its own first. Both or neither. */
  DECROCHE_TLS_CERT: z.string().min(1).optional(),
  DECROCHE_TLS_KEY: z.string().min(1).optional(),
  DECROCHE_API_TOKEN: required('the bearer token of the API').min(16, 'must have 16 characters or more'),
  DECROCHE_LRM_TOKEN: secret(16).optional(),
  DECROCHE_SESSION_SECRET: secret(32).optional(),
  /** Where browsers find the engine. */
  DECROCHE_PUBLIC_URL: url(['http:', 'https:']).optional(),
  DECROCHE_TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .refine((all) => all.every((one) => z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).safeParse(one).success), 'must be addresses or networks, separated by commas')
    .optional(),
  DECROCHE_OIDC_ISSUER: url(['http:', 'https:']).optional(),
  DECROCHE_OIDC_CLIENT_ID: z.string().optional(),
  DECROCHE_OIDC_CLIENT_SECRET: z.string().optional(),
  DECROCHE_OIDC_CLAIM: z.string().default('preferred_username'),
  DECROCHE_OIDC_SCOPE: z.string().default('openid'),
  DECROCHE_OIDC_ACR: z.string().optional(),
  DECROCHE_OIDC_LABEL: z.string().max(60).default('Pro Santé Connect'),
  DECROCHE_SIP_WS_URL: url(['ws:', 'wss:']).optional(),
  DECROCHE_ICE_SERVERS: iceServers.optional(),
  DECROCHE_TURN_SECRET: secret(16).optional(),
  DECROCHE_SIP_SECRET: required('the secret that phone passwords derive from').min(
    16,
    'must have 16 characters or more',
  ),
  DECROCHE_NEIGHBOURS_HOST: z.string().min(1).default('127.0.0.1'),
  DECROCHE_NEIGHBOURS_PORT: port.optional(),
  DECROCHE_NEIGHBOURS_CERT: z.string().optional(),
  DECROCHE_NEIGHBOURS_KEY: z.string().optional(),
  DECROCHE_NEIGHBOURS_CA: z.string().optional(),
  DECROCHE_ARCHIVE_DIR: z.string().min(1).optional(),
  DECROCHE_ARCHIVE_HOST: z.string().min(1).default('127.0.0.1'),
  /** 0 lets the system choose. */
  DECROCHE_ARCHIVE_PORT: port.default(8081),
  /** Where the report of each month goes; none is made without. */
  DECROCHE_REPORTS_DIR: z.string().min(1).optional(),
  DECROCHE_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
})

/** By name; what is in them is read by who serves with it. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

export interface TrustFiles extends TlsFiles {
  /** Who signs the others' certificates. */
  readonly ca: string
}

export interface OidcSettings {
  /** The provider's issuer, or the address of its discovery document where that is not at the usual place. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** What of an identity names the account. */
  readonly claim: string
  readonly scope: string
  /** How sure the provider has to be of who it is (`eidas1`); null for as it likes. */
  readonly acr: string | null
  /** What the page calls it. */
  readonly label: string
  readonly redirectUri: string
}

export interface NeighbourSettings {
  /** Where other SAS reach this one; null where it only asks them. */
  readonly listen: { readonly host: string; readonly port: number } | null
  readonly tls: TrustFiles
}

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
  /** Asterisk's recordings, as seen from here; null when they are not. */
  readonly recordingsDir: string | null
  /** The PBX's console, its local socket; null when it cannot be reached from here. */
  readonly console: string | null
  readonly http: {
    readonly host: string
    readonly port: number
    readonly token: string
    readonly lrmToken: string | null
    readonly publicUrl: string | null
    readonly trustedProxies: readonly string[]
    /** Null for plain HTTP. */
    readonly tls: TlsFiles | null
  }
  /** Null where nobody signs in. */
  readonly sessionSecret: string | null
  /** An identity provider besides the local accounts. */
  readonly oidc: OidcSettings | null
  readonly webPhones: {
    /** Where browsers reach Asterisk's websocket. */
    readonly server: string
    readonly iceServers: readonly IceServer[]
    /** Shared with the TURN servers that have no credential of their own. */
    readonly turnSecret: string | null
  }
  readonly sipSecret: string
  /** Null where there is no link to other SAS. */
  readonly neighbours: NeighbourSettings | null
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

type Settings = z.infer<typeof environmentSchema>

/** What goes together. */
const signInFaults = (env: Settings): string[] => {
  const faults: string[] = []
  if (env.DECROCHE_OIDC_ISSUER !== undefined) {
    for (const name of ['DECROCHE_OIDC_CLIENT_ID', 'DECROCHE_OIDC_CLIENT_SECRET', 'DECROCHE_PUBLIC_URL', 'DECROCHE_SESSION_SECRET'] as const)
      if (env[name] === undefined) faults.push(`${name} is missing: DECROCHE_OIDC_ISSUER wants it`)
    if (!isSafeUrl(new URL(env.DECROCHE_OIDC_ISSUER))) faults.push('DECROCHE_OIDC_ISSUER must be https, unless it is on this machine')
  }
  for (const name of ['DECROCHE_SESSION_SECRET', 'DECROCHE_LRM_TOKEN'] as const)
    for (const other of ['DECROCHE_API_TOKEN', 'DECROCHE_SIP_SECRET', 'DECROCHE_LRM_TOKEN'] as const)
      if (name !== other && env[name] !== undefined && env[name] === env[other]) faults.push(`${name} and ${other} must differ`)
  return faults
}

const tlsOf = ({ DECROCHE_TLS_CERT: certificate, DECROCHE_TLS_KEY: key }: Settings): TlsFiles | null =>
  certificate === undefined || key === undefined ? null : { certificate, key }

const tlsFaults = (env: Settings): string[] => {
  const faults: string[] = []
  const pair = ['DECROCHE_TLS_CERT', 'DECROCHE_TLS_KEY'] as const
  const missing = pair.filter((name) => env[name] === undefined)
  if (missing.length === 1) faults.push(`${missing[0]} is missing: certificate and key go together`)
  const server = env.DECROCHE_SIP_WS_URL && new URL(env.DECROCHE_SIP_WS_URL)
  const secure = tlsOf(env) !== null || env.DECROCHE_PUBLIC_URL?.startsWith('https:') === true
  if (secure && server && server.protocol === 'ws:' && !isLoopbackName(server.hostname)) faults.push('DECROCHE_SIP_WS_URL must be wss: a page by https may open no other')
  return faults
}

const oidcOf = (env: Settings): OidcSettings | null => {
  const { DECROCHE_OIDC_ISSUER: issuer, DECROCHE_OIDC_CLIENT_ID: clientId, DECROCHE_OIDC_CLIENT_SECRET: clientSecret, DECROCHE_PUBLIC_URL: publicUrl } = env
  if (issuer === undefined || clientId === undefined || clientSecret === undefined || publicUrl === undefined) return null
  const redirectUri = new URL('/auth/oidc/callback', publicUrl).href
  return { issuer, clientId, clientSecret, claim: env.DECROCHE_OIDC_CLAIM, scope: env.DECROCHE_OIDC_SCOPE, acr: env.DECROCHE_OIDC_ACR ?? null, label: env.DECROCHE_OIDC_LABEL, redirectUri }
}

const neighbourFiles = ['DECROCHE_NEIGHBOURS_CERT', 'DECROCHE_NEIGHBOURS_KEY', 'DECROCHE_NEIGHBOURS_CA'] as const

/** All certificates or none: without them there is nobody to trust. */
const neighboursOf = (env: Settings, faults: string[]): NeighbourSettings | null => {
  const { DECROCHE_NEIGHBOURS_HOST: host, DECROCHE_NEIGHBOURS_PORT: port, DECROCHE_NEIGHBOURS_CERT: certificate, DECROCHE_NEIGHBOURS_KEY: key, DECROCHE_NEIGHBOURS_CA: ca } = env
  if (port === undefined && certificate === undefined && key === undefined && ca === undefined) return null
  if (certificate === undefined || key === undefined || ca === undefined) {
    for (const name of neighbourFiles) if (env[name] === undefined) faults.push(`${name} is missing: the link to neighbours wants it`)
    return null
  }
  return { listen: port === undefined ? null : { host, port }, tls: { certificate, key, ca } }
}

/** Asterisk serves SIP over websocket beside its REST interface. */
const webSocketOf = (ariUrl: string): string => {
  const address = new URL('/ws', ariUrl)
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
  return address.href
}

/**
 * What `decroche serve` needs.
 * @throws {EnvironmentError} with all faults at once
 */
export const readEnvironment = (variables: Variables = process.env): Environment => {
  const read = environmentSchema.safeParse(given(variables))
  if (!read.success) throw new EnvironmentError(faultsOf(read.error))
  const env = read.data
  const faults = [...signInFaults(env), ...tlsFaults(env)]
  const neighbours = neighboursOf(env, faults)
  if (faults.length > 0) throw new EnvironmentError(faults)
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
    recordingsDir: env.DECROCHE_RECORDINGS_DIR ?? null,
    console: env.DECROCHE_ASTERISK_CONSOLE ?? null,
    http: {
      host: env.DECROCHE_HTTP_HOST,
      port: env.DECROCHE_HTTP_PORT,
      token: env.DECROCHE_API_TOKEN,
      lrmToken: env.DECROCHE_LRM_TOKEN ?? null,
      publicUrl: env.DECROCHE_PUBLIC_URL ?? null,
      trustedProxies: env.DECROCHE_TRUSTED_PROXIES ?? [],
      tls: tlsOf(env),
    },
    sessionSecret: env.DECROCHE_SESSION_SECRET ?? null,
    oidc: oidcOf(env),
    webPhones: {
      server: env.DECROCHE_SIP_WS_URL ?? webSocketOf(env.DECROCHE_ARI_URL),
      iceServers: env.DECROCHE_ICE_SERVERS ?? [],
      turnSecret: env.DECROCHE_TURN_SECRET ?? null,
    },
    sipSecret: env.DECROCHE_SIP_SECRET,
    neighbours,
    logLevel: env.DECROCHE_LOG_LEVEL,
  }
}

/**
 * Secrets whose variables the file of the SAS names.
 * @param read makes something of one, or throws an Error that does not hold it
 * @throws {EnvironmentError} with all that are missing or wrong
 */
export const readSecrets = <T>(names: readonly string[], read: (secret: string) => T, variables: Variables = process.env): ReadonlyMap<string, T> => {
  const found = given(variables)
  const secrets = new Map<string, T>()
  const faults: string[] = []
  for (const name of new Set(names)) {
    try {
      const text = found[name]
      if (text === undefined) faults.push(`${name} is missing: the file of the SAS names it`)
      else secrets.set(name, read(text))
    } catch (error) {
      faults.push(`${name} ${error instanceof Error ? error.message : 'is wrong'}`)
    }
  }
  if (faults.length > 0) throw new EnvironmentError(faults)
  return secrets
}

export interface ArchiveEnvironment {
  readonly configFile: string
  readonly redisUrl: string
  readonly dir: string
  /** Where the report of each month goes; null where none is made. */
  readonly reportsDir: string | null
  /** Where Asterisk writes recordings, to write there too; null where another process keeps them. */
  readonly recordingsDir: string | null
  readonly host: string
  readonly port: number
  readonly logLevel: LogLevel
}

const archiveSchema = environmentSchema
  .pick({ DECROCHE_CONFIG: true, DECROCHE_REDIS_URL: true, DECROCHE_ARCHIVE_HOST: true, DECROCHE_ARCHIVE_PORT: true, DECROCHE_REPORTS_DIR: true, DECROCHE_RECORDINGS_DIR: true, DECROCHE_LOG_LEVEL: true })
  .extend({ DECROCHE_ARCHIVE_DIR: required("the archive's directory") })

/** What `decroche archive run` needs. @throws {EnvironmentError} with all faults at once */
export const readArchiveEnvironment = (variables: Variables = process.env): ArchiveEnvironment => {
  const read = archiveSchema.safeParse(given(variables))
  if (!read.success) throw new EnvironmentError(faultsOf(read.error))
  const env = read.data
  return {
    configFile: env.DECROCHE_CONFIG,
    redisUrl: env.DECROCHE_REDIS_URL,
    dir: env.DECROCHE_ARCHIVE_DIR,
    reportsDir: env.DECROCHE_REPORTS_DIR ?? null,
    recordingsDir: env.DECROCHE_RECORDINGS_DIR ?? null,
    host: env.DECROCHE_ARCHIVE_HOST,
    port: env.DECROCHE_ARCHIVE_PORT,
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
