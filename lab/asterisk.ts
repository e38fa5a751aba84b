/**
 * A real Asterisk of one's own, in the root file system that `scripts/setup` built. Each has its directories and ports;
 * all share the root file system, seen through a private mount namespace that vanishes with the process.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { renderAsterisk } from '../src/asterisk-config/render.js'
import { debianDirectories, type PbxSite, siteDefaults } from '../src/asterisk-config/site.js'
import type { SasConfig } from '../src/config/schema.js'
import type { Certificate } from './certificates.js'
import { findMedia, findRootfs } from './paths.js'
import { freePort, freePortRange } from './ports.js'
import { type Child, type Exit, type Place, startChild } from './process.js'
import { scratchDirectory } from './scratch.js'

export interface AsteriskOptions {
  config: SasConfig
  /** Where addresses, ports, secrets must be given ones (a restart: pass `asterisk.site`); the rest is chosen. */
  site?: Partial<PbxSite>
  /** Holds its configuration, logs and state; pass `asterisk.dir` to start the same one again. */
  dir?: string
  rootfs?: string
  media?: string
  /** With it, SIP and websocket are there over TLS too. */
  certificate?: Certificate
  /** Where sound comes and goes; loopback by default. */
  mediaAddress?: string
  /** RTP ports to take; four per bridged call. */
  rtpPorts?: number
  /** SIP and sound are at its address, at the usual ports; HTTP is on its loopback, where the engine is too. */
  place?: Place | undefined
}

export interface Asterisk {
  readonly site: PbxSite
  readonly dir: string
  readonly logDir: string
  /** What the fallback did, a file. */
  readonly fallbackRecord: string
  /** Recorded conversations, a directory. */
  readonly recordings: string
  /** Its console, a socket. */
  readonly console: string
  readonly pid: number
  readonly exited: Promise<Exit>
  readonly ariUrl: string
  readonly user: string
  readonly password: string
  readonly app: string
  /** `host:port` of SIP, UDP and TCP. */
  readonly sip: string
  /** SIP over websocket. */
  readonly wsUrl: string
  readonly sipSecret: string
  /** A console command's output. @throws Error when Asterisk is gone. */
  cli(command: string): Promise<string>
  /** Warnings and errors so far, one a line. */
  complaints(): string[]
  /** Hangs up everything and ends. */
  stop(): Promise<void>
  /** As a crash would (SIGKILL). */
  kill(): Promise<void>
}

const bootLimitMs = 60_000
/** Of an Asterisk that has a place of its own. */
export const sipPort = 5060
const run = promisify(execFile)

// $1 root file system, $2 instance, $3 media. The mounts live in this process's own namespace.
const enter = `set -e
mount --bind /proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1/mnt"
mount --bind "$2/hosts" "$1/etc/hosts"
mount --bind "$3/music" "$1/mnt/music"
mount --bind "$3/prompts" "$1/usr/share/asterisk/sounds/fr/decroche"
exec chroot "$1" /usr/sbin/asterisk -f -C /mnt/etc/asterisk.conf`

/** Resolves once it is fully booted. @throws Error with the end of its log when it does not boot within a minute. */
export async function startAsterisk(options: AsteriskOptions): Promise<Asterisk> {
  const rootfs = options.rootfs ?? findRootfs()
  const media = options.media ?? findMedia()
  const dir = options.dir ?? scratchDirectory('asterisk')
  const site = await completeSite(options)
  writeInstance(dir, renderAsterisk(options.config, site))
  if (options.certificate) bring(options.certificate, dir)

  const child = await startChild({
    command: 'unshare',
    args: ['--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh', rootfs, dir, media],
    logFile: join(dir, 'log', 'console.log'),
    place: options.place,
  })
  try {
    await booted(child, dir)
  } catch (error) {
    await child.stop('SIGKILL')
    throw error
  }
  return handle(child, site, dir)
}

/** Paths as Asterisk sees them: the instance is mounted on /mnt of the root file system. */
const directories: PbxSite['dirs'] = {
  ...debianDirectories,
  etc: '/mnt/etc',
  state: '/mnt/state',
  run: '/mnt/run',
  log: '/mnt/log',
  spool: '/mnt/spool',
  record: '/mnt/record',
  music: '/mnt/music',
}

async function completeSite({ site = {}, certificate, place, mediaAddress = '127.0.0.1', rtpPorts = 1000 }: Omit<AsteriskOptions, 'config'>): Promise<PbxSite> {
  if (place) return completeSite({ site: { ...usualPorts(place, rtpPorts), ...site }, rtpPorts, ...(certificate && { certificate }) })
  const media = site.media ?? (await chooseMedia(mediaAddress, rtpPorts))
  return {
    ...siteDefaults,
    sip: { address: '127.0.0.1', port: await freePort() },
    http: { address: '127.0.0.1', port: await freePort(), sessions: 1000 },
    ari: { user: 'decroche', password: randomBytes(18).toString('base64url') },
    sipSecret: randomBytes(18).toString('base64url'),
    dirs: directories,
    ...(certificate && { tls: { address: '127.0.0.1', sipPort: await freePort(), httpPort: await freePort(), certificate: '/mnt/keys/tls.pem', key: '/mnt/keys/tls.key', engines: ['127.0.0.1'] } }),
    ...site,
    media,
  }
}

