/** Where callers are, from the INVITE through a real Asterisk to the API, the phone that rings and the neighbour (R-IN-2). */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../lab/ports.js'
import { startAsterisk, type Asterisk } from '../../lab/asterisk.js'
import { loadConfig } from '../../src/config/load.js'
import { Floor, configWith, type RoomCall } from './floor.js'
import { startSipp, type Sipp } from './fallback/sipp.js'
import { document, point } from '../unit/location/documents.js'

const operator = '127.0.0.2'
const ambulance = '127.0.0.4'
const byValue = '<cid:place@caller>'

const callers: Sipp[] = []
afterEach(async () => {
  for (const caller of callers.splice(0)) await caller.stop()
})

async function call(target: string, geolocation: string, body?: string, from = operator, service = '15'): Promise<void> {
  const shows = { from: '"caller" <sip:0199000001@[local_ip]:[local_port]>', headers: `Geolocation: ${geolocation}` }
  callers.push(await startSipp({ scenario: 'caller', from, service, target, shows, ...(body !== undefined && { document: body }) }))
}

interface LocatedCall extends RoomCall {
  situation: string
  location: { point: { lat: number; lon: number } | null; civic: Record<string, string> | null; reference: string | null } | null
}

describe.each(['ws', 'http'] as const)('with an engine, %s', (transport) => {
  let floor: Floor
  let results: Record<string, number> = {}

  beforeAll(async () => {
    floor = await Floor.open({ transport, configFile: configWith(() => {}), asterisk: { rtpPorts: 200 } })
  })
  afterAll(async () => floor?.close())
  afterEach(async () => {
    for (const caller of callers.splice(0)) await caller.stop()
    // A caller who is killed says no BYE.
    await (floor.stack.asterisk as Asterisk).cli('channel request hangup all')
    await expect.poll(room).toEqual([])
  })

  const room = async (): Promise<LocatedCall[]> => ((await floor.api.get('room')) as { calls: LocatedCall[] }).calls

  /** What was counted since the last look, once it is anything. */
  async function counted(): Promise<Record<string, number>> {
    const look = async (): Promise<Record<string, number>> => {
      const text = await (await fetch(`${floor.stack.engines[0]!.url}/metrics`)).text()
      const found = [...text.matchAll(/^decroche_caller_locations_total\{result="([a-z-]+)"\} (\d+)$/gm)]
      return Object.fromEntries(found.map(([, result, count]) => [result, Number(count)]))
    }
    await expect.poll(look, { timeout: 10_000 }).not.toEqual(results)
    const now = await look()
    const more = Object.entries(now).flatMap(([result, count]) => (count > (results[result] ?? 0) ? [[result, count - (results[result] ?? 0)] as const] : []))
    results = now
    return Object.fromEntries(more)
  }

  const target = (): string => floor.stack.asterisk.sip

  it('a place in the INVITE is in the API, and on the phone that rings', async () => {
    await call(target(), byValue, document(point('48.85661 2.35222')))
    expect(await counted()).toEqual({ value: 1 })
    expect(await room()).toMatchObject([{ location: { point: { lat: 48.85661, lon: 2.35222 }, civic: null, reference: null } }])
    await floor.signIn('arm01')
    const ring = await floor.phone('arm01').nextRing({ withinMs: 10_000 })
    expect(ring.header('Geolocation')).toBe('<geo:48.85661,2.35222>')
    await floor.clear()
  })

  it('an address is kept, and not asked', async () => {
    await call(target(), '<https://lis.example/a,b?c=d>')
    expect(await counted()).toEqual({ reference: 1 })
    expect(await room()).toMatchObject([{ location: { source: 'by-reference', point: null, reference: 'https://lis.example/a,b?c=d' } }])
  })

  it('nothing is believed of a trunk that shows its own number', async () => {
    await call(target(), byValue, document(point('48.85661 2.35222')), ambulance, '1901')
    await expect.poll(room, { timeout: 10_000 }).toHaveLength(1)
    await call(target(), byValue, document(point('48 2')))
    expect(await counted()).toEqual({ value: 1 })
    expect((await room()).filter(({ location }) => location !== null)).toHaveLength(1)
  })

  const laughs = ['<!ENTITY a "lol">', ...'bcdefghij'.split('').map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index]};`.repeat(10)}">`)].join('')
  const within = (inner: string, dtd: string): string => document(inner).replace('?>', `?><!DOCTYPE presence [${dtd}]>`)

  const hostile: [string, string, string][] = [
    ['an entity bomb', within('<ca:civicAddress><ca:A3>&j;</ca:A3></ca:civicAddress>', laughs), 'malformed'],
    ['an external entity', within('<ca:civicAddress><ca:A3>&x;</ca:A3></ca:civicAddress>', '<!ENTITY x SYSTEM "file:///etc/passwd">'), 'none'],
    ['no XML', 'where I am', 'malformed'],
    ['an end that is missing', document(point('48.85661 2.35222')).slice(0, -30), 'malformed'],
    ['5,000 levels', document('<a>'.repeat(5_000) + '</a>'.repeat(5_000)), 'malformed'],
    ['a place that is none on Earth', document(point('148.85661 2.35222')), 'malformed'],
    ['text beyond its place', document(point('4",shape="Circle",pos="9 2')), 'malformed'],
    ['coordinates of another kind', document(point('652000 6862000', 'urn:ogc:def:crs:EPSG::2154')), 'unsupported'],
  ]
  // What Asterisk makes of them is the same, however it is asked.
  it.each(transport === 'ws' ? hostile : hostile.slice(0, 1))('%s harms nobody: the call is answered as any other, and counted', async (_, body, result) => {
    await call(target(), byValue, body)
    expect(await counted()).toEqual({ [result]: 1 })
    const [found] = await room()
    expect(found).toMatchObject({ situation: 'waiting', location: null })
    await floor.signIn('arm01')
    await floor.answer('arm01')
    await expect.poll(room, { timeout: 10_000 }).toMatchObject([{ situation: 'talking' }])
    await floor.clear()
  })

  it('a document that is not in the body is counted', async () => {
    await call(target(), '<cid:elsewhere@caller>', document(point('48.85661 2.35222')))
    expect(await counted()).toEqual({ malformed: 1 })
    expect(await room()).toMatchObject([{ location: null }])
  })
})

