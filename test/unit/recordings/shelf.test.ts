/** The list of recordings, of which there may be many, on a disk that may hang (R-TO-3). */
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { Shelf, type OpenRecording } from '../../../src/recordings/shelf.js'
import { DiskHangs, Turns } from '../../../src/recordings/turns.js'
import { put } from './wav.js'

let dir: string
beforeEach(() => void (dir = scratchDirectory('recordings')))
afterEach(() => rmSync(dir, { recursive: true, force: true }))

class CountingShelf extends Shelf {
  opened = 0
  override open(name: string): Promise<OpenRecording | null> {
    this.opened++
    return super.open(name)
  }
}

describe('the list', () => {
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${1_000 + from + index}.1`).reverse()

  it('opens those of its page alone, and each page goes on behind the one before', async () => {
    // Written in no order of theirs.
    for (const name of names(0, 20).sort((one, other) => (one.slice(3) < other.slice(3) ? 1 : -1))) put(dir, name, 0)
    const shelf = new CountingShelf(dir)
    const page = async (before: string | null) => (await shelf.list({ before, count: 3, call: null })).map(({ name }) => name)
    expect(await page(null)).toEqual(names(17, 20))
    expect(await page('1017.1')).toEqual(names(14, 17))
    expect(await page('1002.1')).toEqual(names(0, 2))
    expect(shelf.opened).toBe(8)
  })
})

describe('a disk that hangs', () => {
  it('is asked nothing else meanwhile; who waits is told, and what they wanted is never done', async () => {
    const turns = new Turns(5)
    const done: string[] = []
    let answer = (): void => {}
    const hanging = turns.do(() => new Promise<void>((resolve) => (answer = resolve)))
    const waiting = turns.do(async () => void done.push('waiting'))
    turns.later(async () => void done.push('closed'))
    await expect(hanging).rejects.toThrow(DiskHangs)
    await expect(waiting).rejects.toThrow(DiskHangs)
    expect(done).toEqual([])
    answer()
    expect(await turns.do(async () => 'answers again')).toBe('answers again')
    expect(done).toEqual(['closed'])
  })

  it('and an error of it keep nobody from the next turn', async () => {
    const turns = new Turns(5_000)
    await expect(turns.do(() => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO')
    expect(await turns.do(async () => 1)).toBe(1)
  })
})
