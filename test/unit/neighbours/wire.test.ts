/** What two SAS say to each other: in i3's names, read back as it was meant, and nothing else read at all. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAsk, readRefusal, readState, writeAsk, writeRefusal, writeState, type OwnState } from '../../../src/neighbours/wire.js'

const amu = { open: true, free: 1, staffed: 4, waiting: 2, expectedWaitMs: 40_000 }
const state = (positions: OwnState['positions']): OwnState => ({ positions, queueLengthMax: 200 })
const said = (text: string) => JSON.parse(text) as { serviceState: { service: object; serviceState: { state: string } }; queues: { state: string }[] }

describe('the state of a SAS (R-MA-1)', () => {
  it('is said in the names of NENA i3', () => {
    expect(said(writeState('sas-67', state({ n1: { open: true, free: 2, staffed: 5, waiting: 3, expectedWaitMs: 12_400 } })))).toEqual({
      serviceState: { service: { name: 'PSAP', domain: 'sas-67' }, serviceState: { state: 'Normal', reason: '' } },
      queues: [{ queueUri: 'sip:n1@sas-67', state: 'Active', queueLength: 3, queueMaxLength: 200, staffed: 5, free: 2, expectedWaitSeconds: 13 }],
    })
  })

  it.each([
    [amu, 'Active'],
    [{ ...amu, staffed: 0, free: 0 }, 'Inactive'],
    [{ ...amu, waiting: 200 }, 'Full'],
    [{ ...amu, open: false }, 'Disabled'],
  ])('has queues that are %j: %s', (position, expected) => {
    expect(said(writeState('a', state({ amu: position }))).queues[0]?.state).toBe(expected)
  })

  it.each([
    [null, 'Down'],
    [state({ amu }), 'Normal'],
    [state({ amu: { ...amu, staffed: 0, free: 0 } }), 'Unstaffed'],
    [state({ amu: { ...amu, waiting: 200 }, mg: { ...amu, open: false } }), 'Overloaded'],
    [state({ amu: { ...amu, waiting: 200 }, mg: amu }), 'Normal'],
  ])('%j is %s', (own, expected) => {
    expect(said(writeState('a', own)).serviceState.serviceState.state).toBe(expected)
  })

  it('is read as it was said', () => {
    const position = fc.record({ open: fc.boolean(), free: fc.nat(50), staffed: fc.integer({ min: 1, max: 50 }), waiting: fc.nat(199), expectedWaitMs: fc.option(fc.nat(3_600).map((s) => s * 1_000)) })
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/), position, { minKeys: 1, maxKeys: 20, noNullPrototype: true }), (positions) => {
        expect(readState(writeState('sas-67', state(positions)))).toEqual({ state: { positions } })
      }),
    )
    expect(readState(writeState('sas-67', null))).toEqual({ state: null })
  })

  const i3 = (service: string, queue: object = {}): string =>
    JSON.stringify({
      serviceState: { service: { name: 'PSAP', domain: 'samu68.example' }, serviceState: { state: service, reason: '' }, securityPosture: { posture: 'Green' } },
      queues: [{ queueUri: 'sip:amu@samu68.example', queueLength: 1, queueMaxLength: 10, state: 'Active', ...queue }],
      more: 'of the next version',
    })

  it('may come from a program that says no more than i3 does', () => {
    expect(readState(i3('Normal'))).toEqual({ state: { positions: { amu: { open: true, free: 0, staffed: 0, waiting: 1, expectedWaitMs: null } } } })
  })

  it.each(['Down', 'GoingDown', 'ScheduledMaintenanceDown', 'Unreachable', 'SomethingNew'])('%s is Down', (service) => {
    expect(readState(i3(service))).toEqual({ state: null })
  })

  it.each([
    ['Partial', 'Standby', true],
    ['Normal', 'Inactive', true],
    ['Normal', 'Full', false],
    ['Normal', 'ResourceExhausted', false],
    ['Normal', 'SomethingNew', false],
    ['Overloaded', 'Active', false],
    ['Unstaffed', 'Active', false],
  ])('%s with a queue that is %s takes calls: %s', (service, queue, open) => {
    expect(readState(i3(service, { state: queue }))).toMatchObject({ state: { positions: { amu: { open } } } })
  })

  it.each(['sip:__proto__@a', 'sip:A@a', 'tel:+33123456789', 'amu', 'sip:@a'])('leaves out the queue %s', (queueUri) => {
    expect(readState(i3('Normal', { queueUri }))).toEqual({ state: { positions: {} } })
  })

  it.each(['', 'null', '[]', '{', '{}', i3('Normal', { queueLength: -1 }), i3('Normal', { queueLength: '1' }), i3('Normal', { free: 1.5 }), i3('Normal', { expectedWaitSeconds: 1e9 }), i3('Normal').replace(/"queues":\[.*?\]/, '"queues":{}')])(
    'is not read from %s',
    (text) => {
      expect(readState(text)).toBe('malformed')
    },
  )

  it('is not read from anything else', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(readState(text)).toBe('malformed')))
  })
})

describe('asking for a place', () => {
  const id = 'A'.repeat(22)
  const ask = { position: 'amu', class: 'P1', visited: ['sas-67'], mayWait: false } as const

  it('is read as it was said', () => {
    expect(readAsk(writeAsk(id, ask))).toEqual({ id, ask })
  })

  it('takes no more than it is asked for: what else is there is left out', () => {
    expect(readAsk(JSON.stringify({ id, ...ask, caller: '+33123456789' }))).toEqual({ id, ask })
  })

  it.each([{ id: 'short' }, { id: `${'A'.repeat(21)}/` }, { class: 'P3' }, { position: '../n1' }, { visited: Array.from({ length: 17 }, () => 'a') }, { visited: 'sas-67' }, { mayWait: 'no' }])('is malformed with %j', (wrong) => {
    expect(readAsk(JSON.stringify({ id, ...ask, ...wrong }))).toBeNull()
  })

  it('is refused for any reason that is not known', () => {
    expect(readRefusal(writeRefusal('full'))).toBe('full')
    expect(readRefusal('{"why":"moon"}')).toBe('refused')
    expect(readRefusal('<html>')).toBeNull()
  })
})
