/** Looks at the phones, and the list of what exists: two questions whose answers cross. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { PhoneWatch } from '../../../src/ari/phone-watch.js'
import type { AriPort } from '../../../src/ari/port.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const pollMs = 1_000
const endpoint = (busy: boolean) => ({ technology: 'PJSIP', resource: 'arm01', state: 'online', channel_ids: busy ? ['1700000000.7'] : [] })

function begin() {
  let answers: ((endpoints: unknown) => void)[] = []
  const port = { call: () => new Promise((resolve) => answers.push(resolve)) } as unknown as AriPort
  const watch = new PhoneWatch(port, pollMs)
  const told: boolean[] = []
  watch.on('engaged', (_phone, engaged) => told.push(engaged))
  const answer = async (busy: boolean): Promise<void> => {
    for (const one of answers) one([endpoint(busy)])
    answers = []
    await vi.advanceTimersByTimeAsync(0)
  }
  const look = async (busy: boolean): Promise<void> => {
    await vi.advanceTimersByTimeAsync(pollMs)
    await answer(busy)
  }
  return { watch, told, answer, look }
}

it('tells who is engaged since the list, and no more', async () => {
  const { watch, told, look } = begin()
  watch.start()
  watch.adopt([])
  await look(true)
  await look(true)
  await look(false)
  expect(told).toEqual([true, false])
})

it('knows how many channels an endpoint has, and nothing once it asks no more', async () => {
  const { watch, answer, look } = begin()
  expect(watch.channels).toBeNull()
  watch.start()
  await answer(true)
  expect(watch.channels?.get('arm01')).toBe(1)
  await look(false)
  expect(watch.channels?.get('arm01')).toBe(0)
  await vi.advanceTimersByTimeAsync(pollMs)
  watch.stop()
  await answer(true)
  expect(watch.channels).toBeNull()
})

it('does not tell after the list what was seen before it', async () => {
  const { watch, told, answer, look } = begin()
  watch.start()
  await answer(true)
  expect(told).toEqual([])
  await vi.advanceTimersByTimeAsync(pollMs)
  watch.adopt([])
  await answer(true)
  expect(told).toEqual([])
  await look(false)
  expect(told).toEqual([])
  await look(true)
  expect(told).toEqual([true])
})

it('forgets on a new connection whom it saw on the last', async () => {
  const { watch, told, answer, look } = begin()
  watch.start()
  watch.adopt(['arm01'])
  watch.stop()
  watch.start()
  await answer(false)
  expect(told).toEqual([])
  watch.adopt(['arm01'])
  await look(false)
  expect(told).toEqual([false])
})

it('looks often for a while once a browser is expected, and rings it meanwhile where no desk phone is seen', async () => {
  let online = false
  const calls: unknown[] = []
  const port = {
    call: (operation: string) => {
      calls.push(operation)
      return Promise.resolve([
        { ...endpoint(false), state: 'offline' },
        { ...endpoint(false), resource: 'arm01-web', state: online ? 'online' : 'offline' },
      ])
    },
  } as unknown as AriPort
  const watch = new PhoneWatch(port, 60_000)
  watch.start()
  await vi.advanceTimersByTimeAsync(0)
  expect(watch.endpointOf('arm01')).toBe('arm01')
  watch.expect()
  expect(watch.endpointOf('arm01')).toBe('arm01-web')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(watch.endpointOf('arm01')).toBe('arm01')
  online = true
  watch.expect()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(watch.endpointOf('arm01')).toBe('arm01-web')
  const before = calls.length
  await vi.advanceTimersByTimeAsync(10_000)
  expect(calls).toHaveLength(before)
  watch.stop()
})
