/** What the supervision of a link concludes from silence, when it was this process that stood still. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { OpenLink } from '../../../src/ari/link.js'
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
