/** `npm run histories -- [--count N] [--seed S] [--path P]`: random histories of a room, with progress. */
import { readOptions, whole } from '../../lab/options.js'
import { report, tryHistories } from './histories-run.js'

const usage = `npm run histories [-- --count N --seed S --path P]

Random histories of a room against every invariant. Exit code 1 when one does not hold.
  --count N  how many (100000)
  --seed S   replays what is drawn
  --path P   with --seed: one history, as a failure names it`

const values = readOptions(usage, { count: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } })
const count = whole('count', values.count ?? '100000')
const seed = whole('seed', values.seed ?? String(Date.now() % 1_000_000_000))
process.exitCode = run()

function run(): number {
  if (values.path !== undefined) return conclude(tryHistories(1, seed, values.path), 1)
  const share = 1_000
  const started = performance.now()
  for (let done = 0, batch = 0; done < count; batch++) {
    const size = Math.min(share, count - done)
    const failure = tryHistories(size, seed + batch)
    if (failure) return conclude(failure, done)
    done += size
    progress(done, started)
  }
  return conclude(null, count)
}

function progress(done: number, started: number): void {
  const elapsed = (performance.now() - started) / 1_000
  const line = `${done} of ${count} histories, ${Math.round(done / elapsed)}/s, seed ${seed}`
  if (process.stderr.isTTY) process.stderr.write(`\r${line}`)
  else if (done % 10_000 === 0 || done === count) process.stderr.write(`${line}\n`)
}

function conclude(failure: ReturnType<typeof tryHistories>, done: number): number {
  if (process.stderr.isTTY) process.stderr.write('\n')
  if (failure) process.stdout.write(`${report(failure)}a history failed after ${done} that held\n`)
  else process.stdout.write(`${done} histories hold every invariant (seed ${seed})\n`)
  return failure ? 1 : 0
}
