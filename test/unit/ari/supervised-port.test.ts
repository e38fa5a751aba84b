/** What the supervision of a link concludes from silence, when it was this process that stood still. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { LinkListener, OpenLink } from '../../../src/ari/link.js'
import { silentObserver } from '../../../src/ari/observer.js'
import { defaultInFlightMax, defaultTiming } from '../../../src/ari/port.js'
import { SupervisedPort } from '../../../src/ari/supervised-port.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('an answer that lies in the socket when its deadline is looked at counts', async () => {
  const answers = new Map<string, (result: unknown) => void>()
  const open: OpenLink = async () => ({
    ordered: true,
    send: (operation) =>
      operation === 'asterisk.ping'
        ? new Promise((resolve) => answers.set(operation, resolve as (result: unknown) => void))
        : Promise.resolve({} as never),
    ping: () => {},
    destroy: () => {},
  })
  const options = { url: '', user: '', password: '', app: '', eventTypes: [], observer: silentObserver, timing: { ...defaultTiming, deadMs: 60_000 }, inFlightMax: defaultInFlightMax }
  const port = new SupervisedPort(options, open)
  await port.start()
  await vi.advanceTimersByTimeAsync(1)
  const asked = port.call('asterisk.ping', {}).catch((error: unknown) => error)
  // Timers come before sockets when a process that stood still moves again.
  setTimeout(() => answers.get('asterisk.ping')?.({ ping: 'pong' }), defaultTiming.deadlineMs)
  await vi.advanceTimersByTimeAsync(defaultTiming.deadlineMs + 1)
  expect(await asked).toEqual({ ping: 'pong' })
  await port.stop()
})

/** Nothing else runs meanwhile, as when the machine itself is stopped. */
function standStill(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

/** A port whose events the test tells, and what comes of them. */
async function openPort(): Promise<{ port: SupervisedPort; told: string[]; tell: (event: unknown) => void }> {
  vi.useRealTimers()
  const listeners: LinkListener[] = []
  const open: OpenLink = async (_options, listener) => {
    listeners.push(listener)
    return { ordered: true, send: () => Promise.resolve({} as never), ping: () => listener.heard(), destroy: () => {} }
  }
  const timing = { deadlineMs: 1_000, pingMs: 20, deadMs: 150, backoffMinMs: 1, backoffMaxMs: 5 }
  const port = new SupervisedPort({ url: '', user: '', password: '', app: '', eventTypes: [], observer: silentObserver, timing, inFlightMax: defaultInFlightMax }, open)
  const told: string[] = []
  port.on('up', () => told.push('up'))
  port.on('down', (reason) => told.push(reason))
  port.on('event', ({ type }) => told.push(type))
  port.on('replaced', () => told.push('replaced'))
  await port.start()
  await expect.poll(() => told).toEqual(['up'])
  return { port, told, tell: (event) => listeners[0]?.event(event) }
}

const gone = { type: 'ChannelDestroyed', channel: { id: 'A' }, cause: 16 }

it('after a long stop what waited in the socket is not believed: what exists is asked anew', async () => {
  const { port, told, tell } = await openPort()
  standStill(60)
  tell(gone)
  expect(told).toEqual(['up', 'ChannelDestroyed'])
  standStill(200)
  tell(gone)
  tell(gone)
  expect(told).toEqual(['up', 'ChannelDestroyed', 'stood still'])
  await expect.poll(() => told).toEqual(['up', 'ChannelDestroyed', 'stood still', 'up'])
  await port.stop()
})

it('but that somebody else has the application is believed, wherever it stands: nothing is taken from a successor', async () => {
  const { port, told, tell } = await openPort()
  standStill(200)
  tell(gone)
  tell({ type: 'ApplicationReplaced' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(told).toEqual(['up', 'stood still', 'replaced'])
  await port.stop()
})

it('nothing is asked on the old connection after a long stop', async () => {
  const { port, told } = await openPort()
  standStill(200)
  await expect(port.call('asterisk.ping', {})).rejects.toMatchObject({ kind: 'disconnected' })
  await expect.poll(() => told).toEqual(['up', 'stood still', 'up'])
  await expect(port.call('asterisk.ping', {})).resolves.toEqual({})
  await port.stop()
})
