/** The command line as people use it: the room from Redis alone, faults of configuration, derived passwords. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type Redis as Server } from '../../lab/redis.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { compileRules } from '../../src/config/compile.js'
import { loadConfig } from '../../src/config/load.js'
import { aboutSas } from '../../src/redis/about.js'
import { keysOf } from '../../src/redis/keys.js'
import { createRoomStore } from '../../src/redis/room-store.js'
import type { Event } from '../../src/routing/events.js'
import { createRoom } from '../../src/routing/roster.js'
import { step } from '../../src/routing/step.js'
import { Authority } from '../unit/neighbours/certificates.js'

const NUMBER = '0199001234'
const SAMPLE = 'config/sample.yaml'
const config = loadConfig(SAMPLE)
const rules = compileRules(config)

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command line in a process of its own, as `npx decroche` would. */
const decroche = (args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      timeout: 60_000,
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })

describe('decroche status', () => {
  let server: Server
  let raw: Redis
  let env: Record<string, string>

  /** What an engine would have left in Redis before it died: one call talked with, one waiting. */
  const leaveRoom = async (sas: string, release: boolean): Promise<void> => {
    const now = Date.now()
    const store = createRoomStore({ url: server.url, sas, about: () => aboutSas(config), retentionMs: 3_600_000 })
    await store.connect()
    const acquired = await store.acquire(`engine-of-${sas}`, 60_000)
    if (!acquired.held) throw new Error('held already')
    const room = createRoom(rules, acquired.epoch, now)
    const see = async (event: Event) => {
      const outcome = step(room, event)
      await store.commit({ epoch: acquired.epoch, calls: outcome.calls, agents: outcome.agents, facts: outcome.facts })
      return outcome.effects
    }
    const arrival = (call: string, caller: string, arrivedAt: number): Event => ({
      type: 'call-arrived',
      at: now,
      call,
      trunk: 'operator',
      number: '15',
      caller,
      arrivedAt,
      answered: false,
    })
    await see({ type: 'sign-in', at: now, agent: 'arm01' })
    const ring = (await see(arrival('c1', NUMBER, now))).find((effect) => effect.type === 'ring')!
    const join = (await see({ type: 'leg-answered', at: now, leg: ring.leg })).find((effect) => effect.type === 'join')!
    for (const channel of ['c1', ring.leg]) await see({ type: 'joined', at: now, bridge: join.bridge, channel })
    await see({ type: 'name-caller', at: now, agent: 'arm01', call: 'c1', name: 'Zoé Exemple' })
    await see(arrival('c2', NUMBER, now - 65_000))
    if (release) await store.release()
    await store.close()
  }

  beforeAll(async () => {
    server = await startRedis()
    raw = new Redis(server.url)
    env = { DECROCHE_REDIS_URL: server.url }
  })
  afterAll(async () => {
    raw.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    await raw.flushall()
  })

  it('shows queues, calls and agents while no engine lives', async () => {
    await leaveRoom('demo', true)
    const { code, out, err } = await decroche(['status', '--json'], env)
    expect(err).toBe('')
    expect(code).toBe(0)
    const status = JSON.parse(out) as Record<string, unknown>
    expect(status).toMatchObject({ sas: 'demo', name: 'SAS de démonstration', lease: null, corrupt: 0 })
    expect(status['queues']).toContainEqual(expect.objectContaining({ id: 'n1', waiting: 1, ringing: 0 }))
    expect(status['trunks']).toContainEqual({ id: 'operator', calls: 2, channels: 30, reserved: 0 })
    expect(status['calls']).toMatchObject([
      { id: 'c2', situation: 'waiting', queue: 'n1' },
      { id: 'c1', situation: 'talking', with: [{ agent: 'arm01' }] },
    ])
    expect(status['agents']).toContainEqual(expect.objectContaining({ id: 'arm01', state: 'talking', call: 'c1' }))
    expect(status['indicators']).toMatchObject({ presented: 2, answered: 1, qs30: 1 })
    const [n1] = status['queues'] as { oldestWaitMs: number }[]
    expect(n1!.oldestWaitMs).toBeGreaterThanOrEqual(65_000)
  })

  it('says it in French, with who holds the room, and shows no number and no name', async () => {
    await leaveRoom('demo', false)
    const { code, out } = await decroche(['status'], env)
    expect(code).toBe(0)
    expect(out).toContain('SAS de démonstration (demo) : salle tenue par engine-of-demo, 2 appels en cours')
    expect(out).toMatch(/^File +Attente +Sonnerie +Accompagnés +Plus ancien +Disponibles$/m)
    expect(out).toMatch(/^n1 +1 +0 +0 +1 min \d\d s +0$/m)
    expect(out).toMatch(/^Faisceau +Appels +Voies +Réservées$/m)
    expect(out).toMatch(/^operator +2 +30 +0$/m)
    expect(out).toMatch(/^arm01 +ARM +n1 +– +en ligne +\d+ s +c1$/m)
    expect(out).toContain('QS30 100,0 %')
    expect(out).not.toContain(NUMBER)
    expect(out).not.toContain('Zoé')
  })

  it('tells the abandons by their delay', async () => {
    await leaveRoom('demo', true)
    for (const sinceArrivalMs of [9_999, 45_000, 59_000, 130_000]) {
      const ended = { type: 'ended', at: Date.now(), call: `gone-${sinceArrivalMs}`, outcome: 'abandoned', sinceArrivalMs, waiting: true }
      await raw.xadd(keysOf('demo').journal, '*', 'f', JSON.stringify(ended))
    }
    const { out } = await decroche(['status'], env)
    expect(out).toContain('Abandons : 1 avant 10 s, 0 de 10 à 30 s, 2 de 30 à 60 s, 0 de 1 à 2 min, 1 après 2 min\n')
  })

  it('tells of records it cannot read and shows the rest', async () => {
    await leaveRoom('demo', true)
    await raw.hset(keysOf('demo').calls, 'torn', '{')
    const { code, out } = await decroche(['status'], env)
    expect(code).toBe(0)
    expect(out).toContain('Un enregistrement est illisible.')
    expect(out).toContain('c1')
  })

  it('asks which SAS is meant when Redis knows several', async () => {
    await leaveRoom('alpha', true)
    await leaveRoom('beta', true)
    const unclear = await decroche(['status'], env)
    expect(unclear).toMatchObject({
      code: 1,
      out: '',
      err: 'Ce Redis connaît plusieurs SAS : précisez --sas (alpha, beta).\n',
    })
    expect(JSON.parse((await decroche(['status', '--json', '--sas', 'beta'], env)).out)).toMatchObject({ sas: 'beta' })
    expect(await decroche(['status', '--sas', 'gamma'], env)).toMatchObject({
      code: 1,
      err: 'Ce Redis ne connaît pas ce SAS ; il connaît : alpha, beta.\n',
    })
  })

  it('says in one sentence that Redis is new, absent or silent', async () => {
    expect(await decroche(['status'], env)).toMatchObject({
      code: 1,
      out: '',
      err: 'Ce Redis ne connaît encore aucun SAS : aucun moteur n’y a jamais tenu de salle.\n',
    })
    const own = await startRedis()
    const silent = `Redis ne répond pas (127.0.0.1:${own.port}).\n`
    own.pause()
    expect(await decroche(['status'], { DECROCHE_REDIS_URL: own.url })).toMatchObject({ code: 1, out: '', err: silent })
    await own.kill()
    const withSecret = own.url.replace('redis://', 'redis://user:open-sesame@')
    expect(await decroche(['status', '--json'], { DECROCHE_REDIS_URL: withSecret })).toMatchObject({
      code: 1,
      out: '',
      err: silent,
    })
  })
})

