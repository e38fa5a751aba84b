/** What the engine is told of a call: which trunk, which number, who calls (R-IN-1, R-IN-2, R-IN-4). */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { readFallbackCalls } from '../../src/asterisk-config/fallback-record.js'
import { sasSchema } from '../../src/config/schema.js'
import { type Sipp, startSipp } from './fallback/sipp.js'

interface Start {
  args: string[]
  channel: { id: string; state: string; language: string; caller: { number: string } }
}

const operator = '127.0.0.2'
const fire = '127.0.0.3'
const ambulance = '127.0.0.4'
const withheld = {
  from: '"Anonymous" <sip:anonymous@anonymous.invalid>',
  headers: 'P-Asserted-Identity: <sip:+33199000003@127.0.0.2>\n    Privacy: id',
}

let asterisk: Asterisk
let app: WebSocket
const starts: Start[] = []
let arrived: () => void = () => {}
let beats: NodeJS.Timeout
const callers: Sipp[] = []

beforeAll(async () => {
  const config = sasSchema.parse(parse(readFileSync(new URL('../../config/sample.yaml', import.meta.url), 'utf8')))
  asterisk = await startAsterisk({ config, rtpPorts: 50 })
  const address = `${asterisk.ariUrl.replace('http', 'ws')}/ari/events?app=${asterisk.app}`
  app = new WebSocket(address, { auth: `${asterisk.user}:${asterisk.password}` })
  app.on('message', (data) => {
    const event = JSON.parse(String(data)) as Start & { type: string }
    if (event.type !== 'StasisStart') return
    starts.push(event)
    arrived()
  })
  await new Promise((resolve, reject) => app.once('open', resolve).once('error', reject))
  // As an engine at work does: without it, Asterisk looks after the callers by itself.
  beats = setInterval(() => void ari('POST', `asterisk/variable?variable=ENGINE_BEAT&value=${Date.now()}`), 1_000)
})
afterAll(async () => {
  clearInterval(beats)
  app?.terminate()
  await asterisk?.stop()
})
afterEach(async () => {
  for (const caller of callers.splice(0)) await caller.stop()
})

const ari = (method: string, path: string): Promise<Response> =>
  fetch(`${asterisk.ariUrl}/ari/${path}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from(`${asterisk.user}:${asterisk.password}`).toString('base64')}` },
  })

async function arrival(from: string, service: string, shows?: { from: string; headers: string }): Promise<Start> {
  const before = starts.length
  const next = new Promise<void>((resolve) => (arrived = resolve))
  const target = asterisk.sip
  callers.push(await startSipp({ scenario: 'caller', from, service, target, ...(shows === undefined ? {} : { shows }) }))
  await next
  const start = starts[before]
  if (start === undefined) throw new Error('no call arrived')
  return start
}

describe('a call that arrives', () => {
  it.each([
    [operator, '15', 'operator'],
    [operator, '116117', 'operator'],
    [fire, '1801', 'fire'],
    [fire, '1802', 'fire'],
    [fire, '1803', 'fire'],
    [ambulance, '1901', 'ambulance'],
  ])('from %s to %s names its trunk and its number, ringing, in French', async (from, service, trunk) => {
    const start = await arrival(from, service)
    expect(start.args).toEqual(['call', trunk, service, '', '', '', ''])
    expect(start.channel).toMatchObject({ state: 'Ring', language: 'fr', caller: { number: '0199000001' } })
  })

  it('shows the number that the caller withholds, when the operator asserts it (R-IN-2)', async () => {
    const start = await arrival(operator, '15', withheld)
    expect(start.channel.caller.number).toBe('+33199000003')
  })

  it('is said to come with a place only where that is believed (R-IN-2)', async () => {
    const shows = { ...withheld, headers: 'Geolocation: <https://lis.example/a>' }
    expect((await arrival(operator, '15', shows)).args).toEqual(['call', 'operator', '15', '', 'located', '', ''])
    expect((await arrival(ambulance, '1901', shows)).args).toEqual(['call', 'ambulance', '1901', '', '', '', ''])
  })

  it('does not believe an assertion of a trunk that has no business making one', async () => {
    const start = await arrival(ambulance, '1901', withheld)
    expect(start.channel.caller.number).not.toBe('+33199000003')
  })

  it('that is too large to be read is not written to the log', async () => {
    const [host = '', port] = asterisk.sip.split(':')
    const socket = connect({ host, port: Number(port), localAddress: operator })
    socket.on('error', () => {})
    await once(socket, 'connect')
    // Once the other side has closed, it has read what came before.
    socket.end(`INVITE sip:15@${host} SIP/2.0\r\nFrom: <sip:+33199000004@${host}>;tag=1\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`)
    socket.resume()
    await once(socket, 'close')
    await arrival(operator, '15')
    expect(readFileSync(`${asterisk.logDir}/messages.log`, 'utf8')).not.toMatch(/33199000004|xxxx/)
  })

  it('is served by the dialplan when the engine hands it back', async () => {
    const start = await arrival(operator, '15')
    const answer = await ari('POST', `channels/${start.channel.id}/continue?context=fallback&extension=queue-full`)
    expect(answer.status).toBe(204)
    await vi.waitFor(() => {
      const call = readFallbackCalls(asterisk.fallbackRecord).find(({ call: id }) => id === start.channel.id)
      expect(call).toMatchObject({ trunk: 'operator', number: '15', event: 'arrived' })
    })
  })
})
