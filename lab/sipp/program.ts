/** One SIPp program with one of the scenarios beside this file, bounded in time and gone when its starter is. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wallOffsetUs } from '../phone/clock.js'
import { projectRoot } from '../paths.js'
import { freePort, freePortRange } from '../ports.js'
import { startChild, type Child } from '../process.js'
import { scratchDirectory } from '../scratch.js'
import { readTrace, type SippCall } from './trace.js'

export interface ProgramOptions {
  readonly scenario: 'caller' | 'answering' | 'register'
  /** What stands for each `{{name}}` in the scenario. */
  readonly values: Readonly<Record<string, string | number>>
  /** Local address of SIP and RTP. */
  readonly bind: string
  /** Local SIP port; a free one by default. */
  readonly port?: number
  /** Sends every RTP packet back. */
  readonly echo: boolean
  /** Lines of the injected file. */
  readonly injected?: readonly string[]
  /** Arguments of SIPp's own, the target among them. */
  readonly args: readonly string[]
  /** Calls that do not go as the scenario says are a failure of the program. */
  readonly strict?: boolean
  /** Ends by itself after this, at the latest. */
  readonly limitMs: number
}

export interface Program {
  readonly port: number
  readonly running: boolean
  /** What went well and what did not, once it has ended. Rejects when SIPp could not do its work. */
  readonly done: Promise<SippCall[]>
  /** Ends it at once; calls still up are dropped without BYE. */
  kill(): Promise<void>
  /** Lets the calls that are up end, takes no new ones. */
  quit(): void
}

/** What SIPp is given beyond its own limit to end its calls properly, in ms. */
const graceMs = 3000
/** SIPp's exit codes: all calls went well; some failed; ended by a signal that asks for a soft end, with and without calls. */
const usualExits = [0, 1, 97, 99]

// The files hold numbers: they go with the program, or with this process.
const directories = new Set<string>()
process.once('exit', () => {
  for (const dir of directories) rmSync(dir, { recursive: true, force: true })
})

export async function startProgram(options: ProgramOptions): Promise<Program> {
  const dir = scratchDirectory('sipp')
  directories.add(dir)
  const port = options.port ?? (await freePort())
  const media = await freePortRange(4)
  writeFileSync(join(dir, 'scenario.xml'), fillScenario(options))
  if (options.injected !== undefined) writeFileSync(join(dir, 'injected.csv'), `SEQUENTIAL\n${options.injected.join('\n')}\n`)
  const offsetBeforeUs = wallOffsetUs()
  const child = await startChild({ command: 'sipp', cwd: dir, args: argumentsOf(options, port, media.first) })
  const limit = setTimeout(() => child.kill('SIGKILL'), options.limitMs + graceMs)
  let killed = false
  const done = child.exited.then(({ code, signal }) => {
    clearTimeout(limit)
    media.release()
    const trace = read(join(dir, 'trace.csv'))
    const errors = read(join(dir, 'errors.log'))
    directories.delete(dir)
    rmSync(dir, { recursive: true, force: true })
    const usual = options.strict === true ? [0] : usualExits
    if (!killed && !usual.includes(code ?? -1)) throw failure(child, code ?? signal, errors)
    return readTrace(trace, (offsetBeforeUs + wallOffsetUs()) / 2)
  })
  done.catch(() => undefined)
  return {
    port,
    get running() {
      return child.running
    },
    done,
    kill: async () => {
      killed = true
      await child.stop('SIGKILL')
    },
    quit: () => child.kill('SIGUSR1'),
  }
}

function argumentsOf(options: ProgramOptions, port: number, mediaPort: number): string[] {
  return [
    ...['-sf', 'scenario.xml', '-nostdin', '-timer_resol', '1'],
    ...['-i', options.bind, '-p', String(port), '-mi', options.bind, '-mp', String(mediaPort)],
    ...(options.echo ? ['-rtp_echo'] : []),
    ...(options.injected === undefined ? [] : ['-inf', 'injected.csv']),
    ...['-trace_shortmsg', '-shortmessage_file', 'trace.csv', '-trace_err', '-error_file', 'errors.log'],
    ...['-timeout', `${Math.ceil(options.limitMs / 1000)}s`],
    ...options.args,
  ]
}

function fillScenario({ scenario, values }: ProgramOptions): string {
  const source = readFileSync(join(projectRoot(), 'lab', 'sipp', `${scenario}.xml`), 'utf8')
  const [start = '', body = ''] = source.split(/(?=<scenario )/)
  return start.replaceAll('{{', '').replaceAll('}}', '') + body.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the scenario ${scenario} needs ${name}`)
    return String(value)
  })
}

function failure(child: Child, exit: string | number | null, errors: string): Error {
  const words = `${errors.slice(-1500)}\n${child.output().slice(-500)}`
  return new Error(`sipp ended with ${String(exit)}:\n${words}`)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // It ended before it wrote any.
    return ''
  }
}
