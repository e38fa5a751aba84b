/** Every query of every panel, asked of a Prometheus: is it valid, is what it names known, and is there anything to show? */
import type { Prometheus } from '../prometheus.js'
import { reasonToBeEmpty, type Board } from './boards.js'
import { filled, metricsIn } from './promql.js'

/** `empty`: nothing to show, with the panel's own reason. */
export type Verdict = 'data' | 'empty' | 'invalid' | 'unknown' | 'no-data'

export interface Finding {
  readonly board: string
  readonly panel: string
  readonly verdict: Verdict
  /** What is wrong, or why it may be empty. */
  readonly why: string | null
}

const dayMs = 86_400_000

export const failed = ({ verdict }: Finding): boolean => verdict !== 'data' && verdict !== 'empty'

interface RuleGroups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { readonly type: string; readonly name: string; readonly query: string; readonly health: string; readonly lastError?: string }[] }[]
}

/** What Prometheus was told of, series or not, and what its rules record. */
export async function knownMetrics(prometheus: Prometheus): Promise<Set<string>> {
  const [told, names, rules] = await Promise.all([
    prometheus.ask('targets/metadata') as Promise<{ metric: string; type: string }[]>,
    prometheus.ask('label/__name__/values') as Promise<string[]>,
    prometheus.ask('rules') as Promise<RuleGroups>,
  ])
  const families = told.flatMap(({ metric, type }) => (type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => metric + part) : [metric]))
  const recorded = rules.groups.flatMap((group) => group.rules.filter(({ type }) => type === 'recording').map(({ name }) => name))
  // Of the scrape itself: up, scrape_duration_seconds, …
  return new Set([...families, ...recorded, ...names.filter((name) => !name.startsWith('decroche'))])
}

/** @param known see `knownMetrics` */
export async function askBoards(boards: readonly Board[], prometheus: Prometheus, known: ReadonlySet<string>): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { title, panels } of boards) {
    for (const panel of panels.filter(({ type }) => type !== 'row')) {
      const reason = reasonToBeEmpty(panel)
      const verdicts = await Promise.all((panel.targets ?? []).map(({ expr }) => askQuery(filled(expr), prometheus, known, panel.interval === '1d' ? { time: String(today()) } : {})))
      const worst = verdicts.find(({ verdict }) => verdict !== 'data' && verdict !== 'no-data') ?? verdicts.find(({ verdict }) => verdict === 'no-data') ?? { verdict: 'data', why: null }
      findings.push({ board: title, panel: panel.title, ...(worst.verdict === 'no-data' && reason !== null ? { verdict: 'empty', why: reason } : worst) })
    }
  }
  return findings
}

/** Rules that record: whether the last evaluation failed, and whether what they name is known. Alarms have their own test. */
export async function askRules(prometheus: Prometheus, known: ReadonlySet<string>): Promise<Finding[]> {
  const { groups } = (await prometheus.ask('rules')) as RuleGroups
  return groups.flatMap(({ name: board, rules }) =>
    rules.filter(({ type }) => type === 'recording').map(({ name: panel, query, health, lastError }): Finding => {
      const unknown = metricsIn(query).filter((metric) => !known.has(metric))
      if (unknown.length > 0) return { board, panel, verdict: 'unknown', why: unknown.join(', ') }
      return health === 'err' ? { board, panel, verdict: 'invalid', why: lastError ?? health } : { board, panel, verdict: 'data', why: null }
    }),
  )
}

/** Grafana's last point of a curve by days, in seconds since the epoch. */
const today = (): number => Math.floor(Date.now() / dayMs) * (dayMs / 1_000)

async function askQuery(expr: string, prometheus: Prometheus, known: ReadonlySet<string>, at: Readonly<Record<string, string>>): Promise<Pick<Finding, 'verdict' | 'why'>> {
  const unknown = metricsIn(expr).filter((name) => !known.has(name))
  if (unknown.length > 0) return { verdict: 'unknown', why: unknown.join(', ') }
  try {
    const { result } = (await prometheus.ask('query', { query: expr, ...at })) as { result: { value: [number, string] }[] }
    return result.some(({ value: [, value] }) => value !== 'NaN') ? { verdict: 'data', why: null } : { verdict: 'no-data', why: expr }
  } catch (error) {
    return { verdict: 'invalid', why: `${error instanceof Error ? error.message : String(error)}: ${expr}` }
  }
}
