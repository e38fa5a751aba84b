/** The surroundings: read in one place, checked at once, and never repeated. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EnvironmentError, readEnvironment, readVariables } from '../../src/config/environment.js'

const enough = {
  DECROCHE_CONFIG: 'sas.yaml',
  DECROCHE_ARI_USER: 'ari',
  DECROCHE_ARI_PASSWORD: 'ari-password',
  DECROCHE_API_TOKEN: 'sixteen-letters!',
  DECROCHE_SIP_SECRET: 'sixteen-letters?',
}

const faultsOf = (variables: Record<string, string | undefined>): readonly string[] => {
  try {
    readEnvironment(variables)
    return []
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults
    throw error
  }
}

describe('the environment', () => {
  it('has defaults for what one machine needs', () => {
    expect(readEnvironment(enough)).toEqual({
      configFile: 'sas.yaml',
      fallbackRecord: null,
      recordingsDir: null,
      console: null,
      redisUrl: 'redis://127.0.0.1:6379',
      ari: { url: 'http://127.0.0.1:8088', user: 'ari', password: 'ari-password', transport: 'auto', app: 'decroche' },
      http: { host: '127.0.0.1', port: 8080, token: 'sixteen-letters!', lrmToken: null, publicUrl: null, trustedProxies: [], tls: null },
      sessionSecret: null,
      oidc: null,
      webPhones: { server: 'ws://127.0.0.1:8088/ws', iceServers: [], turnSecret: null },
      sipSecret: 'sixteen-letters?',
      neighbours: null,
      logLevel: 'info',
    })
  })

  it('takes a variable set to nothing for one that is not set', () => {
    expect(readEnvironment({ ...enough, DECROCHE_HTTP_PORT: '' }).http.port).toBe(8080)
    expect(faultsOf({ ...enough, DECROCHE_API_TOKEN: '' })).toEqual([
      'DECROCHE_API_TOKEN is missing: the bearer token of the API',
    ])
  })

  it('lists all faults at once', () => {
    const faults = faultsOf({
      DECROCHE_ARI_TRANSPORT: 'pigeon',
      DECROCHE_ARI_URL: 'ftp://x',
      DECROCHE_LOG_LEVEL: 'loud',
    })
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(
      expect.arrayContaining(
        ['CONFIG', 'ARI_USER', 'ARI_PASSWORD', 'API_TOKEN', 'SIP_SECRET', 'ARI_TRANSPORT', 'ARI_URL', 'LOG_LEVEL'].map(
          (name) => `DECROCHE_${name}`,
        ),
      ),
    )
  })

  it.each<[Record<string, string>, RegExp]>([
    [{ DECROCHE_SESSION_SECRET: 'x'.repeat(31) }, /^DECROCHE_SESSION_SECRET must have 32 characters or more$/],
    [{ DECROCHE_LRM_TOKEN: enough.DECROCHE_API_TOKEN }, /^DECROCHE_LRM_TOKEN and DECROCHE_API_TOKEN must differ$/],
    [{ DECROCHE_TRUSTED_PROXIES: '10.0.0.1, proxy' }, /^DECROCHE_TRUSTED_PROXIES must be addresses/],
    [{ DECROCHE_ICE_SERVERS: '[{"urls":"http://x"}]' }, /^DECROCHE_ICE_SERVERS must be a JSON list/],
    [{ DECROCHE_OIDC_ISSUER: 'http://id.example' }, /^DECROCHE_OIDC_ISSUER must be https/],
    // Only begins like an address of this machine.
    [{ DECROCHE_OIDC_ISSUER: 'http://127.id.example' }, /^DECROCHE_OIDC_ISSUER must be https/],
    [{ DECROCHE_OIDC_ISSUER: 'https://id.example' }, /^DECROCHE_PUBLIC_URL is missing: DECROCHE_OIDC_ISSUER wants it$/],
    [{ DECROCHE_OIDC_ISSUER: 'https://id.example' }, /^DECROCHE_SESSION_SECRET is missing/],
    [{ DECROCHE_TLS_CERT: '/xxx.pem' }, /^DECROCHE_TLS_KEY is missing: certificate and key go together$/],
    [{ DECROCHE_TLS_CERT: '/xxx.pem', DECROCHE_TLS_KEY: '/xxx.key', DECROCHE_SIP_WS_URL: 'ws://pbx.example/ws' }, /^DECROCHE_SIP_WS_URL must be wss:/],
    [{ DECROCHE_PUBLIC_URL: 'https://salle.example', DECROCHE_SIP_WS_URL: 'ws://pbx.example/ws' }, /^DECROCHE_SIP_WS_URL must be wss:/],
  ])('of signing in is refused with %j', (variables, fault) => {
    const faults = faultsOf({ ...enough, ...variables })
    expect(faults).toContainEqual(expect.stringMatching(fault))
    expect(faults.join()).not.toContain('xxx')
  })

  it('says where browsers, their phones and their identity provider are', () => {
    const read = readEnvironment({
      ...enough,
      DECROCHE_SESSION_SECRET: 's'.repeat(32),
      DECROCHE_PUBLIC_URL: 'https://salle.example',
      DECROCHE_TRUSTED_PROXIES: '10.0.0.1, fd00::/8',
      DECROCHE_OIDC_ISSUER: 'https://id.example',
      DECROCHE_OIDC_CLIENT_ID: 'decroche',
      DECROCHE_OIDC_CLIENT_SECRET: 'of the provider',
      DECROCHE_SIP_WS_URL: 'wss://salle.example/ws',
      DECROCHE_ICE_SERVERS: '[{"urls":"turns:turn.example:443?transport=tcp"}]',
    })
    expect(read.http.trustedProxies).toEqual(['10.0.0.1', 'fd00::/8'])
    expect(read.oidc).toMatchObject({ claim: 'preferred_username', acr: null, redirectUri: 'https://salle.example/auth/oidc/callback' })
    expect(read.webPhones).toEqual({ server: 'wss://salle.example/ws', iceServers: [{ urls: ['turns:turn.example:443?transport=tcp'] }], turnSecret: null })
  })

  describe('of the link to neighbours', () => {
    const given = { DECROCHE_NEIGHBOURS_CERT: '/neighbours/cert.pem', DECROCHE_NEIGHBOURS_KEY: '/neighbours/key.pem', DECROCHE_NEIGHBOURS_CA: '/neighbours/ca.pem' }

    it('names its files', () => {
      const read = (more: object) => readEnvironment({ ...enough, ...given, ...more }).neighbours
      expect(read({})).toEqual({ listen: null, tls: { certificate: '/neighbours/cert.pem', key: '/neighbours/key.pem', ca: '/neighbours/ca.pem' } })
      expect(read({ DECROCHE_NEIGHBOURS_PORT: '8443' })?.listen).toEqual({ host: '127.0.0.1', port: 8443 })
      expect(read({ DECROCHE_NEIGHBOURS_PORT: '8443', DECROCHE_NEIGHBOURS_HOST: '10.0.0.1' })?.listen).toEqual({ host: '10.0.0.1', port: 8443 })
    })

    it.each<[Record<string, string>, string]>([
      [{ DECROCHE_NEIGHBOURS_CA: '' }, 'DECROCHE_NEIGHBOURS_CA is missing: the link to neighbours wants it'],
      [{ DECROCHE_NEIGHBOURS_PORT: 'https' }, 'DECROCHE_NEIGHBOURS_PORT must be a port number'],
    ])('is refused with %j', (wrong, fault) => {
      expect(faultsOf({ ...enough, ...given, ...wrong })).toEqual([fault])
    })

    it('wants certificates wherever it listens', () => {
      expect(faultsOf({ ...enough, DECROCHE_NEIGHBOURS_PORT: '8443' })).toHaveLength(3)
    })
  })

  it.each(['0x50', '-1', '65536', '80.5', 'http', ' 80'])('refuses port %j', (port) => {
    expect(faultsOf({ ...enough, DECROCHE_HTTP_PORT: port })).toEqual(['DECROCHE_HTTP_PORT must be a port number'])
  })

  it('never repeats what a variable holds', () => {
    const secret = 'open-sesame'
    const all = Object.fromEntries(
      [
        'CONFIG',
        'REDIS_URL',
        'ARI_URL',
        'ARI_TRANSPORT',
        'ARI_APP',
        'HTTP_PORT',
        'API_TOKEN',
        'SIP_SECRET',
        'LOG_LEVEL',
      ].map((name) => [`DECROCHE_${name}`, secret]),
    )
    const faults = faultsOf(all)
    expect(faults.length).toBeGreaterThan(5)
    expect(faults.join()).not.toContain(secret)
  })

  it('gives a command the few variables it needs, whatever the others hold', () => {
    expect(readVariables(['DECROCHE_REDIS_URL'], { DECROCHE_HTTP_PORT: 'x' })).toEqual({
      DECROCHE_REDIS_URL: 'redis://127.0.0.1:6379',
    })
    expect(() => readVariables(['DECROCHE_SIP_SECRET'], {})).toThrow(EnvironmentError)
  })

  it('is read in one place only', () => {
    const readers = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && readFileSync(join('src', file), 'utf8').includes('process.env'),
    )
    expect(readers).toEqual(['config/environment.ts'])
  })
})
