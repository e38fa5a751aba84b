/** The queue of the reports of each month. */
import { expect, it } from 'vitest'
import { queueNameOf } from '../../../src/jobs/monthly-report.js'

it('is one for each archiver, by its host and its directory', () => {
  const name = queueNameOf('/srv/archive', 'one')
  expect(name).toMatch(/^reports-[0-9a-f]{16}$/)
  expect(queueNameOf('/srv/../srv/archive/', 'one')).toBe(name)
  expect(new Set([name, queueNameOf('/srv/archive', 'two'), queueNameOf('/srv/archive-2', 'one')]).size).toBe(3)
})
