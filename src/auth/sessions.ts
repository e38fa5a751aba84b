/**
 * Who is signed in. The active engine has every session in memory and answers from there; Redis remembers them for the next
 * engine. So a session that was ended is over at once, and one that Redis cannot be told of goes on.
 *
 * A refresh token is used once. What follows it is derived from it, so that asking twice within `graceMs` (an answer that
 * was lost, two pages of one browser, an engine that died in between) gets the same answer twice; later, or once its successor
 * was used, an old token is in wrong hands, and the session is ended.
 */
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { EventEmitter } from 'node:events'

/** A session ends by itself this long after its last renewal, … */
export const idleMs = 30 * 60_000
/** … and this long after its beginning: a night shift is twelve hours, and has a handover at each end. */
export const absoluteMs = 14 * 3_600_000
const graceMs = 10_000

/** How somebody proved who they are. */
export type Means = 'password' | 'oidc'

export interface Session {
  readonly id: string
  readonly account: string
  readonly means: Means
  /** Times in milliseconds since the epoch. */
  readonly startedAt: number
  readonly renewedAt: number
  /** SHA-256 of the token that renews it, and of the one before. */
  readonly token: string
  readonly previous: string | null
  /** When the token took the place of the one before. */
  readonly rotatedAt: number
  /** Since when the browser's phone of this account is this session's; null when it is not. */
  readonly phoneSince: number | null
}

/** Where sessions are remembered. Each rejects when that is not possible now. */
export interface SessionMemory {
  all(): Promise<readonly Session[]>
  put(session: Session): Promise<void>
  remove(id: string): Promise<void>
}

export type EndReason = 'signed-out' | 'reuse' | 'idle' | 'too-old' | 'account-gone' | 'revoked'

export interface SessionEvents {
  ended: [session: Session, why: EndReason]
}

/** `token` is null when the one at hand stays good. */
export type Renewal =
  | { readonly ok: true; readonly session: Session; readonly token: string | null }
  | { readonly ok: false; readonly why: 'unknown' | 'reuse' | 'unread'; readonly account: string | null }

export const endOf = ({ startedAt, renewedAt }: Session): number => Math.min(renewedAt + idleMs, startedAt + absoluteMs)

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')
const same = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other))

export class Sessions extends EventEmitter<SessionEvents> {
  #sessions = new Map<string, Session>()
  /** Changed, or ended, while the memory was away. */
  readonly #untold = new Set<string>()
  #read = false

  /** @param key what refresh tokens follow from each other by */
  constructor(
    private readonly memory: SessionMemory,
    private readonly key: Uint8Array,
    private readonly now: () => number,
  ) {
    super()
  }

  /** Whether what is remembered was read. Before, nobody is known, and nobody is told that they are not. */
  get isRead(): boolean {
    return this.#read
  }

  /** Reads what other engines left, in the place of anything known. @throws when the memory is away */
  async load(): Promise<void> {
    const all = await this.memory.all()
    this.#sessions = new Map(all.map((session) => [session.id, session]))
    this.#untold.clear()
    this.#read = true
  }

  /** Tells the memory what it missed. */
  async catchUp(): Promise<void> {
    for (const id of [...this.#untold]) await this.#tell(id)
  }

  get(id: string): Session | null {
    const session = this.#sessions.get(id)
    return session !== undefined && this.now() < endOf(session) ? session : null
  }

  all(): Session[] {
    return [...this.#sessions.values()]
  }

  /** Opens a session that is remembered. @throws when the memory is away: nobody begins then */
  async open(account: string, means: Means): Promise<{ readonly session: Session; readonly token: string }> {
    const token = randomBytes(32).toString('base64url')
    const now = this.now()
    const session: Session = { id: randomUUID(), account, means, startedAt: now, renewedAt: now, token: hashOf(token), previous: null, rotatedAt: now, phoneSince: null }
    await this.memory.put(session)
    this.#sessions.set(session.id, session)
    return { session, token }
  }

  /** @param id and token as the browser keeps them */
  async renew(id: string, token: string): Promise<Renewal> {
    if (!this.#read) return { ok: false, why: 'unread', account: null }
    const session = this.get(id)
    if (session === null) return { ok: false, why: 'unknown', account: null }
    const { account } = session
    const hash = hashOf(token)
    const next = createHmac('sha256', this.key).update(token).digest('base64url')
    if (same(hash, session.token)) return this.#rotate(session, next)
    if (session.previous === null || !same(hash, session.previous)) return { ok: false, why: 'unknown', account }
    if (this.now() - session.rotatedAt < graceMs) return { ok: true, session, token: next }
    this.end(id, 'reuse')
    return { ok: false, why: 'reuse', account }
  }

  /** Whether a refresh token is that session's, or was just before. */
  holds(id: string, token: string): boolean {
    const session = this.#sessions.get(id)
    const hash = hashOf(token)
    return session !== undefined && (same(hash, session.token) || (session.previous !== null && same(hash, session.previous)))
  }

  /** The browser's phone of an account is one session's at a time: the latest who asked. @returns null when it is over */
  takePhone(id: string): Session | null {
    const session = this.get(id)
    if (session === null) return null
    for (const other of this.#sessions.values())
      if (other.account === session.account && other.id !== id && other.phoneSince !== null) this.#change({ ...other, phoneSince: null })
    const taken = { ...session, phoneSince: session.phoneSince ?? this.now() }
    this.#change(taken)
    return taken
  }

  /** Over at once, and as soon as it can be told, for ever. */
  end(id: string, why: EndReason): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#sessions.delete(id)
    void this.#tell(id)
    this.emit('ended', session, why)
  }

  /** Ends every session of an account. @returns how many */
  endAllOf(account: string, why: EndReason): number {
    const theirs = this.all().filter((session) => session.account === account)
    for (const { id } of theirs) this.end(id, why)
    return theirs.length
  }

  /** Ends those whose time is over. Wanted now and then. */
  sweep(): void {
    const now = this.now()
    for (const session of this.all()) if (now >= endOf(session)) this.end(session.id, now >= session.startedAt + absoluteMs ? 'too-old' : 'idle')
  }

  /** What is not remembered must not be relied upon: while the memory is away, the token at hand stays good. */
  async #rotate(session: Session, next: string): Promise<Renewal> {
    const { id } = session
    const renewedAt = this.now()
    const rotation = { token: hashOf(next), previous: session.token, rotatedAt: renewedAt, renewedAt }
    const remembered = await this.memory.put({ ...session, ...rotation }).then(
      () => true,
      () => false,
    )
    const known = this.#sessions.get(id)
    // Ended meanwhile.
    if (known === undefined) return { ok: false, why: 'unknown', account: session.account }
    const renewed = { ...known, ...(remembered ? rotation : { renewedAt }) }
    this.#sessions.set(id, renewed)
    if (!remembered) this.#untold.add(id)
    else if (known !== session) void this.#tell(id)
    return { ok: true, session: renewed, token: remembered ? next : null }
  }

  #change(session: Session): void {
    this.#sessions.set(session.id, session)
    void this.#tell(session.id)
  }

  async #tell(id: string): Promise<void> {
    const session = this.#sessions.get(id)
    try {
      await (session === undefined ? this.memory.remove(id) : this.memory.put(session))
      this.#untold.delete(id)
    } catch {
      this.#untold.add(id)
    }
  }
}
