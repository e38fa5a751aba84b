/**
 * The room as this browser knows it: one value, changed by the feed's messages alone. Pure; time comes with the messages, and
 * what is shown as elapsed is counted from them (`elapsed`).
 */
import type { ListenMode } from '../../routing/events.js'
import type { Fact } from '../../routing/facts.js'
import type { AgentView, QueueView, TrunkView } from '../../status/room-view.js'
import type { SupervisionView } from '../../status/supervision.js'
import type { Change, FeedMessage, SasView, SeenCall, Snapshot, You } from './messages.js'

/** A view, and the moment (engine's clock) of which its durations are. */
export type AsOf<View> = View & { readonly asOf: number }

export interface Room {
  readonly feed: string
  readonly seq: number
  /** Of the last message, on the engine's clock. */
  readonly at: number
  readonly queues: ReadonlyMap<string, AsOf<QueueView>>
  /** Oldest first. */
  readonly calls: ReadonlyMap<string, AsOf<SeenCall>>
  readonly agents: ReadonlyMap<string, AsOf<AgentView>>
  readonly trunks: ReadonlyMap<string, TrunkView>
  readonly supervision: SupervisionView | null
  readonly sas: SasView
  readonly you: You
  /** What was decided about a call, oldest first; kept a while after its end. */
  readonly stories: ReadonlyMap<string, readonly Fact[]>
}

export const factsKept = 60
export const storiesKept = 200

/** Null when the message cannot follow what is known: the feed must be asked for everything again. */
export const applyMessage = (room: Room | null, message: FeedMessage): Room | null => {
  switch (message.type) {
    case 'snapshot':
      return fromSnapshot(room, message)
    case 'resumed':
      return room?.feed === message.feed ? room : null
    case 'change':
      if (room === null) return null
      // Told twice: after a resume, what was under way may come again.
      if (message.seq <= room.seq) return room
      return message.seq === room.seq + 1 ? applyChange(room, message) : null
  }
}

const fromSnapshot = (before: Room | null, { feed, seq, at, room, supervision, sas, you }: Snapshot): Room => ({
  feed,
  seq,
  at,
  queues: byId(room.queues, at),
  calls: byId(room.calls, at),
  agents: byId(room.agents, at),
  trunks: new Map(room.trunks.map((trunk) => [trunk.id, trunk])),
  supervision,
  sas,
  you,
  stories: before?.you.id === you.id ? before.stories : new Map(),
})

const applyChange = (room: Room, change: Change): Room => {
  const { at, seq } = change
  return {
    ...room,
    seq,
    at,
    queues: merged(room.queues, change.queues, at),
    calls: merged(room.calls, change.calls, at, change.ended),
    agents: merged(room.agents, change.agents, at),
    trunks: change.trunks.length === 0 ? room.trunks : new Map([...room.trunks, ...change.trunks.map((trunk) => [trunk.id, trunk] as const)]),
    supervision: change.supervision ?? room.supervision,
    stories: told(room.stories, change.facts),
  }
}

const byId = <View extends { readonly id: string }>(views: readonly View[], asOf: number): Map<string, AsOf<View>> =>
  new Map(views.map((view) => [view.id, { ...view, asOf }]))

const merged = <View extends { readonly id: string }>(
  known: ReadonlyMap<string, AsOf<View>>,
  changed: readonly View[],
  asOf: number,
  ended: readonly string[] = [],
): ReadonlyMap<string, AsOf<View>> => {
  if (changed.length === 0 && ended.length === 0) return known
  const next = new Map(known)
  for (const view of changed) next.set(view.id, { ...view, asOf })
  for (const id of ended) next.delete(id)
  return next
}

const told = (stories: Room['stories'], facts: readonly Fact[]): Room['stories'] => {
  const about = facts.filter((fact): fact is Fact & { call: string } => 'call' in fact && typeof fact.call === 'string')
  if (about.length === 0) return stories
  const next = new Map(stories)
  for (const fact of about) next.set(fact.call, [...(next.get(fact.call) ?? []), fact].slice(-factsKept))
  for (const id of next.keys()) {
    if (next.size <= storiesKept) break
    next.delete(id)
  }
  return next
}

/** A duration of a view, at a later moment of the engine's clock; null stays null. */
export const elapsed = <Ms extends number | null>(ms: Ms, asOf: number, now: number): Ms =>
  (ms === null ? null : Math.max(0, ms + Math.max(0, now - asOf))) as Ms

