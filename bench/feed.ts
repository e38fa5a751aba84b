/**
 * What watchers cost the engine: `npx tsx bench/feed.ts [--watchers 200] [--rate 10] [--seconds 10] [--rounds 12] [--json]`.
 *
 * First the work of the feed for one change (the decisions of a caller's arrival, pickup and end, together) while 10 to 10,000 callers wait. Then a real engine on a real Redis, told of things by
 * another process at random moments, `rate` a second, while a third process has watchers on loopback sockets, a quarter of them
 * supervisors; short rounds with and without them take turns, and of each kind the best quarter counts, so that other work on the
 * machine does not. Where that is allowed, the engine, its Redis and who tells it come before other work, and the watchers after it:
 * in the field they are on machines of their own. Latency runs from the moment the other process tells of something until its
 * decision is committed and its effects are handed out.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setPriority } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fastify } from 'fastify'
import { WebSocket } from 'ws'
import { startRedis } from '../lab/redis.js'
import { Doorkeeper } from '../src/auth/doorkeeper.js'
import type { Principal } from '../src/auth/principal.js'
import { SteadyClock } from '../src/clock.js'
import { Engine } from '../src/engine.js'
import { Feed } from '../src/feed/feed.js'
import { trustIn } from '../src/http/address.js'
import { serveFeed } from '../src/http/feed.js'
import { createRoomStore } from '../src/redis/room-store.js'
import type { PbxEvent, WithoutTime } from '../src/routing/events.js'
import { viewSupervision } from '../src/status/supervision.js'
import { FakePbx, found } from '../test/unit/engine-parts.js'
import { FullRoom, rules } from './full-room.js'

const { values } = parseArgs({
  options: {
    watchers: { type: 'string', default: '200' },
    rate: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '12' },
    json: { type: 'boolean', default: false },
    role: { type: 'string' },
  },
})
const [watchers, rate, seconds, rounds] = [values.watchers, values.rate, values.seconds, values.rounds].map(Number) as [number, number, number, number]

const supervisor = 'supervisor'
const sas = { id: 'bench', name: 'Bench', positions: [], queues: [], pauseReasons: [], directory: [], entries: [], neighbours: [], giving: [], quality: { answerMs: 30_000, orientationMs: 30_000 } }
const trunks = [{ id: 'operator', channels: 30, reserved: 0 }]
const principalOf = (token: string): Principal => ({
  id: token,
  agent: token === supervisor ? null : token,
  rights: new Set([token === supervisor ? 'supervisor' : 'agent']),
  session: null,
})

const rank = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

/** The slowest of the best quarter of the rounds. */
const quick = (all: readonly number[][], share: number): number => rank(all.map((sorted) => rank(sorted, share)).sort((a, b) => a - b), 0.24)

/** Before, or after, other work on the machine; as everybody where that is not allowed. */
function comeBefore(pid: number, nice: number): void {
  try {
    setPriority(pid, nice)
  } catch {
    process.stderr.write('other work on this machine counts\n')
  }
}

/** The watchers: they read, and count. */
function beWatchers(): void {
  const sockets: WebSocket[] = []
  process.on('message', ({ url, off }: { url?: string; off?: true }) => {
    if (off) {
      for (const socket of sockets.splice(0)) socket.terminate()
      process.send?.('off')
      return
    }
    let waiting = watchers
    for (let index = 0; index < watchers; index++) {
      const socket = new WebSocket(url as string)
      sockets.push(socket)
      socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token: index % 4 === 0 ? supervisor : `arm${index % 30}` })))
      socket.once('message', () => --waiting === 0 && process.send?.('on'))
      socket.on('error', () => undefined)
    }
  })
}

/** Says when something happens, at random moments. */
async function beTeller(): Promise<void> {
  const until = performance.now() + seconds * 1_000
  for (;;) {
    await pause(-Math.log(1 - Math.random()) * (1_000 / rate))
    if (performance.now() > until) break
    process.send?.({ toldNs: String(process.hrtime.bigint()) })
  }
  process.send?.({ done: true })
}

/** The feed's own work for one change, µs, in rooms of several sizes: 50 supervisors and 150 agents, who read nothing. */
async function work(): Promise<{ waiting: number; feedUs: number }[]> {
  const results = []
  for (const waiting of [10, 100, 1_000, 10_000]) {
    const full = new FullRoom(waiting)
    const feed = new Feed({
      room: () => ({ calls: full.room.calls, agents: full.room.agents, earlierCalls: () => null, names: () => ({ queues: rules.queues.values(), trunks, sites: {} }) }),
      supervision: () => viewSupervision(full.room, full.at),
      sas: () => sas,
      now: () => full.at,
    })
    for (let index = 0; index < watchers; index++) feed.watch({ principal: principalOf(index % 4 === 0 ? supervisor : `arm${index % 30}`), send: () => undefined })
    const idle = async (): Promise<void> => {
      for (let turn = 0; turn < 2 + watchers / 25; turn++) await new Promise(setImmediate)
    }
    for (let turn = 0; turn < watchers / 10 + 30; turn++) await idle()
    const times: number[] = []
    full.onOutcome = (outcome) => feed.note(outcome)
    for (let cycle = 0; cycle < 60; cycle++) {
      full.cycle()
      const started = performance.now()
      await idle()
      if (cycle >= 10) times.push((performance.now() - started) * 1_000)
    }
    feed.close()
    results.push({ waiting, feedUs: rounded(rank(times.sort((a, b) => a - b), 0.5), 1) })
  }
  return results
}

