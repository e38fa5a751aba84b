/** Recordings are heard by whoever may, and each time it is written down who did (R-TO-3). */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { rangeOf } from '../../../src/http/range.js'
import { RecordingKeeper } from '../../../src/recordings/keeper.js'
import { Shelf } from '../../../src/recordings/shelf.js'
import { put, wav } from '../recordings/wav.js'
import { openHouse, type House } from './open-door.js'

const minute = 60_000
let dir: string
let house: House
let tokens: Record<'ecoute01' | 'sup01', string>

class HangingShelf extends Shelf {
  readonly asked: string[] = []
  override open(name: string): Promise<never> {
    this.asked.push(name)
    return new Promise(() => {})
  }
}

beforeAll(async () => {
  dir = scratchDirectory('recordings')
  const shelf = join(dir, 'recording')
  mkdirSync(shelf)
  house = await openHouse({ recordings: new Shelf(shelf) })
  const now = house.clock.at
  put(shelf, '1795.2', now - 3 * minute)
  put(shelf, '1795.4', now - 5 * minute, wav(2))
  put(shelf, 'C-1795.2-1-7', now - 4 * minute)
  put(shelf, 'out-1794.ab12', now - 4 * minute)
  await new RecordingKeeper({ dir: shelf, now: house.clock.now, retentionMs: () => null, onProblem: (problem) => expect.fail(String(problem)) }).look()
  put(shelf, '1795.6', now - 1_000, wav(1, false))
  writeFileSync(join(dir, 'secret.wav'), wav())
  symlinkSync(join(dir, 'secret.wav'), join(shelf, 'link.wav'))
  tokens = { ecoute01: (await house.enter('ecoute01')).token, sup01: (await house.enter('sup01')).token }
})
afterAll(async () => {
  await house.app.close()
  rmSync(dir, { recursive: true, force: true })
})

const get = (url: string, account: keyof typeof tokens = 'ecoute01', headers: Record<string, string> = {}) =>
  house.app.inject({ method: 'GET', url: `/v1/recordings${url}`, headers: { authorization: `Bearer ${tokens[account]}`, ...headers } })
const lastNoted = () => house.memory.entries.at(-1)

describe('the list', () => {
  it('is the newest first, with hashes of those that are sealed', async () => {
    const { recordings } = (await get('')).json<{ recordings: { name: string; call: string; durationMs: number; closed: boolean; sha256: string | null }[] }>()
    expect(recordings.map(({ name, call, durationMs, closed, sha256 }) => [name, call, durationMs, closed, sha256?.length])).toEqual([
      ['C-1795.2-1-7', '1795.2', 1_000, true, 64],
      ['1795.6', '1795.6', 1_000, false, undefined],
      ['1795.4', '1795.4', 2_000, true, 64],
      ['1795.2', '1795.2', 1_000, true, 64],
      ['out-1794.ab12', 'out-1794.ab12', 1_000, true, 64],
    ])
    expect(lastNoted()).toMatchObject({ kind: 'recordings-listed', account: 'ecoute01', ip: '127.0.0.1', detail: null })
  })

  it('is of one call, or of what was before', async () => {
    const names = async (query: string) => (await get(query)).json<{ recordings: { name: string }[] }>().recordings.map(({ name }) => name)
    expect(await names('?call=1795.2')).toEqual(['C-1795.2-1-7', '1795.2'])
    expect(lastNoted()).toMatchObject({ kind: 'recordings-listed', detail: '1795.2' })
    expect(await names('?count=1&before=1795.6')).toEqual(['1795.4'])
  })
})

