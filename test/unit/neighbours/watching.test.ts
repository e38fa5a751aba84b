/** How SAS that help each other see each other (R-MA-1, R-MA-2): over TLS on this machine, with certificates as they have them. */
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:https'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { usualTiming } from '../../../src/neighbours/timing.js'
import { writeState } from '../../../src/neighbours/wire.js'
import { Sas, authority, certificateOf, own, pair, peer, positions, quick, stopAll } from './sas.js'

const servers: { close(): unknown; closeAllConnections?(): void }[] = []
afterEach(async () => {
  await stopAll()
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections?.()
  }
})

/** A neighbour of another make, which does what a test has it do. */
const stranger = async (onWatcher: (socket: WebSocket) => void, port = 0): Promise<number> => {
  const server: Server = createServer({ ...certificateOf('sas-67'), requestCert: true })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined)
    onWatcher(socket)
  })
  servers.push(server)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
const watching = (port: number | null): Promise<Sas> => Sas.start('sas-68', { peers: [peer('sas-67', port)], listen: null })
const word = (free: number): string => writeState('sas-67', own(free))

it('sees the whole state at once, and each change, with the usual times within a second', async () => {
  const { sas67, sas68 } = await pair({ timing: usualTiming }, { timing: usualTiming })
  const began = performance.now()
  await sas68.heard({ positions: positions(1) })
  expect(performance.now() - began).toBeLessThan(1_000)
  sas67.own = own(2)
  const changed = performance.now()
  sas67.link.changed()
  await sas68.heard({ positions: positions(2) })
  expect(performance.now() - changed).toBeLessThan(250)
})

