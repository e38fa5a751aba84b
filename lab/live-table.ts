/** The room in a terminal, drawn again and again from Redis alone: it shows the room even while no engine lives. */
import { readStatus } from '../src/status/read-status.js'
import { showStatus } from '../src/status/status-text.js'

const redrawMs = 500
/** Lines of what happened, kept above the table. */
const linesKept = 8

export class LiveTable {
  #lines: string[] = []
  #timer: NodeJS.Timeout | null = null
  #drawn = false
  #table = ''

  /** Draws on a terminal; elsewhere only the lines are written, once each. */
  constructor(private readonly out: NodeJS.WriteStream) {}

  /** One line of what happens. */
  say(line: string): void {
    this.#lines = [...this.#lines, line].slice(-linesKept)
    if (this.#timer && this.out.isTTY) this.#draw()
    else this.out.write(`${line}\n`)
  }

  /** Shows this room until `stop`. */
  follow(redisUrl: string): void {
    if (!this.out.isTTY) return
    const look = async (): Promise<void> => {
      this.#table = await readStatus(redisUrl, undefined, Date.now()).then(showStatus, () => this.#table)
      if (!this.#timer) return
      this.#draw()
      this.#timer = setTimeout(() => void look(), redrawMs)
    }
    this.#timer = setTimeout(() => void look(), 0)
  }

  /** Leaves the last picture standing. */
  stop(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#drawn) this.out.write('\n')
    this.#drawn = false
  }

  #draw(): void {
    const rows = (this.out.rows ?? 40) - 1
    const columns = this.out.columns ?? 120
    const text = [...this.#lines, '', ...this.#table.split('\n')].slice(0, rows).map((line) => line.slice(0, columns))
    this.out.write(`\x1b[H${text.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`)
    this.#drawn = true
  }
}
