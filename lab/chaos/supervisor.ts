/** Keeps engines running, as systemd would: whatever one ends with, another is started in its place. */
import type { EngineProcess, Stack } from '../stack.js'

/** systemd's own `RestartSec`. Where another stands by there is no haste: a start takes the cores that the takeover needs. */
const restartMs = { alone: 100, withStandby: 1_000 } as const
const activeLimitMs = 30_000

export class Supervisor {
  readonly #engines = new Set<EngineProcess>()
  #stopped = false
  #restarts: Promise<void> = Promise.resolve()
  #held: Promise<unknown> = Promise.resolve()

  /** @param count engines: one to work, the others stand by */
  static async start(stack: Stack, count: number): Promise<Supervisor> {
    const supervisor = new Supervisor(stack, count > 1 ? restartMs.withStandby : restartMs.alone)
    for (let started = 0; started < count; started++) await supervisor.#startOne()
    return supervisor
  }

  private constructor(
    private readonly stack: Stack,
    private readonly restartMs: number,
  ) {}

  /** The engine that says it is at work. @throws Error when none does within half a minute */
  async active(): Promise<EngineProcess> {
    const until = performance.now() + activeLimitMs
    while (performance.now() < until) {
      for (const engine of this.#engines) if (await isReady(engine)) return engine
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('no engine is at work')
  }

  /** Resolves once as many engines run as were asked for, the one at work among them. */
  async settled(): Promise<void> {
    for (let seen: Promise<void> | null = null; seen !== this.#restarts; await seen) seen = this.#restarts
    await this.active()
  }

  /** Kills every engine; none is started before `goesOn` is over. */
  killAll(goesOn: Promise<unknown>): void {
    this.#held = goesOn
    for (const { child } of this.#engines) child.kill('SIGKILL')
  }

  /** From here on nothing is started again. */
  stop(): void {
    this.#stopped = true
  }

  async #startOne(): Promise<void> {
    const engine = await this.stack.startEngine()
    this.#engines.add(engine)
    void engine.child.exited.then(() => {
      this.#engines.delete(engine)
      this.#restarts = Promise.all([this.#restarts, this.#startAgain()]).then(() => undefined)
    })
  }

  async #startAgain(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.restartMs))
    await this.#held
    if (this.#stopped) return
    // One that does not come up is tried again, as long as it takes.
    await this.#startOne().catch(() => this.#startAgain())
  }
}

async function isReady({ url }: EngineProcess): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(500) })).ok
  } catch {
    return false
  }
}
