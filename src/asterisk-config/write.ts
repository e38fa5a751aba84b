/**
 * Writes an Asterisk's configuration for a site: `node dist/src/asterisk-config/write.js SITE.yaml DIRECTORY`, or
 * `decroche asterisk`. The SAS is the file in DECROCHE_CONFIG; the ARI user and the secrets come from the environment,
 * never from a file.
 */
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
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

function main([siteFile, directory]: string[]): number {
  if (siteFile === undefined || directory === undefined) {
    process.stderr.write('usage: write.js SITE.yaml DIRECTORY\n')
    return 2
  }
  try {
    process.stdout.write(`${writeAsterisk(siteFile, directory)} files written\n`)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}

const started = process.argv[1]
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2))
