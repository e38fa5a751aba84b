/** The boards against what a real Prometheus was told by a real engine. */
import { setTimeout as pause } from 'node:timers/promises'
import { faultsOf, provisioned, readBoards } from './boards.js'
import { Ground } from './ground.js'
import { askBoards, askRules, failed, knownMetrics, type Finding } from './queries.js'

export interface CheckOptions {
  /** How many calls the SAS has meanwhile. */
  readonly calls: number
  readonly onProgress: (what: string) => void
  readonly signal: AbortSignal
}

export interface Checked {
  readonly findings: readonly Finding[]
  /** Of the JSON itself. */
  readonly faults: readonly string[]
  readonly metrics: number
  /** Calls that did not go as scripted: none is wanted, but it is not what is checked here. */
  readonly lostCalls: number
}

/** What happened last is scraped, evaluated and drawn by then. */
const patienceMs = 15_000
const retryMs = 1_000

/** @throws Error when the ground does not start, or the signal's reason */
export async function checkDashboards({ calls, onProgress, signal }: CheckOptions): Promise<Checked> {
  const boards = readBoards()
  const sources = provisioned()
  const faults = boards.flatMap((board) => faultsOf(board, sources).map((fault) => `${board.title}, ${fault}`))
  const ground = await Ground.open(onProgress, signal)
  try {
    onProgress(`${calls} appels`)
    const lostCalls = await ground.play(calls, signal)
    onProgress('questions de chaque panneau')
    const until = performance.now() + patienceMs
    for (;;) {
      signal.throwIfAborted()
      const known = await knownMetrics(ground.prometheus)
      const findings = [...(await askBoards(boards, ground.prometheus, known)), ...(await askRules(ground.prometheus, known))]
      if (!findings.some(failed) || performance.now() > until) return { findings, faults, metrics: known.size, lostCalls }
      await pause(retryMs)
    }
  } finally {
    await ground.close()
  }
}
