/** Callers who are called back, people called into a call, and a filière on a platform of its own, on real Asterisk, SIP and RTP. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { IncomingCall } from '../../lab/phone/call.js'
import { freePort } from '../../lab/ports.js'
import { Floor, configWith, press, talk } from './floor.js'

interface CallbackView {
  readonly situation: string
  readonly callback: { readonly attempts: number; readonly notBefore: number | null; readonly dialling: boolean } | null
}

const platform = '0199000099'

let floor: Floor

beforeAll(async () => {
  const [port, codisPort] = [await freePort(), await freePort()]
  floor = await Floor.open({
    called: ['operator', 'fire'],
    configFile: configWith((sas) => {
      Object.assign(sas.trunks['operator']!, { peer: `127.0.0.2:${port}` })
      Object.assign(sas.trunks['fire']!, { peer: `127.0.0.3:${codisPort}` })
      sas.outbound = { directory: { codis: { label: 'CODIS', number: '1800', trunk: 'fire' } }, trunk: 'operator', shown: '15', ringSeconds: 20, callback: { attempts: 2, retrySeconds: 5 } }
      sas.n1.wrapUpSeconds = 0
      sas.roles = { DENT: 'Chirurgien-dentiste' }
      sas.filieres.push({ id: 'dentaire', label: 'Soins dentaires', handover: 'direct', stages: [{ id: 'dentaire', roles: ['DENT'] }], returnsTo: 'mg' })
      sas.people.push({ id: 'plateforme', roles: ['DENT'], phone: { number: platform, trunk: 'operator' }, position: 'dentaire', present: 'always' })
      for (const { stages } of sas.filieres) for (const stage of stages) stage.wrapUpSeconds = 0
    }),
  })
})
afterAll(() => floor?.close())
afterEach(() => floor.clear())

const at = (person: string, call: IncomingCall) => ({ call, tone: floor.phone(person).tone })
const viewOf = async (id: string): Promise<CallbackView> => (await floor.api.get(`calls/${id}`)) as CallbackView

/** A caller of 15 talks to an ARM; these others are at work besides. */
async function withArm(...others: string[]) {
  await floor.signIn('arm01', ...others)
  const caller = await floor.dial('15')
  const arm = await floor.answer('arm01')
  await talk(caller, at('arm01', arm))
  return { caller, arm, id: await floor.idOf(caller.from) }
}

/** A P2 caller who agreed, by a code on the ARM's phone, and hung up while they waited for MG. */
async function away(): Promise<{ id: string; from: string }> {
  await floor.signIn('arm01')
  const caller = await floor.dial('116117')
  const arm = await floor.answer('arm01')
  await talk(caller, at('arm01', arm))
  const id = await floor.idOf(caller.from)
  await press(arm, '*8')
  await expect.poll(async () => (await viewOf(id)).callback).not.toBeNull()
  await press(arm, '*2')
  await arm.ended
  await caller.call.ear.hearsMusic()
  await caller.call.hangup()
  await expect.poll(async () => (await viewOf(id)).situation).toBe('to-call-back')
  return { id, from: caller.from }
}

it('calls back whoever agreed and hung up, once an OSNP has picked up for them, and goes on like any call (R-N2-3, R-N2-8)', async () => {
  const { id, from } = await away()
  await floor.signIn('osnp01', 'mrg01')
  const osnp = await floor.answer('osnp01')
  const ring = await floor.phone('operator').nextRing({ withinMs: 20_000 })
  expect(ring.dialled).toContain(`:${from}@`)
  // Meanwhile the agent hears a phone ring elsewhere.
  await osnp.ear.hearsMusic({ withinMs: 10_000 })
  await expect.poll(() => osnp.ear.silentForMs(), { timeout: 10_000 }).toBeGreaterThan(1_000)
  expect((await viewOf(id)).callback).toMatchObject({ dialling: true })
  await ring.answer()
  const caller = { call: ring, tone: floor.phone('operator').tone }
  await talk(caller, at('osnp01', osnp))
  await floor.api.transfer(id, 'osnp01', 'mg-mrg')
  const mrg = await floor.answer('mrg01')
  await talk(caller, at('mrg01', mrg))
  await mrg.hangup()
  await ring.ended
})

