/** One 20 ms beat for every mouth of the process, without drift. */
import { monotonicMs } from './clock.js'

export const beatMs = 20

/** A stall longer than this is not made up for by a burst: the beats are missed, as by a real phone. */
const catchUpMsMax = 200

/** Called once a beat with how many beats were missed just before it. */
export type OnBeat = (missed: number) => void

const listeners = new Set<OnBeat>()
let timer: NodeJS.Timeout | undefined
let dueMs = 0

/** Calls back each 20 ms until the returned function is called. */
export function onBeat(listener: OnBeat): () => void {
  listeners.add(listener)
  if (timer === undefined) {
    dueMs = monotonicMs() + beatMs
    schedule()
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0 || timer === undefined) return
    clearTimeout(timer)
    timer = undefined
  }
}

function schedule(): void {
  timer = setTimeout(beat, Math.max(0, Math.ceil(dueMs - monotonicMs())))
}

function beat(): void {
  const lateMs = monotonicMs() - dueMs
  let missed = 0
  if (lateMs > catchUpMsMax) {
    missed = Math.floor(lateMs / beatMs)
    dueMs += missed * beatMs
  }
  while (dueMs <= monotonicMs() && listeners.size > 0) {
    for (const listener of listeners) listener(missed)
    missed = 0
    dueMs += beatMs
  }
  // A listener may have stopped and started the beat meanwhile.
  clearTimeout(timer)
  timer = undefined
  if (listeners.size > 0) schedule()
}
