/** The core stands alone: it imports nothing but itself, in no circle, and reads no clock, no chance and no machine. */
import { readFileSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'

const folder = new URL('../../src/routing/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const importsOf = (name: string): string[] => [...textOf(name).matchAll(/\bfrom '([^']+)'/g)].map(([, from]) => from as string)

test.each(files)('%s imports only the core', (name) => {
  for (const from of importsOf(name)) expect(from).toMatch(/^\.\/[a-z-]+\.js$/)
})

test('no file of the core leads back to itself', () => {
  const leadsTo = new Map(files.map((name) => [name, importsOf(name).map((from) => from.slice(2).replace(/js$/, 'ts'))]))
  const circles: string[] = []
  const walk = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) return void circles.push([...path.slice(path.indexOf(name)), name].join(' → '))
    for (const next of leadsTo.get(name) ?? []) walk(next, [...path, name])
  }
  for (const name of files) walk(name, [])
  expect([...new Set(circles)]).toEqual([])
})

test.each(files)('%s reads no clock, no chance, no machine', (name) => {
  const code = textOf(name).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
  expect(code).not.toMatch(/\b(Date\b|Math\.random|performance|setTimeout|setInterval|setImmediate|process\.|console\.|await |async |Promise)/)
})