describe('a Redis with a password', () => {
  it('is told to refuse us, without the password that was tried', async () => {
    const server = await startRedis()
    const raw = new Redis(server.url)
    await raw.config('SET', 'requirepass', 'open-sesame')
    raw.disconnect()
    const err = `Redis refuse l’accès (127.0.0.1:${server.port}) : vérifiez l’utilisateur et le mot de passe de DECROCHE_REDIS_URL.\n`
    for (const url of [server.url, server.url.replace('//', '//:wrong-word@')]) {
      expect(await decroche(['status'], { DECROCHE_REDIS_URL: url })).toEqual({ code: 1, out: '', err })
    }
    await server.stop()
  })
})

describe('decroche check', () => {
  it('accepts the shipped configuration', async () => {
    expect(await decroche(['check', SAMPLE])).toMatchObject({ code: 0, err: '' })
  })

  it('lists every fault of every file with its place, and fails', async () => {
    const directory = scratchDirectory('check')
    const bad = join(directory, 'bad.yaml')
    writeFileSync(
      bad,
      readFileSync(SAMPLE, 'utf8')
        .replace('queue: amu, class: SIS', 'queue: amo, class: SIS')
        .replace('phone: arm02', 'phone: arm01'),
    )
    const absent = join(directory, 'absent.yaml')
    const { code, out, err } = await decroche(['check', bad, absent, SAMPLE])
    expect(code).toBe(1)
    expect(out).toContain(`${SAMPLE}: SAS de démonstration is sound`)
    expect(err.trim().split('\n')).toEqual([
      expect.stringMatching(/bad\.yaml:\d+:\d+: entries\[3\]\.queue: unknown queue amo \(did you mean amu\?\)$/),
      expect.stringMatching(
        /bad\.yaml:\d+:\d+: people\[1\]\.phone: phone arm01 is there twice \(first at people\[0\]\)$/,
      ),
      `${absent}: there is no such file`,
    ])
  })
})

