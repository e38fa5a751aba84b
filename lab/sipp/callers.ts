/** Many callers at once, as an operator's trunk would bring them. */
import { startProgram, type Program } from './program.js'
import type { SippCall } from './trace.js'

export interface SippCallersOptions {
  /** `host:port` of the PBX. */
  readonly target: string
  /** Local address: the trunk is known by it. */
  readonly bind: string
  /** Number dialled, or one a call. */
  readonly number: string | readonly string[]
  /** Calls in all: 1 to 5000. */
  readonly calls: number
  /** Calls begun each second: above 0, 200 at most. */
  readonly rate: number
  /** Numbers shown, one a call, in From and P-Asserted-Identity; as many as calls. By default fictional ones are made. */
  readonly callerNumbers?: readonly string[]
  /** Unanswered for this long after its last sign of progress (100, 180), a caller cancels. By default at the end of time. */
  readonly patienceMs?: number
  /** Answered for this long, a caller hangs up. By default it waits for the other side's BYE, to the end of time. */
  readonly holdMs?: number
  /** Headers of each INVITE besides the usual: what an operator adds. */
  readonly headers?: Readonly<Record<string, string>>
  /** `echo` (default): sends back every packet it receives, so that the other side hears itself. `none`: no RTP. */
  readonly media?: 'echo' | 'none'
  /** End of time: the whole run lasts no longer. 120,000 by default, 900,000 at most. */
  readonly limitMs?: number
}

export interface SippCallerCall extends SippCall {
  /** The number shown. */
  readonly number: string
  readonly dialled: string
}

export interface SippCallers {
  /** All calls, once the last has ended. Rejects when SIPp could not do its work. */
  readonly done: Promise<SippCallerCall[]>
  /** Ends at once, calls still up are dropped without BYE, as by a caller whose line breaks. */
  kill(): Promise<void>
}

/** Numbers kept for fiction (01 99 00 xx xx), never a subscriber's. */
export function fictionalNumbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `019900${String(index % 10_000).padStart(4, '0')}`)
}

/** Starts the callers. Throws a RangeError when an option is out of its range. */
export async function startSippCallers(options: SippCallersOptions): Promise<SippCallers> {
  const { calls, rate, limitMs = 120_000, media = 'echo' } = options
  const numbers = options.callerNumbers ?? fictionalNumbers(calls)
  checkRanges(options, numbers, limitMs)
  const { number } = options
  const lines = numbers.slice(0, calls).map((shown, index) => ({ shown, dialled: typeof number === 'string' ? number : (number[index] ?? '') }))
  // The last call has to be over some time before the program is stopped.
  const longestMs = Math.max(1000, limitMs - 2000)
  const program = await startProgram({
    scenario: 'caller',
    values: {
      patienceMs: options.patienceMs ?? longestMs,
      holdMs: options.holdMs ?? longestMs,
      headers: headerLines(options.headers ?? {}),
      refusals: refusals([300, 301, 302, 305]),
      otherRefusals: refusals([300, 301, 302, 305], [487]),
    },
    bind: options.bind,
    echo: media === 'echo',
    injected: lines.map(({ shown, dialled }) => `${shown};${dialled}`),
    args: [options.target, '-m', String(calls), '-l', String(calls), ...rateArguments(rate)],
    limitMs,
  })
  return { done: withNumbers(program, lines), kill: () => program.kill() }
}

/** The callers' calls, once all are over, in order of their INVITEs. */
export async function runSippCallers(options: SippCallersOptions): Promise<SippCallerCall[]> {
  return (await startSippCallers(options)).done
}

async function withNumbers({ done }: Program, lines: readonly { shown: string; dialled: string }[]): Promise<SippCallerCall[]> {
  const calls = await done
  // SIPp begins a Call-ID with the call's number, from 1, and takes the injected lines in order.
  return calls.map((call) => {
    const line = lines[Number.parseInt(call.callId, 10) - 1]
    return { ...call, number: line?.shown ?? '', dialled: line?.dialled ?? '' }
  })
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `\n      ${name}: ${value}`)
    .join('')
}

function rateArguments(rate: number): string[] {
  return rate >= 1 ? ['-r', String(rate)] : ['-r', '1', '-rp', String(Math.round(1000 / rate))]
}

/** SIPp must be told each status it may receive: every refusal of RFC 3261 that a PBX or a phone gives. */
function refusals(redirections: readonly number[], except: readonly number[] = []): string {
  const client = [400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 413, 414, 415, 416, 420, 421, 423, 480, 481, 482, 483, 484]
  const more = [485, 486, 487, 488, 491, 493, 500, 501, 502, 503, 504, 505, 513, 580, 600, 603, 604, 606]
  return [...redirections, ...client, ...more]
    .filter((status) => !except.includes(status))
    .map((status) => `<recv response="${status}" optional="true" next="refused"/>`)
    .join('\n')
}

function checkRanges(options: SippCallersOptions, numbers: readonly string[], limitMs: number): void {
  const { calls, rate, patienceMs = 1, holdMs = 1 } = options
  if (!Number.isInteger(calls) || calls < 1 || calls > 5000) throw new RangeError('calls: 1 to 5000')
  if (!(rate > 0) || rate > 200) throw new RangeError('rate: above 0 and 200 at most')
  if (limitMs > 900_000) throw new RangeError('limitMs: 900,000 at most')
  if ((calls - 1) / rate > limitMs / 1000) throw new RangeError('limitMs: enough to begin all calls')
  if (patienceMs < 1 || holdMs < 1) throw new RangeError('patienceMs and holdMs: 1 or more')
  if (typeof options.number !== 'string' && options.number.length < calls) throw new RangeError('number: as many as calls')
  const headers = Object.entries(options.headers ?? {})
  // Text of a scenario: a bracket would be a keyword of SIPp's, a line's end another header.
  if (headers.some((header) => /[\r\n[\]]/.test(header.join('')))) throw new RangeError('headers: one line each, without square brackets')
  if (numbers.length < calls) throw new RangeError('callerNumbers: as many as calls')
  if (numbers.some((number) => !/^\+?[0-9]{1,15}$/.test(number))) throw new RangeError('callerNumbers: digits, 15 at most')
}
