/** What goes wrong, when, and for how long: all from the seed. Each kind ends by itself, or when everything heals. */
import type { Rules } from '../../src/routing/rules.js'
import { atNight, withoutMg } from '../routing/sample-rules.js'
import type { Engines, Machine, Running } from './engines.js'
import type { FakeAsterisk } from './fake-asterisk.js'
import type { FakeRedis } from './fake-redis.js'
import type { Fallback } from './fallback.js'
import type { Floor } from './people.js'
import type { Random } from './random.js'
import type { Process, Timeline } from './timeline.js'

export interface FaultsOptions {
  readonly timeline: Timeline
  readonly random: Random
  readonly pbx: FakeAsterisk
  readonly redis: FakeRedis
  readonly engines: Engines
  readonly floor: Floor
  readonly fallback: Fallback
  /** By day. */
  readonly rules: Rules
  /** Between two faults, on average. */
  readonly everyMs: number
  readonly say: (what: string) => void
  readonly count: (kind: string) => void
  /** Redis is about to lose what it knows, or some of it. */
  readonly onForgetting: () => void
}

type Fault = (faults: Faults) => string | null

export class Faults {
  /** Kills an engine on the way from a commit to its effects: after so many commits, or so many requests sent. */
  readonly traps = { commits: 0, requests: 0 }
  readonly #options: FaultsOptions
  readonly #kinds: readonly string[]
  readonly #ends = new Set<() => void>()
  #healed = false

  constructor(options: FaultsOptions) {
    this.#options = options
    const all = Object.keys(kinds)
    // Some kinds only, in each run: rare ones meet each other more often than if all were always there.
    const share = options.random.between(0.15, 1)
    const some = all.filter(() => options.random.chance(share))
    this.#kinds = some.length > 0 ? some : all
  }

