/** Memories of the sign-in without Redis, which can be away, and a clock that is told the time. */
import { Attempts } from '../../../src/auth/attempts.js'
import { AccessTokens } from '../../../src/auth/access-token.js'
import { Audit, type AuditEntry, type AuditMemory } from '../../../src/auth/audit.js'
import { sessionKeys } from '../../../src/auth/keys.js'
import { hashPassword } from '../../../src/auth/password.js'
import { Sessions, type Session, type SessionMemory } from '../../../src/auth/sessions.js'
import { SignIn, type AccountMemory, type AccountRecord } from '../../../src/auth/sign-in.js'
import type { SasConfig } from '../../../src/config/schema.js'

export const START = 1_800_000_000_000

export class FakeMemory implements SessionMemory, AuditMemory, AccountMemory {
  away = false
  readonly sessions = new Map<string, Session>()
  readonly entries: AuditEntry[] = []
  readonly accounts = new Map<string, AccountRecord>()

  #ask(): void {
    if (this.away) throw new Error('away')
  }
  async all() {
    this.#ask()
    return [...this.sessions.values()]
  }
  async put(session: Session) {
    this.#ask()
    this.sessions.set(session.id, session)
  }
  async remove(id: string) {
    this.#ask()
    this.sessions.delete(id)
  }
  async add(entries: readonly AuditEntry[]) {
    this.#ask()
    this.entries.push(...entries)
  }
  async read({ before, count }: { before: string | null; count: number }) {
    this.#ask()
    const all = this.entries.map((entry, index) => ({ id: `${index + 1}-0`, ...entry })).reverse()
    const entries = all.filter(({ id }) => before === null || parseInt(id) < parseInt(before)).slice(0, count)
    return { entries, next: entries.length < count ? null : (entries.at(-1)?.id ?? null) }
  }
  async get(id: string) {
    this.#ask()
    return this.accounts.get(id) ?? null
  }
}

export class Clock {
  at = START
  readonly now = (): number => this.at
  pass(ms: number): void {
    this.at += ms
  }
}

export const keys = sessionKeys('a session secret of good length!', 'test')

/** A sign-in of one engine; another one on the same memory is its successor. */
export const signInOn = (memory: FakeMemory, clock: Clock, config: () => Pick<SasConfig, 'people' | 'accounts'>) => {
  const sessions = new Sessions(memory, keys['refresh-token'], clock.now)
  const tokens = new AccessTokens(keys['access-token'], 'test', clock.now)
  const audit = new Audit(memory, clock.now, () => undefined)
  return { signIn: new SignIn({ config, accounts: memory, sessions, tokens, attempts: new Attempts(clock.now), audit }), sessions }
}

/** Quick to make and to check: tests have many. */
export const withPassword = async (memory: FakeMemory, id: string, password: string, setAt = START - 1_000): Promise<void> =>
  void memory.accounts.set(id, { hash: await hashPassword(password, { ln: 10, r: 8, p: 1 }), setAt })
