/** `npm run dashboards`: writes what is generated, the boards and the table of docs/metrics.md. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createMetrics } from '../../src/metrics/metrics.js'
import { boardFiles } from './boards/index.js'
import { withTable } from './metrics-table.js'

const boards = new URL('../grafana/boards/', import.meta.url)
rmSync(boards, { recursive: true })
mkdirSync(boards)
for (const [name, text] of boardFiles()) writeFileSync(new URL(name, boards), text)

const { registry } = createMetrics({ answerMs: 30_000, orientationMs: 30_000 })
const document = new URL('../../docs/metrics.md', import.meta.url)
writeFileSync(document, withTable(readFileSync(document, 'utf8'), registry))
