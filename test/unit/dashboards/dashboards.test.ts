/** The boards as they are shipped: generated, in French, as Grafana reads them, and naming nothing that nobody measures. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { board } from '../../../dashboards/source/board.js'
import { boardFiles } from '../../../dashboards/source/boards/index.js'
import { faultsOf, provisioned, readBoards, reasonToBeEmpty, type Board } from '../../../lab/dashboards/boards.js'
import { filled, metricsIn } from '../../../lab/dashboards/promql.js'
import { askBoards, failed } from '../../../lab/dashboards/queries.js'
import type { Prometheus } from '../../../lab/prometheus.js'
import { projectRoot } from '../../../lab/paths.js'
import { samplesOf } from '../../../dashboards/source/metrics-table.js'
import { boardLabels } from '../../../src/messages/boards.fr.js'
import { createArchiveMetrics } from '../../../src/metrics/archive.js'
import { createMetrics } from '../../../src/metrics/metrics.js'

const directory = join(projectRoot(), 'dashboards')
const boards = readBoards()
const panels = boards.flatMap((board) => board.panels.filter(({ type }) => type !== 'row').map((panel) => [`${board.title}, ${panel.title}`, panel] as const))

/** What its values are called. */
const namesOf = (panel: object): string[] => (panel as { fieldConfig?: { overrides: { properties: { value: string }[] }[] } }).fieldConfig?.overrides.flatMap(({ properties }) => properties.map(({ value }) => value)) ?? []

