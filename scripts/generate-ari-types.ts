/**
 * Writes src/ari/generated.ts from Asterisk's own description of its REST interface (rest-api/*.json, Swagger 1.1).
 *
 *   npx tsx scripts/generate-ari-types.ts DIRECTORY > src/ari/generated.ts
 *
 * deviceStates is left out on purpose: subscribing to device states can lock Asterisk up.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const resources = [
  'applications',
  'asterisk',
  'bridges',
  'channels',
  'endpoints',
  'events',
  'playbacks',
  'recordings',
] as const

interface Property {
  type: string
  required?: boolean
  allowableValues?: { valueType: string; values?: string[] }
}
interface Model {
  id: string
  properties: Record<string, Property>
  subTypes?: string[]
}
interface Parameter {
  name: string
  paramType: 'path' | 'query' | 'body'
  dataType: string
  required?: boolean
  allowMultiple?: boolean
}
interface Operation {
  httpMethod: string
  nickname: string
  responseClass: string
  upgrade?: string
  parameters?: Parameter[]
}
interface Resource {
  apis: { path: string; operations: Operation[] }[]
  models?: Record<string, Model>
}

const scalars: Readonly<Record<string, string>> = {
  string: 'string',
  Date: 'string',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  object: 'Record<string, unknown>',
  containers: 'Record<string, string>',
  binary: 'Uint8Array',
  void: 'void',
  // Belongs to the resource left out.
  DeviceState: 'unknown',
}

/** The text of the generated module. @throws when a description is missing or uses a type nobody declared. */
export function generate(directory: string): string {
  const descriptions = resources.map((name) => [name, read(directory, name)] as const)
  const models = new Map(descriptions.flatMap(([, { models = {} }]) => Object.entries(models)))
  return [
    '/* Generated from the API description of Asterisk by scripts/generate-ari-types.ts. Do not edit. */',
    ...modelTypes(models),
    ...eventUnion(models),
    ...operationTypes(descriptions, models),
    ...operationTable(descriptions),
    '',
  ].join('\n')
}

const read = (directory: string, name: string): Resource =>
  JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8')) as Resource

function modelTypes(models: ReadonlyMap<string, Model>): string[] {
  const parents = new Map(
    [...models].flatMap(([parent, { subTypes = [] }]) => subTypes.map((child) => [child, parent] as const)),
  )
  return [...models].flatMap(([name, model]) => {
    const parent = parents.get(name)
    const isLeaf = parent !== undefined && model.subTypes === undefined
    const lines = Object.entries(model.properties).map(
      ([key, property]) => `  ${member(key)}${property.required ? '' : '?'}: ${valueType(property, models)}`,
    )
    if (isLeaf) lines.unshift(`  type: '${name}'`)
    const head = `export interface ${name}${parent ? ` extends ${parent}` : ''}`
    return ['', ...(lines.length > 0 ? [`${head} {`, ...lines, '}'] : [`${head} {}`])]
  })
}

function eventUnion(models: ReadonlyMap<string, Model>): string[] {
  const names = (models.get('Event')?.subTypes ?? []).filter((name) => models.has(name))
  return [
    '',
    'export type AriEvent =',
    ...names.map((name) => `  | ${name}`),
    '',
    'export const eventTypes = [',
    ...names.map((name) => `  '${name}',`),
    "] as const satisfies readonly AriEvent['type'][]",
  ]
}

function operationTypes(
  descriptions: readonly (readonly [string, Resource])[],
  models: ReadonlyMap<string, Model>,
): string[] {
  const lines = callable(descriptions).flatMap(({ name, operation }) => {
    const members = (operation.parameters ?? []).map(
      (parameter) => `${parameter.name}${parameter.required === false ? '?' : ''}: ${parameterType(parameter)}`,
    )
    const params = members.length > 0 ? `{ ${members.join('; ')} }` : '{}'
    return [
      `  '${name}': {`,
      `    params: ${params}`,
      `    result: ${typeName(operation.responseClass, models)}`,
      '  }',
    ]
  })
  return ['', 'export interface Operations {', ...lines, '}']
}

function operationTable(descriptions: readonly (readonly [string, Resource])[]): string[] {
  const lines = callable(descriptions).map(({ name, path, operation }) => {
    const parameters = operation.parameters ?? []
    const query = parameters.filter(({ paramType }) => paramType === 'query').map((parameter) => `'${parameter.name}'`)
    const body = parameters.find(({ paramType }) => paramType === 'body')
    // An `object` is the whole body; a container is one member of it.
    const bodyText = body ? `, body: { name: '${body.name}', whole: ${body.dataType === 'object'} }` : ''
    return `  '${name}': { method: '${operation.httpMethod}', path: '${path}', query: [${query.join(', ')}]${bodyText} },`
  })
  return [
    '',
    'export interface OperationShape {',
    "  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'",
    '  /** Relative to the root of the interface, with `{parameter}` places. */',
    '  readonly path: string',
    '  readonly query: readonly string[]',
    '  readonly body?: { readonly name: string; readonly whole: boolean }',
    '}',
    '',
    'export const operations: { readonly [name in keyof Operations]: OperationShape } = {',
    ...lines,
    '}',
  ]
}

function callable(
  descriptions: readonly (readonly [string, Resource])[],
): { name: string; path: string; operation: Operation }[] {
  return descriptions.flatMap(([resource, { apis }]) =>
    apis.flatMap(({ path, operations }) =>
      operations
        .filter(({ upgrade }) => upgrade !== 'websocket')
        .map((operation) => ({ name: `${resource}.${operation.nickname}`, path, operation })),
    ),
  )
}

function parameterType({ name, dataType, allowMultiple }: Parameter): string {
  // Described as a container, and in its words as a list of attributes with their values.
  if (dataType === 'containers' && name === 'fields') return 'readonly ConfigTuple[]'
  const scalar = scalars[dataType]
  if (!scalar) throw new Error(`parameter of unknown type ${dataType}`)
  return allowMultiple ? `${scalar} | readonly ${scalar}[]` : scalar
}

function valueType({ type, allowableValues }: Property, models: ReadonlyMap<string, Model>): string {
  if (type === 'string' && allowableValues?.values)
    return allowableValues.values.map((value) => `'${value}'`).join(' | ')
  return typeName(type, models)
}

function typeName(type: string, models: ReadonlyMap<string, Model>): string {
  const list = /^[Ll]ist\[(.+)\]$/.exec(type)
  if (list?.[1]) return `${typeName(list[1], models)}[]`
  const known = scalars[type] ?? (models.has(type) ? type : undefined)
  if (!known) throw new Error(`unknown type ${type}`)
  return known
}

const member = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`)

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const directory = process.argv[2]
  if (!directory) throw new Error('name the rest-api directory of an Asterisk')
  process.stdout.write(generate(directory))
}
