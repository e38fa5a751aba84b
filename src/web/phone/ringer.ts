/** The ring, made by the page itself: two short notes, then a pause. Heard where the agent chose. */
const notesHz = [660, 880] as const
const noteSeconds = 0.18
const everyMs = 1_600
const volume = 0.25

export class Ringer {
  #context: AudioContext | null = null
  #timer: ReturnType<typeof setInterval> | undefined

  /** @param deviceId empty for the machine's usual output */
  start(deviceId: string): void {
    if (this.#timer !== undefined) return
    this.#context ??= new AudioContext()
    const context = this.#context as AudioContext & { setSinkId?: (id: string) => Promise<void> }
    void context.setSinkId?.(deviceId).catch(() => undefined)
    // Browsers give a page its voice once somebody has touched it.
    void context.resume().catch(() => undefined)
    const ring = (): void => notesHz.forEach((hz, index) => this.#note(context, hz, context.currentTime + index * (noteSeconds + 0.04)))
    ring()
    this.#timer = setInterval(ring, everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #note(context: AudioContext, hz: number, at: number): void {
    const [tone, gain] = [context.createOscillator(), context.createGain()]
    tone.frequency.value = hz
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(volume, at + 0.02)
    gain.gain.linearRampToValueAtTime(0, at + noteSeconds)
    tone.connect(gain).connect(context.destination)
    tone.start(at)
    tone.stop(at + noteSeconds)
  }
}