/** The signed-in person in the room; null for those who have no phone, and while nothing is known. */
export const me = (room: Room | null): AsOf<AgentView> | null => (room?.you.agent == null ? null : (room.agents.get(room.you.agent) ?? null))

/** The call a person is on. */
export const callOf = (room: Room, agent: string): AsOf<SeenCall> | null => {
  const id = room.agents.get(agent)?.call
  return id == null ? null : (room.calls.get(id) ?? null)
}

/** Queues of a position, in the order of the file. */
export const queuesAt = (room: Room, position: string): AsOf<QueueView>[] => [...room.queues.values()].filter((queue) => queue.position === position)

/** Callers who wait or are parked in these queues, longest wait first. */
export const waitingIn = (room: Room, queues: readonly QueueView[]): AsOf<SeenCall>[] => {
  const ids = new Set(queues.map(({ id }) => id))
  return [...room.calls.values()]
    .filter(({ situation, queue }) => queue !== null && ids.has(queue) && (situation === 'waiting' || situation === 'ringing' || situation === 'parked'))
    .sort((one, other) => startOfWait(one) - startOfWait(other))
}

/** When the wait of a call began, on the engine's clock. */
export const startOfWait = ({ asOf, waitMs, sinceArrivalMs }: AsOf<SeenCall>): number => asOf - (waitMs ?? sinceArrivalMs)

/** Callers who are due for a word (R-N2-3), longest wait first. */
export const recheckDue = (room: Room): AsOf<SeenCall>[] =>
  [...room.calls.values()].filter((call) => call.recheckDue).sort((one, other) => startOfWait(one) - startOfWait(other))

/** Who would be rung next. */
export const isFree = ({ state, engaged }: AgentView): boolean => state === 'ready' && !engaged

/** How many are free at a position. */
export const freeAt = (room: Room, id: string): number => [...room.agents.values()].filter((agent) => agent.position === id && isFree(agent)).length

/** Who may see the wall and act from it. */
export const supervises = ({ rights }: You): boolean => rights.includes('supervisor') || rights.includes('admin')

/** The call whose line this person lost, as a message tells; null for none. @param before the room without the message */
export const lineLostIn = (before: Room | null, room: Room, message: FeedMessage): string | null => {
  const agent = room.you.agent
  if (agent === null) return null
  if (message.type === 'change') return message.facts.flatMap((fact) => (fact.type === 'left' && fact.why === 'lost' && fact.agent === agent ? [fact.call] : [])).at(-1) ?? null
  // With no facts, the engine's reason for leaving them out says as much.
  return message.type === 'snapshot' && me(room)?.reason === 'line-lost' ? (before?.agents.get(agent)?.call ?? null) : null
}

/** In which way a supervisor listens to a call; null for one who does not, or where it was not told. */
export const listensBy = (room: Room, { id, listeners }: SeenCall, agent: string): ListenMode | null =>
  listeners.includes(agent)
    ? (room.stories.get(id)?.findLast((fact): fact is Extract<Fact, { type: 'listening-began' }> => fact.type === 'listening-began' && fact.agent === agent)?.mode ?? null)
    : null

export interface Level {
  readonly position: string
  readonly label: string
  readonly waiting: number
  readonly parked: number
  readonly free: number
  /** When the oldest wait of the level began; null when nobody waits. */
  readonly oldestSince: number | null
  readonly byClass: Readonly<Record<string, number>>
}

/** N1, then each filière: what the wall shows of them. */
export const levels = (room: Room): Level[] =>
  room.sas.positions.map(({ id, label }) => {
    const queues = queuesAt(room, id)
    const calls = waitingIn(room, queues).filter(({ parked }) => parked === null)
    const byClass: Record<string, number> = {}
    for (const call of calls) {
      const name = call.priority ?? call.class
      byClass[name] = (byClass[name] ?? 0) + 1
    }
    const oldest = queues.flatMap(({ oldestWaitMs, asOf }) => (oldestWaitMs === null ? [] : [asOf - oldestWaitMs]))
    return {
      position: id,
      label,
      waiting: calls.length,
      parked: queues.reduce((sum, { parked }) => sum + parked, 0),
      free: freeAt(room, id),
      oldestSince: oldest.length === 0 ? null : Math.min(...oldest),
      byClass,
    }
  })
