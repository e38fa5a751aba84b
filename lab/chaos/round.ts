/**
 * One round: a room is filled, a fault strikes at a random moment of its steady work, callers and agents go on; then everybody
 * who is left is served, and the witnesses are heard.
 *
 *   filling   phones that will ring or talk at the fault get their caller; then the line grows.
 *   steady    callers arrive and are served, one agent hangs up about every 200 ms; left at a random moment.
 *   fault     until it is over, phones ring again, and for `afterMs`.
 *   healing   every agent serves quickly; left when the last caller is gone.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { readFallbackCalls } from '../../src/asterisk-config/fallback-record.js'
import { monotonicNs, wallOffsetUs } from '../phone/clock.js'
import { Callers } from './callers.js'
import type { Evidence, Trouble } from './evidence.js'
import { faults, type FaultKind } from './faults.js'
import type { Ground } from './ground.js'
import type { Random } from './random.js'
import { team } from './sas.js'

const line = { calls: 64, rate: 32 } as const
const arrivalsRate = 4
const leaving = { calls: 4, rate: 2 } as const
/** Around the fault, save where the PBX dies: nobody would ever know of them. */
const fleeting = { calls: 10, rate: 8 } as const
/** Until everybody is where they are to be when the fault strikes. */
const fillLimitMs = 15_000
/** Agents come one after another, so that they do not all hang up at once. */
const servedApartMs = 180
/** The random moment: so long after the room is full. */
const steadyMs = { min: 300, max: 2_300 } as const
const afterMs = 2_000
/** An engine that has not rung anybody by then never will. */
const resumeLimitMs = 10_000
/** No caller stays longer than this beyond the fault: who has not been served then never will be. */
const holdMs = 40_000
/** Where the PBX dies nobody tells the callers: they stay this long and hang up. */
const holdToldNothingMs = 14_000
const journalLimitMs = 5_000

export async function playRound(ground: Ground, kind: FaultKind, random: Random): Promise<Evidence> {
  const { staff, supervisor } = ground
  const fault = faults[kind]
  const startedMs = Date.now()
  await supervisor.settled()
  staff.begin()
  const callers = new Callers(ground.asterisk.sip, kind === 'asterisk-restart' ? holdToldNothingMs : holdMs + fault.lastsMs)
  try {
    await fill(ground, callers, fault.lastsMs)
    await pause(random.between(steadyMs.min, steadyMs.max))
    if (kind !== 'asterisk-restart') await callers.start({ ...fleeting, temper: 'fleeting' })
    const trouble = await fault.cause(ground, random)
    await offersGoOn(ground, trouble)
    await pause(afterMs)
    const healedAtNs = monotonicNs()
    staff.heal()
    const done = await callers.done()
    await supervisor.settled()
    await journalled(ground, startedMs, done.length)
    await signOut(ground)
    return {
      trouble,
      healedAtNs,
      callers: done,
      phones: [...staff.calls],
      facts: ground.journal.facts.filter(({ at }) => at >= startedMs),
      fallback: readFallbackCalls(ground.asterisk.fallbackRecord).filter(({ arrivedAt }) => arrivedAt >= startedMs),
      wallOffsetUs: wallOffsetUs(),
    }
  } finally {
    await callers.kill()
  }
}

/** Five phones ring, ten talk, then the line grows while the others serve. */
async function fill({ staff, supervisor }: Ground, callers: Callers, lastsMs: number): Promise<void> {
  const { api } = await supervisor.active()
  await staff.signIn(api, ['let-ring', 'talk-on'])
  await callers.start({ calls: team.ringing + team.talking, rate: 30, temper: 'line', echo: true })
  await until('the first phones to ring and talk', () => {
    const talking = staff.calls.filter(({ answeredAtNs }) => answeredAtNs !== undefined).length
    return talking === team.talking && staff.calls.length === team.talking + team.ringing
  })
  await callers.start({ ...line, temper: 'line' })
  await pause((line.calls / line.rate) * 1_000)
  const comingMs = steadyMs.max + lastsMs + afterMs
  await callers.start({ calls: Math.ceil((comingMs / 1_000) * arrivalsRate), rate: arrivalsRate, temper: 'line' })
  await callers.start({ ...leaving, temper: 'leaving' })
  await staff.signIn(api, ['serve'], servedApartMs)
}

/** Agents serve as before until somebody rings again: only then do the others come back to work. */
async function offersGoOn({ staff }: Ground, { overNs, awaitedFromNs }: Trouble): Promise<void> {
  const last = awaitedFromNs.reduce((one, other) => (one > other ? one : other), overNs)
  const onTheirWayNs = 50_000_000n
  await until('offers', () => staff.calls.some(({ ringAtNs }) => ringAtNs > last + onTheirWayNs), resumeLimitMs).catch(() => undefined)
}

/** What is written a moment after the last BYE is waited for; what never is, is missing. */
async function journalled({ journal }: Ground, sinceMs: number, calls: number): Promise<void> {
  const ended = (): number => journal.facts.filter(({ type, at }) => type === 'ended' && at >= sinceMs).length
  await until('the journal', () => ended() >= calls, journalLimitMs).catch(() => undefined)
}

async function signOut({ staff, supervisor }: Ground): Promise<void> {
  await staff.signOut((await supervisor.active()).api)
}

async function until(what: string, holds: () => boolean, limitMs = fillLimitMs): Promise<void> {
  const last = performance.now() + limitMs
  while (!holds()) {
    if (performance.now() > last) throw new Error(`waited in vain for ${what}`)
    await pause(10)
  }
}
