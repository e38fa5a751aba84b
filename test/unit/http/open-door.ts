/** A door behind which everything is done, and an API before it with people who signed in. */
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { loadConfig } from '../../../src/config/load.js'
import type { SasConfig } from '../../../src/config/schema.js'
import { compileRules } from '../../../src/config/compile.js'
import type { EngineDoor } from '../../../src/http/door.js'
import { createHttp, type HttpOptions } from '../../../src/http/server.js'
import { createIndicators } from '../../../src/indicators/indicators.js'
import { summarize } from '../../../src/indicators/summary.js'
import type { Oidc } from '../../../src/auth/oidc.js'
import { createLogger } from '../../../src/log.js'
import { createMetrics } from '../../../src/metrics/metrics.js'
import { createRoom } from '../../../src/routing/roster.js'
import { viewSupervision } from '../../../src/status/supervision.js'
import { BrowserPhones } from '../../../src/auth/browser-phones.js'
import { Clock, FakeMemory, keys, signInOn, withPassword } from '../auth/memories.js'

export const API_TOKEN = 'a-token-of-good-length'
export const LRM_TOKEN = 'another-token-for-the-lrm'
export const PASSWORD = 'douze lettres au moins'

const sample = loadConfig('config/sample.yaml')
/** mru01 supervises as well; the accounts have no phone. */
export const config: SasConfig = {
  ...sample,
  people: sample.people.map((person) => (person.id === 'mru01' ? { ...person, rights: ['supervisor' as const] } : person)),
  accounts: [
    { id: 'sup01', rights: ['supervisor'] },
    { id: 'adm01', rights: ['admin'] },
    { id: 'sas-51', rights: ['neighbour'] },
    { id: 'lrm01', rights: ['lrm'] },
    { id: 'ecoute01', rights: ['recordings'] },
  ],
}

export interface House {
  readonly app: FastifyInstance
  readonly memory: FakeMemory
  readonly clock: Clock
  readonly logged: () => string
  /** Signs in, and gives the access token and the cookie. */
  enter(account: string): Promise<{ token: string; cookie: string }>
}

export const openHouse = async (options: Partial<HttpOptions> & { readonly oidc?: Oidc } = {}): Promise<House> => {
  const memory = new FakeMemory()
  const clock = new Clock()
  const room = createRoom(compileRules(config), 1, clock.at)
  let logged = ''
  const sink = new Writable({
    write(chunk: Buffer, _, next) {
      logged += chunk.toString()
      next()
    },
  })
  const door: EngineDoor = {
    submit: async () => ({ ok: true }),
    recall: async () => null,
    room: () => ({ calls: room.calls, agents: room.agents, queues: compileRules(config).queues.values(), trunks: [], sites: {}, earlierCalls: () => null }),
    supervision: () => viewSupervision(room, clock.at),
    reload: () => ({ ok: true, reloaded: { changed: [], afterRestart: [], forPbx: [], certificateFaults: [] } }),
    indicators: () => summarize(createIndicators()),
    state: () => ({ ari: 'up', redis: 'up', lease: 'held', version: '1' }),
    now: clock.now,
  }
  const sign = signInOn(memory, clock, () => config)
  const phones = new BrowserPhones(sign.sessions, () => config, keys['sip-password'], { server: 'wss://salle.example/ws', iceServers: [{ urls: ['turn:turn.example'] }], turnSecret: 'shared' })
  await sign.sessions.load()
  const app = await createHttp({
    door,
    metrics: createMetrics({ answerMs: 30_000, orientationMs: 30_000 }),
    token: API_TOKEN,
    lrmToken: LRM_TOKEN,
    signIn: { signIn: sign.signIn, publicUrl: null, oidc: options.oidc ?? null, issueSip: async (session) => phones.take(session)?.credentials ?? null },
    logger: createLogger('debug', sink),
    ...options,
  })
  const enter: House['enter'] = async (account) => {
    await withPassword(memory, account, PASSWORD)
    const answer = await app.inject({ method: 'POST', url: '/auth/sign-in', payload: { account, password: PASSWORD } })
    const set = answer.cookies[0]
    return { token: answer.json<{ accessToken: string }>().accessToken, cookie: `${set?.name}=${set?.value}` }
  }
  return { app, memory, clock, logged: () => logged, enter }
}
