/** Plays many histories and tells the smallest one that fails, as a script. Shared by the test and the command. */
import fc from 'fast-check'
import { histories, play, type History } from './histories.js'
import { noon } from './world.js'
import { outcomeInWords } from './words.js'

export interface Failure {
  readonly seed: number
  readonly path: string
  readonly history: History
  readonly error: string
  readonly script: string
}

/** Choices in the longest history. */
export const choicesMax = 60

/**
 * @param count of histories
 * @param path of one failing history of that seed, to play it alone
 */
export function tryHistories(count: number, seed: number, path?: string): Failure | null {
  const details = fc.check(
    fc.property(histories(choicesMax), (history) => void play(history)),
    { numRuns: count, seed, ...(path !== undefined && { path }) },
  )
  const history = details.counterexample?.[0]
  if (!details.failed || !history) return null
  return { seed, path: details.counterexamplePath ?? '', ...told(history) }
}

/** Plays a failing history again, writing it down. */
function told(history: History): { history: History; error: string; script: string } {
  const lines: string[] = []
  let error = 'it does not fail again'
  try {
    play(history, (line, world) => {
      lines.push(line)
      world.thorough = true
      world.onOutcome = (event, outcome) => {
        for (const words of outcomeInWords(outcome)) lines.push(`  > ${((event.at - noon) / 1_000).toFixed(3)} ${words}`)
      }
    })
  } catch (caught) {
    error = caught instanceof Error ? (caught.stack ?? caught.message) : String(caught)
  }
  return { history, error, script: lines.join('\n') }
}

export const report = (failure: Failure): string =>
  `${failure.script}\n\n${failure.error}\n\nseed ${failure.seed}, path ${failure.path}\n` +
  `play it again: npm run histories -- --seed ${failure.seed} --path ${failure.path}\n`
