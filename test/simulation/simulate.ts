/** Runs of one seed after another, until there were events enough or one of them fails. */
import { play, type Verdict } from './episode.js'

/** Of each run, before it heals. */
const roughMs = 120_000

export interface SimulateOptions {
  /** Of the first run; each next one has the next. */
  readonly seed: number
  readonly events: number
  readonly seconds: number
  readonly onProgress?: (sums: Sums) => void
  readonly onLine?: (line: string) => void
}

export interface Sums {
  readonly seed: number
  events: number
  runs: number
  calls: number
  decisions: number
  simulatedMs: number
  healedMsMax: number
  elapsedMs: number
  readonly counts: Map<string, number>
  failure: Verdict | null
}

const progressMs = 5_000

export async function simulate({ seed, events, seconds, onProgress, onLine }: SimulateOptions): Promise<Sums> {
  const sums: Sums = { seed, events: 0, runs: 0, calls: 0, decisions: 0, simulatedMs: 0, healedMsMax: 0, elapsedMs: 0, counts: new Map(), failure: null }
  const started = performance.now()
  let toldAt = started
  while (sums.events < events && performance.now() - started < seconds * 1_000) {
    const verdict = await play({ seed: seed + sums.runs, roughMs, ...(onLine && { onLine }) })
    add(sums, verdict)
    sums.elapsedMs = performance.now() - started
    if (verdict.violation !== null) {
      sums.failure = verdict
      break
    }
    if (performance.now() - toldAt < progressMs) continue
    toldAt = performance.now()
    onProgress?.(sums)
  }
  return sums
}

function add(sums: Sums, verdict: Verdict): void {
  sums.runs++
  sums.events += verdict.events
  sums.calls += verdict.calls
  sums.decisions += verdict.decisions
  sums.simulatedMs += verdict.simulatedMs
  sums.healedMsMax = Math.max(sums.healedMsMax, verdict.healedMs)
  for (const [what, count] of verdict.counts) sums.counts.set(what, (sums.counts.get(what) ?? 0) + count)
}

/** The end of it, for people. */
export function report(sums: Sums): string {
  const { failure } = sums
  const counts = [...sums.counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `  ${what} ${count}`)
  const lines = [
    ...(failure ? [...failure.trace, ''] : []),
    ...counts,
    `${sums.events} events, ${sums.calls} calls, ${sums.decisions} decisions, ${sums.runs} runs of ${Math.round(sums.simulatedMs / 1_000)} simulated seconds together`,
    `${Math.round((sums.events / sums.elapsedMs) * 1_000)} events/s; healed in ${Math.round(sums.healedMsMax / 1_000)} s at most`,
    failure
      ? `run ${failure.seed} fails: ${failure.violation}\nplay it again: npm run simulate -- --seed ${failure.seed} --trace`
      : `no violation (seed ${sums.seed})`,
  ]
  return `${lines.join('\n')}\n`
}
