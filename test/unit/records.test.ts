/** Records of an engine that did not know of all that this one keeps are read as it would have kept them. */
import { expect, test } from 'vitest'
import { readCall } from '../../src/redis/records.js'
import { rulebook, sampleRules } from '../routing/sample-rules.js'
import { carryOut } from '../routing/script.js'
import { World } from '../routing/world.js'

const world = new World(rulebook['byHand'] ?? sampleRules)
const lines = [
  'arm01 signs in',
  'A dials 15 on operator',
  'arm01 answers',
  'arm01 parks A',
  'B dials 1803 on fire',
  'osnp01 signs in',
  'C dials 1803 on fire',
  'arm02 signs in',
  'wait 20s',
  'osnp01 picks B',
  'arm02 picks C',
  'arm02 answers',
]
for (const line of lines) carryOut(world, line)

const known = ['recheckAt', 'rechecksDue', 'heldUntil', 'rule', 'place', 'channel', 'callback']

test.each(['A', 'B', 'C'])('the record of %s comes back as it was', (id) => {
  const call = world.room.calls.get(id)
  expect(readCall(id, JSON.stringify(call))).toEqual({ ok: true, record: call })
})

test.each([
  ['A', { kind: 'seeking', ticket: { heldUntil: null, recheckAt: null, rechecksDue: 0 } }],
  ['B', { kind: 'seeking', ticket: { offers: [{ rule: 'longest-idle' }] } }],
  ['C', { kind: 'talking', place: null }],
])('an older record of %s is read', (id, state) => {
  const older = JSON.stringify(world.room.calls.get(id), (key, value: unknown) => (known.includes(key) ? undefined : value))
  expect(readCall(id, older)).toMatchObject({ ok: true, record: { channel: id, callback: null, state } })
})
