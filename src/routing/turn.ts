/** One decision in the making: what it touched, what it asks of the PBX, what it leaves in the journal. */
import type { Effect } from './effects.js'
import type { AgentId, BridgeId, CallId, ChannelId, LegId, WithoutTime } from './events.js'
import type { Fact } from './facts.js'
import type { Room } from './live-room.js'
import type { Agent, Call } from './room.js'
import type { QueueId } from './rules.js'

export class Turn {
  readonly effects: Effect[] = []
  readonly facts: Fact[] = []
  readonly calls = new Set<CallId>()
  readonly agents = new Set<AgentId>()
  /** Queues in which a caller or a person may have found a match. */
  readonly open = new Set<QueueId>()
  /** The overrides changed, and are to be written. */
  overridesTouched = false
  rulesReplaced = false

  constructor(readonly room: Room, readonly at: number) {}

  /** Takes up what was decided before there was a decision to tell it with. */
  takeUp({ facts, calls, agents, overridesTouched }: NonNullable<Room['unsaid']>): void {
    this.overridesTouched ||= overridesTouched
    this.facts.push(...facts)
    for (const id of calls) this.calls.add(id)
    for (const id of agents) this.agents.add(id)
  }

  do(effect: Effect): void {
    this.effects.push(effect)
  }

  /** Ends a channel; its end is then expected. */
  hangUp(channel: ChannelId, elsewhere = false): void {
    this.room.dismissed.add(channel)
    this.do({ type: 'hang-up', channel, ...(elsewhere && { elsewhere }) })
  }

  note(fact: WithoutTime<Fact>): void {
    this.facts.push({ at: this.at, ...fact } as Fact)
  }

  ignore(event: string, why: string): void {
    this.note({ type: 'ignored', event, why })
  }

  touchCall(call: Call): void {
    this.calls.add(call.id)
  }

  touchAgent(agent: Agent): void {
    this.agents.add(agent.id)
  }

  agent(id: AgentId): Agent {
    const agent = this.room.agents.get(id)
    if (!agent) throw new Error(`no agent ${id}`)
    return agent
  }

  /** Derives the indexes of what was touched so far and notes which queues to look at. */
  settle(): void {
    for (const id of this.calls) for (const queue of this.room.reindexCall(id)) this.open.add(queue)
    for (const id of this.agents) for (const queue of this.room.reindexAgent(id)) this.open.add(queue)
  }

  /** Of this one alone: for a decision about many. */
  settleCall({ id }: Call): void {
    for (const queue of this.room.reindexCall(id)) this.open.add(queue)
  }

  legName(call: Call): LegId {
    return this.#name('L', call)
  }

  /** Of a caller who is called back: the PBX's fallback may have them, as it may have any caller. */
  callerName(call: Call): LegId {
    return this.#name('C', call)
  }

  bridgeName(call: Call): BridgeId {
    return this.#name('B', call)
  }

  soundName(call: Call): string {
    return this.#name('S', call)
  }

  /** Of whoever records this channel of the caller's. */
  recorderName(call: Call, channel: ChannelId): LegId {
    return this.#name('R', call, channel)
  }

  /** Never the same twice: the lease's epoch tells engines apart, the call counts its own names. */
  #name(kind: 'L' | 'C' | 'B' | 'S' | 'R', call: Call, of: ChannelId = call.id): string {
    this.touchCall(call)
    return `${kind}-${of}-${this.room.epoch}-${++call.names}`
  }
}

/** Whether a channel is the leg of an agent, by the name the core gave it. */
export const isLegName = (channel: ChannelId): boolean => channel.startsWith('L-')

/** The call of a channel that is a caller's: of one who called, or who was called back. */
export const callOfChannel = (channel: ChannelId): CallId => /^C-(.+)-\d+-\d+$/.exec(channel)?.[1] ?? channel

/** The caller's channel that this channel records; null for any other than a recorder. */
export const recordedBy = (recorder: ChannelId): ChannelId | null => /^R-(.+)-\d+-\d+$/.exec(recorder)?.[1] ?? null

/** The epoch of the engine that named this leg or bridge; 0 for any other name. */
export const epochOf = (name: ChannelId | BridgeId): number => Number(/^[LCB]-.+-(\d+)-\d+$/.exec(name)?.[1] ?? 0)
