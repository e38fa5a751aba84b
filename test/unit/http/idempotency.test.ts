/** A command asked twice under one key is carried out once. */
import { connect, type AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { apiPrincipal } from '../../../src/auth/principal.js'
import type { Answer } from '../../../src/engine.js'
import type { EngineDoor, Request } from '../../../src/http/door.js'
import { answerOnce } from '../../../src/http/idempotency.js'
import { API_TOKEN, LRM_TOKEN, openHouse, type House } from './open-door.js'

let house: House
let submitted: Request[]
let answer: (request: Request) => Promise<Answer>

beforeEach(async () => {
  submitted = []
  answer = async () => ({ ok: true })
  const submit: EngineDoor['submit'] = (request) => (submitted.push(request), answer(request))
  house = await openHouse({ door: { submit, room: () => null, supervision: () => null, reload: () => ({ ok: false, faults: [] }), indicators: () => null, state: () => ({ ari: 'up', redis: 'up', lease: 'held', version: '1' }), now: () => 0 } })
})
afterEach(() => house.app.close())

const ask = (key: string | undefined, payload: object = { agent: 'arm01', priority: 'P1' }, { token = API_TOKEN, call = 'c1' } = {}) =>
  house.app.inject({ method: 'POST', url: `/v1/calls/${call}/qualification`, payload, headers: { authorization: `Bearer ${token}`, ...(key !== undefined && { 'idempotency-key': key }) } })

it('gets the answer again, and is told so', async () => {
  const [first, second] = [await ask('k'), await ask('k')]
  expect([first.statusCode, second.statusCode]).toEqual([204, 204])
  expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([undefined, 'true'])
  expect(submitted).toHaveLength(1)
})

it('gets the same refusal again, whatever would come of it now', async () => {
  answer = async () => ({ ok: false, refusal: 'not-on-call' })
  const first = await ask('k')
  answer = async () => ({ ok: true })
  const second = await ask('k')
  expect(second.statusCode).toBe(409)
  expect(second.json()).toEqual(first.json())
  expect(submitted).toHaveLength(1)
})

it('waits for the first, which is on its way', async () => {
  let decide: (answer: Answer) => void = () => undefined
  answer = () => new Promise((resolve) => (decide = resolve))
  const asked = [ask('k'), ask('k'), ask('k')]
  while (submitted.length === 0) await new Promise(setImmediate)
  decide({ ok: true })
  expect((await Promise.all(asked)).map(({ statusCode }) => statusCode)).toEqual([204, 204, 204])
  expect(submitted).toHaveLength(1)
})

it('is carried out though whoever asked is gone, and answered when they ask again', async () => {
  let decide: (answer: Answer) => void = () => undefined
  answer = () => new Promise((resolve) => (decide = resolve))
  await house.app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((house.app.server.address() as AddressInfo).port, '127.0.0.1')
  const body = JSON.stringify({ agent: 'arm01', priority: 'P1' })
  socket.write(`POST /v1/calls/c1/qualification HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_TOKEN}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  while (submitted.length === 0) await new Promise(setImmediate)
  socket.destroy()
  const again = ask('k')
  await new Promise(setImmediate)
  decide({ ok: true })
  expect((await again).statusCode).toBe(204)
  expect(submitted).toHaveLength(1)
})

it('is tried again after it failed', async () => {
  answer = async () => ({ ok: false, refusal: 'unavailable' })
  expect((await ask('k')).statusCode).toBe(503)
  answer = async () => ({ ok: true })
  expect((await ask('k')).statusCode).toBe(204)
})

it.each([
  ['body', () => ask('k', { agent: 'arm01', priority: 'P2' })],
  ['call', () => ask('k', undefined, { call: 'c2' })],
])('with another %s is refused', async (_, other) => {
  await ask('k')
  const refused = await other()
  expect([refused.statusCode, refused.json<{ error: string }>().error]).toEqual([422, 'key-reused'])
  expect(submitted).toHaveLength(1)
})

it('is another’s when somebody else asks, and means nothing without a key', async () => {
  await ask('k')
  await ask('k', undefined, { token: LRM_TOKEN })
  await ask(undefined)
  await ask(undefined)
  expect(submitted).toHaveLength(4)
})

it.each(['', ' k', 'x'.repeat(129), 'clé'])('is refused under a key that is none: %s', async (key) => {
  const refused = await ask(key)
  expect([refused.statusCode, refused.json<{ faults: { path: string }[] }>().faults[0]?.path]).toEqual([400, 'headers.idempotency-key'])
})

it('may be long and odd', async () => {
  expect((await ask(`a ~${'x'.repeat(125)}`)).statusCode).toBe(204)
})

it('is forgotten after ten minutes', async () => {
  let now = 0
  let count = 0
  const app = fastify()
  app.setValidatorCompiler(() => () => true)
  app.decorateRequest('principal')
  app.addHook('onRequest', async (request) => void (request.principal = apiPrincipal))
  answerOnce(app, () => now)
  app.post('/count', async (_, reply) => reply.code(200).send(String(++count)))
  const post = async () => (await app.inject({ method: 'POST', url: '/count', headers: { 'idempotency-key': 'k' } })).body
  expect([await post(), await post()]).toEqual(['1', '1'])
  now = 10 * 60_000
  expect(await post()).toBe('2')
})
