/** Debian packages beside others who install: apt and dpkg are waited for, and what starts services is left as it was found. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { projectRoot } from '../../lab/paths.js'
import { scratchDirectory } from '../../lab/scratch.js'

const theirs = '#!/bin/sh\nexit 0\n'
let dir: string
let policy: string

beforeEach(() => {
  dir = scratchDirectory('apt')
  policy = join(dir, 'policy-rc.d')
  command('dpkg', 'echo "dpkg $@" >>asked')
})

/** Stands in for a program of the system. */
function command(name: string, script: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(dir, name), 0o755)
}

/** Installs as the set-up does, with a lock and a policy of this test. */
function install(): ChildProcess {
  const script = `set -euo pipefail
    source "$1/scripts/lib/steps.sh"; source "$1/scripts/lib/apt.sh"
    apt_lock=lock; apt_policy=${policy}; apt_retry_seconds=0.1; mkdir -p .cache/logs
    debian_install some-package`
  const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` }
  // A group of its own: what a test kills, it kills with all below.
  return spawn('bash', ['-c', script, 'bash', projectRoot()], { cwd: dir, env, stdio: 'ignore', detached: true })
}

async function installed(): Promise<number | null> {
  const [code] = (await once(install(), 'exit')) as [number | null]
  return code
}

const asked = (): string[] => (existsSync(join(dir, 'asked')) ? readFileSync(join(dir, 'asked'), 'utf8').trim().split('\n') : [])

describe('an installation', () => {
  it.each([
    ['update', 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)'],
    ['install', 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (dpkg)'],
  ])('waits when another holds the lock of %s', async (verb, refusal) => {
    command('apt-get', `echo $1 >>asked
      if [ $1 = ${verb} ] && [ "$(grep -c ${verb} asked)" -lt 3 ]; then echo '${refusal}'; exit 100; fi`)
    expect(await installed()).toBe(0)
    expect(asked().filter((line) => line === verb)).toHaveLength(3)
    expect(asked()).not.toContain('dpkg --configure -a')
  })

  it('does not try again what fails for another reason', async () => {
    command('apt-get', "echo $1 >>asked; echo 'E: Unable to fetch some archives'; exit 100")
    expect(await installed()).toBe(1)
    expect(asked()).toEqual(['update'])
  })

  it('first finishes one that was interrupted', async () => {
    command('apt-get', `echo $1 >>asked
      if [ $1 = install ] && ! grep -q dpkg asked; then echo 'E: dpkg was interrupted'; exit 100; fi`)
    expect(await installed()).toBe(0)
    expect(asked()).toEqual(['update', 'install', 'dpkg --configure -a', 'install'])
  })
})

describe('the policy of services', () => {
  it.each([
    ['one that was there', theirs],
    ['none', null],
  ])('forbids all while installing, and then is %s again', async (_, before) => {
    if (before !== null) writeFileSync(policy, before)
    command('apt-get', `if [ $1 = install ]; then ${policy}; echo $? >>asked; fi`)
    expect(await installed()).toBe(0)
    expect(asked()).toEqual(['101'])
    expect(existsSync(policy) ? readFileSync(policy, 'utf8') : null).toBe(before)
  })

  it('is as it was after two at once, one behind the other', async () => {
    writeFileSync(policy, theirs)
    command('apt-get', 'if [ $1 = install ]; then echo in >>asked; sleep 0.3; echo out >>asked; fi')
    expect(await Promise.all([installed(), installed()])).toEqual([0, 0])
    expect(asked()).toEqual(['in', 'out', 'in', 'out'])
    expect(readFileSync(policy, 'utf8')).toBe(theirs)
  })

  it('is as it was after one that was killed, and the next', async () => {
    writeFileSync(policy, theirs)
    command('apt-get', 'if [ $1 = install ]; then cut -d" " -f5 /proc/self/stat >group; echo in >>asked; [ -e go ] || sleep 60; fi')
    const killed = install()
    await vi.waitFor(() => expect(asked()).toEqual(['in']), { timeout: 20_000 })
    const exit = once(killed, 'exit')
    process.kill(-(killed.pid ?? 0), 'SIGKILL')
    process.kill(-Number(readFileSync(join(dir, 'group'), 'utf8')), 'SIGKILL')
    await exit
    expect(readFileSync(policy, 'utf8')).not.toBe(theirs)
    writeFileSync(join(dir, 'go'), '')
    expect(await installed()).toBe(0)
    expect(readFileSync(policy, 'utf8')).toBe(theirs)
  })
})
