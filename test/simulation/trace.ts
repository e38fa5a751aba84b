/** What happened, for people who read a run that failed, and as one number that two equal runs share. */
const linesMax = 400

export class Trace {
  readonly #lines: string[] = []
  #hash = 0x811c9dc5
  #second = 0x9747b28c

  constructor(private readonly everything: ((line: string) => void) | null = null) {}

  add(nowMs: number, who: string, what: string): void {
    const line = `${(nowMs / 1_000).toFixed(4)} ${who}: ${what}`
    for (let i = 0; i < line.length; i++) {
      const code = line.charCodeAt(i)
      this.#hash = Math.imul(this.#hash ^ code, 0x01000193)
      this.#second = Math.imul(this.#second + code, 0x5bd1e995) ^ (this.#second >>> 15)
    }
    this.everything?.(line)
    this.#lines.push(line)
    if (this.#lines.length > 2 * linesMax) this.#lines.splice(0, linesMax)
  }

  get hash(): string {
    return `${(this.#hash >>> 0).toString(16).padStart(8, '0')}${(this.#second >>> 0).toString(16).padStart(8, '0')}`
  }

  /** The last lines. */
  get tail(): readonly string[] {
    return this.#lines.slice(-linesMax)
  }
}
