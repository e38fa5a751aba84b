/** What became of the file of the SAS when an engine was asked to read it again, in a few lines for who looks at a terminal. */
import { z } from 'zod'
import { projectRoot } from './paths.js'

/** What an engine logs of it. */
const entry = z.discriminatedUnion('msg', [
  z.object({ msg: z.literal('configuration refused: nothing has changed'), faults: z.array(z.string()) }),
  z.object({ msg: z.literal('configuration not read: nothing has changed') }),
  z.object({ msg: z.literal('configuration read again'), by: z.string(), changed: z.array(z.string()) }),
])

/** The table keeps a few lines. */
const faultsShown = 3

/** @param line one of an engine's log; nothing is told of others */
export function reloadTold(line: string): string[] {
  const read = entry.safeParse(jsonIn(line))
  if (!read.success) return []
  if (read.data.msg === 'configuration not read: nothing has changed') return ['Fichier du SAS illisible, rien n’a changé : voir le journal du moteur']
  if (read.data.msg === 'configuration read again') {
    const { by, changed } = read.data
    // At its start an engine reads the file without being asked.
    if (by === 'takeover' && changed.length === 0) return []
    return [changed.length === 0 ? 'Fichier du SAS relu : rien n’y a changé' : `Fichier du SAS relu, en vigueur : ${changed.join(', ')}`]
  }
  const faults = read.data.faults.map((fault) => fault.replace(`${projectRoot()}/`, ''))
  const shown = faults.length > faultsShown + 1 ? [...faults.slice(0, faultsShown), `… encore ${faults.length - faultsShown}`] : faults
  return ['Fichier du SAS refusé, rien n’a changé :', ...shown.map((fault) => `  ${fault}`)]
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
