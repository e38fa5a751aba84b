/** One surge, played to its end: callers dial when they are to, and nothing is counted before both journals tell of every end. */
import { setTimeout as pause } from 'node:timers/promises'
import { JournalTail } from '../journal-tail.js'
import { CallerBook } from './caller-book.js'
import type { Played, Written } from './figures.js'
import type { CallerStory, Pair } from './pair.js'
import { workMs, type PlannedCall } from './plan.js'
import { sides, type Side } from './sas-files.js'

const settleMsMax = 10_000
const lookMs = 100

/** Nobody gives up before: longer than all the work there is, and half of it again. */
const patienceMs = (calls: number): number => 30_000 + workMs(calls) * 1.5

interface Watched {
  readonly journal: JournalTail
  readonly book: CallerBook
}

/** @throws the signal's reason once it is aborted */
export async function playSurge(pair: Pair, plan: readonly PlannedCall[], signal: AbortSignal): Promise<Played> {
  const watched = { helped: await watch(pair, 'helped'), helper: await watch(pair, 'helper') }
  try {
    const stories = await dialAll(pair, plan, signal)
    const records = { helped: await recordOf(watched.helped), helper: await recordOf(watched.helper) }
    return { stories, records }
  } finally {
    for (const side of sides) {
      watched[side].journal.close()
      watched[side].book.close()
    }
  }
}

/** When they are to, whatever became of those before. */
export async function dialAll(pair: Pair, plan: readonly PlannedCall[], signal: AbortSignal, onOver: (story: CallerStory) => void = () => {}): Promise<readonly CallerStory[]> {
  const since = performance.now()
  const patience = patienceMs(plan.length)
  const stories: Promise<CallerStory>[] = []
  for (const planned of plan) {
    await pause(Math.max(0, planned.atMs - (performance.now() - since)), undefined, { signal })
    const story = pair.call(planned, patience)
    // It may fail before anybody waits for it.
    story.then(onOver, () => undefined)
    stories.push(story)
  }
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))
  aborted.catch(() => undefined)
  return Promise.race([Promise.all(stories), aborted])
}

async function watch(pair: Pair, side: Side): Promise<Watched> {
  const { redisUrl, config, token } = pair.stack(side)
  return { journal: await JournalTail.open(redisUrl, config.sas.id), book: await CallerBook.open(pair.engine(side), token) }
}

/** Once every call that began is over there. */
async function recordOf({ journal, book }: Watched): Promise<Written> {
  const open = (): number => journal.facts.reduce((sum, { type }) => sum + Number(type === 'presented' || type === 'received') - Number(type === 'ended'), 0)
  for (const until = performance.now() + settleMsMax; open() > 0 && performance.now() < until; ) await pause(lookMs)
  await pause(lookMs)
  return { facts: journal.facts, callers: book.callers }
}