it('calls again after a while, then has an ARM try, and ends there (R-N2-3)', async () => {
  const { id } = await away()
  await floor.signIn('osnp01')
  for (const attempts of [1, 2]) {
    await floor.answer('osnp01')
    await (await floor.phone('operator').nextRing({ withinMs: 20_000 })).reject(486)
    await expect.poll(async () => (await viewOf(id)).callback?.attempts).toBe(attempts)
  }
  const arm = await floor.answer('arm01')
  await (await floor.phone('operator').nextRing({ withinMs: 20_000 })).reject(603)
  await arm.ended
  await expect(floor.api.get(`calls/${id}`)).rejects.toThrow(/unknown-call/)
})

it('puts a caller through whom another engine had called (R-N2-3)', async () => {
  const { from } = await away()
  await floor.signIn('osnp01')
  const osnp = await floor.answer('osnp01')
  const ring = await floor.phone('operator').nextRing({ withinMs: 20_000 })
  expect(ring.dialled).toContain(`:${from}@`)
  await floor.stack.engines.at(-1)!.child.stop('SIGKILL')
  await (await floor.stack.startEngine()).active
  await ring.answer()
  await talk({ call: ring, tone: floor.phone('operator').tone }, at('osnp01', osnp))
})

it('sends a caller to a filière on a platform of its own, and has them back from its keys (R-N2-5)', async () => {
  const { caller, id } = await withArm('osnp01')
  await floor.api.transfer(id, 'arm01', 'dentaire')
  const dentist = await floor.answer('operator')
  expect(dentist.dialled).toContain(`:${platform}@`)
  expect(dentist.from).toBe(caller.from)
  await talk(caller, at('operator', dentist))
  await press(dentist, '*5')
  const osnp = await floor.answer('osnp01')
  await talk(caller, at('osnp01', osnp))
  await dentist.ended
})

it('calls out for an agent, as the case software asks: their phone first, then the number; and hands the call on (R-IN-4)', async () => {
  await floor.signIn('arm01', 'osnp01')
  const { presented, answered } = (await floor.api.get('indicators')) as { presented: number; answered: number }
  await expect(floor.api.post('calls', { agent: 'arm01', to: '0890000001' })).rejects.toThrow(/not-dialable/)
  const { call } = (await floor.api.post('calls', { agent: 'arm01', to: '0199000001' })) as { call: string }
  const arm = await floor.answer('arm01')
  const called = await floor.phone('operator').nextRing({ withinMs: 20_000 })
  expect(called.dialled).toContain(':0199000001@')
  await expect(floor.api.post('calls', { agent: 'arm01', to: 'codis' })).rejects.toThrow(/not-free/)
  await called.answer()
  const other = { call: called, tone: floor.phone('operator').tone }
  await talk(other, at('arm01', arm))
  await floor.api.transfer(call, 'arm01', 'mg-osnp')
  await talk(other, at('osnp01', await floor.answer('osnp01')))
  await called.hangup()
  await expect.poll(() => floor.api.get(`calls/${call}`).catch(String)).toMatch(/unknown-call/)
  // None of the calls that the SAS answers for.
  expect(await floor.api.get('indicators')).toMatchObject({ presented, answered })
})

it('ends a call out that is not answered, and the agent is free again', async () => {
  await floor.signIn('arm01')
  await floor.api.post('calls', { agent: 'arm01', to: 'codis' })
  const arm = await floor.answer('arm01')
  await (await floor.phone('fire').nextRing({ withinMs: 20_000 })).reject(486)
  await arm.ended
  const caller = await floor.dial('15')
  await talk(caller, at('arm01', await floor.answer('arm01')))
})

it('brings the CODIS into a P0, all three hearing each other, and leaves the caller with it (R-IN-4, R-N1-4)', async () => {
  const { caller, arm, id } = await withArm()
  await floor.api.qualify(id, 'arm01', 'P0')
  await floor.api.post(`calls/${id}/invite`, { agent: 'arm01', to: 'codis' })
  const codis = await floor.answer('fire')
  expect(codis.dialled).toContain(':1800@')
  await Promise.all([talk(caller, at('arm01', arm)), talk(caller, at('fire', codis)), talk(at('arm01', arm), at('fire', codis))])
  await floor.api.leave(id, 'arm01')
  await arm.ended
  await talk(caller, at('fire', codis))
  await codis.hangup()
  await caller.call.ended
})

