/** A share of `npm run check:dashboards`: the boards against a real Prometheus beside a whole SAS. */
import { expect, it } from 'vitest'
import { checkDashboards } from '../../lab/dashboards/check.js'
import { failed } from '../../lab/dashboards/queries.js'

it('R-QS-7 every panel asks what is measured, and has something to show or says why not', async () => {
  const { findings, faults } = await checkDashboards({ calls: 12, onProgress: () => {}, signal: new AbortController().signal })
  expect(faults).toEqual([])
  expect(findings.filter(failed)).toEqual([])
  expect(findings.filter(({ verdict }) => verdict === 'data').length).toBeGreaterThan(60)
})
