/** The API over a real room: what it carries out, what it refuses and how, what it lets strangers see. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { compileRules } from '../../src/config/compile.js'
import { loadConfig } from '../../src/config/load.js'
import type { Answer } from '../../src/engine.js'
import type { DoorState, EngineDoor, ReloadAnswer, Request } from '../../src/http/door.js'
import { viewSupervision } from '../../src/status/supervision.js'
import { createHttp } from '../../src/http/server.js'
import { createIndicators, tally } from '../../src/indicators/indicators.js'
import { summarize } from '../../src/indicators/summary.js'
import { createLogger } from '../../src/log.js'
import { errorMessages } from '../../src/messages.fr.js'
import { createMetrics } from '../../src/metrics/metrics.js'
import type { Command, Event } from '../../src/routing/events.js'
import type { Fact } from '../../src/routing/facts.js'
import { createRoom } from '../../src/routing/roster.js'
import { step, type Outcome } from '../../src/routing/step.js'
import { rulebook } from '../routing/sample-rules.js'
import { Clock, FakeMemory, signInOn } from '../unit/auth/memories.js'

const TOKEN = 'a-token-of-good-length'
const NUMBER = '0199001234'
const NOW = 1_800_000_000_000
const config = loadConfig('config/sample.yaml')
const rules = compileRules(config)
const quality = { answerMs: 30_000, orientationMs: 30_000 }

/** A door on a real room without PBX and Redis: the core decides, the test says what the PBX saw. */
class RoomDoor implements EngineDoor {
  readonly #room = createRoom(rules, 1, NOW)
  readonly #indicators = createIndicators()
  readonly facts: Fact[] = []
  readonly doorState: { -readonly [key in keyof DoorState]: DoorState[key] } = {
    ari: 'up',
    redis: 'up',
    lease: 'held',
    version: '1.2.3',
  }
  available = true
  failing = false

