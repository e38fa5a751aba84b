/** Everybody rung at once, callers picked by hand, parked and taken back, on real Asterisk, SIP and RTP. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { ApiError } from '../../lab/api-client.js'
import type { IncomingCall } from '../../lab/phone/call.js'
import { Floor, configWith, press, talk } from './floor.js'

/** A handover may cost the caller no more silence than this; a few RTP frames in a loaded process look like a gap. */
const gapMsMax = 400

let floor: Floor

beforeAll(async () => {
  floor = await Floor.open({
    configFile: configWith((sas) => {
      sas.canary = { everySeconds: 5 }
      sas.n1 = { mode: 'ring-all', ringSeconds: 20, asideSeconds: 5, wrapUpSeconds: 0, escalateSeconds: 60 }
      for (const filiere of sas.filieres)
        for (const stage of filiere.stages) Object.assign(stage, { ringSeconds: 20, wrapUpSeconds: 0, ...(filiere.id === 'mg' && { mode: 'by-hand' }) })
    }),
  })
})
afterAll(() => floor?.close())
afterEach(() => floor.clear())

const at = (person: string, call: IncomingCall) => ({ call, tone: floor.phone(person).tone })

it('rings everybody who is free; the first to pick up has the call, and the others’ phones stop (R-N1-1)', async () => {
  await floor.signIn('arm01', 'arm02')
  const caller = await floor.dial('15')
  const [first, second] = await Promise.all([floor.phone('arm01').nextRing(), floor.phone('arm02').nextRing()])
  await second.answer()
  await first.ended
  expect(first.cancelled).toBe(true)
  await talk(caller, at('arm02', second))
  // Free as before: the next caller rings at once.
  const next = await floor.dial('15')
  const again = await floor.answer('arm01')
  expect(again.from).toBe(next.from)
  await talk(next, at('arm01', again))
})

it('gives two who pick up in the same instant one call', async () => {
  await floor.signIn('arm01', 'arm02')
  const caller = await floor.dial('15')
  const rings = await Promise.all([floor.phone('arm01').nextRing(), floor.phone('arm02').nextRing()])
  await Promise.allSettled(rings.map((ring) => ring.answer()))
  await expect.poll(() => rings.filter((ring) => ring.end === undefined).length).toBe(1)
  const [arm, ring] = rings[0].end === undefined ? (['arm01', rings[0]] as const) : (['arm02', rings[1]] as const)
  await talk(caller, at(arm, ring))
  expect(caller.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
})

it('rings nobody of a queue served by hand until they pick a caller, who hears music meanwhile (R-N2-2)', async () => {
  await floor.signIn('arm01', 'osnp01')
  const callers = []
  for (let index = 0; index < 2; index++) {
    const caller = await floor.dial('116117')
    const arm = await floor.answer('arm01')
    await talk(caller, at('arm01', arm))
    await press(arm, '*2')
    await arm.ended
    await caller.call.ear.hearsMusic()
    callers.push({ ...caller, id: await floor.idOf(caller.from) })
  }
  const [, second] = callers
  if (!second) throw new Error('no second caller')
  expect(floor.phone('osnp01').calls.size).toBe(0)
  await expect(floor.api.pick(second.id, 'osnp01')).rejects.toBeInstanceOf(ApiError)
  await floor.api.pick(second.id, 'osnp01', 'known-patient')
  const osnp = await floor.answer('osnp01')
  expect(osnp.from).toBe(second.from)
  await talk(second, at('osnp01', osnp))
  expect(second.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
})

it('parks a caller on music from the keys of a desk phone, and gives them back to who parked them, by whichever engine (R-N2-4)', async () => {
  await floor.signIn('arm01')
  const caller = await floor.dial('15')
  const arm = await floor.answer('arm01')
  await talk(caller, at('arm01', arm))
  const id = await floor.idOf(caller.from)
  await press(arm, '*7')
  await arm.ended
  await caller.call.ear.hearsMusic()
  expect(await floor.api.get(`calls/${id}`)).toMatchObject({ situation: 'parked', parked: { by: 'arm01' }, drm: `demo-${id}` })
  await floor.stack.engines.at(-1)?.child.stop('SIGKILL')
  await (await floor.stack.startEngine()).active
  await caller.call.ear.hearsMusic()
  await floor.api.pick(id, 'arm01')
  const back = await floor.answer('arm01')
  expect(back.from).toBe(caller.from)
  await talk(caller, at('arm01', back))
  expect(caller.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
})

it('lets a desk phone without a page sign in, pause and leave by dialling codes (R-TO-1, R-N1-6)', async () => {
  interface AgentState {
    readonly id: string
    readonly state: string
  }
  const stateOf = async (): Promise<string | undefined> => ((await floor.api.get('room')) as { agents: AgentState[] }).agents.find(({ id }) => id === 'arm03')?.state
  for (const [code, state] of [['*10', 'ready'], ['*12', 'paused'], ['*11', 'ready'], ['*13', 'signed-out']] as const) {
    const call = await floor.phone('arm03').dial(code)
    await call.ended
    await expect.poll(stateOf).toBe(state)
  }
  // Signed out, and not to be ready.
  await (await floor.phone('arm03').dial('*11')).ended
  expect(await stateOf()).toBe('signed-out')
})

it('calls itself meanwhile, heard at both ends, and shows and counts it nowhere else (canary)', async () => {
  const passed = async (): Promise<number> => Number(/^decroche_canary_total\{outcome="passed"\} (\d+)$/m.exec(await metricsOf())?.[1])
  const [before, counted] = [await passed(), await floor.api.get('indicators')]
  await expect.poll(passed, { timeout: 20_000 }).toBeGreaterThan(before)
  const metrics = await metricsOf()
  expect(metrics).not.toMatch(/^decroche_canary_total\{outcome="(?!passed)\w+"\} [1-9]/m)
  expect(metrics.split('\n').filter((line) => line.includes('canary') && !line.startsWith('#') && !line.startsWith('decroche_canary_'))).toEqual([])
  expect(await floor.api.get('indicators')).toMatchObject({ presented: (counted as { presented: number }).presented, byNumber: expect.not.objectContaining({ 'canary/canary': expect.anything() }) })
  expect(JSON.stringify([await floor.api.get('room'), await floor.api.get('supervision')])).not.toContain('canary')
})

const metricsOf = async (): Promise<string> => (await fetch(`${floor.stack.engines.at(-1)?.url}/metrics`)).text()
