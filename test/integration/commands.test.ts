/** The commands whose names, options and last line are contracts, as a user starts them. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'

const run = promisify(execFile)
const limitMs = 280_000

interface DemoFigures {
  readonly calls: number
  readonly answered: number
  readonly abandoned: number
}

async function lastLine(program: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(projectRoot(), 'dist', 'lab', program), ...args], { timeout: limitMs })
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
}

describe('the demo, once', () => {
  it(
    'plays every call as scripted, and survives the death of its engine',
    async () => {
      const figures = (await lastLine('demo.js', '--once', '--json')) as DemoFigures
      expect(Object.keys(figures)).toEqual(['calls', 'answered', 'lost', 'abandoned', 'qs30', 'byPriority', 'transfers', 'fallback'])
      expect(figures).toMatchObject({ lost: 0, fallback: 3 })
      expect(figures.calls).toBeGreaterThanOrEqual(40)
      expect(figures.answered + figures.abandoned).toBe(figures.calls)
    },
    limitMs,
  )
})

describe.each(['ws', 'http'])('a short load over %s', (transport) => {
  it(
    'loses no call on its way through N1 and N2',
    async () => {
      // Whether phones ring in time is asked by `npm run load`; here other work may delay them.
      const figures = await lastLine('load.js', '--calls', '40', '--rate', '5', '--transport', transport, '--p99', '5000', '--json')
      expect(figures).toMatchObject({ calls: 40, lost: 0, secondLevel: 40 })
    },
    limitMs,
  )
})

describe('a load whose phones ring too late', () => {
  it('fails, with its figures', async () => {
    // No phone rings within a hundredth of a millisecond.
    const failed: unknown = await lastLine('load.js', '--calls', '4', '--rate', '4', '--p99', '0.01', '--json').catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/allowed are 0.01$/m) as string })
    const { stdout } = failed as { stdout: string }
    expect(JSON.parse(stdout)).toMatchObject({ calls: 4, lost: 0 })
  })
})
