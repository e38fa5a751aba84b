/** The main job on real Asterisk, Redis, SIP and RTP: audio is heard both ways after each hand the call goes through. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ApiError } from '../../lab/api-client.js'
import type { IncomingCall } from '../../lab/phone/call.js'
import type { AgentView } from '../../src/status/room-view.js'
import { Floor, configWith, press, talk } from './floor.js'

/** A handover may cost the caller no more silence than this; a few RTP frames in a loaded process look like a gap. */
const gapMsMax = 400

let floor: Floor

beforeAll(async () => {
  floor = await Floor.open({
    configFile: configWith((sas) => {
      sas.n1 = { ringSeconds: 2, asideSeconds: 5, wrapUpSeconds: 0, escalateSeconds: 20 }
      for (const filiere of sas.filieres)
        for (const stage of filiere.stages) Object.assign(stage, { ringSeconds: 3, wrapUpSeconds: 0, returnSeconds: 5 })
    }),
  })
})
afterAll(() => floor?.close())
afterEach(() => floor.clear())

const at = (person: string, call: IncomingCall) => ({ call, tone: floor.phone(person).tone })

describe('a 15 call', () => {
  it('P1: ARM stays until AMU is there, then leaves (R-N1-1, R-N1-2, R-N1-5, R-N2-1)', async () => {
    await floor.signIn('arm01', 'mru01')
    const caller = await floor.dial('15')
    const arm = await floor.answer('arm01')
    expect(arm.from).toBe(caller.from)
    await talk(caller, at('arm01', arm))
    const id = await floor.idOf(caller.from)
    await floor.api.nameCaller(id, 'arm01', 'Personne Fictive')
    expect(await floor.api.get(`calls/${id}`)).toMatchObject({ drm: `demo-${id}`, caller: caller.from, callerName: 'Personne Fictive' })
    await floor.api.qualify(id, 'arm01', 'P1')
    const mru = await floor.answer('mru01')
    await talk(caller, at('mru01', mru))
    await talk(at('arm01', arm), at('mru01', mru))
    await caller.call.ear.hears(floor.phone('arm01').tone)
    await floor.api.leave(id, 'arm01')
    await arm.ended
    await talk(caller, at('mru01', mru))
    expect(caller.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
    await mru.hangup()
    expect(await caller.call.ended).toMatchObject({ by: 'there', how: 'bye' })
  })

  it('P2 from the keys: OSNP, MRG, then AMU and back to MG, never alone (R-N1-3, R-N1-5, R-N2-2, R-N2-4)', async () => {
    await floor.signIn('arm01', 'osnp01', 'mrg01', 'mru01')
    const caller = await floor.dial('116117')
    const arm = await floor.answer('arm01')
    await talk(caller, at('arm01', arm))
    await press(arm, '*2')
    await arm.ended
    const osnp = await floor.answer('osnp01')
    await talk(caller, at('osnp01', osnp))
    expect(caller.call.ear.digits).toBe('')
    const id = await floor.idOf(caller.from)
    await floor.api.transfer(id, 'osnp01', 'mg-mrg')
    await caller.call.ear.hearsMusic()
    const mrg = await floor.answer('mrg01')
    await talk(caller, at('mrg01', mrg))
    await floor.api.transfer(id, 'mrg01', 'amu', 'direct')
    const mru = await floor.answer('mru01')
    await talk(caller, at('mru01', mru))
    await floor.api.transfer(id, 'mru01', 'mg')
    const back = await floor.answer('osnp01')
    await talk(caller, at('osnp01', back))
    expect(caller.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
    await caller.call.hangup()
    await back.ended
  })

  it('P0: the ARM keeps the call and is AMU until it is over (R-N1-4)', async () => {
    await floor.signIn('arm01')
    const caller = await floor.dial('15')
    const arm = await floor.answer('arm01')
    await talk(caller, at('arm01', arm))
    await floor.api.qualify(await floor.idOf(caller.from), 'arm01', 'P0')
    expect(await positionOf('arm01')).toBe('amu')
    await talk(caller, at('arm01', arm))
    await arm.hangup()
    await caller.call.ended
    await expect.poll(() => positionOf('arm01')).toBe('n1')
  })

  it('goes to the next ARM when one does not answer, who is set aside (R-N1-1)', async () => {
    await floor.signIn('arm01')
    await floor.signIn('arm02')
    const caller = await floor.dial('15')
    const missed = await floor.phone('arm01').nextRing()
    const arm = await floor.answer('arm02')
    expect(missed.cancelled).toBe(true)
    expect(await stateOf('arm01')).toEqual({ kind: 'aside', reason: 'no-answer' })
    await talk(caller, at('arm02', arm))
  })

  it('comes back to the sender when nobody takes it, and can be sorted again (R-N2-4)', async () => {
    await floor.signIn('arm01')
    const caller = await floor.dial('15')
    const arm = await floor.answer('arm01')
    await talk(caller, at('arm01', arm))
    const id = await floor.idOf(caller.from)
    await floor.api.qualify(id, 'arm01', 'P2')
    await arm.ended
    await caller.call.ear.hearsMusic()
    const again = await floor.answer('arm01')
    await talk(caller, at('arm01', again))
    await floor.signIn('mru01')
    await floor.api.qualify(id, 'arm01', 'P1')
    const mru = await floor.answer('mru01')
    await talk(caller, at('mru01', mru))
    expect(caller.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
  })

  it('is given up by its caller while it rings: the phone stops', async () => {
    await floor.signIn('arm01')
    const caller = await floor.dial('15')
    const ring = await floor.phone('arm01').nextRing()
    await caller.call.hangup()
    await ring.ended
    expect(ring.cancelled).toBe(true)
    expect(await stateOf('arm01')).toEqual({ kind: 'ready', reason: null })
  })
})

describe('the fire service', () => {
  it.each([
    ['1801', 'arm01'],
    ['1802', 'mru01'],
    ['1803', 'osnp01'],
  ])('enters by %s at the phone of %s (R-IN-4)', async (number, person) => {
    await floor.signIn('arm01', 'mru01', 'osnp01')
    const caller = await floor.dial(number, 'fire')
    const call = await floor.answer(person)
    await talk(caller, at(person, call))
  })

  it('is not reached by its numbers from another trunk', async () => {
    const caller = await floor.dial('1802', 'operator')
    expect(await caller.call.ended).toMatchObject({ how: 'refused', status: 404 })
  })
})

describe('what makes no sense', () => {
  it('is refused in words and costs the call nothing', async () => {
    await floor.signIn('arm01', 'mru01')
    const caller = await floor.dial('15')
    const arm = await floor.answer('arm01')
    await talk(caller, at('arm01', arm))
    const id = await floor.idOf(caller.from)
    const refusals: [() => Promise<unknown>, number][] = [
      [() => floor.api.qualify(id, 'nobody', 'P1'), 404],
      [() => floor.api.qualify('no-such-call', 'arm01', 'P1'), 404],
      [() => floor.api.qualify(id, 'mru01', 'P1'), 409],
      [() => floor.api.transfer(id, 'arm01', 'nowhere'), 422],
      [() => floor.api.post(`calls/${id}/qualification`, { agent: 'arm01', priority: 'P9' }), 400],
      [() => floor.api.post(`calls/${id}/qualification`, 'nonsense'), 400],
      [() => floor.api.leave(id, 'arm01'), 409],
    ]
    for (const [refused, status] of refusals) expect(await statusOf(refused())).toBe(status)
    await floor.api.qualify(id, 'arm01', 'P0')
    expect(await statusOf(floor.api.qualify(id, 'arm01', 'P0'))).toBe(409)
    await talk(caller, at('arm01', arm))
    await caller.call.hangup()
    await arm.ended
    expect(await statusOf(floor.api.qualify(id, 'arm01', 'P1'))).toBe(404)
  })
})

async function agent(id: string): Promise<AgentView | undefined> {
  const { agents } = (await floor.api.get('room')) as { agents: AgentView[] }
  return agents.find((one) => one.id === id)
}
const positionOf = async (id: string) => (await agent(id))?.position
const stateOf = async (id: string) => {
  const { state: kind, reason } = (await agent(id)) ?? {}
  return { kind, reason }
}

async function statusOf(refused: Promise<unknown>): Promise<number> {
  const error = await refused.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error(`expected a refusal, got ${String(error)}`)
  return error.status
}
