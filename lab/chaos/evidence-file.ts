/** Writes down a round in which a promise was broken, for whoever looks for the cause. Callers' numbers in it are fictional. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratchDirectory } from '../scratch.js'
import { storiesOf, type Evidence } from './evidence.js'
import { overtakings } from './journal-order.js'
import { doubleOffers, isDropped, orderViolations, wrongOutcomes } from './verdict.js'

/** @returns the file */
export function writeEvidence(evidence: Evidence, engineLogs: readonly string[]): string {
  const stories = storiesOf(evidence)
  const broken = {
    dropped: stories.filter(isDropped),
    doubleOffers: doubleOffers(evidence),
    orderViolations: orderViolations(stories, evidence),
    overtakings: overtakings(evidence.facts),
    withoutOutcome: stories.filter(({ outcomes }) => outcomes.length !== 1),
    wrongOutcomes: wrongOutcomes(stories, evidence),
  }
  const { trouble, healedAtNs, facts, wallOffsetUs } = evidence
  const file = join(scratchDirectory('chaos'), 'round.json')
  // Moments in wall-clock ms, as in the journal.
  const wallMs = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? Math.round(Number(value) / 1_000 + wallOffsetUs) / 1_000 : value)
  writeFileSync(file, JSON.stringify({ trouble, healedAtNs, broken, stories, facts, engineLogs }, wallMs, 1))
  return file
}
