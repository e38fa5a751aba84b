/** Boards of Grafana (dashboard JSON, schema 41 as Grafana 12 reads it), from what a panel says: its queries, unit and thresholds. */

export interface Query {
  readonly expr: string
  /** As Grafana fills it from labels: `{{queue}}`. */
  readonly legend: string
  /** Of one label of the legend, what each value is called. */
  readonly named?: Named
}

export interface Named {
  readonly label: string
  readonly as: Readonly<Record<string, string>>
}

/** From a value on, in the order of the values; the first colour holds below them all. */
export type Steps = readonly [string, ...(readonly [from: number, colour: string])[]]

export type Unit = 's' | 'percentunit' | 'none' | 'bytes' | 'dtdurations'

export interface PanelSpec {
  readonly title: string
  /** `stat`: numbers now; `series`: curves; `bars`: curves as stacked bars; `gauge`: bars now, between 0 and 1. */
  readonly kind: 'stat' | 'series' | 'bars' | 'gauge'
  readonly queries: readonly Query[]
  readonly unit: Unit
  /** Of the 24 columns. */
  readonly width: number
  readonly thresholds?: Steps
  readonly help?: string
  /** Why it has nothing to show in a SAS that is well, or has not that part: told in the panel's description, and to `check:dashboards`. */
  readonly usuallyEmpty?: string
  /** Values in words. */
  readonly words?: Readonly<Record<number, readonly [text: string, colour: string]>>
  /** One point a day. */
  readonly daily?: boolean
  /** Of a `stat`: its legend alone, where the number says nothing. */
  readonly nameOnly?: boolean
}

export interface BoardSpec {
  readonly uid: string
  readonly title: string
  readonly refresh: string
  readonly time: { readonly from: string; readonly to: string }
  /** Panels side by side, 24 columns at most, with a heading where one is given. */
  readonly rows: readonly { readonly heading?: string; readonly height: number; readonly panels: readonly PanelSpec[] }[]
}

/** What the panel's description says before the reason. */
export const emptyPrefix = 'Normalement vide\u202f: '

const datasource = { type: 'prometheus', uid: 'prometheus' }
const types = { stat: 'stat', series: 'timeseries', bars: 'timeseries', gauge: 'bargauge' } as const
const columns = 24

/** The board as Grafana provisions it. @throws Error when a row is too wide */
export function board({ uid, title, refresh, time, rows }: BoardSpec): object {
  let id = 0
  let y = 0
  const panels: object[] = []
  for (const { heading, height, panels: specs } of rows) {
    if (specs.reduce((sum, { width }) => sum + width, 0) > columns) throw new Error(`${title}: a row is wider than ${columns} columns`)
    if (heading !== undefined) panels.push({ id: ++id, type: 'row', title: heading, collapsed: false, gridPos: { x: 0, y: y++, w: columns, h: 1 }, panels: [] })
    let x = 0
    for (const spec of specs) {
      panels.push({ id: ++id, ...panel(spec), gridPos: { x, y, w: spec.width, h: height } })
      x += spec.width
    }
    y += height
  }
  return { uid: `decroche-${uid}`, title, tags: ['decroche'], timezone: 'browser', schemaVersion: 41, version: 1, editable: false, graphTooltip: 1, refresh, time, templating: { list: [] }, annotations: { list: [] }, panels }
}

function panel({ title, kind, queries, unit, help, usuallyEmpty, daily, nameOnly, ...rest }: PanelSpec): object {
  const description = [help, usuallyEmpty && `${emptyPrefix}${usuallyEmpty}`].filter(Boolean).join(' ')
  return {
    title,
    ...(description && { description }),
    type: types[kind],
    datasource,
    ...(daily && { interval: '1d' }),
    targets: queries.map(({ expr, legend }, index) => ({ refId: String.fromCharCode(65 + index), datasource, expr, legendFormat: legend, ...(kind === 'stat' || kind === 'gauge' ? { instant: true, range: false } : { range: true }) })),
    fieldConfig: { defaults: fieldDefaults(kind, unit, rest), overrides: queries.flatMap(overridesOf) },
    options: { ...optionsOf(kind), ...(nameOnly && { textMode: 'name' }) },
  }
}

/** A name for each value of the label that is `named`; Grafana fills in the others of the legend. */
function overridesOf({ legend, named }: Query): object[] {
  if (!named) return []
  const written = (label: (name: string) => string, text: (part: string) => string): string =>
    legend.split(/\{\{(\w+)\}\}/).map((part, at) => (at % 2 === 1 ? label(part) : text(part))).join('')
  return Object.entries(named.as).map(([value, word]) => ({
    matcher: { id: 'byRegexp', options: `/^${written((name) => (name === named.label ? escaped(value) : '.*'), escaped)}$/` },
    properties: [{ id: 'displayName', value: written((name) => (name === named.label ? word : `\${__field.labels.${name}}`), (text) => text) }],
  }))
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

function fieldDefaults(kind: PanelSpec['kind'], unit: Unit, { thresholds, words }: Pick<PanelSpec, 'thresholds' | 'words'>): object {
  const [below = 'text', ...steps] = thresholds ?? []
  const isCurve = kind === 'series' || kind === 'bars'
  return {
    unit,
    min: 0,
    ...(unit === 'percentunit' && kind === 'gauge' && { max: 1 }),
    color: { mode: isCurve ? 'palette-classic' : 'thresholds' },
    thresholds: { mode: 'absolute', steps: [{ color: below, value: null }, ...steps.map(([value, color]) => ({ color, value }))] },
    mappings: Object.entries(words ?? {}).map(([value, [text, color]], index) => ({ type: 'value', options: { [value]: { text, color, index } } })),
    ...(isCurve && {
      custom: {
        drawStyle: kind === 'bars' ? 'bars' : 'line',
        lineWidth: 1,
        fillOpacity: kind === 'bars' ? 60 : 10,
        showPoints: 'never',
        spanNulls: false,
        stacking: { mode: kind === 'bars' ? 'normal' : 'none', group: 'A' },
        thresholdsStyle: { mode: thresholds ? 'line' : 'off' },
      },
    }),
  }
}

function optionsOf(kind: PanelSpec['kind']): object {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false }
  switch (kind) {
    case 'stat':
      return { reduceOptions, colorMode: 'background', graphMode: 'none', textMode: 'auto', orientation: 'auto', justifyMode: 'auto' }
    case 'gauge':
      return { reduceOptions, displayMode: 'lcd', orientation: 'horizontal', showUnfilled: true, valueMode: 'color' }
    default:
      return { legend: { displayMode: 'list', placement: 'bottom', calcs: [], showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } }
  }
}

/** Of a histogram, over its time. */
export const quantile = (q: number, metric: string, window: string, by: readonly string[] = [], of = ''): string =>
  `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(${metric}_bucket${of}[${window}])))`

/** Of a histogram, over its time. */
export const mean = (metric: string, window: string, by: readonly string[]): string => {
  const of = (part: string): string => `sum by (${by.join(', ')}) (increase(${metric}_${part}[${window}]))`
  return `${of('sum')} / (${of('count')} > 0)`
}

/** By queue; of one that is closed, nobody is expected to be free. */
export const freePeople = 'sum by (queue) (decroche_queue_free_people) and on (queue) decroche_queue_open == 1'