/** What happens next in the life of the calls: whatever is due at the PBX, or a caller comes or goes. */
class Life {
  readonly #due: WithoutTime<PbxEvent>[] = []
  readonly #talking: string[] = []
  #calls = 0

  constructor(
    private readonly pbx: FakePbx,
    private readonly now: () => number,
  ) {}

  next(): PbxEvent {
    for (const effect of this.pbx.performed.splice(0)) {
      if (effect.type === 'ring') this.#due.push({ type: 'leg-answered', leg: effect.leg })
      if (effect.type !== 'join') continue
      for (const channel of effect.channels) this.#due.push({ type: 'joined', bridge: effect.bridge, channel })
      this.#talking.push(effect.channels[0] as string)
    }
    const event = this.#due.shift() ?? this.#comeOrGo()
    return { ...event, at: this.now() } as PbxEvent
  }

  #comeOrGo(): WithoutTime<PbxEvent> {
    const [oldest] = this.#talking
    if (oldest !== undefined && this.#talking.length >= 25) return { type: 'channel-gone', channel: this.#talking.shift() as string, cause: 'normal' }
    return { type: 'call-arrived', call: `c${this.#calls++}`, trunk: 'operator', number: '15', caller: '0199000001', arrivedAt: this.now(), answered: false }
  }
}

const child = (role: string): ChildProcess => fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--role', role], { execArgv: process.execArgv })

async function measure(): Promise<Record<'without' | 'with', number[][]>> {
  const redis = await startRedis()
  for (const pid of [process.pid, redis.pid]) comeBefore(pid, -15)
  const { now } = new SteadyClock()
  const pbx = new FakePbx([])
  const about = () => ({ name: 'Bench', queues: [], positions: [], trunks: [], sites: {}, staffing: [], quality: sas.quality })
  const store = createRoomStore({ url: redis.url, sas: 'bench', about, retentionMs: 3_600_000 })
  const engine = new Engine({ rulesAt: () => rules, pbx, store, owner: 'bench', now, leaseMs: 500, silenceMs: 100 })
  const feed = new Feed({
    room: () => engine.room && { calls: engine.room.calls, agents: engine.room.agents, earlierCalls: () => null, names: () => ({ queues: rules.queues.values(), trunks, sites: {} }) },
    supervision: () => engine.room && viewSupervision(engine.room, now()),
    sas: () => sas,
    now,
  })
  engine.on('settled', (outcome) => feed.note(outcome))
  const app = fastify()
  const doorkeeper = { recognize: async (token: string) => ({ ok: true, principal: principalOf(token) }) } as unknown as Doorkeeper
  serveFeed(app, { feed, doorkeeper, sessions: null, audit: null, trust: trustIn([]), onWatchers: () => undefined, onClosed: (why) => process.stderr.write(`a watcher was let go: ${why}\n`), limits: {} })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/feed`
  await engine.start()
  pbx.comesUp()
  await new Promise(setImmediate)
  pbx.asked.shift()?.resolve(found(now()))
  await once(engine, 'state')
  for (const { id } of rules.people) await engine.submit({ type: 'sign-in', agent: id })
  const life = new Life(pbx, now)
  const watching = child('watchers')
  comeBefore(watching.pid ?? 0, 19)
  const times: Record<'without' | 'with', number[][]> = { without: [], with: [] }
  for (let round = 0; round < rounds * 2; round++) {
    const which = round % 2 === 0 ? 'without' : 'with'
    watching.send(which === 'with' ? { url } : { off: true })
    await once(watching, 'message')
    const latencies: number[] = []
    const teller = child('teller')
    comeBefore(teller.pid ?? 0, -15)
    teller.on('message', ({ toldNs }: { toldNs?: string }) => {
      if (toldNs === undefined) return
      engine.once('settled', () => latencies.push(Number(process.hrtime.bigint() - BigInt(toldNs)) / 1e6))
      pbx.emit('event', life.next())
    })
    await once(teller, 'exit')
    times[which].push(latencies.sort((a, b) => a - b))
  }
  watching.kill()
  await app.close()
  await engine.stop()
  await redis.stop()
  return times
}

if (values.role === 'watchers') beWatchers()
else if (values.role === 'teller') void beTeller().then(() => process.disconnect())
else {
  const sizes = await work()
  const times = await measure()
  const figures = Object.entries(times).map(([which, all]) => {
    return { which, decisions: all.flat().length, p50: rounded(quick(all, 0.5)), p99: rounded(quick(all, 0.99)) }
  })
  const [without, watched] = figures as [(typeof figures)[number], (typeof figures)[number]]
  const added = { p50: rounded(watched.p50 - without.p50), p99: rounded(watched.p99 - without.p99) }
  const ratio = { p50: rounded(watched.p50 / without.p50), p99: rounded(watched.p99 / without.p99) }
  if (values.json) process.stdout.write(`${JSON.stringify({ watchers, rate, sizes, without, with: watched, added, ratio })}\n`)
  else {
    for (const { waiting, feedUs } of sizes) process.stdout.write(`${String(waiting).padStart(6)} waiting  ${feedUs} µs of the feed's work a change, ${watchers} watchers\n`)
    for (const { which, decisions, p50, p99 } of figures) process.stdout.write(`${which.padEnd(8)} ${watchers} watchers: ${decisions} decisions, p50 ${p50} ms, p99 ${p99} ms\n`)
    process.stdout.write(`added: p50 ${added.p50} ms (× ${ratio.p50}), p99 ${added.p99} ms (× ${ratio.p99})\n`)
  }
}
