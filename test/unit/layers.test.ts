/** Who may know of whom: a library has one home, no file leads back to itself, and only `main` and its own files tie the parts together. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../src/', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))

const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:^(?:import|export)\b[^'"`]*?\bfrom |\bimport\()'([^']+)'/gm)].map(([, from]) => from as string)
const librariesOf = (file: string): string[] => importsOf(file).filter((from) => !from.startsWith('.') && !from.startsWith('node:'))
const partsOf = (file: string): string[] =>
  importsOf(file)
    .filter((from) => from.startsWith('.'))
    .map((from) => normalize(join(dirname(file), from)).replace(/js$/, 'ts'))
    .flatMap((name) => [name, `${name}x`].filter((one) => files.includes(one)))

/** Where each library may be spoken to; one that is not named has no home yet. */
const homes: Readonly<Record<string, RegExp>> = {
  ws: /^(ari\/|neighbours\/|http\/feed\.ts$)/,
  'ari-client': /^ari\//,
  ioredis: /^(redis|status)\//,
  bullmq: /^jobs\//,
  fastify: /^http\//,
  '@fastify/swagger': /^http\//,
  '@fastify/proxy-addr': /^http\//,
  '@fastify/cookie': /^http\//,
  '@fastify/rate-limit': /^http\//,
  'fastify-type-provider-zod': /^http\//,
  jose: /^auth\//,
  'openid-client': /^auth\//,
  '@fastify/static': /^http\//,
  preact: /^web\//,
  'preact/hooks': /^web\//,
  '@preact/signals': /^web\//,
  'sip.js': /^web\//,
  vite: /^web\/vite\.config\.ts$/,
  'prom-client': /^(metrics\/|http\/health\.ts$)/,
  pino: /^log\.ts$/,
  commander: /^cli\.ts$/,
  saxes: /^location\//,
  yaml: /^(config|asterisk-config)\//,
  'write-excel-file/node': /^reports\//,
  'temporal-polyfill': /^config\//,
  'date-easter': /^config\//,
  zod: /^((config|asterisk-config|redis|http|neighbours|recordings)\/|read-json\.ts$)/,
}

test.each(files)('%s speaks to no library but in its home', (file) => {
  for (const library of librariesOf(file)) expect(file, library).toMatch(homes[library] ?? /^no home$/)
})

test('only the command line knows main, and only main knows both HTTP and Redis', () => {
  expect(files.filter((file) => partsOf(file).includes('main.ts'))).toEqual(['cli.ts'])
  const tying = files.filter((file) => !file.startsWith('http/') && partsOf(file).some((part) => part.startsWith('http/')))
  expect(tying.filter((file) => file !== 'main.ts' && !file.startsWith('main/'))).toEqual([])
  expect(files.filter((file) => file.startsWith('http/') && partsOf(file).some((part) => /^(redis|ari)\//.test(part)))).toEqual([])
})

test('every scratch directory is one that is swept', () => {
  const programs = ['lab', 'test', 'bench'].flatMap((part) =>
    readdirSync(part, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(part, name)),
  )
  const making = programs.filter((file) => /\bmkdtemp(Sync)?\(/.test(readFileSync(file, 'utf8')))
  expect(making).toEqual([join('lab', 'scratch.ts')])
})

test('no file leads back to itself', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    for (const part of partsOf(file)) walk(part, [...path, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
  expect(circles).toEqual([])
})
