/** The engine as HTTP sees it: one way in for commands, one look at the room. */
import type { AskedOnce } from '../asked-once.js'
import type { ConfigFault } from '../config/fault.js'
import type { Reloaded } from '../config/live-config.js'
import type { Answer } from '../engine.js'
import type { Summary } from '../indicators/summary.js'
import type { Command, WithoutTime } from '../routing/events.js'
import type { LinksView } from '../status/links.js'
import type { LiveRoom } from '../status/known-call.js'
import type { SupervisionView } from '../status/supervision.js'

/** A command of a person; the engine adds the time. */
export type Request = WithoutTime<Command>

export interface DoorState {
  /** `joining`: the PBX is connected, and what exists there is being learnt; nothing is decided until then. */
  readonly ari: 'up' | 'joining' | 'down'
  /** `degraded`: the room goes on from memory, Redis does not answer. */
  readonly redis: 'up' | 'degraded'
  readonly lease: 'held' | 'standby' | 'lost'
  readonly version: string
}

export interface AllReloaded extends Reloaded {
  /** Of new certificates, what is wrong: those before stay in force. */
  readonly certificateFaults: readonly string[]
}

export type ReloadAnswer =
  | { readonly ok: true; readonly reloaded: AllReloaded }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] }

export interface EngineDoor {
  /** Resolves once the decision is committed. @param asked remembered with it for the engine that follows */
  submit(request: Request, asked?: AskedOnce | null): Promise<Answer>
  /** What an engine before this one answered under that name (`AnsweredOnce`, JSON); null for nothing that is known. */
  recall(name: string): Promise<string | null>
  /** Null while this engine holds no room. Read only. */
  room(): LiveRoom | null
  /** Null while this engine holds no room. */
  supervision(): SupervisionView | null
  /** Reads the file of the SAS again, on behalf of `by`. A file with a fault changes nothing. */
  reload(by: string): ReloadAnswer
  /** Null while the journal is still being read. */
  indicators(): Summary | null
  state(): DoorState
  /** Milliseconds since the epoch, as the room counts them. */
  now(): number
}

/** The links to programs outside. */
export interface LinksDoor {
  /** Null while this engine does not have the room. */
  links(): LinksView | null
  /** Sends again what was given up, one event or all. @returns how many; rejects when that is not possible now */
  resend(link: string, event: string | null): Promise<number>
}
