/** One SIPp with one of the scenarios beside this file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, freePortRange } from '../../../lab/ports.js'
import { type Child, startChild } from '../../../lab/process.js'
import { scratchDirectory } from '../../../lab/scratch.js'

export interface SippOptions {
  scenario: 'caller' | 'refused' | 'register' | 'answering'
  /** Address it speaks from; trunks are known by it. */
  from: string
  /** `host:port` it calls; none for one that is called. */
  target?: string
  service?: string
  port?: number
  /** Expected refusal, for `refused`. */
  status?: number
  password?: string
  limitSeconds?: number
  /** From instead of the scenario's, and further headers of the INVITE. */
  shows?: { from: string; headers?: string }
  /** A document that goes with the INVITE, as a second part of its body with Content-ID `place@caller` (RFC 6442). */
  document?: string
}

export interface Sipp {
  readonly port: number
  /** Resolves when the call went as the scenario says. @throws Error with SIPp's own words when it did not. */
  done(): Promise<void>
  stop(): Promise<void>
}

/** Starts one call's worth of SIPp; it ends by itself after `limitSeconds` (30). */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  const dir = scratchDirectory('sipp')
  const port = options.port ?? (await freePort())
  const media = await freePortRange(4)
  const scenario = join(dir, 'scenario.xml')
  const source = readFileSync(fileURLToPath(new URL(`${options.scenario}.xml`, import.meta.url)), 'utf8')
  writeFileSync(scenario, adapt(source, options))
  if (options.document !== undefined) writeFileSync(join(dir, 'document.xml'), options.document)
  const limitSeconds = options.limitSeconds ?? 30
  const child = await startChild({
    command: 'sipp',
    cwd: dir,
    args: [
      ...['-sf', scenario, '-i', options.from, '-p', String(port), '-nostdin'],
      // Who is called counts Asterisk's probes as calls too, and ends by its scenario.
      ...(options.scenario === 'answering' ? [] : ['-m', '1']),
      ...['-mi', options.from, '-mp', String(media.first), '-rtp_echo'],
      ...['-timeout', `${limitSeconds}s`, '-timeout_error', '-trace_err', '-error_file', join(dir, 'errors.log')],
      ...(options.service === undefined ? [] : ['-s', options.service]),
      ...(options.password === undefined ? [] : ['-au', options.service ?? '', '-ap', options.password]),
      ...(options.target === undefined ? [] : [options.target]),
    ],
  })
  return {
    port,
    done: () => done(child, dir).finally(media.release),
    stop: async () => void (await child.stop('SIGKILL').finally(media.release)),
  }
}

function adapt(source: string, { status = 0, shows, document }: SippOptions): string {
  const filled = source.replaceAll('STATUS', String(status))
  const text = document === undefined ? filled : filled.replace(/Content-Type: application\/sdp(\s+Content-Length: \[len\]\n\n)([\s\S]*?)(\s*\]\]>)/, multipart)
  if (shows === undefined) return text
  const named = text.replaceAll(/From: .*;tag/g, `From: ${shows.from};tag`)
  return shows.headers === undefined ? named : named.replace('Max-Forwards: 70', `Max-Forwards: 70\n    ${shows.headers}`)
}

/** The file is read by SIPp itself: what stands in brackets there means nothing to it. */
const multipart = (_: string, length: string, sdp: string, end: string): string =>
  [
    `Content-Type: multipart/mixed;boundary=part${length}--part`,
    ...['Content-Type: application/sdp', '', sdp.trim(), '', '--part'],
    ...['Content-Type: application/pidf+xml', 'Content-ID: <place@caller>', '', '[file name=document.xml]', `--part--${end}`],
  ].join('\n')

async function done(child: Child, dir: string): Promise<void> {
  const { code, signal } = await child.exited
  if (code === 0) return
  let errors = ''
  try {
    errors = readFileSync(join(dir, 'errors.log'), 'utf8').slice(-3000)
  } catch {
    // It ended before writing any.
  }
  throw new Error(`sipp ended with ${String(signal ?? code)}\n${errors}\n${child.output().slice(-1500)}`)
}
