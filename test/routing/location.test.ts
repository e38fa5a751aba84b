/** Where a caller is: kept with the call, told to phones that ring, and in no fact (R-IN-2). */
import { describe, expect, it } from 'vitest'
import type { CallerLocation, LocationResult } from '../../src/routing/events.js'
import { createRoom } from '../../src/routing/roster.js'
import { step, type Outcome } from '../../src/routing/step.js'
import { sampleRules } from './sample-rules.js'

const nowhere = { point: null, radiusM: null, civic: null, method: null, reference: null }
const place: CallerLocation = { ...nowhere, source: 'by-value', point: { lat: 48.85661, lon: 2.35222 }, radiusM: 50 }
const address: CallerLocation = { ...nowhere, source: 'by-reference', reference: 'https://lis.example/a' }

function begin() {
  const room = createRoom(sampleRules, 1, 0)
  step(room, { type: 'call-arrived', at: 0, call: 'A', trunk: 'operator', number: '15', caller: null, arrivedAt: 0, answered: false })
  const tell = (result: LocationResult, location: CallerLocation | null, call = 'A'): Outcome => step(room, { type: 'caller-located', at: 1, call, result, location })
  return { room, tell, known: () => room.calls.get('A')?.location }
}

describe('a location', () => {
  it('is kept with the call and written, and is in no fact', () => {
    const { tell, known } = begin()
    const outcome = tell('value', place)
    expect(known()).toEqual(place)
    expect([...outcome.calls.keys()]).toEqual(['A'])
    expect(outcome.facts).toEqual([{ type: 'caller-located', at: 1, call: 'A', result: 'value' }])
    expect(outcome.effects).toEqual([])
  })

  it('goes to the phone that rings', () => {
    const { room, tell } = begin()
    tell('value', place)
    const { effects } = step(room, { type: 'sign-in', at: 2, agent: 'arm01' })
    expect(effects).toContainEqual(expect.objectContaining({ type: 'ring', location: place }))
  })

  it('is not told again by a later engine', () => {
    const { tell, known } = begin()
    tell('value', place)
    expect(tell('value', { ...place, radiusM: 9 }).facts).toMatchObject([{ type: 'ignored', why: 'known-location' }])
    expect(tell('malformed', null).facts).toMatchObject([{ type: 'ignored', why: 'known-location' }])
    expect(known()).toEqual(place)
  })

  it('says more than the address it was asked at, which stays when nobody answers there', () => {
    const { tell, known } = begin()
    tell('reference', address)
    expect(tell('lookup-failed', null).facts).toMatchObject([{ type: 'caller-located', result: 'lookup-failed' }])
    expect(known()).toEqual(address)
    tell('looked-up', { ...place, ...address, point: place.point })
    expect(known()?.point).toEqual(place.point)
  })

  it('that nobody could read is told, and changes nothing', () => {
    const { tell, known } = begin()
    const outcome = tell('hostile', null)
    expect(outcome.facts).toMatchObject([{ type: 'caller-located', result: 'hostile' }])
    expect(outcome.calls.size).toBe(0)
    expect(known()).toBeNull()
  })

  it('of a call that is over means nothing', () => {
    expect(begin().tell('value', place, 'Z').facts).toMatchObject([{ type: 'ignored', why: 'unknown-call' }])
  })
})
