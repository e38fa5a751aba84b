/** The table of docs/metrics.md, from the registry itself. */
import type { Registry } from 'prom-client'

const [begin, end] = ['<!-- metrics: npm run dashboards -->', '<!-- end of metrics -->']

/** What `prom-client` keeps of a metric and does not declare. */
interface Declared {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly labelNames: readonly string[]
}

/** Every metric of a registry, by name. */
export const declared = (registry: Registry): Declared[] =>
  (registry.getMetricsAsArray() as unknown as Declared[])
    .map(({ name, help, type, labelNames }) => ({ name, help, type, labelNames }))
    .sort((one, other) => one.name.localeCompare(other.name))

/** The names under which what a registry has can be asked for. */
export const samplesOf = (registry: Registry): string[] =>
  declared(registry).flatMap(({ name, type }) => (type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name]))

/** The document with its table as the registry has it now. @throws Error when it has no place for it */
export function withTable(document: string, registry: Registry): string {
  const [before, rest] = document.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/metrics.md has no place for the table: ${begin} … ${end}`)
  const rows = declared(registry).map(({ name, help, type, labelNames }) => `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(' ')} | ${help} |`)
  return [before + begin, '| metric | type | labels | says |', '| --- | --- | --- | --- |', ...rows, end + after].join('\n')
}
