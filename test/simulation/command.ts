/** `npm run simulate -- [--events N] [--seconds S] [--seed N] [--trace]`: engines, Asterisk and Redis under faults, with progress. */
import { readOptions, whole } from '../../lab/options.js'
import { report, simulate, type Sums } from './simulate.js'

const usage = `npm run simulate [-- --events N --seconds S --seed N --trace]

Two engines, Asterisk and Redis simulated under faults. Exit code 1 when something did not hold.
  --events N   at least so many (1000000)
  --seconds S  for so long
  --seed N     replays what is drawn; by itself, one run
  --trace      every line of what happens`

const values = readOptions(usage, { events: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean', default: false } })
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