it('has an agent consult somebody while the caller hears music, then brings the caller in (R-N2-8)', async () => {
  const { caller, arm, id } = await withArm()
  await expect(floor.api.post(`calls/${id}/invite`, { agent: 'arm01', to: '0890000001' })).rejects.toThrow(/not-dialable/)
  await floor.api.post(`calls/${id}/invite`, { agent: 'arm01', to: '0199000001', aside: true })
  const ring = await floor.phone('operator').nextRing({ withinMs: 20_000 })
  // Not alone while the colleague's phone rings.
  await talk(caller, at('arm01', arm))
  await ring.answer()
  await talk(at('arm01', arm), at('operator', ring))
  await Promise.all([caller.call.ear.hearsMusic(), caller.call.ear.losesTone(floor.phone('arm01').tone)])
  await floor.api.post(`calls/${id}/bring-in`, { agent: 'arm01' })
  await Promise.all([talk(caller, at('arm01', arm)), talk(caller, at('operator', ring))])
  await ring.hangup()
  await talk(caller, at('arm01', arm))
  expect(caller.call.ear.longestGapMs()).toBeLessThan(400)
})

it('gives the caller back to the agent when the colleague hangs up in a consultation, whichever engine there is then (R-N2-8)', async () => {
  const { caller, arm, id } = await withArm()
  await floor.api.post(`calls/${id}/invite`, { agent: 'arm01', to: 'codis', aside: true })
  const codis = await floor.answer('fire')
  await talk(at('arm01', arm), at('fire', codis))
  await floor.stack.engines.at(-1)!.child.stop('SIGKILL')
  await (await floor.stack.startEngine()).active
  await talk(at('arm01', arm), at('fire', codis))
  await caller.call.ear.hearsMusic()
  await codis.hangup()
  await talk(caller, at('arm01', arm))
})

it('leaves a called-back caller whom every engine left alone to the fallback, and has them back from it (R-N2-3)', async () => {
  const { id } = await away()
  await floor.signIn('osnp01')
  const osnp = await floor.answer('osnp01')
  const ring = await floor.phone('operator').nextRing({ withinMs: 20_000 })
  await ring.answer()
  const caller = { call: ring, tone: floor.phone('operator').tone }
  await talk(caller, at('osnp01', osnp))
  await floor.api.transfer(id, 'osnp01', 'mg-mrg')
  await osnp.ended
  await ring.ear.hearsMusic()
  await floor.stack.engines.at(-1)!.child.stop('SIGKILL')
  // The dialplan rings the N1 phones, signed in or not.
  const n1 = await floor.phone('arm01').nextRing({ withinMs: 30_000 })
  await (await floor.stack.startEngine()).active
  await n1.ended
  expect(ring.end).toBeUndefined()
  await floor.signIn('mrg01')
  const mrg = await floor.answer('mrg01')
  await talk(caller, at('mrg01', mrg))
  expect((await viewOf(id)).situation).toBe('talking')
})

it('lets a supervisor listen, whisper and join (R-N2-9)', async () => {
  const { caller, arm, id } = await withArm('mru01')
  const supervisor = floor.phone('mru01').tone
  const listenTo = async (mode: string): Promise<IncomingCall> => {
    // Off the last one first, as the engine hears a moment later.
    await vi.waitFor(() => floor.api.post(`calls/${id}/listen`, { agent: 'mru01', mode }), { timeout: 10_000 })
    return floor.answer('mru01')
  }
  const listening = await listenTo('listen')
  await Promise.all([listening.ear.hears(caller.tone), listening.ear.hears(floor.phone('arm01').tone)])
  expect(arm.ear.hearsNow()).not.toContain(supervisor)
  expect(caller.call.ear.hearsNow()).not.toContain(supervisor)
  await listening.hangup()
  const whispering = await listenTo('whisper')
  await Promise.all([arm.ear.hears(supervisor), whispering.ear.hears(caller.tone)])
  expect(caller.call.ear.hearsNow()).not.toContain(supervisor)
  await whispering.hangup()
  const joining = await listenTo('join')
  await Promise.all([talk(caller, at('mru01', joining)), talk(at('arm01', arm), at('mru01', joining))])
  await arm.hangup()
  await talk(caller, at('mru01', joining))
})
