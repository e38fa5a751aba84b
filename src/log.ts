/**
 * The log: JSON lines with call ids and no personal data. Callers' numbers and names are removed wherever they may stand
 * in what is logged, and digits that look like a telephone number are hidden in texts, whoever wrote them.
 */
import { pino, type Bindings, type ChildLoggerOptions, type DestinationStream, type LogFn, type Logger } from 'pino'
import type { LogLevel } from './config/environment.js'

export type { Logger } from 'pino'

const HIDDEN = '[masqué]'

/** Fields of events, records and requests that hold personal data or secrets, at any depth. */
const HIDDEN_FIELDS: ReadonlySet<string> = new Set([
  'caller',
  'callerName',
  'callerNumber',
  'name',
  'shown',
  'connected',
  'location',
  'password',
  'token',
  'secret',
  'authorization',
  'body',
])

/** A telephone number as people and machines write it; not a channel id (`1795351348.12`), a time or an address. */
const NUMBER = /(?<![0-9A-Za-z._-])(?:\+?[0-9](?:[ /-]?[0-9]){8,14}|0[1-9](?:\.[0-9]{2}){4})(?!\.?[0-9A-Za-z_:-])/g
/** `user:password@` in a URL. */
const URL_SECRET = /(\w+:\/\/)[^\s/@]*@/g

const DEPTH_MAX = 8

/** A copy without personal data; what is too deep or too odd to look through is not logged. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value
  if (depth >= DEPTH_MAX) return HIDDEN
  if (value instanceof Error) return redactError(value, depth)
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name}(${value.size})`
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, hides(key, item) ? HIDDEN : redact(item, depth + 1)]),
  )
}

const hides = (key: string, item: unknown): boolean => HIDDEN_FIELDS.has(key) && item !== null && item !== undefined

const redactText = (text: string): string => text.replace(URL_SECRET, `$1${HIDDEN}@`).replace(NUMBER, HIDDEN)

const redactError = (error: Error, depth: number): unknown => ({
  type: error.name,
  message: redactText(error.message),
  stack: error.stack === undefined ? undefined : redactText(error.stack),
  ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
  ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
})

/** @param destination standard output when absent */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger => {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redact(fields) as Record<string, unknown>,
    },
    hooks: {
      logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn) {
        return method.apply(this, cleaned(args))
      },
    },
    serializers: { err: (error: unknown) => error, error: (error: unknown) => error },
  }
  const logger: Logger = destination ? pino(options, destination) : pino(options)
  // pino formats what a child logger always says only for the first logger; children inherit this property.
  const { child } = logger
  Object.assign(logger, {
    child(this: Logger, bindings: Bindings, childOptions?: ChildLoggerOptions): Logger {
      return Reflect.apply(child, this, [redact(bindings), childOptions]) as Logger
    },
  })
  return logger
}

/** The message too, and what is put into it. Of an error without a message pino would take the error's own, unread. */
const cleaned = (args: Parameters<LogFn>): Parameters<LogFn> => {
  const [first, ...rest] = args.map((arg: unknown) => (typeof arg === 'string' ? redactText(arg) : arg))
  const error = first instanceof Error ? first : isRecord(first) && first['err'] instanceof Error ? first['err'] : null
  if (error !== null && rest[0] === undefined) return [first, redactText(error.message)]
  return [first, ...rest] as Parameters<LogFn>
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