  begin(): void {
    const { timeline, random, everyMs, say, count } = this.#options
    timeline.post(null, random.untilNext(everyMs), () => {
      if (this.#healed) return
      const kind = random.pick(this.#kinds)
      const what = kinds[kind]?.(this) ?? null
      if (what !== null) {
        count(kind)
        say(`${kind} ${what}`)
      }
      this.begin()
    })
  }

  heal(): void {
    this.#healed = true
    this.traps.commits = this.traps.requests = 0
    for (const end of [...this.#ends]) end()
  }

  get options(): FaultsOptions {
    return this.#options
  }

  /** Lasts for a while, from short to long. @returns how long, in words */
  lasts(fromMs: number, toMs: number, end: () => void): string {
    const { timeline, random } = this.#options
    // Short ones more often than long ones.
    const ms = fromMs * (toMs / fromMs) ** random.next()
    const once = (): void => {
      if (this.#ends.delete(once)) end()
    }
    this.#ends.add(once)
    timeline.post(null, ms, once)
    return `for ${Math.round(ms)} ms`
  }

  some(): Running | null {
    const { engines, random } = this.#options
    const all = engines.all()
    const active = engines.active()
    if (active && random.chance(0.7)) return active
    return all.length > 0 ? random.pick(all) : null
  }
}

const to = (run: (faults: Faults, running: Running) => string): Fault => (faults) => {
  const running = faults.some()
  return running && `${running.process.name} ${run(faults, running)}`
}

function frozen(faults: Faults, process: Process, fromMs: number, toMs: number): string {
  const { timeline } = faults.options
  timeline.freeze(process)
  return faults.lasts(fromMs, toMs, () => timeline.thaw(process))
}

const kinds: Readonly<Record<string, Fault>> = {
  'kill-engine': to(({ options }, running) => {
    options.engines.kill(running)
    return ''
  }),
  'kill-after-commit': (faults) => {
    faults.traps.commits = 1 + faults.options.random.below(4)
    return `in ${faults.traps.commits} commits`
  },
  'kill-between-requests': (faults) => {
    faults.traps.requests = 1 + faults.options.random.below(6)
    return `in ${faults.traps.requests} requests`
  },
  'stop-engine': to(({ options }, running) => {
    options.engines.stop(running)
    return ''
  }),
  'freeze-engine': to((faults, { process }) => frozen(faults, process, 20, 8_000)),
  'clock-jump': (faults) => {
    const { engines, random } = faults.options
    const machine: Machine = random.pick(engines.machines)
    const { running } = machine
    if (!running) return null
    const errorMs = random.pick([-3_600_000, -5_000, 5_000, 3_600_000])
    running.process.wallErrorMs += errorMs
    // Set right before another engine starts there: what an engine begins with is taken for the time.
    return `${running.process.name} by ${errorMs} ms ${faults.lasts(500, 20_000, () => (running.process.wallErrorMs -= errorMs))}`
  },
  'cut-ari': to((_, { wire }) => {
    wire.cut()
    return ''
  }),
  'refuse-ari': to((faults, { wire }) => {
    wire.trouble.refused = true
    wire.cut()
    return faults.lasts(100, 5_000, () => (wire.trouble.refused = false))
  }),
  'silent-ari': to((faults, { wire }) => {
    const which = faults.options.random.below(3)
    wire.trouble.silentUp = which !== 0
    wire.trouble.silentDown = which !== 1
    return `${['down', 'up', 'both'][which]} ${faults.lasts(100, 8_000, () => {
      wire.trouble.silentUp = false
      wire.trouble.silentDown = false
      // What TCP had given up in between is not made good by a wire that works again.
      wire.cut()
    })}`
  }),
  'slow-ari': to((faults, { wire }) => {
    const ms = faults.options.random.between(5, 300)
    wire.trouble.slowMs += ms
    return `by ${Math.round(ms)} ms ${faults.lasts(500, 10_000, () => (wire.trouble.slowMs -= ms))}`
  }),
  'double-events': to((faults, { wire }) => {
    Object.assign(wire.trouble, { twice: 0.3, againMs: faults.options.random.pick([1, 30, 1_000]) })
    return faults.lasts(1_000, 20_000, () => (wire.trouble.twice = 0))
  }),
  'lose-requests': to((faults, { wire }) => {
    Object.assign(wire.trouble, { lostRequests: 0.05, lostAnswers: 0.1 })
    return faults.lasts(500, 5_000, () => Object.assign(wire.trouble, { lostRequests: 0, lostAnswers: 0 }))
  }),
  'new-rules': ({ options: { engines, random, rules } }) => {
    const [what, to] = random.pick([['night', atNight(rules)], ['no MG', withoutMg(rules)], ['day', rules]] as const)
    engines.follow(to)
    return what
  },
  'freeze-asterisk': (faults) => frozen(faults, faults.options.pbx.process, 20, 5_000),
  'restart-asterisk': (faults) => {
    const { timeline, pbx, engines, floor, fallback, random } = faults.options
    timeline.kill(pbx.restart())
    fallback.restart()
    pbx.listening = false
    for (const { wire } of engines.all()) wire.cut()
    for (const person of floor.people) {
      person.reachable = false
      const { leg } = person
      if (leg !== null) timeline.post(null, random.between(0, 3_000), () => person.stopped(leg))
    }
    return faults.lasts(500, 4_000, () => {
      pbx.listening = true
      for (const person of floor.people) timeline.post(null, random.between(0, 5_000), () => person.register())
    })
  },
  'cut-redis': to((_, running) => {
    running.redisClient().cut()
    return ''
  }),
  'silent-redis': to((faults, { redisTrouble, redisClient }) => {
    redisTrouble.silentUp = faults.options.random.chance(0.6)
    redisTrouble.silentDown = !redisTrouble.silentUp || faults.options.random.chance(0.5)
    return faults.lasts(50, 8_000, () => {
      Object.assign(redisTrouble, { silentUp: false, silentDown: false })
      redisClient().cut()
    })
  }),
  'slow-redis': to((faults, { redisTrouble }) => {
    const ms = faults.options.random.between(2, 250)
    redisTrouble.slowMs += ms
    return `by ${Math.round(ms)} ms ${faults.lasts(200, 8_000, () => (redisTrouble.slowMs -= ms))}`
  }),
  'freeze-redis': (faults) => frozen(faults, faults.options.redis.process, 20, 6_000),
  'restart-redis': (faults) => {
    const { timeline, redis, engines, random, onForgetting } = faults.options
    const keeps = random.pick(['all', 'all', 'synced', 'synced', 'nothing'] as const)
    if (keeps !== 'all') onForgetting()
    timeline.kill(redis.restart(keeps))
    redis.listening = false
    for (const running of engines.all()) running.redisClient().cut()
    return `keeping ${keeps} ${faults.lasts(100, 4_000, () => (redis.listening = true))}`
  },
  'flush-redis': (faults) => {
    faults.options.onForgetting()
    faults.options.redis.flush()
    return ''
  },
  'full-redis': (faults) => {
    const { redis } = faults.options
    redis.full = true
    return faults.lasts(200, 6_000, () => (redis.full = false))
  },
}

export const faultKinds: readonly string[] = Object.keys(kinds)
