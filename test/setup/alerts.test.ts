/** The alarms that ship: sound to Prometheus, each tried from both sides, and each with something to do about it. */
import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { samplesOf } from '../../dashboards/source/metrics-table.js'
import { projectRoot } from '../../lab/paths.js'
import { createArchiveMetrics } from '../../src/metrics/archive.js'
import { createMetrics } from '../../src/metrics/metrics.js'

interface Alert {
  alert: string
  expr: string
  labels: { severity?: string }
  annotations: Record<'summary' | 'description' | 'runbook_url', string>
}
interface Rules {
  groups: { rules: (Alert | { record: string; expr: string })[] }[]
}
interface Tests {
  tests: { promql_expr_test: { expr: string; exp_samples: unknown[] }[] }[]
}

const run = promisify(execFile)
const folder = join(projectRoot(), 'dashboards', 'rules')
const filesIn = (directory: string): string[] => readdirSync(directory).filter((name) => name.endsWith('.yaml')).map((name) => join(directory, name))
const read = <T>(file: string): T => parse(readFileSync(file, 'utf8')) as T

const files = filesIn(folder)
const tests = filesIn(join(folder, 'tests'))
const alerts = files.flatMap((file) => read<Rules>(file).groups.flatMap(({ rules }) => rules)).filter((rule): rule is Alert => 'alert' in rule)
const tried = tests.flatMap((file) => read<Tests>(file).tests).flatMap(({ promql_expr_test: expressions }) => expressions)

describe('the rules', () => {
  it('are sound, and do in their tests what is said of them', async () => {
    await run('promtool', ['check', 'rules', ...files])
    await run('promtool', ['test', 'rules', ...tests])
  })

  it('are what Prometheus loads', async () => {
    const { stdout } = await run('promtool', ['check', 'config', join(projectRoot(), 'dashboards', 'prometheus.yml')])
    expect(stdout).toContain(`${files.length} rule files found`)
  })

  it('find the runbooks where that configuration says', () => {
    const { global } = read<{ global: { external_labels: { runbooks: string } } }>(join(projectRoot(), 'dashboards', 'prometheus.yml'))
    expect(global.external_labels.runbooks).toMatch(/runbooks\.md$/)
  })

  it('have one alarm of a name', () => {
    expect(alerts.length).toBeGreaterThan(0)
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length)
  })
})

describe('the alarm', async () => {
  const sections = new Set([...readFileSync(join(projectRoot(), 'docs', 'runbooks.md'), 'utf8').matchAll(/^## (.+)$/gm)].map(([, title]) => title))
  const registries = [createMetrics({ answerMs: 30_000, orientationMs: 30_000 }).registry, createArchiveMetrics(() => ({ parts: {}, lastEntryAt: null, lagEntries: 0, lagMs: 0, bytes: 0, disk: null })).registry]
  const known = new Set(registries.flatMap(samplesOf))

  it.each(alerts.map((alert) => [alert.alert, alert] as const))('%s is tried from both sides, can be acted upon, and looks at what there is', (name, { expr, labels, annotations }) => {
    const mine = tried.filter((one) => one.expr === `count(ALERTS{alertname="${name}", alertstate="firing"})`)
    const always = name === 'Watchdog'
    expect(new Set(mine.map(({ exp_samples: samples }) => samples.length > 0))).toEqual(new Set(always ? [true] : [true, false]))
    expect(labels.severity).toMatch(always ? /^none$/ : /^(critical|warning)$/)
    expect(annotations.runbook_url).toBe(`{{ $externalLabels.runbooks }}#${name.toLowerCase()}`)
    expect(sections).toContain(name)
    for (const text of [annotations.summary, annotations.description]) {
      expect(text).toMatch(/^(\p{Lu}|\{\{)/u)
      // As it is printed in French; what Go's templates hold is for them.
      expect(text.replace(/\{\{.*?\}\}/g, '')).not.toMatch(/'|"|\.\.\.| [:;?!%»]|« /)
    }
    for (const [metric] of expr.matchAll(/decroche_\w+/g)) expect(known).toContain(metric)
  })
})
