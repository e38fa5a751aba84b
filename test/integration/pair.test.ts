/** A short share of `npm run demo:pair`, as a user starts it: two whole SAS, a surge on one of them, without and with the other's help. */
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'
import { startChild } from '../../lab/process.js'

const run = promisify(execFile)
const program = join(projectRoot(), 'dist', 'lab', 'pair', 'main.js')
const limitMs = 170_000
const contract = ['presented', 'answeredHome', 'answeredNeighbour', 'lost', 'secondVisits', 'p95WaitAlone', 'p95WaitTogether', 'qs30Alone', 'qs30Together']

/** Namespaces and interfaces of a run. */
const left = (pid: number | undefined): string =>
  execFileSync('sh', ['-c', 'ip netns list; ip -o link'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`decroche-${pid}-`) || line.includes(`dc${pid}-`))
    .join('\n')

it(
  'answers more of a surge in time with the neighbour’s help, loses nobody, and brings nobody back to where they were (R-MA-1)',
  async () => {
    const started = run(process.execPath, [program, '--once', '--json', '--calls', '28', '--seed', '67'], { timeout: limitMs })
    const { stdout, stderr } = await started
    const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, number>
    expect(Object.keys(figures)).toEqual(contract)
    expect(figures, stderr).toMatchObject({ presented: 28, lost: 0, secondVisits: 0 })
    const { answeredHome = 0, answeredNeighbour = 0, qs30Alone = 0, qs30Together = 0, p95WaitAlone = 0, p95WaitTogether = 0 } = figures
    expect(answeredHome + answeredNeighbour).toBe(28)
    expect(answeredNeighbour).toBeGreaterThanOrEqual(3)
    expect(qs30Together - qs30Alone).toBeGreaterThanOrEqual(0.2)
    expect(p95WaitTogether).toBeLessThan(p95WaitAlone)
    // Whoever helps keeps people for their own.
    const [, together, floor] = /^QS30 du sas-68 : [\d.]+ sans entraide, ([\d.]+) avec ; ses plafonds lui laissent au moins ([\d.]+)$/m.exec(stderr) ?? []
    expect(Number(together), stderr).toBeGreaterThanOrEqual(Number(floor))
    expect(Number(floor)).toBeGreaterThan(0.5)
    expect(left(started.child.pid)).toBe('')
  },
  limitMs + 5_000,
)

it('interrupted while it starts ends with 130, and leaves no process and no network behind', async () => {
  const child = await startChild({ command: process.execPath, args: [program, '--once'] })
  await child.waitForOutput(/avec entraide, sas-68 : Asterisk/, 60_000)
  expect(left(child.pid)).not.toBe('')
  child.kill('SIGINT')
  expect(await child.exited).toEqual({ code: 130, signal: null })
  expect(left(child.pid)).toBe('')
})
