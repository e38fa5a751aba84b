/** Conversations recorded by a real Asterisk: both voices, across agents and engines, and a disk that is full (R-TO-3). */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { findRootfs } from '../../lab/paths.js'
import type { IncomingCall } from '../../lab/phone/call.js'
import { hasTone } from '../../lab/phone/tones.js'
import { RecordingKeeper } from '../../src/recordings/keeper.js'
import { Shelf, type Recording } from '../../src/recordings/shelf.js'
import type { SupervisionView } from '../../src/status/supervision.js'
import { Floor, configWith, talk } from './floor.js'

const limitMs = 20_000
/** What Asterisk may need to begin, and to notice the end. */
const marginMs = 500

let floor: Floor
beforeAll(async () => {
  floor = await Floor.open({
    configFile: configWith((sas) => {
      sas.recording = { rules: [{ positions: ['n1', 'amu'] }], retentionDays: 30 }
      sas.n1 = { wrapUpSeconds: 0 }
    }),
  })
})
afterAll(() => floor?.close())
afterEach(() => floor.clear())

const directory = (): string => floor.stack.asterisk.recordings as string
const at = (person: string, call: IncomingCall) => ({ call, tone: floor.phone(person).tone })
const failsSince = async (): Promise<number | null | undefined> => ((await floor.api.get('supervision')) as SupervisionView).recording?.failsSince

/** Of a call, once Asterisk has closed it. */
const recordingOf = async (call: string): Promise<Recording> => {
  const listed = () => new Shelf(directory()).list({ before: null, count: 50, call })
  await expect.poll(async () => (await listed()).map(({ closed }) => closed), { timeout: limitMs }).toEqual([true])
  return (await listed())[0] as Recording
}

/** In how many of its frames of 20 ms each tone is heard. */
const framesWith = (name: string, ...tones: number[]): number[] => {
  const sound = readFileSync(join(directory(), `${name}.wav`)).subarray(44)
  const frames = Array.from({ length: Math.floor(sound.length / 320) }, (_, frame) => Float64Array.from({ length: 160 }, (_, at) => sound.readInt16LE(frame * 320 + at * 2)))
  return tones.map((hz) => frames.filter((frame) => hasTone(frame, hz)).length)
}

it('both voices are in one file, also when the engine dies meanwhile; music and who is not to be recorded are not', async () => {
  await floor.signIn('arm01', 'mrg01')
  const caller = await floor.dial('15')
  const arm = at('arm01', await floor.answer('arm01'))
  await talk(caller, arm)
  const id = await floor.idOf(caller.from)
  const since = performance.now()
  await floor.stack.engines[0]?.child.stop('SIGKILL')
  await (await floor.stack.startEngine()).active
  await talk(caller, arm)
  const talkedMs = performance.now() - since
  await floor.api.transfer(id, 'arm01', 'mg-mrg', 'direct')
  const mrg = at('mrg01', await floor.answer('mrg01'))
  await talk(caller, mrg)
  await mrg.call.hangup()
  await caller.call.ended

  const recording = await recordingOf(id)
  expect(recording.durationMs).toBeGreaterThan(talkedMs - marginMs)
  const [callers, arms, mrgs] = framesWith(id, caller.tone, arm.tone, mrg.tone)
  // Both all the time, but for what Asterisk needs to begin; nobody of MG.
  const frames = recording.durationMs / 20
  expect(callers).toBeGreaterThan(frames - marginMs / 20)
  expect(arms).toBeGreaterThan(frames - marginMs / 20)
  expect(mrgs).toBe(0)
  expect(readdirSync(directory())).toEqual([`${id}.wav`])
  expect(await failsSince()).toBeNull()

  const keeper = new RecordingKeeper({ dir: directory(), retentionMs: () => null, now: Date.now, quietMs: 0, onProblem: (problem) => expect.fail(String(problem)) })
  await keeper.look()
  const sha256 = createHash('sha256').update(readFileSync(join(directory(), `${id}.wav`))).digest('hex')
  expect(await recordingOf(id)).toMatchObject({ sha256 })
})

it('a full disk raises an alarm, and calls go on as ever; the next recording that ends well calls it off', async () => {
  await floor.signIn('arm01')
  const full = await tinyDisk()
  try {
    const caller = await floor.dial('15')
    const arm = at('arm01', await floor.answer('arm01'))
    await talk(caller, arm)
    await expect.poll(failsSince, { timeout: limitMs }).toEqual(expect.any(Number))
    await talk(caller, arm)
    await arm.call.hangup()
    await caller.call.ended
  } finally {
    await full.free()
  }
  const caller = await floor.dial('15')
  const arm = at('arm01', await floor.answer('arm01'))
  await talk(caller, arm)
  const id = await floor.idOf(caller.from)
  await arm.call.hangup()
  await caller.call.ended
  await recordingOf(id)
  await expect.poll(failsSince, { timeout: limitMs }).toBeNull()
  const metrics = await (await fetch(`${floor.api.url}/metrics`)).text()
  expect(metrics.match(/^decroche_recordings_total\{step="failed"\} .*$/m)?.[0]).toBe('decroche_recordings_total{step="failed"} 1')
  expect(metrics.match(/^decroche_up\{part="recorder"\} .*$/m)?.[0]).toBe('decroche_up{part="recorder"} 1')
})

/** A disk of 4 KB where Asterisk writes recordings, in its own mount namespace. */
async function tinyDisk(): Promise<{ free(): Promise<void> }> {
  const { pid } = floor.stack.asterisk as unknown as { pid: number }
  const where = join(findRootfs(), 'mnt', 'spool', 'recording')
  const inside = (...command: string[]) => promisify(execFile)('nsenter', ['--target', String(pid), '--mount', ...command])
  await inside('mount', '-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', where)
  return { free: async () => void (await inside('umount', '--lazy', where)) }
}
