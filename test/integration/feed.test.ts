/** The feed over real sockets: who is let in, who is let go, and what watchers have after much has happened. */
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { apiPrincipal, lrmPrincipal, principalOf, type Principal } from '../../src/auth/principal.js'
import { Feed } from '../../src/feed/feed.js'
import type { FeedLimits } from '../../src/http/feed.js'
import { createMetrics, type Metrics } from '../../src/metrics/metrics.js'
import { viewKnownRoom, type LiveRoom } from '../../src/status/known-call.js'
import { viewSupervision } from '../../src/status/supervision.js'
import { lineOf } from '../routing/histories.js'
import { sampleRules } from '../routing/sample-rules.js'
import { carryOut } from '../routing/script.js'
import { World } from '../routing/world.js'
import { Page, inOrder, type Message } from '../unit/feed/page.js'
import { API_TOKEN, LRM_TOKEN, config, openHouse, type House } from '../unit/http/open-door.js'

const trunks = [{ id: 'operator', channels: 30, reserved: 4 }]

let world: World
let feed: Feed
let house: House
let open: boolean
let metrics: Metrics
let url: string

const live = (): LiveRoom => ({ calls: world.room.calls, agents: world.room.agents, queues: [...world.room.rules.queues.values()], trunks, sites: {}, earlierCalls: () => null })

async function start(limits: Partial<FeedLimits> = {}, trustedProxies: readonly string[] = []): Promise<void> {
  await house?.app.close()
  world = new World(sampleRules)
  open = true
  feed = new Feed({
    room: () => (open ? { calls: world.room.calls, agents: world.room.agents, earlierCalls: () => null, names: live } : null),
    supervision: () => viewSupervision(world.room, world.at),
    sas: () => ({ id: 'demo', name: 'Démo', positions: [], queues: [], pauseReasons: [], directory: [], entries: [], neighbours: [], giving: [], quality: { answerMs: 1, orientationMs: 1 } }),
    now: () => world.at,
  })
  world.onOutcome = (_, outcome) => feed.note(outcome)
  metrics = createMetrics({ answerMs: 30_000, orientationMs: 30_000 })
  house = await openHouse({ feed, feedLimits: limits, metrics, trustedProxies })
  await house.app.listen({ host: '127.0.0.1', port: 0 })
  url = `ws://127.0.0.1:${(house.app.server.address() as AddressInfo).port}/v1/feed`
}

beforeEach(() => start())
afterEach(() => house.app.close())

/** A page on a socket of its own. */
class Client {
  readonly page = new Page()
  readonly socket: WebSocket
  readonly closed: Promise<number>
  #onMessage: () => void = () => {}

