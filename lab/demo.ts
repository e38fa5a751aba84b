/**
 * `npm run demo`: a whole SAS on this machine, with callers and agents on real SIP and RTP.
 *
 *   (no option)      callers arrive until Ctrl-C; a live table shows the room.
 *   --once [--json]  one bounded scenario, with the engine killed and started again on the way; ends with the figures,
 *                    with --json as one JSON object on the last line. Exit code 0 only when every call went as scripted.
 */
import { parseArgs } from 'node:util'
import { answeringAsterisk, answeringRedis } from './external.js'
import { isMain } from './is-main.js'
import { LiveTable } from './live-table.js'
import { mixed } from './journeys.js'
import { playScenario, scenarioPassed } from './scenario.js'
import { Stack } from './stack.js'
import { SyntheticRoom } from './synthetic-room.js'

/** Between two callers of the endless demo. */
const arrivalMs = 2_500

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { once: { type: 'boolean' }, json: { type: 'boolean' } } })
  const stop = new AbortController()
  const interrupted = (): void => stop.abort()
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  const table = new LiveTable(process.stderr)
  table.say('Démarrage : Redis, Asterisk, moteur…')
  const stack = await Stack.start({
    redisUrl: await answeringRedis(),
    pbx: await answeringAsterisk(),
    onProgress: (what) => table.say(`  ${what}`),
  })
  let room: SyntheticRoom | null = null
  try {
    table.say('  moteur')
    const engine = await stack.startEngine()
    await engine.active
    room = await SyntheticRoom.open(stack)
    await room.signEverybodyIn()
    table.say(`API ${engine.url}/v1 · métriques ${engine.url}/metrics · état ${engine.url}/readyz · jeton ${stack.token}`)
    table.follow(stack.redisUrl)
    if (!values.once) {
      await keepCalling(room, stop.signal, table)
      return 0
    }
    const figures = await Promise.race([playScenario(stack, room, table), whenAborted(stop.signal)])
    table.stop()
    if (figures === null) return 130
    for (const deviation of figures.deviations) table.say(`écart : ${deviation}`)
    const { deviations: _, ...contract } = figures
    process.stdout.write(values.json ? `${JSON.stringify(contract)}\n` : `${inWords(contract)}\n`)
    return scenarioPassed(figures) ? 0 : 1
  } finally {
    table.stop()
    await room?.close()
    await stack.stop()
  }
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
}

async function keepCalling(room: SyntheticRoom, signal: AbortSignal, table: LiveTable): Promise<void> {
  table.say('Ctrl-C pour arrêter.')
  const playing = new Set<Promise<unknown>>()
  for (let index = 0; !signal.aborted; index++) {
    const call = room.play(mixed(index)).catch((error: unknown) => table.say(String(error)))
    playing.add(call)
    void call.finally(() => playing.delete(call))
    await aborted(signal, arrivalMs)
  }
}

function aborted(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}

const inWords = (figures: object): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(12)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('\n')

if (isMain(import.meta.url)) {
  main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exit(1)
    },
  )
}
