/** Whose numbers an agent sees: their own callers', and those whom they may pick. */
import { beforeEach, expect, it } from 'vitest'
import { compileRules } from '../../src/config/compile.js'
import { principalOf } from '../../src/auth/principal.js'
import type { Event } from '../../src/routing/events.js'
import { createRoom } from '../../src/routing/roster.js'
import { step } from '../../src/routing/step.js'
import { seesCaller } from '../../src/status/caller-sight.js'
import { viewCall } from '../../src/status/room-view.js'
import { config } from './http/open-door.js'

const NOW = 1_800_000_000_000
const rules = compileRules(config)
let room: ReturnType<typeof createRoom>

const see = (event: Event) => step(room, event).effects
const sees = (account: string, call = 'c1'): boolean => {
  const principal = principalOf(config, account, 's')!
  return seesCaller(principal, viewCall(room.calls.get(call)!, NOW), { agents: room.agents, queues: rules.queues.values() })
}
const arrive = (call: string): void =>
  void see({ type: 'call-arrived', at: NOW, call, trunk: 'operator', number: '15', caller: '0199001234', arrivedAt: NOW, answered: false })
const signIn = (...agents: string[]): void => {
  for (const agent of agents) see({ type: 'sign-in', at: NOW, agent })
}

beforeEach(() => {
  room = createRoom(rules, 1, NOW)
})

it('supervisors, administrators and the LRM see everybody’s, a neighbour nobody’s', () => {
  arrive('c1')
  expect(['sup01', 'adm01', 'lrm01', 'mru01', 'sas-51'].map((account) => sees(account))).toEqual([true, true, true, true, false])
})

it('who waits is seen where they may be picked, by who sits there and has signed in', () => {
  arrive('c1')
  expect(sees('arm01')).toBe(false)
  signIn('osnp01', 'mru02')
  expect([sees('osnp01'), sees('mru02')]).toEqual([false, false])
  signIn('arm01')
  expect(sees('arm01')).toBe(true)
})

it('who talks is seen by who is on the line, and who is parked by who parked them', () => {
  signIn('arm01', 'osnp01')
  arrive('c1')
  expect(sees('arm01')).toBe(true)
  const ring = [...room.calls.get('c1')!.state.ticket!.offers][0]!
  const join = see({ type: 'leg-answered', at: NOW, leg: ring.leg }).find((effect) => effect.type === 'join')!
  for (const channel of ['c1', ring.leg]) see({ type: 'joined', at: NOW, bridge: join.bridge, channel })
  signIn('arm02')
  expect([sees('arm01'), sees('arm02'), sees('osnp01')]).toEqual([true, false, false])
  see({ type: 'park', at: NOW, agent: 'arm01', call: 'c1' })
  see({ type: 'sign-out', at: NOW, agent: 'arm01' })
  expect([sees('arm02'), sees('osnp01')]).toEqual([true, false])
})

it('whom somebody calls is seen by who calls them, and not by everybody at the queue meanwhile', () => {
  signIn('arm01', 'arm02')
  see({ type: 'call-out', at: NOW, agent: 'arm01', call: 'c1', to: '0199000001', by: 'arm01' })
  expect([sees('arm01'), sees('arm02')]).toEqual([true, false])
})
