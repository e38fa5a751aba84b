/** The commands that read files of SAS, as people type them. */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../lab/scratch.js'
import { RecordingKeeper } from '../../src/recordings/keeper.js'
import { put } from './recordings/wav.js'

const BASE = 'test/unit/config/broken/base.yaml'
let [changed, broken] = ['', '']

beforeAll(() => {
  const directory = scratchDirectory('cli')
  const text = readFileSync(BASE, 'utf8')
  changed = join(directory, 'changed.yaml')
  broken = join(directory, 'broken.yaml')
  writeFileSync(changed, text.replace('phone: arm02', 'phone: poste2'))
  writeFileSync(broken, text.replace('hours: osnp', 'hours: osn'))
})

const decroche = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } })
  return { code: status, out: stdout, err: stderr }
}
const lines = (text: string): unknown[] => text.trim().split('\n').map((line) => JSON.parse(line) as unknown)

describe('decroche check', () => {
  it('tells the longest waits of each class, and in JSON either them or the faults of each file', () => {
    expect(decroche('check', BASE)).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/is sound \(6 entries, 8 people\)\n {2}SIS: something is done within 240 s/) })
    const { code, out } = decroche('check', '--json', BASE, broken)
    expect(code).toBe(1)
    expect(lines(out)).toMatchObject([
      { file: BASE, sas: 'base', longestWaits: [{ class: 'SIS' }, { class: 'P0' }, { class: 'P1' }, { class: 'P2' }] },
      { file: broken, faults: [{ path: 'filieres[1].stages[0].hours', hint: 'did you mean osnp?' }] },
    ])
  })
})

describe('decroche explain', () => {
  it('tells a moment in words or JSON', () => {
    expect(decroche('explain', BASE, '--at', '2026-12-26T10:00', '--number', '15').out).toContain('Sat 2026-12-26 10:00 (Europe/Paris), a public holiday')
    expect(lines(decroche('explain', BASE, '--at', '2026-12-26T10:00Z', '--number', '15', '--trunk', 'neighbour', '--json').out)).toMatchObject([
      { at: '2026-12-26T11:00:00+01:00', entry: { trunk: 'neighbour' } },
    ])
  })

  it('fails on a number that is not known and a time that is none, without a stack', () => {
    expect(decroche('explain', BASE, '--number', '17')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^\S+: no number 17; known: 15 on operator, [^\n]+\n$/) })
    expect(decroche('explain', BASE, '--number', '15', '--at', 'noon')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^--at noon: write local time [^\n]+\n$/) })
  })
})

describe('decroche plan', () => {
  it('tells what changes, and fails as check does on a file with a fault', () => {
    expect(decroche('plan', changed, '--against', BASE)).toMatchObject({ code: 0, out: expect.stringContaining('* people.arm02.phone: arm02 → poste2') })
    expect(lines(decroche('plan', changed, '--against', BASE, '--json').out)).toMatchObject([{ pbx: ['people.arm02.phone'], hours: [] }])
    expect(decroche('plan', broken, '--against', BASE)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('filieres[1].stages[0].hours: unknown calendar osn') })
  })
})

describe('decroche recordings verify', () => {
  it('fails when one was changed or is missing since it was sealed, and names it', async () => {
    const dir = scratchDirectory('recordings')
    for (const name of ['a', 'b', 'c']) put(dir, name, 0)
    await new RecordingKeeper({ dir, retentionMs: () => null, now: Date.now, onProblem: (problem) => expect.fail(String(problem)) }).look()
    put(dir, 'd', Date.now())
    const verify = (...more: string[]) => decroche('recordings', 'verify', '--dir', dir, ...more)
    expect(verify()).toEqual({ code: 0, out: 'sound: 3 recordings are as they were sealed\nd: not sealed\n', err: '' })
    writeFileSync(join(dir, 'a.wav'), 'x')
    rmSync(join(dir, 'b.wav'))
    const { code, out } = verify('--json')
    expect([code, ...lines(out)]).toEqual([1, { sound: 1, unsealed: ['d'], changed: ['a'], missing: ['b'] }])
    expect(decroche('recordings', 'verify', '--dir', join(dir, 'nowhere'))).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^ENOENT[^\n]+\n$/) })
  })
})

describe('decroche report', () => {
  it('ends with 2 on options that mean nothing, in one line and without a stack', () => {
    expect(decroche('report', '--config', BASE, '--month', '2026-13')).toEqual({ code: 2, out: '', err: '--month 2026-13: write such as 2026-10\n' })
    expect(decroche('report', '--unheard-of')).toEqual({ code: 2, out: '', err: "error: unknown option '--unheard-of'\n" })
  })
})