describe('with the fallback', () => {
  let asterisk: Asterisk
  let neighbour: Socket
  let invited: Promise<string>

  beforeAll(async () => {
    const port = await freePort()
    neighbour = createSocket('udp4')
    neighbour.bind(port, '127.0.0.5')
    await once(neighbour, 'listening')
    invited = new Promise((resolve) => {
      neighbour.on('message', (data, from) => {
        const request = String(data)
        if (request.startsWith('INVITE ')) resolve(request)
        if (!request.startsWith('OPTIONS ')) return
        const kept = request.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
        neighbour.send(['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', ''].join('\r\n'), from.port, from.address)
      })
    })
    const file = configWith((sas) => Object.assign(sas.trunks['neighbour']!, { peer: `127.0.0.5:${port}`, sendsLocation: true }))
    asterisk = await startAsterisk({ config: loadConfig(file), rtpPorts: 50, site: { fallback: { queueSeconds: 5, neighbourSeconds: 5 } } })
  })
  afterAll(async () => {
    neighbour?.close()
    await asterisk?.stop()
  })

  it('the neighbour is told the place, where it is said to understand that', async () => {
    await call(asterisk.sip, byValue, document(point('48.85661 2.35222')))
    const request = await invited
    expect(request).toMatch(/^Geolocation: <cid:/m)
    expect(request).toMatch(/<gml:pos>48\.85661 2\.35222<\/gml:pos>/)
  })
})
