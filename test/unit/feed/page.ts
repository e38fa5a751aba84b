/** A page that keeps the room as the feed tells it, and judges that nothing is left out or comes twice. */
import type { Fact } from '../../../src/routing/facts.js'
import type { KnownCallView, KnownRoomView } from '../../../src/status/known-call.js'
import type { AgentView, QueueView, TrunkView } from '../../../src/status/room-view.js'
import type { SupervisionView } from '../../../src/status/supervision.js'
import type { FeedMessage } from '../../../src/web/state/messages.js'

export type { FeedMessage as Message } from '../../../src/web/state/messages.js'

/** Whatever says how long since, so much later. */
const aged = <T>(view: T, ms: number): T =>
  JSON.parse(JSON.stringify(view), (key, value: unknown) => (typeof value === 'number' && ['sinceArrivalMs', 'waitMs', 'sinceMs', 'oldestWaitMs'].includes(key) ? value + ms : value)) as T

type Kept<T> = Map<string, { readonly at: number; readonly view: T }>

export class Page {
  feed = ''
  seq = -1
  readonly facts: Fact[] = []
  snapshots = 0
  resumed = 0
  supervision: SupervisionView | null = null
  readonly #calls: Kept<KnownCallView> = new Map()
  readonly #agents: Kept<AgentView> = new Map()
  readonly #queues: Kept<QueueView> = new Map()
  readonly #trunks: Kept<TrunkView> = new Map()

  take(message: FeedMessage): void {
    if (message.type === 'resumed') {
      if (message.feed !== this.feed || message.seq !== this.seq) throw new Error(`resumed at ${message.seq}, not at ${this.seq}`)
      this.resumed++
      return
    }
    if (message.type === 'snapshot') {
      this.snapshots++
      this.feed = message.feed
      for (const kept of [this.#calls, this.#agents, this.#queues, this.#trunks]) kept.clear()
      this.#keep(message.at, message.room)
      this.supervision = message.supervision
    } else {
      if (message.seq !== this.seq + 1) throw new Error(`change ${message.seq} after ${this.seq}`)
      this.#keep(message.at, message)
      for (const id of message.ended) this.#calls.delete(id)
      if (message.supervision) this.supervision = message.supervision
      this.facts.push(...message.facts)
    }
    this.seq = message.seq
  }

  /** As it would be shown at a moment, ms since the epoch. */
  room(at: number): KnownRoomView {
    const shown = <T>(kept: Kept<T>): T[] => [...kept.values()].map(({ at: told, view }) => aged(view, at - told))
    return {
      at,
      queues: shown(this.#queues),
      calls: shown(this.#calls).sort((a, b) => a.arrivedAt - b.arrivedAt || (a.id < b.id ? -1 : 1)),
      agents: shown(this.#agents).sort((a, b) => a.id.localeCompare(b.id)),
      trunks: shown(this.#trunks),
    }
  }

  #keep(at: number, { calls, agents, queues, trunks }: Pick<KnownRoomView, 'calls' | 'agents' | 'queues' | 'trunks'>): void {
    for (const view of calls) this.#calls.set(view.id, { at, view })
    for (const view of agents) this.#agents.set(view.id, { at, view })
    for (const view of queues) this.#queues.set(view.id, { at, view })
    for (const view of trunks) this.#trunks.set(view.id, { at, view })
  }
}

/** Calls of one moment come in any order. */
export const inOrder = (room: KnownRoomView): KnownRoomView => ({ ...room, calls: [...room.calls].sort((a, b) => a.arrivedAt - b.arrivedAt || (a.id < b.id ? -1 : 1)) })
