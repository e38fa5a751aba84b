/**
 * The bounded scenario: callers through both levels, then the engine is killed while people talk and callers arrive, then it
 * is started again. Figures come from three sides: callers from their own phones, the engine's from its journal, the
 * fallback's from Asterisk's record.
 */
import { readFallbackCalls } from '../src/asterisk-config/fallback-record.js'
import type { Summary } from '../src/indicators/summary.js'
import type { LiveTable } from './live-table.js'
import { journeyOf, mixed, type ScriptName } from './journeys.js'
import type { Stack } from './stack.js'
import type { JourneyResult, SyntheticRoom } from './synthetic-room.js'

export interface Figures {
  readonly calls: number
  /** Callers who spoke to somebody, by the engine or by the fallback. */
  readonly answered: number
  /** Callers who neither were served as scripted nor left of their own will. */
  readonly lost: number
  readonly abandoned: number
  /** Of those answered, the part answered in less than 30 s (DGOS indicator 2). */
  readonly qs30: number
  readonly byPriority: { readonly P0: number; readonly P1: number; readonly P2: number }
  readonly transfers: number
  readonly fallback: number
  readonly deviations: readonly string[]
}

const quality30Ms = 30_000
const mainCalls = 40
const betweenCallsMs = 1_100

export const scenarioPassed = (figures: Figures): boolean => figures.lost === 0 && figures.deviations.length === 0

export async function playScenario(stack: Stack, room: SyntheticRoom, table: LiveTable): Promise<Figures> {
  const results: JourneyResult[] = []
  const before = await indicatorsOf(stack)
  let index = 0
  table.say(`${mainCalls} appels à travers N1 et N2`)
  const playing: Promise<JourneyResult>[] = []
  for (; index < mainCalls; index++) {
    playing.push(room.play(mixed(index)))
    if (index > 0 && index % 10 === 0) table.say(`  ${index} appels lancés`)
    await pause(betweenCallsMs)
  }
  results.push(...(await Promise.all(playing)))
  const { served, after } = await killAndReturn(stack, room, table, index)
  table.say('Décompte')
  return reconcile(stack, { through: [...results, ...after], served }, before)
}

/** The engine dies with people talking; callers who arrive meanwhile are served by the fallback; the next engine goes on. */
async function killAndReturn(stack: Stack, room: SyntheticRoom, table: LiveTable, from: number): Promise<{ served: JourneyResult[]; after: JourneyResult[] }> {
  let index = from
  const play = (script: ScriptName, onTalking?: () => void): Promise<JourneyResult> => room.play(journeyOf(script, index++), onTalking)
  table.say('Arrêt brutal du moteur pendant une conversation')
  const talking: Promise<JourneyResult>[] = []
  // Should nobody pick up, the script ends by itself and tells so.
  await new Promise<void>((resolve) => {
    const survivor = play('survivor', resolve)
    talking.push(survivor)
    void survivor.then(() => resolve())
  })
  const dead = stack.engines.at(-1)
  await dead?.child.stop('SIGKILL')
  const served = await Promise.all([play('wrongNumber'), play('wrongNumber'), play('wrongNumber')])
  table.say('Nouveau moteur')
  const engine = await stack.startEngine()
  await engine.active
  const after = await Promise.all([...talking, play('urgent'), play('deferred')])
  return { served, after }
}

interface Played {
  /** Through the engine. */
  readonly through: readonly JourneyResult[]
  /** While no engine lived. */
  readonly served: readonly JourneyResult[]
}

/** Three records must agree: the phones', the journal's, and the fallback's where it can be read. */
async function reconcile(stack: Stack, { through, served }: Played, before: Summary): Promise<Figures> {
  const journal = await indicatorsOf(stack)
  const all = [...through, ...served]
  const spoke = (results: readonly JourneyResult[]): number => results.filter((result) => result.pickups.length > 0).length
  const gaveUp = all.filter((result) => result.end.by === 'here' && result.pickups.length === 0).length
  const answered = journal.answered - before.answered
  const abandoned = journal.abandoned - before.abandoned
  const fallback = spoke(served)
  const inTime = answeredInTime(journal) - answeredInTime(before) + served.filter(inTimeByPhone).length
  const deviations = all.flatMap((result) => result.deviations.map((text) => `${result.journey.number}, ${result.pickups.join(' → ') || 'nobody'}: ${text}`))
  const agree = (what: string, phones: number, record: number): void => {
    if (phones !== record) deviations.push(`${what}: ${phones} by the phones, ${record} by the record`)
  }
  agree('answered', spoke(through), answered)
  agree('abandoned', gaveUp, abandoned)
  if (stack.asterisk.logDir !== null) agree('fallback', fallback, servedByFallback(stack.asterisk.logDir))
  return {
    calls: all.length,
    answered: answered + fallback,
    lost: all.filter((result) => result.lost).length,
    abandoned,
    qs30: answered + fallback === 0 ? 0 : inTime / (answered + fallback),
    byPriority: {
      P0: journal.byPriority.P0 - before.byPriority.P0,
      P1: journal.byPriority.P1 - before.byPriority.P1,
      P2: journal.byPriority.P2 - before.byPriority.P2,
    },
    transfers: journal.transfers.taken - before.transfers.taken,
    fallback,
    deviations,
  }
}

async function indicatorsOf(stack: Stack): Promise<Summary> {
  return (await stack.engines.at(-1)?.api.get('indicators')) as Summary
}

const answeredInTime = (summary: Summary): number => Math.round((summary.qs30 ?? 0) * summary.answered)

const inTimeByPhone = ({ pickupMs }: JourneyResult): boolean => pickupMs !== null && pickupMs < quality30Ms

const servedByFallback = (logDir: string): number =>
  readFallbackCalls(logDir).filter((call) => call.result === 'n1' || call.result === 'neighbour').length

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
