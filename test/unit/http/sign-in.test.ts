/** /auth: what a page gets, what it is refused, and what of it is kept. */
import { SignJWT, decodeJwt } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accessTokenMs } from '../../../src/auth/access-token.js'
import { absoluteMs, idleMs } from '../../../src/auth/sessions.js'
import { START, keys, signInOn, withPassword } from '../auth/memories.js'
import { PASSWORD, config, openHouse, type House } from './open-door.js'

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.app.close())

const origin = 'http://localhost:80'
const signIn = (account: string, password = PASSWORD, remoteAddress = '127.0.0.1') =>
  house.app.inject({ method: 'POST', url: '/auth/sign-in', payload: { account, password }, remoteAddress })
const renew = (cookie: string, headers: Record<string, string> = { origin }) =>
  house.app.inject({ method: 'POST', url: '/auth/refresh', headers: { cookie, ...headers } })
const room = (token: string) => house.app.inject({ method: 'GET', url: '/v1/room', headers: { authorization: `Bearer ${token}` } })
const cookieIn = (answer: Awaited<ReturnType<typeof signIn>>): string => `${answer.cookies[0]?.name}=${answer.cookies[0]?.value}`
const audited = () => house.memory.entries.map(({ kind, account }) => [kind, account])

describe('signing in', () => {
  it('gives a short token, who one is, and a cookie that no script reads', async () => {
    await withPassword(house.memory, 'arm01', PASSWORD)
    const answer = await signIn('arm01')
    expect(answer.statusCode).toBe(200)
    const { accessToken, ...rest } = answer.json<{ accessToken: string }>()
    expect(rest).toEqual({ expiresAt: START + accessTokenMs, principal: { id: 'arm01', agent: 'arm01', rights: ['agent'] } })
    expect(decodeJwt(accessToken)).toMatchObject({ sub: 'arm01', aud: 'test', iss: 'decroche' })
    expect(answer.cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/auth', maxAge: idleMs / 1_000 })
    expect(answer.cookies[0]).not.toHaveProperty('secure')
    expect((await room(accessToken)).statusCode).toBe(200)
    expect(audited()).toEqual([['signed-in', 'arm01']])
  })

  it('marks the cookie Secure for any name but this machine’s own', async () => {
    await withPassword(house.memory, 'arm01', PASSWORD)
    const answer = await house.app.inject({ method: 'POST', url: '/auth/sign-in', headers: { host: 'salle.example' }, payload: { account: 'arm01', password: PASSWORD } })
    expect(answer.cookies[0]).toMatchObject({ secure: true })
  })

  it.each([
    ['arm01', 'pas le bon mot de passe', 'arm01'],
    ['arm02', PASSWORD, 'arm02'],
    ['nobody', PASSWORD, null],
  ])('%s with %j is refused in the same words, and audited without them', async (account, password, known) => {
    await withPassword(house.memory, 'arm01', PASSWORD)
    const answer = await signIn(account, password)
    expect([answer.statusCode, answer.json()]).toEqual([401, expect.objectContaining({ error: 'bad-credentials', message: 'Compte ou mot de passe incorrect.' })])
    expect(answer.cookies).toEqual([])
    expect(house.memory.entries).toEqual([{ at: START, kind: 'wrong-password', account: known, ip: '127.0.0.1', detail: null }])
    expect(JSON.stringify(house.memory.entries) + house.logged()).not.toContain(password)
  })

  it('makes who guesses wait longer each time, and forgets it once they know', async () => {
    await withPassword(house.memory, 'arm01', PASSWORD)
    for (let time = 0; time < 5; time += 1) expect((await signIn('arm01', 'deviné')).statusCode).toBe(401)
    const waits: number[] = []
    for (let time = 0; time < 8; time += 1) {
      const refused = await signIn('arm01')
      expect(refused.json()).toMatchObject({ error: 'too-many-attempts' })
      waits.push(Number(refused.headers['retry-after']))
      house.clock.pass(Number(refused.headers['retry-after']) * 1_000)
      await signIn('arm01', 'deviné')
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
    house.clock.pass(60_000)
    expect((await signIn('arm01')).statusCode).toBe(200)
    expect((await signIn('arm01', 'deviné')).statusCode).toBe(401)
    expect((await signIn('arm01')).statusCode).toBe(200)
  })

  it('makes an address wait that tries many accounts, and no other address', async () => {
    await withPassword(house.memory, 'arm01', PASSWORD)
    for (let time = 0; time < 20; time += 1) await signIn(`guess${time}`, 'deviné', '192.0.2.7')
    expect((await signIn('arm01', PASSWORD, '192.0.2.7')).statusCode).toBe(429)
    expect((await signIn('arm01', PASSWORD, '192.0.2.8')).statusCode).toBe(200)
  })

  it('is not done without a memory, and then costs no try', async () => {
    await withPassword(house.memory, 'arm01', PASSWORD)
    house.memory.away = true
    for (let time = 0; time < 10; time += 1) expect((await signIn('arm01')).statusCode).toBe(503)
    house.memory.away = false
    expect((await signIn('arm01')).statusCode).toBe(200)
  })
})

describe('a token', () => {
  it('ends after five minutes, and is renewed with the cookie', async () => {
    const { token, cookie } = await house.enter('arm01')
    house.clock.pass(accessTokenMs)
    expect((await room(token)).statusCode).toBe(401)
    const answer = await renew(cookie)
    expect(answer.statusCode).toBe(200)
    expect((await room(answer.json<{ accessToken: string }>().accessToken)).statusCode).toBe(200)
    expect(audited()).toContainEqual(['expired-token', null])
  })

  it('of a session that was ended is refused at once, also by an engine that was started meanwhile', async () => {
    const { token, cookie } = await house.enter('arm01')
    expect((await house.app.inject({ method: 'POST', url: '/auth/sign-out', headers: { cookie, origin } })).statusCode).toBe(204)
    expect((await room(token)).statusCode).toBe(401)
    expect((await renew(cookie)).json()).toMatchObject({ error: 'session-over' })
    const successor = signInOn(house.memory, house.clock, () => config)
    expect(await successor.signIn.authenticate(token)).toMatchObject({ ok: false, why: 'unread' })
    await successor.sessions.load()
    expect(await successor.signIn.authenticate(token)).toMatchObject({ ok: false, why: 'session-over' })
  })

  it('is refused when it is another’s work, or of another SAS, or has no signature', async () => {
    const { token } = await house.enter('arm01')
    const { sid } = decodeJwt<{ sid: string }>(token)
    const made = (key: Uint8Array, audience: string, alg = 'HS256') =>
      new SignJWT({ sid }).setProtectedHeader({ alg, typ: 'at+jwt' }).setSubject('arm01').setIssuer('decroche').setAudience(audience).setExpirationTime(house.clock.at / 1_000 + 60).sign(key)
    const bare = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${token.split('.')[1]}.`
    const forged = [await made(keys['refresh-token'], 'test'), await made(keys['access-token'], 'other'), bare, `${token}x`, 'x', 'x'.repeat(5_000)]
    expect((await room(await made(keys['access-token'], 'test'))).statusCode).toBe(200)
    for (const one of forged) expect((await room(one)).statusCode).toBe(401)
    expect(audited().filter(([kind]) => kind === 'forged-token')).toHaveLength(forged.length)
    expect(JSON.stringify(house.memory.entries)).not.toContain(sid)
  })

  it('used twice ends the session, and says so in the audit', async () => {
    const { token, cookie } = await house.enter('arm01')
    const next = cookieIn(await renew(cookie))
    house.clock.pass(60_000)
    const again = await renew(cookie)
    expect([again.statusCode, again.cookies[0]?.value]).toEqual([401, ''])
    expect((await renew(next)).statusCode).toBe(401)
    expect((await room(token)).statusCode).toBe(401)
    expect(audited()).toEqual(expect.arrayContaining([['token-reused', 'arm01']]))
  })

  it('ends with the session at the latest', async () => {
    let { cookie } = await house.enter('arm01')
    let expiresAt = 0
    const stepMs = 19 * 60_000
    while (house.clock.at + stepMs < START + absoluteMs) {
      house.clock.pass(stepMs)
      const answer = await renew(cookie)
      expect(answer.statusCode).toBe(200)
      cookie = cookieIn(answer)
      expiresAt = answer.json<{ expiresAt: number }>().expiresAt
    }
    expect(expiresAt).toBe(START + absoluteMs)
    house.clock.at = START + absoluteMs
    expect((await renew(cookie)).statusCode).toBe(401)
  })

  it('is renewed no more once the password was changed or the account removed', async () => {
    const { cookie } = await house.enter('arm01')
    house.clock.pass(60_000)
    await withPassword(house.memory, 'arm01', 'un autre mot de passe', house.clock.at)
    expect((await renew(cookie)).statusCode).toBe(401)
    const other = await house.enter('arm02')
    house.memory.accounts.delete('arm02')
    expect((await renew(other.cookie)).statusCode).toBe(401)
  })

  it('is renewed while the memory is away, with the same cookie', async () => {
    const { cookie } = await house.enter('arm01')
    house.memory.away = true
    house.clock.pass(accessTokenMs)
    const answer = await renew(cookie)
    expect([answer.statusCode, answer.cookies]).toEqual([200, []])
    expect((await room(answer.json<{ accessToken: string }>().accessToken)).statusCode).toBe(200)
  })
})

describe('another site', () => {
  it.each([[{ origin: 'https://evil.example' }], [{ origin: 'null' }], [{}]])('gets nothing done with the cookie: %j', async (headers) => {
    const { cookie, token } = await house.enter('arm01')
    const answer = await renew(cookie, headers as Record<string, string>)
    expect([answer.statusCode, answer.json()]).toEqual([403, expect.objectContaining({ error: 'foreign-origin' })])
    const out = await house.app.inject({ method: 'POST', url: '/auth/sign-out', headers: { cookie, ...headers } })
    expect(out.statusCode).toBe(403)
    expect((await room(token)).statusCode).toBe(200)
  })
})

describe('where nobody signs in', () => {
  it('says so', async () => {
    const closed = await openHouse({ signIn: null })
    expect((await closed.app.inject('/auth/methods')).json()).toEqual({ local: false, oidc: null })
    expect((await closed.app.inject({ method: 'POST', url: '/auth/sign-in', payload: {} })).json()).toMatchObject({ error: 'sign-in-off' })
    await closed.app.close()
  })
})