describe('the sound', () => {
  it('is there whole or in part, and who heard it is written down', async () => {
    const all = await get('/1795.4')
    expect(all.statusCode).toBe(200)
    expect(all.headers).toMatchObject({ 'content-type': 'audio/wav', 'accept-ranges': 'bytes', 'content-length': '32044', 'cache-control': 'no-store' })
    expect(all.rawPayload.equals(wav(2))).toBe(true)
    expect(lastNoted()).toMatchObject({ kind: 'recording-heard', account: 'ecoute01', ip: '127.0.0.1', detail: '1795.4' })
    const part = await get('/1795.4', 'ecoute01', { range: 'bytes=4-7' })
    expect(part.statusCode).toBe(206)
    expect(part.headers).toMatchObject({ 'content-range': 'bytes 4-7/32044', 'content-length': '4' })
    expect(part.rawPayload.equals(wav(2).subarray(4, 8))).toBe(true)
    const beyond = await get('/1795.4', 'ecoute01', { range: 'bytes=99999-' })
    expect([beyond.statusCode, beyond.headers['content-range'], beyond.json<{ error: string }>().error]).toEqual([416, 'bytes */32044', 'bad-range'])
  })

  it('of a call that goes on waits for its end', async () => {
    const answer = await get('/1795.6')
    expect([answer.statusCode, answer.json<{ message: string }>().message]).toEqual([409, 'Cet enregistrement est encore en cours.'])
  })

  it.each(['/nowhere', '/link'])('%s is none', async (url) => {
    expect((await get(url)).json()).toMatchObject({ error: 'unknown-recording' })
  })

  it.each(['/..%2Fsecret', '/%2e%2e%2fsecret', '/../secret', '/.%2Fsecret', '/a%00b', '/%2Fetc%2Fpasswd'])('nothing outside the directory is reached: %s', async (url) => {
    const { statusCode, rawPayload } = await get(url)
    expect([400, 404]).toContain(statusCode)
    expect(rawPayload.includes('WAVE')).toBe(false)
  })
})

describe('while the audit cannot be written', () => {
  it.each(['', '/1795.4'])('nothing is told: GET /v1/recordings%s', async (url) => {
    house.memory.away = true
    const answer = await get(url)
    house.memory.away = false
    expect([answer.statusCode, answer.json()]).toMatchObject([503, { error: 'audit-away', message: expect.stringContaining('ne peut pas être consigné') }])
    expect(answer.rawPayload.includes('WAVE')).toBe(false)
    expect((await get(url)).statusCode).toBe(200)
  })
})

describe('while the disk hangs', () => {
  it.each(['', '/1795.4'])('who asks is told so in time, and one thing alone is asked of it: GET /v1/recordings%s', async (url) => {
    const hanging = new HangingShelf(dir, 20)
    const other = await openHouse({ recordings: hanging })
    const { token } = await other.enter('ecoute01')
    const ask = () => other.app.inject({ method: 'GET', url: `/v1/recordings${url}`, headers: { authorization: `Bearer ${token}` } })
    hanging.listen('hangs').catch(() => {})
    for (const answer of await Promise.all([ask(), ask()])) expect([answer.statusCode, answer.json()]).toMatchObject([503, { error: 'recordings-away', message: expect.stringContaining('ne répond pas') }])
    expect(hanging.asked).toEqual(['hangs'])
    await other.app.close()
  })
})

describe('who may not', () => {
  it('is refused and written down, a supervisor too', async () => {
    for (const url of ['', '/1795.4']) expect((await get(url, 'sup01')).statusCode).toBe(403)
    expect(lastNoted()).toMatchObject({ kind: 'wrong-right', account: 'sup01', detail: '/v1/recordings/:recording' })
  })
})

describe('without a directory', () => {
  it('says what is missing', async () => {
    const bare = await openHouse()
    const { token } = await bare.enter('ecoute01')
    const answer = await bare.app.inject({ method: 'GET', url: '/v1/recordings', headers: { authorization: `Bearer ${token}` } })
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([404, 'recordings-not-here'])
    await bare.app.close()
  })
})

describe('a range', () => {
  it.each([
    [undefined, null],
    ['bytes=0-', { start: 0, end: 99 }],
    ['bytes=10-19', { start: 10, end: 19 }],
    ['bytes=90-200', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-200', { start: 0, end: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', null],
    ['bytes=-', null],
    ['bytes=0-1,5-6', null],
    ['lines=0-1', null],
  ] as const)('%s of 100 bytes', (header, range) => {
    expect(rangeOf(header, 100)).toEqual(range)
  })
})
