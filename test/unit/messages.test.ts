/** What people read: a sentence for every refusal, in French as it is printed. */
import { describe, expect, it } from 'vitest'
import { agentStateLabels, errorMessages, noStatusMessages, situationLabels, webLabels } from '../../src/messages.fr.js'
import * as reportWords from '../../src/messages/report.fr.js'
import { duration } from '../../src/status/status-text.js'
import { table } from '../../src/status/table.js'

const sentences = [
  ...Object.values(errorMessages),
  ...Object.values(noStatusMessages).map((message) => message('127.0.0.1:6379', ['a', 'b'])),
]

describe('messages', () => {
  it.each(sentences)('%s', (sentence) => {
    expect(sentence).toMatch(/^[A-ZÀÉÈ].*\.$/)
    expect(sentence).not.toMatch(/'|"|\.\.\./)
  })

  it('say different things for different refusals', () => {
    expect(new Set(Object.values(errorMessages)).size).toBe(Object.values(errorMessages).length)
  })

  it('name states shortly enough for a column', () => {
    for (const label of [...Object.values(agentStateLabels), ...Object.values(situationLabels)])
      expect(label.length).toBeLessThan(15)
  })
})

/** Every text below a value; functions are asked with samples. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') return textsIn((value as (...samples: unknown[]) => unknown)(2, 3, 4))
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

describe('words of the pages and of the activity report', () => {
  it.each([...new Set(textsIn([webLabels, { ...reportWords }]))])('%s', (text) => {
    expect(text).not.toBe('')
    // Typographic apostrophes, a real ellipsis, and no line that begins with a sign: narrow no-break spaces stand before them.
    expect(text).not.toMatch(/'|"|\.\.\.| [:;?!»]|« /)
  })
})

describe('the status table', () => {
  it.each([
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min 00 s'],
    [3_599_000, '59 min 59 s'],
    [3_600_000, '1 h 00 min'],
    [7_380_000, '2 h 03 min'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text)
  })

  it('aligns its columns', () => {
    expect(
      table(
        ['File', 'Attente'],
        [
          ['n1', '2'],
          ['mg-osnp', '10'],
        ],
      ),
    ).toBe(['File     Attente', '───────  ───────', 'n1       2', 'mg-osnp  10'].join('\n'))
  })
})
