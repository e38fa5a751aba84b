/** Why another party was not heard; for the audit. */
export const refusedReasons = ['no-certificate', 'untrusted-certificate', 'unknown-neighbour', 'malformed', 'too-many', 'too-slow', 'replayed'] as const
export type RefusedReason = (typeof refusedReasons)[number]

export interface Refused {
  readonly why: RefusedReason
  /** Null when it is not known who it was. */
  readonly neighbour: string | null
  /** Where they came from, or where they were asked. */
  readonly address: string | null
}

export type TellRefused = (refused: Refused) => void

/** What went wrong with a neighbour, or with the link itself (null). */
export interface LinkProblem {
  readonly neighbour: string | null
  readonly error: Error
}
