/** `npm run dashboards`: writes what is generated, the table of docs/metrics.md for now. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createMetrics } from '../../src/metrics/metrics.js'
import { withTable } from './metrics-table.js'

const { registry } = createMetrics({ answerMs: 30_000, orientationMs: 30_000 })
const file = new URL('../../docs/metrics.md', import.meta.url)
writeFileSync(file, withTable(readFileSync(file, 'utf8'), registry))
