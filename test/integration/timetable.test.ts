/** Hours, what supervisors set aside, staffing alarms and new files, on a running engine: real Asterisk, Redis and phones. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { reloadTold } from '../../lab/reload-told.js'
import { checkConfig } from '../../src/config/load.js'
import { readStatus } from '../../src/status/read-status.js'
import type { SupervisionView } from '../../src/status/supervision.js'
import type { RoomView } from '../../src/status/room-view.js'
import { Floor, configWith, press, talk } from './floor.js'

let floor: Floor
let configFile: string
const limit = { timeout: 20_000 }

beforeAll(async () => {
  configFile = configWith((sas) => {
    // Closed while this runs; a queue that never opens would be refused.
    const nextYear = new Date(Date.now() + 400 * 86_400_000).toISOString().slice(0, 10)
    sas.calendars = { rarely: { hours: {}, holidays: 'as-usual', dates: { [nextYear]: ['08:00-09:00'] } } }
    sas.filieres = sas.filieres.map((filiere) => ({
      ...filiere,
      stages: filiere.stages.map((stage) => (stage.id === 'mg-osnp' ? { ...stage, hours: 'rarely', wrapUpSeconds: 0 } : { ...stage, wrapUpSeconds: 0 })),
    }))
    sas.n1 = { ...sas.n1, wrapUpSeconds: 0 }
    sas.staffing = [
      { id: 'mru', label: 'Un MRU à tout moment', role: 'MRU' },
      { id: 'osnp', label: 'Un OSNP', role: 'OSNP', hours: 'rarely' },
    ]
  })
  floor = await Floor.open({ configFile })
})
afterAll(() => floor?.close())
afterEach(() => floor.clear())

const supervision = async (): Promise<SupervisionView> => (await floor.api.get('supervision')) as SupervisionView
const override = (kind: string, target: string, lastsMs: number) => floor.api.post('overrides', { kind, target, until: Date.now() + lastsMs, by: 'sup01' })

/** A caller with whom arm01 talks. */
async function answered(number = '15') {
  const caller = await floor.dial(number)
  const arm = { call: await floor.answer('arm01'), tone: floor.phone('arm01').tone }
  await talk(caller, arm)
  return { caller, arm }
}

describe('hours', () => {
  it('R-N2-7 bring a P2 to the stage that is open, and a supervisor opens another for a while', async () => {
    await floor.signIn('arm01', 'osnp01', 'mrg01')
    const first = await answered()
    await press(first.arm.call, '*2')
    const physician = { call: await floor.answer('mrg01'), tone: floor.phone('mrg01').tone }
    await talk(first.caller, physician)
    await physician.call.hangup()

    await override('open', 'mg-osnp', 60_000)
    expect((await supervision()).queues).toContainEqual({ queue: 'mg-osnp', open: true, to: 'mg-osnp' })
    const second = await answered()
    await press(second.arm.call, '*2')
    const operator = { call: await floor.answer('osnp01'), tone: floor.phone('osnp01').tone }
    await talk(second.caller, operator)
    // On to the physician, by the code for the next stage.
    await press(operator.call, '*4')
    const next = { call: await floor.answer('mrg01'), tone: floor.phone('mrg01').tone }
    await talk(second.caller, next)
    await next.call.hangup()
    await floor.api.post('overrides/end', { target: 'mg-osnp', by: 'sup01' })
  })

  it('that end take nobody out of the line: whoever waits goes on to the stage that is open', async () => {
    await floor.signIn('arm01', 'mrg01')
    await override('open', 'mg-osnp', 4_000)
    const { caller, arm } = await answered()
    await press(arm.call, '*2')
    await expect.poll(async () => ((await floor.api.get('room')) as RoomView).calls, limit).toMatchObject([{ queue: 'mg-osnp', situation: 'waiting' }])
    const physician = { call: await floor.answer('mrg01'), tone: floor.phone('mrg01').tone }
    await talk(caller, physician)
    expect((await supervision()).overrides).toEqual([])
  })
})

describe('what a supervisor set aside', () => {
  it('survives the death of the engine', async () => {
    await override('to-n1', 'fire/1803', 600_000)
    const [set] = (await supervision()).overrides
    await floor.stack.engines.at(-1)?.child.stop('SIGKILL')
    await (await floor.stack.startEngine()).active
    expect((await supervision()).overrides).toEqual([set])
    await floor.signIn('arm01', 'mrg01')
    await floor.dial('1803', 'fire')
    const ring = await floor.answer('arm01')
    await ring.hangup()
    await floor.api.post('overrides/end', { target: 'fire/1803', by: 'sup01' })
  })
})

