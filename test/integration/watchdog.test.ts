/** No engine at all: the PBX itself takes the callers it was left with to its fallback, and gives them back to the next engine. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asterisk } from '../../lab/asterisk.js'
import { Phone } from '../../lab/phone/phone.js'
import { readFallbackCalls } from '../../src/asterisk-config/fallback-record.js'
import { sipPassword } from '../../src/asterisk-config/site.js'
import type { Summary } from '../../src/indicators/summary.js'
import type { RoomView } from '../../src/status/room-view.js'
import { Floor, configWith, talk } from './floor.js'

/** From the engine's last sign of life to a phone that rings again. */
const takenMsMax = 10_000

let floor: Floor

beforeAll(async () => {
  floor = await Floor.open({
    configFile: configWith((sas) => {
      sas.n1 = { ringSeconds: 20, asideSeconds: 5, wrapUpSeconds: 0, escalateSeconds: 60 }
    }),
  })
  // The fallback rings every N1 phone that is there, signed in or not.
  await Promise.all(['arm03', 'arm04'].map((phone) => floor.phone(phone).stop()))
})
afterAll(() => floor?.close())

const indicators = async (): Promise<Summary> => (await floor.api.get('indicators')) as Summary
const room = async (): Promise<RoomView> => (await floor.api.get('room')) as RoomView

describe('callers whose engine died', () => {
  it('are rung for by the fallback; whoever still waits goes on with the next engine, at their rank (R-N1-1)', async () => {
    await floor.signIn('arm01', 'arm02')
    const talking = await floor.dial('15')
    const arm01 = { call: await floor.answer('arm01'), tone: floor.phone('arm01').tone }
    await talk(talking, arm01)
    const rung = await floor.dial('15')
    const ring = await floor.phone('arm02').nextRing()
    const second = await floor.dial('116117')
    const third = await floor.dial('15')
    for (const { call } of [second, third]) await call.ear.hearsMusic()
    const before = await indicators()

    const [dead] = floor.stack.engines
    await dead?.child.stop('SIGKILL')
    const since = performance.now()
    const again = await floor.phone('arm02').nextRing({ withinMs: 20_000 })
    expect(performance.now() - since).toBeLessThan(takenMsMax)
    expect(ring.cancelled).toBe(true)
    await again.answer()
    // The 15 before the 116-117 that came sooner: the class and the clock of before.
    const inOrder = [rung, third, second]
    const there = inOrder.find(({ from }) => from === again.from)
    const waiting = inOrder.filter((caller) => caller !== there)
    if (!there) throw new Error('the fallback rang for a stranger')
    const arm02 = { call: again, tone: floor.phone('arm02').tone }
    await talk(there, arm02)
    await talk(talking, arm01)

    const next = await floor.stack.startEngine()
    await next.active
    // While the fallback's conversation lasts, that phone is not rung.
    await expect.poll(async () => (await room()).calls.map(({ situation }) => situation).sort(), { timeout: 20_000 }).toEqual(['fallback', 'talking', 'waiting', 'waiting'])
    expect((await room()).agents.find(({ id }) => id === 'arm02')).toMatchObject({ state: 'ready', engaged: true })
    await talk(talking, arm01)

    await again.hangup()
    await there.call.ended
    for (const caller of waiting) {
      const served = { call: await floor.answer('arm02'), tone: floor.phone('arm02').tone }
      expect(served.call.from).toBe(caller.from)
      await talk(caller, served)
      await served.call.hangup()
    }

    await expect.poll(async () => (await indicators()).fallback, { timeout: 20_000 }).toBe(before.fallback + 1)
    expect(await indicators()).toMatchObject({ presented: 4, answered: 4, abandoned: 0, fallback: 1 })
  })
})

describe('callers whose engine died with no N1 phone there', () => {
  it('have music with the fallback, and go on with the next engine at their rank, for a phone that comes then', async () => {
    await floor.clear()
    const empty = await Floor.open({
      configFile: configWith((sas) => {
        sas.n1 = { ringSeconds: 20, asideSeconds: 5, wrapUpSeconds: 0, escalateSeconds: 60 }
      }),
    })
    let phone: Phone | null = null
    try {
      const { stack } = empty
      const atFallback = () => readFallbackCalls((stack.asterisk as Asterisk).fallbackRecord)
      const clocks = async () => ((await empty.api.get('room')) as RoomView).calls.map(({ id, situation, arrivedAt }) => ({ id, situation, arrivedAt })).sort((a, b) => a.arrivedAt - b.arrivedAt)
      await Promise.all(['arm01', 'arm02', 'arm03', 'arm04'].map((id) => empty.phone(id).stop()))
      const waiting = async (number: string) => {
        const caller = await empty.dial(number)
        await caller.call.ear.hearsMusic()
        return caller
      }
      const p2 = await waiting('116117')
      const callers = [await waiting('15'), await waiting('15'), p2]
      const before = await clocks()
      expect(before.map(({ situation }) => situation)).toEqual(['waiting', 'waiting', 'waiting'])

      await stack.engines[0]?.child.stop('SIGKILL')
      const since = performance.now()
      await expect.poll(() => atFallback().map(({ event }) => event), { timeout: 20_000 }).toEqual(['arrived', 'arrived', 'arrived'])
      expect(performance.now() - since).toBeLessThan(takenMsMax)
      for (const { call } of callers) await call.ear.hearsMusic()

      await (await stack.startEngine()).active
      await expect.poll(clocks, { timeout: 20_000 }).toEqual(before)
      await empty.signIn('arm01')
      const { sip, sipSecret } = stack.asterisk
      phone = await Phone.start({ server: sip, user: 'arm01', password: sipPassword(sipSecret, 'arm01'), tone: empty.phone('arm01').tone })
      for (const caller of callers) {
        const ring = await phone.nextRing({ withinMs: 20_000 })
        expect(ring.from).toBe(caller.from)
        await ring.answer()
        await talk(caller, { call: ring, tone: phone.tone })
        await ring.hangup()
      }
      await expect.poll(async () => ((await empty.api.get('indicators')) as Summary).answered, { timeout: 20_000 }).toBe(3)
      expect(await empty.api.get('indicators')).toMatchObject({ presented: 3, abandoned: 0, fallback: 0 })
    } finally {
      await phone?.stop()
      await empty.close()
    }
  })
})

