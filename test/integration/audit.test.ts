/** The audit on a real Redis, page by page. */
import { expect, it } from 'vitest'
import type { AuditEntry } from '../../src/auth/audit.js'
import { auditIn } from '../../src/redis/audit.js'
import { HOUR_MS, keys, raw, useRedis } from './redis-fixture.js'

useRedis()

const now = Date.now()
const entry = (account: string): AuditEntry => ({ at: now - HOUR_MS, kind: 'signed-in', account, ip: '192.0.2.7', detail: null })

it('goes on past entries that a newer version wrote', async () => {
  const memory = auditIn(raw, keys.audit, 1, () => now)
  const unreadable = () => raw.xadd(keys.audit, '*', 'e', JSON.stringify({ ...entry('arm09'), kind: 'of-tomorrow' }))
  await memory.add([entry('arm01'), entry('arm02')])
  for (let time = 0; time < 3; time++) await unreadable()
  await memory.add([entry('arm03')])
  const pages: (string | null)[][] = []
  let before: string | null = null
  do {
    const page: Awaited<ReturnType<typeof memory.read>> = await memory.read({ before, count: 2 })
    pages.push(page.entries.map(({ account }) => account))
    before = page.next
  } while (before !== null && pages.length < 10)
  expect(pages).toEqual([['arm03'], [], ['arm02', 'arm01'], []])
})
