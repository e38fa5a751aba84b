/**
 * Writes an Asterisk's configuration for a site: `node dist/src/asterisk-config/write.js SITE.yaml DIRECTORY`.
 * The SAS is the file in DECROCHE_CONFIG; the ARI user and the secrets come from the environment, never from a file.
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

const [siteFile, directory] = process.argv.slice(2)
if (siteFile === undefined || directory === undefined) {
  process.stderr.write('usage: write.js SITE.yaml DIRECTORY\n')
  process.exit(2)
}
try {
  const env = readVariables([
    'DECROCHE_CONFIG',
    'DECROCHE_ARI_APP',
    'DECROCHE_ARI_USER',
    'DECROCHE_ARI_PASSWORD',
    'DECROCHE_SIP_SECRET',
  ])
  const site: PbxSite = {
    ...siteSchema.parse(parse(readFileSync(siteFile, 'utf8'))),
    app: env.DECROCHE_ARI_APP,
    ari: { user: env.DECROCHE_ARI_USER, password: env.DECROCHE_ARI_PASSWORD },
    sipSecret: env.DECROCHE_SIP_SECRET,
    dirs: debianDirectories,
  }
  const files = renderAsterisk(loadConfig(env.DECROCHE_CONFIG), site)
  mkdirSync(directory, { recursive: true })
  // Passwords stand in them: nobody else on the machine reads them.
  for (const [name, text] of files) writeFileSync(join(directory, name), text, { mode: 0o600 })
  process.stdout.write(`${files.size} files written\n`)
} catch (error) {
  process.stderr.write(`${error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
