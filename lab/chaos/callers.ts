/** The callers of a round, by SIPp: each with a number of their own to show and one of their own to dial. */
import { fictionalNumbers, startSippCallers, type SippCallerCall, type SippCallers } from '../sipp/callers.js'
import { dialledNumbers } from './sas.js'

/**
 * `line`     waits until served, however long it takes.
 * `leaving`  gives up after a few seconds of music, and may end unserved.
 * `fleeting` hangs up at once, before an engine that dies at that moment can have heard of them, and may too.
 */
export type Temper = 'line' | 'leaving' | 'fleeting'

export interface ChaosCall extends SippCallerCall {
  readonly temper: Temper
}

export interface Wave {
  readonly calls: number
  /** Calls a second. */
  readonly rate: number
  readonly temper: Temper
  /** Sends back what it hears, so that the agent's phone can hear whether the way there and back is whole. */
  readonly echo?: boolean
}

const patienceMs = { leaving: 3_500, fleeting: 200 } as const

export class Callers {
  readonly #waves: Promise<ChaosCall[]>[] = []
  readonly #programs: SippCallers[] = []
  #called = 0

  /** @param holdMs no caller stays longer on the line than this */
  constructor(
    private readonly target: string,
    private readonly holdMs: number,
  ) {}

  async start({ calls, rate, temper, echo = false }: Wave): Promise<void> {
    const from = this.#called
    this.#called += calls
    const program = await startSippCallers({
      target: this.target,
      bind: '127.0.0.2',
      number: Array.from({ length: calls }, (_, index) => dialledNumbers[(from + index) % dialledNumbers.length] as string),
      callerNumbers: fictionalNumbers(from + calls).slice(from),
      calls,
      rate,
      holdMs: temper === 'line' ? this.holdMs : patienceMs[temper],
      media: echo ? 'echo' : 'none',
      limitMs: this.holdMs + (calls / rate) * 1_000 + 10_000,
    })
    this.#programs.push(program)
    this.#waves.push(program.done.then((done) => done.map((call) => ({ ...call, temper }))))
  }

  /** Every caller, once the last has hung up or was hung up on, in order of arrival. */
  async done(): Promise<ChaosCall[]> {
    const calls = (await Promise.all(this.#waves)).flat()
    return calls.sort((one, other) => (one.heardAtNs < other.heardAtNs ? -1 : 1))
  }

  async kill(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()))
  }
}
