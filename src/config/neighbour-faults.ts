/** What cannot be between neighbours: one that is this SAS, or two of one name, or of one trunk; a rule named like something else. */
import { N1 } from '../routing/rules.js'
import { filiereIds, queueIds, type Report, type Sketch } from './sketch.js'

export const neighbourFaults = (sketch: Sketch, report: Report): void => {
  const { sas, trunks, neighbours, giving } = sketch
  const trunksSeen = new Set<string>()
  // A supervisor's override names any of them.
  const taken = new Set([N1, ...queueIds(sketch), ...filiereIds(sketch)])
  for (const [index, { id, trunk }] of neighbours.entries()) {
    if (id !== undefined && id === sas.id) report(['neighbours', index, 'id'], 'a SAS is no neighbour of itself', 'write the id of the other one')
    claim(taken, id, ['neighbours', index, 'id'], report)
    if (trunk === undefined || !Object.hasOwn(trunks, trunk)) continue
    if (trunks[trunk]?.kind !== 'neighbour') report(['neighbours', index, 'trunk'], `trunk ${trunk} is no neighbour's`, 'give it kind: neighbour')
    if (trunksSeen.has(trunk)) report(['neighbours', index, 'trunk'], `trunk ${trunk} is another neighbour's`, 'each has its own, by which it is known')
    trunksSeen.add(trunk)
  }
  for (const [index, { id }] of giving.entries()) claim(taken, id, ['giving', index, 'id'], report)
}

function claim(taken: Set<string>, id: string | undefined, at: readonly (string | number)[], report: Report): void {
  if (id === undefined) return
  if (taken.has(id)) report([...at], `${id} is the name of something else`, 'queues, filières, neighbours and rules share one list of names')
  taken.add(id)
}
