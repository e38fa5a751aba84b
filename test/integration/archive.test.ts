/** The archiver as a process on a real Redis: killed, short of disk, too late, twice at once; and what the commands say of what it wrote. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, statSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Redis } from 'ioredis'
import { projectRoot } from '../../lab/paths.js'
import { startChild, type Child } from '../../lab/process.js'
import { startRedis, type Redis as Server } from '../../lab/redis.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { idIn, isoOfId } from '../../src/archive/format.js'
import { lines } from '../../src/archive/read.js'
import { aboutSas } from '../../src/redis/about.js'
import { SAS_INDEX, keysOf } from '../../src/redis/keys.js'
import { loadConfig } from '../../src/config/load.js'
import type { Fact } from '../../src/routing/facts.js'

const SAMPLE = 'config/sample.yaml'
const config = loadConfig(SAMPLE)
const keys = keysOf(config.sas.id)
const cli = join(projectRoot(), 'dist', 'src', 'cli.js')

let server: Server
let redis: Redis
let dir: string
let env: Record<string, string>
const running = new Set<Child>()

beforeEach(async () => {
  server = await startRedis()
  redis = new Redis(server.url)
  dir = join(scratchDirectory('archive'), 'a')
  env = { PATH: process.env['PATH'] ?? '', DECROCHE_CONFIG: SAMPLE, DECROCHE_REDIS_URL: server.url, DECROCHE_ARCHIVE_DIR: dir, DECROCHE_ARCHIVE_PORT: '0' }
})
afterEach(async () => {
  for (const child of running) await child.stop('SIGKILL')
  running.clear()
  redis.disconnect()
  await server.stop()
})

/** @param wrapper a command before it, such as prlimit */
const archiver = async (...wrapper: string[]): Promise<Child> => {
  const [command = '', ...args] = [...wrapper, process.execPath, cli, 'archive', 'run']
  const child = await startChild({ command, args, env })
  running.add(child)
  await child.waitForOutput(/"msg":"archiving"/, 20_000)
  return child
}

const decroche = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env })
  return { code: status, out: stdout, err: stderr }
}

const fact = (nth: number): Fact => ({ type: 'escalated', at: nth, call: `call-${nth}`, queue: 'n1', waitMs: nth, times: 1 })
let nth = 0

const add = async (count: number): Promise<void> => {
  for (let rest = count; rest > 0; rest -= 50) {
    const batch = redis.pipeline()
    for (let one = 0; one < Math.min(50, rest); one++) batch.xadd(keys.journal, '*', 'f', JSON.stringify(fact(nth++)))
    await batch.exec()
  }
}

const bytesIn = (): number => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
const lastFile = (): string => join(dir, readdirSync(dir).sort().at(-1) ?? '')

/** Looks each time something is written there. */
const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  const watcher = watch(dir)
  try {
    while (!(await done())) await once(watcher, 'change')
  } finally {
    watcher.close()
  }
}

const journalIds = async (): Promise<string[]> => (await redis.xrange(keys.journal, '-', '+')).map(([id]) => id)
const archivedIds = async (): Promise<(string | null)[]> => {
  const ids: (string | null)[] = []
  for await (const some of lines(dir, 0, Date.UTC(2100, 0))) ids.push(...some.map(idIn))
  return ids
}
const caughtUp = async (): Promise<void> => {
  const last = (await journalIds()).at(-1)
  await until(() => readdirSync(dir).sort().slice(-1).some((name) => readFileSync(join(dir, name), 'utf8').includes(`"id":"${last}"`)))
}

const ready = async (child: Child): Promise<{ status: number; body: Record<string, unknown>; metrics: string }> => {
  const port = /"port":(\d+)/.exec(child.output())?.[1]
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, metrics: await (await fetch(`http://127.0.0.1:${port}/metrics`)).text() }
}