interface Rule {
  record: string
  expr: string
}
const rules = (parse(readFileSync(join(directory, 'rules', 'recording.yaml'), 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules)

const known = new Set([
  'up',
  ...samplesOf(createMetrics({ answerMs: 30_000, orientationMs: 30_000 }).registry),
  ...samplesOf(createArchiveMetrics(() => ({ parts: {}, lastEntryAt: null, lagEntries: 0, lagMs: 0, bytes: 0, disk: null })).registry),
  ...rules.map(({ record }) => record),
])

describe('the boards', () => {
  it('are what is generated: npm run dashboards', () => {
    const shipped = new Map(boards.map(({ file }) => [file, readFileSync(join(directory, 'grafana', 'boards', file), 'utf8')]))
    expect(shipped).toEqual(new Map([...boardFiles()].sort()))
  })

  it.each(boards.map((board) => [board.title, board] as const))('%s is as Grafana reads it', (_, board) => {
    expect(faultsOf(board, provisioned())).toEqual([])
  })

  it.each(panels)('%s asks for what is measured', (_, { targets = [] }) => {
    for (const { expr } of targets) expect(metricsIn(filled(expr)).filter((name) => !known.has(name)), expr).toEqual([])
  })

  it('are written in French as it is printed', () => {
    const texts = boards.flatMap(({ title, panels: all }) => [title, ...all.flatMap((panel) => [panel.title, panel.description ?? '', ...(panel.targets ?? []).map((target) => (target as { legendFormat?: string }).legendFormat ?? ''), ...namesOf(panel)])])
    for (const text of texts) expect(text).not.toMatch(/'|"|\.\.\.| [:;?!»]|« |[A-Za-z]:|[.] [a-z]/)
  })

  it('call the values of labels by their French names', async () => {
    const metrics = createMetrics({ answerMs: 30_000, orientationMs: 30_000 })
    metrics.expect({ entries: [{ trunk: 'operator', number: '15', class: 'P1' }], neighbours: [{ id: 'sas2', trunk: 'neighbour' }], queues: ['n1'] })
    const told = async (metric: string, label: string): Promise<string[]> => [...new Set((await metrics.registry.getSingleMetric(`decroche_${metric}`)!.get()).values.map(({ labels }) => String(labels[label])))]
    expect(await told('calls_abandoned_total', 'delay')).toEqual(Object.keys(boardLabels.delay))
    expect(await told('neighbour_calls_total', 'step')).toEqual(Object.keys(boardLabels.neighbourStep))
    expect(await told('calls_to_fallback_total', 'reason')).toEqual(Object.keys(boardLabels.fallback))
    expect(await told('sign_in_events_total', 'kind')).toEqual(expect.arrayContaining(Object.keys(boardLabels.signIn)))
  })

  it('name one label of a legend, and leave the others to Grafana', () => {
    const named = { label: 'state', as: { 'wrap-up': 'post-appel' } }
    const made = board({ uid: 'x', title: 'X', refresh: '5s', time: { from: 'now-1h', to: 'now' }, rows: [{ height: 4, panels: [{ title: 'un', kind: 'bars', unit: 'none', width: 6, queries: [{ expr: 'a', legend: '{{position}} ({{state}})', named }] }] }] })
    expect(made).toMatchObject({ panels: [{ fieldConfig: { overrides: [{ matcher: { id: 'byRegexp', options: '/^.* \\(wrap-up\\)$/' }, properties: [{ id: 'displayName', value: '${__field.labels.position} (post-appel)' }] }] } }] })
  })

  it('say in few places why nothing is to be seen', () => {
    const reasons = panels.flatMap(([name, panel]) => (reasonToBeEmpty(panel) === null ? [] : [name]))
    expect(reasons.length).toBeLessThan(panels.length / 4)
  })
})

describe('the recording rules', () => {
  it.each(rules.map(({ record, expr }) => [record, expr] as const))('%s names what is measured', (_, expr) => {
    expect(metricsIn(expr).filter((name) => !known.has(name))).toEqual([])
  })
})

describe('the check of a board', () => {
  const panel = { id: 1, title: 'un', type: 'stat', datasource: { uid: 'prometheus' }, gridPos: { x: 0, y: 0, w: 6, h: 4 }, targets: [{ refId: 'A', expr: 'decroche_a', datasource: { uid: 'prometheus' } }] }
  const shown = (...all: Board['panels']): Board => ({ file: 'x.json', uid: 'x', title: 'X', schemaVersion: 41, panels: all })
  const saying = (result: object[]): Prometheus => ({ url: '', stop: async () => {}, ask: async () => ({ result }) })
  const verdicts = async (one: object, result: object[], metrics: string[]) => (await askBoards([shown({ ...panel, ...one })], saying(result), new Set(metrics))).map((finding) => [finding.verdict, failed(finding)])
  const one = [{ value: [0, '1'] }]

  it('finds a metric that nobody measures', async () => {
    expect(await verdicts({}, one, ['decroche_a'])).toEqual([['data', false]])
    expect(await verdicts({}, one, ['decroche_renamed'])).toEqual([['unknown', true]])
    expect(await verdicts({ description: 'Normalement vide\u202f: rien.' }, [], ['decroche_renamed'])).toEqual([['unknown', true]])
  })

  it('finds a panel without data, unless it says why', async () => {
    expect(await verdicts({}, [], ['decroche_a'])).toEqual([['no-data', true]])
    expect(await verdicts({}, [{ value: [0, 'NaN'] }], ['decroche_a'])).toEqual([['no-data', true]])
    expect(await verdicts({ description: 'Normalement vide\u202f: rien.' }, [], ['decroche_a'])).toEqual([['empty', false]])
  })

  it('asks for the last point of a curve by days', async () => {
    const asked: (string | undefined)[] = []
    const listening: Prometheus = { ...saying([]), ask: async (_, query) => ({ result: (asked.push(query?.['time']), []) }) }
    await askBoards([shown(panel, { ...panel, id: 2, interval: '1d' })], listening, new Set(['decroche_a']))
    expect(asked[0]).toBeUndefined()
    expect(Number(asked[1]) % 86_400).toBe(0)
    expect(Number(asked[1])).toBeGreaterThan(Date.now() / 1_000 - 86_401)
  })

  it('finds a query that is refused', async () => {
    const refusing: Prometheus = { ...saying([]), ask: () => Promise.reject(new Error('parse error')) }
    expect(await askBoards([shown(panel)], refusing, new Set(['decroche_a']))).toMatchObject([{ verdict: 'invalid', why: 'parse error: decroche_a' }])
  })

  it('finds what Grafana would not show as it was meant', () => {
    const sources = new Set(['prometheus'])
    expect(faultsOf(shown(panel, { ...panel, id: 2, gridPos: { x: 6, y: 0, w: 6, h: 4 } }), sources)).toEqual([])
    expect(faultsOf(shown(panel, panel), sources)).toEqual(['two panels have one id', 'un: overlaps un'])
    expect(faultsOf(shown({ ...panel, gridPos: { x: 20, y: 0, w: 6, h: 4 } }), sources)).toEqual(['un: stands outside the columns'])
    expect(faultsOf(shown({ ...panel, datasource: { uid: 'other' } }), sources)).toEqual(['un: asks other, which is not provisioned'])
    expect(faultsOf({ ...shown(panel), schemaVersion: 99 }, sources)).toHaveLength(1)
  })
})

describe('the metrics of an expression', () => {
  it.each([
    ['sum by (queue) (rate(decroche_a_total{queue=~"n1|amu"}[5m])) * 60', ['decroche_a_total']],
    ['decroche:a:ratio1h / on (trunk) group_left (site) (decroche_b > 0)', ['decroche:a:ratio1h', 'decroche_b']],
    ['(a - a offset 5m) and resets(a[5m]) == 0 or increase(b[1h:5m])', ['a', 'b']],
    ['histogram_quantile(0.99, sum by (le) (rate(c_bucket[5m]))) > 1e3', ['c_bucket']],
    ['up{job="not_a_metric"} unless bool_of == bool 1', ['up', 'bool_of']],
    ['{__name__=~"decroche_.*"}', ['{']],
    ['time() - max(d_timestamp_seconds) # comment', ['d_timestamp_seconds']],
  ])('%s', (expression, names) => {
    expect(metricsIn(expression)).toEqual(names)
  })
})
