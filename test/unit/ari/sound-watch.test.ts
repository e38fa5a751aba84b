/** How well sound arrives: whose channels, one after another, and nothing counted twice. */
import { expect, it } from 'vitest'
import type { AriPort } from '../../../src/ari/port.js'
import { SoundWatch, type SoundSample } from '../../../src/ari/sound-watch.js'
import { soundSources, type SoundPlace } from '../../../src/status/sound-sources.js'
import { sampleRules } from '../../routing/sample-rules.js'
import { carryOut } from '../../routing/script.js'
import { World } from '../../routing/world.js'

const operator: SoundPlace = { trunk: 'operator', site: '' }
const home: SoundPlace = { trunk: '', site: 'home' }

class Asked {
  isUp = true
  readonly asked: string[] = []
  answers: Record<string, object | Error | Promise<object>> = {}

  async call(_: string, { channelId }: { channelId: string }): Promise<unknown> {
    this.asked.push(channelId)
    const answer = await this.answers[channelId]
    if (answer instanceof Error) throw answer
    return answer
  }
}

const watching = (channels: Map<string, SoundPlace>) => {
  const port = new Asked()
  const samples: SoundSample[] = []
  const watch = new SoundWatch({ port: port as unknown as AriPort, everyMs: 1, channels: () => channels, onSample: (sample) => samples.push(sample) })
  return { port, samples, watch }
}

it('R-QS-7 tells what each channel received and lost since it was asked before', async () => {
  const channels = new Map([['1', operator], ['leg', home]])
  const { port, samples, watch } = watching(channels)
  port.answers = { '1': { rxcount: 100, rxploss: 2, txjitter: 0.004, rtt: 0 }, leg: { rxcount: 50, rxploss: 0, txjitter: 0.001, rtt: 0.03 } }
  await watch.look()
  await watch.look()
  port.answers['1'] = { rxcount: 300, rxploss: 5, txjitter: 0.002, rtt: 0 }
  await watch.look()
  expect(port.asked).toEqual(['1', 'leg', '1'])
  expect(samples).toEqual([
    { ...operator, received: 100, lost: 2, jitterSeconds: 0.004, roundTripSeconds: null },
    { ...home, received: 50, lost: 0, jitterSeconds: 0.001, roundTripSeconds: 0.03 },
    { ...operator, received: 200, lost: 3, jitterSeconds: 0.002, roundTripSeconds: null },
  ])
})

it('takes a loss below nothing, of packets that came twice, for none', async () => {
  const { port, samples, watch } = watching(new Map([['1', operator]]))
  port.answers = { '1': { rxcount: 100, rxploss: 2 ** 32 - 3 } }
  await watch.look()
  expect(samples.map(({ lost }) => lost)).toEqual([0])
})

it('R-QS-7 tells that more than half was lost', async () => {
  const { port, samples, watch } = watching(new Map([['1', operator]]))
  port.answers = { '1': { rxcount: 100, rxploss: 900 } }
  await watch.look()
  port.answers = { '1': { rxcount: 100, rxploss: 1_900 } }
  await watch.look()
  port.answers = { '1': { rxcount: 101, rxploss: 1_899 } }
  await watch.look()
  expect(samples.map(({ received, lost }) => [received, lost])).toEqual([[100, 900], [0, 1_000], [1, 0]])
})

it('asks one question at a time, none without a connection, and goes on after a channel that is gone', async () => {
  const { port, samples, watch } = watching(new Map([['gone', operator], ['1', operator]]))
  port.isUp = false
  await watch.look()
  expect(port.asked).toEqual([])
  port.isUp = true
  let refuse = (_: Error): void => {}
  port.answers = { gone: new Promise<object>((_, reject) => (refuse = reject)), '1': { rxcount: 10, rxploss: 0 } }
  const first = watch.look()
  await watch.look()
  expect(port.asked).toEqual(['gone'])
  refuse(new Error('404'))
  await first
  await watch.look()
  expect(port.asked).toEqual(['gone', '1'])
  expect(samples).toHaveLength(1)
})

it('knows callers by their trunk and people by their site, and neither by name', () => {
  const world = new World(sampleRules)
  for (const line of ['arm01 signs in', 'A dials 15 on operator', 'arm01 rings', 'arm01 answers', 'B dials 15 on operator']) carryOut(world, line)
  const legs = [...world.room.calls.values()].flatMap(({ state }) => (state.kind === 'talking' ? state.parties.map(({ leg }) => leg) : []))
  expect(legs).toHaveLength(1)
  const sources = soundSources(world.room.calls.values(), { arm01: 'home' })
  expect([...sources.values()]).toContainEqual(operator)
  expect(sources.get(legs[0] as string)).toEqual(home)
  expect(soundSources(world.room.calls.values(), {}).get(legs[0] as string)).toEqual({ trunk: '', site: 'sas' })
})
