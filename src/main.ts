/** One engine: its parts, signals, exit codes. How the parts are tied together stands in `main/`. */
import { Console } from 'node:console'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createPort } from './ari/create-port.js'
import { createPbx } from './ari/pbx.js'
import { fallbackRecordIn, noFallbackRecord } from './asterisk-config/fallback-record.js'
import { SteadyClock } from './clock.js'
import { EnvironmentError, readEnvironment } from './config/environment.js'
import { httpCertificate, neighbourCertificate } from './config/live-certificate.js'
import { LiveConfig } from './config/live-config.js'
import { Engine, type StopReason } from './engine.js'
import type { ReloadAnswer } from './http/door.js'
import { createHttp, renewTls } from './http/server.js'
import { Ledger } from './ledger.js'
import { lookupAt } from './location/lookup.js'
import { createLogger } from './log.js'
import { endsOf, renew, tellStanding } from './main/certificates.js'
import { expectedOf, openDoor, readAgain } from './main/door.js'
import { observe, sample, sendCanaries } from './main/measuring.js'
import { followNeighbours, linkTo, noteRefused, refuseNeighbours } from './main/neighbours.js'
import { letIn, tellOutside } from './main/outside.js'
import { countEarlierCalls, watch } from './main/showing.js'
import type { Surroundings } from './main/surroundings.js'
import { createMetrics } from './metrics/metrics.js'
import { Shelf } from './recordings/shelf.js'
import { aboutSas, type About } from './redis/about.js'
import type { JournalEntry } from './redis/reader.js'
import { createRoomStore } from './redis/room-store.js'
import { version } from './version.js'

/** A standby takes over this long after the active engine's last sign of life. */
const leaseMs = 500
/** A Redis silent for this long is not waited for. */
const silenceMs = 100

/** What `scripts/build` made of src/web. */
const pagesDirectory = fileURLToPath(new URL('../web', import.meta.url))

/** What the process ends with. Anything but `asked` wants a restart by whoever supervises it. */
export const exitCodes: Readonly<Record<StopReason, number>> = { asked: 0, fenced: 3, 'unsound-room': 4 }

/**
 * Runs one engine until a signal, or until it must not go on.
 * @returns the exit code
 * @throws EnvironmentError or ConfigError with every fault, when nothing was started or what was is closed again
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
  const store = createRoomStore({ url: env.redisUrl, sas: config.sas.id, about, retentionMs: config.retention.drmHours * 3_600_000 })
  const { url, user, password, transport, app } = env.ari
  const port = createPort({ transport, url, user, password, app, observer: metrics.ari })
  const pbx = createPbx(port, { app, observer: metrics.ari, now, lookup: lookupAt({ hosts: config.location.lookupHosts }) })
  const onHistory = (lines: number): void => log.warn({ lines }, 'the record of the fallback is read for the first time: lines of more than a day ago are not counted')
  const fallback = env.fallbackRecord === null ? noFallbackRecord : fallbackRecordIn(env.fallbackRecord, { now, onHistory })
  const neighbours = linkTo(env, linked && linked.pem, config, () => engine, now)
  const owner = `${hostname()}/${process.pid}/${randomUUID()}`
  const engine: Engine = new Engine({ rulesAt: (at, overrides) => live.rulesAt(at, overrides), pbx, store, fallback, ...(neighbours && { neighbours }), owner, now, leaseMs, silenceMs })
  const end = new AbortController()
  const all: Surroundings = { env, live, engine, metrics, log, about, now, end: end.signal }

  const reload = (by: string): ReloadAnswer => readAgain(all, by, certificates.flatMap((certificate) => renew(certificate, by, log)))
  const earlierCalls = countEarlierCalls(all, (call) => feed.noteCall(call))
  const door = openDoor(all, pbx, store, ledger, earlierCalls, reload)
  observe(all, pbx, door)
  metrics.expect(expectedOf(config))
  const signingIn = letIn(all, port, pbx)
  store.events.on('trouble', (error) => log.warn({ error }, 'redis'))
  store.events.on('corrupt', (record) => log.error(record, 'record set aside'))
  const webhooks = tellOutside(all)
  const feed = watch(all, earlierCalls)
  followNeighbours(all, neighbours, noteRefused(metrics, signingIn))
  sendCanaries(all, port)
  engine.on('fact', (fact) => ledger.add(fact))
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
  let sampling: ReturnType<typeof sample> | null = null
  let reason: StopReason
  try {
    const address = await http.listen({ host: env.http.host, port: env.http.port }).catch(refuseAddress)
    log.info({ address, sas: config.sas.id, version }, 'listening')
    if (env.fallbackRecord === null) log.warn({}, 'DECROCHE_FALLBACK_RECORD is not set: calls that the fallback serves are not counted')
    await neighbours?.start().catch(refuseNeighbours)
    sampling = sample(all, port, store)

    const ended = new Promise<StopReason>((resolve) => engine.once('stopped', resolve))
    const ask = (): void => void engine.stop()
    process.on('SIGHUP', () => void reload('SIGHUP'))
    process.once('SIGTERM', ask)
    process.once('SIGINT', ask)
    engine.start().catch((error: unknown) => log.error({ error }, 'start'))
    reason = await ended
  } finally {
    // Whoever cannot start must end: whatever supervises it sees nothing but that.
    end.abort()
    await engine.stop()
    await http.close()
    earlierCalls.stop()
    sampling?.stop()
    await Promise.all([signingIn?.stop(), webhooks?.stop(), neighbours?.stop()])
  }
  log.info({ reason }, 'stopped')
  return exitCodes[reason]
}

function refuseAddress(error: NodeJS.ErrnoException): never {
  throw error.syscall === 'listen' ? new EnvironmentError([`DECROCHE_HTTP_HOST, DECROCHE_HTTP_PORT: ${error.message}`]) : error
}
