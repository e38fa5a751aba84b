/** The lock file holds no package version that is known to be bad. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../lab/paths.js'
import { scratchDirectory } from '../../lab/scratch.js'

const root = projectRoot()

function check(packages: Record<string, { version: string; name?: string }>): { status: number | null; said: string } {
  const lock = join(scratchDirectory('lock'), 'package-lock.json')
  writeFileSync(lock, JSON.stringify({ lockfileVersion: 3, packages: { '': {}, ...packages } }))
  return run(lock)
}

function run(lock: string): { status: number | null; said: string } {
  const { status, stderr } = spawnSync('node', [join(root, 'scripts', 'check-deny-list.mjs'), lock], { encoding: 'utf8' })
  return { status, said: stderr }
}

describe('deny-list', () => {
  it('passes our own lock file', () => {
    expect(run(join(root, 'package-lock.json'))).toEqual({ status: 0, said: '' })
  })

  it.each([
    ['node_modules/request', '2.88.2'],
    ['node_modules/form-data', '2.3.3'],
    ['node_modules/a/node_modules/form-data', '3.0.3'],
    ['node_modules/form-data', '4.0.3'],
    ['node_modules/tough-cookie', '2.5.0'],
    ['node_modules/ws', '7.5.9'],
    ['node_modules/ws', '8.17.0'],
  ])('refuses %s %s', (path, version) => {
    const { status, said } = check({ [path]: { version } })
    expect(status).toBe(1)
    expect(said).toContain(`@${version} (${path})`)
  })

  it.each([
    ['node_modules/form-data', '2.5.4'],
    ['node_modules/form-data', '4.0.4'],
    ['node_modules/ws', '8.17.1'],
    ['node_modules/tough-cookie', '4.1.3'],
  ])('passes %s %s', (path, version) => {
    expect(check({ [path]: { version } }).status).toBe(0)
  })

  it('goes by the real name of an alias', () => {
    expect(check({ 'node_modules/request': { version: '4.0.1', name: '@cypress/request' } }).status).toBe(0)
    expect(check({ 'node_modules/fetcher': { version: '2.88.2', name: 'request' } }).status).toBe(1)
  })
})
