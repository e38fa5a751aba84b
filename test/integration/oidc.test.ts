/** Signing in with an identity provider on this machine: there, back, and everything that is not what was asked for. */
import { OAuth2Server, type MutableToken } from 'oauth2-mock-server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Oidc, oidcStateMs } from '../../src/auth/oidc.js'
import { keys } from '../unit/auth/memories.js'
import { openHouse, type House } from '../unit/http/open-door.js'

let provider: OAuth2Server
let house: House
const clock = { skewMs: 0, now: () => Date.now() + clock.skewMs }
const redirectUri = 'https://salle.example/auth/oidc/callback'

const oidcAt = (issuer: string, more: object = {}) =>
  new Oidc({ issuer, clientId: 'decroche', clientSecret: 'of this client', claim: 'preferred_username', scope: 'openid scope_all', acr: 'eidas1', label: 'Pro Santé Connect', redirectUri, ...more }, keys['oidc-state'], clock.now)

beforeAll(async () => {
  provider = new OAuth2Server()
  await provider.issuer.keys.generate('RS256')
  await provider.start(0, '127.0.0.1')
  provider.issuer.url = `http://127.0.0.1:${provider.address().port}`
})
afterAll(() => provider.stop())
beforeEach(async () => {
  clock.skewMs = 0
  house = await openHouse({ oidc: oidcAt(provider.issuer.url!) })
})
afterEach(async () => {
  provider.service.removeAllListeners()
  await house.app.close()
})

/** What the provider says of whoever signs in there. */
const says = (claims: object): void => void provider.service.on('beforeTokenSigning', (token: MutableToken) => Object.assign(token.payload, { acr: 'eidas1', ...claims }))

const depart = async (to = house) => {
  const answer = await to.app.inject('/auth/oidc/start')
  return { answer, url: new URL(String(answer.headers.location)), cookie: `${answer.cookies[0]?.name}=${answer.cookies[0]?.value}` }
}
/** As a browser goes there and comes back. */
const atProvider = async (url: URL): Promise<string> => {
  const answer = await fetch(url, { redirect: 'manual' })
  return new URL(String(answer.headers.get('location'))).search
}
const arrive = (search: string, cookie: string, to = house) => to.app.inject({ method: 'GET', url: `/auth/oidc/callback${search}`, headers: { cookie } })
const kinds = () => house.memory.entries.map(({ kind, account }) => [kind, account])

describe('an identity provider', () => {
  it('is offered beside the local accounts', async () => {
    expect((await house.app.inject('/auth/methods')).json()).toEqual({ local: true, oidc: { label: 'Pro Santé Connect', start: '/auth/oidc/start' } })
  })

  it('is asked for a code with PKCE, state, nonce and how sure it has to be', async () => {
    const { answer, url } = await depart()
    expect(answer.statusCode).toBe(302)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'decroche',
      redirect_uri: redirectUri,
      scope: 'openid scope_all',
      code_challenge_method: 'S256',
      acr_values: 'eidas1',
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
    })
    expect(answer.cookies[0]).toMatchObject({ name: 'decroche-oidc', httpOnly: true, sameSite: 'Lax', path: '/auth/oidc' })
    expect(answer.cookies[0]?.value).not.toContain(url.searchParams.get('nonce'))
  })

  it('lets in who it names, by a cookie like any other', async () => {
    says({ preferred_username: 'arm01' })
    const { url, cookie } = await depart()
    const back = await arrive(await atProvider(url), cookie)
    expect([back.statusCode, back.headers.location]).toEqual([302, '/'])
    const session = back.cookies.find(({ name }) => name === 'decroche-session')
    const answer = await house.app.inject({ method: 'POST', url: '/auth/refresh', headers: { origin: 'http://localhost', cookie: `decroche-session=${session?.value}` } })
    expect(answer.json()).toMatchObject({ principal: { id: 'arm01', agent: 'arm01', rights: ['agent'] } })
    expect(kinds()).toEqual([['signed-in', 'arm01']])
  })

  it('may name the account where it tells of the user instead', async () => {
    says({})
    provider.service.once('beforeUserinfo', (response: { body: unknown }) => Object.assign(response, { body: { sub: 'johndoe', SubjectNameID: 'mru01' } }))
    const other = await openHouse({ oidc: oidcAt(provider.issuer.url!, { claim: 'SubjectNameID' }) })
    const { url, cookie } = await depart(other)
    expect((await arrive(await atProvider(url), cookie, other)).headers.location).toBe('/')
    await other.app.close()
  })

  it('may be described at an address of its own', async () => {
    says({ preferred_username: 'arm01' })
    const other = await openHouse({ oidc: oidcAt(`${provider.issuer.url}/.well-known/openid-configuration`) })
    const { url, cookie } = await depart(other)
    expect((await arrive(await atProvider(url), cookie, other)).headers.location).toBe('/')
    await other.app.close()
  })

  it('is finished with by the engine that took over meanwhile', async () => {
    says({ preferred_username: 'arm01' })
    const { url, cookie } = await depart()
    const successor = await openHouse({ oidc: oidcAt(provider.issuer.url!) })
    expect((await arrive(await atProvider(url), cookie, successor)).headers.location).toBe('/')
    await successor.app.close()
  })
})

