import { describe, expect, it } from 'vitest'
import { Backoff } from '../../../src/backoff.js'
import { speaksRestOverWebSocket } from '../../../src/ari/create-port.js'
import { ariAddress } from '../../../src/ari/http.js'
import { Lanes } from '../../../src/ari/lanes.js'
import { toRequest } from '../../../src/ari/request.js'

describe('a request', () => {
  it('puts each parameter where the description wants it, escaped', () => {
    const params = {
      channelId: 'L/1',
      endpoint: 'PJSIP/arm01',
      appArgs: 'leg,L/1',
      timeout: 17,
      variables: { A: 'é&b' },
    }
    expect(toRequest('channels.originateWithId', params)).toEqual({
      method: 'POST',
      uri: 'channels/L%2F1?endpoint=PJSIP%2Farm01&appArgs=leg%2CL%2F1&timeout=17',
      body: '{"variables":{"A":"é&b"}}',
    })
  })

  it('joins lists, leaves out what is not given, sends a whole body as it is', () => {
    expect(toRequest('bridges.addChannel', { bridgeId: 'B', channel: ['a', 'b'] })).toEqual({
      method: 'POST',
      uri: 'bridges/B/addChannel?channel=a%2Cb',
      body: null,
    })
    expect(toRequest('channels.list', {})).toEqual({ method: 'GET', uri: 'channels', body: null })
    const filter = { allowed: [{ type: 'StasisStart' }] }
    expect(toRequest('applications.filter', { applicationName: 'decroche', filter })).toMatchObject({
      uri: 'applications/decroche/eventFilter',
      body: JSON.stringify(filter),
    })
  })

  it('a number that shows a plus sign keeps it', () => {
    expect(
      toRequest('channels.originateWithId', { channelId: 'L', endpoint: 'PJSIP/a', callerId: '+33199000101' }).uri,
    ).toContain('callerId=%2B33199000101')
  })

  it('an empty path parameter is a mistake', () => {
    expect(() => toRequest('channels.hangup', { channelId: '' })).toThrow(/channelId/)
  })
})

describe('delays between attempts', () => {
  it('double up to the limit, spread over their upper half, and start again', () => {
    const low = new Backoff(50, 2_000, () => 0)
    expect(Array.from({ length: 8 }, () => low.next())).toEqual([25, 50, 100, 200, 400, 800, 1_000, 1_000])
    const high = new Backoff(50, 2_000, () => 1)
    expect(Array.from({ length: 8 }, () => high.next())).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000])
    high.reset()
    expect(high.next()).toBe(50)
  })

  it('stay finite for ever', () => {
    const backoff = new Backoff(50, 2_000)
    for (let attempt = 0; attempt < 10_000; attempt++) expect(backoff.next()).toBeLessThanOrEqual(2_000)
  })
})

describe('lanes', () => {
  it('keep what shares one in order, let the rest run, and hold nothing in the end', async () => {
    const lanes = new Lanes()
    const log: string[] = []
    const gates = new Map<string, () => void>()
    const work = (name: string) => (): Promise<void> => {
      log.push(name)
      return new Promise((resolve) => gates.set(name, resolve))
    }
    const ends = [
      lanes.run(['bridge', 'caller', 'leg'], work('join')),
      lanes.run(['caller'], work('music')),
      lanes.run(['other'], work('ring')),
      lanes.run(['leg', 'bridge'], work('hang up')),
    ]
    expect(log).toEqual(['join', 'ring'])
    gates.get('join')?.()
    await ends[0]
    expect(log).toEqual(['join', 'ring', 'music', 'hang up'])
    for (const open of gates.values()) open()
    await Promise.all(ends)
    expect(lanes.size).toBe(0)
  })
})

describe('REST over WebSocket', () => {
  it.each([
    ['22.10.1+dfsg+~cs6.17.60671434-1', true],
    ['22.4.0', true],
    ['22.3.0', false],
    ['21.9.1', true],
    ['21.8.0', false],
    ['20.14.0', true],
    ['20.13.0', false],
    ['18.26.4', false],
    ['16.30.0', false],
    ['23.0.0', true],
    ['certified-20.7-cert5', false],
    ['', false],
  ])('in Asterisk %s: %s', (version, there) => {
    expect(speaksRestOverWebSocket(version)).toBe(there)
  })
})

it('addresses keep the path that a reverse proxy adds', () => {
  expect(ariAddress('http://pbx:8088', 'asterisk/info').href).toBe('http://pbx:8088/ari/asterisk/info')
  expect(ariAddress('https://pbx/one/', 'events').href).toBe('https://pbx/one/ari/events')
})
