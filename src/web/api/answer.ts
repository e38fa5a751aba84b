/** The API's answers: a value, or a refusal in words for people. */
import { webLabels } from '../../messages.fr.js'

/** Said by the engine, with its sentence in French. `unreachable` when it said nothing. */
export class Refused extends Error {
  override readonly name = 'Refused'
  constructor(
    readonly code: string,
    message: string,
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
  ) {
    super(message)
  }
}

export const unreachable = (): Refused => new Refused('unreachable', webLabels.unreachable, 0)

/** @throws Refused */
export const readAnswer = async (response: Response): Promise<unknown> => {
  if (response.status === 204) return null
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return body
  const { error = 'internal', message = webLabels.unreachable } = (body ?? {}) as { error?: string; message?: string }
  throw new Refused(error, message, response.status)
}