describe('a staffing guard', () => {
  it('R-N2-1 raises its alarm as the last MRU goes on a pause, and ends it as one is back', async () => {
    const broken = async (): Promise<string | undefined> => /decroche_staffing_broken\{guard="mru"\} (\d)/.exec(await (await fetch(`${floor.api.url}/metrics`)).text())?.[1]
    await floor.signIn('mru01')
    expect([await broken(), (await supervision()).staffing]).toEqual(['0', [expect.objectContaining({ guard: 'mru', present: 1, brokenSince: null })]])
    await floor.api.pause('mru01', 'repas')
    const [alarm] = (await supervision()).staffing
    expect([await broken(), alarm?.present]).toEqual(['1', 0])
    const { alarms } = await readStatus(floor.stack.redisUrl, undefined, Date.now())
    expect(alarms).toEqual([{ label: 'Un MRU à tout moment', present: 0, min: 1 }])
    expect(Date.now() - (alarm?.brokenSince ?? 0)).toBeLessThan(5_000)
    await floor.api.ready('mru01')
    expect(await broken()).toBe('0')
  })
})

describe('a new file', () => {
  const edit = (change: (sas: Record<string, unknown>) => void): void => {
    const sas = parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>
    change(sas)
    writeFileSync(configFile, stringify(sas))
  }

  it('comes into force between two decisions, and touches no call', async () => {
    await floor.signIn('arm01')
    const { caller, arm } = await answered()
    await expect(floor.api.pause('arm01', 'sieste')).rejects.toThrow(/unknown-pause-reason/)
    edit((sas) => (sas.pauseReasons = ['sieste']))
    expect(await floor.api.post('configuration/reload', { by: 'sup01' })).toEqual({ changed: ['pauseReasons'], afterRestart: [], forPbx: [], certificateFaults: [] })
    await talk(caller, arm)
    await floor.api.pause('arm01', 'sieste')
    await arm.call.hangup()
    await caller.call.ended
    await expect.poll(async () => ((await floor.api.get('room')) as RoomView).agents.find(({ id }) => id === 'arm01'), limit).toMatchObject({ state: 'paused', reason: 'sieste' })
  })

  /** Whoever reloads is told what whoever checks is told, each fault with its line. */
  async function refusedAsChecked(path: RegExp): Promise<void> {
    const { url, stack } = { url: floor.stack.engines.at(-1)!.url, stack: floor.stack }
    const headers = { authorization: `Bearer ${stack.token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/v1/configuration/reload`, { method: 'POST', headers, body: JSON.stringify({ by: 'sup01' }) })
    const { error, faults } = (await answer.json()) as { error: string; faults: unknown[] }
    expect([answer.status, error]).toEqual([422, 'bad-configuration'])
    expect(faults).toEqual(checkConfig(readFileSync(configFile, 'utf8')).faults)
    expect(faults[0]).toMatchObject({ path: expect.stringMatching(path) as string, line: expect.any(Number) as number })
  }

  it('with a fault changes nothing and says why', async () => {
    const sound = readFileSync(configFile, 'utf8')
    const before = await supervision()
    edit((sas) => ((sas.filieres as { stages: { hours: string }[] }[])[1]!.stages[0]!.hours = 'rarley'))
    await refusedAsChecked(/^filieres\[1\]\.stages\[0\]\.hours$/)
    writeFileSync(configFile, 'sas: [')
    await refusedAsChecked(/^$/)
    expect((await supervision()).queues).toEqual(before.queues)
    writeFileSync(configFile, sound)
  })

  it('is read at a signal too', async () => {
    edit((sas) => (sas.staffing = []))
    floor.stack.engines.at(-1)?.child.kill('SIGHUP')
    await expect.poll(async () => (await supervision()).staffing, limit).toEqual([])
  })

  it('refused at a signal is told where the demo shows it', async () => {
    const sound = readFileSync(configFile, 'utf8')
    const { child } = floor.stack.engines.at(-1)!
    writeFileSync(configFile, 'sas: [')
    child.kill('SIGHUP')
    const told = (): string[] => child.output().split('\n').flatMap(reloadTold)
    await expect.poll(told, limit).toContainEqual(expect.stringMatching(/^ {2}.*\.yaml:1:7: /))
    expect(told()).toContain('Fichier du SAS refusé, rien n’a changé :')
    writeFileSync(configFile, sound)
  })
})
