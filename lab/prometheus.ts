/** A Prometheus of one's own, by the configuration and the rules that are shipped, but for where the engine is and how often it is asked. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import { projectRoot } from './paths.js'
import { freePort } from './ports.js'
import { startChild } from './process.js'
import { scratchDirectory } from './scratch.js'

export interface PrometheusOptions {
  /** `host:port` of the engine. */
  readonly target: string
  /** `host:port` of the archiver, where there is one. */
  readonly archive?: string
  /** How often the engine is asked; as shipped without. */
  readonly scrapeSeconds?: number
  /** How often all rules are evaluated, whatever they say; as shipped without. */
  readonly rulesSeconds?: number
}

export interface Prometheus {
  readonly url: string
  /** The answer of its API. @throws Error with what it said when it refuses */
  ask(path: string, query?: Readonly<Record<string, string>>): Promise<unknown>
  /** Ends it, and removes what it kept. */
  stop(): Promise<void>
}

interface Shipped {
  global: Record<string, string>
  rule_files: string[]
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
}

const startLimitMs = 20_000
const askLimitMs = 10_000

/** Whether there is one to start: Debian's package `prometheus`. */
export const prometheusIsHere = (): Promise<boolean> =>
  promisify(execFile)('prometheus', ['--version']).then(
    () => true,
    () => false,
  )

/** Resolves once it answers. @throws Error with its own words when it does not start */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const dir = scratchDirectory('prometheus')
  const address = `127.0.0.1:${await freePort()}`
  writeFiles(dir, options)
  const args = [`--config.file=${join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${join(dir, 'data')}`, `--web.listen-address=${address}`]
  const child = await startChild({ command: 'prometheus', args, cwd: dir })
  const stop = async (): Promise<void> => {
    await child.stop('SIGTERM')
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    await child.waitForOutput(/Server is ready to receive web requests/, startLimitMs)
  } catch (error) {
    await stop()
    throw error
  }
  const url = `http://${address}`
  return { url, stop, ask: (path, query = {}) => ask(new URL(`/api/v1/${path}?${new URLSearchParams(query).toString()}`, url)) }
}

function writeFiles(dir: string, { target, archive, scrapeSeconds, rulesSeconds }: PrometheusOptions): void {
  const shipped = join(projectRoot(), 'dashboards')
  const config = parse(readFileSync(join(shipped, 'prometheus.yml'), 'utf8')) as Shipped
  if (scrapeSeconds !== undefined) config.global['scrape_interval'] = `${scrapeSeconds}s`
  if (rulesSeconds !== undefined) config.global['evaluation_interval'] = `${rulesSeconds}s`
  const targets: Readonly<Record<string, string | undefined>> = { decroche: target, 'decroche-archive': archive }
  config.scrape_configs = config.scrape_configs.flatMap((job) => {
    const at = targets[job.job_name]
    return at === undefined ? [] : [{ ...job, static_configs: [{ targets: [at] }] }]
  })
  writeFileSync(join(dir, 'prometheus.yml'), stringify(config))
  mkdirSync(join(dir, 'rules'))
  for (const name of readdirSync(join(shipped, 'rules')).filter((file) => file.endsWith('.yaml'))) {
    const text = readFileSync(join(shipped, 'rules', name), 'utf8')
    writeFileSync(join(dir, 'rules', name), rulesSeconds === undefined ? text : text.replace(/^( +interval:) .*$/gm, `$1 ${rulesSeconds}s`))
  }
}

async function ask(url: URL): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(askLimitMs) })
  const { status, data, error } = (await answer.json()) as { status: string; data?: unknown; error?: string }
  if (status !== 'success') throw new Error(error ?? `HTTP ${answer.status}`)
  return data
}
