/** What the exporter makes of a journal that was trimmed, emptied, set back or that lost its last second, and of a disk that takes nothing. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { Exporter, firstDayKept, type ExporterOptions, type Problem } from '../../../src/archive/exporter.js'
import { isAfter, type Gap } from '../../../src/archive/format.js'
import { hasEntry } from '../../../src/archive/read.js'
import { verify } from '../../../src/archive/verify.js'
import { ArchiveWriter } from '../../../src/archive/writer.js'
import type { RawEntry } from '../../../src/redis/journal-copy.js'

const start = Date.UTC(2026, 9, 5)
const entry = (ms: number): RawEntry => ({ id: `${start + ms}-0`, json: `{"type":"giving-ended","at":${start + ms},"rule":"r","forMs":1}` })

let dir: string
let writer: ArchiveWriter
let journal: RawEntry[]
let added: number
let seen: { gaps: Gap[]; problems: Problem[]; closed: string[]; dropped: string[] }

beforeEach(async () => {
  dir = join(scratchDirectory('archive'), 'a')
  writer = await ArchiveWriter.open(dir, 'sas-67')
  journal = []
  added = 0
  seen = { gaps: [], problems: [], closed: [], dropped: [] }
})
afterEach(() => writer.close())

const add = (...all: number[]): void => {
  journal.push(...all.map(entry))
  added += all.length
}

/** Runs until it has nothing more to do. */
const exported = async (changes: Partial<ExporterOptions> = {}): Promise<Exporter> => {
  const end = new AbortController()
  const exporter = new Exporter({
    writer,
    journal: {
      after: async (id, most) => ({
        entries: journal.filter((one) => isAfter(one.id, id ?? '0-0')).slice(0, most),
        anchor: journal.findLast((one) => !isAfter(one.id, id ?? '0-0'))?.id ?? null,
        length: journal.length,
        added,
      }),
      wait: async () => end.abort(),
    },
    has: (id) => hasEntry(dir, id),
    months: 1,
    now: () => start,
    on: {
      gap: (gap) => seen.gaps.push(gap),
      problem: (what) => seen.problems.push(what),
      dayClosed: (day) => seen.closed.push(day),
      dropped: (days) => seen.dropped.push(...days),
    },
    ...changes,
  })
  await exporter.run(end.signal)
  return exporter
}

describe('the exporter', () => {
  it('writes the journal down, day by day', async () => {
    add(1, 2, 86_400_000, 2 * 86_400_000)
    expect((await exported()).view).toMatchObject({ redisUp: true, diskUp: true, astray: false, lagEntries: 0, pendingSince: null })
    expect(seen).toEqual({ gaps: [], problems: [], closed: ['2026-10-05', '2026-10-06'], dropped: [] })
    expect(await verify(dir)).toMatchObject({ fault: null, entries: 4, days: 3 })
  })

  it('says nothing of a journal that was trimmed where it had been', async () => {
    add(1, 2, 3)
    await exported()
    journal = journal.slice(2)
    add(4)
    await exported()
    expect(seen.gaps).toEqual([])
  })

  it.each([
    ['trimmed past it', () => add(3, 4, 5), () => (journal = journal.slice(3)), 4],
    ['emptied', () => (journal = []), () => add(9), 9],
  ])('tells of a gap when the journal was %s', async (_, first, then, before) => {
    add(1, 2)
    await exported()
    first()
    then()
    await exported()
    const gap = { after: entry(2).id, before: entry(before).id }
    expect([seen.gaps, (await verify(dir)).gaps]).toEqual([[gap], [gap]])
  })

  it('tells of no gap when Redis lost its last second, which the archive has', async () => {
    add(1, 2, 3)
    await exported()
    journal = journal.slice(0, 2)
    await exported()
    add(4)
    await exported()
    expect(seen).toMatchObject({ gaps: [], problems: [] })
    expect(await verify(dir)).toMatchObject({ fault: null, entries: 4 })
  })

  it('is alarmed while the journal goes on before the end of the archive, and tells of the gap after', async () => {
    add(10, 20)
    await exported()
    journal = []
    add(11, 12)
    expect((await exported()).view.astray).toBe(true)
    expect(seen.problems).toEqual(['astray'])
    add(21)
    expect((await exported()).view.astray).toBe(false)
    expect(seen.gaps).toEqual([{ after: entry(20).id, before: entry(21).id }])
    expect(await verify(dir)).toMatchObject({ fault: null, entries: 3 })
  })

  it('tries again what the disk did not take, and what Redis did not answer', async () => {
    add(1, 2)
    let failures = 0
    const failing = new Proxy(writer, {
      get: (target, key) => {
        if (key === 'append' && failures++ < 2) return () => Promise.reject(new Error('ENOSPC'))
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    await exported({ writer: failing })
    expect(seen.problems).toEqual(['write', 'write'])
    expect(await verify(dir)).toMatchObject({ fault: null, entries: 2 })
  })

  it('knows how far behind it is', async () => {
    add(...Array.from({ length: 2_500 }, (_, index) => index))
    const lags: number[] = []
    const exporter = new Exporter({
      writer,
      journal: {
        after: async (id, most) => {
          lags.push(exporter.view.lagEntries)
          const rest = journal.filter((one) => isAfter(one.id, id ?? '0-0'))
          return { entries: rest.slice(0, most), anchor: id, length: journal.length, added }
        },
        wait: async () => end.abort(),
      },
      has: (id) => hasEntry(dir, id),
      months: 1,
      now: () => start,
      on: { gap: () => {}, problem: () => {}, dayClosed: () => {}, dropped: () => {} },
    })
    const end = new AbortController()
    await exporter.run(end.signal)
    expect(lags).toEqual([0, 1_500, 500, 0])
  })

  it('drops what is older than whole months, by the clock and by the journal both', async () => {
    add(1, 86_400_000, 70 * 86_400_000)
    await exported({ now: () => start })
    expect(seen.dropped).toEqual([])
    await exported({ now: () => Date.UTC(2200, 0) })
    expect(seen.dropped).toEqual(['2026-10-05', '2026-10-06'])
    expect([firstDayKept(Date.UTC(2026, 10, 15), 37), firstDayKept(Date.UTC(2026, 2, 31), 1)]).toEqual(['2023-10-01', '2026-02-01'])
  })
})
