// Refuses a lock file that holds a known-bad package version. Usage: check-deny-list.mjs LOCK [LIST]
// A range is `<1.2.3`, `>=1.0.0 <1.2.3`, several of them joined by `||`, or `*`.
import { readFileSync } from 'node:fs'

const [lockFile = 'package-lock.json', listFile = new URL('deny-list.json', import.meta.url)] = process.argv.slice(2)
const list = JSON.parse(readFileSync(listFile, 'utf8'))
const { packages = {} } = JSON.parse(readFileSync(lockFile, 'utf8'))

const compare = (one, other) => {
  // A pre-release counts as what it leads to: the list names fixed releases.
  const [a, b] = [one, other].map((version) => version.split(/[-+]/)[0].split('.').map(Number))
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
const tests = { '<': (n) => n < 0, '<=': (n) => n <= 0, '>': (n) => n > 0, '>=': (n) => n >= 0, '=': (n) => n === 0 }
const within = (version, range) =>
  range.split('||').some((part) =>
    part.trim().split(/\s+/).every((word) => {
      if (word === '*') return true
      const [, operator, bound] = /^(<=|>=|<|>|=)(\d+\.\d+\.\d+)$/.exec(word) ?? []
      if (bound === undefined) throw new Error(`deny-list: ${word} is not understood`)
      return tests[operator](compare(version, bound))
    }),
  )

const bad = []
for (const [path, { name, version }] of Object.entries(packages)) {
  if (path === '' || version === undefined) continue
  // An alias says its real name; otherwise the path ends in it.
  const real = name ?? path.split('node_modules/').at(-1)
  for (const denied of list) {
    if (denied.package === real && within(version, denied.versions)) bad.push(`${real}@${version} (${path}): ${denied.why}`)
  }
}
for (const line of bad) process.stderr.write(`${line}\n`)
process.exitCode = bad.length === 0 ? 0 : 1
