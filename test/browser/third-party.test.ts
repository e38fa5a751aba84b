/** Somebody outside in a call, from the browser: the CODIS in a conference of three, and consulted first. */
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { Page } from 'playwright-core'
import { isAccessible } from './axe.js'
import { House, pageHears, talk, trunkHz, voiceHz } from './house.js'
import { picture } from './picture.js'

let house: House
beforeAll(async () => {
  house = await House.open()
  await vi.waitFor(async () => expect(await house.asterisk.cli('pjsip show contacts')).toMatch(/fire\/sip:\S+ +\S+ +Avail/), { timeout: 20_000 })
})
afterAll(() => house?.close())
afterEach(() => house.clear())

const fire = () => {
  const phone = house.trunks.get('fire')
  if (phone === undefined) throw new Error('no fire service')
  return phone
}

async function onCall(): Promise<{ arm: Page; caller: Awaited<ReturnType<House['dial']>> }> {
  const arm = await house.desk('arm01')
  const caller = await house.callTo(arm, '15')
  return { arm, caller }
}

it('P0 with the CODIS: all three hear each other, and the ARM may leave (R-N1-4, R-IN-4)', async () => {
  const { arm, caller } = await onCall()
  await arm.keyboard.press('0')
  await arm.locator('.role-changed').waitFor()
  await arm.keyboard.press('i')
  await arm.keyboard.type('codis')
  await picture(arm, 'desk-third-party')
  await arm.keyboard.press('Enter')
  const codis = await fire().nextRing({ withinMs: 10_000 })
  await codis.answer()
  await Promise.all([pageHears(arm), caller.call.ear.hears(trunkHz), caller.call.ear.hears(voiceHz), codis.ear.hears(caller.tone), codis.ear.hears(voiceHz)])
  await arm.locator('.people').getByText('CODIS').waitFor()
  await picture(arm, 'desk-conference')
  await isAccessible(arm)
  await arm.keyboard.press('l')
  await arm.locator('.call').waitFor({ state: 'detached' })
  await Promise.all([caller.call.ear.hears(trunkHz), codis.ear.hears(caller.tone)])
})

it('calls the CODIS out of no call, by keys alone', async () => {
  const arm = await house.desk('arm01')
  await arm.keyboard.press('i')
  await arm.keyboard.type('codis')
  await picture(arm, 'desk-call-out')
  await arm.keyboard.press('Enter')
  const codis = await fire().nextRing({ withinMs: 10_000 })
  await arm.getByText('Vous appelez').waitFor()
  await codis.answer()
  await Promise.all([pageHears(arm), codis.ear.hears(voiceHz)])
  await arm.getByText('Appel sortant').waitFor()
  await isAccessible(arm)
  await arm.keyboard.press('Shift+R')
  await codis.ended
})

it('rings for a call that somebody else asks for, and opens no microphone by itself', async () => {
  const arm = await house.desk('arm01')
  await house.engine.api.post('calls', { agent: 'arm01', to: 'codis', drm: 'demo-1' })
  await arm.getByText('Vous appelez').waitFor()
  await expect(fire().nextRing({ withinMs: 1_500 })).rejects.toThrow(/did not ring/)
  await arm.keyboard.press('d')
  const codis = await fire().nextRing({ withinMs: 10_000 })
  await codis.reject(486)
  await arm.getByText('Le correspondant n’est pas joint').waitFor()
})

it('consults the CODIS while the caller hears music, then brings the caller in, then returns to the caller alone', async () => {
  const { arm, caller } = await onCall()
  await arm.keyboard.press('i')
  await arm.keyboard.type('codis')
  await arm.keyboard.press('Shift+Enter')
  const codis = await fire().nextRing({ withinMs: 10_000 })
  await codis.answer()
  await Promise.all([codis.ear.hears(voiceHz), caller.call.ear.hearsMusic(), pageHears(arm)])
  await arm.getByText('vous parlez à part').waitFor()
  await picture(arm, 'desk-consultation')
  expect(caller.call.ear.hearsNow()).not.toContain(trunkHz)
  await arm.keyboard.press('e')
  await Promise.all([codis.ear.hears(caller.tone), caller.call.ear.hears(trunkHz), caller.call.ear.hears(voiceHz)])
  await arm.getByRole('button', { name: 'Libérer' }).click()
  await codis.ended
  await talk(arm, caller)
})
