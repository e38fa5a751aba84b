/** A command asked under a key of its own: its answer is remembered for a while, for whoever lost it and asks again. */
export interface AskedOnce {
  /** Of the key and of whoever asks. */
  readonly name: string
  /** Of what was asked. */
  readonly fingerprint: string
  /** What it is answered with if it is carried out; null for nothing. */
  readonly made: object | null
}

export const rememberedMs = 10 * 60_000
