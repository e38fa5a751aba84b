/** The archive's one writer: where it is, what it cuts, what it refuses; and what verification says of what was done to the files. */
import { appendFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { gapLine, headerLine, idIn, readEntryLine } from '../../../src/archive/format.js'
import { isLocked } from '../../../src/archive/lock.js'
import { lines } from '../../../src/archive/read.js'
import { showVerdict, verify, type FaultKind } from '../../../src/archive/verify.js'
import { ArchiveRefused, ArchiveWriter } from '../../../src/archive/writer.js'

const monday = Date.UTC(2026, 9, 5)
const dayMs = 86_400_000

const writers = new Set<ArchiveWriter>()
afterEach(async () => {
  for (const writer of writers) await writer.close()
  writers.clear()
})
const opened = async (dir: string, sas = 'sas-67'): Promise<ArchiveWriter> => {
  const writer = await ArchiveWriter.open(dir, sas)
  writers.add(writer)
  return writer
}
const closed = async (writer: ArchiveWriter): Promise<void> => {
  writers.delete(writer)
  await writer.close()
}

/** One entry every six hours from Monday on. */
const entry = (nth: number) => {
  const at = monday + nth * (dayMs / 4)
  return { id: `${at}-${nth % 2}`, json: JSON.stringify({ type: 'escalated', at, call: `é${nth}`, queue: 'n1', waitMs: 1, times: nth }) }
}
const entries = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => entry(from + index))

const fill = async (writer: ArchiveWriter, all: readonly ReturnType<typeof entry>[]): Promise<void> => {
  for (let rest = all; rest.length > 0; ) rest = rest.slice(await writer.append(rest))
}

/** Of three days, four entries each. */
const written = async (): Promise<string> => {
  const dir = join(scratchDirectory('archive'), 'a')
  const writer = await opened(dir)
  await fill(writer, entries(0, 12))
  await closed(writer)
  return dir
}

const idsIn = async (dir: string): Promise<(string | null)[]> => {
  const ids: (string | null)[] = []
  for await (const some of lines(dir, 0, Date.UTC(2100, 0))) ids.push(...some.map(idIn))
  return ids
}
const idsOf = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id)
const last = (dir: string): string => join(dir, readdirSync(dir).sort().at(-1) ?? '')