  see(event: Event): Outcome {
    const outcome = step(this.#room, event)
    this.facts.push(...outcome.facts)
    for (const fact of outcome.facts) tally(this.#indicators, fact, quality)
    return outcome
  }

  async submit(request: Request): Promise<Answer> {
    if (this.failing) throw new Error(`unsound room for ${NUMBER}`)
    if (!this.available) return { ok: false, refusal: 'unavailable' }
    const { refusal } = this.see({ ...request, at: NOW } as Command)
    return refusal ? { ok: false, refusal } : { ok: true }
  }

  recall = async () => null

  room() {
    return this.available ? { calls: this.#room.calls, agents: this.#room.agents, queues: rules.queues.values(), trunks: [{ id: 'operator', channels: 30, reserved: 4 }], sites: { mrg01: 'domicile' }, earlierCalls: (call: string) => (call === 'c1' ? 2 : null) } : null
  }
  supervision = () => (this.available ? viewSupervision(this.#room, NOW + 5_000) : null)
  reloaded: ReloadAnswer = { ok: true, reloaded: { changed: ['n1', 'people'], afterRestart: [], forPbx: ['people'], certificateFaults: [] } }
  reload = () => this.reloaded
  indicators = () => summarize(this.#indicators)
  state = () => this.doorState
  now = () => NOW + 5_000

  /** A caller on the line with arm01. */
  talk(call = 'c1'): void {
    this.see({ type: 'sign-in', at: NOW, agent: 'arm01' })
    const { effects } = this.see({
      type: 'call-arrived',
      at: NOW,
      call,
      trunk: 'operator',
      number: '15',
      caller: NUMBER,
      arrivedAt: NOW,
      answered: false,
    })
    const ring = effects.find((effect) => effect.type === 'ring')!
    const answered = this.see({ type: 'leg-answered', at: NOW, leg: ring.leg })
    const join = answered.effects.find((effect) => effect.type === 'join')!
    for (const channel of [call, ring.leg]) this.see({ type: 'joined', at: NOW, bridge: join.bridge, channel })
  }
}

let door: RoomDoor
let app: FastifyInstance
let logged = ''
let metrics: ReturnType<typeof createMetrics>
const apps: FastifyInstance[] = []

const sink = new Writable({
  write(chunk: Buffer, _, next) {
    logged += chunk.toString()
    next()
  },
})

beforeEach(async () => {
  logged = ''
  door = new RoomDoor()
  metrics = createMetrics(quality)
  const { signIn } = signInOn(new FakeMemory(), new Clock(), () => config)
  const options = { signIn, publicUrl: null, oidc: null, issueSip: async () => null }
  app = await createHttp({ door, metrics, token: TOKEN, signIn: options, logger: createLogger('debug', sink) })
  apps.push(app)
})

afterAll(async () => {
  await Promise.all(apps.map((each) => each.close()))
})

const authorization = `Bearer ${TOKEN}`
const post = (url: string, payload?: object | string, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url,
    headers: { authorization, ...(typeof payload === 'string' && { 'content-type': 'application/json' }), ...headers },
    ...(payload !== undefined && { payload }),
  })
const get = (url: string, headers: Record<string, string> = { authorization }) =>
  app.inject({ method: 'GET', url, headers })

describe('agents', () => {
  it('sign in where they sit or where they are asked, get ready, pause, move, sign out', async () => {
    expect((await post('/v1/agents/arm01/sign-in')).statusCode).toBe(204)
    expect((await post('/v1/agents/arm02/sign-in', { position: 'amu' })).statusCode).toBe(204)
    expect((await post('/v1/agents/arm01/pause', { reason: 'repas' })).statusCode).toBe(204)
    expect((await post('/v1/agents/arm02/position', { position: 'n1' })).statusCode).toBe(204)
    const { agents } = (await get('/v1/room')).json<{ agents: { id: string }[] }>()
    expect(agents).toContainEqual(
      expect.objectContaining({ id: 'arm01', state: 'paused', reason: 'repas', position: 'n1' }),
    )
    expect(agents).toContainEqual(expect.objectContaining({ id: 'arm02', state: 'ready', position: 'n1' }))
    expect((await post('/v1/agents/arm01/ready', {})).statusCode).toBe(204)
    expect((await post('/v1/agents/arm01/sign-out')).statusCode).toBe(204)
  })

  it.each([
    ['/v1/agents/nobody/ready', {}, 404, 'unknown-agent'],
    ['/v1/agents/arm01/ready', {}, 409, 'not-signed-in'],
    ['/v1/agents/arm01/sign-in', { position: 'moon' }, 422, 'unknown-position'],
    ['/v1/agents/arm01/sign-in', { position: 'mg' }, 422, 'not-qualified-for-position'],
  ])('%s with %j is refused with %i %s', async (url, body, status, code) => {
    const answer = await post(url, body)
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ error: code, message: errorMessages[code as 'unknown-agent'] })
  })

  it('are refused a pause for a reason that is not foreseen', async () => {
    await post('/v1/agents/arm01/sign-in')
    expect((await post('/v1/agents/arm01/pause', { reason: 'sieste' })).json()).toMatchObject({
      error: 'unknown-pause-reason',
    })
  })
})

describe('calls', () => {
  it('R-N1-3 are given a priority once', async () => {
    door.talk()
    expect((await post('/v1/calls/c1/qualification', { agent: 'arm01', priority: 'P0' })).statusCode).toBe(204)
    expect((await get('/v1/calls/c1')).json()).toMatchObject({ priority: 'P0', situation: 'talking' })
    const again = await post('/v1/calls/c1/qualification', { agent: 'arm01', priority: 'P2' })
    expect(again.statusCode).toBe(409)
    expect(again.json()).toMatchObject({ error: 'already-qualified' })
  })

  it('R-N1-2 show the caller and the name the ARM typed, behind the token only', async () => {
    door.talk()
    expect((await post('/v1/calls/c1/caller-name', { agent: 'arm01', name: ' Zoé Exemple ' })).statusCode).toBe(204)
    expect((await get('/v1/calls/c1')).json()).toMatchObject({
      caller: NUMBER,
      callerName: 'Zoé Exemple',
      earlierCalls: 2,
      sinceArrivalMs: 5_000,
    })
    expect((await get('/v1/room')).json()).toMatchObject({
      calls: [{ id: 'c1', caller: NUMBER, callerName: 'Zoé Exemple' }],
    })
    for (const url of ['/v1/room', '/v1/calls/c1']) expect((await get(url, {})).body).not.toContain(NUMBER)
    for (const url of ['/healthz', '/readyz', '/metrics']) expect((await get(url, {})).body).not.toContain(NUMBER)
  })

  it('are transferred, taken back, left', async () => {
    door.talk()
    expect((await post('/v1/calls/c1/transfer', { agent: 'arm01', to: 'amu', handover: 'warm' })).statusCode).toBe(204)
    expect((await get('/v1/room')).json()).toMatchObject({ calls: [{ queue: 'amu', situation: 'talking' }] })
    expect((await post('/v1/calls/c1/transfer', { agent: 'arm01', to: 'mg' })).json()).toMatchObject({
      error: 'transfer-pending',
    })
    expect((await post('/v1/calls/c1/take-back', { agent: 'arm01' })).statusCode).toBe(204)
    expect((await post('/v1/calls/c1/take-back', { agent: 'arm01' })).json()).toMatchObject({
      error: 'no-transfer-pending',
    })
    expect((await post('/v1/calls/c1/leave', { agent: 'arm01' })).json()).toMatchObject({
      error: 'caller-would-be-alone',
    })
  })

  it('R-N2-4 are parked by the last one on the line, shown so, and picked by who parked them', async () => {
    door.talk()
    expect((await post('/v1/calls/c1/park', { agent: 'arm02' })).json()).toMatchObject({ error: 'not-on-call' })
    expect((await post('/v1/calls/c1/park', { agent: 'arm01' })).statusCode).toBe(204)
    expect((await get('/v1/calls/c1')).json()).toMatchObject({ situation: 'parked', queue: 'n1', parked: { by: 'arm01', until: NOW + 180_000 } })
    expect((await get('/v1/room')).json()).toMatchObject({ queues: [{ id: 'n1', parked: 1, waiting: 0, oldestWaitMs: null }, {}, {}, {}] })
    expect((await post('/v1/calls/c1/pick', { agent: 'arm01' })).statusCode).toBe(204)
    expect((await get('/v1/calls/c1')).json()).toMatchObject({ situation: 'ringing', ringing: ['arm01'] })
  })

  it('are picked for a reason, of which a few words of one’s own leave no trace', async () => {
    door.talk()
    await post('/v1/calls/c1/park', { agent: 'arm01' })
    await post('/v1/agents/arm02/sign-in')
    const refused = await post('/v1/calls/c1/pick', { agent: 'arm02' })
    expect(refused.statusCode).toBe(422)
    expect(refused.json()).toMatchObject({ error: 'reason-required' })
    expect((await post('/v1/calls/c1/pick', { agent: 'arm02', reason: 'Madame Exemple rappelle' })).statusCode).toBe(204)
    expect(door.facts).toContainEqual(expect.objectContaining({ type: 'offered', why: { rule: 'picked', ahead: 0, reason: 'other' } }))
    expect(JSON.stringify(door.facts) + logged).not.toContain('Exemple')
  })

  it('R-N2-2 are passed on along the stages of a filière, and given back where it says so', async () => {
    door.talk()
    expect((await post('/v1/calls/c1/pass-on', { agent: 'arm01' })).json()).toMatchObject({ error: 'no-next-stage' })
    expect((await post('/v1/calls/c1/give-back', { agent: 'arm01' })).json()).toMatchObject({ error: 'no-return-path' })
  })

  it('R-N2-3 that wait for long are listed for a word, longest wait first', async () => {
    door.see({ type: 'rules', at: NOW, rules: rulebook['byHand']!, why: 'new-file', by: null })
    expect((await get('/v1/rechecks')).json()).toEqual([])
    for (const [call, arrivedAt] of [['c2', NOW - 1], ['c1', NOW - 2]] as const)
      door.see({ type: 'call-arrived', at: NOW, call, trunk: 'fire', number: '1803', caller: NUMBER, arrivedAt, answered: false })
    door.see({ type: 'tick', at: NOW + 20_000 })
    expect((await get('/v1/rechecks')).json()).toMatchObject([
      { id: 'c1', recheckDue: true, caller: NUMBER },
      { id: 'c2', recheckDue: true },
    ])
    expect((await get('/v1/rechecks', {})).statusCode).toBe(401)
    expect((await get('/v1/room')).json()).toMatchObject({ queues: [{}, {}, { id: 'mg-osnp', rechecksDue: 2 }, {}] })
  })

  it('that are unknown or over are refused, not crashed upon', async () => {
    door.talk()
    door.see({ type: 'channel-gone', at: NOW, channel: 'c1', cause: 'normal' })
    expect((await post('/v1/calls/c1/qualification', { agent: 'arm01', priority: 'P1' })).statusCode).toBe(404)
    expect((await get('/v1/calls/c1')).statusCode).toBe(404)
    expect((await post('/v1/calls/c9/leave', { agent: 'arm01' })).statusCode).toBe(404)
  })
})

describe('the room', () => {
  it('shows queues with waits', async () => {
    door.see({
      type: 'call-arrived',
      at: NOW,
      call: 'c1',
      trunk: 'operator',
      number: '15',
      caller: null,
      arrivedAt: NOW - 2_000,
      answered: false,
    })
    const { queues } = (await get('/v1/room')).json<{ queues: { id: string }[] }>()
    expect(queues.map(({ id }) => id)).toEqual(['n1', 'amu', 'mg-osnp', 'mg-mrg'])
    expect(queues[0]).toMatchObject({ waiting: 1, ringing: 0, oldestWaitMs: 7_000 })
  })

  it('R-IN-5 shows the calls of each trunk beside its size', async () => {
    door.talk()
    expect((await get('/v1/room')).json()).toMatchObject({ trunks: [{ id: 'operator', calls: 1, channels: 30, reserved: 4 }] })
  })

  it('R-QS-2 shows its indicators', async () => {
    door.talk()
    expect((await get('/v1/indicators')).json()).toMatchObject({ presented: 1, answered: 1, qs30: 1, drmsOpened: 1 })
  })
})

describe('supervision', () => {
  const until = NOW + 3_600_000

  it('R-N2-7 sets hours aside until a moment, and ends that again', async () => {
    expect((await post('/v1/overrides', { kind: 'close', target: 'mg', until, by: 'sup01' })).statusCode).toBe(204)
    expect((await get('/v1/supervision')).json()).toMatchObject({ overrides: [{ kind: 'close', target: 'mg', until, by: 'sup01', since: NOW }] })
    expect((await post('/v1/overrides', { kind: 'to-n1', target: 'fire/1803', until, by: 'sup01' })).statusCode).toBe(204)
    expect((await post('/v1/overrides/end', { target: 'mg', by: 'sup02' })).statusCode).toBe(204)
    expect((await get('/v1/supervision')).json()).toMatchObject({ overrides: [{ target: 'fire/1803' }] })
  })

  it.each([
    [{ kind: 'open', target: 'cardiology', until, by: 'sup01' }, 404, 'unknown-target'],
    [{ kind: 'close', target: 'n1', until, by: 'sup01' }, 404, 'unknown-target'],
    [{ kind: 'to-n1', target: 'fire/9999', until, by: 'sup01' }, 404, 'unknown-target'],
    [{ kind: 'open', target: 'mg', until: NOW - 1, by: 'sup01' }, 422, 'bad-end'],
    [{ kind: 'open', target: 'mg', until: NOW + 15 * 24 * 3_600_000, by: 'sup01' }, 422, 'bad-end'],
    [{ kind: 'shut', target: 'mg', until, by: 'sup01' }, 400, 'malformed'],
  ])('refuses %j with %i %s', async (body, status, code) => {
    const answer = await post('/v1/overrides', body)
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([status, code])
    expect((await get('/v1/supervision')).json()).toMatchObject({ overrides: [] })
  })

  it('tells what a new file changes, and what is wrong with one that changes nothing', async () => {
    expect((await post('/v1/configuration/reload', { by: 'sup01' })).json()).toEqual({ changed: ['n1', 'people'], afterRestart: [], forPbx: ['people'], certificateFaults: [] })
    const fault = { path: 'people[3].phone', line: 41, column: 12, message: 'phone arm01 is there twice', hint: null }
    door.reloaded = { ok: false, faults: [fault] }
    const answer = await post('/v1/configuration/reload', { by: 'sup01' })
    expect([answer.statusCode, answer.json()]).toEqual([422, expect.objectContaining({ error: 'bad-configuration', faults: [fault] })])
  })
})

describe('what is malformed', () => {
  it.each<[string, object | string, string]>([
    ['/v1/calls/c1/qualification', { agent: 'arm01', priority: 'P9' }, 'body.priority'],
    ['/v1/calls/c1/qualification', { priority: 'P1' }, 'body.agent'],
    ['/v1/calls/c1/qualification', { agent: 'arm01', priority: 'P1', more: 1 }, 'body'],
    ['/v1/calls/c1/qualification', [], 'body'],
    ['/v1/calls/c1/caller-name', { agent: 'arm01', name: 'x'.repeat(200) }, 'body.name'],
    ['/v1/calls/c1/caller-name', { agent: 'arm01', name: 'a\u0000b' }, 'body.name'],
    ['/v1/calls/c1/transfer', { agent: 'arm01', to: 'amu', handover: 'cold' }, 'body.handover'],
    ['/v1/calls/c1/pick', { agent: 'arm01', reason: 'x'.repeat(81) }, 'body.reason'],
    ['/v1/calls/a%20b/leave', { agent: 'arm01' }, 'params.call'],
    ['/v1/agents/arm01/pause', {}, 'body.reason'],
  ])('%s with %j names %s', async (url, body, path) => {
    const answer = await post(url, body)
    expect(answer.statusCode).toBe(400)
    const { error, faults } = answer.json<{ error: string; faults: { path: string; message: string }[] }>()
    expect(error).toBe('malformed')
    expect(faults.map((fault) => fault.path)).toContain(path)
  })

  it('names every fault, and repeats no value', async () => {
    const answer = await post('/v1/calls/c1/caller-name', { agent: 'Zoé Exemple', name: NUMBER.repeat(20) })
    expect(answer.json<{ faults: unknown[] }>().faults).toHaveLength(2)
    expect(answer.body).not.toContain(NUMBER)
    expect(answer.body).not.toContain('Zoé')
  })

  it.each([
    ['{"agent":', 400, 'malformed'],
    ['{"__proto__":{"x":1},"agent":"arm01"}', 400, 'malformed'],
    [`{"agent":"${'x'.repeat(20_000)}"}`, 413, 'too-large'],
  ])('JSON (case %#) is answered by the table', async (text, status, code) => {
    const answer = await post('/v1/calls/c1/leave', text)
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ error: code })
  })

  it.each(['/v1/calls/%zz', `/v1/calls/${'9'.repeat(300)}`, `/v1/calls/${NUMBER}%`])(
    'as an address is refused without repeating it: %s',
    async (url) => {
      const answer = await get(url)
      expect([400, 404]).toContain(answer.statusCode)
      expect(Object.keys(answer.json())).toEqual(expect.arrayContaining(['error', 'message', 'requestId']))
      expect(answer.body).not.toContain(NUMBER)
    },
  )

  it.each(['text/xml', 'text/plain'])('of another kind than JSON is refused: %s', async (kind) => {
    const answer = await post('/v1/calls/c1/leave', '<x/>', { 'content-type': kind })
    expect(answer.json()).toMatchObject({ error: 'unsupported-media' })
    expect(answer.statusCode).toBe(415)
  })

  it('on an unknown route is not found, with a request id', async () => {
    const answer = await get('/v1/nowhere')
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ error: 'unknown-route', requestId: answer.headers['x-request-id'] })
  })

