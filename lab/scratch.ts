/**
 * Directories for one run, named after the process that made them. They stay for an hour after it, for whoever wants to
 * read the logs, and are swept by the next run.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './alive.js'

const keptMs = 3_600_000
let swept = false

/** A fresh directory whose name starts with `decroche-` and `purpose`. */
export function scratchDirectory(purpose: string): string {
  if (!swept) sweep()
  swept = true
  return mkdtempSync(join(tmpdir(), `decroche-${purpose}-${process.pid}-`))
}

function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^decroche-[a-z]+-(\d+)-\w{6}$/.exec(name)?.[1]
    if (owner === undefined || isAlive(Number(owner))) continue
    const path = join(tmpdir(), name)
    // Another run may sweep at the same moment.
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity
    if (since < Date.now() - keptMs) rmSync(path, { recursive: true, force: true })
  }
}