describe('the writer', () => {
  it('keeps a day a file, readable by its owner alone, and goes on where it was', async () => {
    const dir = await written()
    expect(readdirSync(dir).sort()).toEqual(['2026-10-05.jsonl', '2026-10-06.jsonl', '2026-10-07.jsonl'])
    expect([dir, last(dir)].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600])
    const again = await opened(dir)
    expect([again.lastId, again.day, again.cutBytes]).toEqual([entry(11).id, '2026-10-07', 0])
    await fill(again, entries(12, 14))
    expect(again.bytes).toBe(readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0))
    expect(await idsIn(dir)).toEqual(idsOf(entries(0, 14)))
    expect(await verify(dir)).toMatchObject({ fault: null, sas: 'sas-67', entries: 14, lines: 18, days: 4, from: monday, until: monday + 13 * (dayMs / 4), hash: again.hash })
  })

  it.each([...Array(8).keys()].map((part) => part / 8))('cut short at any byte, writes what is missing and nothing twice (%d of the last two lines)', async (part) => {
    const dir = await written()
    const text = readFileSync(last(dir), 'latin1')
    const start = text.lastIndexOf('{"n":4')
    truncateSync(last(dir), Math.floor(start + part * (text.length - start)))
    const again = await opened(dir)
    const next = entries(0, 12).findIndex(({ id }) => id === again.lastId) + 1
    await fill(again, entries(next, 12))
    expect(readFileSync(last(dir), 'latin1')).toBe(text)
  })

  it.each([0, 10, 1_000])('takes a header or a gap that no entry follows for nothing (%d bytes of them)', async (bytes) => {
    const dir = await written()
    const { hash } = await verify(dir)
    const header = headerLine({ version: 1, sas: 'sas-67', day: '2026-10-08', previous: hash ?? '' })
    const gap = gapLine(2, { after: entry(11).id, before: entry(13).id }, header.hash)
    writeFileSync(join(dir, '2026-10-08.jsonl'), `${header.line}\n${gap.line}\n`.slice(0, bytes))
    const again = await opened(dir)
    expect([again.lastId, existsSync(join(dir, '2026-10-08.jsonl'))]).toEqual([entry(11).id, false])
  })

  it('tells a gap before what comes after it', async () => {
    const dir = await written()
    const gap = { after: entry(11).id, before: entry(20).id }
    const writer = await opened(dir)
    await writer.append([entry(20)], gap)
    expect(await verify(dir)).toMatchObject({ fault: null, gaps: [gap], entries: 13 })
    // Whoever asks for the time that it covers hears of it, whichever file it is in.
    const within: string[] = []
    for await (const some of lines(dir, monday + 3 * dayMs, monday + 4 * dayMs)) within.push(...some)
    expect(within).toHaveLength(1)
    expect(within[0]).toContain('"gap":')
  })

  it('is alone in its directory', async () => {
    const dir = await written()
    const writer = await opened(dir)
    expect(isLocked(dir)).toBe(true)
    await expect(opened(dir)).rejects.toThrow(/has an archiver already/)
    await closed(writer)
    expect(isLocked(dir)).toBe(false)
  })

  it('goes on with no archive of another SAS, and with none that was changed', async () => {
    const dir = await written()
    await expect(opened(dir, 'sas-51')).rejects.toThrow(/of another SAS/)
    const [path, text] = [last(dir), readFileSync(last(dir), 'utf8')]
    writeFileSync(path, text.replace('"times":9', '"times":8'))
    await expect(opened(dir)).rejects.toThrow(/2026-10-07\.jsonl, line 3: this line was changed/)
  })

  it('does not go on in a file that was taken away', async () => {
    const dir = await written()
    const writer = await opened(dir)
    await writer.append([entry(12)])
    rmSync(last(dir))
    await expect(writer.append([entry(13)])).rejects.toBeInstanceOf(ArchiveRefused)
  })

  it('drops whole days, the oldest, and never the last', async () => {
    const dir = await written()
    const writer = await opened(dir)
    expect(await writer.dropBefore('2026-10-06')).toEqual(['2026-10-05'])
    expect(await verify(dir)).toMatchObject({ fault: null, entries: 8, from: monday + dayMs })
    expect(await writer.dropBefore('2030-01-01')).toEqual(['2026-10-06'])
    expect([readdirSync(dir), writer.bytes]).toEqual([['2026-10-07.jsonl'], statSync(last(dir)).size])
  })
})

