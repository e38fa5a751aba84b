/** Whose calls count as one line's, and whose number names nobody. */
import { expect, it } from 'vitest'
import { lineOf } from '../../src/redis/earlier-calls.js'

it.each(['0639980001', '+33639980001', '0033639980001', '33639980001', '+330639980001'])('%s is one line, however it is spelled', (number) => {
  expect(lineOf(number)).toBe('0639980001')
})

it.each([
  ['+262639980001', '0639980001'],
  ['+41215550101', '41215550101'],
  ['0041215550101', '41215550101'],
])('%s is %s', (number, line) => {
  expect(lineOf(number)).toBe(line)
})

it.each(['', '15', '112', '3114', '12345678', '000000000', '0000000000', '*#', '+'])('"%s" names nobody', (number) => {
  expect(lineOf(number)).toBeNull()
})
