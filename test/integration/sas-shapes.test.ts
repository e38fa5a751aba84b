/**
 * SAS that ship, one of each shape, on real Asterisk, Redis and phones, at moments that matter to them: whose phone rings, and who
 * hears whom. `seventeen.test.ts` has every SAS and every edge; here are real calls. Of a file only addresses, people and the
 * time after a call are the lab's; its hours are as they ship, and the engine's clock is set to the moment.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { alone, type SasInput } from '../../lab/alone.js'
import { startAsterisk, type Asterisk } from '../../lab/asterisk.js'
import { projectRoot } from '../../lab/paths.js'
import type { IncomingCall } from '../../lab/phone/call.js'
import { startRedis, type Redis } from '../../lab/redis.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { loadConfig } from '../../src/config/load.js'
import type { SupervisionView } from '../../src/status/supervision.js'
import { Floor, press, talk } from './floor.js'

/** A handover may cost the caller no more silence than this; a few RTP frames in a loaded process look like a gap. */
const gapMsMax = 400

const addresses: Record<string, string> = {
  operator: '127.0.0.2', fire: '127.0.0.3', ambulance: '127.0.0.4',
  'operator-08': '127.0.0.12', 'fire-08': '127.0.0.13', 'ambulance-08': '127.0.0.14',
  'operator-51': '127.0.0.22', 'fire-51': '127.0.0.23', 'ambulance-51': '127.0.0.24',
}

const inLab = (name: string): string => {
  const sas = alone(parse(readFileSync(join(projectRoot(), 'config', `${name}.yaml`), 'utf8')) as SasInput)
  for (const [id, trunk] of Object.entries(sas.trunks)) {
    trunk.match = [addresses[id]!]
    if (trunk.peer !== undefined) trunk.peer = `${addresses[id]}:5060`
  }
  // One of each role at each place, and at AMU the physician alone: it is known whose phone rings.
  const places = new Set(['ARM at amu', 'ARM at amu-08', 'ARM at amu-51'])
  sas.people = sas.people.filter(({ position, roles }) => places.size < places.add(`${roles.join()} at ${position}`).size)
  sas.n1.wrapUpSeconds = 0
  for (const { stages } of sas.filieres) for (const stage of stages) stage.wrapUpSeconds = 0
  const file = join(scratchDirectory('config'), `${name}.yaml`)
  writeFileSync(file, stringify(sas))
  return file
}

const shapes = ['sas-67', 'sas-31', 'sas-36', 'sas-37', 'sas-57', 'sas-69', 'sas-08-51'] as const
type Shape = (typeof shapes)[number]
let files: Record<Shape, string>
let asterisk: Asterisk
let redis: Redis
let floor: Floor

beforeAll(async () => {
  files = Object.fromEntries(shapes.map((name) => [name, inLab(name)])) as typeof files
  const all = Object.values(files).map(loadConfig)
  const byKey = <T>(items: readonly T[], key: (item: T) => string): T[] => [...new Map(items.map((item) => [key(item), item])).values()]
  // One Asterisk that knows every number and phone of all of them.
  const config = {
    ...all[0]!,
    trunks: Object.assign({}, ...all.map(({ trunks }) => trunks)) as (typeof all)[0]['trunks'],
    entries: byKey(all.flatMap(({ entries }) => entries), ({ trunk, number }) => `${trunk}/${number}`),
    people: byKey(all.flatMap(({ people }) => people), ({ phone }) => phone),
  }
  ;[asterisk, redis] = await Promise.all([startAsterisk({ config }), startRedis()])
})
afterEach(() => floor?.close())
afterAll(async () => {
  await asterisk?.stop()
  await redis?.stop()
})