it('is told many changes in few words, the last one among them', async () => {
  const { sas67, sas68 } = await pair({ timing: { ...quick, heartbeatMs: 10_000, changeMs: 100 } }, { timing: { ...quick, silenceMs: 10_000 } })
  await sas68.heard({ positions: positions(1) })
  const began = performance.now()
  for (let free = 2; free <= 40; free++) {
    sas67.own = own(free)
    sas67.link.changed()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await sas68.heard({ positions: positions(40) })
  expect(sas68.states.length).toBeLessThanOrEqual(2 + (performance.now() - began) / 100)
})

it('tells each neighbour what is meant for it', async () => {
  const sas67 = await Sas.start('sas-67', { peers: [peer('sas-68'), peer('sas-88')], state: (neighbour) => (neighbour === 'sas-88' ? own(8) : own(6)) })
  const sas68 = await watching(sas67.port)
  const sas88 = await Sas.start('sas-88', { peers: [peer('sas-67', sas67.port)], listen: null })
  await Promise.all([sas68.heard({ positions: positions(6) }), sas88.heard({ positions: positions(8) })])
})

it('notices what nobody said had changed', async () => {
  const { sas67, sas68 } = await pair()
  await sas68.heard({ positions: positions(1) })
  sas67.own = own(5)
  await sas68.heard({ positions: positions(5) })
})

it('is Down at once while its engine has not the room, and after it was stopped', async () => {
  const { sas67, sas68 } = await pair({}, { timing: { ...quick, silenceMs: 60_000 } })
  await sas68.heard({ positions: positions(1) })
  sas67.own = null
  sas67.link.changed()
  await sas68.heard(null)
  sas67.own = own(3)
  sas67.link.changed()
  await sas68.heard({ positions: positions(3) })
  await sas67.stop()
  await sas68.heard(null)
})

it('is Down after five seconds of silence, and not before', async () => {
  const told: WebSocket[] = []
  const port = await stranger((socket) => {
    told.push(socket)
    if (told.length === 1) socket.send(word(1))
  })
  const sas68 = await Sas.start('sas-68', { peers: [peer('sas-67', port)], listen: null, timing: { ...usualTiming, reconnectMsMin: 50 } })
  await sas68.heard({ positions: positions(1) })
  const began = performance.now()
  // A connection that breaks, and one that says nothing, change nothing of that.
  setTimeout(() => told[0]?.terminate(), 1_000)
  await sas68.heard(null)
  expect(performance.now() - began).toBeGreaterThan(4_900)
  expect(performance.now() - began).toBeLessThan(5_500)
  expect(told.length).toBeGreaterThan(1)
})

it('is not Down for a connection that breaks', async () => {
  let words = 0
  const port = await stranger((socket) => {
    socket.send(word(++words))
    setTimeout(() => socket.terminate(), 50)
  })
  const sas68 = await watching(port)
  await sas68.heard({ positions: positions(4) })
  expect(sas68.states).toEqual([1, 2, 3, 4].map((free) => ({ positions: positions(free) })))
})

it('is seen again when it is back, and sees others when it is back itself', async () => {
  const { sas67, sas68 } = await pair()
  const port = sas67.port ?? 0
  await sas68.heard({ positions: positions(1) })
  await sas67.stop()
  await sas68.heard(null)
  const again = await Sas.start('sas-67', { peers: [peer('sas-68')], listen: { host: '127.0.0.1', port }, state: () => own(7) })
  await sas68.heard({ positions: positions(7) })
  await sas68.stop()
  const other = await watching(again.port)
  await other.heard({ positions: positions(7) })
})

it('may have two engines: the one that has the room speaks', async () => {
  const [one, other] = [await Sas.start('sas-67', { peers: [peer('sas-68')] }), await Sas.start('sas-67', { peers: [peer('sas-68')] })]
  other.own = null
  const sas68 = await Sas.start('sas-68', { peers: [peer('sas-67', one.port, other.port)], listen: null })
  await sas68.heard({ positions: positions(1) })
  // For a moment both think that they have it.
  other.own = own(2)
  other.link.changed()
  await sas68.heard({ positions: positions(2) })
  one.own = null
  one.link.changed()
  await new Promise((resolve) => setTimeout(resolve, 2 * quick.heartbeatMs))
  expect(sas68.states).toEqual([{ positions: positions(1) }, { positions: positions(2) }])
})

it('is not believed what cannot be read: that is told, and no sign of life', async () => {
  const port = await stranger((socket) => {
    socket.send(word(1))
    const more = setInterval(() => socket.send('{"serviceState":"fine"}'), quick.heartbeatMs)
    socket.once('close', () => clearInterval(more))
  })
  const sas68 = await watching(port)
  await sas68.heard({ positions: positions(1) })
  await sas68.heard(null)
  expect(sas68.refused).toContainEqual({ why: 'malformed', neighbour: 'sas-67', address: '127.0.0.1' })
})

it.each([
  ['floods', (socket: WebSocket) => Array.from({ length: 500 }, () => socket.send(word(1)))],
  ['says too much at once', (socket: WebSocket) => socket.send('x'.repeat(1_000_000))],
])('is left when it %s', async (_, misbehave) => {
  const ends: Promise<unknown>[] = []
  const port = await stranger((socket) => {
    ends.push(once(socket, 'close'))
    misbehave(socket)
  })
  const sas68 = await watching(port)
  await expect.poll(() => ends.length).toBeGreaterThan(1)
  await ends[0]
  await expect.poll(() => sas68.refused.length + sas68.problems.length).toBeGreaterThan(0)
})

it('is tried again when it takes a connection and then does nothing', async () => {
  let connections = 0
  const stalling = createTlsServer({ ...certificateOf('sas-67') }, () => connections++)
  servers.push(stalling)
  stalling.listen(0, '127.0.0.1')
  await once(stalling, 'listening')
  const sas68 = await watching((stalling.address() as AddressInfo).port)
  await expect.poll(() => connections, { timeout: 5_000 }).toBeGreaterThan(1)
  expect(sas68.states).toEqual([])
})

it.each([
  ['has another name', () => authority.sign('sas-99.samu.example')],
  ['has a name that stands for many', () => authority.sign('*.samu.example')],
])('is not believed when its certificate %s', async (_, certificate) => {
  const sas67 = await Sas.start('sas-67', { peers: [peer('sas-68')], tls: certificate() })
  const sas68 = await watching(sas67.port)
  await expect.poll(() => sas68.problems.length).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 3 * quick.reconnectMsMax))
  expect(sas68.problems).toHaveLength(1)
  expect(sas68.problems[0]).toMatchObject({ neighbour: 'sas-67', error: { name: 'UnknownCertificate' } })
  expect(sas68.states).toEqual([])
})

it('is known by a common name too, where the certificate has no other', async () => {
  const { sas68 } = await pair({ tls: authority.sign('sas-67.samu.example', { alternatives: [] }) }, { tls: authority.sign('SAS-68.samu.example', { alternatives: [] }) })
  await sas68.heard({ positions: positions(1) })
})
