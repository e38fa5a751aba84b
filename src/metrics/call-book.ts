/**
 * Under which entry each call counts, and as what: facts after the first name only the call. Holds nothing of calls that are over, and
 * begins with those that were there when this engine took the room.
 */
import type { CallId } from '../routing/events.js'
import type { Call } from '../routing/room.js'
import type { CallClass } from '../routing/rules.js'

/** An entry of the file: the number dialled, the trunk it came by and the class it has there. */
export interface Entry {
  readonly trunk: string
  readonly number: string
  readonly class: CallClass
}

export interface KnownCall {
  readonly entry: Entry
  /** A neighbour gave it: presented once somebody here answers, and not before. */
  readonly received: boolean
  answered: boolean
}

export class CallBook {
  readonly #calls = new Map<CallId, KnownCall>()

  /** Calls that an engine before this one counted already. */
  adopt(calls: Iterable<Call>): void {
    for (const call of calls) {
      const { trunk, number, entryClass, received, pickedUpAt } = call
      this.#calls.set(call.id, { entry: { trunk, number, class: entryClass }, received: received !== null, answered: pickedUpAt !== null })
    }
  }

  /** @returns whether it is new: one taken in again from the PBX, as its record could not be read, is the same call */
  begin(call: CallId, { trunk, number, class: callClass }: Entry, received: boolean): boolean {
    if (this.#calls.has(call)) return false
    this.#calls.set(call, { entry: { trunk, number, class: callClass }, received, answered: false })
    return true
  }

  /** Null for a call whose beginning nobody told. */
  of(call: CallId): KnownCall | null {
    return this.#calls.get(call) ?? null
  }

  end(call: CallId): void {
    this.#calls.delete(call)
  }
}

