/** A browser's phone registers over websocket, under its own name and password. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RawData, WebSocket } from 'ws'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { createPort } from '../../src/ari/create-port.js'
import { silentObserver } from '../../src/ari/observer.js'
import { createPbx } from '../../src/ari/pbx.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import { Phone } from '../../lab/phone/phone.js'
import { sasSchema } from '../../src/config/schema.js'

const phone = 'arm01-web'
const uri = 'sip:127.0.0.1'
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

let asterisk: Asterisk
let socket: WebSocket
beforeAll(async () => {
  const config = sasSchema.parse(parse(readFileSync(new URL('../../config/sample.yaml', import.meta.url), 'utf8')))
  asterisk = await startAsterisk({ config, rtpPorts: 50 })
  socket = new WebSocket(asterisk.wsUrl, 'sip')
  await once(socket, 'open')
  socket.on('message', (data) => answerOptions(String(data)))
})
afterAll(async () => {
  socket?.terminate()
  await asterisk?.stop()
})

/** A browser that does not answer these counts as gone. */
function answerOptions(request: string): void {
  if (!request.startsWith('OPTIONS ')) return
  const kept = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
  socket.send(['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', ''].join('\r\n'))
}

async function register(sequence: number, authorization?: string): Promise<string> {
  const lines = [
    `REGISTER ${uri} SIP/2.0`,
    `Via: SIP/2.0/WS browser.invalid;branch=z9hG4bK${randomBytes(6).toString('hex')}`,
    `From: <sip:${phone}@127.0.0.1>;tag=browser`,
    `To: <sip:${phone}@127.0.0.1>`,
    'Call-ID: web-phone-test',
    `CSeq: ${sequence} REGISTER`,
    `Contact: <sip:${phone}@browser.invalid;transport=ws>`,
    'Max-Forwards: 70',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    'Content-Length: 0',
  ]
  const answer = nextMessage('SIP/2.0 ')
  socket.send(`${lines.join('\r\n')}\r\n\r\n`)
  return answer
}

function digest(challenge: string, password: string): string {
  const value = (name: string): string => new RegExp(`${name}="?([^",]+)`).exec(challenge)?.[1] ?? ''
  const [realm, nonce, cnonce] = [value('realm'), value('nonce'), 'browser']
  const response = md5(
    `${md5(`${phone}:${realm}:${password}`)}:${nonce}:00000001:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`,
  )
  return `Digest username="${phone}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", cnonce="${cnonce}", nc=00000001, qop=auth, algorithm=MD5, opaque="${value('opaque')}"`
}

it('is challenged, refused with the desk phone’s password, and taken with its own', async () => {
  const challenge = await register(1)
  expect(challenge).toMatch(/^SIP\/2\.0 401 /)
  const desk = await register(2, digest(challenge, sipPassword(asterisk.sipSecret, 'arm01')))
  expect(desk).toMatch(/^SIP\/2\.0 401 /)
  const own = await register(3, digest(desk, sipPassword(asterisk.sipSecret, phone)))
  expect(own).toMatch(/^SIP\/2\.0 200 /)
  await expect.poll(() => asterisk.cli('pjsip show contacts'), { timeout: 10_000 }).toMatch(/arm01-web\/sip:arm01-web.* Avail /)
})

it.each(['ws', 'http'] as const)('is rung when no desk phone is registered, over %s', async (transport) => {
  const { ariUrl: url, user, password, app } = asterisk
  const pbx = createPbx(createPort({ transport, url, user, password, app, observer: silentObserver }), {
    app,
    observer: silentObserver,
    phonesPollMs: 100,
  })
  const trunk = await Phone.start({ server: asterisk.sip, bind: '127.0.0.2' })
  try {
    const looked = once(pbx, 'event')
    await pbx.start()
    await looked
    const arrived = once(pbx, 'event')
    await trunk.dial('15')
    const [{ call }] = (await arrived) as [{ call: string }]
    const leg = `L-web-${transport}`
    const invite = nextMessage('INVITE ')
    await pbx.perform([{ type: 'ring', leg, phone: 'arm01', caller: call, shown: null, timeoutMs: 5_000 }])
    // Offered as a browser takes it: DTLS, and ICE.
    expect(await invite).toMatch(/^a=fingerprint:[^]*^a=candidate:/m)
    await pbx.perform([{ type: 'hang-up', channel: leg }])
  } finally {
    await trunk.stop()
    await pbx.stop()
  }
})

function nextMessage(start: string): Promise<string> {
  return new Promise((resolve) => {
    const look = (data: RawData): void => {
      if (!String(data).startsWith(start)) return
      socket.off('message', look)
      resolve(String(data))
    }
    socket.on('message', look)
  })
}
