/** The boards as they are shipped, and what Grafana wants of them. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectRoot } from '../paths.js'

export interface Target {
  readonly refId: string
  readonly expr: string
  readonly datasource?: { readonly uid?: string }
}

export interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly description?: string
  /** Between two points, where the panel says. */
  readonly interval?: string
  readonly datasource?: { readonly uid?: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly Target[]
}

export interface Board {
  readonly file: string
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
}

/** Before the reason why a panel shows nothing where all is well. */
const usuallyEmpty = /Normalement vide\u202f: (.+)$/

/** Null for a panel that always has something to show. */
export const reasonToBeEmpty = ({ description = '' }: Panel): string | null => usuallyEmpty.exec(description)?.[1] ?? null

const columns = 24
/** Of Grafana 12; from 36 on nothing that these boards use was changed. */
const [schemaMin, schemaMax] = [36, 41]

const directory = (): string => join(projectRoot(), 'dashboards', 'grafana')

export const readBoards = (): Board[] =>
  readdirSync(join(directory(), 'boards'))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((file) => ({ file, ...(JSON.parse(readFileSync(join(directory(), 'boards', file), 'utf8')) as Omit<Board, 'file'>) }))

/** The data sources that are provisioned. */
export function provisioned(): Set<string> {
  const { datasources } = parse(readFileSync(join(directory(), 'provisioning', 'datasources', 'prometheus.yaml'), 'utf8')) as { datasources: { uid: string }[] }
  return new Set(datasources.map(({ uid }) => uid))
}

/** What Grafana would refuse, or show otherwise than it was meant; none for a board that is well. */
export function faultsOf(board: Board, sources: ReadonlySet<string>): string[] {
  const { uid, title, schemaVersion, panels } = board
  const faults: string[] = []
  if (!/^[a-zA-Z0-9-]{1,40}$/.test(uid)) faults.push('uid: letters, digits and hyphens, 40 at most')
  if (!title) faults.push('no title')
  if (!(schemaVersion >= schemaMin && schemaVersion <= schemaMax)) faults.push(`schemaVersion ${schemaVersion}: ${schemaMin} to ${schemaMax}`)
  if (new Set(panels.map(({ id }) => id)).size < panels.length) faults.push('two panels have one id')
  for (const [index, panel] of panels.entries()) {
    const { x, w, h } = panel.gridPos
    const said = (what: string): number => faults.push(`${panel.title || `panel ${index}`}: ${what}`)
    if (!panel.title) said('no title')
    if (x < 0 || w < 1 || h < 1 || x + w > columns) said('stands outside the columns')
    for (const other of panels.slice(0, index)) if (overlap(panel, other)) said(`overlaps ${other.title}`)
    if (panel.type === 'row') continue
    if (!panel.targets?.length) said('asks nothing')
    if (new Set(panel.targets?.map(({ refId }) => refId)).size < (panel.targets?.length ?? 0)) said('two queries have one refId')
    for (const source of [panel.datasource, ...(panel.targets ?? []).map(({ datasource }) => datasource)]) if (!sources.has(source?.uid ?? '')) said(`asks ${source?.uid ?? 'no source'}, which is not provisioned`)
  }
  return faults
}

const overlap = ({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
