/** Both transports against one real Asterisk: the same promises (DESIGN decision 7). */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AriError } from '../../src/ari/port.js'
import { usedEventTypes } from '../../src/ari/translate.js'
import { happens, Notes, up, World } from './world.js'

/** `deadMs` bounds the whole connecting too, on a machine with other work. */
const quick = { pingMs: 50, deadMs: 1_500, backoffMinMs: 5, backoffMaxMs: 50 }
let world: World

beforeAll(async () => {
  world = await World.start()
})

afterAll(() => world.stop())

afterEach(async () => {
  world.thaw()
  await world.clear()
})

const errorOf = (promise: Promise<unknown>): Promise<AriError> =>
  promise.then(
    () => expect.fail('it was carried out'),
    (error: unknown) => (error instanceof AriError ? error : expect.fail(`not an AriError: ${String(error)}`)),
  )

describe.each(['ws', 'http'] as const)('the port over %s', (transport) => {
  it('comes up with the version of Asterisk and asks for the events in use only', async () => {
    const port = world.port(transport)
    const there = happens(port, 'up')
    await port.start()
    expect(await there).toEqual([{ text: expect.stringMatching(/^\d+\.\d+/) }])
    expect(port.isUp).toBe(true)
    const { events_allowed: allowed } = await port.call('applications.get', { applicationName: world.asterisk.app })
    expect(allowed.map(({ type }) => type).sort()).toEqual(
      ['ApplicationReplaced', 'RESTResponse', ...usedEventTypes].sort(),
    )
  })

  it('tells a refusal with its status and the operation', async () => {
    const notes = new Notes()
    const port = world.port(transport, { observer: notes })
    await up(port)
    const error = await errorOf(port.call('channels.hangup', { channelId: 'nobody' }))
    expect(error).toMatchObject({ kind: 'refused', status: 404, operation: 'channels.hangup' })
    expect(notes.requests.at(-1)).toEqual({ operation: 'channels.hangup', outcome: 'refused', status: 404 })
  })

  it('refuses at once while it is down', async () => {
    const port = world.port(transport, { url: 'http://127.0.0.1:9' })
    await port.start()
    expect(await errorOf(port.call('asterisk.ping', {}))).toMatchObject({ kind: 'disconnected' })
  })

  it('gives every request a deadline, notices a frozen Asterisk, and comes back when it thaws', async () => {
    const port = world.port(transport, { timing: { ...quick, deadlineMs: 300 } })
    await up(port)
    await world.freeze()
    const sentAt = performance.now()
    const down = happens(port, 'down')
    expect(await errorOf(port.call('asterisk.ping', {}))).toMatchObject({ kind: 'timeout' })
    expect(performance.now() - sentAt).toBeLessThan(1_400)
    expect(await down).toEqual(['silent'])
    const back = happens(port, 'up')
    world.thaw()
    await back
    const ping = () => port.call('asterisk.ping', {}).catch((error: unknown) => error)
    await expect.poll(ping, { timeout: 20_000 }).toMatchObject({ ping: 'pong' })
  })

  it('rejects what is in flight when the connection is cut, and connects again', async () => {
    const relay = await world.relay()
    const port = world.port(transport, { url: relay.url, timing: quick })
    await up(port)
    await world.freeze()
    const pending = errorOf(port.call('asterisk.ping', {}))
    const down = happens(port, 'down')
    relay.cut()
    expect(await pending).toMatchObject({ kind: 'disconnected' })
    await down
    const back = happens(port, 'up')
    world.thaw()
    await back
  })

  it('never gives up', async () => {
    const relay = await world.relay()
    const port = world.port(transport, { url: relay.url, timing: quick })
    await up(port)
    const before = relay.attempts
    relay.refuse()
    await expect.poll(() => relay.attempts - before, { timeout: 20_000 }).toBeGreaterThan(15)
    const back = happens(port, 'up')
    relay.accept()
    await back
  })

  it('notices a wire that carries nothing any more', async () => {
    const relay = await world.relay()
    const port = world.port(transport, { url: relay.url, timing: quick })
    await up(port)
    const down = happens(port, 'down')
    relay.silence()
    expect(await down).toEqual(['silent'])
    expect(port.isUp).toBe(false)
    const back = happens(port, 'up')
    relay.resume()
    await back
  })

  it('is fenced for good by another that takes the application, and leaves it alone', async () => {
    const first = world.port(transport, { timing: quick })
    await up(first)
    const replaced = happens(first, 'replaced')
    const second = world.port(transport, { timing: quick })
    const taken: string[] = []
    second.on('replaced', () => taken.push('replaced'))
    await up(second)
    await replaced
    expect(first.isUp).toBe(false)
    expect(await errorOf(first.call('asterisk.ping', {}))).toMatchObject({ kind: 'disconnected' })
    // A call shows that the events go to the second, well after the first would have come back.
    const arrived = happens(second, 'event')
    const call = await world.call()
    expect(await arrived).toEqual([expect.objectContaining({ type: 'StasisStart' })])
    await call.hangup()
    expect(taken).toEqual([])
  })

  it('does not take the application back when it is stopped while reconnecting', async () => {
    const relay = await world.relay()
    const first = world.port(transport, { url: relay.url, timing: { ...quick, backoffMinMs: 1, backoffMaxMs: 2 } })
    await up(first)
    relay.refuse()
    await first.stop()
    const attempts = relay.attempts
    relay.accept()
    const second = world.port(transport, { timing: quick })
    await up(second)
    const arrived = happens(second, 'event')
    await world.call()
    await arrived
    expect(relay.attempts).toBe(attempts)
  })

  it('counts what it does not know and goes on', async () => {
    const relay = await world.relay()
    const notes = new Notes()
    const port = world.port(transport, { url: relay.url, observer: notes })
    await up(port)
    const counted = (count: number): Promise<void> =>
      expect.poll(() => notes.unknown.length, { timeout: 20_000 }).toBe(count)
    relay.say('{"type":"SomethingOfTomorrow","application":"decroche"}')
    await counted(1)
    relay.say('{"type":42}')
    await counted(2)
    relay.say('{"type":')
    await counted(3)
    relay.say('[]')
    await counted(4)
    expect(await port.call('asterisk.ping', {})).toMatchObject({ ping: 'pong' })
    expect(port.isUp).toBe(true)
  })

  it('holds a limited number of requests in flight', async () => {
    const port = world.port(transport, { inFlightMax: 3, timing: { deadlineMs: 1_000 } })
    await up(port)
    await world.freeze()
    const held = Array.from({ length: 3 }, () => errorOf(port.call('asterisk.ping', {})))
    expect(await errorOf(port.call('asterisk.ping', {}))).toMatchObject({ kind: 'overloaded' })
    world.thaw()
    await Promise.allSettled(held)
  })

  it('tells nothing after it is stopped', async () => {
    const port = world.port(transport)
    await up(port)
    await port.stop()
    const told: string[] = []
    port.on('event', ({ type }) => told.push(type))
    expect(port.isUp).toBe(false)
    expect(await errorOf(port.call('asterisk.ping', {}))).toMatchObject({ kind: 'disconnected' })
    const call = await world.call()
    await call.ringing
    await call.hangup()
    expect(told).toEqual([])
  })
})

it('chooses REST over WebSocket where Asterisk has it', async () => {
  const port = world.port('auto')
  await up(port)
  expect(port.ordered).toBe(true)
})

it('keeps the password out of the address (REST over WebSocket)', async () => {
  const relay = await world.relay()
  await up(world.port('ws', { url: relay.url }))
  expect(relay.heads).toHaveLength(1)
  const [line = '', ...headers] = (relay.heads[0] ?? '').split('\r\n')
  expect(line).toBe(`GET /ari/events?app=${world.asterisk.app} HTTP/1.1`)
  expect(headers.join('\n')).toMatch(/^authorization: basic /im)
})

it('goes on trying with credentials that are refused', async () => {
  const relay = await world.relay()
  const port = world.port('ws', { url: relay.url, password: 'wrong', timing: quick })
  await port.start()
  await expect.poll(() => relay.attempts, { timeout: 20_000 }).toBeGreaterThan(2)
  expect(port.isUp).toBe(false)
})
