/** The set-up says in one sentence what is missing; a server that is there already is judged; counts add up. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { projectRoot } from '../../lab/paths.js'
import { freePort } from '../../lab/ports.js'
import { type Redis, startRedis } from '../../lab/redis.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { sasSchema } from '../../src/config/schema.js'

const root = projectRoot()
const fresh = (): string => scratchDirectory('scripts')

interface Outcome {
  status: number | null
  stdout: string
  stderr: string
}
const run = (command: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd = root): Outcome =>
  spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } })

/** A PATH in which `name` is the given shell script. */
function pathWith(name: string, script: string): string {
  const dir = fresh()
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(dir, name), 0o755)
  return `${dir}:${process.env.PATH}`
}

/** The PATH as it is, but for one command that is not installed. */
function pathWithout(name: string): string {
  const directories = (process.env.PATH ?? '').split(':').map((from) => {
    if (!existsSync(join(from, name))) return from
    const dir = fresh()
    for (const other of readdirSync(from)) if (other !== name) symlinkSync(join(from, other), join(dir, other))
    return dir
  })
  return directories.join(':')
}

describe('scripts/setup', () => {
  it('has nothing to do after itself', () => {
    expect(run('scripts/setup', []).status).toBe(0)
    const { status, stdout, stderr } = run('scripts/setup', [])
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('names a Node that is too old', () => {
    const old = pathWith('node', 'if [ "$1" = --version ]; then echo v18.20.4; else exit 1; fi')
    const { status, stderr } = run('scripts/setup', [], { PATH: old })
    expect(status).toBe(1)
    expect(stderr).toBe('✗ Node.js v18.20.4 is too old: 20.19 or later is needed.\n')
  })

  it('says that it must be root', () => {
    const { status, stderr } = run('scripts/setup', [], { PATH: pathWith('id', 'echo 1000') })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^✗ .*run this as root.*\n$/)
  })
})

describe('a server that is there already', () => {
  let asterisk: Asterisk
  let redis: Redis
  beforeAll(async () => {
    const config = sasSchema.parse(parse(readFileSync(join(root, 'config', 'sample.yaml'), 'utf8')))
    asterisk = await startAsterisk({ config, rtpPorts: 50 })
    redis = await startRedis()
  })
  afterAll(async () => {
    await asterisk?.stop()
    await redis?.stop()
  })
  const ari = (password: string): NodeJS.ProcessEnv => ({
    DECROCHE_ARI_URL: asterisk.ariUrl,
    DECROCHE_ARI_USER: asterisk.user,
    DECROCHE_ARI_PASSWORD: password,
  })

  it('is used when it is suitable', () => {
    expect(run('node', ['scripts/probe.mjs', 'asterisk'], ari(asterisk.password)).status).toBe(0)
    expect(run('node', ['scripts/probe.mjs', 'redis'], { DECROCHE_REDIS_URL: redis.url }).status).toBe(0)
  })

  it('stands in for what the demo would install, and not for what the tests start themselves', () => {
    const asked = join(fresh(), 'asked')
    const apt = pathWith('apt-get', `echo "$@" >>${asked}; exit 1`).split(':')[0]
    const env = { PATH: `${apt}:${pathWithout('redis-server')}`, DECROCHE_REDIS_URL: redis.url }
    expect(run('scripts/setup', ['--configured'], env)).toMatchObject({ status: 0, stderr: '' })
    expect(existsSync(asked)).toBe(false)
    const { status, stderr } = run('scripts/setup', [], env)
    expect(status).toBe(1)
    expect(stderr).toContain('apt-get')
    expect(readFileSync(asked, 'utf8')).toMatch(/^update/)
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
    expect(Object.keys(scripts).filter((name) => scripts[name]?.includes('--configured'))).toEqual(['demo'])
  })

  it('is not used when it refuses us or is not there', async () => {
    const refused = run('node', ['scripts/probe.mjs', 'asterisk'], ari('wrong'))
    expect(refused).toMatchObject({ status: 1, stderr: '  asterisk: ARI answers 401\n' })
    const nobody = `redis://127.0.0.1:${await freePort()}`
    expect(run('node', ['scripts/probe.mjs', 'redis'], { DECROCHE_REDIS_URL: nobody })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ECONNREFUSED') as string,
    })
  })
})

describe('the closing line of CI', () => {
  const sum = (results: Record<string, unknown>): Outcome => {
    const dir = fresh()
    mkdirSync(join(dir, '.cache', 'results'), { recursive: true })
    for (const [name, content] of Object.entries(results)) {
      writeFileSync(join(dir, '.cache', 'results', `${name}.json`), JSON.stringify(content))
    }
    return run('node', [join(root, 'scripts', 'sum-results.mjs')], {}, dir)
  }
  const vitest = (passed: number, failed: number): object => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [],
  })

  it('adds up every runner', () => {
    expect(sum({ types: { passed: 1, failed: 0 }, vitest: vitest(41, 0) })).toMatchObject({ status: 0, stdout: '42 passed, 0 failed\n' })
    expect(sum({ types: { passed: 0, failed: 1 }, vitest: vitest(41, 2) })).toMatchObject({ status: 1, stdout: '41 passed, 3 failed\n' })
  })

  it('fails when a runner left nothing, or a file could not be loaded', () => {
    expect(sum({ types: { passed: 1, failed: 0 } })).toMatchObject({ status: 1, stdout: '1 passed, 1 failed\n' })
    const broken = { ...vitest(3, 0), testResults: [{ status: 'failed', assertionResults: [] }] }
    expect(sum({ types: { passed: 1, failed: 0 }, vitest: broken })).toMatchObject({ status: 1, stdout: '4 passed, 1 failed\n' })
  })
})
