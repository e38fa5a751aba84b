/** A place is asked for before a call is sent (R-MA-1, R-MA-2): promised, refused, or not answered, but never waited for. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { usualTiming } from '../../../src/neighbours/timing.js'
import { writeState } from '../../../src/neighbours/wire.js'
import type { ReservationRefusal } from '../../../src/routing/events.js'
import { Sas, ask, certificateOf, own, pair, peer, positions, quick, stopAll } from './sas.js'

const servers: Server[] = []
afterEach(async () => {
  await stopAll()
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** Two that see each other. */
const acquainted = async (...options: Parameters<typeof pair>): ReturnType<typeof pair> => {
  const both = await pair(...options)
  await both.sas68.heard({ positions: positions(1) })
  return both
}

/** A neighbour of another make, and who watches it. */
const withStranger = async (answer: (request: IncomingMessage, response: ServerResponse) => void, timing = quick): Promise<{ sas68: Sas; questions: string[] }> => {
  const questions: string[] = []
  const server = createServer({ ...certificateOf('sas-67'), requestCert: true }, (request, response) => {
    questions.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  servers.push(server)
  new WebSocketServer({ server }).on('connection', (socket) => {
    const tell = (): void => socket.send(writeState('sas-67', own(1)))
    tell()
    const beat = setInterval(tell, quick.heartbeatMs)
    socket.once('close', () => clearInterval(beat))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sas68 = await Sas.start('sas-68', { peers: [peer('sas-67', (server.address() as AddressInfo).port)], listen: null, timing })
  await sas68.heard({ positions: positions(1) })
  return { sas68, questions }
}

it('is promised under an id that nobody guesses', async () => {
  const { sas67, sas68 } = await acquainted()
  const reserved = [await sas68.link.reserve('sas-67', ask), await sas68.link.reserve('sas-67', ask)]
  expect(reserved).toEqual(sas67.asked.map(({ id }) => ({ reservation: id, why: null })))
  expect(sas67.asked).toEqual([1, 2].map(() => ({ neighbour: 'sas-68', id: expect.stringMatching(/^[\w-]{22}$/) as string, ask })))
  expect(sas67.asked[0]?.id).not.toBe(sas67.asked[1]?.id)
})

it.each<ReservationRefusal>(['not-taken', 'refused', 'loop', 'full', 'busy'])('is refused: %s', async (why) => {
  const { sas67, sas68 } = await acquainted()
  sas67.answer = async () => why
  expect(await sas68.link.reserve('sas-67', ask)).toEqual({ reservation: null, why })
  expect(sas67.asked).toHaveLength(1)
})

it('is given up', async () => {
  const { sas67, sas68 } = await acquainted()
  const { reservation } = await sas68.link.reserve('sas-67', ask)
  sas68.link.giveUp('sas-67', reservation ?? '')
  await expect.poll(() => sas67.dropped).toEqual([{ neighbour: 'sas-68', id: reservation }])
})

it('is not asked of somebody unknown, nor of a neighbour that is Down', async () => {
  const { sas67, sas68 } = await acquainted()
  expect(await sas68.link.reserve('sas-99', ask)).toEqual({ reservation: null, why: 'unknown-neighbour' })
  sas67.own = null
  sas67.link.changed()
  await sas68.heard(null)
  expect(await sas68.link.reserve('sas-67', ask)).toEqual({ reservation: null, why: 'unreachable' })
  expect(sas67.asked).toEqual([])
})

it('is asked of the engine that has the room', async () => {
  const [one, other] = [await Sas.start('sas-67', { peers: [peer('sas-68')] }), await Sas.start('sas-67', { peers: [peer('sas-68')] })]
  one.own = null
  const sas68 = await Sas.start('sas-68', { peers: [peer('sas-67', one.port, other.port)], listen: null })
  await sas68.heard({ positions: positions(1) })
  expect((await sas68.link.reserve('sas-67', ask)).why).toBeNull()
  expect([one.asked.length, other.asked.length]).toEqual([0, 1])
})

it('is asked again of an engine that did not decide', async () => {
  const { sas67, sas68 } = await acquainted()
  sas67.answer = async () => (sas67.asked.length === 1 ? 'unreachable' : null)
  expect((await sas68.link.reserve('sas-67', ask)).why).toBeNull()
  expect(new Set(sas67.asked.map(({ id }) => id)).size).toBe(1)
})

it('survives a fault of whoever decides', async () => {
  const { sas67, sas68 } = await acquainted()
  sas67.answer = async () => {
    throw new Error('no decision')
  }
  expect(await sas68.link.reserve('sas-67', ask)).toEqual({ reservation: null, why: 'unreachable' })
  expect(sas67.problems).toMatchObject([1, 2].map(() => ({ neighbour: 'sas-68', error: { message: 'no decision' } })))
})

it('is answered as the first time when an answer was lost', async () => {
  const { sas67, sas68 } = await acquainted()
  // The first answer comes when the second was asked for.
  sas67.answer = () => new Promise((resolve) => setTimeout(() => resolve(null), quick.answerMs * 0.7))
  const reserved = await sas68.link.reserve('sas-67', ask)
  expect(reserved).toEqual({ reservation: sas67.asked[0]?.id, why: null })
  expect(sas67.asked).toHaveLength(1)
})

it('is unreachable after two seconds without an answer, and is given up', async () => {
  const { sas68, questions } = await withStranger(() => undefined, usualTiming)
  const began = performance.now()
  expect(await sas68.link.reserve('sas-67', ask)).toEqual({ reservation: null, why: 'unreachable' })
  expect(performance.now() - began).toBeGreaterThan(1_900)
  expect(performance.now() - began).toBeLessThan(2_300)
  await expect.poll(() => questions).toEqual(['POST /v1/reservations', 'POST /v1/reservations', expect.stringMatching(/^DELETE \/v1\/reservations\/[\w-]{22}$/)])
})

it.each<[string, (request: IncomingMessage, response: ServerResponse) => unknown, ReservationRefusal]>([
  ['refuses for a reason of its own', (_, response) => response.writeHead(409).end('{"why":"moon","more":1}'), 'refused'],
  ['refuses in words that nobody reads', (_, response) => response.writeHead(404).end('<html>'), 'refused'],
  ['knows us no more', (_, response) => response.writeHead(403).end(), 'unknown-neighbour'],
  ['has too much to do', (_, response) => response.writeHead(429).end(), 'busy'],
  ['is broken', (_, response) => response.writeHead(500).end(), 'unreachable'],
  ['sends us elsewhere', (_, response) => response.writeHead(302, { location: 'https://127.0.0.1:1/' }).end(), 'refused'],
  ['answers half', (_, response) => response.writeHead(201, { 'content-length': 100 }).write('{'), 'unreachable'],
  ['answers without end', (_, response) => response.writeHead(201).write('x'.repeat(100_000)), 'unreachable'],
  ['cuts the connection', (request) => request.socket.destroy(), 'unreachable'],
])('is not promised by a neighbour that %s', async (_, answer, why) => {
  const { sas68 } = await withStranger((request, response) => void answer(request, response))
  const began = performance.now()
  expect(await sas68.link.reserve('sas-67', ask)).toEqual({ reservation: null, why })
  expect(performance.now() - began).toBeLessThan(quick.answerMs + 200)
})

it('is asked again, once, when the connection broke on the way', async () => {
  const { sas68, questions } = await withStranger((request, response) => {
    if (questions.length === 1) request.socket.destroy()
    else response.writeHead(201).end('{}')
  })
  expect((await sas68.link.reserve('sas-67', ask)).why).toBeNull()
  expect(questions).toHaveLength(2)
})

it('is answered to a neighbour that was away in between', async () => {
  const { sas67, sas68 } = await acquainted()
  const port = sas67.port ?? 0
  expect((await sas68.link.reserve('sas-67', ask)).why).toBeNull()
  await sas67.stop()
  await sas68.heard(null)
  const again = await Sas.start('sas-67', { peers: [peer('sas-68')], listen: { host: '127.0.0.1', port } })
  await sas68.heard({ positions: positions(1) })
  expect((await sas68.link.reserve('sas-67', ask)).why).toBeNull()
  expect(again.asked).toHaveLength(1)
})
