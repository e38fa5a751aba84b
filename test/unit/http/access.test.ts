/** Who may what: every route for every right, and an agent for nobody but themselves. */
import { fastify } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Doorkeeper } from '../../../src/auth/doorkeeper.js'
import { rights, type Right } from '../../../src/auth/principal.js'
import { guard } from '../../../src/http/access.js'
import { API_TOKEN, LRM_TOKEN, openHouse, type House } from './open-door.js'

/** The whole of it. A route that is missing here fails. */
const table: Readonly<Record<string, readonly Right[] | 'anybody'>> = {
  'GET /healthz': 'anybody',
  'GET /readyz': 'anybody',
  'GET /auth/methods': 'anybody',
  'POST /auth/sign-in': 'anybody',
  'POST /auth/refresh': 'anybody',
  'POST /auth/sign-out': 'anybody',
  'POST /v1/agents/{agent}/sign-in': ['agent', 'supervisor'],
  'POST /v1/agents/{agent}/sign-out': ['agent', 'supervisor'],
  'POST /v1/agents/{agent}/ready': ['agent', 'supervisor'],
  'POST /v1/agents/{agent}/pause': ['agent', 'supervisor'],
  'POST /v1/agents/{agent}/position': ['agent', 'supervisor'],
  'GET /v1/audit': ['supervisor', 'admin'],
  'DELETE /v1/accounts/{account}/sessions': ['supervisor', 'admin'],
  'POST /v1/sip-credentials': ['agent'],
  'GET /v1/calls/{call}': ['agent', 'supervisor', 'admin', 'lrm'],
  'POST /v1/calls': ['agent', 'supervisor', 'lrm'],
  'POST /v1/calls/{call}/qualification': ['agent', 'supervisor', 'lrm'],
  'POST /v1/calls/{call}/caller-name': ['agent', 'supervisor', 'lrm'],
  'POST /v1/calls/{call}/transfer': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/pick': ['agent', 'supervisor', 'lrm'],
  'POST /v1/calls/{call}/leave': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/take-back': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/pass-on': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/give-back': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/park': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/callback': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/withdraw-callback': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/invite': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/bring-in': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/dismiss': ['agent', 'supervisor'],
  'POST /v1/calls/{call}/move': ['supervisor'],
  'POST /v1/calls/{call}/listen': ['supervisor'],
  'GET /v1/recordings': ['recordings'],
  'GET /v1/recordings/{recording}': ['recordings'],
  'GET /v1/room': ['agent', 'supervisor', 'admin'],
  'GET /v1/rechecks': ['agent', 'supervisor', 'admin'],
  'GET /v1/indicators': ['agent', 'supervisor', 'admin'],
  'GET /v1/supervision': ['agent', 'supervisor', 'admin', 'neighbour'],
  'GET /v1/links': ['supervisor', 'admin', 'lrm'],
  'POST /v1/links/{link}/resend': ['admin'],
  'POST /v1/overrides': ['supervisor'],
  'POST /v1/overrides/end': ['supervisor'],
  'POST /v1/configuration/reload': ['supervisor', 'admin'],
}

/** Who has that right alone. */
const accounts: Readonly<Record<Right, string>> = { agent: 'arm01', supervisor: 'sup01', admin: 'adm01', neighbour: 'sas-51', lrm: 'lrm01', recordings: 'ecoute01' }

let house: House
const tokens = new Map<Right, string>()
beforeAll(async () => {
  house = await openHouse()
  for (const right of rights) tokens.set(right, (await house.enter(accounts[right])).token)
})
afterAll(() => house.app.close())

const bodies: Readonly<Record<string, object>> = {
  pause: { reason: 'repas' },
  position: { position: 'n1' },
  qualification: { agent: 'arm01', priority: 'P1' },
  'caller-name': { agent: 'arm01', name: 'x' },
  transfer: { agent: 'arm01', to: 'amu' },
}
const bodyFor = (path: string, by: string): object => {
  if (path.endsWith('/calls')) return { agent: 'arm01', to: 'codis' }
  if (path.endsWith('/move')) return { to: 'mg', by }
  if (path.endsWith('/listen')) return { agent: by, mode: 'listen' }
  if (path.endsWith('/invite')) return { agent: by, to: 'codis' }
  if (path.endsWith('/dismiss')) return { agent: by, guest: 'L-1' }
  if (path.endsWith('/overrides')) return { kind: 'close', target: 'mg', until: 1, by }
  if (path.endsWith('/end')) return { target: 'mg', by }
  if (path.endsWith('/reload')) return { by }
  return bodies[path.split('/').at(-1) ?? ''] ?? (path.includes('/calls/') ? { agent: 'arm01' } : {})
}
const ask = (route: string, token: string | null, by = 'sup01') => {
  const [method = '', path = ''] = route.split(' ')
  return house.app.inject({
    method: method as 'GET',
    url: path.replace('{agent}', 'arm01').replace('{call}', 'c1').replace('{account}', 'arm04').replace('{link}', 'lrm').replace('{recording}', 'c1'),
    headers: { origin: 'http://localhost', ...(token !== null && { authorization: `Bearer ${token}` }) },
    ...(method === 'POST' && { payload: bodyFor(path, by) }),
  })
}