  constructor(first: unknown, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers })
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.on('error', () => undefined)
    if (first !== undefined) this.socket.once('open', () => this.say(first))
    this.socket.on('message', (data) => {
      this.page.take(JSON.parse(String(data)) as Message)
      this.#onMessage()
    })
  }

  say(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Has everything up to this change. */
  async has(seq: number): Promise<void> {
    while (this.page.seq < seq) await new Promise<void>((resolve) => (this.#onMessage = resolve))
  }
}

const hello = (token: string, resume?: { feed: string; seq: number }) => ({ type: 'hello', token, ...(resume && { resume }) })
const closings = async (): Promise<string[]> => (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('decroche_feed_closed_total{'))

describe('who may watch', () => {
  it.each([
    ['no JSON', 'hello', 4400],
    ['another first message', { type: 'renew', token: API_TOKEN }, 4400],
    ['no token', { type: 'hello' }, 4400],
    ['a wrong token', hello('wrong'), 4401],
    ['more than 4 KB', hello('x'.repeat(5_000)), 1009],
  ])('%s is let go with its code', async (_, first, code) => {
    expect(await new Client(first).closed).toBe(code)
  })

  it('says hello soon, or is let go', async () => {
    await start({ helloMs: 50 })
    expect(await new Client(undefined).closed).toBe(4408)
    expect(await closings()).toEqual(['decroche_feed_closed_total{reason="late"} 1'])
  })

  it('is a person, an account or a program with a right to look, and not a neighbour', async () => {
    for (const token of [API_TOKEN, LRM_TOKEN, (await house.enter('sup01')).token, (await house.enter('arm01')).token]) {
      const client = new Client(hello(token))
      await client.has(0)
      client.socket.close()
    }
    expect(await new Client(hello((await house.enter('sas-51')).token)).closed).toBe(4403)
  })

  it.each([
    ['by a proxy that is trusted', ['127.0.0.1'], '192.0.2.7'],
    ['by one that is not', [], '127.0.0.1'],
  ])('who is refused stands in the audit by the address told %s, as on any route', async (_, trustedProxies, ip) => {
    await start({}, trustedProxies)
    const headers = { 'x-forwarded-for': '192.0.2.7' }
    await new Client(hello('wrong'), headers).closed
    await fetch(`${url.replace('ws:', 'http:').replace('/feed', '/room')}`, { headers })
    expect(house.memory.entries.map(({ kind, ip, detail }) => ({ kind, ip, detail }))).toEqual([
      { kind: 'forged-token', ip, detail: '/v1/feed' },
      { kind: 'no-token', ip, detail: '/v1/room' },
    ])
  })

  it('gets nothing from an engine that has no room', async () => {
    open = false
    expect(await new Client(hello(API_TOKEN)).closed).toBe(1013)
  })

  it('is refused where too many watch, and at any other address', async () => {
    await start({ watchers: 1 })
    const one = new Client(hello(API_TOKEN))
    await one.has(0)
    expect(await new Client(hello(API_TOKEN)).closed).toBe(1006)
    const elsewhere = new WebSocket(url.replace('/v1/feed', '/v1/else'))
    const [error] = (await once(elsewhere, 'error')) as [Error]
    expect(error.message).toContain('404')
    expect(await closings()).toEqual(['decroche_feed_closed_total{reason="too-many"} 1'])
  })
})

describe('a token that ends', () => {
  it('ends the watching, unless it is renewed by the same session', async () => {
    await start({ pingMs: 40 })
    const { token, cookie } = await house.enter('arm01')
    const one = new Client(hello(token))
    await one.has(0)
    house.clock.at += 200_000
    const renewed = await house.app.inject({ method: 'POST', url: '/auth/refresh', headers: { cookie, host: 'salle.example', origin: 'https://salle.example' } })
    expect(renewed.statusCode).toBe(200)
    const { accessToken } = renewed.json<{ accessToken: string }>()
    one.say({ type: 'renew', token: accessToken })
    const other = new Client(hello(token))
    await other.has(0)
    house.clock.at += 200_000
    expect(await other.closed).toBe(4401)
    expect(one.socket.readyState).toBe(WebSocket.OPEN)
    one.say({ type: 'renew', token: API_TOKEN })
    expect(await one.closed).toBe(4403)
  })

  it('with its session ends the watching at once', async () => {
    const { token, cookie } = await house.enter('arm01')
    const one = new Client(hello(token))
    await one.has(0)
    await house.app.inject({ method: 'POST', url: '/auth/sign-out', headers: { cookie, host: 'salle.example', origin: 'https://salle.example' } })
    expect(await one.closed).toBe(4401)
  })
})

describe('an engine that has the room no longer', () => {
  it('tells its watchers to look for the other', async () => {
    const one = new Client(hello(API_TOKEN))
    await one.has(0)
    feed.close()
    expect(await one.closed).toBe(1013)
  })
})

describe('a watcher who does not keep up', () => {
  /** A watcher on a bare socket, which reads nothing once it watches. */
  async function deaf(): Promise<Socket> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    const key = Buffer.from('a key of 16 byte').toString('base64')
    socket.write(`GET /v1/feed HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`)
    await once(socket, 'data')
    const text = Buffer.from(JSON.stringify(hello(API_TOKEN)))
    const mask = Buffer.from([0, 0, 0, 0])
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), mask, text]))
    await once(socket, 'data')
    socket.pause()
    return socket
  }

  it('is let go when its socket holds too much, and slows nobody', async () => {
    await start({ bufferedBytes: 20_000 })
    const socket = await deaf()
    const good = new Client(hello(API_TOKEN))
    await good.has(0)
    carryOut(world, 'arm01 signs in')
    let isLetGo = false
    for (let change = 1; change < 60_000 && !isLetGo; change++) {
      if (change % 500 === 0) isLetGo = (await closings()).length > 0
      for (const line of ['arm01 pauses for repas', 'arm01 is ready']) carryOut(world, line)
      await new Promise(setImmediate)
      await new Promise(setImmediate)
    }
    expect(await closings()).toEqual(['decroche_feed_closed_total{reason="slow"} 1'])
    expect(good.socket.readyState).toBe(WebSocket.OPEN)
    socket.destroy()
  })

  it('is let go when it says nothing to a ping', async () => {
    await start({ pingMs: 50 })
    const socket = await deaf()
    await once(socket.resume(), 'close')
    expect(await closings()).toEqual(['decroche_feed_closed_total{reason="silent"} 1'])
  })
})

describe('many watchers of much', () => {
  it('have, each, the room as it is, some of them after coming back', async () => {
    const entered = await Promise.all(['sup01', 'arm01', 'arm02', 'osnp01'].map(async (id) => ({ token: (await house.enter(id)).token, principal: principalOf(config, id, null) as Principal })))
    const people = [{ token: API_TOKEN, principal: apiPrincipal }, { token: LRM_TOKEN, principal: lrmPrincipal }, ...entered]
    let clients = people.flatMap((person) => Array.from({ length: 4 }, () => ({ ...person, client: new Client(hello(person.token)) })))
    await Promise.all(clients.map(({ client }) => client.has(0)))
    let random = 20_261_124
    let cameBack = false
    for (let count = 0; count < 400; count++) {
      random = (random * 1_103_515_245 + 12_345) % 2 ** 31
      const line = lineOf(world, random)
      // Another engine would be another feed.
      if (line === null || world.away || /^(disconnect|crash|memory|rules)/.test(line)) continue
      carryOut(world, line)
      await new Promise(setImmediate)
      if (count >= 200 && !cameBack) {
        cameBack = true
        const gone = clients.slice(0, 8)
        for (const { client } of gone) client.socket.terminate()
        await Promise.all(gone.map(({ client }) => client.closed))
        const back = gone.map(({ token, principal, client: { page } }) => {
          const client = new Client(hello(token, { feed: page.feed, seq: page.seq }))
          Object.assign(client, { page })
          return { token, principal, client }
        })
        clients = [...back, ...clients.slice(8)]
      }
    }
    // The last of all, which everybody waits for.
    carryOut(world, 'go on')
    carryOut(world, 'arm04 signs in')
    const latest = new Client(hello(API_TOKEN))
    await latest.has(0)
    for (const { principal, client } of clients) {
      await client.has(latest.page.seq)
      const wanted = JSON.parse(JSON.stringify(inOrder(viewKnownRoom(live(), principal, world.at)))) as object
      expect(client.page.room(world.at), principal.id).toEqual(principal === lrmPrincipal ? { ...wanted, agents: [], queues: [], trunks: [] } : wanted)
    }
    expect(clients.filter(({ client }) => client.page.resumed > 0).length).toBeGreaterThan(0)
  })
})
