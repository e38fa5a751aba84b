/** A command asked twice under one key is carried out once. */
import { connect, type AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AskedOnce } from '../../../src/asked-once.js'
import { apiPrincipal } from '../../../src/auth/principal.js'
import type { Answer } from '../../../src/engine.js'
import type { EngineDoor, Request } from '../../../src/http/door.js'
import { answerOnce } from '../../../src/http/idempotency.js'
import { API_TOKEN, LRM_TOKEN, openHouse, type House } from './open-door.js'

let house: House
let submitted: Request[]
let answer: (request: Request) => Promise<Answer>
/** What an engine before this one left, and what this one leaves. */
let left: Map<string, string>
let leaving: AskedOnce[]
let door: EngineDoor

beforeEach(async () => {
  submitted = []
  left = new Map()
  leaving = []
  answer = async () => ({ ok: true })
  const submit: EngineDoor['submit'] = (request, asked) => (submitted.push(request), asked && leaving.push(asked), answer(request))
  door = { submit, recall: async (name) => left.get(name) ?? null, room: () => null, supervision: () => null, reload: () => ({ ok: false, faults: [] }), indicators: () => null, state: () => ({ ari: 'up', redis: 'up', lease: 'held', version: '1' }), now: () => 0 }
  house = await openHouse({ door })
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

it.each([
  [null, 204],
  ['not-on-call', 409],
])('gets the answer of the engine before this one (%s), once it was decided there', async (refusal, status) => {
  await ask('k')
  const [{ name, fingerprint } = { name: '', fingerprint: '' }] = leaving
  await house.app.close()
  submitted = []
  const successor = await openHouse({ door: { ...door, recall: async (asked) => (asked === name ? JSON.stringify({ fingerprint, made: null, refusal }) : null) } })
  house = successor
  const other = await ask('k', { agent: 'arm01', priority: 'P2' })
  expect([other.statusCode, other.json<{ error: string }>().error]).toEqual([422, 'key-reused'])
  for (const again of [await ask('k'), await ask('k')]) expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([status, 'true'])
  expect(submitted).toHaveLength(0)
  expect((await ask('another')).statusCode).toBe(204)
})

it('names again what the engine before this one made', async () => {
  const callOut = (key: string) => house.app.inject({ method: 'POST', url: '/v1/calls', payload: { agent: 'arm01', to: 'codis' }, headers: { authorization: `Bearer ${API_TOKEN}`, 'idempotency-key': key } })
  const first = await callOut('k')
  const [{ name, ...asked } = { name: '', made: null }] = leaving
  expect([first.statusCode, first.json()]).toEqual([201, asked.made])
  await house.app.close()
  left.set(name, JSON.stringify({ ...asked, refusal: null }))
  house = await openHouse({ door })
  const again = await callOut('k')
  expect([again.statusCode, again.json()]).toEqual([201, first.json()])
  expect(submitted).toHaveLength(1)
})

it('is decided again when this version cannot read what was left', async () => {
  await ask('k')
  left.set(leaving[0]?.name ?? '', '{"fingerprint":1}')
  await house.app.close()
  house = await openHouse({ door })
  expect((await ask('k')).statusCode).toBe(204)
  expect(submitted).toHaveLength(2)
})

it('leaves neither the key nor what was asked', async () => {
  await ask('a key of mine')
  expect(leaving).toEqual([{ made: null, name: expect.stringMatching(/^[\w-]{43}$/) as string, fingerprint: expect.stringMatching(/^[\w-]{43}$/) as string }])
})

it('is forgotten after ten minutes', async () => {
  let now = 0
  let count = 0
  const app = fastify()
  app.setValidatorCompiler(() => () => true)
  app.decorateRequest('principal')
  app.addHook('onRequest', async (request) => void (request.principal = apiPrincipal))
  answerOnce(app, { recall: async () => null }, () => now)
  app.post('/count', async (_, reply) => reply.code(200).send(String(++count)))
  const post = async () => (await app.inject({ method: 'POST', url: '/count', headers: { 'idempotency-key': 'k' } })).body
  expect([await post(), await post()]).toEqual(['1', '1'])
  now = 10 * 60_000
  expect(await post()).toBe('2')
})
