/** Who is let in, and what they can do to a SAS: nothing but what a neighbour may, and no neighbour to another (R-MA-1). */
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { Agent, request, type RequestOptions } from 'node:https'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { writeAsk } from '../../../src/neighbours/wire.js'
import { Authority } from './certificates.js'
import { Sas, ask, authority, certificateOf, own, peer, quick, stopAll } from './sas.js'

const sockets: { destroy(): unknown }[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await stopAll()
})

const as68 = certificateOf('sas-68')
const id = 'A'.repeat(22)
const serve = (): Promise<Sas> => Sas.start('sas-67', { peers: [peer('sas-68'), peer('sas-88')] })

const closed = (socket: TLSSocket): Promise<void> => new Promise((resolve) => void socket.resume().once('close', () => resolve()))
const dial = (sas: Sas, options: ConnectionOptions = as68): TLSSocket => {
  const socket = connect({ host: '127.0.0.1', port: sas.port ?? 0, rejectUnauthorized: false, ...options })
  socket.on('error', () => undefined)
  sockets.push(socket)
  return socket
}

/** Its status; null when the connection was cut. */
const send = (sas: Sas, method: string, path: string, body: string | null, options: RequestOptions = as68): Promise<number | null> =>
  new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port: sas.port, method, path, agent: false, rejectUnauthorized: false, ...options }, (answer) => {
      answer.resume()
      answer.once('close', () => resolve(answer.statusCode ?? null))
    })
    sent.once('error', () => resolve(null))
    sent.end(body ?? undefined)
  })
const post = (sas: Sas, body: string, options: RequestOptions = as68): Promise<number | null> => send(sas, 'POST', '/v1/reservations', body, options)

/** The status of an upgrade, 101 when it was one. */
const watch = (sas: Sas, options: object = as68): Promise<{ status: number | null; socket: WebSocket }> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`wss://127.0.0.1:${sas.port}/v1/state`, { rejectUnauthorized: false, ...options })
    sockets.push({ destroy: () => socket.terminate() })
    socket.once('open', () => resolve({ status: 101, socket }))
    socket.once('unexpected-response', (_, answer) => resolve({ status: answer.statusCode ?? null, socket }))
    socket.once('error', () => resolve({ status: null, socket }))
  })