describe('decroche serve', () => {
  it('names every variable that is missing or wrong, and no secret', async () => {
    const { code, out, err } = await decroche(['serve'], {
      DECROCHE_API_TOKEN: 'too-short',
      DECROCHE_HTTP_PORT: '99999',
      DECROCHE_REDIS_URL: 'http://x',
    })
    expect(code).not.toBe(0)
    expect(out).toBe('')
    for (const name of ['CONFIG', 'ARI_USER', 'ARI_PASSWORD', 'SIP_SECRET', 'API_TOKEN', 'HTTP_PORT', 'REDIS_URL']) {
      expect(err).toContain(`DECROCHE_${name} `)
    }
    expect(err).not.toContain('too-short')
    expect(err).not.toContain('    at ')
  })

  it.each(['HTTP', 'NEIGHBOURS'])('says in one sentence that the address in DECROCHE_%s_* is taken, and ends', async (whose) => {
    const other = createServer()
    await once(other.listen(0, '127.0.0.1'), 'listening')
    const { port } = other.address() as AddressInfo
    const pem = new Authority().sign('sas-67.example')
    const dir = scratchDirectory('link')
    const files = (['cert', 'key', 'ca'] as const).map((part) => {
      writeFileSync(join(dir, part), pem[part])
      return [`DECROCHE_NEIGHBOURS_${part.toUpperCase()}`, join(dir, part)]
    })
    const ran = await decroche(['serve'], {
      DECROCHE_CONFIG: 'config/sas-67.yaml',
      DECROCHE_ARI_USER: 'ari',
      DECROCHE_ARI_PASSWORD: 'ari',
      DECROCHE_API_TOKEN: 'sixteen-characters',
      DECROCHE_SIP_SECRET: 'sixteen-characters',
      DECROCHE_LOG_LEVEL: 'silent',
      DECROCHE_HTTP_PORT: '0',
      ...Object.fromEntries(files),
      [`DECROCHE_${whose}_PORT`]: String(port),
    })
    other.close()
    expect(ran).toEqual({
      code: 1,
      out: '',
      err: `DECROCHE_${whose}_HOST, DECROCHE_${whose}_PORT: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    })
  })
})

describe('decroche asterisk and phone-password', () => {
  const env = {
    DECROCHE_CONFIG: SAMPLE,
    DECROCHE_ARI_USER: 'ari',
    DECROCHE_ARI_PASSWORD: 'a-password-of-ari',
    DECROCHE_SIP_SECRET: 'a-secret-of-good-length',
  }

  it('write what the PBX and the phones need, readable by their owner alone', async () => {
    const out = join(scratchDirectory('pbx'), 'etc')
    expect(await decroche(['asterisk', '--site', 'deploy/pbx.yaml', '--out', out], env)).toMatchObject({
      code: 0,
      err: '',
    })
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['pjsip.conf', 'extensions.conf', 'ari.conf']))
    expect(statSync(join(out, 'pjsip.conf')).mode & 0o077).toBe(0)
    const told = await decroche(['phone-password', 'arm01'], env)
    expect(told.out.trim()).toBe(sipPassword(env.DECROCHE_SIP_SECRET, 'arm01'))
    expect(readFileSync(join(out, 'pjsip.conf'), 'utf8')).toContain(told.out.trim())
  })

  it('fail with one clear sentence', async () => {
    const missing = await decroche(['phone-password', 'arm01'])
    expect(missing).toMatchObject({
      code: 1,
      out: '',
      err: 'DECROCHE_SIP_SECRET is missing: the secret that phone passwords derive from\n',
    })
  })
})
