/** Something that is looked at now and then, for whoever asks in between. */
export class Sampled<T> {
  #value: T | null = null
  #looking = false
  readonly #timer: NodeJS.Timeout

  /** @param look null, or a rejection: nothing is known until it succeeds again */
  constructor(
    private readonly look: () => Promise<T | null>,
    everyMs: number,
  ) {
    this.#timer = setInterval(() => void this.#again(), everyMs).unref()
    void this.#again()
  }

  /** As last seen; null when the last look failed, or there was none yet. */
  get value(): T | null {
    return this.#value
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #again(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    this.#value = await this.look().catch(() => null)
    this.#looking = false
  }
}