describe('a stranger', () => {
  it('whose upgrade was refused is cut off, though they keep their half open', async () => {
    const sas = await serve()
    const socket = dial(sas, { ...certificateOf('sas-99'), allowHalfOpen: true } as ConnectionOptions)
    await once(socket, 'secureConnect')
    socket.write('GET /v1/state HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
    await once(socket.resume(), 'end')
    await expect.poll(() => {
      if (socket.writable) socket.write('still here')
      return socket.destroyed
    }).toBe(true)
  })

  it.each([
    ['without a certificate', () => ({}), 'no-certificate'],
    ['with a certificate of another authority', () => new Authority().sign('sas-68.samu.example'), 'untrusted-certificate'],
    ['with a certificate that they signed for themself', () => ({ ...as68, ...new Authority().sign('sas-68.samu.example', { days: 1 }), ca: '' }), 'untrusted-certificate'],
    ['with a certificate that is over', () => authority.sign('sas-68.samu.example', { days: -1 }), 'untrusted-certificate'],
  ] as const)('%s gets no connection, and it is told', async (_, options, why) => {
    const sas67 = await serve()
    const { cert, key } = { cert: undefined, key: undefined, ...options() }
    const shown = cert === undefined ? {} : { cert, key }
    expect(await post(sas67, writeAsk(id, ask), shown)).toBeNull()
    expect((await watch(sas67, shown)).status).toBeNull()
    expect(await sas67.toldRefused(why)).toEqual({ why, neighbour: null, address: '127.0.0.1' })
    expect(sas67.refused.every((one) => one.why === why)).toBe(true)
    expect(sas67.asked).toEqual([])
  })

  it.each([
    ['of a name that is no neighbour', 'sas-99.samu.example', undefined],
    ['for many names', '*.samu.example', undefined],
    ['that could be two neighbours', 'sas-68.samu.example', ['sas-68.samu.example', 'sas-88.samu.example']],
    ['whose common name alone is a neighbour', 'sas-68.samu.example', ['sas-99.samu.example']],
  ])('with a certificate %s gets nothing, whatever they say they are', async (_, name, alternatives) => {
    const sas67 = await serve()
    const options = authority.sign(name, alternatives ? { alternatives } : {})
    expect(await post(sas67, writeAsk(id, ask), options)).toBe(403)
    expect((await watch(sas67, options)).status).toBe(403)
    expect(sas67.refused).toEqual([1, 2].map(() => ({ why: 'unknown-neighbour', neighbour: null, address: '127.0.0.1' })))
    expect(sas67.asked).toEqual([])
  })

  it('with an older TLS than 1.2 gets no connection', async () => {
    const sas67 = await serve()
    const socket = dial(sas67, { ...as68, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    await closed(socket)
    await sas67.toldRefused('malformed')
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('who has what is left of a session of a neighbour gets no connection by it (%s)', async (version) => {
    const sas67 = await serve()
    const options = { ...as68, minVersion: version, maxVersion: version }
    const first = dial(sas67, options)
    let session: Buffer | undefined
    first.on('session', (given) => (session = given))
    first.write('GET /v1/state HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(first, 'data')
    session ??= first.getSession()
    const second = dial(sas67, { minVersion: version, maxVersion: version, ...(session && { session }) })
    await closed(second)
    expect(second.isSessionReused()).toBeFalsy()
    await sas67.toldRefused('no-certificate')
  })

  it.each([
    ['says nothing', ''],
    ['begins a handshake and never goes on', '\x16\x03\x01\x02\x00\x01\x00\x01'],
  ])('who %s is cut off, and keeps no neighbour out meanwhile', async (_, said) => {
    const sas67 = await Sas.start('sas-67', { peers: [peer('sas-68')], timing: { ...quick, handshakeMs: 1_000 } })
    const held = connectTcp(sas67.port ?? 0, '127.0.0.1')
    sockets.push(held)
    held.write(said, 'latin1')
    const cut = once(held.resume(), 'close')
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
    await cut
    expect(sas67.refused).toEqual([{ why: 'too-slow', neighbour: null, address: '127.0.0.1' }])
  })

  it('who knows no TLS is told, and one who only looks whether there is somebody is not', async () => {
    const sas67 = await serve()
    const looking = connectTcp(sas67.port ?? 0, '127.0.0.1')
    await once(looking, 'connect')
    looking.destroy()
    const plain = connectTcp(sas67.port ?? 0, '127.0.0.1')
    plain.on('error', () => undefined)
    plain.end('GET /v1/state HTTP/1.1\r\n\r\n')
    await once(plain, 'close')
    await sas67.toldRefused('malformed')
    expect(sas67.refused).toHaveLength(1)
  })
})

describe('a neighbour', () => {
  it('who shows TLS 1.2 is heard', async () => {
    expect(await post(await serve(), writeAsk(id, ask), { ...as68, maxVersion: 'TLSv1.2' })).toBe(201)
  })

  it('does not change who they are during a connection', async () => {
    const sas67 = await serve()
    const socket = dial(sas67, { ...as68, maxVersion: 'TLSv1.2' })
    await once(socket, 'secureConnect')
    let renegotiated = false
    socket.renegotiate({}, (error) => (renegotiated = error === null))
    await closed(socket)
    expect(renegotiated).toBe(false)
  })

  it.each([
    ['is no JSON', '{'],
    ['lacks something', JSON.stringify({ id, position: 'amu' })],
    ['has an id that could be guessed', writeAsk('1', ask)],
    ['is too long', writeAsk(id, { ...ask, visited: Array.from({ length: 2_000 }, () => 'sas-67') })],
  ])('whose question %s is refused, and it is told', async (_, body) => {
    const sas67 = await serve()
    expect(await post(sas67, body)).toBe(400)
    expect(sas67.refused).toEqual([{ why: 'malformed', neighbour: 'sas-68', address: '127.0.0.1' }])
    expect(sas67.asked).toEqual([])
  })

  it('who speaks no HTTP is refused, and it is told', async () => {
    const sas67 = await serve()
    const socket = dial(sas67)
    socket.write('HELLO\r\n\r\n')
    await closed(socket)
    expect(sas67.refused).toEqual([{ why: 'malformed', neighbour: 'sas-68', address: '127.0.0.1' }])
  })

  it.each([
    ['GET', '/v1/reservations'],
    ['GET', '/v1/state'],
    ['POST', '/v1/room'],
    ['DELETE', '/v1/reservations'],
  ])('finds nothing at %s %s', async (method, path) => {
    expect(await send(await serve(), method, path, null)).toBe(404)
  })

  it('who begins a question and never ends it is let go', async () => {
    const sas67 = await serve()
    const socket = dial(sas67)
    socket.write(`POST /v1/reservations HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`)
    const began = performance.now()
    await closed(socket)
    expect(performance.now() - began).toBeLessThan(8_000)
    expect(sas67.asked).toEqual([])
  })

  it('who asks again under the same id is answered as the first time, and once it was given up anew', async () => {
    const sas67 = await serve()
    sas67.answer = async () => (sas67.asked.length === 1 ? null : 'refused')
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
    expect(sas67.asked).toHaveLength(1)
    expect(await send(sas67, 'DELETE', `/v1/reservations/${id}`, null)).toBe(204)
    expect(sas67.dropped).toEqual([{ neighbour: 'sas-68', id }])
    expect(await post(sas67, writeAsk(id, ask))).toBe(409)
    expect(sas67.asked).toHaveLength(2)
  })

  it('who asks again later meets whoever decides', async () => {
    const sas67 = await serve()
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
    await new Promise((resolve) => setTimeout(resolve, 2 * quick.answerMs + 50))
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
    expect(sas67.asked).toHaveLength(2)
  })

  it('who asks for something else under the same id is refused, and it is told', async () => {
    const sas67 = await serve()
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
    expect(await post(sas67, writeAsk(id, { ...ask, class: 'P0' }))).toBe(409)
    expect(sas67.refused).toEqual([{ why: 'replayed', neighbour: 'sas-68', address: '127.0.0.1' }])
    expect(sas67.asked).toHaveLength(1)
  })

  it('who has the id of another neighbour has nothing of it', async () => {
    const sas67 = await serve()
    sas67.answer = async () => (sas67.asked.length === 1 ? null : 'refused')
    const as88 = certificateOf('sas-88')
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
    expect(await post(sas67, writeAsk(id, ask), as88)).toBe(409)
    expect(await send(sas67, 'DELETE', `/v1/reservations/${id}`, null, as88)).toBe(204)
    expect(sas67.asked.map(({ neighbour }) => neighbour)).toEqual(['sas-68', 'sas-88'])
    expect(sas67.dropped).toEqual([{ neighbour: 'sas-88', id }])
    expect(await post(sas67, writeAsk(id, ask))).toBe(201)
  })

  it('whose certificate ends while they are connected is one no more', async () => {
    const sas67 = await serve()
    const soon = authority.sign('sas-68.samu.example', { days: 3 / 86_400 })
    const options = { ...soon, agent: new Agent({ ...soon, rejectUnauthorized: false, keepAlive: true, maxSockets: 1 }) }
    sockets.push(options.agent)
    const { socket } = await watch(sas67, soon)
    expect(await post(sas67, writeAsk(id, ask), options)).toBe(201)
    await once(socket, 'close')
    expect(await post(sas67, writeAsk(id, ask), options)).toBe(403)
  })

  it('who asks too much at once is told so, and keeps nobody else out', async () => {
    const sas67 = await serve()
    const options = { ...as68, agent: new Agent({ ...as68, rejectUnauthorized: false, keepAlive: true, maxSockets: 8 }) }
    sockets.push(options.agent)
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => post(sas67, writeAsk(`${id}${n}`, ask), options)))
    expect(new Set(answers)).toEqual(new Set([201, 429]))
    expect(sas67.asked.length).toBeLessThanOrEqual(40 + 20 * ((performance.now() - began) / 1_000))
    expect(await sas67.toldRefused('too-many')).toMatchObject({ neighbour: 'sas-68' })
    expect(await post(sas67, writeAsk(`${id}other`, ask), certificateOf('sas-88'))).toBe(201)
  })

  it('who holds many connections keeps nobody else out', async () => {
    const sas67 = await serve()
    const held = Array.from({ length: 60 }, () => dial(sas67))
    await Promise.all(held.map((socket) => once(socket, 'secureConnect')))
    await sas67.toldRefused('too-many')
    await expect.poll(() => held.filter((socket) => !socket.destroyed).length).toBe(32)
    expect(await post(sas67, writeAsk(id, ask), certificateOf('sas-88'))).toBe(201)
  })

  it('who watches many times over keeps the newest', async () => {
    const sas67 = await serve()
    const watchers: WebSocket[] = []
    for (let n = 0; n < 10; n++) watchers.push((await watch(sas67)).socket)
    await expect.poll(() => watchers.map(({ readyState }) => readyState === WebSocket.OPEN)).toEqual(Array.from({ length: 10 }, (_, n) => n >= 2))
  })

  it('who says something where nothing is said is let go', async () => {
    const sas67 = await serve()
    const { socket } = await watch(sas67)
    socket.send('state!')
    expect((await once(socket, 'close'))[0]).toBe(1008)
    expect(sas67.refused).toEqual([{ why: 'malformed', neighbour: 'sas-68', address: '127.0.0.1' }])
  })

  it('who watches and does not listen is let go', async () => {
    const sas67 = await serve()
    const [deaf, listening] = [(await watch(sas67)).socket, (await watch(sas67)).socket]
    // Neither what it is told nor a ping is read.
    deaf.pause()
    await new Promise((resolve) => setTimeout(resolve, 12 * quick.heartbeatMs))
    deaf.resume()
    await once(deaf, 'close')
    expect(listening.readyState).toBe(WebSocket.OPEN)
  })

  it('who watches sees no one but counts', async () => {
    const sas67 = await serve()
    sas67.own = own(3)
    const socket = new WebSocket(`wss://127.0.0.1:${sas67.port}/v1/state`, { rejectUnauthorized: false, ...as68 })
    sockets.push({ destroy: () => socket.terminate() })
    const [text] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(String(text))).toMatchObject({ serviceState: { serviceState: { state: 'Normal' } }, queues: [{ queueUri: 'sip:amu@sas-67', free: 3 }] })
  })
})
