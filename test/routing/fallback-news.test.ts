/** What the fallback did while no engine was there is told when it is read, with its own times. */
import { expect, it } from 'vitest'
import type { FallbackEntry } from '../../src/routing/events.js'
import { createRoom } from '../../src/routing/roster.js'
import { step } from '../../src/routing/step.js'
import { sampleRules } from './sample-rules.js'

const HOUR_MS = 3_600_000
const entry = { call: 'A', trunk: 'operator', number: '15', result: null, answeredAt: null, phone: null } as const
const factsOf = (...entries: FallbackEntry[]) => step(createRoom(sampleRules, 1, 0), { type: 'fallback-news', at: HOUR_MS, news: { entries, mark: '1' } }).facts

it('R-IN-5 a refusal has the time at which the trunk was full', () => {
  expect(factsOf({ ...entry, event: 'refused', at: 5_000 })).toEqual([{ type: 'turned-away', at: HOUR_MS, call: 'A', trunk: 'operator', number: '15', refusedAt: 5_000 }])
})

it('R-QS-2 a wait begins when the caller came, or, in lines of earlier versions, when the fallback had them', () => {
  const ended: FallbackEntry = { ...entry, event: 'ended', at: 60_000, result: 'n1', answeredAt: 33_000, phone: 'arm01' }
  const waitOf = (arrived: FallbackEntry) => factsOf(arrived, ended).find(({ type }) => type === 'served-by-fallback')
  expect(waitOf({ ...entry, event: 'arrived', at: 5_500, cameAt: 0 })).toMatchObject({ waitMs: 33_000 })
  expect(waitOf({ ...entry, event: 'arrived', at: 5_500 })).toMatchObject({ waitMs: 27_500 })
})
