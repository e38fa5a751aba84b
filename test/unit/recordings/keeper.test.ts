/** Recordings are sealed once whole, kept as long as they are to be, and any change of them is seen (R-TO-3). */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RecordingKeeper, type KeeperOptions, type Looked } from '../../../src/recordings/keeper.js'
import { scratchDirectory } from '../../../lab/scratch.js'
import { Shelf } from '../../../src/recordings/shelf.js'
import { put, wav } from './wav.js'

const now = Date.UTC(2026, 0, 4, 11)
const minute = 60_000
const day = 24 * 60 * minute

let dir: string
let problems: unknown[]
beforeEach(() => {
  dir = scratchDirectory('recordings')
  problems = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const keeper = (options: Partial<KeeperOptions> = {}): RecordingKeeper =>
  new RecordingKeeper({ dir, retentionMs: () => 30 * day, now: () => now, onProblem: (problem) => problems.push(problem), ...options })
const sealOf = (name: string): unknown => JSON.parse(readFileSync(join(dir, `${name}.json`), 'utf8'))

describe('a recording', () => {
  it('is sealed with its SHA-256 once Asterisk has closed it and left it alone', async () => {
    put(dir, '1795996877.2', now - 2 * minute)
    put(dir, 'C-1795996877.2-1-7', now - 1_000)
    put(dir, '1795996877.4', now - 2 * minute, wav(1, false))
    const { sealed, open, removed } = await keeper().look()
    expect(sealed).toEqual([{ name: '1795996877.2', sealedAt: now, bytes: 16_044, sha256: createHash('sha256').update(wav()).digest('hex'), cut: false }])
    expect(sealOf('1795996877.2')).toEqual(sealed[0])
    expect({ open, removed, problems }).toEqual({ open: 2, removed: [], problems: [] })
  })

  it('is sealed once', async () => {
    put(dir, 'a', now - 2 * minute)
    const same = keeper()
    await same.look()
    for (const one of [same, keeper()]) expect(await one.look()).toMatchObject({ sealed: [], open: 0 })
  })

  it('that Asterisk never closed is closed after half a day, and its seal says so', async () => {
    put(dir, 'a', now - day, wav(2, false))
    const { sealed } = await keeper().look()
    expect(sealed).toMatchObject([{ name: 'a', cut: true }])
    expect(readFileSync(join(dir, 'a.wav')).equals(wav(2))).toBe(true)
    // Its retention runs from its last word.
    expect(statSync(join(dir, 'a.wav')).mtimeMs).toBe(now - day)
    expect(await keeper().verify()).toEqual(new Map([['a', 'sound']]))
  })

  it('goes when its retention is over, with its seal; without a retention none goes', async () => {
    put(dir, 'old', now - 30 * day - 1_000)
    put(dir, 'young', now - 30 * day + minute)
    await keeper({ retentionMs: () => null }).look()
    expect(readdirSync(dir).sort()).toEqual(['old.json', 'old.wav', 'young.json', 'young.wav'])
    const { removed, kept } = await keeper().look()
    expect({ removed, kept }).toEqual({ removed: [{ name: 'old', sha256: createHash('sha256').update(wav()).digest('hex'), cut: false }], kept: 1 })
    expect(readdirSync(dir).sort()).toEqual(['young.json', 'young.wav'])
  })

  it('of which Asterisk has written the header alone is not whole: its length says 0 until it is closed', async () => {
    put(dir, 'a', now - 2 * minute, wav(0))
    expect(await keeper().look()).toMatchObject({ sealed: [], open: 1 })
  })

  it.each(['the same keeper', 'another'])('with which Asterisk goes on after it was sealed is sealed anew by %s, and the seal keeps what it said', async (who) => {
    let at = now
    const first = keeper({ now: () => at })
    put(dir, 'a', now - 2 * minute)
    const [before] = (await first.look()).sealed
    at += 10 * minute
    put(dir, 'a', at - 2 * minute, wav(2))
    expect(await first.verify()).toEqual(new Map([['a', 'unsealed']]))
    const next = who === 'another' ? keeper({ now: () => at }) : first
    const { sealed } = await next.look()
    const sha256 = createHash('sha256').update(wav(2)).digest('hex')
    expect(sealed).toEqual([{ name: 'a', sealedAt: at, bytes: 32_044, sha256, cut: false, before: [{ sealedAt: now, bytes: 16_044, sha256: before?.sha256 }] }])
    expect(await next.look()).toMatchObject({ sealed: [] })
    expect(await next.verify()).toEqual(new Map([['a', 'sound']]))
  })

  it.each([
    ['has other words', now, wav(1).fill(1, 44)],
    ['has grown much later', now + day, wav(2)],
  ])('that %s is not sealed anew', async (_, at, content) => {
    put(dir, 'a', now - 2 * minute)
    await keeper().look()
    put(dir, 'a', at, content)
    const late = keeper({ now: () => now + 2 * day })
    expect(await late.look()).toMatchObject({ sealed: [] })
    expect(await late.verify()).toEqual(new Map([['a', 'changed']]))
  })

  it('that changed or is gone is told', async () => {
    for (const name of ['a', 'b', 'c', 'd']) put(dir, name, now - 2 * minute)
    await keeper().look()
    appendFileSync(join(dir, 'b.wav'), 'x')
    rmSync(join(dir, 'c.wav'))
    writeFileSync(join(dir, 'd.json'), '{}')
    expect(await keeper().verify()).toEqual(new Map([['a', 'sound'], ['b', 'changed'], ['c', 'missing'], ['d', 'changed']]))
  })
})

describe('the directory', () => {
  it('may hold other things: they are left alone', async () => {
    const elsewhere = join(dir, '..', 'elsewhere.txt')
    writeFileSync(join(dir, 'note.txt'), 'x')
    mkdirSync(join(dir, 'folder.wav'))
    symlinkSync(elsewhere, join(dir, 'link.wav'))
    expect(await keeper({ retentionMs: () => 0 }).look()).toMatchObject({ sealed: [], removed: [], open: 0 })
    expect(readdirSync(dir)).toHaveLength(3)
  })

  it('loses what an end in the middle of a removal or a sealing left; a seal within its retention stays, and tells what is missing', async () => {
    for (const name of ['gone', 'lost']) put(dir, name, now - 2 * minute)
    await keeper().look()
    for (const name of ['gone', 'lost']) rmSync(join(dir, `${name}.wav`))
    writeFileSync(join(dir, 'half.json.new'), '{')
    utimesSync(join(dir, 'gone.json'), 0, (now - 31 * day) / 1_000)
    utimesSync(join(dir, 'lost.json'), 0, now / 1_000)
    await keeper().look()
    expect(readdirSync(dir)).toEqual(['lost.json'])
    expect(await keeper().verify()).toEqual(new Map([['lost', 'missing']]))
  })

  it('that cannot be read says so, and not that there is nothing', async () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    const shelf = new Shelf(file)
    for (const asked of [() => shelf.open('a'), () => shelf.stat('a'), () => shelf.seal('a')]) await expect(asked()).rejects.toThrow('ENOTDIR')
  })

  it('says how much room is left', async () => {
    const { size, free } = (await keeper().look()).disk
    expect(free).toBeGreaterThan(0)
    expect(size).toBeGreaterThanOrEqual(free)
  })

  it('that is not there is a problem, and is looked at again', async () => {
    const later = join(dir, 'later')
    const comes = (): void => {
      if (existsSync(later)) return
      mkdirSync(later)
      put(later, 'a', now - 2 * minute)
    }
    let patient: RecordingKeeper | undefined
    const { sealed } = await new Promise<Looked>((onLooked) => {
      patient = keeper({ dir: later, everyMs: 1, onLooked, onProblem: comes })
      patient.start()
    })
    await patient?.stop()
    expect(sealed.map(({ name }) => name)).toEqual(['a'])
  })
})
