/** What the archiver says of recordings (R-TO-3). */
import { rmSync } from 'node:fs'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scratchDirectory } from '../../../lab/scratch.js'
import { recordingsIn } from '../../../src/archive/recordings.js'
import type { SasConfig } from '../../../src/config/schema.js'
import { createLogger } from '../../../src/log.js'
import { put } from '../recordings/wav.js'

const day = 24 * 3_600_000
let dir: string
beforeEach(() => {
  dir = scratchDirectory('recordings')
  put(dir, '1795996877.2', Date.now() - 5 * day)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Looks once, and tells what was logged. */
async function look(recording: SasConfig['recording']): Promise<{ level: string; msg: string; recording?: string; sha256?: string; cut?: boolean }[]> {
  let logged = ''
  const sink = new Writable({
    write(chunk: Buffer, _, next) {
      logged += chunk.toString()
      next()
    },
  })
  await new Promise<void>((onRecordings) => {
    keeper = recordingsIn(dir, recording, { onRecordings: () => onRecordings() }, createLogger('info', sink))
    keeper.start()
  })
  await keeper?.stop()
  return logged.trim().split('\n').map((line) => JSON.parse(line))
}
let keeper: ReturnType<typeof recordingsIn> | undefined

it('without the section recordings are sealed, none is removed, and an error says so', async () => {
  const [sealed, error] = await look(undefined)
  expect(sealed).toMatchObject({ msg: 'recording sealed', recording: '1795996877.2', sha256: expect.stringMatching(/^[0-9a-f]{64}$/), cut: false })
  expect(error?.msg).toContain('never removed')
})

it('each removal is told with its hash; without rules the retention goes on', async () => {
  const [sealed] = await look({ rules: [], retentionDays: 30 })
  const [removed, ...rest] = await look({ rules: [], retentionDays: 3 })
  expect(removed).toMatchObject({ msg: 'recording removed: its retention is over', recording: '1795996877.2', sha256: sealed?.sha256, cut: false })
  expect(rest).toEqual([])
})
