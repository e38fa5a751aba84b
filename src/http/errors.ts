/** One table of errors: what is refused, with which status, in which words. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ConfigFault } from '../config/fault.js'
import { errorMessages, type ErrorCode } from '../messages.fr.js'

const STATUS: Readonly<Record<ErrorCode, number>> = {
  'unknown-agent': 404,
  'unknown-call': 404,
  'unknown-position': 422,
  'unknown-pause-reason': 422,
  'not-signed-in': 409,
  'not-qualified-for-position': 422,
  'not-on-call': 409,
  'already-qualified': 409,
  'transfer-pending': 409,
  'no-transfer-pending': 409,
  'caller-would-be-alone': 409,
  'unknown-target': 404,
  'bad-end': 422,
  'no-next-stage': 409,
  'no-return-path': 409,
  'not-free': 409,
  'not-waiting': 409,
  'already-rung': 409,
  'not-serving-queue': 409,
  'reason-required': 422,
  'others-on-call': 409,
  'has-a-place': 409,
  'not-dialable': 409,
  'no-line-left': 409,
  'conference-full': 409,
  'no-consultation': 409,
  'nobody-on-line': 409,
  'no-callback': 409,
  unavailable: 503,
  'still-reading': 503,
  'bad-configuration': 422,
  'unknown-link': 404,
  'unknown-delivery': 404,
  'recordings-not-here': 404,
  'unknown-recording': 404,
  'recording-open': 409,
  'bad-range': 416,
  'audit-away': 503,
  'recordings-away': 503,
  'key-reused': 422,
  malformed: 400,
  unauthorized: 401,
  'bad-credentials': 401,
  'session-over': 401,
  'sign-in-off': 404,
  forbidden: 403,
  'foreign-origin': 403,
  'too-many-attempts': 429,
  'too-many-requests': 429,
  'unknown-route': 404,
  'too-large': 413,
  'unsupported-media': 415,
  internal: 500,
}

export interface RequestFault {
  /** `body.priority`, `params.call`. */
  readonly path: string
  readonly message: string
}

/** Those of a request, or those of a configuration. */
type Faults = readonly RequestFault[] | readonly ConfigFault[]

/** Ends a request with one of the table's errors. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly statusCode: number
  constructor(
    readonly problem: ErrorCode,
    readonly faults: Faults = [],
    /** When it is worth another try, ms. */
    readonly retryAfterMs: number | null = problem === 'unavailable' ? 1_000 : null,
  ) {
    super(problem)
    this.statusCode = STATUS[problem]
  }
}

const place = z.int().nullable().optional()
const faultView = z.object({
  path: z.string(),
  message: z.string(),
  line: place.meta({ description: 'Of a configuration, from 1; null when the fault has no place.' }),
  column: place,
  hint: z.string().nullable().optional().meta({ description: 'Of a configuration: what to do about it.' }),
})

export const problemSchema = z
  .object({
    error: z.enum(Object.keys(STATUS) as [ErrorCode, ...ErrorCode[]]).meta({ description: 'A code for programs.' }),
    message: z.string().meta({ description: 'A sentence in French for people.' }),
    requestId: z.string(),
    faults: z.array(faultView).optional(),
  })
  .meta({ id: 'Problem' })

/** What any route may answer instead. */
export const problems = { '4xx': problemSchema, '5xx': problemSchema } as const

/** Faults of one part of a request, in French. Values are not repeated: they may be personal data. */
export const faultsOf = (part: string, error: z.ZodError): RequestFault[] =>
  error.issues.map((issue) => ({ path: [part, ...issue.path.map(String)].join('.'), message: issue.message }))

export const french = z.locales.fr().localeError

const codeOf = (error: FastifyError | HttpProblem): ErrorCode => {
  if (error instanceof HttpProblem) return error.problem
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'too-large'
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'unsupported-media'
  return error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500 ? 'malformed' : 'internal'
}

const noProblem: Pick<HttpProblem, 'faults' | 'retryAfterMs'> = { faults: [], retryAfterMs: null }

/** Answers any error of any route; only those of our own making are logged as errors. */
export const answerError = (error: FastifyError | HttpProblem, request: FastifyRequest, reply: FastifyReply): void => {
  const code = codeOf(error)
  if (code === 'internal') request.log.error({ err: error }, 'a request failed')
  if (code === 'unauthorized') void reply.header('www-authenticate', 'Bearer')
  const { faults, retryAfterMs } = error instanceof HttpProblem ? error : noProblem
  if (retryAfterMs !== null) void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)))
  const body: z.infer<typeof problemSchema> = {
    error: code,
    message: errorMessages[code],
    requestId: request.id,
    ...(faults.length > 0 && { faults: [...faults] }),
  }
  void reply.code(STATUS[code]).type('application/json').send(JSON.stringify(body))
}
