/** What was given up is sent again on an administrator's word: once for a key, and not without a trace. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LinksDoor } from '../../../src/http/door.js'
import { START } from '../auth/memories.js'
import { API_TOKEN, openHouse, type House } from './open-door.js'

let house: House
let asked: (string | null)[][]
let resent: () => Promise<number>

const link = { id: 'lrm', lastSuccessAt: null, failuresInARow: 0, undelivered: 0, oldestUndeliveredMs: null, dead: 2, lastDead: [] }
let links: LinksDoor

beforeEach(async () => {
  asked = []
  resent = async () => 2
  links = {
    links: () => ({ at: 0, following: true, links: [link] }),
    resend: (...what) => (asked.push(what), resent()),
  }
  house = await openHouse({ links: { links: () => links.links(), resend: (...what) => links.resend(...what) } })
})
afterEach(() => house.app.close())

const ask = (token: string, payload: object = {}, { to = 'lrm', key = undefined as string | undefined } = {}) =>
  house.app.inject({ method: 'POST', url: `/v1/links/${to}/resend`, payload, headers: { authorization: `Bearer ${token}`, ...(key !== undefined && { 'idempotency-key': key }) } })
const audited = () => house.memory.entries.filter(({ kind }) => kind === 'deliveries-resent')

it('is done and audited, for all or for one', async () => {
  const { token } = await house.enter('adm01')
  const all = await ask(token)
  expect([all.statusCode, all.json()]).toEqual([200, { resent: 2 }])
  await ask(token, { event: '1795514591482-0' })
  expect(asked).toEqual([
    ['lrm', null],
    ['lrm', '1795514591482-0'],
  ])
  const entry = { at: START, kind: 'deliveries-resent', account: 'adm01', ip: '127.0.0.1' }
  expect(audited()).toEqual([
    { ...entry, detail: 'lrm all: 2' },
    { ...entry, detail: 'lrm 1795514591482-0: 2' },
  ])
})

it('is done once for a key', async () => {
  const [first, second] = [await ask(API_TOKEN, {}, { key: 'k' }), await ask(API_TOKEN, {}, { key: 'k' })]
  expect([second.json(), second.headers['idempotency-replayed']]).toEqual([first.json(), 'true'])
  expect([asked.length, audited().length]).toEqual([1, 1])
})

it.each([
  ['a link that is not there', { to: 'other' }, {}, [404, 'unknown-link']],
  ['an event that was not given up', {}, { event: '1-0' }, [404, 'unknown-delivery']],
  ['what is no event', {}, { event: 'x' }, [400, 'malformed']],
])('%s is refused, and leaves no trace', async (_, where, body, expected) => {
  resent = async () => 0
  const answer = await ask(API_TOKEN, body, where)
  expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual(expected)
  expect(audited()).toEqual([])
})

it('is not possible without Redis, which may have failed on the way, nor without the room', async () => {
  resent = () => Promise.reject(new Error('away'))
  expect((await ask(API_TOKEN)).statusCode).toBe(503)
  expect(audited().map(({ detail }) => detail)).toEqual(['lrm all: unfinished'])
  links = { ...links, links: () => null }
  expect((await ask(API_TOKEN)).statusCode).toBe(503)
  expect(asked).toHaveLength(1)
})