describe('the archiver', () => {
  it('killed twenty times while facts come, has each of them once', async () => {
    await add(1)
    for (let life = 0; life < 20; life++) {
      const child = await archiver()
      const enough = bytesIn() + Math.floor(Math.random() * 150_000)
      const adding = add(1_500)
      await until(() => bytesIn() > enough)
      await child.stop('SIGKILL')
      await adding
    }
    const child = await archiver()
    await caughtUp()
    expect((await ready(child)).metrics).toMatch(/^decroche_archive_gaps_total 0$/m)
    expect(await child.stop()).toMatchObject({ code: 0 })
    expect(await archivedIds()).toEqual(await journalIds())
    expect(decroche('archive', 'verify').out).toMatch(/^sound: the archive of demo\n/)

    const good = readFileSync(lastFile())
    const bad = Buffer.from(good)
    const at = Math.floor(good.length / 2)
    bad[at] = (bad[at] ?? 0) ^ 1
    writeFileSync(lastFile(), bad)
    const verdict = decroche('archive', 'verify', '--json')
    expect(verdict.code).toBe(1)
    expect(JSON.parse(verdict.out)).toMatchObject({ fault: { line: good.subarray(0, at).toString('latin1').split('\n').length } })
  })

  it('is alarmed by a full disk, and goes on once there is room', async () => {
    await add(10)
    const child = await archiver('prlimit', '--fsize=20000:')
    await caughtUp()
    await add(200)
    await child.waitForOutput(/EFBIG/, 10_000)
    const full = await ready(child)
    expect(full).toMatchObject({ status: 503, body: { status: 'not-ready', disk: false, lagEntries: 200 } })
    expect(full.metrics).toMatch(/^decroche_archive_up\{part="disk"\} 0$/m)
    expect(full.metrics).toMatch(/^decroche_archive_write_failures_total [1-9]/m)
    spawnSync('prlimit', [`--pid=${child.pid}`, '--fsize=unlimited:'])
    await caughtUp()
    expect(await child.stop()).toMatchObject({ code: 0 })
    expect(await archivedIds()).toEqual(await journalIds())
    expect(decroche('archive', 'verify').code).toBe(0)
  })

  it('says what it was too late for, and lets no other write beside it', async () => {
    await add(10)
    const before = await archiver()
    await caughtUp()
    await before.stop()
    await add(300)
    await redis.xtrim(keys.journal, 'MAXLEN', 100)
    const child = await archiver()
    const [first = ''] = await journalIds()
    await child.waitForOutput(new RegExp(`"before":"${isoOfId(first)}","msg":"facts between these two may be missing`), 10_000)
    expect((await ready(child)).metrics).toMatch(/^decroche_archive_gaps_total 1$/m)
    expect(decroche('archive', 'run')).toEqual({ code: 1, out: '', err: `${dir} has an archiver already: each needs a directory of its own\n` })
    expect(JSON.parse(decroche('archive', 'verify', '--json').out)).toMatchObject({ fault: null, entries: 110, gaps: [{ before: first }] })
  })
})

describe('decroche why', () => {
  const story: Fact[] = [
    { type: 'presented', at: Date.UTC(2026, 9, 5, 8), call: 'c1', trunk: 'operator', number: '15', class: 'P1', arrivedAt: Date.UTC(2026, 9, 5, 8) },
    { type: 'queued', at: Date.UTC(2026, 9, 5, 8), call: 'c1', queue: 'n1', class: 'P1', why: 'arrival', waiting: 1 },
    { type: 'offered', at: Date.UTC(2026, 9, 5, 8, 0, 7), call: 'c1', queue: 'n1', agent: 'arm01', leg: 'l', why: { rule: 'longest-idle', free: 1 } },
    { type: 'ended', at: Date.UTC(2026, 9, 5, 8, 1), call: 'c1', outcome: 'abandoned', why: 'caller-left', sinceArrivalMs: 60_000, stage: 'n1', waiting: true },
  ]

  it('tells a call by the journal, by the archive, or by both', async () => {
    await redis.sadd(SAS_INDEX, config.sas.id)
    await redis.hset(keys.meta, 'about', JSON.stringify(aboutSas(config)))
    for (const one of story) await redis.xadd(keys.journal, '*', 'f', JSON.stringify(one))
    const live = decroche('why', 'c1', '--dir', join(dir, 'none'))
    const told = [
      'Appel c1, lundi 5 octobre 2026 (fuseau Europe/Paris)',
      '',
      '10:00:00  +0 s           Arrivé par le 15, présumé P1.',
      '10:00:00  +0 s           Entre dans la file Premier décroché à son arrivée\u202f; personne d’autre n’attend.',
      '10:00:07  +7 s           Sonne chez arm01, seul disponible.',
      '10:01:00  +1 min 00 s    L’appelant a raccroché.',
      '',
    ].join('\n')
    expect(live).toEqual({ code: 0, out: told, err: `L’archive ne peut pas être lue (${join(dir, 'none')}).\n` })

    const child = await archiver()
    await caughtUp()
    await child.stop()
    expect(decroche('why', 'c1')).toEqual({ code: 0, out: told, err: '' })
    await redis.xtrim(keys.journal, 'MAXLEN', 1)
    expect(decroche('why', 'c1')).toEqual({ code: 0, out: told, err: '' })
    expect(decroche('why', 'c2')).toEqual({ code: 1, out: 'Rien n’est connu de l’appel c2.\n', err: '' })
    env['DECROCHE_REDIS_URL'] = 'redis://127.0.0.1:1'
    expect(decroche('why', 'c1', '--json')).toMatchObject({ code: 0, err: 'Redis ne répond pas (127.0.0.1:1).\n', out: expect.stringContaining('"call":"c1"') })
    expect(decroche('archive', 'show', '--person', 'arm01').out).toBe('2026-10-05T08:00:07.000Z offered call=c1 queue=n1 agent=arm01 leg=l why={"rule":"longest-idle","free":1}\n')
  })
})
