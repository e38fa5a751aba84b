/** A bounded share of bench/answer-key.ts. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answerOne, quantile } from './answering.js'
import { House } from './house.js'

let house: House
beforeAll(async () => {
  house = await House.open({ change: (sas) => Object.assign(sas.n1, { wrapUpSeconds: 0 }) })
})
afterAll(() => house?.close())

/** A loaded machine of two cores is slower than the 300 ms that the benchmark is held to. */
const pageMsMax = 1_000

it('has sound soon after the answer key, call after call', async () => {
  const page = await house.desk('arm01')
  await answerOne(house, page)
  const answered = []
  for (let call = 0; call < 8; call++) answered.push((await answerOne(house, page)).pageMs)
  console.log(`answer key to sound: p50 ${Math.round(quantile(answered, 0.5))} ms, most ${Math.round(Math.max(...answered))} ms`)
  expect(quantile(answered, 0.5)).toBeLessThan(pageMsMax)
})
