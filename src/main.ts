/** Wiring, signals, exit codes; nothing else. */
import { Console } from 'node:console'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createPbx, type Pbx } from './ari/pbx.js'
import { canaryLine } from './ari/canary-line.js'
import { createPort } from './ari/create-port.js'
import { readPbxLoad } from './ari/pbx-load.js'
import type { AriPort } from './ari/port.js'
import { SoundWatch } from './ari/sound-watch.js'
import { fallbackRecordIn, noFallbackRecord } from './asterisk-config/fallback-record.js'
import { Canary } from './canary.js'
import { SteadyClock } from './clock.js'
import { EnvironmentError, readEnvironment, readSecrets, type Environment } from './config/environment.js'
import { ConfigError, showFault } from './config/fault.js'
import { httpCertificate, neighbourCertificate, type NeighbourTls, type Renewable } from './config/live-certificate.js'
import { LiveConfig } from './config/live-config.js'
import type { SasConfig } from './config/schema.js'
import { Engine, type StopReason } from './engine.js'
import { Feed, type SasView } from './feed/feed.js'
import type { DoorState, EngineDoor, ReloadAnswer } from './http/door.js'
import { createHttp, renewTls } from './http/server.js'
import { keyOf } from './jobs/signature.js'
import { Webhooks } from './jobs/webhooks.js'
import { Ledger } from './ledger.js'
import { Neighbours, type OwnState } from './neighbours/neighbours.js'
import { lookupAt } from './location/lookup.js'
import { createLogger, type Logger } from './log.js'
import type { Expected } from './metrics/facts.js'
import { createMetrics, type Metrics } from './metrics/metrics.js'
import { aboutSas, type About } from './redis/about.js'
import { Shelf } from './recordings/shelf.js'
import type { JournalEntry } from './redis/reader.js'
import type { RoomStore } from './redis/store.js'
import { createRoomStore } from './redis/room-store.js'
import type { NeighbourState } from './routing/events.js'
import { expectedWaitMs } from './routing/expectation.js'
import type { Fact } from './routing/facts.js'
import { stateForNeighbour } from './routing/receiving.js'
import { CANARY } from './routing/rules.js'
import { Sampled } from './sampled.js'
import { SigningIn } from './signing-in.js'
import { soundSources } from './status/sound-sources.js'
import { viewSupervision } from './status/supervision.js'
import { version } from './version.js'
import { EarlierCalls } from './earlier-calls.js'

/** A standby takes over this long after the active engine's last sign of life. */
const leaseMs = 500
/** A Redis silent for this long is not waited for. */
const silenceMs = 100

/** Between two looks at Redis and at the load of the PBX. */
const sampleMs = 5_000
/** Between two looks at the sound of one channel. */
const soundMs = 500

/** What `scripts/build` made of src/web. */
const pagesDirectory = fileURLToPath(new URL('../web', import.meta.url))

/** What the process ends with. Anything but `asked` wants a restart by whoever supervises it. */
export const exitCodes: Readonly<Record<StopReason, number>> = { asked: 0, fenced: 3, 'unsound-room': 4 }

/**
 * Runs one engine until a signal, or until it must not go on.
 * @returns the exit code
 * @throws EnvironmentError or ConfigError with every fault, before anything is started or when the address is taken
 */
