/** The room in a terminal, drawn again and again from Redis alone: it shows the room even while no engine lives. */
import { agentStateLabels, situationLabels } from '../src/messages.fr.js'
import { readStatus } from '../src/status/read-status.js'
import { showStatus } from '../src/status/status-text.js'

const redrawMs = 500
/** Reading the room takes at most this part of the time, however long its journal has grown. */
const readingShare = 0.2
/** A SAS, by its Redis. */
export interface Followed {
  readonly redisUrl: string
  readonly sas: string
}

/** Lines of what happened, kept above the table. */
const linesKept = 5

const [bold, dim, red, green, yellow, plain] = ['\x1b[1m', '\x1b[2m', '\x1b[31m', '\x1b[32m', '\x1b[33m', '\x1b[0m']
const colours: Readonly<Record<string, string>> = {
  [situationLabels.waiting]: yellow,
  [situationLabels.ringing]: yellow,
  [situationLabels.talking]: green,
  [agentStateLabels['wrap-up']]: dim,
  [agentStateLabels.paused]: dim,
  [agentStateLabels.aside]: red,
}
const coloured = new RegExp(`(?<=  )(?:${Object.keys(colours).join('|')})(?=  | \\()|─{2,}`, 'gu')

/** A line of the picture with its states in colour. */
export const paint = (line: string): string => line.replace(coloured, (word) => `${colours[word] ?? dim}${word}${plain}`)

/** Lines that fit a window: a small one goes without blanks and rules, and the last line says what is cut off. */
export function fit(all: readonly string[], rows: number, columns: number): string[] {
  const lines = all.length > rows ? all.filter((line) => !/^[─ ]*$/.test(line)) : all
  const more = lines.length - rows
  const shown = more > 0 ? [...lines.slice(0, rows - 1), `… encore ${more + 1} lignes : agrandissez la fenêtre`] : lines
  return shown.map((line) => (line.length > columns ? `${line.slice(0, columns - 1)}…` : line))
}

export class LiveTable {
  readonly live: boolean
  #lines: string[] = []
  #timer: NodeJS.Timeout | null = null
  #drawn = false
  #heading: () => readonly string[] = () => []
  #table = ''

  /** Draws on a terminal; elsewhere only the lines are written, once each. */
  constructor(private readonly out: NodeJS.WriteStream) {
    this.live = out.isTTY && process.env.TERM !== 'dumb'
  }

  /** One line of what happens. */
  say(line: string): void {
    if (!this.#timer) return void this.out.write(`${line}\n`)
    this.#lines = [...this.#lines, line].slice(-linesKept)
    this.#draw()
  }

  /** Shows rooms until `stop`, below a heading that is asked for anew at each picture. */
  follow(rooms: readonly Followed[], heading: () => readonly string[]): void {
    if (!this.live) return
    this.#heading = heading
    const look = async (): Promise<void> => {
      const since = performance.now()
      const looked = rooms.map(({ redisUrl, sas }) => readStatus(redisUrl, sas, Date.now()).then(showStatus))
      this.#table = await Promise.all(looked).then((tables) => tables.join('\n'), () => this.#table)
      if (!this.#timer) return
      this.#draw()
      this.#timer = setTimeout(() => void look(), Math.max(redrawMs, (performance.now() - since) / readingShare))
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

  /** In one write, over the picture before: nothing flickers. */
  #draw(): void {
    const { rows, columns } = this.out
    // What the terminal showed until now moves up and can be scrolled back to.
    if (!this.#drawn) this.out.write('\n'.repeat(rows))
    const [title = '', ...heading] = this.#heading()
    const happened = this.#lines.length > 0 ? [...this.#lines, ''] : []
    const [first = '', ...lines] = fit([title, ...heading, '', ...happened, ...this.#table.trimEnd().split('\n')], rows - 1, columns)
    const colour = this.out.hasColors()
    const picture = colour ? [`${bold}${first}${plain}`, ...lines.map(paint)] : [first, ...lines]
    this.out.write(`\x1b[H${picture.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`)
    this.#drawn = true
  }
}
