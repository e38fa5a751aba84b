/** A phone whose cable is pulled, or whose browser is gone, says nothing to anybody: its caller is not left with nobody for long. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RoomView } from '../../src/status/room-view.js'
import { Floor, configWith, talk } from './floor.js'

const phoneSeconds = 2

let floor: Floor

beforeAll(async () => {
  floor = await Floor.open({
    asterisk: { site: { rtpTimeouts: { trunkSeconds: 120, neighbourSeconds: 8, phoneSeconds, browserSeconds: 5, holdSeconds: 900 } } },
    configFile: configWith((sas) => {
      sas.n1 = { ringSeconds: 20, asideSeconds: 5, wrapUpSeconds: 0, escalateSeconds: 60 }
    }),
  })
})
afterAll(() => floor?.close())

it('mid-call: the caller hears music, and is the next to be served, before all who wait (R-N1-1)', async () => {
  await floor.signIn('arm01', 'arm02')
  const other = await floor.dial('15')
  const busy = { call: await floor.answer('arm01'), tone: floor.phone('arm01').tone }
  await talk(other, busy)
  const caller = await floor.dial('15')
  await talk(caller, { call: await floor.answer('arm02'), tone: floor.phone('arm02').tone })
  const waiting = await floor.dial('15')
  await waiting.call.ear.hearsMusic()

  await floor.phone('arm02').vanish()
  await caller.call.ear.hearsMusic()
  const { calls } = (await floor.api.get('room')) as RoomView
  expect(calls.map(({ situation }) => situation).sort()).toEqual(['talking', 'waiting', 'waiting'])

  await busy.call.hangup()
  await other.call.ended
  const again = { call: await floor.answer('arm01'), tone: floor.phone('arm01').tone }
  expect(again.call.from).toBe(caller.from)
  await talk(caller, again)
  expect(waiting.call.end).toBeUndefined()
})
