/** `npm run simulate -- [--events N] [--seconds S] [--seed N] [--trace]`: engines, Asterisk and Redis under faults, with progress. */
import { parseArgs } from 'node:util'
import { report, simulate, type Sums } from './simulate.js'

const { values } = parseArgs({
  options: { events: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean', default: false } },
})
/** A seed by itself asks for that one run. */
const single = values.seed !== undefined && values.events === undefined && values.seconds === undefined
const events = values.events === undefined ? (values.seconds === undefined && !single ? 1_000_000 : single ? 1 : Infinity) : whole('events', values.events)
const seconds = values.seconds === undefined ? Infinity : whole('seconds', values.seconds)
const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : whole('seed', values.seed)

const sums = await simulate({
  seed,
  events,
  seconds,
  onProgress: (so_far) => process.stderr.write(`${progress(so_far)}\n`),
  ...(values.trace && { onLine: (line: string) => void process.stdout.write(`${line}\n`) }),
})
process.stdout.write(report(sums))
process.exitCode = sums.failure ? 1 : 0

function progress({ events: done, runs, calls, elapsedMs }: Sums): string {
  return `${done} events in ${runs} runs, ${calls} calls, ${Math.round((done / elapsedMs) * 1_000)} events/s, seed ${seed}`
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  process.stderr.write(`--${name} must be a whole number\n`)
  process.exit(2)
}
