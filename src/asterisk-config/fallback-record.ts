/** Calls that the fallback served while no engine did, as `extensions.conf` records them: they count in the indicators. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface FallbackCall {
  /** Channel id at the PBX, the one that the engine knew the call by if it knew it. */
  channel: string
  trunk: string
  /** Number dialled. The caller's own is never recorded. */
  dialled: string
  /** When the fallback took the call, ms since 1970. */
  arrivedAt: number
  /** When the caller was gone, ms since 1970; absent while the call lasts, and for good if the PBX died. */
  endedAt?: number
  result?: 'n1' | 'neighbour' | 'abandoned'
  /** Whole seconds from `arrivedAt` until someone answered, or until the caller gave up. */
  waitedSeconds?: number
}

/** Calls recorded in an Asterisk's log directory, by arrival. A line cut short by a crash is left out. */
export function readFallbackCalls(logDir: string): FallbackCall[] {
  const calls = new Map<string, FallbackCall>()
  for (const line of readLines(join(logDir, 'fallback.csv'))) {
    const [time = '', event = '', channel = '', trunk = '', dialled = '', result = '', waited = ''] = line.split(',')
    if (!/^\d+$/.test(time) || !/^\d+$/.test(waited)) continue
    if (event === 'arrived') calls.set(channel, { channel, trunk, dialled, arrivedAt: Number(time) })
    const call = calls.get(channel)
    if (event !== 'ended' || call === undefined || !isResult(result)) continue
    calls.set(channel, { ...call, endedAt: Number(time), result, waitedSeconds: Number(waited) })
  }
  return [...calls.values()].sort((one, other) => one.arrivedAt - other.arrivedAt)
}

function isResult(text: string): text is 'n1' | 'neighbour' | 'abandoned' {
  return text === 'n1' || text === 'neighbour' || text === 'abandoned'
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
