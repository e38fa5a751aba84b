/** The programs for the terminal say what they take, and end in one line when they are asked for something else. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'

const run = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe.each([
  ['demo', 'lab/demo.ts'],
  ['demo:pair', 'lab/pair/main.ts'],
  ['load', 'lab/load.ts'],
  ['chaos', 'lab/chaos/main.ts'],
  ['histories', 'test/routing/histories-command.ts'],
  ['simulate', 'test/simulation/command.ts'],
])('npm run %s', (name, program) => {
  it('says its usage', () => {
    expect(run(program, '--help')).toEqual({ status: 0, stdout: expect.stringMatching(new RegExp(`^npm run ${name} \\[-- --`)) as string, stderr: '' })
  })

  it('refuses what is no option in one line', () => {
    expect(run(program, '--no-such-thing')).toEqual({ status: 2, stdout: '', stderr: "Unknown option '--no-such-thing' (--help tells the options)\n" })
  })
})

it('a value that is none is refused in one line', () => {
  expect(run('test/simulation/command.ts', '--seed', 'x')).toMatchObject({ status: 2, stderr: '--seed must be a whole number (--help tells the options)\n' })
  expect(run('lab/chaos/main.ts', '--kind', 'x')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^--kind: x is none of .*\n$/) as string })
})
