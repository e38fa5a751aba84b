/**
 * `npm run load -- [--calls 200] [--rate 10] [--transport ws|http] [--p99 100] [--json]`: calls by SIPp through N1 and N2
 * of a room with enough people, and how long a free ARM's phone takes to ring. Ends with the figures; exit code 0 when no
 * call is lost and 99 of 100 phones ring within `--p99` ms.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Role } from '../src/routing/rules.js'
import type { SasConfig } from '../src/config/schema.js'
import { sipPassword } from '../src/asterisk-config/site.js'
import { projectRoot } from './paths.js'
import type { IncomingCall } from './phone/call.js'
import { Phone } from './phone/phone.js'
import { readOptions, refuse, whole } from './options.js'
import { startProgram } from './program-start.js'
import { scratchDirectory } from './scratch.js'
import { runSippCallers, type SippCallerCall } from './sipp/callers.js'
import { Stack } from './stack.js'

export interface LoadFigures {
  readonly calls: number
  /** Calls that did not end by the hand of the last agent of their way. */
  readonly lost: number
  /** INVITE of the caller → INVITE at a free ARM's phone, ms. */
  readonly ringP50Ms: number
  readonly ringP99Ms: number
  readonly ringMaxMs: number
  /** Calls that went on to N2 and were picked up there. */
  readonly secondLevel: number
}

export interface LoadOptions {
  readonly calls: number
  /** Calls a second. */
  readonly rate: number
  readonly transport?: 'ws' | 'http'
  readonly onProgress?: (text: string) => void
}

/** Nobody lost, and phones that ring in time; no ring at all is not in time. */
export const loadPassed = (figures: LoadFigures, ringP99MsMax: number): boolean => figures.lost === 0 && figures.ringP99Ms <= ringP99MsMax

/** How long agents talk before they act, ms. */
const talkMs = 250
const retryMs = 1_500
const codeTriesMax = 20

export async function runLoad({ calls, rate, transport = 'ws', onProgress = () => {} }: LoadOptions): Promise<LoadFigures> {
  onProgress('Asterisk, Redis, engine')
  const stack = await Stack.start({ configFile: writeSas(), transport })
  const agents: Phone[] = []
  try {
    const engine = await stack.startEngine()
    await engine.active
    const rings = new Map<string, bigint[]>()
    let sorted = 0
    for (const person of stack.config.people) {
      const isFirst = person.position === 'n1'
      agents.push(
        await openAgent(stack, person.phone, (call) => {
          rings.set(call.from, [...(rings.get(call.from) ?? []), call.ringAtNs])
          void work(call, isFirst ? (sorted++ % 2 === 0 ? '*1' : '*2') : null)
        }),
      )
    }
    await Promise.all(agents.map((agent) => agent.registered))
    await Promise.all(stack.config.people.map((person) => engine.api.signIn(person.id)))
    onProgress(`${calls} calls at ${rate} a second`)
    const limitMs = (calls / rate) * 1000 + 60_000
    const done = await runSippCallers({ target: stack.asterisk.sip, bind: '127.0.0.2', number: '15', calls, rate, limitMs })
    return figuresOf(done, rings)
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()))
    await stack.stop()
  }
}

async function openAgent(stack: Stack, user: string, onRing: (call: IncomingCall) => void): Promise<Phone> {
  const { sip, sipSecret } = stack.asterisk
  const phone = await Phone.start({ server: sip, user, password: sipPassword(sipSecret, user), media: 'silent' })
  phone.on('ring', onRing)
  return phone
}

/** An ARM sorts from the keys and is taken off the line; at N2 the call ends. */
async function work(call: IncomingCall, code: string | null): Promise<void> {
  try {
    await call.answer()
    await new Promise((resolve) => setTimeout(resolve, talkMs))
    if (code === null) return void (await call.hangup())
    // As anybody would: again, as long as the call is still there.
    for (let tries = 0; tries < codeTriesMax && !call.end; tries++) {
      await call.dtmf(code)
      await Promise.race([call.ended, new Promise((resolve) => setTimeout(resolve, retryMs))])
    }
  } catch {
    // The caller was faster; the figures tell.
  }
}

