/** A neighbour's calls on real Asterisk: promised over mutual TLS, and refused when they were not, came twice, or came too late. */
import { once } from 'node:events'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Authority, type Certificate } from '../../lab/certificates.js'
import { freePort } from '../../lab/ports.js'
import type { OutgoingCall } from '../../lab/phone/call.js'
import { Floor, configWith, talk } from './floor.js'

const authority = new Authority()
const [own, theirs, strangers] = ['demo', 'sas-68', 'sas-99'].map((name) => authority.sign({ name })) as [Certificate, Certificate, Certificate]
let floor: Floor
let port: number
let ids = 0

beforeAll(async () => {
  port = await freePort()
  floor = await Floor.open({
    configFile: configWith((sas) => {
      sas.n1.wrapUpSeconds = 0
      // Nobody listens at that address: the neighbour of this test only asks.
      sas.neighbours = [{ id: 'sas-68', label: 'SAS du Haut-Rhin', trunk: 'neighbour', urls: ['https://127.0.0.1:1'], receive: { atOnce: 2, keepFree: 0 } }]
    }),
    environment: {
      DECROCHE_NEIGHBOURS_HOST: '127.0.0.1',
      DECROCHE_NEIGHBOURS_PORT: String(port),
      DECROCHE_NEIGHBOURS_CERT: own.certificate,
      DECROCHE_NEIGHBOURS_KEY: own.key,
      DECROCHE_NEIGHBOURS_CA: authority.file,
    },
  })
})
afterAll(() => floor?.close())
afterEach(() => floor.clear())

/** A place for a call, as the neighbour asks for it. @returns the status, and under which id */
async function ask(certificate: Certificate): Promise<{ status: number; id: string; body: unknown }> {
  const id = `test-reservation-${String((ids += 1)).padStart(8, '0')}`
  const body = JSON.stringify({ id, position: 'n1', class: 'P1', visited: ['sas-68'], mayWait: false })
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1', port, method: 'POST', path: '/v1/reservations', servername: 'demo', ca: authority.pem,
        cert: readFileSync(certificate.certificate), key: readFileSync(certificate.key), headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => void json(response).then((answer) => resolve({ status: response.statusCode ?? 0, id, body: answer }), () => resolve({ status: response.statusCode ?? 0, id, body: null })),
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** The neighbour's INVITE. */
function give(reservation: string, waitedMs = 40_000): Promise<OutgoingCall> {
  const headers = { 'Decroche-Call': `waited=${waitedMs};class=P1;reservation=${reservation};drm=sas-68-1`, 'History-Info': '<sip:15@sas-68.sas>;index=1' }
  return floor.phone('neighbour').dial('15', { from: '+33639980001', asserted: '+33639980001', headers })
}

const audited = async (): Promise<(string | null)[]> => {
  const { entries } = (await floor.api.get('audit')) as { entries: { kind: string; detail: string | null }[] }
  return entries.filter(({ kind }) => kind === 'neighbour-refused').map(({ detail }) => detail)
}

it('a call that was promised a place is rung for by its own clock, unanswered until somebody picks up, and counts with its whole wait (R-MA-1)', async () => {
  await floor.signIn('arm01')
  const { status, id } = await ask(theirs)
  expect(status).toBe(201)
  const call = await give(id)
  const arm = await floor.phone('arm01').nextRing({ withinMs: 10_000 })
  const { calls } = (await floor.api.get('room')) as { calls: { received: string | null; sinceArrivalMs: number; pickedUpAt: number | null }[] }
  expect(calls[0]).toMatchObject({ received: 'sas-68', pickedUpAt: null })
  expect(calls[0]?.sinceArrivalMs).toBeGreaterThanOrEqual(40_000)
  await arm.answer()
  await talk({ call, tone: floor.phone('neighbour').tone }, { call: arm, tone: floor.phone('arm01').tone })
  await arm.hangup()
  await call.ended
  const { presented, answered, received, qs30 } = (await floor.api.get('indicators')) as Record<string, number>
  expect({ presented, answered, received, qs30 }).toEqual({ presented: 1, answered: 1, received: 1, qs30: 0 })
})

describe('what was not promised stays where it is, and is audited', () => {
  it('forged, replayed, or too late', async () => {
    await floor.signIn('arm01', 'arm02')
    const refused = async (reservation: string): Promise<void> => expect((await (await give(reservation)).ended).status).toBe(403)
    await refused('nobody-promised-this-one')
    const { id } = await ask(theirs)
    const call = await give(id)
    await floor.answer('arm01')
    await refused(id)
    await call.hangup()
    const late = await ask(theirs)
    expect(late.status).toBe(201)
    await new Promise((resolve) => setTimeout(resolve, 5_500))
    await refused(late.id)
    await expect.poll(audited).toEqual(['expired', 'replayed', 'unpromised'])
  })

  it('by a SAS that is no neighbour', async () => {
    expect((await ask(strangers)).status).toBe(403)
    await expect.poll(audited).toContain('unknown-neighbour')
  })
})

it('a renewed certificate is shown from the next connection on; of a spoilt one whoever had it read is told', async () => {
  const shown = async (): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'demo', ca: authority.pem, cert: readFileSync(theirs.certificate), key: readFileSync(theirs.key) })
    await once(socket, 'secureConnect')
    const { serialNumber } = socket.getPeerCertificate()
    socket.destroy()
    return serialNumber
  }
  const reload = async () => (await floor.api.post('configuration/reload', { by: 'sup01' })) as { certificateFaults: string[] }
  const before = await shown()
  const renewed = authority.sign({ name: 'demo' })
  copyFileSync(renewed.certificate, own.certificate)
  copyFileSync(renewed.key, own.key)
  expect((await reload()).certificateFaults).toEqual([])
  const after = await shown()
  expect(after).not.toBe(before)
  writeFileSync(own.key, 'spoilt')
  expect((await reload()).certificateFaults).toEqual(['DECROCHE_NEIGHBOURS_KEY: the key cannot be read: not PEM, or incomplete'])
  expect(await shown()).toBe(after)
  // The next engine starts with it.
  copyFileSync(renewed.key, own.key)
})

it('without an engine a call that is given is refused at once, for its place is elsewhere, and any other is served', async () => {
  await floor.signIn('arm01')
  await floor.stack.engines.at(-1)!.child.stop('SIGKILL')
  expect((await (await give('whatever')).ended).status).toBe(503)
  const plain = await floor.phone('neighbour').dial('15', { from: '+33639980002', asserted: '+33639980002' })
  const arm = await floor.answer('arm01')
  await talk({ call: plain, tone: floor.phone('neighbour').tone }, { call: arm, tone: floor.phone('arm01').tone })
  await arm.hangup()
  await (await floor.stack.startEngine()).active
})
