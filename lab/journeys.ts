/**
 * What synthetic callers and agents are to do: one script a call, from the number it dials to the hand that ends it.
 * The caller's number is the key by which an agent's phone knows which script rings.
 */
import type { Role } from '../src/routing/rules.js'

/** What the agent who picks up does after talking for a while; `keys` dials the code instead of using the bandeau. */
export interface Step {
  readonly by: Role
  readonly ringMs: number
  readonly talkMs: number
  readonly does: 'P0' | 'P1' | 'P2' | 'hang-up' | { readonly transferTo: string }
  readonly keys?: boolean
}

export interface Journey {
  /** Shown number, fictional: the range the French regulator keeps for films and tests. */
  readonly caller: string
  readonly trunk: string
  readonly number: string
  readonly steps: readonly Step[]
  /** The caller gives up after this long; such a script has no steps. */
  readonly patienceMs?: number
}

const ring = 300
const talk = 1500

const sorts = (does: Step['does'], keys = false): Step => ({ by: 'ARM', ringMs: ring, talkMs: talk, does, keys })
const ends = (by: Role, talkMs = talk): Step => ({ by, ringMs: ring, talkMs, does: 'hang-up' })
const sends = (by: Role, transferTo: string): Step => ({ by, ringMs: ring, talkMs: talk, does: { transferTo } })

type Script = Omit<Journey, 'caller'>

/** One of each way a call can go through both levels. */
export const scripts = {
  vital: { trunk: 'operator', number: '15', steps: [{ ...sorts('P0'), talkMs: 1000 }] },
  urgent: { trunk: 'operator', number: '15', steps: [sorts('P1'), ends('MRU')] },
  urgentByKeys: { trunk: 'operator', number: '15', steps: [sorts('P1', true), ends('MRU')] },
  deferred: { trunk: 'operator', number: '116117', steps: [sorts('P2'), sends('OSNP', 'mg-mrg'), ends('MRG')] },
  deferredByKeys: { trunk: 'operator', number: '15', steps: [sorts('P2', true), ends('OSNP')] },
  worsening: { trunk: 'operator', number: '116117', steps: [sorts('P2'), sends('OSNP', 'amu'), ends('MRU')] },
  easing: { trunk: 'operator', number: '15', steps: [sorts('P1'), sends('MRU', 'mg'), ends('OSNP')] },
  wrongNumber: { trunk: 'operator', number: '15', steps: [{ ...sorts('hang-up'), talkMs: 500 }] },
  /** For a caller who outlives an engine: the ARM acts once told to. */
  survivor: { trunk: 'operator', number: '15', steps: [sorts('P0')] },
  impatient: { trunk: 'operator', number: '15', steps: [], patienceMs: 2500 },
  fireAtN1: { trunk: 'fire', number: '1801', steps: [sorts('P1'), ends('MRU')] },
  fireAtAmu: { trunk: 'fire', number: '1802', steps: [ends('MRU')] },
  fireAtMg: { trunk: 'fire', number: '1803', steps: [ends('OSNP')] },
  ambulance: { trunk: 'ambulance', number: '1901', steps: [ends('MRU')] },
} as const satisfies Record<string, Script>

export type ScriptName = keyof typeof scripts

/** Numbers reserved for fiction (+33 6 39 98 …), one a call. */
export function callerNumber(index: number): string {
  return `+33639980${String(index % 1000).padStart(3, '0')}`
}

/** The n-th journey of a run, by script. */
export function journeyOf(script: ScriptName, index: number): Journey {
  return { caller: callerNumber(index), ...scripts[script] }
}

/** A day in short: what most rooms see most, and one of each rarity. */
const mix: readonly ScriptName[] = [
  'deferred', 'urgent', 'deferredByKeys', 'wrongNumber', 'vital', 'urgentByKeys', 'fireAtAmu', 'deferred', 'easing', 'urgent',
  'impatient', 'deferredByKeys', 'worsening', 'fireAtN1', 'wrongNumber', 'vital', 'ambulance', 'urgent', 'deferred', 'fireAtMg',
]

export const mixed = (index: number): Journey => journeyOf(mix[index % mix.length] as ScriptName, index)