describe('verification', () => {
  const middle = '2026-10-06.jsonl'
  const edit = (dir: string, change: (all: string[]) => string[], name = middle): void =>
    writeFileSync(join(dir, name), `${change(readFileSync(join(dir, name), 'utf8').trimEnd().split('\n')).join('\n')}\n`)

  const cases: [string, (dir: string) => void, FaultKind, string, number][] = [
    ['a changed fact', (dir) => edit(dir, (all) => all.map((line) => line.replace('"times":5', '"times":6'))), 'changed', middle, 3],
    ['a changed hash', (dir) => edit(dir, (all) => all.map((line, at) => (at === 2 ? line.replace(/(.)"}$/, (_, digit) => `${digit === '0' ? '1' : '0'}"}`) : line))), 'changed', middle, 3],
    ['a changed number', (dir) => edit(dir, (all) => all.map((line) => line.replace('"n":3', '"n":8'))), 'changed', middle, 3],
    ['a changed header', (dir) => edit(dir, (all) => all.map((line) => line.replace('sas-67', 'sas-68'))), 'changed', middle, 1],
    ['a missing line', (dir) => edit(dir, (all) => all.toSpliced(2, 1)), 'missing', middle, 3],
    ['swapped lines', (dir) => edit(dir, (all) => all.toSpliced(2, 2, all[3] as string, all[2] as string)), 'moved', middle, 3],
    ['a line put in twice', (dir) => edit(dir, (all) => all.toSpliced(3, 0, all[2] as string)), 'moved', middle, 4],
    ['a missing header', (dir) => edit(dir, (all) => all.slice(1)), 'no-header', middle, 1],
    ['a missing end', (dir) => edit(dir, (all) => all.slice(0, -1)), 'cut-off', '2026-10-07.jsonl', 1],
    ['a missing day', (dir) => rmSync(join(dir, middle)), 'cut-off', '2026-10-07.jsonl', 1],
    ['a renamed day', (dir) => renameSync(join(dir, middle), join(dir, '2026-10-05-.jsonl')), 'cut-off', '2026-10-07.jsonl', 1],
    ['a day of another name', (dir) => renameSync(join(dir, '2026-10-07.jsonl'), join(dir, '2026-10-08.jsonl')), 'misnamed', '2026-10-08.jsonl', 1],
    ['a day of another SAS', (dir) => edit(dir, () => [headerLine({ version: 1, sas: 'sas-51', day: '2026-10-06', previous: '' }).line]), 'foreign', middle, 1],
    ['a torn end', (dir) => appendFileSync(last(dir), '{"n":6'), 'torn', '2026-10-07.jsonl', 6],
    ['an emptied day', (dir) => truncateSync(join(dir, middle)), 'torn', middle, 1],
  ]
  it.each(cases)('finds %s', async (_, harm, kind, file, line) => {
    const dir = await written()
    harm(dir)
    const verdict = await verify(dir)
    expect(verdict.fault).toEqual({ file, line, kind })
    expect(showVerdict(verdict)).toContain(`NOT SOUND: ${file}, line ${line}: `)
  })

  it('finds any single bit that was flipped', async () => {
    const dir = await written()
    const path = join(dir, middle)
    const good = readFileSync(path)
    for (let at = 0; at < good.length; at += 7) {
      const bad = Buffer.from(good)
      bad[at] = (bad[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(path, bad)
      expect((await verify(dir)).fault, `byte ${at}`).toMatchObject({ file: middle, line: good.subarray(0, at).toString('latin1').split('\n').length })
    }
  })

  it('is of bytes: what only reads the same is not the same', async () => {
    const dir = join(scratchDirectory('archive'), 'a')
    const writer = await opened(dir)
    await writer.append([{ id: `${monday}-0`, json: '"\uFFFD"' }])
    const text = readFileSync(last(dir), 'latin1')
    writeFileSync(last(dir), text.replace('\u00ef\u00bf\u00bd', '\u00ff'), 'latin1')
    expect((await verify(dir)).fault).toMatchObject({ line: 2, kind: 'changed' })
  })

  it('lets the last line be unfinished while an archiver is at work', async () => {
    const dir = await written()
    const writer = await opened(dir)
    appendFileSync(last(dir), '{"n":6')
    expect(await verify(dir)).toMatchObject({ fault: null, unfinished: true })
    await fill(writer, entries(12, 13))
  })

  it('finds the very last end of line flipped while an archiver is at work', async () => {
    const dir = await written()
    await opened(dir)
    const good = readFileSync(last(dir))
    for (let bit = 0; bit < 8; bit++) {
      writeFileSync(last(dir), Buffer.from(good.map((byte, at) => (at === good.length - 1 ? byte ^ (1 << bit) : byte))))
      expect(await verify(dir)).toMatchObject({ fault: { file: '2026-10-07.jsonl', line: 5, kind: 'torn' }, unfinished: false })
    }
  })

  it('reads back what was archived', async () => {
    const read: unknown[] = []
    for await (const some of lines(await written(), monday, monday + 1)) read.push(...some.map(readEntryLine))
    expect(read).toEqual([{ id: entry(0).id, fact: JSON.parse(entry(0).json) }])
  })
})
