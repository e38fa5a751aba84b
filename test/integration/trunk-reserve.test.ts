/** A trunk's last channels: a 15 is never refused for a 116-117, and the use of each trunk is known (R-IN-5). */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Stack } from '../../lab/stack.js'
import { type Sipp, type SippOptions, startSipp } from './fallback/sipp.js'
import { configWith, type RoomCall } from './floor.js'

const operator = '127.0.0.2'

let stack: Stack
const callers: Sipp[] = []

beforeAll(async () => {
  // One caller waits with the engine, the others are with the fallback.
  const configFile = configWith((sas) => {
    Object.assign(sas.trunks['operator']!, { channels: 3, reservedChannels: 1 })
    sas.limits = { queueLength: 1 }
  })
  stack = await Stack.start({ configFile, asterisk: { rtpPorts: 100 } })
  await (await stack.startEngine()).active
})
afterAll(async () => stack?.stop())
afterEach(async () => {
  for (const caller of callers.splice(0)) await caller.stop()
})

const sipp = async (options: Omit<SippOptions, 'target' | 'from'>): Promise<Sipp> => {
  const started = await startSipp({ ...options, from: operator, target: stack.asterisk.sip })
  callers.push(started)
  return started
}

const refused = async (service: string): Promise<void> => (await sipp({ scenario: 'refused', service, status: 503 })).done()

interface RoomOfCalls {
  calls: (RoomCall & { situation: string })[]
  trunks: { id: string; calls: number }[]
}

const room = async (): Promise<RoomOfCalls> => (await stack.engines[0]!.api.get('room')) as RoomOfCalls

/** Dials, and waits until the room has as many callers. */
async function dial(service: string, calls: number): Promise<void> {
  await sipp({ scenario: 'caller', service })
  await expect.poll(async () => (await room()).calls.length, { timeout: 10_000 }).toBe(calls)
}

const metrics = async (): Promise<string> => (await fetch(`${stack.engines[0]!.url}/metrics`)).text()

it('are for the emergency numbers, and whoever is refused is counted', async () => {
  await dial('116117', 1)
  await dial('116117', 2)
  await refused('116117')
  await dial('15', 3)
  await refused('15')

  await expect.poll(metrics, { timeout: 10_000 }).toContain('decroche_trunk_channels_in_use{trunk="operator"} 3')
  expect(await metrics()).toContain('decroche_trunk_channels{trunk="operator"} 3')
  const { calls, trunks } = await room()
  expect(calls.filter(({ situation }) => situation === 'fallback').length).toBeGreaterThan(0)
  expect(trunks).toContainEqual({ id: 'operator', calls: 3, channels: 3, reserved: 1 })

  await expect.poll(metrics, { timeout: 10_000 }).toContain('decroche_calls_turned_away_total{trunk="operator",number="15"} 1')
  expect(await metrics()).toContain('decroche_calls_turned_away_total{trunk="operator",number="116117"} 1')
  expect(await metrics()).toContain('decroche_calls_presented_total{trunk="operator",number="116117",class="P2"} 2')
})
