/**
 * Child processes that never outlive their parent. Each child is its own process group, so that Ctrl-C reaches the
 * parent alone, which stops its children in order; and each asks the kernel for SIGKILL when the parent dies, however it dies.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A host of its own on this machine: a network namespace, and its address there. */
export interface Place {
  readonly namespace: string
  readonly address: string
}

export interface ChildOptions {
  command: string
  args?: readonly string[]
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Where it lives; on this machine without. */
  place?: Place | undefined
  /** File that takes both outputs; without it they are kept in memory (the last 64 KB) and read with `output()`. */
  logFile?: string
  /** Each whole line of its outputs, when no log file takes them. */
  onLine?: (line: string) => void
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<Exit>
  readonly running: boolean
  /** What it wrote, when no log file takes it. */
  output(): string
  /** Resolves at the first line of output that matches; rejects when the process ends or `limitMs` passes first. */
  waitForOutput(pattern: RegExp, limitMs: number): Promise<RegExpMatchArray>
  kill(signal: NodeJS.Signals): void
  /** Asks with `signal`, insists with SIGKILL after `graceMs`. Resolves once the process is gone. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<Exit>
}

const keptBytes = 65_536
const living = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of living) killGroup(child, 'SIGKILL')
})

/** @throws Error when the command cannot be started. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = options.logFile === undefined ? 'pipe' : openSync(options.logFile, 'a')
  const elsewhere = options.place ? ['nsenter', `--net=/run/netns/${options.place.namespace}`, '--'] : []
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...elsewhere, options.command, ...(options.args ?? [])], {
    detached: true,
    stdio: ['ignore', log, log],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  if (typeof log === 'number') closeSync(log)
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      living.delete(child)
      resolve({ code, signal })
    })
  })
  await once(child, 'spawn')
  living.add(child)
  for (const output of options.onLine ? [child.stdout, child.stderr] : []) if (output) createInterface(output).on('line', (line) => options.onLine?.(line))
  return wrap(child, exited, options.command)
}

function wrap(child: ChildProcess, exited: Promise<Exit>, name: string): Child {
  let kept = ''
  const watchers = new Set<() => void>()
  const take = (chunk: Buffer): void => {
    kept = (kept + chunk.toString('utf8')).slice(-keptBytes)
    for (const watcher of watchers) watcher()
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  const running = (): boolean => child.exitCode === null && child.signalCode === null

  return {
    pid: child.pid ?? 0,
    exited,
    get running() {
      return running()
    },
    output: () => kept,
    waitForOutput: (pattern, limitMs) =>
      new Promise((resolve, reject) => {
        const done = (finish: () => void): void => {
          clearTimeout(timer)
          watchers.delete(look)
          finish()
        }
        const look = (): void => {
          const match = kept.match(pattern)
          if (match !== null) done(() => resolve(match))
        }
        const fail = (why: string): void => done(() => reject(new Error(`${name} ${why}; it wrote:\n${kept.slice(-2000)}`)))
        const timer = setTimeout(() => fail(`did not print ${String(pattern)} within ${limitMs} ms`), limitMs)
        watchers.add(look)
        void exited.then(() => fail('ended'))
        look()
      }),
    kill: (signal) => killGroup(child, signal),
    stop: async (signal = 'SIGTERM', graceMs = 5000) => {
      if (running()) killGroup(child, signal)
      const timer = setTimeout(() => killGroup(child, 'SIGKILL'), graceMs)
      const exit = await exited
      clearTimeout(timer)
      return exit
    },
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Already gone.
  }
}
