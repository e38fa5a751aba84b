/**
 * From the answer key in the browser until sound flows: 50 calls, real Asterisk, Redis, engine and Chromium on one machine.
 * Usage: npx tsx bench/answer-key.ts [calls]
 */
import { answerOne, quantile } from '../test/browser/answering.js'
import { House } from '../test/browser/house.js'

const wanted = Number(process.argv[2] ?? 50)

async function main(): Promise<void> {
  const house = await House.open({ change: (sas) => Object.assign(sas.n1, { wrapUpSeconds: 0 }) })
  try {
    const page = await house.desk('arm01')
    // The first call of a page, of an engine and of a test costs more than any other.
    await answerOne(house, page)
    const answered = []
    for (let call = 0; call < wanted; call++) answered.push(await answerOne(house, page))
    const told = (name: string, values: readonly number[]): string => `${name}: p50 ${Math.round(quantile(values, 0.5))}, p95 ${Math.round(quantile(values, 0.95))}, most ${Math.round(Math.max(...values))} ms`
    console.log(`${answered.length} calls, key to sound`)
    console.log(told('in the page  ', answered.map(({ pageMs }) => pageMs)))
    console.log(told('at the caller', answered.map(({ callerMs }) => callerMs)))
  } finally {
    await house.clear()
    await house.close()
  }
}

await main()
process.exit(0)
