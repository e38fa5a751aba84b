// Exit 0 when node_modules/ holds what package-lock.json says, by npm's own record of what it installed.
import { readFileSync } from 'node:fs'

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return {}
  }
}
const wanted = Object.entries(read('package-lock.json')).filter(([path]) => path !== '')
const there = read('node_modules/.package-lock.json')
// Optional packages are for other machines, or not essential.
const missing = wanted.filter(([path, { version, optional, peer }]) => !optional && !peer && there[path]?.version !== version)
process.exit(wanted.length > 0 && missing.length === 0 ? 0 : 1)
