/** How loaded the PBX itself is: its task processors by its console, its process by the kernel where both are on one machine. */
import { readFile } from 'node:fs/promises'
import { askConsole } from './console.js'

export interface PbxLoad {
  /** Longest queue of one task processor, by family: all are named after one of a few things, and then a call, a phone or a number. */
  readonly taskQueues: ReadonlyMap<string, number>
  /** Over their high water: PJSIP refuses new calls then. */
  readonly overloaded: number
  /** Null where its process cannot be seen: another machine, or another container. */
  readonly process: { readonly cpuSeconds: number; readonly memoryBytes: number } | null
}

const deadlineMs = 1_000
const families = ['pjsip', 'stasis'] as const
/** Of the kernel: what `/proc` counts processor time and memory in, on every Linux that Asterisk is packaged for. */
const [ticksPerSecond, pageBytes] = [100, 4_096]

/** @param socket the console's, `asterisk.ctl` @throws Error when it does not answer */
export async function readPbxLoad(socket: string): Promise<PbxLoad> {
  const { pid, text } = await askConsole(socket, 'core show taskprocessors', deadlineMs)
  return { ...taskLoad(text), process: await readProcess(pid).catch(() => null) }
}

/** Rows are: name, processed, in queue, longest ever, low water, high water, … */
export function taskLoad(text: string): Pick<PbxLoad, 'taskQueues' | 'overloaded'> {
  const taskQueues = new Map<string, number>([...families, 'other'].map((family) => [family, 0]))
  let overloaded = 0
  for (const [, name = '', inQueue, highWater] of text.matchAll(/^(\S+) +\d+ +(\d+) +\d+ +\d+ +(\d+)(?: |$)/gm)) {
    const family = families.find((one) => name.startsWith(one)) ?? 'other'
    const length = Number(inQueue)
    taskQueues.set(family, Math.max(taskQueues.get(family) ?? 0, length))
    if (length >= Number(highWater)) overloaded++
  }
  return { taskQueues, overloaded }
}

/** @throws Error for a process that is not here, or is another program by that number */
async function readProcess(pid: number): Promise<PbxLoad['process']> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  if (!stat.includes('(asterisk)')) return null
  // After the name: state is the third field, user and system time the 14th and 15th, resident pages the 24th.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ').map(Number)
  const [user = 0, system = 0, pages = 0] = [fields[11], fields[12], fields[21]]
  return { cpuSeconds: (user + system) / ticksPerSecond, memoryBytes: pages * pageBytes }
}
