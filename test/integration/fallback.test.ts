/** No engine at all: the dialplan serves the calls (DESIGN, decision 6), and refuses what it must. */
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { freePort } from '../../lab/ports.js'
import { readFallbackCalls } from '../../src/asterisk-config/fallback-record.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { type SasConfig, sasSchema } from '../../src/config/schema.js'
import { type Sipp, type SippOptions, startSipp } from './fallback/sipp.js'

const operator = '127.0.0.2'
const ambulance = '127.0.0.4'
const neighbour = '127.0.0.5'
const desk = '127.0.0.1'

let asterisk: Asterisk
let neighbourPort: number
let atBoot: string[]
const running: Sipp[] = []

beforeAll(async () => {
  neighbourPort = await freePort()
  const site = { fallback: { queueSeconds: 5, neighbourSeconds: 3 } }
  asterisk = await startAsterisk({ config: sampleWith(neighbourPort), rtpPorts: 100, site })
  atBoot = asterisk.complaints()
})
afterAll(async () => asterisk?.stop())
afterEach(async () => {
  for (const sipp of running.splice(0)) await sipp.stop()
})

function sampleWith(port: number): SasConfig {
  const config = sasSchema.parse(parse(readFileSync(new URL('../../config/sample.yaml', import.meta.url), 'utf8')))
  const trunks = { ...config.trunks }
  for (const [id, trunk] of Object.entries(trunks)) {
    if (trunk.kind === 'neighbour') trunks[id] = { ...trunk, peer: `${neighbour}:${port}` }
    if (trunk.kind === 'ambulance') trunks[id] = { ...trunk, channels: 1 }
  }
  return { ...config, trunks, canary: { everySeconds: 60 } }
}

async function sipp(options: Omit<SippOptions, 'target'> & { target?: string }): Promise<Sipp> {
  const started = await startSipp(options)
  running.push(started)
  return started
}

const call = (from: string, service: string): Promise<Sipp> =>
  sipp({ scenario: 'caller', from, service, target: asterisk.sip })

/** The contact answers Asterisk's own probe: it will be rung. */
async function reachable(aor: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await asterisk.cli(`pjsip qualify ${aor}`)
      expect(await asterisk.cli('pjsip show contacts')).toMatch(new RegExp(`${aor}/sip:\\S+\\s+\\S+\\s+Avail`))
    },
    { timeout: 20_000, interval: 250 },
  )
}

async function register(phone: string): Promise<number> {
  const password = sipPassword(asterisk.sipSecret, phone)
  const registering = await sipp({ scenario: 'register', from: desk, service: phone, password, target: asterisk.sip })
  await registering.done()
  return registering.port
}

const callsProcessed = async (): Promise<number> =>
  Number(/(\d+) calls? processed/.exec(await asterisk.cli('core show channels count'))?.[1])

/** The first answer to an INVITE for 15 that comes as a browser's does. */
async function inviteByWebsocket(name: string): Promise<string> {
  const socket = new WebSocket(asterisk.wsUrl, 'sip')
  try {
    await once(socket, 'open')
    const answer = once(socket, 'message')
    const lines = [
      'INVITE sip:15@127.0.0.1 SIP/2.0',
      `Via: SIP/2.0/WS browser.invalid;branch=z9hG4bK-${name}`,
      `From: <sip:${name}@127.0.0.1>;tag=${name}`,
      'To: <sip:15@127.0.0.1>',
      `Call-ID: browser-${name}`,
      'CSeq: 1 INVITE',
      `Contact: <sip:${name}@browser.invalid;transport=ws>`,
      'Max-Forwards: 70',
      'Content-Length: 0',
    ]
    socket.send(`${lines.join('\r\n')}\r\n\r\n`)
    return String((await answer)[0])
  } finally {
    socket.terminate()
  }
}