/** Nobody else is there. */
const usualPorts = ({ address }: Place, rtpPorts: number): Pick<PbxSite, 'sip' | 'http' | 'media'> => ({
  sip: { address, port: sipPort },
  http: { address: '127.0.0.1', port: 8088, sessions: 1000 },
  media: { address, firstPort: 10_000, lastPort: 10_000 + rtpPorts - 1 },
})

async function chooseMedia(address: string, count: number): Promise<PbxSite['media']> {
  const range = await freePortRange(count)
  return { address, firstPort: range.first, lastPort: range.last }
}

function writeInstance(dir: string, files: ReadonlyMap<string, string>): void {
  for (const name of ['etc', 'state/keys', 'run', 'log', 'record', 'spool/recording', 'music']) mkdirSync(join(dir, name), { recursive: true })
  rmSync(join(dir, 'run', 'asterisk.ctl'), { force: true })
  for (const [name, text] of files) writeFileSync(join(dir, 'etc', name), text, { mode: 0o600 })
  // Without its own name there, each call waits for a DNS answer.
  writeFileSync(join(dir, 'hosts'), `127.0.0.1 localhost\n127.0.0.1 ${hostname()}\n`)
}

/** Also where it stands: Asterisk reads it again when it is told to. */
export function bring({ certificate, key }: Certificate, dir: string): void {
  mkdirSync(join(dir, 'keys'), { recursive: true })
  copyFileSync(certificate, join(dir, 'keys', 'tls.pem'))
  copyFileSync(key, join(dir, 'keys', 'tls.key'))
}

async function booted(child: Child, dir: string): Promise<void> {
  const socket = join(dir, 'run', 'asterisk.ctl')
  const limit = AbortSignal.timeout(bootLimitMs)
  const failed = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new Error(`Asterisk did not boot; its log ends:\n${logEnd(dir)}`))
    limit.addEventListener('abort', fail)
    void child.exited.then(fail)
  })
  await Promise.race([failed, appears(socket, join(dir, 'run'))])
  await Promise.race([failed, fullyBooted(child)])
}

/** The socket's file is there a moment before Asterisk listens on it: a refusal only means too early. */
async function fullyBooted(child: Child): Promise<void> {
  while (child.running) {
    try {
      await consoleCommand(child.pid, 'core waitfullybooted')
      return
    } catch {
      await pause(20)
    }
  }
}

function appears(file: string, directory: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(directory, () => look())
    const look = (): void => {
      if (!existsSync(file)) return
      watcher.close()
      resolve()
    }
    watcher.unref()
    look()
  })
}

async function consoleCommand(pid: number, command: string): Promise<string> {
  const inside = ['--target', String(pid), '--mount', '--root', '--wd']
  const asterisk = ['/usr/sbin/asterisk', '-C', '/mnt/etc/asterisk.conf', '-rx', command]
  const { stdout } = await run('nsenter', [...inside, ...asterisk], { maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

function logEnd(dir: string): string {
  const files = ['console.log', 'messages.log'].map((name) => join(dir, 'log', name)).filter(existsSync)
  return files.map((file) => readFileSync(file, 'utf8').slice(-1500)).join('\n')
}

function handle(child: Child, site: PbxSite, dir: string): Asterisk {
  const messages = join(dir, 'log', 'messages.log')
  return {
    site,
    dir,
    logDir: join(dir, 'log'),
    fallbackRecord: join(dir, 'record', 'fallback.csv'),
    recordings: join(dir, 'spool', 'recording'),
    console: join(dir, 'run', 'asterisk.ctl'),
    pid: child.pid,
    exited: child.exited,
    ariUrl: `http://${site.http.address}:${site.http.port}`,
    user: site.ari.user,
    password: site.ari.password,
    app: site.app,
    sip: `${site.sip.address}:${site.sip.port}`,
    wsUrl: `ws://${site.http.address}:${site.http.port}/ws`,
    sipSecret: site.sipSecret,
    cli: (command) => consoleCommand(child.pid, command),
    complaints: () => (existsSync(messages) ? readFileSync(messages, 'utf8').split('\n').filter((line) => line !== '') : []),
    stop: async () => void (await child.stop('SIGTERM', 10_000)),
    kill: async () => void (await child.stop('SIGKILL')),
  }
}
