/**
 * The report of a year: an archive of 1,000,000 calls, a dozen facts each, is written to a scratch directory, and read by another process:
 * `npx tsx bench/report.ts [calls] [--keep]`. Prints how long that took, and the most memory it held.
 */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scratchDirectory } from '../lab/scratch.js'
import { FORMAT_VERSION, NO_HASH, entryLine, fileName, headerLine } from '../src/archive/format.js'
import { loadConfig } from '../src/config/load.js'
import { makeReport } from '../src/reports/report.js'
import type { Fact } from '../src/routing/facts.js'
import { Random } from '../test/simulation/random.js'

const DAYS = 365
const DAY_MS = 86_400_000
const YEAR = 2026
const self = fileURLToPath(import.meta.url)
const read = process.argv.indexOf('--read')

/** One call after another, as an engine tells of them. */
const factsOf = (call: string, at: number, random: Random): Fact[] => {
  const waitMs = Math.round(random.untilNext(12_000))
  const facts: Fact[] = [
    { type: 'presented', at, call, trunk: 'operator', number: '15', class: 'P1', arrivedAt: at },
    { type: 'queued', at, call, queue: 'n1', class: 'P1', why: 'arrival', waiting: 1 },
  ]
  if (random.chance(0.08)) return [...facts, { type: 'ended', at: at + waitMs, call, outcome: 'abandoned', why: 'caller-left', sinceArrivalMs: waitMs, stage: 'n1', waiting: true }]
  const [picked, arm, second] = [at + waitMs, `arm0${random.below(3) + 1}`, random.pick(['mru01', 'osnp01', 'mrg01'])]
  const position = second === 'mru01' ? 'amu' : 'mg'
  const sent = picked + Math.round(random.between(10_000, 60_000))
  const taken = sent + Math.round(random.between(5_000, 90_000))
  const over = taken + Math.round(random.between(30_000, 300_000))
  return [
    ...facts,
    { type: 'offered', at, call, queue: 'n1', agent: arm, leg: `${call}.1`, why: { rule: 'longest-idle', free: 2 } },
    { type: 'ringing', at: at + 50, call, leg: `${call}.1`, sinceArrivalMs: 50 },
    { type: 'picked-up', at: picked, call, queue: 'n1', position: 'n1', agent: arm, role: 'ARM', first: true, waitMs, expectedMs: 9_000 },
    { type: 'drm-opened', at: picked, call, drm: `sas-67-${call}`, agent: arm },
    { type: 'qualified', at: sent, call, agent: arm, priority: position === 'amu' ? 'P1' : 'P2', first: true, sincePickupMs: sent - picked },
    { type: 'transfer-started', at: sent, call, agent: arm, to: position, position, handover: 'direct' },
    { type: 'left', at: sent, call, agent: arm, talkMs: sent - picked, why: 'left' },
    { type: 'picked-up', at: taken, call, queue: position, position, agent: second, role: second.slice(0, -2).toUpperCase(), first: false, waitMs: taken - sent },
    { type: 'transfer-taken', at: taken, call, from: arm, by: second, queue: position, waitMs: taken - sent },
    { type: 'left', at: over, call, agent: second, talkMs: over - taken, why: 'hung-up' },
    { type: 'ended', at: over, call, outcome: 'answered', why: 'caller-left', sinceArrivalMs: over - at, stage: 'n2', waiting: false },
  ]
}

/** @returns how many facts were written, and how many calls were answered */
const write = (dir: string, calls: number): { facts: number; answered: number } => {
  const random = new Random(2026)
  const start = Date.UTC(YEAR, 0, 1)
  // In Paris.
  const localEnd = start + DAYS * DAY_MS - 3_600_000
  let [previous, facts, answered, late]: [string, number, number, Fact[]] = [NO_HASH, 0, 0, []]
  for (let index = 0; index < DAYS; index++) {
    const from = start + index * DAY_MS
    const today = [...late]
    const count = Math.round((calls * (index + 1)) / DAYS) - Math.round((calls * index) / DAYS)
    for (let call = 0; call < count; call++) today.push(...factsOf(`pbx-${from / 1_000 + call}.${call}`, from + random.below(DAY_MS), random))
    today.sort((a, b) => a.at - b.at)
    late = today.filter(({ at }) => at >= from + DAY_MS)
    const day = new Date(from).toISOString().slice(0, 10)
    const header = headerLine({ version: FORMAT_VERSION, sas: 'sas-67', day, previous })
    const lines = [header.line]
    previous = header.hash
    for (const [place, fact] of today.slice(0, today.length - late.length).entries()) {
      const { line, hash } = entryLine(place + 2, `${fact.at}-${place}`, JSON.stringify(fact), previous)
      lines.push(line)
      previous = hash
      if (fact.type === 'picked-up' && fact.first && fact.at - fact.waitMs < localEnd) answered++
    }
    facts += lines.length - 1
    writeFileSync(join(dir, fileName(day)), `${lines.join('\n')}\n`)
  }
  return { facts, answered }
}

if (read > 0) {
  const started = performance.now()
  const report = await makeReport({ config: loadConfig('config/sas-67.yaml'), archive: process.argv[read + 1] as string, period: String(YEAR), baseZero: null, now: Date.UTC(YEAR + 1, 0, 2) })
  const value = report.figures.find(({ id }) => id === '1.1')?.values?.whole
  process.stdout.write(JSON.stringify({ seconds: Number(((performance.now() - started) / 1_000).toFixed(1)), cpuSeconds: Number((process.cpuUsage().user / 1e6).toFixed(1)), peakMb: Math.round(process.resourceUsage().maxRSS / 1_024), answered: value }))
} else {
  const calls = Number(process.argv[2] ?? 1_000_000)
  const dir = scratchDirectory('benchreport')
  const written = write(dir, calls)
  process.stdout.write(`${calls} calls, ${written.facts} facts, ${written.answered} answered\n`)
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', self, '--read', dir], { encoding: 'utf8' })
  process.stdout.write(`${stdout || stderr}\n`)
  if (process.argv.includes('--keep')) process.stdout.write(`${dir}\n`)
  else rmSync(dir, { recursive: true })
}
