/**
 * Reads one SAS from its YAML file, in steps that never stop at the first fault:
 *   syntax      what YAML itself refuses, with line and column; nothing else can be said then
 *   shape       what the schema refuses
 *   references  names that point nowhere, things that cannot work together; looked for even when the shape has faults
 *   hours       what goes wrong at some hour; looked for when every part has its shape and every name leads somewhere
 * A file is taken whole or not at all.
 */
import { readFileSync } from 'node:fs'
import { Lexer, LineCounter, Parser, isNode, parseDocument, type Document, type YAMLError } from 'yaml'
import type { z } from 'zod'
import { contradictions } from './contradictions.js'
import { ConfigError, FAULTS_MAX, showPath, suggest, type ConfigFault, type FaultPath, type PlacedFault } from './fault.js'
import { hoursFaults } from './hours-faults.js'
import { referenceFaults } from './references.js'
import { sasSchema, type SasConfig } from './schema.js'
import { sketchOf } from './sketch.js'

/** A configuration larger than this is not one. */
const FILE_BYTES_MAX = 256 * 1024
/** Things within things; a SAS has ten or so. The parser would run out of stack, and may take the process with it. */
const DEPTH_MAX = 64
/** What a parser goes through; a SAS of 500 people has 20,000. */
const LEXEMES_MAX = 80_000
/** Things in one list or under one heading. */
const WIDTH_MAX = 2_000

export type Checked =
  | { readonly config: SasConfig; readonly faults: readonly [] }
  | { readonly config: null; readonly faults: readonly ConfigFault[] }

/**
 * Reads and checks one SAS.
 * @throws {ConfigError} with every fault of the file, also when it cannot be read
 */
export const loadConfig = (file: string): SasConfig => configOf(file, readConfigText(file))

/** Checks what stands in a file. @throws {ConfigError} with every fault */
export const configOf = (file: string, text: string): SasConfig => {
  const checked = checkConfig(text)
  if (checked.config === null) throw new ConfigError(file, checked.faults)
  return checked.config
}

/** Checks the text of one SAS; gives the configuration, or every fault in the order of the file. */
export const checkConfig = (text: string): Checked => {
  const lines = new LineCounter()
  let document: Document.Parsed
  let data: unknown
  let parsed: z.ZodSafeParseResult<SasConfig>
  try {
    const excess = excessOf(text)
    if (excess !== null) return { config: null, faults: [wholeFile(excess)] }
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: 'error' })
    if (document.errors.length > 0) return { config: null, faults: document.errors.slice(0, FAULTS_MAX).map((error) => syntaxFault(error, lines)) }
    data = document.toJS({ maxAliasCount: 100 })
    // A length that is a map with a toString of its own throws in the schema.
    parsed = sasSchema.safeParse(data)
  } catch (error) {
    return { config: null, faults: [wholeFile(firstLine(error instanceof Error ? error.message : String(error)))] }
  }
  const shape = parsed.success ? [] : parsed.error.issues.slice(0, FAULTS_MAX).flatMap((issue) => issueFaults(issue, data))
  const sketch = sketchOf(data)
  const lost = referenceFaults(sketch)
  const hours = parsed.success && lost.length === 0 ? hoursFaults(parsed.data) : []
  const placed = [...shape, ...lost, ...contradictions(sketch), ...hours]
  if (parsed.success && placed.length === 0) return { config: parsed.data, faults: [] }
  const faults = placed.slice(0, FAULTS_MAX).map((fault) => locate(fault, document, lines))
  return { config: null, faults: faults.sort(byPlace) }
}

/** @throws {ConfigError} when the file cannot be read, or is no text */
export const readConfigText = (file: string): string => {
  try {
    const bytes = readFileSync(file)
    if (bytes.length > FILE_BYTES_MAX) throw new Error(`the file is larger than ${FILE_BYTES_MAX} bytes`)
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ConfigError(file, [wholeFile(readFault(error))])
  }
}

const readFault = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'the file may not be read'
  if (code === 'EISDIR') return 'this is a directory'
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'the file is not UTF-8 text'
  return error instanceof Error ? error.message : 'the file cannot be read'
}

const wholeFile = (message: string): ConfigFault => ({ path: '', line: null, column: null, message, hint: null })

const byPlace = (a: ConfigFault, b: ConfigFault): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)

