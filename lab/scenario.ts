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

const quality30Seconds = 30
const mainCalls = 40
const betweenCallsMs = 1_100

export const scenarioPassed = (figures: Figures): boolean => figures.lost === 0 && figures.deviations.length === 0

export async function playScenario(stack: Stack, room: SyntheticRoom, table: LiveTable): Promise<Figures> {
  const results: JourneyResult[] = []
  let index = 0
  table.say(`${mainCalls} appels à travers N1 et N2`)
  const playing: Promise<JourneyResult>[] = []
  for (; index < mainCalls; index++) {
    playing.push(room.play(mixed(index)))
    await pause(betweenCallsMs)
  }
  results.push(...(await Promise.all(playing)))
  results.push(...(await killAndReturn(stack, room, table, index)))
  table.say('Décompte')
  return reconcile(stack, results)
}

/** The engine dies with people talking; callers who arrive meanwhile are served by the fallback; the next engine goes on. */
async function killAndReturn(stack: Stack, room: SyntheticRoom, table: LiveTable, from: number): Promise<JourneyResult[]> {
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
  return [...served, ...after]
}

async function reconcile(stack: Stack, results: readonly JourneyResult[]): Promise<Figures> {
  const engine = stack.engines.at(-1)
  const indicators = (await engine?.api.get('indicators')) as Summary
  const fallback = readFallbackCalls(stack.asterisk.logDir).filter((call) => call.result === 'n1' || call.result === 'neighbour')
  const answered = indicators.answered + fallback.length
  const inTime = Math.round((indicators.qs30 ?? 0) * indicators.answered) + fallback.filter((call) => (call.waitedSeconds ?? Infinity) < quality30Seconds).length
  const spoke = results.filter((result) => result.pickups.length > 0)
  const gaveUp = results.filter((result) => result.end.by === 'here' && result.pickups.length === 0)
  const deviations = results.flatMap((result) => result.deviations.map((text) => `${result.journey.number}, ${result.pickups.join(' → ') || 'nobody'}: ${text}`))
  if (spoke.length !== answered) deviations.push(`${spoke.length} callers spoke to somebody, the records say ${answered}`)
  if (gaveUp.length !== indicators.abandoned) deviations.push(`${gaveUp.length} callers gave up, the journal says ${indicators.abandoned}`)
  return {
    calls: results.length,
    answered,
    lost: results.filter((result) => result.lost).length,
    abandoned: indicators.abandoned,
    qs30: answered === 0 ? 0 : inTime / answered,
    byPriority: indicators.byPriority,
    transfers: indicators.transfers.taken,
    fallback: fallback.length,
    deviations,
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
