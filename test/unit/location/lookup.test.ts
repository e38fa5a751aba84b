/** Asking a location server: only whom the configuration names, not for long, and never for more than a document. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { lookupAt, type LocationLookup } from '../../../src/location/lookup.js'
import { document, point } from './documents.js'

const pidf = { 'content-type': 'application/pidf+xml; charset=utf-8' }
const asked: string[] = []

let server: Server
let ca: string
let base: string
let lookup: LocationLookup

const answers: Readonly<Record<string, (request: IncomingMessage, answer: ServerResponse) => void>> = {
  '/place': (request, answer) => answer.writeHead(200, { ...pidf, 'x-accept': request.headers.accept }).end(document(point('48.85661 2.35222'))),
  '/moved': (_, answer) => answer.writeHead(302, { location: '/place' }).end(),
  '/page': (_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<html/>'),
  '/bomb': (_, answer) => answer.writeHead(200, pidf).end('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
  '/endless': (_, answer) => {
    answer.writeHead(200, pidf)
    const more = (): void => void (answer.destroyed || answer.write('x'.repeat(8_192), () => setImmediate(more)))
    more()
  },
  '/silent': () => {},
  '/slow': (_, answer) => void answer.writeHead(200, pidf).write('<presence'),
  '/broken': (_, answer) => {
    answer.writeHead(200, { ...pidf, 'content-length': '1000' }).write('<presence', () => answer.destroy())
  },
}

beforeAll(async () => {
  const dir = scratchDirectory('certificate')
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'ignore' })
  ca = readFileSync(cert, 'utf8')
  server = createServer({ key: readFileSync(key), cert: ca }, (request, answer) => {
    asked.push(request.url ?? '')
    answers[request.url ?? '']?.(request, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  base = `https://${host}`
  lookup = lookupAt({ hosts: [host], deadlineMs: 500, ca })
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('reads the document there', async () => {
  expect(await lookup.look(`${base}/place`)).toMatchObject({ ok: true, place: { point: { lat: 48.85661, lon: 2.35222 } } })
})

it.each(['/moved', '/page', '/silent', '/slow', '/broken', '/nowhere'])('has nothing from %s, in time', async (path) => {
  const started = performance.now()
  expect(await lookup.look(base + path)).toBeNull()
  expect(performance.now() - started).toBeLessThan(2_000)
})

it('follows no redirection', async () => {
  asked.length = 0
  await lookup.look(`${base}/moved`)
  expect(asked).toEqual(['/moved'])
})

it('reads no more than a document, and no hostile one', async () => {
  expect(await lookup.look(`${base}/endless`)).toEqual({ ok: false, why: 'too-large' })
  expect(await lookup.look(`${base}/bomb`)).toEqual({ ok: false, why: 'hostile' })
})

it('trusts no certificate that nobody vouches for', async () => {
  asked.length = 0
  expect(await lookupAt({ hosts: [new URL(base).host] }).look(`${base}/place`)).toBeNull()
  expect(asked).toEqual([])
})

it('asks nobody else, whoever names them', async () => {
  const { port, host } = new URL(base)
  const others = [`http://${host}/place`, `https://127.0.0.1:${port}/place`, 'https://localhost/place', `https://localhost.evil.example:${port}/place`, `https://a@${host}/place`, `https://evil.example:${port}#@${host}`, 'file:///etc/passwd', 'nonsense']
  asked.length = 0
  for (const other of others) {
    expect(lookup.allows(other), other).toBe(false)
    expect(await lookup.look(other)).toBeNull()
  }
  expect(asked).toEqual([])
  expect(lookup.allows(base.replace('localhost', 'LOCALHOST'))).toBe(true)
})
