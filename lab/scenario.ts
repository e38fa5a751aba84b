/**
 * The bounded scenario: callers through both levels, then the engine is killed while people talk and callers arrive, then it
 * is started again. Figures come from two sides that must agree: the callers' own phones, and the journal, into which the engine
 * also takes what Asterisk's fallback wrote down.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createIndicators, tally } from '../src/indicators/indicators.js'
import { summarize, type Summary } from '../src/indicators/summary.js'
import type { LiveTable } from './live-table.js'
import { JournalTail } from './journal-tail.js'
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

const settleMsMax = 10_000
const lookMs = 200
const quality = { answerMs: 30_000, orientationMs: 30_000 }
const mainCalls = 40
const betweenCallsMs = 1_100

export const scenarioPassed = (figures: Figures): boolean => figures.lost === 0 && figures.deviations.length === 0

/** @throws the signal's reason once it is aborted: nothing is begun after that. */
export async function playScenario(stack: Stack, room: SyntheticRoom, table: LiveTable, signal: AbortSignal): Promise<Figures> {
  const journal = await JournalTail.open(stack.redisUrl, stack.config.sas.id)
  try {
    return await reconcile(stack, await play(stack, room, table, signal), journal)
  } finally {
    journal.close()
  }
}

async function play(stack: Stack, room: SyntheticRoom, table: LiveTable, signal: AbortSignal): Promise<Played> {
  let index = 0
  table.say(`${mainCalls} appels à travers N1 et N2`)
  const playing: Promise<JourneyResult>[] = []
  for (; index < mainCalls; index++) {
    playing.push(awaitedLater(room.play(mixed(index))))
    if (index > 0 && index % 10 === 0) table.say(`  ${index} appels lancés`)
    await pause(betweenCallsMs, undefined, { signal })
  }
  const results = await Promise.all(playing)
  signal.throwIfAborted()
  const { served, after } = await killAndReturn(stack, room, table, index, signal)
  table.say('Décompte')
  return { through: [...results, ...after], served }
}

/** The engine dies with people talking; callers who arrive meanwhile are served by the fallback; the next engine goes on. */
async function killAndReturn(
  stack: Stack,
  room: SyntheticRoom,
  table: LiveTable,
  from: number,
  signal: AbortSignal,
): Promise<{ served: JourneyResult[]; after: JourneyResult[] }> {
  let index = from
  const play = (script: ScriptName, onTalking?: () => Promise<void>): Promise<JourneyResult> => room.play(journeyOf(script, index++), onTalking)
  table.say('Arrêt brutal du moteur pendant une conversation')
  const talking: Promise<JourneyResult>[] = []
  let goOn = (): void => {}
  const decidedAgain = new Promise<void>((resolve) => (goOn = resolve))
  // Should nobody pick up, the script ends by itself and tells so.
  await new Promise<void>((resolve) => {
    const onTalking = (): Promise<void> => {
      resolve()
      return decidedAgain
    }
    const survivor = awaitedLater(play('survivor', onTalking))
    talking.push(survivor)
    void survivor.then(() => resolve(), resolve)
  })
  signal.throwIfAborted()
  const dead = stack.engines.at(-1)
  await dead?.child.stop('SIGKILL')
  const served = await Promise.all([play('wrongNumber'), play('wrongNumber'), play('wrongNumber')])
  signal.throwIfAborted()
  table.say('Nouveau moteur')
  const engine = await stack.startEngine()
  await engine.active
  goOn()
  const after = await Promise.all([...talking, play('urgent'), play('deferred')])
  return { served, after }
}

interface Played {
  /** Through the engine. */
  readonly through: readonly JourneyResult[]
  /** While no engine lived. */
  readonly served: readonly JourneyResult[]
}

/** Three records must agree: the phones', the journal's, and the fallback's where the engine reads it. */
async function reconcile(stack: Stack, { through, served }: Played, journal: JournalTail): Promise<Figures> {
  const all = [...through, ...served]
  // Where the fallback's record cannot be read, only the phones know of its calls.
  const journalled = stack.asterisk.fallbackRecord === null ? through : all
  const seen = await summaryOf(journal, journalled.length)
  const unseen = stack.asterisk.fallbackRecord === null ? served : []
  const spoke = (results: readonly JourneyResult[]): number => results.filter((result) => result.pickups.length > 0).length
  const gaveUp = all.filter((result) => result.end.by === 'here' && result.pickups.length === 0).length
  const deviations = all.flatMap((result) => result.deviations.map((text) => `${result.journey.number}, ${result.pickups.join(' → ') || 'nobody'}: ${text}`))
  const agree = (what: string, phones: number, record: number): void => {
    if (phones !== record) deviations.push(`${what}: ${phones} by the phones, ${record} by the record`)
  }
  agree('presented', journalled.length, seen.presented)
  agree('answered', spoke(journalled), seen.answered)
  agree('abandoned', gaveUp, seen.abandoned)
  agree('fallback', spoke(served), seen.fallback + spoke(unseen))
  const answered = seen.answered + spoke(unseen)
  const inTime = Math.round((seen.qs30 ?? 0) * seen.answered) + unseen.filter(inTimeByPhone).length
  return {
    calls: all.length,
    answered,
    lost: all.filter((result) => result.lost).length,
    abandoned: seen.abandoned,
    qs30: answered === 0 ? 0 : inTime / answered,
    byPriority: seen.byPriority,
    transfers: seen.transfers.taken,
    fallback: seen.fallback + spoke(unseen),
    deviations,
  }
}

/** Once that many calls are over, or after a while without: the fallback's record is read by the engine every second. */
async function summaryOf(journal: JournalTail, over: number): Promise<Summary> {
  const ended = (): number => journal.facts.filter(({ type }) => type === 'ended').length
  for (const until = performance.now() + settleMsMax; ended() < over && performance.now() < until; ) await pause(lookMs)
  const indicators = createIndicators()
  for (const fact of journal.facts) tally(indicators, fact, quality)
  return summarize(indicators)
}

const inTimeByPhone = ({ pickupMs }: JourneyResult): boolean => pickupMs !== null && pickupMs < quality.answerMs

/** One that may fail before anybody waits for it. */
function awaitedLater<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
