/**
 * Writes an Asterisk's configuration for a site (`decroche asterisk`). The SAS is the file in DECROCHE_CONFIG; the ARI user
 * and the secrets come from the environment, never from a file.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { readVariables } from '../config/environment.js'
import { loadConfig } from '../config/load.js'
import { renderAsterisk } from './render.js'
import { debianDirectories, type PbxSite } from './site.js'
import { siteSchema } from './site-file.js'

/**
 * @returns how many files were written
 * @throws EnvironmentError, ConfigError, or an Error that says what the site's file lacks
 */
export function writeAsterisk(siteFile: string, directory: string): number {
  const env = readVariables([
    'DECROCHE_CONFIG',
    'DECROCHE_ARI_APP',
    'DECROCHE_ARI_USER',
    'DECROCHE_ARI_PASSWORD',
    'DECROCHE_SIP_SECRET',
  ])
  const site: PbxSite = {
    ...readSite(siteFile),
    app: env.DECROCHE_ARI_APP,
    ari: { user: env.DECROCHE_ARI_USER, password: env.DECROCHE_ARI_PASSWORD },
    sipSecret: env.DECROCHE_SIP_SECRET,
    dirs: debianDirectories,
  }
  const files = renderAsterisk(loadConfig(env.DECROCHE_CONFIG), site)
  mkdirSync(directory, { recursive: true })
  // Passwords stand in them: nobody else on the machine reads them.
  for (const [name, text] of files) writeFileSync(join(directory, name), text, { mode: 0o600 })
  return files.size
}

function readSite(file: string): z.infer<typeof siteSchema> {
  const read = siteSchema.safeParse(parse(readFileSync(file, 'utf8')))
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`)
  return read.data
}
