/**
 * `npm run check:dashboards [-- --calls 25 --json]`: a whole SAS on this machine with a Prometheus beside it, and every query of every
 * panel of dashboards/grafana asked of it. Each must be valid, name metrics that were scraped, and have something to show, unless the
 * panel says why it is usually empty. The rules are checked with them. Exit code 0 only when all is well; with --json the figures are
 * one JSON object on the last line. Whoever interrupts it gets 130, once everything is stopped.
 */
import { readOptions, refuse, whole } from '../options.js'
import { startProgram } from '../program-start.js'
import { prometheusIsHere } from '../prometheus.js'
import { table } from '../../src/status/table.js'
import { checkDashboards } from './check.js'
import { failed, type Finding, type Verdict } from './queries.js'

const callsUsual = 25
const callsMax = 1_000

const usage = `npm run check:dashboards [-- --calls ${callsUsual} --json]

A whole SAS under a small load, a Prometheus beside it, and every query of every panel asked of it.
  --calls  how many callers there are, 1 to ${callsMax}
  --json   the figures as one JSON object on the last line`

const inFrench: Readonly<Record<Verdict, string>> = { data: 'données', empty: 'vide', invalid: 'requête invalide', unknown: 'mesure inconnue', 'no-data': 'aucune donnée' }

async function main(args: readonly string[]): Promise<number> {
  const values = readOptions(usage, { calls: { type: 'string', default: String(callsUsual) }, json: { type: 'boolean' } }, args)
  const calls = whole('calls', values.calls)
  if (calls < 1 || calls > callsMax) refuse(`--calls must be 1 to ${callsMax}`)
  if (!(await prometheusIsHere())) throw new Error('prometheus is missing: install it (Debian: apt-get install prometheus)')
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
  const since = performance.now()
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const told = (what: string): void => say(`  ${Math.round((performance.now() - since) / 1_000)} s  ${what}`)
  try {
    const { findings, faults, metrics, lostCalls } = await checkDashboards({ calls, onProgress: told, signal: stop.signal })
    const wrong = findings.filter(failed)
    say(table(['Tableau', 'Panneau ou règle', 'Résultat', 'Pourquoi'], [...findings].sort((one, other) => Number(failed(one)) - Number(failed(other))).map(rowOf)))
    for (const fault of faults) say(`JSON : ${fault}`)
    if (lostCalls > 0) say(`${lostCalls} appels ne se sont pas passés comme prévu`)
    const seconds = Math.round((performance.now() - since) / 1_000)
    const figures = { ok: wrong.length === 0 && faults.length === 0, queried: findings.length, withData: countOf(findings, 'data'), empty: countOf(findings, 'empty'), failed: wrong.map(({ board, panel, verdict }) => `${board} / ${panel}: ${verdict}`), faults: faults.length, metrics, calls, lostCalls, seconds }
    process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${figures.ok ? 'Tout est en ordre' : `${wrong.length + faults.length} défauts`} : ${findings.length} panneaux et règles, ${metrics} mesures, ${seconds} s\n`)
    return figures.ok ? 0 : 1
  } catch (error) {
    if (stop.signal.aborted) return 130
    throw error
  }
}

const countOf = (findings: readonly Finding[], verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length

const rowOf = ({ board, panel, verdict, why }: Finding): string[] => [board, panel, inFrench[verdict], why ?? '']

startProgram(import.meta.url, main)