describe('nobody is let in', () => {
  const refused = async (search: string, cookie: string): Promise<void> => {
    const answer = await arrive(search, cookie)
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/?connexion=refusee'])
    expect(answer.cookies.some(({ name }) => name === 'decroche-session')).toBe(false)
    expect(kinds()).toEqual([['wrong-identity', null]])
  }

  it.each([
    ['whom the file does not know', { preferred_username: 'somebody' }],
    ['without a name', {}],
    ['of whom the provider is not sure enough', { preferred_username: 'arm01', acr: 'eidas0' }],
    ['whose token is for another client', { preferred_username: 'arm01', aud: 'other' }],
    ['whose token answers another question', { preferred_username: 'arm01', nonce: 'other' }],
    ['whose token is of another provider', { preferred_username: 'arm01', iss: 'https://evil.example' }],
    ['whose token is over', { preferred_username: 'arm01', exp: 1 }],
  ])('%s', async (_, claims) => {
    says(claims)
    const { url, cookie } = await depart()
    await refused(await atProvider(url), cookie)
  })

  it('whose token nobody signed', async () => {
    says({ preferred_username: 'arm01' })
    provider.service.on('beforeResponse', (response: { body: { id_token: string } }) => {
      const [head, body] = response.body.id_token.split('.')
      response.body.id_token = `${head}.${body}.${'A'.repeat(342)}`
    })
    const { url, cookie } = await depart()
    await refused(await atProvider(url), cookie)
  })

  it('who comes with another state, another’s cookie, or none', async () => {
    says({ preferred_username: 'arm01' })
    const [one, other] = [await depart(), await depart()]
    const search = await atProvider(one.url)
    await refused(search, other.cookie)
    house.memory.entries.length = 0
    await refused(search, '')
    house.memory.entries.length = 0
    await refused(search.replace(/state=[^&]*/, 'state=x'), one.cookie)
  })

  it('who stayed too long, or was refused there', async () => {
    says({ preferred_username: 'arm01' })
    const { url, cookie } = await depart()
    const search = await atProvider(url)
    clock.skewMs = oidcStateMs + 1_000
    await refused(search, cookie)
    clock.skewMs = 0
    house.memory.entries.length = 0
    await refused(`?error=access_denied&state=${url.searchParams.get('state')}`, cookie)
  })

  it('while the provider does not answer, and is told so', async () => {
    const silent = await openHouse({ oidc: oidcAt('http://127.0.0.1:9') })
    expect((await silent.app.inject('/auth/oidc/start')).headers.location).toBe('/?connexion=indisponible')
    const { cookie } = await depart()
    expect((await arrive('?code=x&state=y', cookie, silent)).headers.location).toBe('/?connexion=indisponible')
    await silent.app.close()
  })
})
