/** The options of a program for the terminal: `--help` tells them, and what is no option ends it in one line. */
import { parseArgs, type ParseArgsConfig } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values']

/** @param usage what `--help` tells. Ends the process, with 0 after `--help` and with 2 when an option is not understood. */
export function readOptions<const T extends Options>(usage: string, options: T, args: readonly string[] = process.argv.slice(2)): Values<T> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage.trim()}\n`)
    process.exit(0)
  }
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    return refuse(sentenceOf(error))
  }
}

/** Ends the process: an option is not understood. */
export function refuse(why: string): never {
  process.stderr.write(`${why} (--help tells the options)\n`)
  process.exit(2)
}

/** @returns the value of an option that is a whole number; ends the process for any other */
export function whole(name: string, text: string): number {
  const value = Number(text)
  return text.trim() !== '' && Number.isSafeInteger(value) && value >= 0 ? value : refuse(`--${name} must be a whole number`)
}

/** Node goes on to explain positional arguments, which no program here takes. */
const sentenceOf = (error: unknown): string => (error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? '').replace(/\.$/, '') : String(error))
