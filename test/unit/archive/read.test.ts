/** Reading an archive: spans of time at their edges, a call, a person; in files larger than what is read at once. */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { idIn } from '../../../src/archive/format.js'
import { NoArchive } from '../../../src/archive/files.js'
import { entriesOfCall, entriesOfPerson, hasEntry, lines } from '../../../src/archive/read.js'
import { BadQuestion, linesOf, showLine } from '../../../src/archive/show.js'
import { verify } from '../../../src/archive/verify.js'
import { ArchiveWriter } from '../../../src/archive/writer.js'

const start = Date.UTC(2026, 9, 5, 12)
const stepMs = 10_000
const count = 9_000
/** Calls are named as Asterisk does; each has three entries. */
const callOf = (nth: number): string => `${Math.floor((start + nth * stepMs) / 1_000)}.${nth}`
const idOf = (nth: number): string => `${start + nth * stepMs}-0`
const entries = Array.from({ length: count }, (_, nth) => ({
  id: idOf(nth),
  json: JSON.stringify({ type: 'left', at: start + nth * stepMs, call: callOf(nth - (nth % 3)), agent: `arm${nth % 50}`, talkMs: nth, why: 'left', padding: 'é'.repeat(100) }),
}))

let dir: string
beforeAll(async () => {
  dir = join(scratchDirectory('archive'), 'a')
  const writer = await ArchiveWriter.open(dir, 'sas-67')
  for (let rest = entries; rest.length > 0; ) rest = rest.slice(await writer.append(rest))
  await writer.close()
})

const idsFrom = async (from: number, to: number): Promise<(string | null)[]> => {
  const ids: (string | null)[] = []
  for await (const some of lines(dir, from, to)) ids.push(...some.map(idIn))
  return ids
}
const all = async <T>(from: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const one of from) found.push(one)
  return found
}

describe('reading', () => {
  it('goes through everything, whatever the size of the files', async () => {
    expect(await idsFrom(0, Date.UTC(2100, 0))).toEqual(entries.map(({ id }) => id))
    expect(await verify(dir)).toMatchObject({ fault: null, entries: count, days: 2 })
  })

  it('takes the first moment of a span and leaves its last, across days', async () => {
    const at = (nth: number): number => start + nth * stepMs
    expect(await idsFrom(at(4_000), at(4_700))).toEqual(entries.slice(4_000, 4_700).map(({ id }) => id))
    expect(await idsFrom(at(4_000) + 1, at(4_002) + 1)).toEqual([idOf(4_001), idOf(4_002)])
    expect(await idsFrom(0, start)).toEqual([])
  })

  it('finds a call, a person, an entry', async () => {
    expect((await all(entriesOfCall(dir, callOf(6_000)))).map(({ id }) => id)).toEqual([6_000, 6_001, 6_002].map(idOf))
    expect(await all(entriesOfPerson(dir, 'arm7'))).toHaveLength(count / 50)
    expect([await hasEntry(dir, idOf(8_999)), await hasEntry(dir, `${start}-1`)]).toEqual([true, false])
  })

  it('prints a day, and asks what is wanted when it is not clear', async () => {
    const day = await all(linesOf(dir, { day: '2026-10-06' }))
    expect(day.map(idIn)).toEqual(entries.slice(4_320).map(({ id }) => id))
    expect(showLine(day[0] ?? '')).toMatch(/^2026-10-06T00:00:00\.000Z left call=\S+ agent=arm20 talkMs=4320 why=left padding=é+$/)
    for (const question of [{}, { call: 'a', person: 'b' }, { day: 'monday' }]) await expect(all(linesOf(dir, question))).rejects.toBeInstanceOf(BadQuestion)
    await expect(all(linesOf(`${dir}-none`, { call: 'a' }))).rejects.toBeInstanceOf(NoArchive)
  })
})
