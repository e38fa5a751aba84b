/** A share of the histories; `npm run histories -- --count 100000` plays them all. */
import { expect, test } from 'vitest'
import { report, tryHistories } from './histories-run.js'

const count = 3_000

test(`${count} random histories hold every invariant, and every call ends`, () => {
  const seed = Date.now() % 1_000_000_000
  console.log(`histories: seed ${seed}`)
  const failure = tryHistories(count, seed)
  expect(failure, failure ? report(failure) : '').toBeNull()
})