  it('as bytes that are no HTTP leaves the server answering', async () => {
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    const closed = once(socket, 'close')
    socket.resume().write('INVITE sip:15@127.0.0.1 SIP/2.0\r\n\r\n')
    await closed
    expect((await fetch(`${address}/healthz`)).status).toBe(200)
  })
})

describe('the token', () => {
  it.each([
    {},
    { authorization: 'Bearer wrong' },
    { authorization: TOKEN },
    { authorization: 'Bearer ' },
    { authorization: `Bearer ${TOKEN}x` },
  ])('is asked for on every route of /v1: %j', async (headers) => {
    for (const url of ['/v1/room', '/v1/indicators', '/v1/calls/c1', '/v1/nowhere', '/v1/openapi.json']) {
      const answer = await get(url, headers as Record<string, string>)
      expect(answer.statusCode).toBe(401)
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
    const asked = await app.inject({
      method: 'POST',
      url: '/v1/agents/arm01/sign-in',
      headers: headers as Record<string, string>,
    })
    expect(asked.statusCode).toBe(401)
  })

  it('is not asked for by health, readiness and, on this machine, metrics', async () => {
    for (const url of ['/healthz', '/readyz', '/metrics']) expect((await get(url, {})).statusCode).toBe(200)
  })

  it('is asked for by metrics from elsewhere', async () => {
    const scrape = (headers: Record<string, string>) =>
      app.inject({ method: 'GET', url: '/metrics', remoteAddress: '192.0.2.7', headers })
    expect((await scrape({})).statusCode).toBe(401)
    expect((await scrape({ authorization })).statusCode).toBe(200)
  })
})

describe('health', () => {
  it('is alive whatever the rest does', async () => {
    Object.assign(door.doorState, { ari: 'down', lease: 'lost', redis: 'degraded' })
    expect((await get('/healthz', {})).json()).toEqual({ status: 'alive', version: '1.2.3' })
  })

  it.each<[Partial<DoorState>, number, string]>([
    [{}, 200, 'ready'],
    [{ redis: 'degraded' }, 200, 'ready'],
    [{ ari: 'down' }, 503, 'not-ready'],
    [{ lease: 'lost' }, 503, 'not-ready'],
    [{ ari: 'joining' }, 503, 'not-ready'],
    [{ lease: 'standby', ari: 'down' }, 503, 'standby'],
  ])('is ready with %j: %i %s', async (state, status, word) => {
    Object.assign(door.doorState, state)
    const answer = await get('/readyz', {})
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ status: word, ...state })
  })

  it('says when no command is carried out', async () => {
    door.available = false
    const answer = await post('/v1/agents/arm01/ready')
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.json()).toMatchObject({ error: 'unavailable' })
    expect((await get('/v1/room')).statusCode).toBe(503)
  })

  it('tells a failure apart, without its insides', async () => {
    door.failing = true
    const answer = await post('/v1/agents/arm01/ready')
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toMatchObject({ error: 'internal' })
    expect(answer.body).not.toContain('unsound')
    expect(logged).toContain('unsound room')
    expect(logged).toContain(answer.json<{ requestId: string }>().requestId)
  })
})

describe('what is kept of requests', () => {
  it('is their route, never their address or content', async () => {
    door.talk()
    await post('/v1/calls/c1/caller-name', { agent: 'arm01', name: 'Zoé Exemple' })
    await get(`/v1/calls/${NUMBER}?number=${NUMBER}`)
    door.failing = true
    await post('/v1/calls/c1/caller-name', { agent: 'arm01', name: 'Zoé Exemple' })
    expect(logged).toContain('/v1/calls/:call/caller-name')
    expect(logged).not.toContain('Zoé')
    expect(logged).not.toContain(NUMBER)
    expect(logged).not.toContain(TOKEN)
    const text = await metrics.registry.metrics()
    expect(text).toContain(
      'decroche_http_request_seconds_count{method="POST",route="/v1/calls/:call/caller-name",status="204"} 1',
    )
    expect(text).not.toContain(NUMBER)
  })
})

describe('the OpenAPI document', () => {
  it('is the one in docs/openapi.json', async () => {
    const document: unknown = { ...app.swagger(), info: { title: 'Décroché', version: '1' } }
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../docs/openapi.json')
  })
})
