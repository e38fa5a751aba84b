/** What the engine tells of itself: log, metrics, samples, and the canary that tries the whole chain. */
import { canaryLine } from '../ari/canary-line.js'
import { readPbxLoad } from '../ari/pbx-load.js'
import type { Pbx } from '../ari/pbx.js'
import type { AriPort } from '../ari/port.js'
import { SoundWatch } from '../ari/sound-watch.js'
import { Canary } from '../canary.js'
import type { EngineDoor } from '../http/door.js'
import type { RoomStore } from '../redis/store.js'
import { expectedWaitMs } from '../routing/expectation.js'
import type { Fact } from '../routing/facts.js'
import { CANARY } from '../routing/rules.js'
import { Sampled } from '../sampled.js'
import { soundSources } from '../status/sound-sources.js'
import type { Surroundings } from './surroundings.js'

/** Between two looks at Redis and at the load of the PBX. */
const sampleMs = 5_000
/** Between two looks at the sound of one channel. */
const soundMs = 500

/** Facts whose every occurrence belongs in the log; the rest is for whoever reads at `debug`. */
const logged: ReadonlySet<Fact['type']> = new Set(['presented', 'ended', 'to-fallback', 'served-by-fallback', 'turned-away', 'missed', 'escalated', 'transfer-returned', 'refused', 'reconciled', 'rules-changed', 'override-set', 'override-ended', 'understaffed', 'staffed-again', 'recording-failed'])

/** What the engine does, in the log and in Prometheus. */
export function observe({ engine, metrics, about, log }: Surroundings, pbx: Pbx, door: EngineDoor): void {
  metrics.room(() => {
    const room = door.room()
    return room && { ...room, calls: room.calls.values(), agents: room.agents.values() }
  })
  metrics.trunks(() => about().trunks, () => pbx.channelsInUse())
  metrics.supervision(() => door.supervision())
  metrics.expectedWaits(() => {
    const { room } = engine
    return room ? [...room.queues()].flatMap((queue) => (queue.rules.id === CANARY ? [] : [[queue.rules.id, expectedWaitMs(room, queue)] as const])) : []
  })
  metrics.parts(() => {
    const { ari, redis, lease } = door.state()
    const recording = door.supervision()?.recording
    return { ari: ari === 'up', redis: redis === 'up', lease: lease === 'held', ...(recording && { recorder: recording.failsSince === null }) }
  })
  engine.on('fact', (fact) => {
    metrics.onFact(fact)
    if (logged.has(fact.type)) log.info(fact, 'fact')
    else log.debug(fact, 'fact')
  })
  engine.on('decided', (_type, ms) => metrics.onStep(ms))
  engine.on('committed', (ms, outcome) => metrics.onCommit(ms, outcome))
  engine.on('state', (state) => {
    // Before the room is compared with the PBX: what ends or is answered by that counts under its entry.
    if (state === 'joining') metrics.adopt(engine.room?.calls.values() ?? [])
    log.info({}, state)
  })
  engine.on('degraded', (on) => log.warn({ degraded: on }, on ? 'redis is silent: going on from memory' : 'redis has the whole room again'))
  engine.on('problem', (what, error) => log.warn({ what, error }, 'problem'))
  engine.on('stopped', (reason, error) => {
    if (reason === 'asked') return
    log.fatal({ reason, error, ...(error && { last: engine.lastEvents() }) }, 'must not go on')
  })
}

/** What is looked at now and then, beside the decisions: one small question at a time. */
export function sample({ env, engine, about, metrics }: Surroundings, port: AriPort, store: RoomStore): { stop(): void } {
  const redis = new Sampled(async () => (store.up ? store.use() : null), sampleMs)
  metrics.redis(() => redis.value, () => store.backlog)
  const { console: socket } = env
  const pbx = socket === null ? null : new Sampled(() => readPbxLoad(socket), sampleMs)
  metrics.pbx(() => pbx?.value ?? null)
  metrics.ariSilence(() => (port.isUp ? port.silentForMs : null))
  const channels = () => soundSources(engine.state === 'active' ? (engine.room?.calls.values() ?? []) : [], about().sites)
  const sound = new SoundWatch({ port, everyMs: soundMs, channels, onSample: metrics.onSound })
  sound.start()
  return {
    stop: () => {
      for (const one of [redis, pbx, sound]) one?.stop()
    },
  }
}

/** From when this engine has the room on, heard or not by a PBX that may be what failed. */
export function sendCanaries({ engine, live, metrics, now, log, end }: Surroundings, port: AriPort): void {
  const canary = new Canary({
    line: canaryLine(port),
    everyMs: () => live.config.canary ? live.config.canary.everySeconds * 1_000 : null,
    now,
    onNone: () => metrics.onCanary(null),
    onResult: (result) => {
      metrics.onCanary(result)
      const { failedAt: step, ...rest } = result
      if (step !== null) log.error({ step, ...rest }, 'canary failed')
    },
  })
  engine.on('fact', (fact) => canary.follow(fact))
  engine.once('loaded', () => void canary.run(end))
}
