/**
 * Whatever stands in a file, it is either a configuration or faults that say something: never a crash, never a long wait.
 * `FUZZ_FILES=10000 npx vitest run test/unit/config/fuzz.test.ts` looks at more files than each run does.
 */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { checkConfig } from '../../../src/config/load.js'
import { sasSchema } from '../../../src/config/schema.js'

const numRuns = Number(process.env['FUZZ_FILES'] ?? 1_000)
/** One file, on a machine that has other things to do. */
const longestMs = 3_000

const baseText = readFileSync(new URL('broken/base.yaml', import.meta.url), 'utf8')
const base: unknown = parse(baseText)

type Data = Record<string | number, unknown>
const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null

/** Words of the language of the files, names in this one, and what breaks programs. */
const word = fc.constantFrom(
  ...['sas', 'pdsa', 'osnp', 'n1', 'amu', 'mg', 'mg-osnp', 'psy', 'ARM', 'MRG', 'IDE-PSY', 'nancy', 'operator', 'to:psy', 'P0', 'P2', 'SIS'],
  ...['57', '08:00-12:00', '22:00-02:30', '00:00-24:00', 'as-usual', 'as-sunday', 'holiday', '2026-02-30', '2024-02-29', 'mon-fri', 'daily'],
  ...['Europe/Paris', 'Australia/Lord_Howe', 'alsace-moselle', '192.0.2.0/0', '::/0', '10.0.0.1/999', '', ' ', 'é', '\u0000', '\ud800', '🚑'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'a'.repeat(5_000)],
)
const number = fc.oneof(fc.double(), fc.integer(), fc.bigInt(), fc.constantFrom(1e308, -0, Infinity, NaN, 2 ** 53))
const scalar = fc.oneof(word, number, fc.boolean(), fc.constant(null), fc.string({ maxLength: 20 }))
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('anything'), { maxLength: 4 }), fc.dictionary(word, tie('anything'), { maxKeys: 4 })),
}))

/** Every part of the data, the whole first. */
const partsOf = (data: unknown): Data[] => (isData(data) ? [data, ...Object.values(data).flatMap(partsOf)] : [])

/** One change to the data: a value replaced, taken out, put elsewhere, said twice or given another name. */
const kind = fc.constantFrom('set', 'drop', 'swap', 'repeat', 'rename')
const change = fc.record({ kind, part: fc.nat(), key: fc.nat(), other: fc.nat(), value: anything, name: word })
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

const apply = (data: unknown, { kind, part, key, other, value, name }: Change): void => {
  const parts = partsOf(data)
  const at = parts[part % parts.length]!
  const keys = Object.keys(at)
  const chosen = keys[key % Math.max(1, keys.length)] ?? (Array.isArray(at) ? '0' : name)
  const put = (to: string, what: unknown): void => void Object.defineProperty(at, to, { value: what, enumerable: true, configurable: true, writable: true })
  if (kind === 'set') put(chosen, value)
  else if (kind === 'swap') put(chosen, structuredClone(parts[other % parts.length]))
  else if (kind === 'repeat' && Array.isArray(at)) at.push(structuredClone(at[0]))
  else if (Array.isArray(at)) at.splice(key % Math.max(1, at.length), 1)
  else {
    if (kind === 'rename') put(name, at[chosen])
    delete at[chosen]
  }
}

const changedData = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
  const data: unknown = structuredClone(base)
  for (const one of changes) apply(data, one)
  return stringify(data, { aliasDuplicateObjects: false })
})

const snippet = fc.constantFrom(
  ...['\t', '&a ', '*a', '&a [*a]', '<<: *a', '? ', ': ', '- ', '---\n', '...\n', '!!binary ', '!x ', '%YAML 1.1\n---\n', '{', '}', '[', ']', '"', "'"],
  ...['|\n', '>-\n', '#', ',', '@', '`', '\r', '\0', '\uFEFF', '\u2028', '  ', '\n', '\n\n  ', '['.repeat(200), '{a: '.repeat(90), '- '.repeat(150)],
  ...['1e999', '0x_f', '0o17', '.nan', '-.inf', '9'.repeat(400), '__proto__: ', 'constructor: {}\n', '~', 'null', 'yes', '2001-01-01', '12:30'],
)
const put = fc.oneof(snippet, word, fc.string({ unit: 'binary', maxLength: 6 }))
const splice = fc.record({ at: fc.nat(baseText.length), cut: fc.oneof(fc.nat(3), fc.nat(400)), put })
const spliced = (text: string, { at, cut, put }: { at: number; cut: number; put: string }): string => text.slice(0, at) + put + text.slice(at + cut)
const changedText = fc.array(splice, { minLength: 1, maxLength: 5 }).map((all) => all.reduce(spliced, baseText))

const anyText = fc.oneof(
  anything.map((data) => stringify(data)),
  fc.array(fc.oneof(snippet, word, fc.constant('\n')), { maxLength: 40 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
)

it('every file is a configuration or has faults that say something, soon', () => {
  const counts = { sound: 0, faulty: 0, slowestMs: 0 }
  fc.assert(
    fc.property(fc.oneof({ weight: 5, arbitrary: changedData }, { weight: 3, arbitrary: changedText }, { weight: 2, arbitrary: anyText }), (text) => {
      const start = performance.now()
      const { config, faults } = checkConfig(text)
      const took = performance.now() - start
      counts.slowestMs = Math.max(counts.slowestMs, took)
      counts[config ? 'sound' : 'faulty']++
      expect(took).toBeLessThan(longestMs)
      if (config) expect(sasSchema.safeParse(config).success).toBe(true)
      else expect(faults.length).toBeGreaterThan(0)
      for (const { message, line, column } of faults) {
        expect(message.trim()).not.toBe('')
        if (line !== null) expect(Math.min(line, column!)).toBeGreaterThan(0)
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
    { seed: 57, numRuns },
  )
  // Neither answer is so rare that the other alone was tried.
  expect(counts.sound).toBeGreaterThan(numRuns / 100)
  expect(counts.faulty).toBeGreaterThan(numRuns / 2)
  if (process.env['FUZZ_FILES']) console.log(counts)
}, 60_000 + 60 * numRuns)