/** Why a text is not even looked at. */
const excessOf = (text: string): string | null => {
  const parser = new Parser()
  let lexemes = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > LEXEMES_MAX) return 'the file has too many parts'
    for (const _ of parser.next(lexeme));
    const { stack } = parser
    const here = stack.at(-1)
    if (stack.length > DEPTH_MAX) return 'the file is nested too deeply'
    if (here && 'items' in here && here.items.length > WIDTH_MAX) return `the file has a list of more than ${WIDTH_MAX} things`
  }
  return null
}

const syntaxFault = (error: YAMLError, lines: LineCounter): ConfigFault => {
  const { line, col } = lines.linePos(error.pos[0])
  return { path: '', line, column: col, message: firstLine(error.message), hint: syntaxHint(error.code) }
}

const firstLine = (message: string): string => message.split('\n')[0]!.trim()

const syntaxHint = (code: string): string | null => {
  if (code === 'DUPLICATE_KEY') return 'a key may appear once; keep one of the two'
  if (code === 'MULTIPLE_DOCS') return 'one file is one SAS'
  if (code === 'TAB_AS_INDENT') return 'indent with spaces'
  if (code === 'BAD_INDENT') return 'check the indentation of this line and the one above'
  return null
}

type Issue = z.core.$ZodIssue

/** One schema issue as faults: each unknown key is a fault of its own, at its own place. */
const issueFaults = (issue: Issue, data: unknown): PlacedFault[] => {
  const at = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(at)
    return issue.keys.slice(0, FAULTS_MAX).map((key) => ({ at: [...at, key], message: 'unknown key', hint: suggest(key, known) }))
  }
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map((inner) => inner.message).join(', ')
    return [{ at, message: `this name cannot be used: ${why}`, hint: null }]
  }
  const value = valueAt(data, at)
  if (issue.code === 'invalid_value' && value === undefined) {
    return [{ at, message: 'missing', hint: `expected ${issue.values.join(' or ')}` }]
  }
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    return [
      {
        at,
        message: `unknown value ${JSON.stringify(value.slice(0, 60))}`,
        hint: suggest(value, issue.values.map(String)),
      },
    ]
  }
  if (issue.code === 'invalid_type' && value === undefined)
    return [{ at, message: 'missing', hint: `expected ${issue.expected}` }]
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof value === 'number') {
    return [{ at, message: 'must be text, not a number', hint: 'put it in quotes' }]
  }
  return [{ at, message: issue.message, hint: null }]
}

/** Keys that the schema knows at a place, for a hint. */
const knownKeys = (at: FaultPath): string[] => {
  let here: unknown = sasSchema
  for (const part of at) here = stepInto(unwrap(here), part)
  const schema = unwrap(here)
  return isSchema(schema) && 'shape' in schema && isSchema(schema.shape) ? Object.keys(schema.shape) : []
}

const isSchema = (value: unknown): value is object => typeof value === 'object' && value !== null

const unwrap = (schema: unknown): unknown => {
  let here = schema
  while (isSchema(here) && 'unwrap' in here && typeof here.unwrap === 'function' && !('element' in here))
    here = here.unwrap()
  return here
}

const stepInto = (schema: unknown, part: string | number): unknown => {
  if (!isSchema(schema)) return undefined
  if (typeof part === 'number') return 'element' in schema ? schema.element : undefined
  if ('shape' in schema && isSchema(schema.shape)) return Reflect.get(schema.shape, part)
  return 'valueType' in schema ? schema.valueType : undefined
}

const valueAt = (data: unknown, at: FaultPath): unknown =>
  at.reduce<unknown>(
    (here, part) => (typeof here === 'object' && here !== null ? Reflect.get(here, part) : undefined),
    data,
  )

/** The nearest thing that exists in the file at or above the fault's place. */
const locate = (fault: PlacedFault, document: Document, lines: LineCounter): ConfigFault => {
  for (let depth = fault.at.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(fault.at.slice(0, depth), true)
    if (!isNode(node) || !node.range) continue
    const { line, col } = lines.linePos(node.range[0])
    return { path: showPath(fault.at), line, column: col, message: fault.message, hint: fault.hint }
  }
  return { path: showPath(fault.at), line: null, column: null, message: fault.message, hint: fault.hint }
}
