// Adds up what the runners of scripts/test left in .cache/results and prints `N passed, N failed`. Exit 1 when a runner
// left nothing (it never ran, or died), when a test failed, or when none ran.
import { readFileSync } from 'node:fs'

const read = (name) => {
  try {
    return JSON.parse(readFileSync(`.cache/results/${name}.json`, 'utf8'))
  } catch {
    return undefined
  }
}
const types = read('types')
const vitest = read('vitest')
// A file that cannot be loaded holds no failed test: it counts as one itself.
const brokenFiles = (vitest?.testResults ?? []).filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
const passed = (types?.passed ?? 0) + (vitest?.numPassedTests ?? 0)
const skipped = (vitest?.numPendingTests ?? 0) + (vitest?.numTodoTests ?? 0)
const failed = (types?.failed ?? 1) + (vitest?.numFailedTests ?? 1) + brokenFiles.length
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