function figuresOf(calls: readonly SippCallerCall[], rings: ReadonlyMap<string, readonly bigint[]>): LoadFigures {
  const times = calls
    .flatMap((call) => {
      const first = rings.get(call.number)?.[0]
      return first === undefined ? [] : [Number(first - call.invitedAtNs) / 1e6]
    })
    .sort((a, b) => a - b)
  const at = (part: number): number => round(times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? Infinity)
  const served = calls.filter((call) => call.end.how === 'bye' && call.end.by === 'there' && (rings.get(call.number)?.length ?? 0) >= 2)
  return {
    calls: calls.length,
    lost: calls.length - served.length,
    ringP50Ms: at(0.5),
    ringP99Ms: at(0.99),
    ringMaxMs: at(1),
    secondLevel: [...rings.values()].filter((of) => of.length >= 2).length,
  }
}

const round = (ms: number): number => Math.round(ms * 10) / 10

/** The sample SAS with a full room and direct handovers. */
function writeSas(): string {
  const sas = parse(readFileSync(join(projectRoot(), 'config', 'sample.yaml'), 'utf8')) as SasConfig
  const people = (count: number, role: Role, position: string): SasConfig['people'] =>
    Array.from({ length: count }, (_, index) => {
      const id = `${role.toLowerCase()}${String(index + 1).padStart(2, '0')}`
      return { id, roles: [role], skills: [], phone: id, position, rights: [] }
    })
  const quick = { ringSeconds: 5, wrapUpSeconds: 0 }
  const file = join(scratchDirectory('load'), 'sas.yaml')
  writeFileSync(
    file,
    stringify({
      ...sas,
      trunks: { ...sas.trunks, operator: { ...sas.trunks.operator, channels: 300 } },
      n1: { ...sas.n1, ...quick },
      filieres: sas.filieres.map((filiere) => ({
        ...filiere,
        handover: 'direct',
        stages: filiere.stages.map((stage) => ({ ...stage, ...quick })),
      })),
      people: [...people(16, 'ARM', 'n1'), ...people(10, 'MRU', 'amu'), ...people(10, 'OSNP', 'mg'), ...people(2, 'MRG', 'mg')],
    }),
  )
  return file
}

const usage = `npm run load [-- --calls 200 --rate 10 --transport ws --p99 100 --json]

Calls by SIPp through N1 and N2, and how long a free ARM's phone takes to ring. Exit code 1 when a call is lost, or rings late.
  --calls N           how many (200)
  --rate N            calls a second (10)
  --transport ws|http how the engine talks to Asterisk (ws)
  --p99 MS            99 of 100 phones are to ring within (100)
  --json              the figures as one JSON object on one line`

async function main(args: readonly string[]): Promise<number> {
  const options = {
    calls: { type: 'string', default: '200' },
    rate: { type: 'string', default: '10' },
    transport: { type: 'string', default: 'ws' },
    p99: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  } as const
  const values = readOptions(usage, options, args)
  const transport = values.transport === 'http' ? 'http' : 'ws'
  const ringP99MsMax = Number(values.p99)
  if (!(ringP99MsMax > 0)) refuse('--p99 is a time in milliseconds')
  const [calls, rate] = [whole('calls', values.calls), Number(values.rate)]
  if (!(rate > 0)) refuse('--rate is a number of calls a second')
  const onProgress = (text: string): void => void process.stderr.write(`${text}\n`)
  const figures = await runLoad({ calls, rate, transport, onProgress })
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${JSON.stringify(figures, null, 2)}\n`)
  if (figures.lost > 0) onProgress(`${figures.lost} calls lost`)
  if (figures.ringP99Ms > ringP99MsMax) onProgress(`the 99th phone of 100 rang after ${figures.ringP99Ms} ms, allowed are ${ringP99MsMax}`)
  return loadPassed(figures, ringP99MsMax) ? 0 : 1
}

startProgram(import.meta.url, main)