describe('every route', () => {
  it('stands in the table', () => {
    const { paths = {} } = house.app.swagger() as { paths?: Record<string, object> }
    const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    expect(routes.sort()).toEqual(Object.keys(table).sort())
  })

  const cases = Object.entries(table).flatMap(([route, who]) => rights.map((right) => [route, right, who === 'anybody' || who.includes(right)] as const))
  it.each(cases)('%s for %s: %s', async (route, right, allowed) => {
    const { statusCode } = await ask(route, tokens.get(right)!, accounts[right])
    if (table[route] === 'anybody') expect(statusCode).not.toBe(403)
    else if (allowed) expect([200, 201, 204, 404]).toContain(statusCode)
    else expect(statusCode).toBe(403)
  })

  // A program is nobody's phone, and hears no recordings.
  const notForPrograms = ['POST /v1/sip-credentials', 'GET /v1/recordings', 'GET /v1/recordings/{recording}']
  it.each(Object.entries(table).filter(([, who]) => who !== 'anybody'))('%s for nobody without a token, and most for the API’s own', async (route) => {
    expect((await ask(route, null)).statusCode).toBe(401)
    expect(notForPrograms.includes(route) ? [403] : [200, 201, 204, 404]).toContain((await ask(route, API_TOKEN)).statusCode)
  })

  it('says whom it is for, or the server does not start', async () => {
    const app = fastify()
    await guard(app, { doorkeeper: new Doorkeeper(API_TOKEN, null, null), audit: null })
    expect(() => app.get('/open', () => 'x')).toThrow('GET /open does not say who may use it')
  })
})

describe('an agent', () => {
  const as = async (account: string, method: 'GET' | 'POST', url: string, payload?: object) => {
    const { token } = await house.enter(account)
    return house.app.inject({ method, url, headers: { authorization: `Bearer ${token}` }, ...(payload && { payload }) })
  }

  it('acts for themself only, in the path and in the body', async () => {
    expect((await as('arm02', 'POST', '/v1/agents/arm02/ready')).statusCode).toBe(204)
    // Of one address, so many refusals of a minute are kept.
    house.clock.pass(60_000)
    const path = await as('arm02', 'POST', '/v1/agents/arm01/ready')
    expect(path.statusCode).toBe(403)
    expect(path.json()).toMatchObject({ error: 'forbidden', message: 'Vos droits ne permettent pas cette action.' })
    expect((await as('arm02', 'POST', '/v1/calls/c1/leave', { agent: 'arm01' })).statusCode).toBe(403)
    expect(house.memory.entries.at(-1)).toMatchObject({ kind: 'wrong-right', account: 'arm02', ip: '127.0.0.1', detail: '/v1/calls/:call/leave' })
  })

  it('who supervises as well acts for anybody, under their own name', async () => {
    expect((await as('mru01', 'POST', '/v1/agents/arm01/ready')).statusCode).toBe(204)
    expect((await as('mru01', 'POST', '/v1/overrides/end', { target: 'mg', by: 'sup01' })).statusCode).toBe(403)
    expect((await as('mru01', 'POST', '/v1/overrides/end', { target: 'mg', by: 'mru01' })).statusCode).toBe(204)
  })

  it('who supervises listens themself, and makes nobody else', async () => {
    expect((await as('mru01', 'POST', '/v1/calls/c1/listen', { agent: 'arm01', mode: 'listen' })).statusCode).toBe(403)
    expect((await as('mru01', 'POST', '/v1/calls/c1/listen', { agent: 'mru01', mode: 'listen' })).statusCode).toBe(204)
  })
})

describe('the LRM', () => {
  it('has a token of its own, good for what an LRM does', async () => {
    expect((await ask('POST /v1/calls/{call}/qualification', LRM_TOKEN)).statusCode).toBe(204)
    expect((await ask('POST /v1/calls/{call}/leave', LRM_TOKEN)).statusCode).toBe(403)
    expect((await ask('GET /v1/room', LRM_TOKEN)).statusCode).toBe(403)
  })
})

describe('too many requests', () => {
  it('of one principal are refused, and the others’ and the API’s own go on', async () => {
    const app = fastify()
    const close = () => app.close()
    await guard(app, { doorkeeper: new Doorkeeper(API_TOKEN, LRM_TOKEN, null), audit: null, limits: { principal: 2, address: 3 } })
    app.get('/x', { config: { rights: ['lrm'] } }, () => 'x')
    const get = async (token: string) => (await app.inject({ method: 'GET', url: '/x', headers: { authorization: `Bearer ${token}` } })).statusCode
    expect([await get(LRM_TOKEN), await get(LRM_TOKEN), await get(LRM_TOKEN)]).toEqual([200, 200, 429])
    for (let time = 0; time < 5; time += 1) expect(await get(API_TOKEN)).toBe(200)
    expect([await get('a'), await get('b'), await get('c'), await get('d')]).toEqual([401, 401, 401, 429])
    await close()
  })
})
