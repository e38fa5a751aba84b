/**
 * `npm run demo`: a whole SAS on this machine, with callers and agents on real SIP and RTP.
 *
 *   (no option)      callers arrive until Ctrl-C; a live table shows the room.
 *   --once [--json]  one bounded scenario, with the engine killed and started again on the way; ends with the figures,
 *                    with --json as one JSON object on the last line. Exit code 0 only when every call went as scripted.
 *
 * Whoever interrupts it before its end gets 130, once everything is stopped; a second time, at once and untidily.
 */
import { duration } from '../src/status/status-text.js'
import { openAccounts } from './accounts.js'
import { answeringAsterisk, answeringRedis } from './external.js'
import { LiveTable } from './live-table.js'
import { mixed } from './journeys.js'
import { readOptions } from './options.js'
import { prometheusIsHere, startPrometheus, type Prometheus } from './prometheus.js'
import { startProgram } from './program-start.js'
import { reloadTold } from './reload-told.js'
import { playScenario, scenarioPassed } from './scenario.js'
import { Stack } from './stack.js'
import { SyntheticRoom } from './synthetic-room.js'

/** Between two callers of the endless demo: calm and rush by turns, so that queues form and empty. */
const arrivalMs = { rush: 700, calm: 3_000 }
/** One rush to the next. */
const waveMs = 90_000
/** Between two signs of life where there is no terminal to draw on. */
const tellMs = 20_000

const usage = `npm run demo [-- --once [--json]]

A whole SAS on this machine, with callers and agents on real SIP, until Ctrl-C.
  --once  one bounded scenario, with the engine killed and started again on the way; exit code 0 only when all went as scripted
  --json  with --once: the figures as one JSON object on the last line`

export async function main(args: readonly string[]): Promise<number> {
  const values = readOptions(usage, { once: { type: 'boolean' }, json: { type: 'boolean' } }, args)
  const stop = new AbortController()
  const interrupted = (): void => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupted)
  // A terminal that was closed is no reason to end untidily.
  process.stderr.on('error', interrupted)
  const table = new LiveTable(process.stderr)
  table.say('Démarrage : Redis, Asterisk, moteur…')
  let stack: Stack | null = null
  let room: SyntheticRoom | null = null
  let prometheus: Prometheus | null = null
  let passed = false
  try {
    stack = await Stack.start({
      redisUrl: await answeringRedis(),
      pbx: await answeringAsterisk(),
      onProgress: (what) => table.say(`  ${what}`),
      onLog: (line) => {
        for (const told of reloadTold(line)) table.say(told)
      },
      signal: stop.signal,
    })
    stop.signal.throwIfAborted()
    table.say('  moteur')
    const engine = await stack.startEngine()
    await unlessAborted(stop.signal, engine.active)
    room = await SyntheticRoom.open(stack)
    await room.signEverybodyIn()
    stop.signal.throwIfAborted()
    const day = new Day(room)
    const passwords = await openAccounts(stack.redisUrl, stack.config)
    // The scenario's second engine listens elsewhere.
    if (!values.once && (await prometheusIsHere())) prometheus = await startPrometheus({ target: new URL(engine.url).host })
    const places = (): string[] => (stack ? [...placesOf(stack, passwords), ...(prometheus ? [`Prometheus ${prometheus.url}, avec les règles de dashboards/rules`] : [])] : [])
    for (const line of places()) table.say(line)
    if (!values.once) table.say('Ctrl-C pour arrêter.')
    const since = Date.now()
    table.follow([{ redisUrl: stack.redisUrl, sas: stack.config.sas.id }], () => [
      `Décroché, démonstration depuis ${duration(Date.now() - since)}. Ctrl-C pour arrêter.`,
      ...places(),
      ...(values.once ? [] : [day.inWords()]),
    ])
    if (!values.once) {
      await day.play(stop.signal, table)
      passed = true
      return 0
    }
    const figures = await unlessAborted(stop.signal, playScenario(stack, room, table, stop.signal))
    table.stop()
    for (const deviation of figures.deviations) table.say(`écart : ${deviation}`)
    const { deviations: _, ...contract } = figures
    process.stdout.write(values.json ? `${JSON.stringify(contract)}\n` : `${inWords(contract)}\n`)
    passed = scenarioPassed(figures)
    return passed ? 0 : 1
  } catch (error) {
    // Whatever was cut short then fails.
    if (stop.signal.aborted) return 130
    throw error
  } finally {
    table.stop()
    await room?.close()
    await prometheus?.stop()
    await stack?.stop()
    if (passed) stack?.discard()
  }
}

/** Where to look; an engine that was started again listens elsewhere. */
function placesOf(stack: Stack, passwords: ReadonlyMap<string, string>): string[] {
  const url = stack.engines.at(-1)?.url ?? ''
  const { people, accounts } = stack.config
  // One of each kind: the table has to stay on the screen.
  const kinds = [...new Map([...people].reverse().map(({ id, roles }) => [roles.join(), id])).values()].reverse()
  const listed = (ids: readonly string[]): string => ids.map((id) => `${id} ${passwords.get(id) ?? ''}`).join(', ')
  return [
    `API ${url}/v1, décrite par ${url}/v1/openapi.json, jeton ${stack.token}`,
    `Poste ${url}/ : ${listed(kinds)}`,
    `Mur ${url}/mur : ${listed(accounts.map(({ id }) => id))}`,
    `Métriques ${url}/metrics, état ${url}/healthz et ${url}/readyz`,
    `Salle : ${stack.redis ? `DECROCHE_REDIS_URL=${stack.redisUrl} ` : ''}npx decroche status`,
  ]
}

/** @throws the signal's reason when it is aborted before the work is done; how that then ends is nobody's business any more. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Callers without end, and what came of them. */
class Day {
  #started = 0
  #over = 0
  #lost = 0

  constructor(private readonly room: SyntheticRoom) {}

  inWords(): string {
    return `Vu des téléphones : ${this.#started} appels lancés, ${this.#over} terminés, ${this.#lost} perdus`
  }

  async play(signal: AbortSignal, table: LiveTable): Promise<void> {
    const since = Date.now()
    const teller = table.live ? undefined : setInterval(() => table.say(this.inWords()), tellMs)
    while (!signal.aborted) {
      void this.#call(signal, table)
      await aborted(signal, this.#pauseMs(Date.now() - since))
    }
    clearInterval(teller)
  }

  async #call(signal: AbortSignal, table: LiveTable): Promise<void> {
    try {
      const { lost, deviations } = await this.room.play(mixed(this.#started++))
      // What is cut short at the end is no loss.
      if (signal.aborted) return
      this.#over++
      if (!lost) return
      this.#lost++
      for (const deviation of deviations) table.say(`écart : ${deviation}`)
    } catch (error) {
      if (!signal.aborted) table.say(error instanceof Error ? error.message : String(error))
    }
  }

  #pauseMs(elapsedMs: number): number {
    const calm = (1 - Math.sin((elapsedMs / waveMs) * 2 * Math.PI)) / 2
    return arrivalMs.rush + calm * (arrivalMs.calm - arrivalMs.rush)
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

startProgram(import.meta.url, main)
