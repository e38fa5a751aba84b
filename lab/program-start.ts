import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Runs `main` when this module is the program that was started, and not one imported by a test. Ends with its exit code; what
 * it throws is told in one sentence, with exit code 1.
 */
export function startProgram(moduleUrl: string, main: (args: readonly string[]) => Promise<number>): void {
  if (process.argv[1] === undefined || realpathSync(process.argv[1]) !== fileURLToPath(moduleUrl)) return
  main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exit(1)
    },
  )
}
