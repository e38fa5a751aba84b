import { describe, expect, it } from 'vitest'
import { NO_HASH, dayOf, dayOfFile, entryLine, factTypeIn, fileName, gapLine, hashIn, headerLine, idIn, isAfter, numberIn, readEntryLine, readGapLine, readHeaderLine, soundHash, timeOfId } from '../../../src/archive/format.js'

const fact = JSON.stringify({ type: 'drm-opened', at: 1, call: 'c', drm: 'd', agent: 'été, "cité"' })
const header = headerLine({ version: 1, sas: 'sas-67', day: '2026-10-31', previous: NO_HASH })
const entry = entryLine(2, '1761868800000-0', fact, header.hash)
const gap = gapLine(3, { after: '1761868800000-0', before: '1761955200000-2' }, entry.hash)
const soundAfter = (line: string, previous: string): boolean => soundHash(line, previous) !== null

describe('lines of the archive', () => {
  it('are JSON, and say what went in', () => {
    expect(JSON.parse(header.line)).toMatchObject({ version: 1, sas: 'sas-67', day: '2026-10-31', previous: NO_HASH })
    expect(JSON.parse(entry.line)).toEqual({ n: 2, id: '1761868800000-0', fact: JSON.parse(fact), hash: entry.hash })
    expect(readHeaderLine(header.line)).toEqual({ version: 1, sas: 'sas-67', day: '2026-10-31', previous: NO_HASH })
    expect(readEntryLine(entry.line)).toEqual({ id: '1761868800000-0', fact: JSON.parse(fact) })
    expect(factTypeIn(entry.line)).toBe('drm-opened')
    expect([hashIn(header.line), hashIn(entry.line)]).toEqual([header.hash, entry.hash])
  })

  it('tell a header, an entry and a gap from one another', () => {
    expect([header, entry, gap].map(({ line }) => [readHeaderLine(line) !== null, readEntryLine(line) !== null, readGapLine(line) !== null])).toEqual([[true, false, false], [false, true, false], [false, false, true]])
    expect([header, entry, gap].map(({ line }) => [factTypeIn(line), idIn(line), numberIn(line)])).toEqual([[null, null, 1], ['drm-opened', '1761868800000-0', 2], [null, null, 3]])
    expect([readHeaderLine('{'), readGapLine('{"n":3,"gap":'), idIn(''), numberIn('{"')]).toEqual([null, null, null, Number.NaN])
    expect(readGapLine(gap.line)).toEqual({ after: '1761868800000-0', before: '1761955200000-2' })
  })

  it('are sound after the line before them alone, and whole', () => {
    expect([soundAfter(header.line, NO_HASH), soundAfter(entry.line, header.hash), soundAfter(gap.line, entry.hash)]).toEqual([true, true, true])
    expect(soundAfter(entry.line, NO_HASH)).toBe(false)
    for (let at = 0; at < entry.line.length; at++) {
      const flipped = entry.line.slice(0, at) + (entry.line[at] === 'x' ? 'y' : 'x') + entry.line.slice(at + 1)
      expect(soundAfter(flipped, header.hash), flipped).toBe(false)
    }
    expect(soundAfter(entry.line.slice(0, -1), header.hash)).toBe(false)
  })

  it('stand in the file of their day', () => {
    expect(dayOf(timeOfId('1761868800000-12'))).toBe('2025-10-31')
    expect([dayOfFile(fileName('2026-10-31')), dayOfFile('2026-10-31.jsonl.part')]).toEqual(['2026-10-31', null])
  })

  it('are in the order of the journal', () => {
    expect([isAfter('10-1', '9-5'), isAfter('9-10', '9-9'), isAfter('9-9', '9-9'), isAfter('8-99', '9-0')]).toEqual([true, true, false, false])
  })
})
