/**
 * `npm run demo:pair`: two whole SAS on this machine, each on a host of its own, who help each other (R-MA-1). More people call the
 * one than it can answer; ARMs of the other pick up for it.
 *
 *   (no option)      surges and calm by turns until Ctrl-C; a live table shows both rooms.
 *   --once [--json]  one surge on two such pairs at the same moments, of which one has no agreement; ends with the figures, with
 *                    --json as one JSON object on the last line: waits in seconds, parts of 1. Exit code 0 only when nobody is lost,
 *                    nobody comes twice to one SAS, phones and journals agree, 20 more of 100 are answered within 30 s, and the
 *                    helper's own callers have what its ceiling leaves them.
 *
 * Whoever interrupts `--once` gets 130, once everything is stopped.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { duration } from '../../src/status/status-text.js'
import { openAccounts } from '../accounts.js'
import { LiveTable } from '../live-table.js'
import { readOptions, refuse, whole } from '../options.js'
import { startProgram } from '../program-start.js'
import { deviationsOf, figuresOf, ownOf, pairPassed, type Played } from './figures.js'
import { Pair } from './pair.js'
import { planOf, workMs, type PlannedCall } from './plan.js'
import { rooms, sides, supervisor, type Agreement, type Side } from './sas-files.js'
import { Days } from './days.js'
import { playSurge } from './surge.js'

const callsUsual = 40
/** Phones whose machine lets them wait for longer do not hear each other any more. */
const lateMsMax = 100
const callsMax = 400

const usage = `npm run demo:pair [-- --once --json --calls ${callsUsual} --seed 67 --sip]

Two whole SAS on this machine, in network namespaces: calls that one cannot answer are picked up by the other. Until Ctrl-C.
  --once   one surge, without the agreement and with it; exit code 0 only when nobody is lost, nobody comes twice to one SAS,
           20 more of 100 are answered within 30 s, and the helper's own have what its ceiling leaves them
  --json   with --once: the figures as one JSON object on the last line; waits in seconds, parts of 1
  --calls  in a surge, 1 to ${callsMax}; four times what the SAS can answer, however many
  --seed   of who calls when
  --sip    the two have SIP alone between them: no place is promised before a call is sent`

async function main(args: readonly string[]): Promise<number> {
  const options = {
    once: { type: 'boolean' },
    json: { type: 'boolean' },
    calls: { type: 'string', default: String(callsUsual) },
    seed: { type: 'string', default: '67' },
    sip: { type: 'boolean', default: false },
  } as const
  const { once, json, ...values } = readOptions(usage, options, args)
  const calls = whole('calls', values.calls)
  if (calls < 1 || calls > callsMax) refuse(`--calls must be 1 to ${callsMax}`)
  const seed = whole('seed', values.seed)
  if (json && !once) refuse('--json wants --once')
  const stop = new AbortController()
  // Once more, and it ends at once: what it started ends with it.
  const interrupted = (): void => (stop.signal.aborted ? process.exit(130) : stop.abort())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupted)
  // A terminal that was closed is no reason to end untidily.
  process.stderr.on('error', () => stop.abort())
  const table = new LiveTable(process.stderr)
  const agreement = values.sip ? 'sip' : 'link'
  try {
    if (!once) {
      await live(agreement, seed, calls, table, stop.signal)
      return 0
    }
    const plan = planOf(seed, calls)
    table.say(`Graine ${seed} : ${calls} appels en surcharge au ${rooms.helped.sas}, ${plan.length - calls} au ${rooms.helper.sas}, environ ${duration(workMs(calls))}`)
    const late = monitorEventLoopDelay()
    late.enable()
    const [alone, together] = await compare(agreement, plan, table, stop.signal)
    late.disable()
    const lateMs = Math.round(late.percentile(99) / 1e6)
    if (lateMs > lateMsMax) table.say(`Machine trop occupée : les téléphones ont eu jusqu’à ${lateMs} ms de retard. À rejouer quand elle l’est moins.`)
    const deviations = [alone, together].flatMap(deviationsOf)
    for (const deviation of deviations) table.say(`écart : ${deviation}`)
    const own = ownOf(alone, together)
    table.say(`QS30 du ${rooms.helper.sas} : ${own.alone} sans entraide, ${own.together} avec ; ses plafonds lui laissent au moins ${own.floor}`)
    const figures = figuresOf(alone, together)
    process.stdout.write(json ? `${JSON.stringify(figures)}\n` : `${inWords(figures)}\n`)
    return pairPassed(figures) && own.together >= own.floor && deviations.length === 0 ? 0 : 1
  } catch (error) {
    // Whatever was cut short then fails.
    if (stop.signal.aborted) return once ? 130 : 0
    throw error
  } finally {
    table.stop()
  }
}

/** The same surge at the same moments on two pairs: what else this machine does, both have to bear. */
async function compare(agreement: Agreement, plan: readonly PlannedCall[], table: LiveTable, signal: AbortSignal): Promise<readonly [alone: Played, together: Played]> {
  const open = (title: string, how: Agreement | null): Promise<Pair> => Pair.open({ agreement: how, onProgress: (what) => table.say(`  ${title}, ${what}`), signal })
  const opened = await Promise.allSettled([open('sans entraide', null), open('avec entraide', agreement)])
  const pairs = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  let done = false
  try {
    const [alone, together] = pairs
    if (!alone || !together) throw opened.find((one) => one.status === 'rejected')?.reason as Error
    const all = await Promise.all([playSurge(alone, plan, signal), playSurge(together, plan, signal)])
    done = true
    return all
  } finally {
    await Promise.all(pairs.map((pair) => pair.close()))
    if (done) for (const pair of pairs) pair.discard()
  }
}

/** Surge after surge, and both rooms to look at. */
async function live(agreement: Agreement, seed: number, calls: number, table: LiveTable, signal: AbortSignal): Promise<void> {
  table.say('Démarrage des deux SAS…')
  const pair = await Pair.open({ agreement, onProgress: (what) => table.say(`  ${what}`), signal })
  try {
    const days = new Days(pair, seed, calls)
    const since = Date.now()
    const places = await Promise.all(sides.map((side) => placeOf(pair, side)))
    for (const place of [...places, 'Ctrl-C pour arrêter.']) table.say(place)
    const followed = sides.map((side) => ({ redisUrl: pair.stack(side).redisUrl, sas: pair.stack(side).config.sas.id }))
    table.follow(followed, () => [`Deux SAS qui s'entraident, depuis ${duration(Date.now() - since)}. Ctrl-C pour arrêter.`, ...places, ...days.inWords()])
    await days.play(table, signal)
  } finally {
    table.stop()
    await pair.close()
    pair.discard()
  }
}

/** Where to look. */
async function placeOf(pair: Pair, side: Side): Promise<string> {
  const { redisUrl, config, token } = pair.stack(side)
  const { url } = pair.engine(side)
  const passwords = await openAccounts(redisUrl, config)
  return `${config.sas.name} : mur ${url}/mur, ${supervisor} ${passwords.get(supervisor)} ; API ${url}/v1, jeton ${token}`
}

const inWords = (figures: object): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(18)} ${String(value)}`)
    .join('\n')

startProgram(import.meta.url, main)
