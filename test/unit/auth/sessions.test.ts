/** Sessions: renewed, ended at once, outliving the engine and a silent memory, and never two for one stolen token. */
import { beforeEach, describe, expect, it } from 'vitest'
import { absoluteMs, idleMs, Sessions } from '../../../src/auth/sessions.js'
import { Clock, FakeMemory, keys } from './memories.js'

let memory: FakeMemory
let clock: Clock
let sessions: Sessions
const engine = async (): Promise<Sessions> => {
  const made = new Sessions(memory, keys['refresh-token'], clock.now)
  await made.load()
  return made
}
const renew = async (id: string, token: string): Promise<string | null> => {
  const renewal = await sessions.renew(id, token)
  if (!renewal.ok) throw new Error(renewal.why)
  return renewal.token
}

beforeEach(async () => {
  memory = new FakeMemory()
  clock = new Clock()
  sessions = await engine()
})

describe('a session', () => {
  it('is renewed with a new token each time, of which no memory has more than a hash', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    clock.pass(60_000)
    const next = await renew(session.id, token)
    expect(next).toMatch(/^[\w-]{43}$/)
    expect(next).not.toBe(token)
    expect(JSON.stringify([...memory.sessions])).not.toContain(token)
    expect(JSON.stringify([...memory.sessions])).not.toContain(next)
  })

  it('ends when an old token is used again', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    const ended: string[] = []
    sessions.on('ended', (_, why) => ended.push(why))
    const next = (await renew(session.id, token))!
    clock.pass(10_000)
    expect(await sessions.renew(session.id, token)).toMatchObject({ ok: false, why: 'reuse', account: 'arm01' })
    expect(await sessions.renew(session.id, next)).toMatchObject({ ok: false, why: 'unknown' })
    expect(ended).toEqual(['reuse'])
    expect(memory.sessions.size).toBe(0)
  })

  it('gives two pages that renew together, or one whose answer was lost, the same token', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    const [one, other] = await Promise.all([renew(session.id, token), renew(session.id, token)])
    expect(other).toBe(one)
    clock.pass(9_000)
    sessions = await engine()
    expect(await renew(session.id, token)).toBe(one)
    expect(await renew(session.id, one!)).not.toBe(one)
  })

  it('is not renewed with what is no token of it, and goes on', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    expect(await sessions.renew(session.id, 'x'.repeat(43))).toMatchObject({ ok: false, why: 'unknown' })
    expect(await sessions.renew('nobody', token)).toMatchObject({ ok: false, why: 'unknown' })
    expect(await renew(session.id, token)).not.toBeNull()
  })

  it('ends half an hour after its last renewal, and fourteen hours after its beginning', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    clock.pass(idleMs - 1)
    let last = (await renew(session.id, token))!
    for (let at = clock.at; at < session.startedAt + absoluteMs - idleMs; at = clock.at) {
      clock.pass(idleMs - 1)
      last = (await renew(session.id, last))!
    }
    clock.at = session.startedAt + absoluteMs - 1
    expect(sessions.get(session.id)).not.toBeNull()
    clock.pass(1)
    expect(sessions.get(session.id)).toBeNull()
    expect(await sessions.renew(session.id, last)).toMatchObject({ ok: false })
    const ended: string[] = []
    sessions.on('ended', (_, why) => ended.push(why))
    const idle = await sessions.open('arm02', 'password')
    clock.pass(idleMs)
    expect(sessions.get(idle.session.id)).toBeNull()
    sessions.sweep()
    expect(ended).toEqual(['too-old', 'idle'])
  })

  it('outlives its engine; one that was ended does not come back with the next', async () => {
    const [stays, goes] = [await sessions.open('arm01', 'password'), await sessions.open('arm02', 'password')]
    sessions.end(goes.session.id, 'signed-out')
    sessions = await engine()
    expect(sessions.get(stays.session.id)).toMatchObject({ account: 'arm01' })
    expect(sessions.get(goes.session.id)).toBeNull()
    expect(await renew(stays.session.id, stays.token)).not.toBeNull()
  })

  it('has the browser’s phone of its account until another one asks for it', async () => {
    const [one, other] = [await sessions.open('arm01', 'password'), await sessions.open('arm01', 'oidc')]
    expect(sessions.takePhone(one.session.id)?.phoneSince).toBe(clock.at)
    clock.pass(5)
    expect(sessions.takePhone(other.session.id)?.phoneSince).toBe(clock.at)
    expect(sessions.get(one.session.id)?.phoneSince).toBeNull()
    sessions = await engine()
    expect(sessions.get(other.session.id)?.phoneSince).toBe(clock.at)
  })
})

describe('while the memory is away', () => {
  it('sessions go on with the token at hand, and are told when it is back', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    memory.away = true
    clock.pass(idleMs - 1)
    expect(await renew(session.id, token)).toBeNull()
    clock.pass(idleMs - 1)
    expect(await renew(session.id, token)).toBeNull()
    memory.away = false
    await sessions.catchUp()
    expect(memory.sessions.get(session.id)?.renewedAt).toBe(clock.at)
    expect(await renew(session.id, token)).not.toBeNull()
  })

  it('nobody begins, and what was ended is over all the same', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    memory.away = true
    await expect(sessions.open('arm02', 'password')).rejects.toThrow('away')
    sessions.end(session.id, 'signed-out')
    expect(await sessions.renew(session.id, token)).toMatchObject({ ok: false })
    memory.away = false
    await sessions.catchUp()
    expect(memory.sessions.size).toBe(0)
  })

  it('an engine that has not read them refuses nobody for good', async () => {
    const { session, token } = await sessions.open('arm01', 'password')
    const stranger = new Sessions(memory, keys['refresh-token'], clock.now)
    expect(await stranger.renew(session.id, token)).toMatchObject({ ok: false, why: 'unread' })
  })
})
