/**
 * Wrong passwords, counted for each account and each address: the next try has to wait twice as long each time. An account's own
 * wait stays short, for whoever wants to keep an ARM out needs no more than their name; an address has more tries, for a whole room may
 * have one.
 */
interface Bound {
  /** Tries that cost nothing but the hash. */
  readonly free: number
  readonly waitMsMax: number
}

const ofAccount: Bound = { free: 5, waitMsMax: 60_000 }
const ofAddress: Bound = { free: 20, waitMsMax: 15 * 60_000 }
/** Without a wrong password for this long, all is forgotten. */
const forgetMs = 30 * 60_000
const keptMax = 10_000

interface Failures {
  readonly count: number
  readonly lastAt: number
}

class Counter {
  readonly #failures = new Map<string, Failures>()

  constructor(
    private readonly bound: Bound,
    private readonly now: () => number,
  ) {}

  waitMs(key: string): number {
    const { count, lastAt } = this.#of(key)
    const over = count - this.bound.free
    if (over < 0) return 0
    return Math.max(0, lastAt + Math.min(this.bound.waitMsMax, 1_000 * 2 ** Math.min(over, 30)) - this.now())
  }

  failed(key: string): void {
    const { count } = this.#of(key)
    this.#failures.delete(key)
    this.#failures.set(key, { count: count + 1, lastAt: this.now() })
    const oldest = this.#failures.size > keptMax ? this.#failures.keys().next() : null
    if (oldest?.done === false) this.#failures.delete(oldest.value)
  }

  giveBack(key: string): void {
    const known = this.#failures.get(key)
    if (known === undefined) return
    if (known.count > 1) this.#failures.set(key, { ...known, count: known.count - 1 })
    else this.#failures.delete(key)
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  #of(key: string): Failures {
    const known = this.#failures.get(key)
    return known !== undefined && this.now() - known.lastAt < forgetMs ? known : { count: 0, lastAt: 0 }
  }
}

export class Attempts {
  readonly #accounts: Counter
  readonly #addresses: Counter

  constructor(now: () => number) {
    this.#accounts = new Counter(ofAccount, now)
    this.#addresses = new Counter(ofAddress, now)
  }

  /** How long this account or this address has to wait, ms; 0 when it may try now. */
  waitMs(account: string, ip: string): number {
    return Math.max(this.#accounts.waitMs(account), this.#addresses.waitMs(ip))
  }

  /** Counts a try as failed, until it is known otherwise: many at once are many. */
  begin(account: string, ip: string): void {
    this.#accounts.failed(account)
    this.#addresses.failed(ip)
  }

  /** The address keeps its earlier failures: one password that is known must not make the others free. */
  succeeded(account: string, ip: string): void {
    this.#accounts.forget(account)
    this.#addresses.giveBack(ip)
  }

  /** It was never found out whether the password was right. */
  undecided(account: string, ip: string): void {
    this.#accounts.giveBack(account)
    this.#addresses.giveBack(ip)
  }
}
