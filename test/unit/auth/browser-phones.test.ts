/** The phone of a page: made of the session, and gone with it. */
import { createHmac } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import { BrowserPhones } from '../../../src/auth/browser-phones.js'
import { absoluteMs, idleMs, Sessions } from '../../../src/auth/sessions.js'
import { config } from '../http/open-door.js'
import { Clock, FakeMemory, keys, START } from './memories.js'

let clock: Clock
let sessions: Sessions
let phones: BrowserPhones
const settings = { server: 'wss://pbx.example/ws', iceServers: [{ urls: ['stun:stun.example'] }, { urls: ['turn:turn.example'] }, { urls: ['turn:own.example'], username: 'u', credential: 'c' }], turnSecret: 'shared' }
beforeEach(async () => {
  clock = new Clock()
  sessions = new Sessions(new FakeMemory(), keys['refresh-token'], clock.now)
  phones = new BrowserPhones(sessions, () => config, keys['sip-password'], settings)
  await sessions.load()
})

it('is one session’s, and of nobody without one', async () => {
  const { session } = await sessions.open('arm01', 'password')
  expect(phones.passwordOf('arm01-web')).toBeNull()
  const taken = phones.take(session.id)!
  expect(taken.endpoint).toBe('arm01-web')
  expect(taken.credentials).toMatchObject({ uri: 'sip:arm01-web@pbx.example', username: 'arm01-web', server: settings.server, expiresAt: START + absoluteMs })
  expect(phones.passwordOf('arm01-web')).toBe(taken.credentials.password)
  expect(phones.take(session.id)?.credentials.password).toBe(taken.credentials.password)
  sessions.end(session.id, 'signed-out')
  expect(phones.passwordOf('arm01-web')).toBeNull()
})

it('goes to the latest who asks, with a password of its own', async () => {
  const [one, other] = [(await sessions.open('arm01', 'password')).session, (await sessions.open('arm01', 'password')).session]
  const first = phones.take(one.id)!.credentials.password
  const second = phones.take(other.id)!.credentials.password
  expect(second).not.toBe(first)
  expect(phones.passwordOf('arm01-web')).toBe(second)
  sessions.end(one.id, 'signed-out')
  expect(phones.passwordOf('arm01-web')).toBe(second)
})

it('is gone when the session’s time is over, and none for who has no phone', async () => {
  const { session } = await sessions.open('arm01', 'password')
  phones.take(session.id)
  clock.pass(idleMs)
  expect(phones.passwordOf('arm01-web')).toBeNull()
  expect(phones.take((await sessions.open('sup01', 'password')).session.id)).toBeNull()
})

it('has TURN credentials for its time, where the server has none of its own', async () => {
  const { iceServers } = phones.take((await sessions.open('arm01', 'password')).session.id)!.credentials
  const username = `${(START + absoluteMs) / 1_000}:arm01-web`
  expect(iceServers).toEqual([settings.iceServers[0], { urls: ['turn:turn.example'], username, credential: createHmac('sha1', 'shared').update(username).digest('base64') }, settings.iceServers[2]])
})
