/** How numbers, times and places are written, and what keys are called. */
import { expect, it, vi } from 'vitest'
import { sentence } from '../../../src/messages.fr.js'
import type { CallerLocation } from '../../../src/routing/events.js'
import { civicLines, counted, departementOf, percent, spelled, telephone } from '../../../src/web/parts/words.js'

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined })
const { nameOf } = await import('../../../src/web/parts/keys.js')

it.each([
  [0, '0:00'],
  [7_900, '0:07'],
  [754_000, '12:34'],
  [3_720_000, '1 h 02'],
])('counts %i ms as %s', (ms, text) => expect(counted(ms)).toBe(text))

it.each([
  ['+33639980012', '06 39 98 00 12'],
  ['0033639980012', '06 39 98 00 12'],
  ['0199000001', '01 99 00 00 01'],
  ['15', '15'],
  ['+32470000000', '+32470000000'],
])('writes the number %s as %s', (number, text) => expect(telephone(number)).toBe(text))

it('writes waits in words, and shares never rounded up', () => {
  expect(spelled(59_400)).toBe('59 s')
  expect(spelled(61_000)).toBe('1 min 01 s')
  expect(percent(0.8999)).toBe('89 %')
  expect(percent(null)).toBe('–')
})

it('writes an address as on an envelope, and knows its département', () => {
  const place = (civic: Record<string, string>): CallerLocation => ({ source: 'by-value', point: null, radiusM: null, civic, method: null, reference: null })
  expect(civicLines(place({ HNO: '12', A6: 'rue des Fictions', PC: '67000', A3: 'Strasbourg' }))).toEqual(['12 rue des Fictions', '67000 Strasbourg'])
  expect(departementOf(place({ PC: '67000' }))).toBe('67')
  expect(departementOf(place({ PC: '97400' }))).toBe('974')
  expect(departementOf(place({ A3: 'Strasbourg' }))).toBeNull()
  expect(departementOf(null)).toBeNull()
})

it.each([
  [{ key: 'd', code: 'KeyD', shiftKey: false }, 'd'],
  [{ key: 'R', code: 'KeyR', shiftKey: true }, 'Maj+r'],
  // AZERTY: the row of digits without Shift.
  [{ key: '&', code: 'Digit1', shiftKey: false }, '1'],
  [{ key: '0', code: 'Numpad0', shiftKey: false }, '0'],
  [{ key: '1', code: 'Digit1', shiftKey: true }, '1'],
  [{ key: '?', code: 'KeyM', shiftKey: true }, '?'],
  [{ key: 'F2', code: 'F2', shiftKey: false }, 'F2'],
])('calls the key %o %s', (event, name) => expect(nameOf(event)).toBe(name))

it('tells decisions in sentences', () => {
  const names = { queue: (id: string) => id.toUpperCase(), agent: (id: string) => id, duration: spelled }
  expect(sentence({ type: 'queued', at: 0, call: 'A', queue: 'n1', class: 'P1', why: 'arrival', waiting: 4 }, names)).toBe('Entre dans la file N1 à son arrivée\u202f; 4 attendent.')
  expect(sentence({ type: 'offered', at: 0, call: 'A', queue: 'n1', agent: 'arm01', leg: 'L', why: { rule: 'longest-idle', free: 3 } }, names)).toBe('Sonne chez arm01, libre depuis le plus longtemps des 3 disponibles.')
  expect(sentence({ type: 'ignored', at: 0, event: 'tick', why: '' }, names)).toBeNull()
})
