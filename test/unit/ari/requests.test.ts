/** Which requests an effect costs, and in which order. */
import { describe, expect, it } from 'vitest'
import { ringFirst, stepsOf } from '../../../src/ari/requests.js'
import type { Effect } from '../../../src/routing/effects.js'

const call = '1795350849.0'
const ring: Effect = { type: 'ring', leg: 'L-1', phone: 'arm01', caller: call, shown: '0199000101', timeoutMs: 12_345 }
const answer: Effect = { type: 'answer', channel: call }
const music: Effect = { type: 'music', channel: call }

const operationsOf = (...effects: Effect[]) =>
  effects.flatMap((effect) => stepsOf(effect, 'decroche').map(({ operation }) => operation))

describe('requests', () => {
  it('rings a named leg for a whole number of seconds, not less than asked', () => {
    expect(stepsOf(ring, 'decroche')).toEqual([
      {
        operation: 'channels.originateWithId',
        params: {
          channelId: 'L-1',
          endpoint: 'PJSIP/arm01',
          app: 'decroche',
          appArgs: 'leg,L-1',
          timeout: 13,
          originator: call,
          callerId: '0199000101',
        },
      },
    ])
    expect(stepsOf({ ...ring, shown: null }, 'decroche')[0]?.params).not.toHaveProperty('callerId')
  })

  it('calls out on a trunk, and lets the agent hear that meanwhile', () => {
    expect(stepsOf({ type: 'dial', leg: 'L-2', trunk: 'operator', number: '+33199000101', call, shown: '15', timeoutMs: 30_000 }, 'decroche')).toEqual([
      { operation: 'channels.originateWithId', params: { channelId: 'L-2', endpoint: 'PJSIP/+33199000101@operator', app: 'decroche', appArgs: 'leg,L-2', timeout: 30, callerId: '15' } },
    ])
    expect(stepsOf({ type: 'ringback', channel: 'L-1' }, 'decroche')).toEqual([{ operation: 'channels.startMoh', params: { channelId: 'L-1', mohClass: 'ringback' } }])
  })

  it('offers no codec of a caller who is not there', () => {
    expect(stepsOf({ ...ring, caller: null }, 'decroche')[0]?.params).not.toHaveProperty('originator')
  })

  it('tells the phone where the caller is, when a header can say it', () => {
    const location = { source: 'by-value', point: { lat: 48.85661, lon: 2.35222 }, radiusM: 50, civic: null, method: null, reference: null } as const
    expect(stepsOf({ ...ring, location }, 'decroche')[0]?.params).toMatchObject({ variables: { 'PJSIP_HEADER(add,Geolocation)': '<geo:48.85661,2.35222;u=50>' } })
    expect(stepsOf({ ...ring, location: { ...location, point: null, civic: { A3: 'Paris' } } }, 'decroche')[0]?.params).not.toHaveProperty('variables')
  })

  it('a call picked up at once and ended costs six', () => {
    const join: Effect = { type: 'join', bridge: 'B-1', channels: [call, 'L-1'] }
    const end: Effect[] = [
      { type: 'hang-up', channel: 'L-1' },
      { type: 'dissolve', bridge: 'B-1' },
    ]
    expect(operationsOf(ring, answer, join, ...end)).toHaveLength(6)
  })

  it('a sound is followed by music', () => {
    const say: Effect = { type: 'say', channel: call, sound: 'S-1', media: ['sound:a', 'sound:b'] }
    expect(operationsOf(say)).toEqual(['channels.playWithId', 'channels.startMoh'])
  })
})

describe('ringing first', () => {
  it('moves a ring before what its caller is to hear', () => {
    expect(ringFirst([answer, music, ring])).toEqual([ring, answer, music])
    const other: Effect = { ...ring, leg: 'L-2' }
    expect(ringFirst([answer, ring, other])).toEqual([ring, other, answer])
  })

  it('moves it before what everybody else in the line is to hear', () => {
    const line = Array.from({ length: 50 }, (_, index): Effect => ({ type: 'music', channel: `waiting-${index}` }))
    expect(ringFirst([{ type: 'hush', sound: 'S-1' }, ...line, ring])).toEqual([ring, { type: 'hush', sound: 'S-1' }, ...line])
  })

  it('keeps every other order', () => {
    const hangUp: Effect = { type: 'hang-up', channel: 'L-0' }
    for (const effects of [
      [hangUp, ring],
      [music, hangUp, ring],
      [music, { type: 'dissolve', bridge: 'B-1' } as Effect, ring],
      [ring, answer],
    ])
      expect(ringFirst(effects)).toEqual(effects)
  })
})
