/** How long each thing takes at most, ms. */
export interface Timing {
  /** Between two words to whoever watches, though nothing changed. */
  readonly heartbeatMs: number
  /** Between two changes told. */
  readonly changeMs: number
  /** A neighbour that said nothing for this long is Down. */
  readonly silenceMs: number
  readonly reconnectMsMin: number
  readonly reconnectMsMax: number
  /** From asking to an answer, with asking again. */
  readonly answerMs: number
  /** Whoever connects has shown a certificate by then. */
  readonly handshakeMs: number
}

export const usualTiming: Timing = { heartbeatMs: 1_000, changeMs: 250, silenceMs: 5_000, reconnectMsMin: 250, reconnectMsMax: 2_000, answerMs: 2_000, handshakeMs: 5_000 }
