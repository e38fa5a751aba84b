/**
 * How long the rules leave a caller as they are whom nobody takes, by class and queue: until more people are asked for them, an
 * ARM has a word with them, or they are sent back. Nothing bounds how long people take to answer; this is what the file bounds.
 */
import { N1, type CallClass, type Position, type QueueId, type QueueMode, type Rules } from '../routing/rules.js'
import { table } from '../status/table.js'
import { callClass, type SasConfig } from './schema.js'
import { situationsOf } from './situations.js'

/** In one queue. Durations in seconds. */
export interface QueueWait {
  readonly queue: QueueId
  readonly mode: QueueMode
  /** One phone; then the next is tried. */
  readonly ring: number
  /** At N1: until the ARMs of these positions are asked too, and then again and again; null elsewhere. */
  readonly reinforced: { readonly after: number; readonly by: readonly Position[] } | null
  /** Until an ARM has a word with them, again and again; null for never. */
  readonly recheck: number | null
  /** Until they are sent back, and where to: their time, then a phone that rings just as it ends, and who picked it up at last. Null at N1. */
  readonly sentBack: SentBack | null
}

interface SentBack {
  readonly after: number
  readonly of: { readonly wait: number; readonly ring: number; readonly connect: number }
  readonly to: QueueId
}

export interface ClassWaits {
  readonly class: CallClass
  /** Who comes later and is more pressing goes first, if no later than this many seconds; nobody else does but who comes back to N1. */
  readonly overtakenBy: readonly { readonly class: CallClass; readonly within: number }[]
  /** Where the rules lead callers of this class, N1 first. Other queues are reached by hand. */
  readonly queues: readonly QueueWait[]
  /** The longest time without anything being done for them. */
  readonly untilSomething: number
  /** The longest way from N2, along every return path, to the head of N1; 0 when they never leave it. */
  readonly untilN1: number
}

/** The longest waits of each class that one SAS allows, most pressing first. */
export const longestWaits = (config: SasConfig): readonly ClassWaits[] => {
  const all = situationsOf(config).all.map(({ rules }) => rules)
  return callClass.options.map((kind) => {
    const queues = new Map<QueueId, QueueWait>()
    let untilN1 = 0
    for (const rules of all) {
      for (const queue of [N1, ...queuesFor(rules, kind)]) {
        const wait = waitIn(rules, queue, kind)
        if ((queues.get(queue)?.sentBack?.after ?? -1) < (wait.sentBack?.after ?? 0)) queues.set(queue, wait)
        untilN1 = Math.max(untilN1, wayToN1(rules, queue, kind))
      }
    }
    const { yieldMs } = all[0]!
    const overtakenBy = callClass.options
      .slice(0, callClass.options.indexOf(kind))
      .map((other) => ({ class: other, within: (yieldMs[kind] - yieldMs[other]) / 1_000 }))
      .filter(({ within }) => within > 0)
    return { class: kind, overtakenBy, queues: [...queues.values()], untilSomething: Math.max(...[...queues.values()].map(first)), untilN1 }
  })
}

/** Where this moment's rules lead callers of a class: by their number, by what an ARM says of them, and back again. */
const queuesFor = (rules: Rules, kind: CallClass): Set<QueueId> => {
  const found = new Set<QueueId>()
  const lead = (target: string): void => {
    const queue = rules.routes.get(target) ?? N1
    if (queue === N1 || found.has(queue)) return
    const { stages = [], returnsTo = null } = rules.filieres.get(rules.queues.get(queue)!.position) ?? {}
    for (const stage of stages) if (rules.queues.get(stage)?.open) found.add(stage)
    if (returnsTo !== null) lead(returnsTo)
  }
  const priorities = kind === 'SIS' ? (['P0', 'P1', 'P2'] as const) : [kind]
  for (const entry of rules.entries.values()) {
    if (entry.class === kind) lead(entry.queue)
    for (const priority of priorities) lead(entry.orientation[priority])
  }
  return found
}

const waitIn = (rules: Rules, id: QueueId, kind: CallClass): QueueWait => {
  const queue = rules.queues.get(id)!
  const [ring, wait, connect] = [queue.ringMs, queue.returnMs[kind], rules.connectMs].map((ms) => ms / 1_000) as [number, number, number]
  return {
    queue: id,
    mode: queue.mode,
    ring,
    reinforced: id === N1 ? { after: queue.escalateMs[kind] / 1_000, by: queue.reinforcedBy } : null,
    recheck: queue.recheckMs[kind] / 1_000 || null,
    sentBack: id === N1 ? null : { after: wait + ring + connect, of: { wait, ring, connect }, to: returnOf(rules, id) },
  }
}

const returnOf = (rules: Rules, queue: QueueId): QueueId => {
  const filiere = rules.filieres.get(rules.queues.get(queue)!.position)
  return rules.routes.get(filiere?.returnsTo ?? N1) ?? N1
}

const wayToN1 = (rules: Rules, from: QueueId, kind: CallClass): number => {
  let way = 0
  const seen = new Set<QueueId>()
  for (let queue = from; queue !== N1 && !seen.has(queue); queue = returnOf(rules, queue)) {
    seen.add(queue)
    way += waitIn(rules, queue, kind).sentBack!.after
  }
  return way
}

/** Until anything at all is done for a caller in this queue. */
const first = ({ reinforced, recheck, sentBack }: QueueWait): number =>
  Math.min(reinforced?.after ?? Infinity, recheck ?? Infinity, sentBack?.after ?? Infinity)

/** The same in words, for whoever wrote the file. */
export const showWaits = (all: readonly ClassWaits[]): string => {
  const rows = all.flatMap(({ class: kind, queues }) => queues.map((wait, index) => [index === 0 ? kind : '', wait.queue, `${first(wait)} s`, thenOf(wait)]))
  const order = all.map(({ class: kind, overtakenBy, untilSomething, untilN1 }) => {
    const who = overtakenBy.map((other) => `${other.class} who come within ${other.within} s`).join(', ')
    const turn = who === '' ? 'nobody who comes later goes first' : `of those who come later, only ${who} go first`
    return `${kind}: something is done within ${untilSomething} s${untilN1 > 0 ? `, from N2 back at the head of n1 within ${untilN1} s` : ''}; ${turn}`
  })
  return [...order, 'Who comes back to n1 stands before all others there.', '', table(['class', 'queue', 'at last', 'if nobody takes the caller'], rows)].join('\n')
}

const thenOf = ({ mode, ring, reinforced, recheck, sentBack }: QueueWait): string =>
  [
    mode === 'by-hand' ? `no phone rings before somebody picks them, then ${ring} s` : `each phone rings ${ring} s`,
    ...(reinforced ? [`ARMs at ${reinforced.by.join(', ')} are asked too after ${reinforced.after} s`] : []),
    ...(recheck === null ? [] : [`an ARM has a word with them every ${recheck} s`]),
    ...(sentBack ? [backOf(sentBack)] : []),
  ].join('; ')

const backOf = ({ after, of: { wait, ring, connect }, to }: SentBack): string =>
  `to ${to === N1 ? 'the head of n1' : to} after ${after} s (${wait} s, ${ring} s of ringing, ${connect} s to connect)`
