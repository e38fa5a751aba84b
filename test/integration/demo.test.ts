/** The demo while it runs: where it says that things are, and how it ends when it is interrupted. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'
import { type Child, startChild } from '../../lab/process.js'

interface Demo {
  readonly child: Child
  /** Whatever it started, and itself. */
  processes(): string[]
}

const limitMs = 60_000
const started: Demo[] = []
afterEach(async () => {
  for (const { child } of started.splice(0)) await child.stop('SIGKILL')
})

/** With servers of its own, whatever is named. What it starts inherits a variable, or works in a directory named after it (Redis hides the first). */
async function startDemo(...args: string[]): Promise<Demo> {
  const run = randomUUID()
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('DECROCHE_'))
  const env = { ...Object.fromEntries(others), DECROCHE_TEST_RUN: run }
  const child = await startChild({ command: process.execPath, args: [join(projectRoot(), 'dist', 'lab', 'demo.js'), ...args], env })
  const isOurs = (pid: string): boolean =>
    /^\d+$/.test(pid) && (look(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).includes(run) || look(() => readlinkSync(`/proc/${pid}/cwd`)).includes(`-${child.pid}-`))
  const demo = { child, processes: () => readdirSync('/proc').filter(isOurs) }
  started.push(demo)
  return demo
}

/** Nothing, of a process that ended while we looked. */
function look(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

/** To the program alone, as a terminal does: its children are no part of its group. */
async function interrupt({ child, processes }: Demo): Promise<void> {
  const limit = AbortSignal.timeout(limitMs)
  child.kill('SIGINT')
  expect(await Promise.race([child.exited, once(limit, 'abort').then(() => 'still running')])).toEqual({ code: 130, signal: null })
  expect(child.output()).not.toMatch(/^ +at .*:\d+:\d+\)?$|Error/m)
  await expect.poll(processes, { timeout: 10_000 }).toEqual([])
}

describe('the demo', () => {
  it.each(['Redis', 'Asterisk', 'moteur'])('interrupted while it starts (%s) ends with 130 and leaves nothing running', async (step) => {
    const demo = await startDemo('--once')
    await demo.child.waitForOutput(new RegExp(`^ +${step}$`, 'm'), limitMs)
    await interrupt(demo)
    expect(demo.child.output()).not.toContain('N1')
  })

  it('is where it says, and interrupted while callers talk ends with 130 and leaves nothing running', async () => {
    const demo = await startDemo('--once')
    const [, api, description, token] = await demo.child.waitForOutput(/^API (\S+), décrite par (\S+), jeton (\S+)$/m, limitMs)
    const [, metrics, alive, ready] = await demo.child.waitForOutput(/^Métriques (\S+), état (\S+) et (\S+)$/m, limitMs)
    const headers = { authorization: `Bearer ${token}` }
    expect(await (await fetch(description as string, { headers })).json()).toMatchObject({ openapi: '3.1.0' })
    expect(await (await fetch(metrics as string)).text()).toContain('decroche_calls_presented_total')
    for (const url of [alive, ready]) expect((await fetch(url as string)).status).toBe(200)
    const situations = async (): Promise<unknown> =>
      ((await (await fetch(`${api}/room`, { headers })).json()) as { calls: { situation: string }[] }).calls.map((call) => call.situation)
    await expect.poll(situations, { timeout: limitMs }).toContain('talking')
    // Itself, Redis, Asterisk, the engine.
    expect(demo.processes().length).toBeGreaterThanOrEqual(4)
    // Its end takes longer than the time between two callers: nobody must dial on phones that are closed.
    const engine = demo.processes().find((pid) => look(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).includes('cli.js'))
    process.kill(Number(engine), 'SIGSTOP')
    await interrupt(demo)
  })
})
