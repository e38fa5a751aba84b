/** The network goes and comes back: the call is kept, the page says what it knows, and nobody is lost. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { isAccessible } from './axe.js'
import { House, pageHears, pickUp, talk } from './house.js'
import { picture } from './picture.js'

let house: House
beforeAll(async () => {
  house = await House.open()
})
afterAll(() => house?.close())
afterEach(async () => {
  house.sipRelay.accept()
  house.webRelay.accept()
  await house.clear()
})

const backMsMax = 5_000

it('keeps the call when its sockets are cut, and talks again within 5 s', async () => {
  const arm = await house.desk('arm01')
  const caller = await house.callTo(arm, '15')
  house.sipRelay.refuse()
  house.webRelay.refuse()
  await arm.locator('.chip.bad', { hasText: 'Téléphone' }).waitFor()
  await arm.getByText('Liaison avec le moteur coupée').waitFor()
  await picture(arm, 'desk-network-lost')
  await isAccessible(arm)
  const backAt = performance.now()
  house.sipRelay.accept()
  house.webRelay.accept()
  await arm.getByText('Téléphone prêt').waitFor()
  await arm.getByText('Moteur relié').waitFor()
  await arm.getByText('le son de l’appel est rétabli').waitFor()
  await talk(arm, caller)
  const backMs = performance.now() - backAt
  console.log(`network back: sound both ways after ${Math.round(backMs)} ms`)
  expect(backMs).toBeLessThan(backMsMax)
  // What the engine does reaches the page by its new socket.
  await arm.keyboard.press('1')
  await arm.getByText('Transfert demandé').waitFor()
  await caller.call.hangup()
  await arm.locator('.call').waitFor({ state: 'detached' })
  await arm.getByText('Téléphone prêt').waitFor()
})

it('rings again after a cut, and forgets a call that ended meanwhile', async () => {
  const arm = await house.desk('arm01')
  const caller = await house.callTo(arm, '15')
  house.sipRelay.refuse()
  await arm.locator('.chip.bad', { hasText: 'Téléphone' }).waitFor()
  await caller.call.hangup()
  await arm.locator('.call').waitFor({ state: 'detached' })
  house.sipRelay.accept()
  await arm.getByText('Téléphone prêt').waitFor()
  await arm.locator('.no-call').waitFor()
  await house.callTo(arm, '15')
})

it('says that the network is gone as soon as the browser knows, and comes back with it', async () => {
  const arm = await house.desk('arm01')
  await arm.context().setOffline(true)
  await arm.locator('.chip.bad', { hasText: 'Moteur' }).waitFor()
  await arm.locator('.chip.bad', { hasText: 'Téléphone' }).waitFor()
  await arm.context().setOffline(false)
  await arm.getByText('Moteur relié').waitFor()
  await arm.getByText('Téléphone prêt').waitFor()
  await house.callTo(arm, '15')
})

it('asks before it closes during a call; then the engine seeks somebody else for the caller', async () => {
  const arm = await house.desk('arm01')
  const other = await house.desk('arm02')
  await arm.keyboard.press('p')
  await arm.keyboard.press('Escape')
  const caller = await house.callTo(arm, '15')
  const asked = arm.waitForEvent('dialog')
  const closing = arm.close({ runBeforeUnload: true })
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await closing
  await pageHears(arm)
  await arm.close()
  await pickUp(other)
  await talk(other, caller)
})
