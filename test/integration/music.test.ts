/** The music of a number, as its callers hear it: whoever starts it, and whatever it was interrupted by. */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findMedia } from '../../lab/paths.js'
import { toneFor } from '../../lab/phone/tones.js'
import { scratchDirectory } from '../../lab/scratch.js'
import { telephoneRate, writeSound } from '../../src/asterisk-config/media/audio.js'
import { Floor, configWith, press, talk } from './floor.js'

/** Known from any voice in these tests. */
const musicHz = toneFor(25)

let floor: Floor

beforeAll(async () => {
  // A class whose music an ear can name: one steady tone.
  const media = scratchDirectory('media')
  cpSync(findMedia(), media, { recursive: true })
  mkdirSync(join(media, 'music', 'essai'))
  writeSound(join(media, 'music', 'essai', 'note'), Float64Array.from({ length: telephoneRate * 20 }, (_, at) => 0.3 * Math.sin((2 * Math.PI * musicHz * at) / telephoneRate)))
  floor = await Floor.open({
    configFile: configWith((sas) => {
      sas.music = { ...sas.music, essai: { label: 'Essai' }, absente: { label: 'Absente' } }
      for (const number of ['116118', '116119']) sas.entries.push({ number, trunk: 'operator', queue: 'n1', class: 'P2', music: number === '116118' ? 'essai' : 'absente' })
      for (const { stages } of sas.filieres) for (const stage of stages) if (stage.positionSeconds) stage.positionSeconds = 6
    }),
    asterisk: { media },
  })
})
afterAll(() => floor?.close())

const tones = (heard: readonly unknown[]): boolean => heard.includes(musicHz)

it('is heard in the line of N1 and of N2, again after an announcement, and while parked; other numbers hear the default', async () => {
  const [caller, other] = [await floor.dial('116118'), await floor.dial('15')]
  await Promise.all([caller.call.ear.hears(musicHz), other.call.ear.hearsMusic()])
  expect(tones(other.call.ear.hearsNow())).toBe(false)
  await other.call.hangup()

  await floor.signIn('arm01')
  const arm = await floor.answer('arm01')
  await talk(caller, { call: arm, tone: floor.phone('arm01').tone })
  await press(arm, '*7')
  await caller.call.ear.hears(musicHz)
  await floor.api.pick(await floor.idOf(caller.from), 'arm01')
  const again = await floor.answer('arm01')
  await talk(caller, { call: again, tone: floor.phone('arm01').tone })
  await press(again, '*2')
  await again.ended
  await caller.call.ear.hears(musicHz)
  // Their place in the line is spoken, then the music goes on.
  await caller.call.ear.hearsMusic({ withinMs: 15_000 })
  await caller.call.ear.hears(musicHz, { withinMs: 10_000 })
  await floor.clear()
})

it('is the default when the class has no files on that machine: nobody waits in silence', async () => {
  const caller = await floor.dial('116119')
  await caller.call.ear.hearsMusic()
  await floor.clear()
})

it('is heard in the fallback too', async () => {
  for (const engine of floor.stack.engines) await engine.child.stop('SIGTERM')
  const [caller, other] = [await floor.dial('116118'), await floor.dial('15')]
  await Promise.all([caller.call.ear.hears(musicHz, { withinMs: 15_000 }), other.call.ear.hearsMusic({ withinMs: 15_000 })])
  await Promise.all([caller.call.hangup(), other.call.hangup()])
})
