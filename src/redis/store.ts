/**
 * The room's memory, as the engine sees it. Redis remembers; it decides nothing.
 *
 * One engine owns a room at a time, under an epoch. Every write names that epoch and is refused once another engine has
 * begun a later one. Writes are numbered and applied in the order they were asked for, several in flight at once; when
 * one of them is lost, the later ones are refused as `behind` until the whole room is written again.
 */
import type { EventEmitter } from 'node:events'
import type { AgentId, CallId } from '../routing/events.js'
import type { Fact } from '../routing/facts.js'
import type { Agent, Call } from '../routing/room.js'
import type { Override } from '../routing/rules.js'
import type { DrmRecord } from './drm.js'
import type { CorruptRecord, JournalEntry, JournalRange, StoredRoom } from './reader.js'

/** Redis did not answer in time, refused, or is not connected. What was asked may or may not have been done. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

export type Acquired =
  | { readonly held: true; readonly epoch: number }
  /** Held by `by` for `leftMs` more unless renewed; null for a holder who may come back within that time. */
  | { readonly held: false; readonly by: string | null; readonly leftMs: number }

/** `forgotten`: kept, but Redis knows nothing of the room any more: `replaceAll`. `lost`: another engine has it. */
export type Renewed = 'kept' | 'forgotten' | 'lost'

export interface Commit {
  readonly epoch: number
  /** Changed calls; null for those that are over. */
  readonly calls: ReadonlyMap<CallId, Call | null>
  readonly agents: ReadonlyMap<AgentId, Agent | null>
  readonly facts: readonly Fact[]
  /** How far the fallback's record was read; null when that did not change. */
  readonly fallbackMark?: string | null
  /** All that are in force; null when they did not change. */
  readonly overrides?: readonly Override[] | null
  /** An answer to be remembered with the decision, see `recall`; null for none. */
  readonly answer?: { readonly name: string; readonly text: string } | null
}

/** What a room has besides calls and people. */
export interface Aside {
  readonly fallbackMark?: string | null
  readonly overrides?: Iterable<Override>
}

export interface StoreEvents {
  /** Connected, again or for the first time: what was asked meanwhile may be missing, see `replaceAll`. */
  ready: []
  /** The connection broke; the next try comes in so many milliseconds. */
  reconnecting: [delayMs: number]
  /** The connection's own words, for the log. */
  trouble: [error: Error]
  /** A record could not be read: it was set aside and the room loaded without it. */
  corrupt: [record: Omit<CorruptRecord, 'json'>]
}

/** What Redis says of itself. */
export interface RedisUse {
  readonly memoryBytes: number
  /** Null where there is no limit. */
  readonly memoryBytesMax: number | null
  /** Facts that the journal holds. */
  readonly journalEntries: number
}

export interface RoomStore {
  readonly events: EventEmitter<StoreEvents>
  /** Connected and answering, as far as is known. */
  readonly up: boolean
  /** Facts asked to be written whose writing is not confirmed, and those dropped because they became too many. */
  readonly backlog: { readonly facts: number; readonly dropped: number }

  /** Connects. @throws {StoreUnavailable} when Redis does not answer; goes on trying in the background. */
  connect(): Promise<void>
  /**
   * Takes the room if nobody holds it. `owner` must differ between engines. Whoever was told of a holder before must ask more
   * often than `ttlMs`: after a longer silence, or a broken connection, the holder comes first for a while; a few times in a row, unless
   * something is heard of them. @throws {StoreUnavailable}
   */
  acquire(owner: string, ttlMs: number): Promise<Acquired>
  /** Keeps the room, unless another engine has taken it. @throws {StoreUnavailable} */
  renew(ttlMs: number): Promise<Renewed>
  /** Gives the room up. @throws {StoreUnavailable} */
  release(): Promise<void>

  /** The room as remembered. Unreadable records are set aside, see `corrupt`. @throws {StoreUnavailable} */
  load(): Promise<StoredRoom>
  /**
   * Writes one decision. Never waits longer than the command timeout.
   * `fenced`: another engine has the room, stop. `behind`: write the whole room with `replaceAll`.
   * @throws {StoreUnavailable}
   */
  commit(commit: Commit): Promise<'ok' | 'fenced' | 'behind'>
  /**
   * Writes the whole room, and the facts of all earlier commits that are not in the journal yet.
   * @throws {StoreUnavailable}
   */
  replaceAll(epoch: number, calls: Iterable<Call>, agents: Iterable<Agent>, aside?: Aside): Promise<'ok' | 'fenced'>

  /** Tells those who look at Redis alone what the configuration says now. @throws {StoreUnavailable} */
  describe(): Promise<void>

  readJournal(range?: JournalRange): AsyncGenerator<JournalEntry>
  /** Null when unknown or forgotten. @throws {StoreUnavailable} */
  readDrm(id: string): Promise<DrmRecord | null>

  /** The answer of that name, for a while; null when unknown or forgotten. @throws {StoreUnavailable} */
  recall(name: string): Promise<string | null>

  /** @throws {StoreUnavailable} */
  use(): Promise<RedisUse>

  /** Closes the connection; nothing is released. */
  close(): Promise<void>
}
