/** What sip.js leaves to a reliable transport, over UDP: repeats of lost messages, answers to repeated ones. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Phone } from '../../lab/phone/index.js'
import { nextHop, readHead, stampSource } from '../../lab/phone/sip-text.js'
import { makeAnswer, makeOffer, readAudio } from '../../lab/phone/sdp.js'

let phone: Phone
let peer: Socket

beforeEach(async () => {
  peer = createSocket('udp4')
  peer.bind(0, '127.0.0.1')
  await once(peer, 'listening')
  phone = await Phone.start({ server: `127.0.0.1:${peer.address().port}`, user: 'tried' })
})

afterEach(async () => {
  peer.close()
  await phone.stop()
})

async function receive(): Promise<string> {
  const [data] = (await once(peer, 'message')) as [Buffer]
  return data.toString()
}

/** The first message that has this in its start line. */
async function receiveUntil(start: string): Promise<string> {
  for (;;) {
    const text = await receive()
    if (text.slice(0, text.indexOf('\r\n')).includes(start)) return text
  }
}

function send(text: string): void {
  peer.send(text, Number(phone.address.split(':')[1]), '127.0.0.1')
}

function request(method: string, { branch = 'z9hG4bK-1', cseq = 1, toTag = '', body = '' } = {}): string {
  const me = `127.0.0.1:${peer.address().port}`
  return [
    `${method} sip:tried@${phone.address} SIP/2.0`,
    `Via: SIP/2.0/UDP ${me};branch=${branch}`,
    'From: <sip:0199000301@127.0.0.1>;tag=peer',
    `To: <sip:tried@127.0.0.1>${toTag}`,
    'Call-ID: loss-test',
    `CSeq: ${cseq} ${method}`,
    `Contact: <sip:peer@${me}>`,
    'Max-Forwards: 70',
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

/** A response to a request, with the headers a response copies. */
function response(text: string, status: string, toTag = ''): string {
  const copied = text.split('\r\n').filter((line) => /^(via|from|call-id|cseq):/i.test(line))
  const to = /^to: (.*)$/im.exec(text)?.[1]?.trim() ?? ''
  return [`SIP/2.0 ${status}`, ...copied, `To: ${to}${toTag}`, 'Content-Length: 0', '', ''].join('\r\n')
}

const offer = makeOffer({ at: { host: '127.0.0.1', port: 40_000 }, sessionId: 1, version: 1 })
const tagOf = (text: string) => `;tag=${/^to:.*;tag=([^;\r\n]+)/im.exec(text)?.[1] ?? ''}`

describe('a phone over UDP', () => {
  it('sends its INVITE again until something answers', async () => {
    const dialled = await phone.dial('15')
    const first = await receive()
    const second = await receive()
    expect(second).toBe(first)
    send(response(second, '486 Busy Here', ';tag=there'))
    expect(await receiveUntil('ACK')).toContain('CSeq: 1 ACK')
    expect(await dialled.ended).toMatchObject({ how: 'refused', status: 486 })
    // The refusal once more, as if the ACK had been lost.
    send(response(second, '486 Busy Here', ';tag=there'))
    expect(await receiveUntil('ACK')).toContain('CSeq: 1 ACK')
    expect(phone.repeats).toEqual({ resent: 1, absorbed: 1 })
  })

  it('rings once for an INVITE that comes twice, and sends its refusal until the ACK', async () => {
    let rings = 0
    phone.on('ring', () => (rings += 1))
    const ringing = phone.nextRing()
    send(request('INVITE', { body: offer }))
    send(request('INVITE', { body: offer }))
    await (await ringing).reject(486)
    const refusal = await receiveUntil('486')
    expect(await receiveUntil('486')).toBe(refusal)
    send(request('ACK', { toTag: tagOf(refusal) }))
    send(request('INVITE', { body: offer }))
    expect(await receiveUntil('486')).toBe(refusal)
    expect(rings).toBe(1)
  })

  it('answers a repeated BYE as it did the first', async () => {
    const ringing = phone.nextRing()
    send(request('INVITE', { body: offer }))
    const ring = await ringing
    await ring.answer()
    const accepted = await receiveUntil('200')
    // The 200 comes again until the ACK.
    expect(await receiveUntil('200')).toBe(accepted)
    const toTag = tagOf(accepted)
    send(request('ACK', { branch: 'z9hG4bK-2', toTag }))
    const bye = request('BYE', { branch: 'z9hG4bK-3', cseq: 2, toTag })
    send(bye)
    const answer = await receiveUntil('200')
    expect(await ring.ended).toMatchObject({ by: 'there', how: 'bye' })
    send(bye)
    expect(await receiveUntil('200')).toBe(answer)
  })

  it('outlives what is no SIP', async () => {
    for (const text of ['', '\r\n\r\n', 'INVITE', `${request('INVITE').slice(0, 40)}\r\n\r\n`, '\u0000'.repeat(2000)]) send(text)
    send(request('OPTIONS'))
    expect(await receive()).toMatch(/^SIP\/2.0 200/)
  })
})

describe('the way of a message', () => {
  it('is the Via of a response, stamped with where the request came from', () => {
    const stamped = stampSource(request('OPTIONS'), { host: '127.0.0.9', port: 4242 })
    expect(nextHop(response(stamped, '200 OK'))).toEqual({ host: '127.0.0.9', port: 4242 })
    expect(nextHop(response(request('OPTIONS'), '200 OK'))).toEqual({ host: '127.0.0.1', port: peer.address().port })
  })

  it('is the first Route of a request, or its URI', () => {
    const bare = 'BYE sip:x@127.0.0.1;transport=udp SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=b\r\nCSeq: 1 BYE\r\n\r\n'
    expect(nextHop(bare)).toEqual({ host: '127.0.0.1', port: 5060 })
    const routed = bare.replace('\r\nVia', '\r\nRoute: <sip:127.0.0.7:5070;lr>, <sip:127.0.0.8;lr>\r\nVia')
    expect(nextHop(routed)).toEqual({ host: '127.0.0.7', port: 5070 })
    expect(readHead(bare)).toEqual({ method: 'BYE', status: undefined, branch: 'b' })
    expect(readHead('HTTP/1.1 200 OK\r\n\r\n')).toBeUndefined()
  })
})

describe('a session description', () => {
  const local = { at: { host: '127.0.0.1', port: 40_002 }, sessionId: 7, version: 1 }

  it('is answered with its first codec, its event type and its direction turned', () => {
    const theirs = offer.replaceAll('101', '96').replace('RTP/AVP 8 0', 'RTP/AVP 0 8').replace('sendrecv', 'sendonly')
    const answer = readAudio(makeAnswer(local, readAudio(theirs)))
    expect(answer).toMatchObject({ at: local.at, codecs: [0], eventType: 96, direction: 'recvonly' })
  })

  it('refuses media that are no audio, and audio without G.711', () => {
    const withVideo = `${offer}m=video 40010 RTP/AVP 99\r\na=rtpmap:99 VP8/90000\r\n`
    const { lines } = readAudio(makeAnswer(local, readAudio(withVideo)))
    expect(lines).toEqual(['m=audio 40002 RTP/AVP 8 101', 'm=video 0 RTP/AVP 99'])
    const opus = offer.replace('RTP/AVP 8 0 101', 'RTP/AVP 111')
    expect(() => makeAnswer(local, readAudio(opus))).toThrow(/G\.711/)
    expect(() => readAudio('v=0\r\n')).toThrow(/without audio/)
  })
})
