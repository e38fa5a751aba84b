/** The engine is killed while callers wait, ring and talk: the next one, or the one that stands by, goes on with all of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IncomingCall } from '../../lab/phone/call.js'
import type { EngineProcess } from '../../lab/stack.js'
import type { RoomView } from '../../src/status/room-view.js'
import { Floor, configWith, talk } from './floor.js'

/** Longest silence for whoever talks or waits; a few RTP frames in a loaded process look like a gap. */
const gapMsMax = 400

describe.each(['started after', 'standing by'] as const)('an engine %s one that is killed', (when) => {
  let floor: Floor

  beforeAll(async () => {
    floor = await Floor.open({
      configFile: configWith((sas) => {
        sas.n1 = { ringSeconds: 60, asideSeconds: 5, wrapUpSeconds: 0, escalateSeconds: 60 }
      }),
    })
  })
  afterAll(() => floor?.close())

  it('serves everybody in their order, and interrupts nobody', async () => {
    const at = (person: string, call: IncomingCall) => ({ call, tone: floor.phone(person).tone })
    await floor.signIn('arm01')
    const first = await floor.dial('15')
    const talking = at('arm01', await floor.answer('arm01'))
    await talk(first, talking)
    await floor.signIn('arm02')
    const second = await floor.dial('15')
    const ringing = await floor.phone('arm02').nextRing()
    const third = await floor.dial('15')
    await third.call.ear.hearsMusic()
    const fourth = await floor.dial('15')
    await fourth.call.ear.hearsMusic()

    const next = await replaceEngine(floor, when)
    await talk(first, talking)
    const { calls } = (await next.api.get('room')) as RoomView
    expect(calls.map(({ situation }) => situation).sort()).toEqual(['ringing', 'talking', 'waiting', 'waiting'])

    // The phone never stopped: the ring of before is the one picked up.
    expect(ringing.cancelled).toBe(false)
    await ringing.answer()
    await talk(second, at('arm02', ringing))

    await talking.call.hangup()
    await first.call.ended
    const served = at('arm01', await floor.answer('arm01'))
    expect(served.call.from).toBe(third.from)
    await talk(third, served)
    await ringing.hangup()
    await second.call.ended
    const last = at('arm02', await floor.answer('arm02'))
    expect(last.call.from).toBe(fourth.from)
    await talk(fourth, last)
    for (const { call } of [first, second, third, fourth]) expect(call.ear.longestGapMs()).toBeLessThan(gapMsMax)
  })
})

describe('an engine that stood still for longer than its lease', () => {
  let floor: Floor

  beforeAll(async () => {
    floor = await Floor.open()
  })
  afterAll(() => floor?.close())

  it('ends by itself when it moves again, and touches no caller of its successor', async () => {
    await floor.signIn('arm01')
    const caller = await floor.dial('15')
    const arm = { call: await floor.answer('arm01'), tone: floor.phone('arm01').tone }
    await talk(caller, arm)
    const still = floor.stack.engines[0] as EngineProcess
    const next = await floor.stack.startEngine()
    still.child.kill('SIGSTOP')
    await next.active
    const waiting = await floor.dial('15')
    await waiting.call.ear.hearsMusic()
    still.child.kill('SIGCONT')
    expect(await still.child.exited).toEqual({ code: 3, signal: null })
    await talk(caller, arm)
    await floor.signIn('arm02')
    const second = { call: await floor.answer('arm02'), tone: floor.phone('arm02').tone }
    expect(second.call.from).toBe(waiting.from)
    await talk(waiting, second)
    for (const { call } of [caller, waiting]) expect(call.ear.longestGapMs()).toBeLessThan(gapMsMax)
  })
})

/** Kills the engine at work (SIGKILL). @returns the one that decides now */
async function replaceEngine(floor: Floor, when: 'started after' | 'standing by'): Promise<EngineProcess> {
  const [dead] = floor.stack.engines
  if (!dead) throw new Error('no engine')
  const standby = when === 'standing by' ? await floor.stack.startEngine() : null
  if (standby) expect((await fetch(`${standby.url}/readyz`)).status).toBe(503)
  await dead.child.stop('SIGKILL')
  const next = standby ?? (await floor.stack.startEngine())
  await next.active
  return next
}
