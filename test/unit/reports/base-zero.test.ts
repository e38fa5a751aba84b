/** R-QS-5: what the SAS says of the months before its launch, and of 2019. */
import { describe, expect, it } from 'vitest'
import { BaseZeroError, meanOfMonths, readBaseZero } from '../../../src/reports/base-zero.js'

const header = 'mois;1;2;3;4;5'
const sound = ['2019-03;1000;80,0 %;900;400;500', '2019-04;1000;80%;900;400;500', '2019-05;2000;50,00 %;;;', '2026-03;3 000;90 %;2\u00A0700;1200;1500', '2026-04;3\u202F000;90,5%;2700;1200;1500', '2026-05;3000;91.0 %;2700;1200;1500']
const fileOf = (lines: readonly string[], first = header): string => [first, ...lines].join('\r\n')

const faultsOf = (text: string): readonly string[] => {
  try {
    readBaseZero(text)
    return []
  } catch (error) {
    if (error instanceof BaseZeroError) return error.faults
    throw error
  }
}
const changed = (index: number, line: string): string => fileOf(sound.map((one, at) => (at === index ? line : one)))

describe('the base zéro', () => {
  it('is read as French Excel writes it, in any order, with what is not known left out', () => {
    const { launch, year2019 } = readBaseZero(`\uFEFF${fileOf([...sound].reverse(), `${header};;`)}\r\n;;;;;\r\n`)
    expect(launch.map(({ month }) => month)).toEqual(['2026-03', '2026-04', '2026-05'])
    expect(launch[0]?.values).toEqual({ '1.1': 3_000, '1.2': 0.9, '1.3': 2_700, '1.4': 1_200, '1.5': 1_500 })
    expect(year2019[2]?.values).toEqual({ '1.1': 2_000, '1.2': 0.5, '1.3': null, '1.4': null, '1.5': null })
  })

  it('means a month: ratios by how many were answered, nothing where a month is not known', () => {
    const { launch, year2019 } = readBaseZero(fileOf(sound))
    expect(meanOfMonths(year2019, '1.1')).toBeCloseTo(4_000 / 3)
    expect(meanOfMonths(year2019, '1.2')).toBeCloseTo((800 + 800 + 1_000) / 4_000)
    expect(meanOfMonths(year2019, '1.3')).toBeNull()
    expect(meanOfMonths(launch, '1.3')).toBe(2_700)
  })

  it('may go over the turn of a year', () => {
    const months = ['2025-11', '2025-12', '2026-01', '2019-11', '2019-12', '2019-01']
    expect(readBaseZero(fileOf(months.map((month) => `${month};1;50%;1;0;1`))).year2019.map(({ month }) => month)).toEqual(['2019-11', '2019-12', '2019-01'])
  })

  it.each([
    ['another header', fileOf(sound, 'mois,1,2,3,4,5'), ['line 1: write mois;1;2;3;4;5, with semicolons']],
    ['no month', changed(3, 'mars 2026;1;2 %;3;1;1'), ['line 5: mars 2026 is no month: write such as 2026-03']],
    ['too few indicators', changed(3, '2026-03;1;2 %;3'), ['line 5: has 3 indicators; write five, nothing between two semicolons for one that is not known']],
    ['no number', changed(0, '2019-03;mille;80 %;1;0;1'), ['line 2: 1: mille is no whole number']],
    ['a share without its sign', changed(0, '2019-03;1;0,8;1;0;1'), ['line 2: 2: 0,8 is no percentage: write such as 87,3 %']],
    ['more than all', changed(0, '2019-03;1;100,1 %;1;0;1'), ['line 2: 2: 100,1 % is no percentage: write such as 87,3 %']],
    ['parts that are more than the whole', changed(0, '2019-03;1;80 %;1;1;1'), ['line 2: 4 and 5 together are more than 3']],
    ['a month twice', changed(1, '2019-03;1;80 %;1;0;1'), ['line 3: 2019-03 is there already, on line 2']],
    ['a month that is missing', fileOf(sound.slice(1)), ['2019-03 is missing: 03 is among the months before the launch']],
    ['a month too many', fileOf([...sound, '2019-06;1;80 %;1;0;1']), ['line 8: 2019-06 is none of the months before the launch']],
    ['months apart', changed(5, '2026-06;1;80 %;1;0;1'), ['the three months before the launch must be there, one after the other; there are 2026-03, 2026-04, 2026-06 besides 2019']],
  ])('is refused with %s', (_, text, faults) => {
    expect(faultsOf(text)).toEqual(faults)
  })
})
