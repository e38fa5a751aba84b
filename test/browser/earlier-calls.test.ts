/** The card of a call says how often its number called. */
import { afterAll, beforeAll, it } from 'vitest'
import { House, pickUp } from './house.js'

let house: House
beforeAll(async () => {
  house = await House.open()
})
afterAll(() => house?.close())

it('the first call of a number in 24 h, and the next one', async () => {
  const arm = await house.desk('arm01')
  const from = '+33639980777'
  for (const said of ['Premier appel en 24 h', '1 autre appel en 24 h', '2 autres appels en 24 h']) {
    const call = await house.trunks.get('operator')?.dial('15', { from, asserted: from })
    await pickUp(arm)
    await arm.locator('.call .earlier-calls', { hasText: said }).waitFor()
    await call?.hangup()
    await arm.locator('.state.ready').waitFor()
  }
})