export async function serve(): Promise<number> {
  const env = readEnvironment()
  const live = new LiveConfig(env.configFile)
  const { config } = live
  // Standard output is the log's alone; what libraries have to say goes beside it.
  globalThis.console = new Console(process.stderr)
  const log = createLogger(env.logLevel)
  const { now } = new SteadyClock()
  const about = (): About => aboutSas(live.config, (engine.room?.rules ?? live.rulesAt(now(), [])).staffing)
  const shown = env.http.tls && httpCertificate(env.http.tls, now)
  const linked = env.neighbours && neighbourCertificate(env.neighbours.tls, now)
  const certificates = [shown, linked].filter((one) => one !== null)
  const { quality } = aboutSas(config)
  const metrics = createMetrics(quality, now)
  const ledger = new Ledger(quality)
  const retentionMs = config.retention.drmHours * 3_600_000
  const store = createRoomStore({ url: env.redisUrl, sas: config.sas.id, about, retentionMs })
  const port = reach(env, metrics)
  const pbx = createPbx(port, { app: env.ari.app, observer: metrics.ari, now, lookup: lookupAt({ hosts: config.location.lookupHosts }) })
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`
  const onHistory = (lines: number): void => log.warn({ lines }, 'the record of the fallback is read for the first time: lines of more than a day ago are not counted')
  const fallback = env.fallbackRecord === null ? noFallbackRecord : fallbackRecordIn(env.fallbackRecord, { now, onHistory })
  const neighbours = linkTo(env, linked && linked.pem, config, () => engine, now)
  const engine: Engine = new Engine({ rulesAt: (at, overrides) => live.rulesAt(at, overrides), pbx, store, fallback, ...(neighbours && { neighbours }), owner, now, leaseMs, silenceMs })

  const reload = (by: string): ReloadAnswer => {
    const certificateFaults = certificates.flatMap((certificate) => renew(certificate, by, log))
    return readAgain(live, engine, metrics, log, by, certificateFaults)
  }
  const earlierCalls = countEarlierCalls(env, config, engine, now, log, (call) => feed.noteCall(call))
  const door = openDoor(engine, pbx, store, ledger, about, earlierCalls, now, reload)
  observe(engine, pbx, door, metrics, about, log)
  metrics.expect(expectedOf(config))
  const signingIn = env.sessionSecret === null ? null : signInWith(env, env.sessionSecret, port, pbx, live, metrics, now, log)
  store.events.on('trouble', (error) => log.warn({ error }, 'redis'))
  store.events.on('corrupt', (record) => log.error(record, 'record set aside'))
  const webhooks = tellOutside(env, config, engine, metrics, now, log)
  const feed = watch(engine, live, about, earlierCalls, now, log)
  const refuse = noteRefused(metrics, signingIn)
  if (neighbours) followNeighbours(neighbours, engine, refuse, log)
  metrics.neighbourSilence(() => neighbours?.silences() ?? [])
  const end = new AbortController()
  sendCanaries(engine, port, live, metrics, now, log, end.signal)
  engine.on('fact', (fact) => {
    ledger.add(fact)
    if (fact.type === 'gift-refused') refuse(fact.neighbour, null, fact.why)
  })
  // Those who look at Redis alone know what is in force.
  const tell = (): void => void store.describe().catch((error: unknown) => log.warn({ error }, 'redis'))
  engine.on('state', (state) => state === 'active' && tell())
  engine.on('fact', ({ type }) => type === 'rules-changed' && tell())
  engine.on('fact', ({ type }) => type === 'rules-changed' && signingIn?.tellPhones())
  engine.on('loaded', (lastJournalId) => {
    // The file may have changed while this engine stood by.
    reload('takeover')
    void signingIn?.load()
    const past = (): AsyncIterable<JournalEntry> => store.readJournal({ upTo: lastJournalId })
    void ledger.replay(past, (error) => log.warn({ error }, 'journal not read yet'), end.signal)
  })

  const { token, lrmToken, publicUrl, trustedProxies } = env.http
  const http = await createHttp({
    door,
    metrics,
    feed,
    links: webhooks,
    recordings: env.recordingsDir === null ? null : new Shelf(env.recordingsDir),
    token,
    lrmToken,
    trustedProxies,
    tls: shown && shown.pem,
    // Not there while the sources run as they are.
    pages: existsSync(pagesDirectory) ? { directory: pagesDirectory, sipServer: signingIn && env.webPhones.server } : null,
    signIn: signingIn && { signIn: signingIn.signIn, publicUrl, oidc: signingIn.oidc, issueSip: (session) => signingIn.issueSip(session) },
    logger: log,
  })
  shown?.serve((tls) => renewTls(http, tls))
  linked?.serve((tls) => neighbours?.renew(tls))
  metrics.certificates(() => certificates.flatMap(endsOf))
  for (const certificate of certificates) tellStanding(certificate, log)
  const address = await http.listen({ host: env.http.host, port: env.http.port }).catch(refuseAddress)
  log.info({ address, sas: config.sas.id, version }, 'listening')
  if (env.fallbackRecord === null) log.warn({}, 'DECROCHE_FALLBACK_RECORD is not set: calls that the fallback serves are not counted')

  await neighbours?.start().catch(refuseNeighbours)
  const sampling = sample(env, port, store, engine, about, metrics)

  const ended = new Promise<StopReason>((resolve) => engine.once('stopped', resolve))
  const ask = (): void => void engine.stop()
  process.on('SIGHUP', () => void reload('SIGHUP'))
  process.once('SIGTERM', ask)
  process.once('SIGINT', ask)
  engine.start().catch((error: unknown) => log.error({ error }, 'start'))
  const reason = await ended
  end.abort()
  await engine.stop()
  await http.close()
  earlierCalls.stop()
  sampling.stop()
  await Promise.all([signingIn?.stop(), webhooks?.stop(), neighbours?.stop()])
  log.info({ reason }, 'stopped')
  return exitCodes[reason]
}

function refuseAddress(error: NodeJS.ErrnoException): never {
  throw error.syscall === 'listen' ? new EnvironmentError([`DECROCHE_HTTP_HOST, DECROCHE_HTTP_PORT: ${error.message}`]) : error
}

/** @returns what is wrong with a new one: the one before stays */
function renew(certificate: Renewable, by: string, log: Logger): string[] {
  try {
    if (certificate.readAgain()) log.info({ by, certificate: certificate.name, until: isoOf(certificate) }, 'certificate read again')
    return []
  } catch (error) {
    log.error({ by, certificate: certificate.name, error }, 'certificate refused: the one before stays')
    return error instanceof EnvironmentError ? [...error.faults] : [`${certificate.name}: the certificate cannot be used: see the log`]
  } finally {
    tellStanding(certificate, log)
  }
}

function tellStanding(certificate: Renewable, log: Logger): void {
  const { name, standing } = certificate
  if (standing !== 'in-force') log.error({ certificate: name, until: isoOf(certificate) }, `the certificate ${standing === 'expired' ? 'has expired' : 'is not yet valid'}: others stay away`)
}

const isoOf = ({ until }: Renewable): string => new Date(until).toISOString()

const endsOf = ({ name, until, trustUntil }: Renewable): (readonly [string, number])[] =>
  trustUntil === null ? [[name, until]] : [[name, until], [`${name}-ca`, trustUntil]]

function sasView(config: SasConfig): SasView {
  const { name, positions, queues, quality } = aboutSas(config)
  const directory = Object.entries(config.outbound?.directory ?? {}).map(([id, { label }]) => ({ id, label }))
  const entries = config.entries.map(({ trunk, number, departement = null }) => ({ trunk, number, departement }))
  const labelled = (all: readonly { readonly id: string; readonly label: string }[]) => all.map(({ id, label }) => ({ id, label }))
  return { id: config.sas.id, neighbours: labelled(config.neighbours), giving: labelled(config.giving), name, positions, queues, quality, pauseReasons: config.pauseReasons, directory, entries }
}

function refuseNeighbours(error: NodeJS.ErrnoException): never {
  throw error.syscall === 'listen' ? new EnvironmentError([`DECROCHE_NEIGHBOURS_HOST, DECROCHE_NEIGHBOURS_PORT: ${error.message}`]) : error
}

/** Null where there is SIP alone between neighbours, or there are none. */
function linkTo({ neighbours: settings }: Environment, tls: NeighbourTls | null, { sas, neighbours, limits }: SasConfig, engine: () => Engine, now: () => number): Neighbours | null {
  const peers = neighbours.flatMap(({ id, urls, certificateName }) => (urls === undefined ? [] : [{ id, urls, certificateName: certificateName ?? id }]))
  if (peers.length === 0) return null
  if (settings === null || tls === null) throw new EnvironmentError(['DECROCHE_NEIGHBOURS_CERT, DECROCHE_NEIGHBOURS_KEY and DECROCHE_NEIGHBOURS_CA are missing: the file names neighbours with urls'])
  const state = (neighbour: string): OwnState | null => {
    const { room, state: stage } = engine()
    return room && stage === 'active' ? { ...stateForNeighbour(room, neighbour, now()), queueLengthMax: limits.queueLength } : null
  }
  return new Neighbours({
    sas: sas.id,
    listen: settings.listen,
    tls,
    peers,
    state,
    onAsk: (neighbour, id, ask) => engine().promise(neighbour, id, ask),
    onDrop: (neighbour, id) => engine().releasePromise(neighbour, id),
  })
}

type NoteRefused = (neighbour: string | null, ip: string | null, why: string) => void

const noteRefused =
  (metrics: Metrics, signingIn: SigningIn | null): NoteRefused =>
  (neighbour, ip, why) => {
    metrics.onNeighbourRefused(why)
    signingIn?.note('neighbour-refused', { account: neighbour, ip, detail: why })
  }

/** An engine that has just taken the room learns what was heard before. */
function followNeighbours(neighbours: Neighbours, engine: Engine, refuse: NoteRefused, log: Logger): void {
  const heard = new Map<string, NeighbourState | null>()
  neighbours.on('state', (neighbour, state) => {
    heard.set(neighbour, state)
    engine.hear(neighbour, state)
  })
  neighbours.on('refused', ({ why, neighbour, address }) => refuse(neighbour, address, why))
  neighbours.on('problem', (problem) => log.warn({ problem }, 'neighbours'))
  engine.on('settled', () => neighbours.changed())
  engine.on('state', () => neighbours.changed())
  engine.on('joined', () => {
    for (const [neighbour, said] of heard) engine.hear(neighbour, said)
  })
}

/** From when this engine has the room on, heard or not by a PBX that may be what failed. */
function sendCanaries(engine: Engine, port: AriPort, live: LiveConfig, metrics: Metrics, now: () => number, log: Logger, signal: AbortSignal): void {
  const canary = new Canary({
    line: canaryLine(port),
    everyMs: () => live.config.canary ? live.config.canary.everySeconds * 1_000 : null,
    now,
    onResult: (result) => {
      metrics.onCanary(result)
      const { failedAt: step, ...rest } = result
      if (step !== null) log.error({ step, ...rest }, 'canary failed')
    },
  })
  engine.on('fact', (fact) => canary.follow(fact))
  engine.once('loaded', () => void canary.run(signal))
}

/** Null where nobody is told. */
function tellOutside({ redisUrl }: Environment, { sas, lrm: { endpoints } }: SasConfig, engine: Engine, metrics: Metrics, now: () => number, log: Logger): Webhooks | null {
  if (endpoints.length === 0) return null
  const keys = readSecrets(endpoints.map(({ secretEnv }) => secretEnv), keyOf)
  const webhooks = new Webhooks({ redisUrl, sas: sas.id, endpoints, keys, now, onProblem: (error) => log.warn({ error }, 'webhooks'), onDelivery: metrics.onDelivery })
  metrics.links(() => webhooks.links())
  engine.on('loaded', (lastJournalId) => webhooks.start(lastJournalId))
  return webhooks
}

function countEarlierCalls({ redisUrl }: Environment, { sas }: SasConfig, engine: Engine, now: () => number, log: Logger, onKnown: (call: string) => void): EarlierCalls {
  const onProblem = (error: unknown): void => log.warn({ error }, 'earlier calls are not counted')
  const earlierCalls = new EarlierCalls({ redisUrl, sas: sas.id, calls: () => engine.room?.calls.values() ?? [], now, onKnown, onProblem })
  engine.on('loaded', () => earlierCalls.start())
  engine.on('state', (state) => state === 'active' && earlierCalls.takeUp())
  engine.on('settled', (outcome) => earlierCalls.follow(outcome))
  return earlierCalls
}

function watch(engine: Engine, live: LiveConfig, about: () => About, earlierCalls: EarlierCalls, now: () => number, log: Logger): Feed {
  const feed = new Feed({
    room: () => {
      if (!engine.room || engine.state === 'stopped') return null
      const { calls, agents } = engine.room
      // Made only where they are wanted: this is asked with each change.
      return { calls, agents, earlierCalls: (call) => earlierCalls.of(call), names: () => about() }
    },
    supervision: () => engine.room && viewSupervision(engine.room, now()),
    sas: () => sasView(live.config),
    now,
  })
  engine.on('settled', (outcome) => feed.note(outcome))
  engine.on('stopped', () => feed.close())
  feed.on('failed', (error) => log.error({ error }, 'feed: its watchers were let go'))
  return feed
}

function signInWith({ redisUrl, webPhones, oidc }: Environment, secret: string, port: AriPort, pbx: Pbx, live: LiveConfig, metrics: Metrics, now: () => number, log: Logger): SigningIn {
  const signingIn = new SigningIn({ redisUrl, secret, port, webPhones, oidc, config: () => live.config, now, log, onAudit: metrics.onAudit, onPhoneTaken: () => pbx.expectPhone() })
  metrics.sessions(() => signingIn.sessions.all().length)
  return signingIn
}

function reach({ ari: { url, user, password, transport, app } }: Environment, metrics: Metrics): AriPort {
  return createPort({ transport, url, user, password, app, observer: metrics.ari })
}

function openDoor(engine: Engine, pbx: Pbx, store: RoomStore, ledger: Ledger, about: () => About, earlierCalls: EarlierCalls, now: () => number, reload: EngineDoor['reload']): EngineDoor {
  const state = (): DoorState => ({
    ari: !pbx.isUp ? 'down' : engine.state === 'joining' ? 'joining' : 'up',
    redis: engine.degraded || !store.up ? 'degraded' : 'up',
    lease: engine.state === 'stopped' ? 'lost' : engine.state === 'standby' ? 'standby' : 'held',
    version,
  })
  return {
    submit: (request, asked) => engine.submit(request, asked),
    recall: (name) => engine.recall(name),
    room: () => {
      const { queues, trunks, sites } = about()
      return engine.room && { calls: engine.room.calls, agents: engine.room.agents, queues, trunks, sites, earlierCalls: (call) => earlierCalls.of(call) }
    },
    supervision: () => engine.room && viewSupervision(engine.room, now()),
    reload,
    indicators: () => ledger.summary(now()),
    state,
    now,
  }
}

/** Whole or not at all; whoever asked is told what differs, and what of it waits for a restart or for Asterisk. */
function readAgain(live: LiveConfig, engine: Engine, metrics: Metrics, log: Logger, by: string, certificateFaults: readonly string[]): ReloadAnswer {
  try {
    const reloaded = live.reload()
    if (reloaded.changed.length > 0) engine.reload(by, reloaded.changed)
    metrics.expect(expectedOf(live.config))
    metrics.onReload('taken')
    log.info({ by, ...reloaded }, 'configuration read again')
    return { ok: true, reloaded: { ...reloaded, certificateFaults } }
  } catch (error) {
    metrics.onReload('refused')
    if (!(error instanceof ConfigError)) {
      // A fault of ours, not of the file: calls go on by what was in force.
      log.error({ by, error }, 'configuration not read: nothing has changed')
      return { ok: false, faults: [{ path: '', line: null, column: null, message: 'the file cannot be read: see the log', hint: null }] }
    }
    log.error({ by, faults: error.faults.map((fault) => showFault(error.file, fault)) }, 'configuration refused: nothing has changed')
    return { ok: false, faults: error.faults }
  }
}

/** What is looked at now and then, beside the decisions: one small question at a time. */
function sample(env: Environment, port: AriPort, store: RoomStore, engine: Engine, about: () => About, metrics: Metrics): { stop(): void } {
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

const expectedOf = (config: SasConfig): Expected => ({ entries: config.entries, neighbours: config.neighbours.map(({ id }) => id), queues: aboutSas(config).queues.map(({ id }) => id) })

/** Facts whose every occurrence belongs in the log; the rest is for whoever reads at `debug`. */
const logged: ReadonlySet<Fact['type']> = new Set(['presented', 'ended', 'to-fallback', 'served-by-fallback', 'turned-away', 'missed', 'escalated', 'transfer-returned', 'refused', 'reconciled', 'rules-changed', 'override-set', 'override-ended', 'understaffed', 'staffed-again', 'recording-failed'])

function observe(engine: Engine, pbx: Pbx, door: EngineDoor, metrics: Metrics, about: () => About, log: Logger): void {
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