/** Opens the SAS at this local time, everybody signed in. */
async function open(shape: Shape, moment: string): Promise<void> {
  const laterMs = Date.parse(moment) - Date.now()
  // In the past: Asterisk goes on with today's clock, and no caller can have come later than the engine's now.
  expect(laterMs).toBeLessThan(0)
  const clock = `const{now}=Date;Date.now=()=>now()+(${laterMs})`
  floor = await Floor.open({
    configFile: files[shape],
    pbx: { ...asterisk, stop: async () => {} },
    redisUrl: redis.url,
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(clock)}` },
  })
  await floor.signIn(...floor.stack.config.people.map(({ id }) => id))
}

/**
 * A caller dials and goes from hand to hand: `arm01 *2 osnp01` is answered by the ARM, who dials *2, and then by the OSNP. Each is
 * heard and hears; a sender who is still on the line leaves; the caller is never without a voice or music.
 */
async function goes(number: string, way: string, trunk = 'operator'): Promise<void> {
  const caller = await floor.dial(number, trunk)
  let holder: { readonly call: IncomingCall; readonly tone: number } | undefined
  for (const word of way.split(' ')) {
    if (word.startsWith('*')) {
      await press(holder!.call, word)
      continue
    }
    const next = { call: await floor.answer(word), tone: floor.phone(word).tone }
    await talk(caller, next)
    if (holder && !holder.call.end) await press(holder.call, '*9')
    await holder?.call.ended
    holder = next
  }
  await talk(caller, holder!)
  expect(caller.call.ear.longestGapMs()).toBeLessThan(gapMsMax)
  await caller.call.hangup()
  await holder?.call.ended
}

const owedMrg = async (): Promise<boolean> => ((await floor.api.get('supervision')) as SupervisionView).staffing.some(({ guard }) => guard === 'mrg')

describe('SAS 67: OSNP, then MRG, and nobody at MG on Saturday morning', () => {
  it('on a weekday (R-IN-1, R-IN-4, R-N2-2, R-N2-4)', async () => {
    await open('sas-67', '2026-03-02T10:00:00+01:00')
    expect(await owedMrg()).toBe(true)
    await goes('15', 'arm01 *2 osnp01 *4 mrg01 *3 mru01')
    await goes('116117', 'arm01 *1 mru01 *3 osnp01')
    await goes('1802', 'mru01', 'fire')
    await goes('1803', 'mrg01', 'fire')
    await goes('1903', 'mrg01', 'ambulance')
  })
  it('on Saturday morning (R-N2-7)', async () => {
    await open('sas-67', '2026-03-07T10:00:00+01:00')
    expect(await owedMrg()).toBe(false)
    await goes('116117', 'arm01 *2 mru01')
    await goes('1803', 'mru01', 'fire')
  })
  it('on Good Friday, a holiday there (R-N2-7)', async () => {
    await open('sas-67', '2026-04-03T10:00:00+02:00')
    await goes('15', 'arm01 *2 mrg01')
  })
})

describe('SAS 31: MRG, then OSNP, after the physician on duty too', () => {
  it('out of hours while the OSNP are there (R-N2-2)', async () => {
    await open('sas-31', '2026-03-02T20:30:00+01:00')
    expect(await owedMrg()).toBe(false)
    await goes('15', 'arm01 *2 mrg01 *4 osnp01')
    await goes('15', 'arm01 *1 mru01 *3 mrg01')
    await goes('1803', 'mrg01', 'fire')
  })
  it('when they have gone, nobody comes next and the physician keeps the caller (R-N2-2)', async () => {
    await open('sas-31', '2026-03-02T21:30:00+01:00')
    await goes('15', 'arm01 *2 mrg01 *4')
    await floor.stack.engines.at(-1)!.child.waitForOutput(/no-next-stage/, 1_000)
  })
})

describe('SAS 36: 15 and 116-117, one MRG', () => {
  it('from OSNP to MRG, and to the MRG alone from 20 o’clock on, under way (R-N2-2, R-N2-7)', async () => {
    await open('sas-36', '2026-03-02T19:59:45+01:00')
    await goes('116117', 'arm01 *2 osnp01 *4 mrg01')
    await expect.poll(owedMrg, { timeout: 15_000 }).toBe(false)
    await goes('15', 'arm01 *2 mrg01')
  })
})

describe('SAS 37: 15 alone, OSNP first', () => {
  it('on to the MRG, to AMU and back (R-IN-1, R-N2-2, R-N2-4)', async () => {
    await open('sas-37', '2026-03-03T10:00:00+01:00')
    await goes('15', 'arm01 *2 osnp01 *4 mrg01 *3 mru01 *3 osnp01')
    await goes('1801', 'arm01', 'fire')
  })
})

describe('SAS 57: psychiatry and nurses in the room', () => {
  it('in SAS hours (R-N2-5)', async () => {
    await open('sas-57', '2026-03-02T18:30:00+01:00')
    await goes('15', 'arm01 *6 psy01')
    await goes('15', 'arm01 *7 ide01 *5 osnp01 *4 mrg01')
    await goes('15', 'arm01 *1 mru01')
  })
  it('in the hour in which nobody is there but AMU (R-N2-7)', async () => {
    await open('sas-57', '2026-03-02T19:30:00+01:00')
    await goes('15', 'arm01 *7 mru01')
    await goes('15', 'arm01 *2 mru01')
  })
})

describe('SAS 69: dentists on Sunday', () => {
  it('who give back to the physician what is no dental matter (R-N2-5)', async () => {
    await open('sas-69', '2026-03-08T10:00:00+01:00')
    await goes('15', 'arm01 *6 dent01 *5 mrg01')
    await goes('15', 'arm01 *2 mrg01 *3 mru01')
  })
})

describe('one front office for 08 and 51', () => {
  it('hands on to the département that the trunk tells, and to AMU and back there (R-IN-3, R-IN-4, R-N2-4)', async () => {
    await open('sas-08-51', '2026-03-02T10:00:00+01:00')
    await goes('15', 'arm01 *2 osnp01 *4 mrg01 *3 mru01 *3 osnp01', 'operator-08')
    await goes('15', 'arm01 *2 osnp02 *4 mrg02', 'operator-51')
    await goes('15', 'arm01 *1 mru01', 'operator-08')
    await goes('15', 'arm01 *1 mru02', 'operator-51')
    await goes('1802', 'mru01', 'fire-08')
    await goes('1803', 'mrg02', 'fire-51')
  })
  it('on Sunday the physician of 51 for both (R-N2-7)', async () => {
    await open('sas-08-51', '2026-03-08T10:00:00+01:00')
    await goes('15', 'arm01 *2 mrg02', 'operator-08')
    await goes('15', 'arm01 *2 mrg02', 'operator-51')
  })
})
