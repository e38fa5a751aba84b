/** A whole SAS with every part that a board shows: a neighbour, a staffing guard, a medical file that is told of calls, an archiver; and a Prometheus beside it. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { mixed } from '../journeys.js'
import { projectRoot } from '../paths.js'
import { freePort } from '../ports.js'
import { startChild } from '../process.js'
import { startPrometheus, type Prometheus } from '../prometheus.js'
import { scratchDirectory } from '../scratch.js'
import { Stack } from '../stack.js'
import { SyntheticRoom } from '../synthetic-room.js'

/** Between two callers, ms: a little more than the room can answer at once. */
const pauseMs = 600
const startLimitMs = 20_000

export class Ground {
  private constructor(
    readonly prometheus: Prometheus,
    private readonly stack: Stack,
    private readonly room: SyntheticRoom,
    private readonly end: () => Promise<void>,
  ) {}

  /** @throws Error when one of them does not start */
  static async open(onProgress: (what: string) => void, signal: AbortSignal): Promise<Ground> {
    const undo: (() => unknown)[] = []
    const end = async (): Promise<void> => {
      for (const step of undo.reverse()) await step()
    }
    try {
      const lrm = createServer((asked, answer) => void asked.resume().once('end', () => answer.writeHead(204).end())).listen(0, '127.0.0.1')
      undo.push(() => lrm.close().closeAllConnections())
      await once(lrm, 'listening')
      const dir = scratchDirectory('dashboards')
      undo.push(() => rmSync(dir, { recursive: true, force: true }))
      const configFile = writeSas(dir, (lrm.address() as AddressInfo).port)
      const stack = await Stack.start({ configFile, environment: { LRM_SECRET: `whsec_${randomBytes(32).toString('base64')}` }, onProgress, signal })
      undo.push(() => stack.stop())
      onProgress('moteur, archiveur, Prometheus, postes')
      const engine = await stack.startEngine()
      await engine.active
      const archivePort = await freePort()
      const archiver = await startChild({
        command: process.execPath,
        args: [join(projectRoot(), 'dist', 'src', 'cli.js'), 'archive', 'run'],
        env: { ...process.env, DECROCHE_CONFIG: configFile, DECROCHE_REDIS_URL: stack.redisUrl, DECROCHE_ARCHIVE_DIR: join(dir, 'archive'), DECROCHE_ARCHIVE_PORT: String(archivePort) },
      })
      undo.push(() => archiver.stop('SIGTERM'))
      await archiver.waitForOutput(/"msg":"archiving"/, startLimitMs)
      const prometheus = await startPrometheus({ target: new URL(engine.url).host, archive: `127.0.0.1:${archivePort}`, scrapeSeconds: 1, rulesSeconds: 2 })
      undo.push(() => prometheus.stop())
      const room = await SyntheticRoom.open(stack)
      undo.push(() => room.close())
      await room.signEverybodyIn()
      signal.throwIfAborted()
      return new Ground(prometheus, stack, room, end)
    } catch (error) {
      await end()
      throw error
    }
  }

  /** So many callers of every kind. @returns how many of them did not go as scripted @throws the signal's reason */
  async play(calls: number, signal: AbortSignal): Promise<number> {
    const played: Promise<boolean>[] = []
    for (let index = 0; index < calls; index++) {
      played.push(this.room.play(mixed(index)).then(({ lost }) => lost, () => true))
      await pause(pauseMs, undefined, { signal })
    }
    return (await Promise.all(played)).filter(Boolean).length
  }

  /** Nothing of it is left. */
  async close(): Promise<void> {
    await this.end()
    this.stack.discard()
  }
}

function writeSas(dir: string, lrmPort: number): string {
  const sample = parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')) as object
  const file = join(dir, 'sas.yaml')
  const parts = {
    neighbours: [{ id: 'voisin', label: 'SAS voisin', trunk: 'neighbour' }],
    giving: [{ id: 'debordement', label: 'Débordement', to: ['voisin'], when: 'by-hand', atOnce: 2 }],
    staffing: [{ id: 'arm', label: 'ARM', role: 'ARM', min: 2 }],
    lrm: { endpoints: [{ id: 'lrm', url: `http://127.0.0.1:${lrmPort}/`, secretEnv: 'LRM_SECRET' }] },
  }
  writeFileSync(file, stringify({ ...sample, ...parts }))
  return file
}
