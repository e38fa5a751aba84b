/** A short share of `npm run chaos`, as a user starts it: real parts, real calls, the quickest faults. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'

const run = promisify(execFile)
const limitMs = 110_000
const contract = ['rounds', 'calls', 'dropped', 'doubleOffers', 'orderViolations', 'withoutOutcome', 'resumeMsP50', 'resumeMsP99']
const kinds = ['engine-kill', 'redis-flush', 'ari-cut']
/** With a standby one second is promised, and measured by the command itself; here other tests may have the machine. */
const resumeMsMax = 3_000

it(
  'drops, rings twice, overtakes and forgets nobody, by the word of callers, phones and journal',
  async () => {
    const program = join(projectRoot(), 'dist', 'lab', 'chaos', 'main.js')
    const { stdout, stderr } = await run(process.execPath, [program, '--rounds', String(kinds.length), '--kind', kinds.join(','), '--json'], { timeout: limitMs })
    const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
    expect(Object.keys(figures).slice(0, contract.length)).toEqual(contract)
    expect(figures, stderr).toMatchObject({ rounds: kinds.length, dropped: 0, doubleOffers: 0, orderViolations: 0, withoutOutcome: 0, bridgesCut: 0, wrongOutcomes: 0 })
    expect(figures.calls).toBeGreaterThanOrEqual(kinds.length * 65)
    expect(figures.resumeMsP99).toBeLessThan(resumeMsMax)
    expect(Object.keys(figures.byKind as object)).toEqual(kinds)
  },
  limitMs + 5_000,
)

it('refuses a kind it does not know, in one sentence', async () => {
  const program = join(projectRoot(), 'dist', 'lab', 'chaos', 'main.js')
  await expect(run(process.execPath, [program, '--kind', 'flood'])).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/^--kind: flood is none of engine-kill, .*\n$/) as string })
})
