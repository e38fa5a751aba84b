/** A browser's phone registers over websocket with the password that was given for it, and with no other. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { Phone } from '../../lab/phone/phone.js'
import { createPort } from '../../src/ari/create-port.js'
import { silentObserver } from '../../src/ari/observer.js'
import { createPbx } from '../../src/ari/pbx.js'
import type { AriPort } from '../../src/ari/port.js'
import { WebPhones } from '../../src/ari/web-phones.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { sasSchema } from '../../src/config/schema.js'
import { BrowserLine } from './browser-line.js'

const phone = 'arm01-web'

let asterisk: Asterisk
let line: BrowserLine
beforeAll(async () => {
  const config = sasSchema.parse(parse(readFileSync(new URL('../../config/sample.yaml', import.meta.url), 'utf8')))
  asterisk = await startAsterisk({ config, rtpPorts: 50 })
  line = await BrowserLine.open(asterisk.wsUrl, phone)
})
afterAll(async () => {
  line?.close()
  await asterisk?.stop()
})

const fail = (endpoint: string, error: Error): never => {
  throw new Error(`${endpoint}: ${error.message}`)
}

const portBy = (transport: 'ws' | 'http'): AriPort => {
  const { ariUrl: url, user, password, app } = asterisk
  return createPort({ transport, url, user, password, app, observer: silentObserver })
}

it.each(['ws', 'http'] as const)('is challenged, and taken with its password of the moment, over %s', async (transport) => {
  const port = portBy(transport)
  let now: string | null = null
  const phones = new WebPhones(port, () => now, fail)
  try {
    const up = once(port, 'up')
    await port.start()
    await up
    // Nobody may use it yet: it is refused like any wrong password.
    await phones.tell(phone)
    for (const wrong of [sipPassword(asterisk.sipSecret, 'arm01'), sipPassword(asterisk.sipSecret, phone), ''])
      expect(await line.register(wrong)).toMatch(/^SIP\/2\.0 401 /)
    now = 'of the first session'
    await phones.tell(phone)
    expect(await line.register('of the first session')).toMatch(/^SIP\/2\.0 200 /)
    await expect.poll(() => asterisk.cli('pjsip show contacts'), { timeout: 10_000 }).toMatch(/arm01-web\/sip:arm01-web.* Avail /)
    now = 'of the next session'
    await phones.tell(phone)
    expect(await line.register('of the first session')).toMatch(/^SIP\/2\.0 401 /)
    expect(await line.register('of the next session')).toMatch(/^SIP\/2\.0 200 /)
    now = null
    await phones.tell(phone)
    expect(await line.register('of the next session')).toMatch(/^SIP\/2\.0 401 /)
  } finally {
    phones.stop()
    await port.stop()
  }
})

it('is told of, and no more, when Asterisk will not have it: desk phones stand in its file', async () => {
  const port = portBy('ws')
  const refused: string[] = []
  const phones = new WebPhones(port, () => 'another', (endpoint) => refused.push(endpoint))
  const up = once(port, 'up')
  await port.start()
  await up
  await phones.tellAll(['arm01', phone])
  expect(refused).toEqual(['arm01'])
  expect(await line.register('another')).toMatch(/^SIP\/2\.0 200 /)
  phones.stop()
  await port.stop()
})

it.each(['ws', 'http'] as const)('is rung when no desk phone is registered, over %s', async (transport) => {
  const port = portBy(transport)
  const phones = new WebPhones(port, () => 'of this session', fail)
  const { app } = asterisk
  const pbx = createPbx(port, { app, observer: silentObserver, phonesPollMs: 100 })
  const trunk = await Phone.start({ server: asterisk.sip, bind: '127.0.0.2' })
  try {
    const up = once(port, 'up')
    const looked = once(pbx, 'event')
    await pbx.start()
    await up
    await phones.tell(phone)
    expect(await line.register('of this session')).toMatch(/^SIP\/2\.0 200 /)
    await looked
    const arrived = once(pbx, 'event')
    await trunk.dial('15')
    const [{ call }] = (await arrived) as [{ call: string }]
    const leg = `L-web-${transport}`
    const invite = line.next('INVITE ')
    await pbx.perform([{ type: 'ring', leg, phone: 'arm01', call, shown: null, timeoutMs: 5_000 }])
    // Offered as a browser takes it: DTLS, and ICE.
    expect(await invite).toMatch(/^a=fingerprint:[^]*^a=candidate:/m)
    await pbx.perform([{ type: 'hang-up', channel: leg }])
  } finally {
    await trunk.stop()
    phones.stop()
    await pbx.stop()
  }
})
