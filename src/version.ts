import { readFileSync } from 'node:fs'

/** Of the package, from the sources as from `dist/`. */
export const version: string = readVersion()

function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
        name: string
        version: string
      }
      if (name === 'decroche') return found
    } catch {
      // Looked for one level up.
    }
  }
  return 'unknown'
}
