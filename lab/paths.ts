/** What `scripts/setup` prepared, in one place for demo and tests. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Top of the clone, from the sources as from `dist/`. */
export function projectRoot(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, 'asterisk', 'pjsip.conf'))) return at
  }
  throw new Error('the top of the project was not found')
}

/** Asterisk's root file system: `DECROCHE_ASTERISK_ROOTFS`, else the one that `scripts/setup` built. */
export function findRootfs(): string {
  return prepared(process.env.DECROCHE_ASTERISK_ROOTFS, 'asterisk')
}

/** French prompts and music on hold: `DECROCHE_MEDIA`, else what `scripts/setup` made. */
export function findMedia(): string {
  return prepared(process.env.DECROCHE_MEDIA, 'media')
}

function prepared(named: string | undefined, name: string): string {
  const path = named ?? join(projectRoot(), '.cache', name)
  if (!existsSync(path)) throw new Error(`${path} is missing: run scripts/setup`)
  return realpathSync(path)
}