describe('without an engine', () => {
  it('gives a 15 call to the neighbour when no N1 phone is there (R-MA-1)', async () => {
    const other = await sipp({ scenario: 'answering', from: neighbour, port: neighbourPort })
    await reachable('neighbour')
    const caller = await call(operator, '15')
    await Promise.all([caller.done(), other.done()])
    await vi.waitFor(() => {
      const [served] = readFallbackCalls(asterisk.fallbackRecord).slice(-1)
      expect(served).toMatchObject({ trunk: 'operator', number: '15', event: 'ended', result: 'neighbour', phone: null })
      expect(served?.answeredAt).toBeLessThanOrEqual(served?.at ?? 0)
    })
    expect(readFileSync(asterisk.fallbackRecord, 'utf8')).toMatch(/^\d{13},arrived,[^,]+,operator,15,,\d{13},$/m)
  })

  it('keeps the caller while nobody is there at all, and serves them when an N1 phone comes back', async () => {
    const before = readFallbackCalls(asterisk.fallbackRecord).length
    const caller = await call(operator, '15')
    await vi.waitFor(() => expect(readFallbackCalls(asterisk.fallbackRecord)).toHaveLength(before + 1), { timeout: 10_000 })
    const port = await register('arm01')
    const phone = await sipp({ scenario: 'answering', from: desk, port })
    await Promise.all([caller.done(), phone.done()])
    await vi.waitFor(() => expect(readFallbackCalls(asterisk.fallbackRecord)[before]).toMatchObject({ result: 'n1', phone: 'arm01' }))
  })

  it('rings the N1 phones through app_queue (R-N1-1)', async () => {
    const port = await register('arm02')
    const phone = await sipp({ scenario: 'answering', from: desk, port })
    await reachable('arm02')
    const caller = await call(operator, '116117')
    await Promise.all([caller.done(), phone.done()])
    await vi.waitFor(() => {
      expect(readFallbackCalls(asterisk.fallbackRecord).at(-1)).toMatchObject({ number: '116117', result: 'n1' })
    })
    expect(await asterisk.cli('queue show n1')).toMatch(/arm02 .*has taken 1 calls/)
  })

  it('rings nobody for a canary, and has nothing to tell of it', async () => {
    const [before, told] = [await callsProcessed(), readFileSync(asterisk.fallbackRecord, 'utf8')]
    await asterisk.cli('channel originate PJSIP/canary@canary extension s@canary')
    await vi.waitFor(async () => {
      expect(await callsProcessed()).toBeGreaterThan(before)
      expect(await asterisk.cli('core show channels concise')).not.toMatch(/^PJSIP/m)
    }, { timeout: 10_000 })
    expect(readFileSync(asterisk.fallbackRecord, 'utf8')).toBe(told)
  })

  it('records no caller number, where nothing else is', async () => {
    const record = readFileSync(asterisk.fallbackRecord, 'utf8')
    expect(readdirSync(dirname(asterisk.fallbackRecord))).toEqual(['fallback.csv'])
    expect(record).toContain(',ended,')
    expect(record).not.toMatch(/019900000/)
  })
})

describe('refusals', () => {
  it('answers 404 to a number that the trunk does not have', async () => {
    const caller = await sipp({ scenario: 'refused', status: 404, from: operator, service: '1801', target: asterisk.sip })
    await caller.done()
    expect(readFileSync(`${asterisk.logDir}/security.log`, 'utf8')).toMatch(/extension '1801' rejected/)
  })

  it.each(['0199000002', 'operator', 'fire', 'neighbour', 'canary', 'arm01'])('refuses a sender it does not know, though it calls itself %s', async (name) => {
    const before = await callsProcessed()
    const shows = { from: `<sip:${name}@127.0.0.9>` }
    const stranger = await sipp({ scenario: 'refused', status: 401, from: '127.0.0.9', service: '15', target: asterisk.sip, shows })
    await stranger.done()
    expect(await asterisk.cli('core show channels concise')).not.toMatch(/^PJSIP/m)
    expect(await callsProcessed()).toBe(before)
    await vi.waitFor(() => {
      expect(readFileSync(`${asterisk.logDir}/security.log`, 'utf8')).toMatch(/ChallengeSent.*127\.0\.0\.9/)
    })
  })

  it.each(['operator', 'fire'])('refuses a browser that calls itself %s', async (name) => {
    const before = await callsProcessed()
    expect(await inviteByWebsocket(name)).toMatch(/^SIP\/2\.0 401 /)
    expect(await callsProcessed()).toBe(before)
  })

  it('answers 503 when every channel of the trunk is taken (R-IN-5)', async () => {
    const before = readFallbackCalls(asterisk.fallbackRecord).length
    const first = await call(ambulance, '1901')
    await vi.waitFor(() => expect(readFallbackCalls(asterisk.fallbackRecord)).toHaveLength(before + 1), { timeout: 10_000 })
    const second = await sipp({ scenario: 'refused', status: 503, from: ambulance, service: '1901', target: asterisk.sip })
    await second.done()
    await asterisk.cli('channel request hangup all')
    await first.done()
  })
})

it('reads its configuration without a complaint', () => {
  // Now and then one PJSIP module or another finds it busy while it registers; that says nothing of the configuration.
  const ofOurs = atBoot.filter((line) => /WARNING|ERROR/.test(line) && !/registered during operation/.test(line))
  expect(ofOurs).toEqual([])
})
