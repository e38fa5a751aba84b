/**
 * Puts simulated time and seeded chance where programs look for them: timers, clocks, `Math.random`. A timer belongs to the
 * process whose turn it is when it is set; outside a turn everything is as it was.
 */
import { noon } from '../routing/world.js'
import type { Random } from './random.js'
import type { Process, Timeline, Timer } from './timeline.js'

const realImmediate = setImmediate

/** Wall time at the beginning of every simulation. */
export const epochMs = noon

/** Resolves once everything that the last callback brought about at once is done: every promise, every `nextTick`. */
export const settled = (then: () => void): unknown => realImmediate(then)

interface Handle {
  timer: Timer
  unref(): Handle
  ref(): Handle
}

/** @returns what puts everything back */
export function takeOver(timeline: Timeline, random: Random): () => void {
  const real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    setImmediate: globalThis.setImmediate,
  }
  const realPerformanceNow = performance.now
  const realDateNow = Date.now
  const realRandom = Math.random
  const realPatience = AbortSignal.timeout
  const owner = (): Process | null => timeline.current

  type Callback = (...args: unknown[]) => void
  const set = (process: Process, run: Callback, ms: number | undefined, again: boolean, args: unknown[]): Handle => {
    // As Node has it: whole milliseconds, one at least.
    const delayMs = Math.max(1, Math.trunc(ms ?? 0) || 0)
    const handle: Handle = { timer: { cancel: () => {} }, unref: () => handle, ref: () => handle }
    const fire = (): void => {
      if (again) handle.timer = timeline.post(process, delayMs, fire, 'timer')
      run(...args)
    }
    handle.timer = timeline.post(process, delayMs, fire, 'timer')
    return handle
  }
  const clear = (handle: unknown): void => {
    if (typeof handle === 'object' && handle !== null && 'timer' in handle) (handle as Handle).timer.cancel()
    else real.clearTimeout(handle as NodeJS.Timeout)
  }
  Object.assign(globalThis, {
    setTimeout: (run: Callback, ms?: number, ...args: unknown[]) => {
      const process = owner()
      return process ? set(process, run, ms, false, args) : real.setTimeout(run, ms, ...args)
    },
    setInterval: (run: Callback, ms?: number, ...args: unknown[]) => {
      const process = owner()
      return process ? set(process, run, ms, true, args) : real.setInterval(run, ms, ...args)
    },
    setImmediate: (run: Callback, ...args: unknown[]) => {
      const process = owner()
      return process ? timeline.post(process, 0, () => run(...args), 'after') : real.setImmediate(run, ...args)
    },
    clearTimeout: clear,
    clearInterval: clear,
  })
  performance.now = () => (owner() ? timeline.now : realPerformanceNow.call(performance))
  Date.now = () => {
    const process = owner()
    return process ? Math.floor(epochMs + timeline.now + process.wallErrorMs) : realDateNow()
  }
  Math.random = () => (owner() ? random.next() : realRandom())
  AbortSignal.timeout = (ms) => {
    const process = owner()
    if (!process) return realPatience.call(AbortSignal, ms)
    const patience = new AbortController()
    set(process, () => patience.abort(new DOMException('timed out', 'TimeoutError')), ms, false, [])
    return patience.signal
  }
  return () => {
    Object.assign(globalThis, real)
    performance.now = realPerformanceNow
    Date.now = realDateNow
    Math.random = realRandom
    AbortSignal.timeout = realPatience
  }
}
