/** The fallback's record: read from where it was left, whole lines only, each once. */
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { fallbackRecordIn, noFallbackRecord, readFallbackCalls, type FallbackRecord } from '../../../src/asterisk-config/fallback-record.js'

const t = 1_795_508_818_153
const arrived = (call: string): string => `${t},arrived,${call},operator,15,,,\n`
const ended = (call: string): string => `${t + 9_000},ended,${call},operator,15,n1,${t + 2_000},arm01\n`

let dir: string
let file: string
let record: FallbackRecord
/** Lines told as too old, reading by reading. */
let history: number[]

beforeEach(() => {
  dir = scratchDirectory('test')
  file = join(dir, 'fallback.csv')
  history = []
  record = fallbackRecordIn(file, { now: () => t + 60_000, onHistory: (lines) => history.push(lines) })
})

const callsOf = async (mark: string | null): Promise<{ calls: string[]; mark: string | null }> => {
  const news = await record.read(mark)
  return { calls: news.entries.map(({ call, event }) => `${call} ${event}`), mark: news.mark }
}

it('says what each line says', async () => {
  writeFileSync(file, arrived('1.1') + ended('1.1'))
  const { entries } = await record.read(null)
  expect(entries).toEqual([
    { call: '1.1', trunk: 'operator', number: '15', at: t, event: 'arrived', result: null, answeredAt: null, phone: null },
    { call: '1.1', trunk: 'operator', number: '15', at: t + 9_000, event: 'ended', result: 'n1', answeredAt: t + 2_000, phone: 'arm01' },
  ])
  expect(readFallbackCalls(file)).toEqual([{ ...entries[1], arrivedAt: t }])
})

it('tells when somebody came whom the fallback has, which earlier versions did not write', async () => {
  writeFileSync(file, `${t + 5_500},arrived,1.1,operator,15,,${t},\n${t + 5_500},arrived,1.2,operator,15,,,\n`)
  const { entries } = await record.read(null)
  expect(entries.map(({ at, cameAt, answeredAt }) => [at, cameAt, answeredAt])).toEqual([
    [t + 5_500, t, null],
    [t + 5_500, undefined, null],
  ])
  expect(readFallbackCalls(file).map(({ arrivedAt }) => arrivedAt)).toEqual([t, t + 5_500])
})

it('tells when somebody came who went unseen, and does not take them for a caller of the fallback', async () => {
  writeFileSync(file, `${t + 400},unseen,1.1,operator,15,,${t},\n`)
  const { entries } = await record.read(null)
  expect(entries).toEqual([{ call: '1.1', trunk: 'operator', number: '15', at: t + 400, event: 'unseen', result: null, answeredAt: null, phone: null, cameAt: t }])
  expect(readFallbackCalls(file)).toEqual([])
})

it('tells who found the trunk full, and does not take them for a caller of the fallback', async () => {
  writeFileSync(file, `${t},refused,1.1,operator,116117,,,\n`)
  const { entries } = await record.read(null)
  expect(entries).toEqual([{ call: '1.1', trunk: 'operator', number: '116117', at: t, event: 'refused', result: null, answeredAt: null, phone: null }])
  expect(readFallbackCalls(file)).toEqual([])
})

it('goes on from its mark, and leaves a line that is still being written for later', async () => {
  writeFileSync(file, arrived('1.1') + arrived('1.2').slice(0, 20))
  const first = await callsOf(null)
  expect(first.calls).toEqual(['1.1 arrived'])
  expect((await callsOf(first.mark)).calls).toEqual([])
  appendFileSync(file, arrived('1.2').slice(20) + ended('1.1'))
  const second = await callsOf(first.mark)
  expect(second.calls).toEqual(['1.2 arrived', '1.1 ended'])
  expect(await callsOf(second.mark)).toEqual({ calls: [], mark: second.mark })
})

it('finishes a file that was renamed before it begins the next', async () => {
  writeFileSync(file, arrived('1.1'))
  const first = await callsOf(null)
  appendFileSync(file, arrived('1.2'))
  renameSync(file, join(dir, 'fallback-20261124.csv'))
  const before = await callsOf(first.mark)
  expect(before.calls).toEqual(['1.2 arrived'])
  appendFileSync(join(dir, 'fallback-20261124.csv'), ended('1.1'))
  writeFileSync(file, arrived('1.3'))
  const turned = await callsOf(before.mark)
  expect(turned.calls).toEqual(['1.1 ended', '1.3 arrived'])
  expect(await callsOf(turned.mark)).toEqual({ calls: [], mark: turned.mark })
})

it('begins anew in another file, and in one that was cut', async () => {
  writeFileSync(file, arrived('1.1') + arrived('1.2'))
  const { mark } = await callsOf(null)
  writeFileSync(`${file}.new`, arrived('1.3'))
  rmSync(file)
  renameSync(`${file}.new`, file)
  const turned = await callsOf(mark)
  expect(turned.calls).toEqual(['1.3 arrived'])
  writeFileSync(file, '')
  appendFileSync(file, arrived('1.4').slice(0, 5))
  expect((await callsOf(turned.mark)).calls).toEqual([])
})

it('read for the first time tells of the last day alone, and how much it left out', async () => {
  const dayAgo = t + 60_000 - 86_400_000
  const at = (time: number, call: string): string => `${time},arrived,${call},operator,15,,,\n`
  const old = at(dayAgo - 1, '1.1') + at(dayAgo - 1, '1.2')
  // Also when an engine looked before there was a file.
  for (const mark of [null, (await callsOf(null)).mark]) {
    writeFileSync(file, old + at(dayAgo, '1.3'))
    history = []
    const first = await callsOf(mark)
    expect([first.calls, history]).toEqual([['1.3 arrived'], [2]])
    // Of a record that is known, everything counts: no engine may have been there for days.
    appendFileSync(file, at(dayAgo - 1, '1.4'))
    expect([(await callsOf(first.mark)).calls, history]).toEqual([['1.4 arrived'], [2]])
    rmSync(file)
  }
})

it('passes over what is no line of it', async () => {
  writeFileSync(file, `\n1,arrived,1.1,operator,15,,,\nx\n${t},sang,1.1,operator,15,,,\n${t},ended,1.1,operator,15,,,\n${arrived('1.2')}`)
  expect((await callsOf(null)).calls).toEqual(['1.2 arrived'])
})

it('is empty while there is no file, and none where it cannot be read', async () => {
  expect(await record.read(null)).toEqual({ entries: [], mark: '0:0' })
  expect(await noFallbackRecord.read('1:2')).toEqual({ entries: [], mark: null })
  await expect(fallbackRecordIn(dir, { now: () => t }).read(null)).rejects.toThrow()
})
