/** Asterisk and Redis from code: several at once, back after a crash, and nothing left behind by a parent that dies. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Redis as Client } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { projectRoot } from '../../lab/paths.js'
import { freePort, freePortRange } from '../../lab/ports.js'
import { type Redis, startRedis } from '../../lab/redis.js'
import { sasSchema } from '../../src/config/schema.js'

const config = sasSchema.parse(parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')))
const started: (Asterisk | Redis)[] = []
const keep = <Server extends Asterisk | Redis>(server: Server): Server => {
  started.push(server)
  return server
}
afterEach(async () => {
  for (const server of started.splice(0)) await server.kill()
})

/** Dead ones may stay listed for a while, as zombies: in a container the first process need not care for them. */
const alive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')

describe('startAsterisk', () => {
  it('runs two at once on one root file system, each with its own ports and state', async () => {
    const [one, other] = await Promise.all([
      startAsterisk({ config, rtpPorts: 50 }).then(keep),
      startAsterisk({ config, rtpPorts: 50 }).then(keep),
    ])
    await one.cli('database put test place one')
    await other.cli('database put test place other')
    expect(await one.cli('database get test place')).toContain('one')
    expect(await other.cli('database get test place')).toContain('other')
    expect(one.sip).not.toBe(other.sip)
    // The mounts are seen by the Asterisks alone.
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain('/asterisk-')
  })

  it('answers ARI to its own user only, and serves 22.4 or later', async () => {
    const asterisk = keep(await startAsterisk({ config, rtpPorts: 50 }))
    const info = (user: string, password: string): Promise<Response> =>
      fetch(`${asterisk.ariUrl}/ari/asterisk/info?only=system`, {
        headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
      })
    expect((await info(asterisk.user, 'wrong')).status).toBe(401)
    const answer = (await (await info(asterisk.user, asterisk.password)).json()) as { system: { version: string } }
    const [major = 0, minor = 0] = answer.system.version.split(/[.+]/).map(Number)
    expect(major * 100 + minor).toBeGreaterThanOrEqual(2204)
  })

  it('comes back at the same addresses after a crash, and has its music and prompts', async () => {
    const before = keep(await startAsterisk({ config, rtpPorts: 50 }))
    await before.kill()
    const after = keep(await startAsterisk({ config, site: before.site, dir: before.dir }))
    expect(after.sip).toBe(before.sip)
    expect(await after.cli('moh show files')).toContain('/mnt/music/attente')
    expect(await after.cli('core show sound decroche/accueil')).toMatch(/alaw/)
  })

  it('says in its own words why it does not boot', async () => {
    await expect(startAsterisk({ config, rtpPorts: 50, rootfs: '/nonexistent' })).rejects.toThrow(/did not boot[^]*nonexistent/)
  })
})

describe('startRedis', () => {
  it('keeps what was written when it is killed with an append-only file', async () => {
    const before = keep(await startRedis({ aof: 'always' }))
    const writer = new Client(before.url)
    await writer.set('key', 'value')
    writer.disconnect()
    await before.kill()
    const after = keep(await startRedis({ aof: 'always', dir: before.dir, port: before.port }))
    const reader = new Client(after.url)
    expect(await reader.get('key')).toBe('value')
    reader.disconnect()
  })

  it('falls silent and comes back', async () => {
    const redis = keep(await startRedis())
    const client = new Client(redis.url, { commandTimeout: 1_000, retryStrategy: null })
    await client.ping()
    redis.pause()
    await expect(client.ping()).rejects.toThrow(/timed out/)
    redis.resume()
    await vi.waitFor(async () => expect(await client.ping()).toBe('PONG'))
    client.disconnect()
  })
})

describe('a parent that is killed', () => {
  it('leaves no Asterisk and no Redis running', async () => {
    const parent = spawn('node', ['--import', 'tsx', join(projectRoot(), 'test', 'setup', 'parent.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
    const children = JSON.parse(line) as number[]
    expect(children).toHaveLength(2)
    expect(children.every(alive)).toBe(true)
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(children.filter(alive)).toEqual([]), { timeout: 10_000 })
  })
})

describe('ports', () => {
  it('are never given twice', async () => {
    const ports = await Promise.all(Array.from({ length: 120 }, () => freePort()))
    expect(new Set(ports).size).toBe(120)
  })

  it('come in runs that do not overlap, even ones first', async () => {
    const ranges = await Promise.all(Array.from({ length: 10 }, () => freePortRange(120)))
    const sorted = ranges.toSorted((one, other) => one.first - other.first)
    sorted.forEach((range, at) => {
      expect(range.first % 2).toBe(0)
      expect(range.last - range.first + 1).toBeGreaterThanOrEqual(120)
      expect(range.last).toBeLessThan(sorted[at + 1]?.first ?? 65_536)
    })
    for (const range of ranges) range.release()
  })
})