describe('a caller who comes while there is no engine', () => {
  it('is rung for at once, and counts when there is one again, with their own wait (R-QS-1)', async () => {
    await floor.clear()
    await floor.phone('arm01').stop()
    const before = await indicators()
    await floor.stack.engines.at(-1)?.child.stop('SIGKILL')
    const caller = await floor.dial('15')
    const dialledMs = performance.now()
    const ring = await floor.phone('arm02').nextRing({ withinMs: 20_000 })
    expect(performance.now() - dialledMs).toBeLessThan(2_000)
    await ring.answer()
    await talk(caller, { call: ring, tone: floor.phone('arm02').tone })
    await ring.hangup()
    await caller.call.ended
    await (await floor.stack.startEngine()).active
    await expect.poll(async () => (await indicators()).presented, { timeout: 20_000 }).toBe(before.presented + 1)
    expect(await indicators()).toMatchObject({ answered: before.answered + 1, fallback: before.fallback + 1, abandoned: 0, qs30: 1 })
  })
})

describe('a caller who hangs up before an engine can have heard of them', () => {
  const leaves = async (): Promise<void> => {
    const { call } = await floor.dial('15')
    await call.ringing
    await expect.poll(() => asterisk().cli('core show channels concise'), { timeout: 10_000 }).toMatch(/^PJSIP\/operator/m)
    await call.hangup()
    await expect.poll(() => asterisk().cli('core show channels concise'), { timeout: 10_000 }).not.toMatch(/^PJSIP\/operator/m)
  }
  const asterisk = (): Asterisk => floor.stack.asterisk as Asterisk
  const unseen = (): number => readFileSync(asterisk().fallbackRecord, 'utf8').match(/,unseen,/g)?.length ?? 0

  it('counts once: without an engine, beside one that stands still, and beside one that is well (R-QS-1)', async () => {
    await floor.clear()
    const before = await indicators()
    const lines = unseen()
    const expectMore = async (more: number): Promise<void> => {
      const [presented, abandoned] = [before.presented + more, before.abandoned + more]
      await expect.poll(indicators, { timeout: 20_000 }).toMatchObject({ presented, abandoned })
    }
    await leaves()
    await expectMore(1)
    const engine = floor.stack.engines.at(-1)?.child
    engine?.kill('SIGSTOP')
    await leaves()
    await engine?.stop('SIGKILL')
    await leaves()
    await (await floor.stack.startEngine()).active
    await expectMore(3)
    expect(unseen()).toBe(lines + 3)
  })
})

describe('a caller for whom the line has no place', () => {
  it('stays with the fallback for a turn, though an engine is there, and is served by it', async () => {
    await floor.clear()
    const full = await Floor.open({
      asterisk: { site: { fallback: { queueSeconds: 4, neighbourSeconds: 1 } } },
      configFile: configWith((sas) => {
        sas.limits = { queueLength: 1 }
      }),
    })
    try {
      const room = async (): Promise<string[]> => ((await full.api.get('room')) as RoomView).calls.map(({ situation }) => situation)
      await Promise.all(['arm02', 'arm03', 'arm04'].map((phone) => full.phone(phone).stop()))
      const first = await full.dial('15')
      await first.call.ear.hearsMusic()
      const second = await full.dial('15')
      const ring = await full.phone('arm01').nextRing({ withinMs: 20_000 })
      expect([ring.from, await room()]).toEqual([second.from, ['waiting', 'fallback']])
      // Left alone for longer than the watchdog takes to look, then given back to the engine, which has no place yet.
      await expect.poll(() => ring.cancelled, { timeout: 20_000 }).toBe(true)
      const again = await full.phone('arm01').nextRing({ withinMs: 20_000 })
      expect(Number(again.ringAtNs - ring.ringAtNs) / 1e9).toBeGreaterThan(3)
      await again.answer()
      await talk(second, { call: again, tone: full.phone('arm01').tone })
      await again.hangup()
      await expect.poll(async () => ((await full.api.get('indicators')) as Summary).fallback, { timeout: 20_000 }).toBe(1)
    } finally {
      await full.close()
    }
  })
})

describe('the watchdog', () => {
  it('begins again when somebody hangs it up', async () => {
    const asterisk = floor.stack.asterisk as Asterisk
    const watching = async (): Promise<string[]> => (await asterisk.cli('core show channels concise')).match(/^Local\/s@watchdog-[^;!]+;2/gm) ?? []
    const [first] = await watching()
    await asterisk.cli(`channel request hangup ${first}`)
    await expect.poll(watching, { timeout: 10_000 }).toEqual([expect.not.stringMatching(first as string)])
  })
})
