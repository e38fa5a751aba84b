/** Whose browser may be a phone at the moment, and with which password: made of the session, and none without one. */
import { createHmac } from 'node:crypto'
import type { IceServer } from '../config/environment.js'
import type { SasConfig } from '../config/schema.js'
import { browserOf } from '../sip-endpoints.js'
import { absoluteMs, type Session, type Sessions } from './sessions.js'
import { withTurnCredentials } from './turn.js'

export interface SipCredentials {
  readonly uri: string
  readonly username: string
  readonly password: string
  /** Asterisk's websocket. */
  readonly server: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly iceServers: readonly IceServer[]
}

export interface BrowserPhoneSettings {
  readonly server: string
  readonly iceServers: readonly IceServer[]
  readonly turnSecret: string | null
}

export class BrowserPhones {
  constructor(
    private readonly sessions: Sessions,
    private readonly config: () => Pick<SasConfig, 'people'>,
    private readonly key: Uint8Array,
    private readonly settings: BrowserPhoneSettings,
  ) {}

  /** Every endpoint of a browser that the file knows. */
  endpoints(): string[] {
    return this.config().people.map(({ phone }) => browserOf(phone))
  }

  /** The endpoint of a person's browser; null for accounts without a phone. */
  endpointOf(account: string): string | null {
    const person = this.config().people.find(({ id }) => id === account)
    return person ? browserOf(person.phone) : null
  }

  /** Null while nobody may use it. */
  passwordOf(endpoint: string): string | null {
    const holder = this.sessions.all().find((session) => session.phoneSince !== null && this.sessions.get(session.id) !== null && this.endpointOf(session.account) === endpoint)
    return holder ? this.#passwordIn(holder) : null
  }

  /** The phone is this session's from now on. Null when the session is over, or has no phone. */
  take(id: string): { readonly endpoint: string; readonly credentials: SipCredentials } | null {
    const held = this.sessions.get(id)
    const endpoint = held && this.endpointOf(held.account)
    const session = endpoint === null ? null : this.sessions.takePhone(id)
    if (session === null || endpoint === null) return null
    const { server, iceServers, turnSecret } = this.settings
    const expiresAt = session.startedAt + absoluteMs
    return {
      endpoint,
      credentials: {
        uri: `sip:${endpoint}@${new URL(server).hostname}`,
        username: endpoint,
        password: this.#passwordIn(session),
        server,
        expiresAt,
        iceServers: withTurnCredentials(iceServers, turnSecret, endpoint, expiresAt),
      },
    }
  }

  #passwordIn({ id, phoneSince }: Session): string {
    return createHmac('sha256', this.key).update(`${id} ${phoneSince}`).digest('base64url')
  }
}
