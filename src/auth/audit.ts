/** Who signed in and out, and each refusal: never a password, a token or what a stranger typed. */

/** Why somebody was refused. */
export const refusals = [
  'no-token',
  'forged-token',
  'expired-token',
  'session-over',
  'token-reused',
  'wrong-password',
  'wrong-identity',
  'wrong-right',
  'foreign-origin',
  'too-many-attempts',
  'too-many-requests',
  'neighbour-refused',
] as const
export type RefusalKind = (typeof refusals)[number]

export const auditKinds = ['signed-in', 'signed-out', 'session-ended', 'sessions-revoked', 'account-set', 'account-removed', 'deliveries-resent', 'recordings-listed', 'recording-heard', ...refusals] as const
export type AuditKind = (typeof auditKinds)[number]

export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: AuditKind
  /** Of the file; null when it is not known who asked. */
  readonly account: string | null
  /** Where it was asked from; null for the command line, and for what nobody asked. */
  readonly ip: string | null
  /** The route's pattern, why a session ended, what was sent again and how much of it, or which recording was heard. */
  readonly detail: string | null
}

/** An entry as it is kept. */
export interface KeptEntry extends AuditEntry {
  readonly id: string
}

export interface AuditRange {
  /** Newest first, entries before this id. */
  readonly before: string | null
  readonly count: number
}

export interface AuditPage {
  /** Those that this version can read. */
  readonly entries: readonly KeptEntry[]
  /** What the next page goes before; null when there is nothing older. */
  readonly next: string | null
}

/** Where entries are kept. Each rejects when that is not possible now. */
export interface AuditMemory {
  add(entries: readonly AuditEntry[]): Promise<void>
  read(range: AuditRange): Promise<AuditPage>
}

/** Refusals of one address, or of one account where there is none, that are kept in a minute: more than that is one attack, and must not push the rest out. */
const perAddressMax = 30
const minuteMs = 60_000
const addressesMax = 10_000
/** For a memory that is away. */
const waitingMax = 2_000

export class Audit {
  #waiting: AuditEntry[] = []
  #writing = false
  #minute = 0
  readonly #refused = new Map<string, number>()

  constructor(
    private readonly memory: AuditMemory,
    private readonly now: () => number,
    /** Every one, also those of which too many came from one address. */
    private readonly count: (kind: AuditKind) => void,
  ) {}

  note(kind: AuditKind, about: Partial<Omit<AuditEntry, 'at' | 'kind'>>): void {
    this.count(kind)
    const { account = null, ip = null, detail = null } = about
    const from = ip ?? account
    if (from !== null && (refusals as readonly string[]).includes(kind) && this.#isFlood(from)) return
    if (this.#waiting.length < waitingMax) this.#waiting.push({ at: this.now(), kind, account, ip, detail })
    void this.write()
  }

  /** For what nobody may do unseen: it is kept once this resolves. @throws when the memory is away */
  async record(kind: AuditKind, about: Omit<AuditEntry, 'at' | 'kind'>): Promise<void> {
    await this.memory.add([{ at: this.now(), kind, ...about }])
    this.count(kind)
  }

  /** Tells the memory what waits for it. */
  async write(): Promise<void> {
    if (this.#writing) return
    this.#writing = true
    try {
      while (this.#waiting.length > 0) {
        const some = this.#waiting.slice(0, 100)
        await this.memory.add(some)
        this.#waiting.splice(0, some.length)
      }
    } catch {
      // They wait until it is back.
    } finally {
      this.#writing = false
    }
  }

  /** @throws when the memory is away */
  read(range: AuditRange): Promise<AuditPage> {
    return this.memory.read(range)
  }

  #isFlood(from: string): boolean {
    const minute = Math.floor(this.now() / minuteMs)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#refused.clear()
    }
    const key = this.#refused.size < addressesMax ? from : ''
    const refused = (this.#refused.get(key) ?? 0) + 1
    this.#refused.set(key, refused)
    return refused > perAddressMax
  }
}
