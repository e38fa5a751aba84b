/** Who may hear what was said, and who did: each access is in the audit before a word of it is sent. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Audit } from '../auth/audit.js'
import { recordingName, type Recording, type Shelf } from '../recordings/shelf.js'
import { may } from './access.js'
import { addressOf } from './address.js'
import { HttpProblem, problems } from './errors.js'
import { rangeOf } from './range.js'

const listQuery = z.strictObject({
  call: z.string().regex(recordingName).optional().meta({ description: 'Of one call; one that was called back has several.' }),
  before: z.string().regex(recordingName).optional().meta({ description: '`name` of the last one of the page before.' }),
  count: z.coerce.number().int().min(1).max(200).default(50),
})
const recordingParams = z.strictObject({ recording: z.string().regex(recordingName) })

const recordingView: z.ZodType<Recording> = z
  .object({
    name: z.string(),
    call: z.string(),
    writtenAt: z.number().meta({ description: 'Of its last word, milliseconds since the epoch.' }),
    durationMs: z.number(),
    bytes: z.int(),
    closed: z.boolean().meta({ description: 'Nothing more is written; only then it can be heard.' }),
    sha256: z.string().nullable().meta({ description: 'Of the file; null until it is sealed.' }),
  })
  .meta({ id: 'Recording' })

/** Sent as it is on the disk. */
const sound = z.any().meta({ description: 'audio/wav' })

export const recordingRoutes =
  (shelf: Shelf | null, audit: Audit): FastifyPluginAsyncZod =>
  async (app) => {
    const tags = ['enregistrements']

    const shelfHere = (): Shelf => {
      if (shelf === null) throw new HttpProblem('recordings-not-here')
      return shelf
    }

    const record = (request: FastifyRequest, kind: 'recordings-listed' | 'recording-heard', detail: string | null): Promise<void> =>
      audit.record(kind, { account: request.principal.id, ip: addressOf(request), detail }).catch((error: unknown) => {
        request.log.warn({ error }, 'the audit cannot be written: no recording is told of')
        throw new HttpProblem('audit-away')
      })

    const fromDisk = <T>(request: FastifyRequest, asked: Promise<T>): Promise<T> =>
      asked.catch((error: unknown) => {
        request.log.warn({ error }, 'the recordings cannot be read')
        throw new HttpProblem('recordings-away')
      })

    app.get(
      '/recordings',
      {
        config: may('recordings'),
        schema: { tags, summary: 'Enregistrements, du plus récent au plus ancien', querystring: listQuery, response: { 200: z.object({ recordings: z.array(recordingView).readonly() }), ...problems } },
      },
      async (request) => {
        const { call = null, before = null, count } = request.query
        const shelf = shelfHere()
        await record(request, 'recordings-listed', call)
        return { recordings: await fromDisk(request, shelf.list({ call, before, count })) }
      },
    )

    app.get(
      '/recordings/:recording',
      {
        config: may('recordings'),
        schema: { tags, summary: 'Le son d’un enregistrement (WAV), ou une partie (Range)', params: recordingParams, response: { 200: sound, 206: sound, ...problems } },
      },
      async (request, reply) => {
        const { recording } = request.params
        const shelf = shelfHere()
        const opened = await fromDisk(request, shelf.listen(recording))
        if (!opened) throw new HttpProblem('unknown-recording')
        const { file, bytes, closed } = opened
        try {
          if (!closed) throw new HttpProblem('recording-open')
          const range = rangeOf(request.headers.range, bytes)
          void reply.header('accept-ranges', 'bytes').type('audio/wav')
          if (range === 'unsatisfiable') {
            void reply.header('content-range', `bytes */${bytes}`)
            throw new HttpProblem('bad-range')
          }
          await record(request, 'recording-heard', recording)
          const { start, end } = range ?? { start: 0, end: bytes - 1 }
          if (range) void reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes}`)
          void reply.header('content-length', end - start + 1)
          return await reply.send(shelf.sound(opened, start, end))
        } catch (error) {
          shelf.close(file)
          throw error
        }
      },
    )
  }
