/**
 * Queues and trunks as they are counted: told of each call and person that changed, so that a change costs the same in a room of ten
 * callers and of ten thousand.
 */
import { Deadlines } from '../routing/deadlines.js'
import { isFree, isGoingOut, serves, situation, type Agent, type Call } from '../routing/room.js'

export interface QueueName {
  readonly id: string
  readonly position: string
  /** Whoever sits at the position and has one of them, and all the skills, serves the queue. */
  readonly roles: readonly string[]
  readonly skills: readonly string[]
}

export interface TrunkSize {
  readonly id: string
  /** How many calls it holds at once. */
  readonly channels: number
  /** The last of them, kept for emergency numbers (R-IN-5). */
  readonly reserved: number
}

export interface TrunkView extends TrunkSize {
  /** Callers who came in by it, wherever they are now. */
  readonly calls: number
}

export interface QueueView {
  readonly id: string
  readonly position: string
  /** Callers with nobody, whose phone rings nowhere. */
  readonly waiting: number
  /** Callers with nobody, for whom a phone rings. */
  readonly ringing: number
  /** Callers who are parked, and will stand here if nobody takes them back. */
  readonly parked: number
  /** Callers who hung up, agreed to be called back and keep their place. */
  readonly toCallBack: number
  /** Callers who wait and are due for a word (R-N2-3). */
  readonly rechecksDue: number
  /** Warm transfers sought here: the caller is with the sender. */
  readonly accompanied: number
  /** Since the caller entered this queue (t0 for an arrival); null when nobody is without company. */
  readonly oldestWaitMs: number | null
  /** People who serve the queue where they sit, and are free. */
  readonly free: number
}

type Standing = 'waiting' | 'ringing' | 'parked' | 'toCallBack' | 'accompanied'

/** What one call adds to its queue. */
interface Share {
  readonly trunk: string
  readonly queue: string | null
  readonly standing: Standing
  readonly recheckDue: boolean
  /** Null for those whose wait is not counted: with company, or parked. */
  readonly since: number | null
}

class QueueTally {
  readonly counts: Record<Standing, number> = { waiting: 0, ringing: 0, parked: 0, toCallBack: 0, accompanied: 0 }
  rechecksDue = 0
  readonly free = new Set<string>()
  /** When each began to wait; the earliest is at hand. */
  readonly waits = new Deadlines()
  /** As it was last shown. */
  shown = ''

  constructor(readonly name: QueueName) {}

  /** All that is shown of it, but for the time. */
  get state(): string {
    const { waiting, ringing, parked, toCallBack, accompanied } = this.counts
    return [waiting, ringing, parked, toCallBack, accompanied, this.rechecksDue, this.free.size, this.waits.next()].join()
  }

  view(now: number): QueueView {
    const { id, position } = this.name
    const oldest = this.waits.next()
    return { id, position, ...this.counts, rechecksDue: this.rechecksDue, oldestWaitMs: oldest === null ? null : elapsed(oldest, now), free: this.free.size }
  }
}

export class RoomTally {
  readonly #queues: ReadonlyMap<string, QueueTally>
  readonly #trunks: ReadonlyMap<string, { size: TrunkSize; calls: number; shown: number }>
  readonly #shares = new Map<string, Share>()
  readonly #freeIn = new Map<string, readonly QueueTally[]>()
  readonly #touched = new Set<QueueTally>()

  /** In the order in which they are shown. */
  constructor(queues: Iterable<QueueName>, trunks: Iterable<TrunkSize>) {
    this.#queues = new Map([...queues].map((name) => [name.id, new QueueTally(name)]))
    this.#trunks = new Map([...trunks].map((size) => [size.id, { size, calls: 0, shown: 0 }]))
  }

  static of(calls: Iterable<Call>, agents: Iterable<Agent>, queues: Iterable<QueueName>, trunks: Iterable<TrunkSize>): RoomTally {
    const tally = new RoomTally(queues, trunks)
    for (const call of calls) tally.putCall(call.id, call)
    for (const agent of agents) tally.putAgent(agent)
    return tally
  }

  /** @param call null when it is over */
  putCall(id: string, call: Call | null): void {
    const before = this.#shares.get(id)
    if (before) this.#count(id, before, -1)
    if (call === null) return void this.#shares.delete(id)
    const share = shareOf(call)
    this.#shares.set(id, share)
    this.#count(id, share, 1)
  }

  putAgent(agent: Agent): void {
    for (const queue of this.#freeIn.get(agent.id) ?? []) this.#touch(queue).free.delete(agent.id)
    const free = isFree(agent) ? [...this.#queues.values()].filter(({ name }) => serves(name, agent, agent.position)) : []
    for (const queue of free) this.#touch(queue).free.add(agent.id)
    this.#freeIn.set(agent.id, free)
  }

  queues(now: number): QueueView[] {
    return [...this.#queues.values()].map((queue) => queue.view(now))
  }

  trunks(): TrunkView[] {
    return [...this.#trunks.values()].map(({ size, calls }) => ({ ...size, calls }))
  }

  /** Those that differ from what this told last. */
  changedQueues(now: number): QueueView[] {
    const changed = [...this.#touched].filter((queue) => queue.shown !== (queue.shown = queue.state))
    this.#touched.clear()
    return changed.map((queue) => queue.view(now))
  }

  changedTrunks(): TrunkView[] {
    const changed = [...this.#trunks.values()].filter((trunk) => trunk.shown !== (trunk.shown = trunk.calls))
    return changed.map(({ size, calls }) => ({ ...size, calls }))
  }

  #count(id: string, share: Share, one: 1 | -1): void {
    const trunk = this.#trunks.get(share.trunk)
    if (trunk) trunk.calls += one
    const queue = share.queue === null ? undefined : this.#queues.get(share.queue)
    if (!queue) return
    this.#touch(queue).counts[share.standing] += one
    if (share.recheckDue) queue.rechecksDue += one
    if (share.since !== null) queue.waits.set(id, one > 0 ? share.since : null)
  }

  #touch(queue: QueueTally): QueueTally {
    this.#touched.add(queue)
    return queue
  }
}

const shareOf = (call: Call): Share => {
  const { ticket } = call.state
  const seen = situation(call)
  const standing = seen === 'talking' || seen === 'fallback' ? 'accompanied' : seen === 'to-call-back' ? 'toCallBack' : seen
  const isCounted = standing !== 'accompanied' && ticket?.heldUntil === null
  return {
    trunk: call.trunk,
    // Nobody waits in a call that an agent makes.
    queue: isGoingOut(call) ? null : (ticket?.queue ?? null),
    standing,
    recheckDue: standing !== 'accompanied' && (ticket?.rechecksDue ?? 0) > 0,
    since: isCounted ? ticket.since : null,
  }
}

/** Clocks of two processes may differ a little: a wait is never negative. */
export const elapsed = (since: number, now: number): number => Math.max(0, now - since)
