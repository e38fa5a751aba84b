/** A browser's phone registers over websocket, under its own name and password. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { type Asterisk, startAsterisk } from '../../lab/asterisk.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
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
})
afterAll(async () => {
  socket?.terminate()
  await asterisk?.stop()
})

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
  const answer = once(socket, 'message')
  socket.send(`${lines.join('\r\n')}\r\n\r\n`)
  return String((await answer)[0])
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
  expect(await asterisk.cli('pjsip show contacts')).toContain(`${phone}/sip:${phone}`)
})
